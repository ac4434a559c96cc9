#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that is made to be read in another way by the sensor than by its receiver: fragments
and segments whose copies differ, forged segments, urgent octets."""
import ipaddress
import struct

import harness
import traffic
from harness import field, matched
from traffic import ACK, CLIENT, PSH, SERVER, SYN, V4, V6, Connection

RULES = """
alert ip 203.0.113.0/24 id=ip
alert rcpt .victim.test id=rcpt
"""
RST, URG = 0x04, 0x20
GOOD, BAD = bytes([192, 0, 2, 80]), bytes([203, 0, 113, 5])


def answer(address):
    """A UDP datagram, a multiple of 8 octets long, that ends in an address."""
    dns = traffic.dns_response(questions=[traffic.dns_name("www.victim.test") + b"\0\1\0\1"],
                               answers=[traffic.dns_record("www.victim.test", 1, address)])
    return struct.pack("!4H", 53, 40000, 8 + len(dns), 0) + dns


def fragment(payload, offset, more, addresses, number=77):
    """A fragment from the server to the client, as (side, frame)."""
    server, client = (ipaddress.ip_address(addresses[side]).packed for side in (SERVER, CLIENT))
    if len(server) == 16:
        head = struct.pack("!BBHI", 17, 0, offset | more, number)
        ip = struct.pack("!IHBB", 6 << 28, len(head) + len(payload), 44, 64) + server + client
        return SERVER, b"\2" * 12 + b"\x86\xdd" + ip + head + payload
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), number, more << 13 | offset // 8, 64,
                     17, 0) + server + client
    ip = ip[:10] + struct.pack("!H", traffic.checksum(ip)) + ip[12:]
    return SERVER, b"\2" * 12 + b"\x08\x00" + ip + payload


class Hostile(harness.Case):
    def events(self, packets, *args):
        self.write("own.rules", RULES)
        path = self.write("own.pcap", traffic.pcap(packets))
        return self.replay("--summary", "summary.json", *args, path, rules=self.path("own.rules"))

    def hits(self, packets):
        return self.events(packets)


class Fragments(Hostile):
    """A DNS answer in fragments that overlap, of both families."""

    def test_both_readings(self):
        """either copy of an address is matched, and the hit is marked; both are log events"""
        cut = (len(answer(GOOD)) - 4) // 8 * 8
        cases = [(addresses, copies, back) for addresses in (V4, V6)
                 for copies in ((GOOD, BAD), (BAD, GOOD)) for back in (0, 8)]
        for addresses, copies, back in cases:
            first, last = map(answer, copies)
            found = self.hits([fragment(first[cut:], cut, False, addresses),
                               fragment(last[cut - back:], cut - back, False, addresses),
                               fragment(first[:cut - back], 0, True, addresses)])
            self.assertEqual([matched(hit) for hit in found], ["203.0.113.5"])
            self.assertIs(field(found[0], "nsmx.ambiguous"), True)
            self.assertEqual(self.summary()["ambiguous"], 1)
            self.assertEqual(self.summary()["dns_responses"], 2)
            self.assertEqual(self.summary()["fragments_lost"], 0)

    def test_equal_copies(self):
        """copies with the same octets are one message, and certain"""
        for addresses in (V4, V6):
            whole = answer(BAD)
            found = self.hits([fragment(whole[:32], 0, True, addresses),
                               fragment(whole[16:48], 16, True, addresses),
                               fragment(whole[16:48], 16, True, addresses),
                               fragment(whole[40:], 40, False, addresses)])
            self.assertEqual([matched(hit) for hit in found], ["203.0.113.5"])
            self.assertIsNone(field(found[0], "nsmx.ambiguous"))
            self.assertEqual(self.summary()["ambiguous"], 0)
            self.assertEqual(self.summary()["dns_responses"], 1)


RCPT = b"RCPT TO:<bob@victim.test>\r\n"
JUNK = b"X" * (len(RCPT) - 2) + b"\r\n"
HELD = 9


def put(c, payload, offset=0, flags=PSH | ACK, side=CLIENT, ack=0, urgent=0):
    """A segment `offset` octets from the next one, which stays the next one."""
    peer = SERVER if side == CLIENT else CLIENT
    own, other = c.next[side], c.next[peer]
    c.next[side], c.next[peer] = (own + offset) & 0xffffffff, (other + ack) & 0xffffffff
    c.send(side, flags, payload, urgent)
    c.next[side], c.next[peer] = own, other


def advance(c, payload, side=CLIENT):
    c.next[side] = (c.next[side] + len(payload)) & 0xffffffff


def after_a_hole(c):
    """Octets in order win over others after a hole."""
    put(c, JUNK[HELD:], HELD)
    c.send(CLIENT, PSH | ACK, RCPT)


def right_copy_second(c):
    put(c, JUNK)
    c.send(CLIENT, PSH | ACK, RCPT)


def right_copy_first(c):
    put(c, RCPT)
    c.send(CLIENT, PSH | ACK, JUNK)


def both_after_a_hole(c):
    put(c, JUNK[HELD:], HELD)
    put(c, RCPT[HELD:], HELD)
    put(c, RCPT[:HELD])
    advance(c, RCPT)


def each_octet_twice(c):
    for i, octet in enumerate(RCPT):
        put(c, JUNK[i:i + 1])
        c.send(CLIENT, PSH | ACK, bytes([octet]))


def in_two_parts(c):
    """The end of a line that has begun in another segment."""
    c.send(CLIENT, PSH | ACK, RCPT[:HELD])
    put(c, JUNK[HELD:])
    c.send(CLIENT, PSH | ACK, RCPT[HELD:])


def other_command_first(c):
    """The first copy is another command, and so are later ones."""
    command = b"DATA\r\n" + JUNK[6:]
    put(c, command)
    c.send(CLIENT, PSH | ACK, RCPT)


def with_the_next_command(c):
    """A line that both readings have is one hit."""
    more = b"RCPT TO:<eve@other.test>\r\n"
    put(c, more + RCPT)
    put(c, b"RCPT TO:<eve@third.test>\r\n" + RCPT)
    advance(c, more + RCPT)
    c.talk("S: 250 ok")


def urgent_octet(c):
    c.send(CLIENT, PSH | ACK | URG, RCPT[:20] + b"X" + RCPT[20:], 21)


def far_segments(c):
    for i in range(4):
        put(c, b"XXXX", (2 << 20) + 4 * i)
    c.send(CLIENT, PSH | ACK, RCPT)


def far_segments_unsent_ack(c):
    put(c, JUNK, ack=5000)
    put(c, b"", side=SERVER, flags=ACK)
    c.send(CLIENT, PSH | ACK, RCPT)


def forged_syn(c):
    for distance in (776747, 1 << 30):
        put(c, b"", distance, flags=SYN)
        put(c, b"HELO x\r\n", distance + 1)
    c.send(CLIENT, PSH | ACK, RCPT)


def forged_resets(c):
    put(c, JUNK[HELD:], HELD)
    put(c, b"", len(JUNK), flags=RST)
    put(c, b"", 100, flags=RST)
    c.send(CLIENT, PSH | ACK, RCPT)


def flood_after_a_hole(c):
    """More segments than are kept do not make a gap of what the server awaits."""
    for i in range(500):
        put(c, b"X", len(RCPT) + 1 + 2 * i)
    c.send(CLIENT, PSH | ACK, RCPT)


AMBIGUOUS = (after_a_hole, right_copy_first, right_copy_second, both_after_a_hole,
             each_octet_twice, in_two_parts, other_command_first, with_the_next_command)
CERTAIN = (urgent_octet, far_segments, forged_syn)
EITHER = (far_segments_unsent_ack, forged_resets, flood_after_a_hole)
WAYS = {way.__name__: way for way in AMBIGUOUS + CERTAIN + EITHER}


@harness.expand
class Streams(Hostile):
    """A recipient that the server reads, regardless of what else is on the wire."""

    def session(self, way, addresses):
        c = Connection(addresses)
        c.talk("S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test",
               "C: MAIL FROM:<a@a.test>", "S: 250 ok")
        way(c)
        c.talk("S: 250 ok", "C: DATA", "S: 354 go")
        c.say(CLIENT, "Subject: hi\r\n\r\nhi\r\n.\r\n")
        c.talk("S: 250 taken", "C: QUIT", "S: 221 bye")
        return c.close().packets

    @harness.for_each(WAYS, "the recipient is matched once: {}")
    def test_recipient(self, way):
        for addresses in (V4, V6):
            found = self.hits(self.session(WAYS[way], addresses))
            self.assertEqual([matched(hit) for hit in found], ["bob@victim.test"])
            self.assertEqual(field(found[0], "smtp.helo"), "a.test")
            if WAYS[way] in AMBIGUOUS:
                self.assertIs(field(found[0], "nsmx.ambiguous"), True)
                self.assertGreater(self.summary()["ambiguous"], 0)
            if WAYS[way] in CERTAIN:
                self.assertIsNone(field(found[0], "nsmx.ambiguous"))
                self.assertEqual(self.summary()["ambiguous"], 0)

    def test_log(self):
        """the first reading alone makes log events, and counts"""
        packets = self.session(right_copy_second, V4)
        logged = [event for event in self.events(packets, "--log", "smtp")
                  if field(event, "event.kind") == "event"]
        self.assertEqual(len(logged), 1)
        self.assertEqual(self.summary()["smtp_sessions"], 1)
        self.assertEqual(self.summary()["smtp_recipients"], 0)

    def test_dns(self):
        """either copy of an answer over TCP is matched, in the middle of a message"""
        for first, second in ((GOOD, BAD), (BAD, GOOD)):
            c = Connection(port=53)
            c.say(CLIENT, b"\0\x0c" + bytes(12))
            messages = [answer(address)[8:] for address in (GOOD, first, second)]
            one, two, double = [struct.pack("!H", len(dns)) + dns for dns in messages]
            c.say(SERVER, one)
            c.send(SERVER, PSH | ACK, two[:20])
            put(c, two[20:], side=SERVER)
            c.send(SERVER, PSH | ACK, double[20:])
            c.send(CLIENT, ACK)
            found = self.hits(c.close().packets)
            self.assertEqual([matched(hit) for hit in found], ["203.0.113.5"])
            self.assertIs(field(found[0], "nsmx.ambiguous"), True if second == BAD else None)
            self.assertEqual(self.summary()["dns_responses"], 2)


if __name__ == "__main__":
    harness.main()
