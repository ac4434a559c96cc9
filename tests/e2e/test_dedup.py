#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""--dedup and --filter: a copy in any encapsulation is ignored; an equal answer is not."""
import harness
import wrap
from harness import hit_keys, pcap
from wrap import Packet

DNS, MAIL = "hijack-resolver", "hijack-mta"


def with_ttl(frame, ttl):
    """A router has passed it on: another TTL, another checksum, other MAC addresses."""
    packet = wrap.ip_of(frame)
    return wrap.ethernet(wrap.ip4(packet[9], packet[20:], int.from_bytes(packet[4:6], "big"),
                                  int.from_bytes(packet[6:8], "big"),
                                  (packet[12:16], packet[16:20]), ttl))


def with_number(frame, number):
    """Another IP identifier."""
    packet = wrap.ip_of(frame)
    return wrap.ethernet(wrap.ip4(packet[9], packet[20:], number, 0,
                                  (packet[12:16], packet[16:20])))


def patched(frame, at, data):
    """Other octets at a place after the IP header."""
    at += 34
    return frame[:at] + data + frame[at + len(data):]


COPIES = {
    "another TTL": lambda f, n: [with_ttl(f, 17)],
    "another IP id": lambda f, n: [with_number(f, n + 4711)],
    "link-layer padding": lambda f, n: [f + bytes(6)],
    **{name: wrap.ALL[name][1] for name in (
        "802.1Q", "QinQ", "MPLS", "GRE", "ERSPAN II", "VXLAN", "GENEVE", "IP in IP",
        "IPv4 fragments")},
}


class Dedup(harness.Case):
    """Captures with copies in them."""

    def source(self, name):
        return [p for p in wrap.read(pcap(name)) if p.frame[12:14] == b"\x08\x00"]

    def answers(self):
        """The DNS responses over UDP."""
        return [p for p in self.source(DNS)
                if p.frame[14] == 0x45 and p.frame[23] == 17 and p.frame[34:36] == b"\0\x35"]

    def twice(self, packets, copy, later_us):
        """Each packet, and what copy() makes of it, some time later."""
        both = list(packets)
        for number, packet in enumerate(packets):
            both += [Packet(packet.time_us + later_us, f) for f in copy(packet.frame, number)]
        return sorted(both, key=lambda packet: packet.time_us)

    def read_packets(self, packets, *options):
        """The hits of packets, and the counters."""
        self.write("in.pcap", wrap.write(packets))
        found = self.replay("--summary", "summary.json", *options, "in.pcap")
        return hit_keys(found), self.summary()

    def doubled(self, keys):
        return sum(keys.values()) * 2


@harness.expand
class Copies(Dedup):
    """What is a copy."""

    @harness.for_each(COPIES, "a copy with {}: passed over and counted")
    def test_copy(self, name):
        for source in (DNS, MAIL):
            packets = self.source(source)
            both = self.twice(packets, COPIES[name], 300)
            plain, before = self.read_packets(packets, "--dedup", "100")
            found, after = self.read_packets(both, "--dedup", "100")
            self.assertEqual(before["duplicates"], 0)
            self.assertEqual(found, plain)
            self.assertGreater(after["duplicates"], len(packets) * 0.8)
            for counter in ("dns_responses", "smtp_sessions", "smtp_recipients", "smtp_gap_bytes"):
                self.assertEqual(after[counter], before[counter], counter)

    def test_off(self):
        """a replay without the option keeps them: it reads what was captured"""
        packets = self.answers()
        plain, _ = self.read_packets(packets)
        found, counters = self.read_packets(self.twice(packets, COPIES["802.1Q"], 300))
        self.assertEqual(sum(found.values()), self.doubled(plain))
        self.assertEqual(counters["duplicates"], 0)


