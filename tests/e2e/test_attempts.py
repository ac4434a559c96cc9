#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts: connections and DNS questions to a matched server that nothing answers; --questions."""
import struct

import harness
import traffic
import wrap
from harness import field, matched
from traffic import CLIENT, SERVER, Connection, datagram, dns_name, dns_record, dns_response
from wrap import Packet

BAD, OTHER, HOST = "45.77.24.250", "192.0.2.53", "198.51.100.25"
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
MS = 1000


def silent(*segments, server=BAD, port=25, client_port=50000):
    """A connection without payload: (side, flags) of each segment."""
    connection = Connection({CLIENT: HOST, SERVER: server}, port, client_port)
    connection.packets.clear()
    connection.next = {CLIENT: 1000, SERVER: 5000}
    for side, flags in segments:
        if flags == SYN:
            connection.next[CLIENT] = 1000      # again
        connection.send(side, flags)
    return [frame for _, frame in connection.packets]


def question(name, server=BAD, number=7, port=40000):
    """A query over UDP."""
    payload = struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + dns_name(name) + b"\0\1\0\1"
    ends = bytes(map(int, HOST.split("."))), bytes(map(int, server.split(".")))
    udp = struct.pack("!4H", port, 53, 8 + len(payload), 0) + payload
    return wrap.ethernet(wrap.ip4(17, udp, ends=ends))


def response(name, server=BAD, address="192.0.2.1", port=40000):
    asked = dns_name(name) + b"\0\1\0\1"
    record = dns_record(name, 1, bytes(map(int, address.split("."))))
    return datagram(dns_response([asked], [record]), {CLIENT: HOST, SERVER: server},
                    client_port=port)[1]


class Attempts(harness.Case):
    """Packets at given times."""

    def play(self, rules, packets, *options):
        """The hits in (microseconds, frame)."""
        start = traffic.SECOND * 1000000
        self.write("in.rules", rules + "\n")
        self.write("in.pcap", wrap.write([Packet(start + at, frame) for at, frame in packets]))
        return self.replay(*options, "in.pcap", rules="in.rules")

    def spaced(self, frames, every=MS):
        return [(every * i, frame) for i, frame in enumerate(frames)]


