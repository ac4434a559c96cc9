#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The incident capture in tags, tunnels, fragments and other link types: the same hits."""
import collections

import harness
import traffic
import wrap
from harness import field, hit_keys, matched, pcap
from test_run import Live

SOURCES = ["hijack-resolver", "hijack-mta"]
# A host of Teredo has an address of its own kind (RFC 4380, 4).
ENDS = {traffic.CLIENT: "2001:0:cb00:7101:8000:63bf:3fff:fdd2",
        traffic.SERVER: traffic.V6[traffic.SERVER]}


def mail_over_ipv6():
    """An SMTP session as packets of a capture."""
    c = traffic.Connection(addresses=ENDS)
    c.talk("S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test", "C: MAIL FROM:<a@a.test>",
           "S: 250 ok", "C: RCPT TO:<x@coincheck.com>", "S: 250 ok", "C: DATA", "S: 354 go on",
           "C: Subject: x", "C: ", "C: x", "C: .", "S: 250 taken", "C: QUIT", "S: 221 bye")
    return [wrap.Packet(1590883512000000 + 500 * number, frame)
            for number, (_, frame) in enumerate(c.close().packets)]


@harness.expand
class Wrappings(harness.Case):
    """Each wrapping, read from a file."""

    hits_of = {}            # by the octets of a capture

    def plain(self, packets, rules):
        """The hits of packets without a wrapping, which are replayed once for all wrappings."""
        capture = wrap.write(packets)
        if capture not in self.hits_of:
            self.write("plain.pcap", capture)
            self.hits_of[capture] = self.replay("plain.pcap", rules=rules)
            self.assertTrue(self.hits_of[capture])
        return self.hits_of[capture]

    def same(self, packets, wrapping, rules=harness.RULES):
        """The same hits at the same time, and the events say what they came in."""
        link, wrapper, vlan, tunnel, tunnel_id = wrapping
        self.write("wrapped.pcap", wrap.write(wrap.wrapped(wrapper, packets), link))
        plain, found = self.plain(packets, rules), self.replay("wrapped.pcap", rules=rules)
        self.assertEqual(hit_keys(found), hit_keys(plain))
        self.assertEqual([event["@timestamp"] for event in found],
                         [event["@timestamp"] for event in plain])
        for event in found:
            self.assertEqual(field(event, "network.vlan.id"), vlan)
            self.assertEqual(field(event, "nsmx.tunnel.type"), tunnel)
            self.assertEqual(field(event, "nsmx.tunnel.id"), tunnel_id)

    @harness.for_each(wrap.ALL, "in {}: the hits of the plain capture, ids included")
    def test_ipv4(self, name):
        for source in SOURCES:
            with self.subTest(source=source):
                self.same(wrap.read(pcap(source)), wrap.ALL[name])

    @harness.for_each(wrap.ALL6, "in {}: the hits of the plain IPv6 session")
    def test_ipv6(self, name):
        rules = self.write("some.rules", "alert rcpt .coincheck.com\n")
        self.same(mail_over_ipv6(), wrap.ALL6[name], rules)

    def test_plain(self):
        """no wrapping: no VLAN and no tunnel in events"""
        for event in self.hits("hijack-mta"):
            self.assertIsNone(field(event, "network.vlan"))
            self.assertIsNone(field(event, "nsmx.tunnel"))

    def test_cut_fragment(self):
        """a first fragment that the capture cut: what it shows of the answer is hit"""
        cut = []
        for number, packet in enumerate(wrap.read(pcap("hijack-resolver"))):
            if packet.frame[12:14] == b"\x08\x00":
                whole = wrap.ip_of(packet.frame)
                head = whole[:2] + (len(whole) + 8).to_bytes(2, "big") \
                    + number.to_bytes(2, "big") + b"\x20\0" + whole[8:]
                cut.append(wrap.Packet(packet.time_us, wrap.ethernet(head)))
        self.write("cut.pcap", wrap.write(cut))
        plain = {matched(event) for event in self.hits("hijack-resolver")}
        self.assertEqual({matched(event) for event in self.replay("cut.pcap")}, plain)


    @harness.for_each(["VXLAN", "802.1ah", "L2TPv2", "PPI"],
                      "--filter looks inside of {}, too")
    def test_filter(self, name):
        link, wrapper, *_ = wrap.ALL[name]
        self.write("some.pcap", wrap.write(wrap.wrapped(wrapper, wrap.read(pcap(SOURCES[0]))),
                                           link))
        self.assertEqual(hit_keys(self.replay("--filter", "port 53", "some.pcap")),
                         hit_keys(self.hits(SOURCES[0])))
        self.assertEqual(self.replay("--filter", "port 54", "some.pcap"), [])

    def test_tunnel_ports(self):
        """--tunnel-ports: a tunnel on a port of the user's"""
        def wrapper(frame, _):
            return [wrap.in_udp(48879, b"\x08\0\0\0\0\0\x07\0" + frame)]
        source = wrap.read(pcap(SOURCES[0]))
        self.write("some.pcap", wrap.write(wrap.wrapped(wrapper, source)))
        self.assertEqual(self.replay("some.pcap"), [])
        found = self.replay("--tunnel-ports", "geneve=1,vxlan=10800,48879", "some.pcap")
        self.assertEqual(hit_keys(found), hit_keys(self.hits(SOURCES[0])))

    @harness.for_each(["53", "5300"], "an answer from port {} that looks like a packet in a tunnel")
    def test_answer_to_tunnel_port(self, port):
        answer = bytes.fromhex(     # after three labels of MPLS, a fragment of IPv4
            "31668400000100010000000107656447652d303709474574496d61444f4e02434f026a700000010001"
            "c00c00010001000151800004199f69db00002904d0000000000000")
        self.write("own.rules", "alert ip 25.159.105.219\n")
        for server, wanted in ((int(port), 1), (54, 0)):
            packet = traffic.datagram(answer, port=server, client_port=6635)
            self.write("some.pcap", traffic.pcap([packet]))
            found = self.replay("--ports", f"dns={port}", "some.pcap", rules="own.rules")
            self.assertEqual([matched(event) for event in found], ["25.159.105.219"] * wanted)


@harness.expand
class OnTheWire(Live):
    """The kernel's filter lets through what can be read."""

    @harness.for_each(["veth0", "any"],
                      "every tag, tunnel and fragment on the wire of {}: each hit once for each")
    def test_all(self, interface):
        packets, count = [], 0
        source = wrap.read(pcap("hijack-resolver"))
        # A TCP connection that comes again would be reported as a repeat.
        source = [packet for packet in source if wrap.ip_of(packet.frame)[9] == 17]
        self.write("plain.pcap", wrap.write(source))
        plain = hit_keys(self.replay("plain.pcap"))
        for link, wrapper, *_ in wrap.ALL.values():
            if link == 1:
                packets += wrap.wrapped(wrapper, source)
                count += 1
        self.write("all.pcap", wrap.write(packets))
        # What is sent must not be captured as well.
        player = harness.Network(self)
        self.network.hand_over("veth1", player)
        process = self.sense("--suppress", "0", "--dedup", "0", interfaces=interface)
        harness.need_programs("tcpreplay")
        player.run("tcpreplay", "--quiet", "--pps=5000", "-i", "veth1", self.path("all.pcap"))
        self.wait_hits(process, count * sum(plain.values()))
        found = hit_keys(self.stop(process))
        self.assertEqual(found, collections.Counter(
            {key: count * times for key, times in plain.items()}))


if __name__ == "__main__":
    harness.main()