@harness.expand
class Notice(Dedup):
    """A replay without the option notices copies."""

    def suggestions(self, packets, *options, files=1):
        """How often the option is suggested."""
        names = [f"in{number}.pcap" for number in range(files)]
        for name in names:
            self.write(name, wrap.write(packets))
        done = self.nsmx("replay", "--progress", "never", "-r", harness.RULES, "-o", "null",
                         *options, *names)
        self.assertEqual(done.status, 0, done.err)
        self.assertRegex(done.err, r"(?m)^nsmx: \d+ packets, ")
        return done.err.count("--dedup")

    @harness.for_each(COPIES, "a copy with {}: noticed where its IP id is the same")
    def test_copies(self, name):
        for source in (DNS, MAIL):
            both = self.twice(self.source(source), COPIES[name], 300)
            self.assertEqual(self.suggestions(both), name not in ("another IP id", "IPv4 fragments"))
            self.assertEqual(self.suggestions(both, "--dedup", "100"), 0)

    def test_workers(self):
        """several workers suggest it once"""
        both = self.twice(self.source(DNS), COPIES["802.1Q"], 300)
        self.assertEqual(self.suggestions(both, "--workers", "2", files=2), 1)

    def test_none(self):
        """not for captures without copies, for late ones, and for few"""
        for name in harness.captures():
            if name.startswith("hijack"):
                self.assertEqual(self.suggestions(self.source(name)), 0, name)
        packets = self.source(DNS)
        self.assertEqual(self.suggestions(self.twice(packets, COPIES["802.1Q"], 1001)), 0)
        few = sorted(packets + self.twice(packets[:2], COPIES["802.1Q"], 1),
                     key=lambda packet: packet.time_us)
        self.assertEqual(self.suggestions(few), 0)


class Kept(Dedup):
    """Packets that are not copies."""

    def kept(self, copy, later_us=300):
        packets = self.answers()
        plain, _ = self.read_packets(packets, "--dedup", "100")
        found, counters = self.read_packets(self.twice(packets, copy, later_us), "--dedup", "100")
        self.assertTrue(plain)
        self.assertEqual(counters["duplicates"], 0)
        self.assertEqual(sum(found.values()), self.doubled(plain))

    def test_transaction(self):
        """an equal answer with another transaction id: kept"""
        self.kept(lambda f, n: [patched(f, 8, (n + 1).to_bytes(2, "big"))])

    def test_port(self):
        """an equal answer to another port: kept"""
        self.kept(lambda f, n: [patched(f, 2, (1024 + n).to_bytes(2, "big"))])

    def test_client(self):
        """an equal answer to another client: kept"""
        self.kept(lambda f, n: [f[:30] + bytes([10, 0, 0, 1]) + f[34:]])

    def test_window(self):
        """a copy at the end of the window is ignored, a microsecond later it is not"""
        packets = self.answers()[:1]
        for later_us, copies in ((99999, 1), (100000, 1), (100001, 0)):
            _, counters = self.read_packets(self.twice(packets, COPIES["802.1Q"], later_us),
                                            "--dedup", "100")
            self.assertEqual(counters["duplicates"], copies, later_us)
            self.assertEqual(counters["dns_responses"], 2 - copies)

    def test_window_does_not_slide(self):
        """the window counts from what was read, not from the copies of it"""
        one = self.answers()[0]
        packets = [Packet(one.time_us + 60000 * n, one.frame) for n in range(4)]
        _, counters = self.read_packets(packets, "--dedup", "100")
        self.assertEqual(counters["dns_responses"], 2)


class Filter(Dedup):
    """--filter, on top of the sensor's own."""

    def test_inner(self):
        """--filter looks at a packet as tcpdump does, and at the packet inside of a tunnel"""
        wrapper = wrap.ALL["GRE"][1]
        self.write("gre.pcap", wrap.write(wrap.wrapped(wrapper, self.source(DNS))))
        plain = hit_keys(self.hits(DNS))
        self.assertEqual(hit_keys(self.replay("--filter", "proto 47", "gre.pcap")), plain)
        self.assertEqual(hit_keys(self.replay("--filter", "port 53", "gre.pcap")), plain)
        self.assertEqual(self.replay("--filter", "port 54", "gre.pcap"), [])

    def test_vlan(self):
        """--filter vlan N: of tagged packets only those"""
        some = self.source(DNS)
        self.write("tagged.pcap", wrap.write(
            some + wrap.wrapped(wrap.ALL["802.1Q"][1], some)))
        found = self.replay("--filter", "vlan 7", "tagged.pcap")
        self.assertEqual(hit_keys(found), hit_keys(self.hits(DNS)))
        self.assertEqual({event["network"]["vlan"]["id"] for event in found}, {"7"})
        self.assertEqual(self.replay("--filter", "vlan 8", "tagged.pcap"), [])


if __name__ == "__main__":
    harness.main()