@harness.expand
class Connections(Attempts):
    """TCP to the address of a `server` indicator."""

    ENDS = {
        "nobody answers": ([(CLIENT, SYN)], "attempted"),
        "three times": ([(CLIENT, SYN)] * 3, "attempted"),
        "reset": ([(CLIENT, SYN), (SERVER, RST | ACK)], "refused"),
        "reset, three times": ([(CLIENT, SYN), (SERVER, RST | ACK)] * 3, "refused"),
        "opened": ([(CLIENT, SYN), (SERVER, SYN | ACK), (CLIENT, ACK)], "established"),
        "opened, and closed": ([(CLIENT, SYN), (SERVER, SYN | ACK), (CLIENT, ACK),
                                (CLIENT, FIN | ACK), (SERVER, FIN | ACK), (CLIENT, ACK)],
                               "established"),
        "opened, and reset": ([(CLIENT, SYN), (SERVER, SYN | ACK), (CLIENT, RST)], "established"),
        "the server alone": ([(SERVER, SYN | ACK)], "established"),
    }

    @harness.for_each(ENDS, "{}: one hit that states it")
    def test_end(self, name):
        segments, how = self.ENDS[name]
        found = self.play(f"alert server {BAD}", self.spaced(silent(*segments)))
        self.assertEqual([(matched(e), field(e, "nsmx.what"), field(e, "nsmx.connection"),
                           field(e, "client.ip")) for e in found], [(BAD, "server", how, HOST)])
        self.assertEqual(field(found[0], "event.dataset"), "nsmx.smtp")
        self.assertEqual(field(found[0], "event.category")[-1], "email")

    def test_session(self):
        """a session with content is reported once, when it begins"""
        connection = Connection({CLIENT: HOST, SERVER: BAD})
        connection.talk("S: 220 x", "C: QUIT", "S: 221 bye")
        found = self.play(f"alert server {BAD}",
                          self.spaced([f for _, f in connection.close().packets]))
        self.assertEqual([field(e, "nsmx.connection") for e in found], ["established"])

    def test_two(self):
        """two connections: two hits with ids of their own; the time-out comes with the traffic"""
        packets = [(0, silent((CLIENT, SYN))[0]), (1, silent((CLIENT, SYN), client_port=50001)[0]),
                   (40000 * MS, response("a.example", OTHER))]
        found = self.play(f"alert server {BAD}", packets)
        self.assertEqual(len({e["event"]["id"] for e in found}), 2)
        self.assertEqual({e["@timestamp"][:19] for e in found}, {"2020-05-31T00:05:12"})
        self.assertIn(f"mail server {BAD} in an unanswered connection from {HOST} to {BAD}",
                      found[0]["event"]["reason"])

    def test_late_answer(self):
        """an answer after the time-out: the session is read"""
        connection = Connection({CLIENT: HOST, SERVER: BAD})
        connection.talk("S: 220 x", "C: EHLO c")
        frames = [f for _, f in connection.packets]
        packets = [(0, frames[0])] + [(40000 * MS + i * MS, f) for i, f in enumerate(frames)]
        found = self.play(f"alert server {BAD}\nalert helo c", packets)
        self.assertEqual([field(e, "nsmx.connection") or field(e, "nsmx.what") for e in found],
                         ["attempted", "established", "helo"])

    def test_others(self):
        """not for other servers and other ports, and not for DNS on TCP"""
        rules = f"alert server {BAD}"
        self.assertEqual(self.play(rules, self.spaced(silent((CLIENT, SYN), server=OTHER))), [])
        self.assertEqual(self.play(rules, self.spaced(silent((CLIENT, SYN), port=80))), [])
        self.assertEqual(self.play(rules, self.spaced(silent((CLIENT, SYN), port=53))), [])
        self.assertEqual(self.play(rules + f"\nallow server {BAD}",
                                   self.spaced(silent((CLIENT, SYN)))), [])


