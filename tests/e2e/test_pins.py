#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What catches the hijack without an indicator of it: pins, and protected names."""
import collections
import os

import harness
import traffic
from harness import SETS, captures, field, matched, pcap

PROVIDERS = os.path.join(SETS, "providers.rules")
LOOKALIKES = {
    "ns-1515.awsdns-061.org": "awsdns-[00-63].org",
    "ns-1985.awsdns-056.co.uk": "awsdns-[00-63].co.uk",
    "ns-650.awsdns-017.net": "awsdns-[00-63].net",
}
PINS = """
pin coincheck.com ns .awsdns-50.com .awsdns-61.org .awsdns-56.co.uk .awsdns-17.net id=ns
pin coincheck.com mx .google.com .googlemail.com id=mx sev=critical
pin mail.coincheck.com ip 192.0.2.0/24 id=ip
pin coincheck.com rcpt 64.233.188.26 id=rcpt
"""


def counted(found, *paths):
    return dict(collections.Counter(
        (*(field(event, path) for path in paths), matched(event)) for event in found))


@harness.expand
class Pins(harness.Case):

    def replay_pins(self, text, name):
        with open(self.path("own.rules"), "w", encoding="utf-8") as file:
            file.write(text)
        return self.replay(pcap(name), rules="own.rules")

    @harness.for_each(captures("before-"), "{}: neither pins nor protected names are hit")
    def test_silence(self, name):
        self.assertEqual(self.replay_pins(PINS, name), [])
        self.assertEqual(self.replay(pcap(name), rules=PROVIDERS), [])

    def test_lookalikes(self):
        """protect: the three rogue name servers, without an indicator of the incident"""
        found = self.replay(pcap("hijack-resolver"), rules=PROVIDERS)
        hits = counted(found, "event.action", "nsmx.what", "nsmx.imitates", "rule.id")
        self.assertEqual(set(hits), {("lookalike", "ns", imitated, "lookalike-route53", value)
                                     for value, imitated in LOOKALIKES.items()})
        for event in found:
            self.assertEqual(event["threat"]["indicator"]["name"], matched(event))
            self.assertEqual(event["threat"]["indicator"]["type"], "domain-name")
            self.assertIn(event["nsmx"]["imitates"], event["event"]["reason"])
            self.assertNotIn("expected", event["nsmx"])

    def test_pins(self):
        """pin: ns, mx and ip, each deviating record, with what was expected"""
        found = self.replay_pins(PINS, "hijack-resolver")
        hits = counted(found, "event.action", "rule.id", "nsmx.owner")
        self.assertEqual(hits, {
            **{("pin-mismatch", "ns", "coincheck.com", name): 13 for name in LOOKALIKES},
            ("pin-mismatch", "mx", "coincheck.com", "mail.coincheck.com"): 8,
            ("pin-mismatch", "ip", "mail.coincheck.com", "45.77.24.250"): 8,
        })
        expected = {event["rule"]["id"]: event["nsmx"]["expected"] for event in found}
        self.assertEqual(expected["mx"], [".google.com", ".googlemail.com"])
        self.assertEqual(expected["ip"], ["192.0.2.0/24"])
        self.assertEqual(self.replay_pins(PINS, "hijack-resolver")[0]["event"]["id"],
                         found[0]["event"]["id"])

    def test_rcpt(self):
        """pin rcpt: the value is the server's address"""
        found = self.replay_pins(PINS, "hijack-mta")
        self.assertEqual(counted(found, "event.action", "rule.id", "nsmx.what"),
                         {("pin-mismatch", "rcpt", "rcpt", "45.77.24.250"): 3})
        for event in found:
            enriched = event["threat"]["enrichments"][0]["matched"]
            self.assertEqual(enriched["field"], "server.ip")
            self.assertEqual(event["threat"]["indicator"]["ip"], "45.77.24.250")
            self.assertEqual(event["nsmx"]["expected"], ["64.233.188.26"])

    def test_ttl(self):
        """max-ttl: what is expected, for longer than expected"""
        pins = "pin coincheck.com ns .awsdns-061.org .awsdns-056.co.uk .awsdns-017.net max-ttl={}"
        found = self.replay_pins(pins.format(172800), "hijack-resolver")
        self.assertEqual({event["event"]["action"] for event in found}, {"ttl-exceeded"})
        self.assertEqual({matched(event) for event in found}, set(LOOKALIKES))
        self.assertEqual(self.replay_pins(pins.format(360000), "hijack-resolver"), [])

    def test_null_mx(self):
        """mx .: a domain without mail; any exchange is a hit, and "." is one where others are due"""
        pins = "pin none.example mx . id=none\npin some.example mx mx.some.example . id=some\n" \
               "pin other.example mx mx.other.example id=other"
        self.write("own.rules", pins)
        packets = []
        for owner, target in (("none.example", ""), ("none.example", "mx.evil.example"),
                              ("some.example", ""), ("other.example", "")):
            question = traffic.dns_name(owner) + b"\0\x0f\0\1"
            record = traffic.dns_record(owner, 15, b"\0\0" + traffic.dns_name(target))
            packets.append(traffic.datagram(traffic.dns_response([question], [record])))
        self.write("in.pcap", traffic.pcap(packets))
        found = self.replay("in.pcap", rules="own.rules")
        self.assertEqual([(e["rule"]["id"], matched(e), e["nsmx"]["expected"]) for e in found],
                         [("none", "mx.evil.example", ["."]), ("other", ".", ["mx.other.example"])])

    def test_subtree(self):
        """pin .NAME: names below it, too, unless they have a pin of their own"""
        pins = "pin .coincheck.com ip 192.0.2.0/24 id=all\npin coincheck.com rcpt 45.77.24.250"
        found = self.replay_pins(pins, "hijack-resolver")
        self.assertEqual(counted(found, "rule.id", "nsmx.owner"),
                         {("all", "coincheck.com", "54.192.85.80"): 2,
                          ("all", "mail.coincheck.com", "45.77.24.250"): 8})
        pins += "\npin mail.coincheck.com ip 45.77.24.250"
        self.assertEqual(counted(self.replay_pins(pins, "hijack-resolver"), "rule.id"),
                         {("all", "54.192.85.80"): 2})

    def test_warning(self):
        """a rule refused by vetting: a warning, and the other rules"""
        with open(self.path("own.rules"), "w", encoding="utf-8") as file:
            file.write("alert resolver 0.0.0.0/0\nalert ip 8.8.8.8 45.77.24.250\n")
        done = self.nsmx("replay", "-r", "own.rules", "-o", "-", pcap("hijack-resolver"))
        self.assertEqual(done.status, 0, done.err)
        self.assertIn("own.rules:1: `0.0.0.0/0` is left out", done.err)
        self.assertIn("own.rules:2: `8.8.8.8` is left out", done.err)
        self.assertEqual({matched(event) for event in harness.events(done.out)}, {"45.77.24.250"})


if __name__ == "__main__":
    harness.main()
