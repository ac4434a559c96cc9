#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""rules pin: what was seen, as rules that the same traffic does not hit."""
import os

import harness
import test_pin_kinds as made
import traffic
from harness import captures, field, matched, pcap
from traffic import dns_name, dns_record

MTA = ("S: 220 mx.example.com ESMTP", "C: EHLO c.example", "S: 250 mx", "C: MAIL FROM:<x@y.example>",
       "S: 250 ok", "C: RCPT TO:<a@example.com>", "S: 250 ok", "C: QUIT", "S: 221 bye")
ZONE = (
    made.message("example.com", made.NS, [dns_record("example.com", made.NS, dns_name("n.example.net"))]),
    made.message("example.com", 15, [dns_record("example.com", 15, b"\0\0" + dns_name(""))]),
    made.message("www.example.com", 1, [
        dns_record("www.example.com", made.CNAME, dns_name("cdn.example.net")),
        dns_record("cdn.example.net", made.CNAME, dns_name("e.example.org")),
        dns_record("e.example.org", 1, bytes([192, 0, 2, 7]))]),
    made.message("example.com", made.DS, [dns_record("example.com", made.DS, made.OTHER)]),
    made.message("example.com", made.TXT, [made.text("example.com", 'v=spf1 "-all'),
                                           made.text("example.com", "other=1")]),
    made.message("changed.example.com", made.TXT, [made.text("changed.example.com", "v=spf1 a")]),
    made.message("changed.example.com", made.TXT, [made.text("changed.example.com", "v=spf1 b")]),
    made.message("gone.example.com", made.DS, [dns_record("gone.example.com", made.DS, made.OTHER)]),
    made.message("gone.example.com", made.DS, authority=[made.soa("example.com")]),
    made.message("x.notexample.com", 1, [dns_record("x.notexample.com", 1, bytes(4))]),
)
PINNED = [
    "pin example.com ns n.example.net",
    "pin example.com mx .",
    "pin example.com banner mx.example.com",
    "pin example.com rcpt 45.77.24.250",
    "pin example.com ds any",
    'pin example.com txt "v=spf1 \\"-all"',
    "pin www.example.com cname cdn.example.net",
    "pin www.example.com ip 192.0.2.7",
]


def lines(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@harness.expand
class Pin(harness.Case):
    def pin(self, *words, status=0):
        done = self.nsmx("rules", "pin", *words, env={"TMPDIR": self.folder})
        self.assertEqual(done.status, status, done.err)
        self.complaints = done.err
        text = done.out.decode()
        self.comments = [line for line in text.splitlines() if line.startswith("#")]
        self.write("pins.rules", done.out)
        checked = self.nsmx("rules", "check", "pins.rules")
        self.assertEqual(checked.status, 0, checked.err)
        self.assertNotIn("warning", checked.err)
        return lines(text)

    def zone(self):
        c = traffic.Connection()
        c.talk(*MTA)
        packets = [traffic.datagram(message) for message in ZONE] + c.close().packets
        return self.write("zone.pcap", traffic.pcap(packets))

    def test_zone(self):
        """each kind of pin; none of texts that changed, of DS records that went, of other names"""
        self.zone()
        found = self.pin("example.com", "zone.pcap")
        self.assertEqual(sorted(found), sorted(PINNED))
        self.assertIn("# ds: not always there, so there is no rule", self.comments)
        self.assertRegex("\n".join(self.comments),
                         r"#   2020-05-31T00:05:12Z  2020-05-31T00:05:12Z +1  n.example.net")
        self.assertEqual(self.replay("zone.pcap", rules="pins.rules"), [])
        self.assertFalse([name for name in os.listdir(self.folder) if "nsmx-pin" in name])

    def test_history(self):
        """the same of a history; --until leaves out what was first seen later"""
        self.zone()
        done = self.nsmx("replay", "--history", "seen", "-r", "/dev/null", "-o", "null", "zone.pcap")
        self.assertEqual((done.status, "warning" in done.err), (0, False), done.err)
        self.assertEqual(sorted(self.pin("example.com", "--history", "seen")), sorted(PINNED))
        self.assertEqual(self.pin("www.example.com", "--history", "seen"), PINNED[-2:])
        self.assertEqual(self.pin("example.com", "--history", "seen", "--until", "2020-05-30",
                                  status=1), [])
        self.assertIn("nothing was seen of example.com", self.complaints)

    @harness.for_each(captures("before-"), "{}: its own pins do not hit it, the hijack does")
    def test_incident(self, name):
        found = self.pin("coincheck.com", pcap(name))
        self.assertGreater(len(found), 0)
        self.assertEqual(self.replay(pcap(name), rules="pins.rules"), [])
        hits = self.replay(pcap(name.replace("before-", "hijack-")), rules="pins.rules")
        self.assertEqual({field(event, "event.action") for event in hits}, {"pin-mismatch"})
        seen = {matched(event) for event in hits}
        bad = "45.77.24.250" if "mta" in name else "ns-1515.awsdns-061.org"
        self.assertIn(bad, seen)

    def test_many(self):
        """more than 64 values: a comment and no rule"""
        packets = []
        for last in range(65):
            record = dns_record("a.example", 1, bytes([192, 0, 2, last]))
            packets.append(traffic.datagram(made.message("a.example", 1, [record])))
        self.write("many.pcap", traffic.pcap(packets))
        self.assertEqual(self.pin("a.example", "many.pcap"), [])
        self.assertIn("# ip: more than 64 values, so there is no rule", self.comments)
        self.write("fewer.pcap", traffic.pcap(packets[1:]))
        self.assertEqual(len(self.pin("a.example", "fewer.pcap")), 1)

    def test_usage(self):
        """no domain, no source, both sources, no name; an unreadable capture"""
        self.zone()
        for words, part in ((("zone.pcap",), "no domain is given"),
                            (("a.example",), "add captures, or --history"),
                            (("a.example", "zone.pcap", "--history", "x"), "use either"),
                            (("*.a.example", "zone.pcap"), "without star"),
                            (("192.0.2.1", "zone.pcap"), "neither a file nor a domain"),
                            (("a..example", "zone.pcap"), "empty label")):
            done = self.nsmx("rules", "pin", *words)
            self.assertEqual((done.status, done.out), (2, b""))
            self.assertIn(part, done.err)
        with open(self.path("zone.pcap"), "rb") as file:
            self.write("cut.pcap", file.read()[:-10])
        done = self.nsmx("rules", "pin", "example.com", "cut.pcap")
        self.assertEqual((done.status, len(lines(done.out.decode()))), (1, 8), done.err)


if __name__ == "__main__":
    harness.main()