class Questions(Attempts):
    """DNS questions."""

    RULE = f"alert resolver {BAD}"

    def test_unanswered(self):
        """a question to a `resolver` indicator that is not answered in 5 s: one hit"""
        packets = [(0, question("a.example")), (1000 * MS, question("a.example")),
                   (6001 * MS, response("b.example", OTHER))]
        found = self.play(self.RULE, packets)
        self.assertEqual([(matched(e), field(e, "nsmx.connection"), field(e, "dns.question.name"),
                           field(e, "dns.type"), field(e, "dns.response_code"),
                           field(e, "client.ip"), field(e, "server.ip")) for e in found],
                         [(BAD, "attempted", "a.example", "query", None, HOST, BAD)])
        self.assertEqual(found[0]["@timestamp"][:20], "2020-05-31T00:05:12.")
        self.assertIn(f"resolver {BAD} in an unanswered DNS question from {HOST} to {BAD}",
                      found[0]["event"]["reason"])

    def test_answered(self):
        """an answer in time is the hit; a late one is another"""
        for after, count in ((4900, 1), (5100, 2)):
            found = self.play(self.RULE, [(0, question("a.example")),
                                          (after * MS, response("a.example"))])
            self.assertEqual(len(found), count, after)
            self.assertIsNone(field(found[-1], "nsmx.connection"))

    def test_other_answers(self):
        """answers of others, to other ports and with other ids do not count"""
        for answer in (response("a.example", OTHER), response("a.example", port=40001)):
            found = self.play(self.RULE, [(0, question("a.example")), (MS, answer),
                                          (6000 * MS, response("b.example", OTHER))])
            self.assertIn("attempted", [field(e, "nsmx.connection") for e in found])
        found = self.play(self.RULE, [(0, question("a.example", number=8)),
                                      (MS, response("a.example"))])
        self.assertEqual(sorted(str(field(e, "nsmx.connection")) for e in found),
                         ["None", "attempted"])

    def test_not_asked(self):
        """questions to other resolvers, and those at the end of a capture"""
        self.assertEqual(self.play(self.RULE, [(0, question("a.example", OTHER))]), [])
        self.assertEqual(len(self.play(self.RULE, [(0, question("a.example"))])), 1)

    def test_many(self):
        """beyond the limit the oldest is reported before its time: none is lost"""
        count = 4096 + 100
        packets = [(i, question("a.example", number=i % 65536, port=1024 + i))
                   for i in range(count)]
        found = self.play(self.RULE, packets, "--suppress", "600")
        self.assertEqual(sum(field(e, "nsmx.count") or 1 for e in found), count)

    def stream(self, name, answered, part=None):
        """A question on TCP, in parts; what the server sends."""
        connection = Connection({CLIENT: HOST, SERVER: BAD}, port=53, segment=part or 1400)
        query = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + dns_name(name) + b"\0\1\0\1"
        connection.say(CLIENT, struct.pack("!H", len(query)) + query)
        if answered:
            reply = dns_response([dns_name(name) + b"\0\1\0\1"], [])
            connection.say(SERVER, struct.pack("!H", len(reply)) + reply)
        return [f for _, f in connection.close().packets]

    def test_tcp(self):
        """questions on TCP: whole and in parts, answered or not"""
        rules = self.RULE + "\nalert name .evil.example"
        for part in (None, 1, 5):
            found = self.play(rules, self.spaced(self.stream("x.evil.example", False, part), 10))
            self.assertEqual([(field(e, "nsmx.what"), field(e, "nsmx.connection"),
                               field(e, "network.transport")) for e in found],
                             [("resolver", "attempted", "tcp")])
            found = self.play(rules, self.spaced(self.stream("x.evil.example", True, part), 10))
            self.assertEqual([(field(e, "nsmx.what"), field(e, "nsmx.connection"))
                              for e in found], [("resolver", None), ("name", None)])
            found = self.play(rules, self.spaced(self.stream("x.evil.example", False, part), 10),
                              "--questions", "yes")
            self.assertEqual([field(e, "nsmx.what") for e in found], ["name", "resolver"])

    def test_names(self):
        """--questions: name rules look at questions, answered or not"""
        packets = [(0, question("x.evil.example", OTHER)), (1, question("ok.example", OTHER)),
                   (2, response("ok.example", OTHER))]
        rule = "alert name .evil.example"
        self.assertEqual(self.play(rule, packets), [])
        self.assertEqual(self.play(rule, packets, "--questions", "no"), [])
        found = self.play(rule, packets, "--questions", "yes")
        self.assertEqual([(matched(e), field(e, "nsmx.what"), field(e, "nsmx.section"),
                           field(e, "dns.type"), field(e, "nsmx.connection")) for e in found],
                         [("x.evil.example", "name", "question", "query", None)])
        self.assertIn(f"of a DNS question from {HOST} to {OTHER}", found[0]["event"]["reason"])
        both = [(0, question("x.evil.example", OTHER)), (MS, response("x.evil.example", OTHER))]
        self.assertEqual(len(self.play(rule, both, "--questions", "yes")), 2)
        self.assertEqual(self.play(rule + "\nallow name x.evil.example", both, "--questions",
                                   "yes"), [])

    def test_no_mix(self):
        """a hit of a question is no hit of the answer after it: no address becomes watched"""
        mail = Connection({CLIENT: HOST, SERVER: "192.0.2.1"})
        mail.talk("S: 220 x", "C: EHLO c", "S: 250 x", "C: MAIL FROM:<a@b.example>", "S: 250 ok",
                  "C: RCPT TO:<u@host.example>", "S: 250 ok", "C: QUIT", "S: 221 bye")
        frames = [question("x.evil.example", OTHER), response("ok.example", OTHER)]
        frames += [f for _, f in mail.close().packets]
        found = self.play("alert name .evil.example", self.spaced(frames), "--questions", "yes")
        self.assertEqual(len(found), 1)


if __name__ == "__main__":
    harness.main()
