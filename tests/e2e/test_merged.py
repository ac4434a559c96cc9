#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets beyond 64 KiB, which network cards and kernels merge: BIG TCP over IPv4 and IPv6,
jumbograms with and without their option. What is larger than any is refused, and counted."""
import ipaddress
import struct

import harness
import traffic
import wrap
from harness import is_hit, matched
from traffic import ACK, CLIENT, PSH, SERVER, V6, Connection, dns_name, dns_record, dns_response
from wrap import Packet, ethernet, ip_of

A, TXT = 1, 16
FAKE = ipaddress.ip_address("45.77.24.250").packed
RULES = "alert name .rogue.test id=name\n"
BEGUN_US = traffic.SECOND * 1000000
LARGEST = 512 << 10


def message(number, size):
    """A response of this size with its prefix, about a name of its own."""
    name = dns_name(f"n{number}.rogue.test")
    empty = dns_record(b"\xc0\x0c", TXT, b"")
    head = dns_response([name + struct.pack("!HH", A, 1)], [dns_record(b"\xc0\x0c", A, FAKE)],
                        counts=(1, 2, 0, 0))
    text = size - 2 - len(head) - len(empty)
    whole = head + dns_record(b"\xc0\x0c", TXT, bytes(text))
    return struct.pack("!H", len(whole)) + whole


def stream(size):
    """Messages of this many octets together, and their names."""
    sizes = [40000] * (size // 40000 - 1)
    sizes.append(size - sum(sizes) if size - sum(sizes) <= 65537 else 40000)
    if sum(sizes) < size:
        sizes.append(size - sum(sizes))
    return (b"".join(message(n, part) for n, part in enumerate(sizes)),
            [f"n{n}.rogue.test" for n in range(len(sizes))])


def ip4_zero(packet):
    return packet[:2] + b"\0\0" + packet[4:]


def ip6_zero(packet):
    return packet[:4] + b"\0\0" + packet[6:]


def ip6_jumbo(packet):
    option = struct.pack("!BBBBI", packet[6], 0, 0xc2, 4, len(packet) - 40 + 8)
    return packet[:4] + b"\0\0" + b"\0" + packet[7:40] + option + packet[40:]


class Merged(Connection):
    """A connection whose large packets have no length, or that of an option."""
    def __init__(self, form, **options):
        self.form = form
        super().__init__(port=53, **options)

    def frame(self, side, peer, tcp):
        if len(tcp) + 40 <= 65535 and not tcp[20:]:
            return super().frame(side, peer, tcp)
        frame = super().frame(side, peer, tcp[:20])
        return frame[:14] + self.form(frame[14:] + tcp[20:])


FORMS = {
    "IPv4": (None, ip4_zero),
    "IPv6": (V6, ip6_zero),
    "IPv6, jumbo payload option": (V6, ip6_jumbo),
}


@harness.expand
class MergedSegments(harness.Case):
    def names(self, packets, snaplen=1 << 20):
        path = self.write("merged.pcap", wrap.write(
            [Packet(BEGUN_US + 1000 * n, frame) for n, (_, frame) in enumerate(packets)],
            snaplen=snaplen))
        rules = self.write("some.rules", RULES)
        return [matched(event) for event in self.replay("--summary", "summary.json", path,
                                                        rules=rules) if is_hit(event)]

    def connection(self, kind, *segments):
        addresses, form = FORMS[kind]
        connection = Merged(form, addresses=addresses)
        for segment in segments:
            connection.send(SERVER, PSH | ACK, segment)
            connection.send(CLIENT, ACK)
        return connection

    @harness.for_each(FORMS, "{}: packets of all sizes up to 512 KiB")
    def test_sizes(self, kind):
        for size in 65535, 65536, 65537, 100000, 240000, LARGEST:
            with self.subTest(size=size):
                octets, names = stream(size)
                self.assertEqual(len(octets), size)
                connection = self.connection(kind, octets, message(99, 100))
                self.assertEqual(self.names(connection.packets), names + ["n99.rogue.test"])
                summary = self.summary()
                self.assertEqual((summary["tcp_refused"], summary["dns_gap_bytes"]), (0, 0))

    @harness.for_each(FORMS, "{}: a packet that is cut by the snaplen")
    def test_cut(self, kind):
        octets, names = stream(400000)
        connection = self.connection(kind, octets, message(99, 100))
        found = self.names(connection.packets, snaplen=262144)
        self.assertEqual(found, names[:7] + ["n99.rogue.test"])
        headers = len(connection.packets[3][1]) - len(octets)
        self.assertEqual(self.summary()["dns_gap_bytes"], 400000 - (262144 - headers))
        # The last packet is counted, too.
        found = self.names(connection.packets[:4], snaplen=262144)
        self.assertEqual(found, names[:7])
        self.assertEqual(self.summary()["dns_gap_bytes"], 400000 - (262144 - headers))

    @harness.for_each(FORMS, "{}: a packet is lost, another one comes again")
    def test_lost(self, kind):
        octets, names = stream(4 * 160000)
        connection = self.connection(kind, *[octets[at:at + 160000]
                                             for at in range(0, len(octets), 160000)])
        packets = connection.packets
        self.assertEqual(self.names(packets[:4] + packets[3:]), names)
        self.assertEqual(self.summary()["ambiguous"], 0)
        self.assertEqual(self.names(packets[:5] + packets[6:]),
                         names[:4] + names[8:])
        self.assertEqual(self.summary()["dns_gap_bytes"], 160000)

    @harness.for_each(FORMS, "{}: a packet beyond the limit is refused, and counted")
    def test_refused(self, kind):
        octets, _ = stream(LARGEST + 1)
        connection = self.connection(kind, octets)
        self.assertEqual(self.names(connection.packets), [])
        self.assertEqual(self.summary()["tcp_refused"], 1)

    def test_in_a_tag(self):
        """in a VLAN, and in a tunnel"""
        octets, names = stream(100000)
        for wrapped in (lambda f: f[:12] + b"\x81\0\0\7" + f[12:],
                        lambda f: ethernet(ip4_zero(wrap.ip4(47, b"\0\0\x08\0")) + f[14:])
                        if len(f) > 65000 else wrap.in_gre(wrap.IPV4, ip_of(f))):
            packets = [(side, wrapped(frame))
                       for side, frame in self.connection("IPv4", octets).packets]
            self.assertEqual(self.names(packets), names)


if __name__ == "__main__":
    harness.main()
