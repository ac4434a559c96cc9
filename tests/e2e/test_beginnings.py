#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datagram of which the first fragment alone was captured: its beginning is read as that of a
packet that is cut."""
import ipaddress
import struct

import harness
import traffic
import wrap
from harness import is_hit, matched
from test_run import Live
from traffic import datagram, dns_name, dns_record, dns_response
from wrap import IPV4, IPV6, MACS, TEB, Packet, ethernet, in_gre, in_udp, ip4, ip6, ip_of

A, TXT = 1, 16
FAKE = ipaddress.ip_address("45.77.24.250").packed
RULES = "alert ip 45.77.24.250 id=ip\n"
BEGUN_US = traffic.SECOND * 1000000
HITS = ["45.77.24.250"]
ENDS6 = [ipaddress.ip_address(text).packed for text in ("2001:db8:1::53", "2001:db8::25")]

# A response in four fragments, whose address is in the first one.
RESPONSE = dns_response([dns_name("a.test") + struct.pack("!HH", A, 1)],
                        [dns_record("a.test", A, FAKE)] +
                        [dns_record("a.test", TXT, b"\xff" + bytes(255)) for _ in range(18)])
OTHER = datagram(dns_response())[1]
SIZE = 1480
WHOLE4 = ip_of(datagram(RESPONSE)[1])
ENDS4 = WHOLE4[12:16], WHOLE4[16:20]
VXLAN = struct.pack("!II", 0x08000000, 77 << 8)


def pieces4(number=7):
    """Its fragments, in order."""
    return list(wrap.fragments4(WHOLE4, number, SIZE))[::-1]


def pieces6(kinds=()):
    """Its fragments in IPv6, with headers of options after the fragment header."""
    packet = ip6(17, WHOLE4[20:], ENDS6)
    return list(wrap.fragments6(wrap.with_options(packet, kinds) if kinds else packet,
                                7, SIZE))[::-1]


def overlapping():
    """The second fragment twice, the second time with other octets."""
    first, second, *_ = pieces4()
    return [first, second, second[:100] + b"X" + second[101:]]


def outer_fragments(wrapped):
    """The packet of a tunnel is fragmented itself."""
    return list(wrap.fragments4(ip_of(wrapped), 8, SIZE))[::-1]




def in_tcp():
    """A segment in fragments, after the handshake: the first alone."""
    connection = traffic.Connection(port=53, segment=65000)
    connection.say(traffic.SERVER, struct.pack("!H", len(RESPONSE)) + RESPONSE)
    *before, segment, _ = [frame for _, frame in connection.packets]
    return before + list(wrap.fragments4(ip_of(segment), 7, SIZE))[-1:]


# Kinds of captures.
BEGINNINGS = {
    "IPv4": lambda: pieces4()[:1],
    "IPv6": lambda: pieces6()[:1],
    "IPv6 with destination options": lambda: pieces6([60])[:1],
    "IPv4, and the third fragment": lambda: [pieces4()[0], pieces4()[2]],
    "IPv4, all but the last": lambda: pieces4()[:3],
    "IPv4, all but the second, last first": lambda: [pieces4()[n] for n in (3, 2, 0)],
    "IPv6, all but the last": lambda: pieces6()[:3],
    "copies of it": lambda: pieces4()[:1] * 3,
    "overlapping": overlapping,
    "802.1Q": lambda: [MACS + b"\x81\0\0\7" + f[12:] for f in pieces4()[:1]],
    "IPv4 in GRE": lambda: [in_gre(IPV4, ip_of(f)) for f in pieces4()[:1]],
    "IPv6 in GRE": lambda: [in_gre(IPV6, ip_of(f)) for f in pieces6()[:1]],
    "in VXLAN": lambda: [in_udp(4789, VXLAN + f) for f in pieces4()[:1]],
    "in IPv6": lambda: [ethernet(ip6(4, ip_of(f)), IPV6) for f in pieces4()[:1]],
    "of GRE": lambda: outer_fragments(in_gre(IPV4, WHOLE4))[:1],
    "of GRE with Ethernet": lambda: outer_fragments(in_gre(TEB, ethernet(WHOLE4)))[:1],
    "of VXLAN": lambda: outer_fragments(in_udp(4789, VXLAN + ethernet(WHOLE4)))[:1],
    "of IP in IP": lambda: outer_fragments(ethernet(ip4(4, WHOLE4)))[:1],
    "of a tunnel, of a datagram in fragments": lambda: outer_fragments(
        in_gre(TEB, ethernet(ip4(17, WHOLE4[20:1620], 9, 0x2000, ENDS4))))[:1],
    "of TCP": in_tcp,
}
# Octets that are captured of each packet, and the packets.
CUT = {
    "IPv4": (300, lambda: pieces4()),
    "IPv6": (300, lambda: pieces6()),
    "in GRE": (300, lambda: [in_gre(IPV4, ip_of(f)) for f in pieces4()]),
    "of GRE": (300, lambda: outer_fragments(in_gre(IPV4, WHOLE4))),
}


def readings(kind):
    return 2 if kind == "overlapping" else 1


@harness.expand
class Beginnings(harness.Case):
    def hits_of(self, frames, *args, deferred=(), snaplen=262144):
        """The values hit in a capture of frames, and of `deferred` ones 40 s after them."""
        packets = [Packet(BEGUN_US + 1000 * n, frame) for n, frame in enumerate(frames)]
        packets += [Packet(BEGUN_US + 40000000, frame) for frame in deferred]
        path = self.write("cut.pcap", wrap.write(packets, snaplen=snaplen))
        rules = self.write("some.rules", RULES)
        return [matched(event) for event in self.replay("--summary", "summary.json", *args, path,
                                                        rules=rules) if is_hit(event)]

    @harness.for_each(BEGINNINGS, "{}: read at the end of the capture")
    def test_end(self, kind):
        self.assertEqual(self.hits_of(BEGINNINGS[kind]()), HITS * readings(kind))
        summary = self.summary()
        self.assertEqual(summary["fragments_lost"], 1)
        self.assertEqual(summary["dns_malformed"], 0)

    @harness.for_each(BEGINNINGS, "{}: read when the datagram expires")
    def test_expired(self, kind):
        hits = self.hits_of(BEGINNINGS[kind](), deferred=[OTHER])
        self.assertEqual(hits, HITS * readings(kind))
        self.assertEqual(self.summary()["dns_responses"], 1 + readings(kind))

    @harness.for_each(CUT, "{}: first fragments that are cut are read")
    def test_cut(self, kind):
        snaplen, frames = CUT[kind]
        self.assertEqual(self.hits_of(frames(), snaplen=snaplen), HITS)
        self.assertEqual(self.summary()["undecoded_by"]["cut"], 3)

    def test_evicted(self):
        """others to the same host take its place"""
        others = [pieces4(number)[1] for number in range(100, 300)]
        self.assertEqual(self.hits_of(pieces4()[:1] + others), HITS)
        self.assertEqual(self.summary()["fragments_lost"], 201)

    def test_filtered(self):
        """a filter by port lets only first fragments through"""
        self.assertEqual(self.hits_of(pieces4(), "--filter", "udp port 53"), HITS)

    def test_copies(self):
        """with --dedup, a beginning that came twice is read once"""
        twice = pieces4()[:1] + pieces4(8)[:1]
        self.assertEqual(self.hits_of(twice), HITS * 2)
        self.assertEqual(self.hits_of(twice, "--dedup", "100"), HITS)
        self.assertEqual(self.summary()["duplicates"], 1)

    def test_rest(self):
        """without the first fragment nothing is read"""
        self.assertEqual(self.hits_of(pieces4()[1:] + pieces6()[1:]), [])
        self.assertEqual(self.summary()["fragments_lost"], 2)

    def test_whole(self):
        """a datagram that is complete is read once"""
        self.assertEqual(self.hits_of(pieces4() + pieces6(), deferred=[OTHER]), HITS * 2)
        self.assertEqual(self.summary()["fragments_lost"], 0)


@harness.expand
class OnTheWire(Live):
    """The kernel's filter lets first fragments through, as it does port 53."""

    @harness.for_each([(), ("--filter", "udp port 53")],
                      "on the wire, options {}: read when the sensor stops")
    def test_live(self, options):
        first = [pieces4()[0], in_gre(IPV4, ip_of(pieces4(9)[0]))]
        first += pieces6()[:1] if not options else []   # no port of pcap-filter(7) matches it
        self.write("first.pcap", wrap.write([Packet(BEGUN_US + n, frame)
                                             for n, frame in enumerate(first)]))
        rules = self.write("some.rules", RULES)
        process = self.sense("--dedup", "0", "--summary", "summary.json", *options, rules=rules)
        # What is sent must not be captured as well.
        player = harness.Network(self)
        self.network.hand_over("veth1", player)
        harness.need_programs("tcpreplay")
        player.run("tcpreplay", "--quiet", "-i", "veth1", self.path("first.pcap"))
        found = [matched(event) for event in self.stop(process) if is_hit(event)]
        self.assertEqual(found, HITS * len(first))
        self.assertEqual(self.summary()["fragments_lost"], len(first))


if __name__ == "__main__":
    harness.main()
