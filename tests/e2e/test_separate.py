#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""--separate: networks that use the same addresses are never mixed up, in connections, fragments,
copies, repeats, intercepted mail and the summary of incidents."""
import struct

import harness
import traffic
import wrap
from harness import matched
from traffic import SERVER, Connection, datagram, dns_name, dns_record, dns_response
from wrap import Packet

RULES = """
alert ip 203.0.113.66 id=one
alert ip 203.0.113.67 id=two
alert mx .mail.example id=mx
"""
NAME, MX_TARGET = "host.example", "mx.mail.example"


def vlans(*numbers):
    """Tags, the outermost first."""
    tags = b"".join(struct.pack("!HH", 0x8100, number) for number in numbers)
    return lambda f: f[:12] + tags + f[12:]


def vxlan(number):
    return lambda f: wrap.in_udp(4789, struct.pack("!II", 0x08000000, number << 8) + f)


def gre(number):
    return lambda f: wrap.in_gre(wrap.TEB, f, 0x2000, struct.pack("!I", number))


def geneve(number):
    return lambda f: wrap.in_udp(
        6081, struct.pack("!BBHI", 0, 0, wrap.TEB, number << 8) + f)


def service(number):
    return lambda f: wrap.MACS + b"\x88\xe7" + struct.pack("!I", number) + f


def erspan(vlan, kept=0):
    """Type II; the VLAN of the mirrored frame is in the header."""
    head = struct.pack("!HHI", 0x1000 | vlan, kept << 11 | 77, 0)
    return lambda f: wrap.in_gre(0x88be, head + f, 0x1000, struct.pack("!I", 1))


def l2tp(number):
    return lambda f: wrap.ethernet(wrap.ip4(115, struct.pack("!IQ", number, 1) + f))


def both(outer, inner):
    return lambda f: outer(inner(f))


# Two networks each, and what events call them.
PAIRS = {
    "VLANs": (vlans(5), vlans(6), "vlan 5", "vlan 6"),
    "a VLAN and none": (vlans(5), lambda f: f, "vlan 5", None),
    "inner VLANs of QinQ": (vlans(100, 5), vlans(100, 6), "vlan 100.5", "vlan 100.6"),
    "outer VLANs of QinQ": (vlans(5, 7), vlans(6, 7), "vlan 5.7", "vlan 6.7"),
    "one tag and two": (vlans(5), vlans(5, 5), "vlan 5", "vlan 5.5"),
    "fifth tags": (vlans(1, 2, 3, 4, 5), vlans(1, 2, 3, 4, 6), "vlan 1.2.3.4.5", "vlan 1.2.3.4.6"),
    "VXLAN networks": (vxlan(5), vxlan(6), "vxlan 5", "vxlan 6"),
    "GRE keys": (gre(5), gre(6), "gre 5", "gre 6"),
    "GENEVE networks": (geneve(5), geneve(6), "geneve 5", "geneve 6"),
    "a VXLAN and a GENEVE network": (vxlan(5), geneve(5), "vxlan 5", "geneve 5"),
    "L2TP sessions": (l2tp(5), l2tp(6), "l2tp 5", "l2tp 6"),
    "services of 802.1ah": (service(5), service(6), "i-sid 5", "i-sid 6"),
    "VLANs in VXLAN": (both(vxlan(9), vlans(5)), both(vxlan(9), vlans(6)),
                       "vlan 5 vxlan 9", "vlan 6 vxlan 9"),
    "VXLAN in GRE": (both(gre(9), vxlan(5)), both(gre(9), vxlan(6)),
                     "gre 9 vxlan 5", "gre 9 vxlan 6"),
    "VLANs mirrored by ERSPAN": (both(vlans(3), erspan(5)), both(vlans(3), erspan(6)),
                                 "vlan 5 erspan 77", "vlan 6 erspan 77"),
    "tags kept by ERSPAN": (both(erspan(5, 3), vlans(5)), both(erspan(6, 3), vlans(6)),
                            "vlan 5 erspan 77", "vlan 6 erspan 77"),
}


def answer(address, name=NAME):
    """A response with one A record."""
    question = dns_name(name) + b"\0\1\0\1"
    return dns_response([question], [dns_record(name, 1, bytes(map(int, address.split("."))))])


def exchange():
    """A response with one MX record."""
    question = dns_name(NAME) + b"\0\x0f\0\1"
    return dns_response([question], [dns_record(NAME, 15, b"\0\x0a" + dns_name(MX_TARGET))])


def frames(connection):
    return [frame for _, frame in connection.packets]


def dns_stream(address, shift):
    """A DNS answer on TCP; the sequence numbers of both sides are shifted."""
    connection = Connection(port=53)
    connection.packets.clear()
    connection.next = {side: (at + shift) & 0xffffffff for side, at in
                       ((traffic.CLIENT, 1000), (SERVER, 5000))}
    for side, flags in ((traffic.CLIENT, 0x02), (SERVER, 0x12), (traffic.CLIENT, 0x10)):
        connection.send(side, flags)
    message = answer(address)
    connection.say(SERVER, struct.pack("!H", len(message)) + message)
    return frames(connection)


def mail(server="203.0.113.66"):
    """A session that names a recipient."""
    connection = Connection({traffic.CLIENT: "198.51.100.25", SERVER: server})
    connection.talk("S: 220 x", "C: EHLO c", "S: 250 x", "C: MAIL FROM:<a@b.example>", "S: 250 ok",
                    "C: RCPT TO:<u@host.example>", "S: 250 ok", "C: QUIT", "S: 221 bye")
    return frames(connection.close())


def in_turns(first, second):
    """Packets of two lists, one after the other."""
    longest = max(len(first), len(second))
    return [x for i in range(longest) for x in first[i:i + 1] + second[i:i + 1]]


def on_wire(items):
    """A capture of frames, 500 us apart."""
    return wrap.write([Packet(traffic.SECOND * 1000000 + 500 * i, f) for i, f in enumerate(items)])


class Separate(harness.Case):
    """Captures of networks with the same addresses."""

    def play(self, items, *options, separate="vlan,tunnel"):
        """The hits in frames."""
        self.write("in.pcap", on_wire(items))
        self.write("in.rules", RULES)
        chosen = ["--separate", separate] if separate else []
        found = self.replay("--summary", "summary.json", *chosen, *options, "in.pcap",
                            rules="in.rules")
        self.assertEqual(self.summary()["undecoded_packets"], 0)
        return found

    def networks(self, found, rule=None):
        return [e["nsmx"].get("network") for e in found
                if rule in (None, e["rule"]["id"]) and e["event"]["action"] == "ioc-match"]


@harness.expand
class Networks(Separate):
    """What is kept apart."""

    @harness.for_each(PAIRS, "{}: two connections between the same ports")
    def test_streams(self, name):
        one, two, text_one, text_two = PAIRS[name]
        first = [one(f) for f in dns_stream("203.0.113.66", 0)]
        second = [two(f) for f in dns_stream("203.0.113.67", 0x70000000)]
        found = self.play(in_turns(first, second))
        self.assertEqual([(e["rule"]["id"], e["nsmx"].get("network")) for e in found],
                         [("one", text_one), ("two", text_two)])
        self.assertEqual(self.summary()["tcp_streams"], 2)

    @harness.for_each(PAIRS, "{}: datagrams with one id, in fragments")
    def test_fragments(self, name):
        one, two, text_one, text_two = PAIRS[name]
        pieces = [list(wrap.fragments4(wrap.ip_of(datagram(answer(a))[1]), 7, 24))
                  for a in ("203.0.113.66", "203.0.113.67")]
        found = self.play(in_turns([one(f) for f in pieces[0]], [two(f) for f in pieces[1]]))
        self.assertEqual(sorted((e["rule"]["id"], e["nsmx"].get("network")) for e in found),
                         [("one", text_one), ("two", text_two)])
        self.assertNotIn(True, [e["nsmx"].get("ambiguous") for e in found])

    @harness.for_each(PAIRS, "{}: an equal answer is neither a copy nor a repeat")
    def test_copies(self, name):
        one, two, text_one, text_two = PAIRS[name]
        frame = datagram(answer("203.0.113.66"))[1]
        found = self.play([one(frame), two(frame), one(frame)], "--dedup", "100",
                          "--suppress", "60")
        self.assertEqual(self.networks(found), [text_one, text_two])
        self.assertEqual(self.summary()["duplicates"], 1)
        self.assertEqual(len({e["event"]["id"] for e in found}), 2)
        self.assertEqual([e["event"]["id"] for e in self.play([two(frame)])],
                         [found[1]["event"]["id"]])

    @harness.for_each(PAIRS, "{}: mail is correlated with answers in its own network")
    def test_correlation(self, name):
        one, two, _, text_two = PAIRS[name]
        hit = datagram(answer("203.0.113.66"))[1]
        for wrapper, count in ((one, 2), (two, 0)):
            found = self.play([one(hit)] + [wrapper(f) for f in mail()])
            self.assertEqual(len([e for e in found if e["event"]["action"] == "mail-intercepted"]),
                             count)
        hit, late = datagram(exchange())[1], datagram(answer("192.0.2.77", MX_TARGET))[1]
        for wrapper, count in ((two, 2), (one, 0)):
            found = self.play([two(hit), wrapper(late)] + [two(f) for f in mail("192.0.2.77")])
            self.assertEqual([e["nsmx"].get("network") for e in found
                              if e["event"]["action"] == "mail-intercepted"], [text_two] * count)


class Kinds(Separate):
    """Which labels count."""

    def test_off(self):
        """without the option all is one network, and events do not name it"""
        frame = datagram(answer("203.0.113.66"))[1]
        found = self.play([vlans(5)(frame), vxlan(6)(frame)], "--dedup", "100", separate=None)
        self.assertEqual(self.networks(found), [None])

    def test_one_kind(self):
        """vlan alone: tunnels do not separate; tunnel alone: tags do not"""
        frame = datagram(answer("203.0.113.66"))[1]
        items = [f(frame) for f in (vlans(5), vlans(6), vxlan(5), vxlan(6))]
        self.assertEqual(self.networks(self.play(items, "--dedup", "100", separate="vlan")),
                         ["vlan 5", "vlan 6", None])
        self.assertEqual(self.networks(self.play(items, "--dedup", "100", separate="tunnel")),
                         [None, "vxlan 5", "vxlan 6"])

    def test_no_number(self):
        """a priority tag is no VLAN, and a tunnel without an id no network"""
        frame = datagram(answer("203.0.113.66"))[1]
        items = [frame, vlans(0)(frame), vxlan(0)(frame), wrap.in_gre(wrap.IPV4, wrap.ip_of(frame))]
        self.assertEqual(self.networks(self.play(items, "--dedup", "100")), [None])
        self.assertEqual(self.summary()["duplicates"], 3)

    def test_tunnel_in_fragments(self):
        """what a tunnel in fragments contains is in the tunnel's network"""
        frame = datagram(answer("203.0.113.66"))[1]
        items = [f for number in (5, 6)
                 for f in wrap.fragments4(wrap.ip_of(vxlan(number)(frame)), number, 64)]
        found = self.play([vlans(8)(f) for f in items], "--dedup", "100")
        self.assertEqual(self.networks(found), ["vlan 8 vxlan 5", "vlan 8 vxlan 6"])

    def test_workers(self):
        """answers and mail in two files, which two workers read"""
        self.write("in.rules", RULES)
        hit = datagram(answer("203.0.113.66"))[1]
        for number, count in ((5, 2), (6, 0)):
            self.write("dns.pcap", on_wire([vlans(5)(hit)]))
            self.write("mail.pcap", wrap.write(
                [Packet((traffic.SECOND + 1) * 1000000 + i, vlans(number)(f))
                 for i, f in enumerate(mail())]))
            found = self.replay("--workers", "2", "--separate", "vlan", "dns.pcap", "mail.pcap",
                                rules="in.rules")
            self.assertEqual([matched(e) for e in found
                              if e["event"]["action"] == "mail-intercepted"],
                             ["203.0.113.66"] * count)

    def test_summary_of_incidents(self):
        """the summary has a line for each network"""
        self.write("in.rules", RULES)
        frame = datagram(answer("203.0.113.66"))[1]
        self.write("in.pcap", on_wire([vlans(5)(frame), vlans(6)(frame), vlans(6)(frame)]))
        run = self.nsmx("replay", "--progress", "never", "-r", "in.rules", "--separate", "vlan",
                            "-o", "null", "in.pcap")
        self.assertIn(f"{NAME} (vlan 5): 1 hit from ", run.err)
        self.assertIn(f"{NAME} (vlan 6): 2 hits from ", run.err)


if __name__ == "__main__":
    harness.main()
