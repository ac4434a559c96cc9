#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS over TCP of which octets are missing: messages that are whole are read, and of one that is
cut the beginning."""
import ipaddress
import struct

import harness
import traffic
import wrap
from harness import is_hit, matched
from traffic import ACK, CLIENT, PSH, SERVER, V6, Connection, dns_name, dns_record, \
    dns_response
from wrap import Packet

A, TXT = 1, 16
FAKE = ipaddress.ip_address("45.77.24.250").packed
RULES = "alert name .rogue.test id=name\n"
BEGUN_US = traffic.SECOND * 1000000


def response(number, size=0):
    """A response about a name of its own, with `size` octets of text after the address."""
    name = f"n{number}.rogue.test"
    text = [dns_record(name, TXT, b"\xff" * size)] if size else []
    return dns_response([dns_name(name) + struct.pack("!HH", A, 1)],
                        [dns_record(name, A, FAKE)] + text)


def prefixed(message):
    return struct.pack("!H", len(message)) + message


STREAM = [prefixed(response(number, size)) for number, size in
          enumerate([0, 40, 700, 0, 0, 300, 0, 2000, 0, 90] * 3)]
NAMES = [f"n{number}.rogue.test" for number in range(len(STREAM))]


def whole(lost):
    """Names of the messages of STREAM of which no octet is lost."""
    at, found = 0, []
    for name, message in zip(NAMES, STREAM):
        if not any(at < end and start < at + len(message) for start, end in lost):
            found.append(name)
        at += len(message)
    return found


def joined(connection, segments):
    """Sends segments, each acknowledged."""
    for segment in segments:
        connection.send(SERVER, PSH | ACK, segment)
        connection.send(CLIENT, ACK)
    return connection


def with_segments(segment, **options):
    return joined(Connection(port=53, **options),
                  [b"".join(STREAM)[at:at + segment]
                   for at in range(0, sum(map(len, STREAM)), segment)])


def data_of(connection):
    """Indexes of the packets with data of the server."""
    return [index for index, (side, frame) in enumerate(connection.packets)
            if side == SERVER and len(frame) > 14 + 40 + 20 * (frame[12:14] == b"\x86\xdd")]


def without(connection, *lost):
    """The packets but for those of some segments."""
    drop = {data_of(connection)[number] for number in lost}
    return [packet for index, packet in enumerate(connection.packets) if index not in drop]


def prefix_alone():
    return joined(Connection(port=53),
                  [part for message in STREAM for part in (message[:2], message[2:])])


def one_each():
    return joined(Connection(port=53), STREAM)


# Segments of 1,000 octets: the first octet that is lost, and the one after them.
LOST = {"one": [7], "two in a row": [3, 4], "several": [1, 5, 6, 9], "the first": [0]}
HANDSHAKE = 3


@harness.expand
class DnsTcp(harness.Case):
    def names(self, packets, *args, snaplen=262144):
        """The names hit in a capture."""
        path = self.write("tcp.pcap", wrap.write(
            [Packet(BEGUN_US + 1000 * n, frame) for n, (_, frame) in enumerate(packets)],
            snaplen=snaplen))
        rules = self.write("some.rules", RULES)
        return [matched(event) for event in self.replay("--summary", "summary.json", *args, path,
                                                        rules=rules) if is_hit(event)]

    def expect(self, found, expected, optional=()):
        """What is found: all of `expected`, of the others those in `optional` at most, once."""
        self.assertEqual([name for name in found if name not in optional], expected)
        self.assertEqual(len(found), len(set(found)))

    @harness.for_each(LOST, "{} lost: all whole messages are read, the others if they begin")
    def test_lost(self, kind):
        for addresses in None, V6:
            connection = with_segments(1000, addresses=addresses)
            lost = [(1000 * number, 1000 * number + 1000) for number in LOST[kind]]
            found = self.names(without(connection, *LOST[kind]))
            expected = whole(lost)
            self.expect(found, expected, set(NAMES) - set(expected))
            summary = self.summary()
            self.assertEqual(summary["dns_gap_bytes"], 1000 * len(lost))
            self.assertEqual(summary["dns_malformed"], 0)

    def test_beginning(self):
        """a message in which octets are lost: its beginning is read, and the next message"""
        connection = joined(Connection(port=53), [
            STREAM[7][:1000], STREAM[7][1000:1500], STREAM[7][1500:] + STREAM[8]])
        self.assertEqual(self.names(without(connection, 1)), NAMES[7:9])
        summary = self.summary()
        self.assertEqual((summary["dns_gap_bytes"], summary["dns_skipped_bytes"],
                          summary["dns_malformed"]), (500, 0, 0))

    def test_end(self):
        """the capture ends inside a message: its beginning is read"""
        connection = joined(Connection(port=53), [STREAM[0], STREAM[7][:100]])
        self.assertEqual(self.names(connection.packets), [NAMES[0], NAMES[7]])
        self.assertEqual(self.names(connection.close().packets), [NAMES[0], NAMES[7]])
        connection = joined(Connection(port=53), [STREAM[7][:13]])
        self.assertEqual(self.names(connection.packets), [])

    def test_snaplen(self):
        """segments that are cut: the beginning of each message is read"""
        for midstream in False, True:
            packets = one_each().packets[HANDSHAKE if midstream else 0:]
            found = self.names(packets, snaplen=110)
            self.assertEqual(found, NAMES)
            self.assertEqual(self.summary()["dns_skipped_bytes"], 0)
            self.assertEqual(self.summary()["dns_malformed"], 0)

    def test_prefix_alone(self):
        """the prefix in a segment of its own: in step after a loss, and midstream"""
        for lost in range(1, 12):
            with self.subTest(lost=lost):
                found = self.names(without(prefix_alone(), lost))
                self.assertEqual(found, [n for n in NAMES if n != NAMES[lost // 2]])
        for first in range(HANDSHAKE, HANDSHAKE + 8, 2):
            with self.subTest(first=first):
                begun = (first - HANDSHAKE) // 2
                self.assertEqual(self.names(prefix_alone().packets[first:]),
                                 NAMES[(begun + 1) // 2:])

    def test_midstream(self):
        """a capture that begins within a connection: messages wherever they begin"""
        for segment in 40, 200, 1000, 1448:
            connection = with_segments(segment)
            for first in data_of(connection)[1:5]:
                with self.subTest(segment=segment, first=first):
                    start = data_of(connection).index(first) * segment
                    found = self.names(connection.packets[first:])
                    self.assertEqual(found, whole([(0, start)]))

    def test_one_side(self):
        """only the server is captured"""
        connection = with_segments(1000)
        packets = [packet for packet in without(connection, 7)
                   if packet[0] == SERVER]
        expected = whole([(7000, 8000)])
        self.expect(self.names(packets), expected, set(NAMES) - set(expected))
        self.expect(self.names(packets[1:]), expected, set(NAMES) - set(expected))

    def test_nothing_invented(self):
        """octets of a record that look like a message are no message"""
        inner = prefixed(response(99))
        message = prefixed(dns_response([], [
            dns_record("a.test", TXT, b"\xff" * 600 + inner * 3 + b"\xff" * 600)]))
        connection = joined(Connection(port=53), [message[:500], message[500:620],
                                                  message[620:], STREAM[0]])
        for lost in [], [1]:
            self.assertEqual(self.names(without(connection, *lost)), NAMES[:1])
        self.assertEqual(self.names(connection.packets[HANDSHAKE:]), NAMES[:1])
        other = joined(Connection(port=53), [b"\xff" * 700, STREAM[0], b"\xff" * 700])
        self.assertEqual(self.names(other.packets[HANDSHAKE:]), NAMES[:1])
        self.assertEqual(self.summary()["dns_skipped_bytes"], 1400)


if __name__ == "__main__":
    harness.main()
