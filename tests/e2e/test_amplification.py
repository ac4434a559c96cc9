#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that makes many or large events: at most 19 octets of events are written for an octet
of traffic, besides the 1 MiB that is available at the start, every hit is counted, and a critical
hit in the midst of it is reported."""
import ipaddress
import os
import struct
import subprocess

import amplifying
import harness
import traffic
from amplifying import NS, RULES, question
from harness import NSMX, field, matched
from traffic import Connection, dns_name, dns_record, dns_response

RATIO = 19
START = 1 << 20
SIZE = 3 << 17          # of each capture: events of 8 MiB


class Amplification(harness.Case):
    """Each kind of traffic, without and with --log all and suppression."""

    def replay(self, file, *options):
        with open(self.path("events"), "wb") as out:
            run = subprocess.run([NSMX, "replay", "-r", "some.rules", "-o", "-", "--summary",
                                  "summary.json", *options, file], stdout=out, cwd=self.folder,
                                 stderr=subprocess.PIPE, env=self.environment(), timeout=300,
                                 check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        return [event for event in harness.events(self.read("events"))
                if field(event, "event.action") != "incident"]

    def test_ratio(self):
        """at most 19 octets of events for an octet of traffic, and the critical hit among them"""
        self.write("some.rules", RULES)
        for name, packets in amplifying.CASES.items():
            file = self.write("in.pcap", amplifying.capture(packets, SIZE))
            for options in (), ("--log", "all", "--suppress", "60", "--dedup", "100"):
                with self.subTest(name, options=options):
                    found = self.replay(file, *options)
                    size = os.path.getsize(self.path("events")) - START
                    print(f"# {name} {options}: {size / os.path.getsize(file):.1f}", flush=True)
                    self.assertLessEqual(size, RATIO * os.path.getsize(file))
                    self.assertIn("alarm@critical.example",
                                  [matched(hit) for hit in found if harness.is_hit(hit)])
                    self.check_counts(found, options)

    def test_whole(self):
        """64 records that all hit, in the first packet of all: 64 events that list all of them"""
        self.write("some.rules", "alert ip 2001:db8::/32 id=ip\n")
        addresses = [f"2001:db8:{number:x}::ffff:1" for number in range(64)]
        message = dns_response([question("addresses.victim.example", 28)], [
            dns_record(b"\xc0\x0c", 28, ipaddress.ip_address(address).packed)
            for address in addresses])
        found = self.replay(self.write("in.pcap", traffic.pcap([traffic.datagram(message)])))
        self.assertEqual([matched(hit) for hit in found],
                         [str(ipaddress.ip_address(address)) for address in addresses])
        for hit in found:
            self.assertEqual(len(field(hit, "dns.answers")), 64)
            self.assertNotIn("first_event", hit["nsmx"])

    def test_large(self):
        """a message of more than 64 records: the first event lists all, up to 1 MiB"""
        self.write("some.rules", "alert name .big.example id=name\n")
        name = bytes([63]) + b"\xff" * 63 + dns_name("big.example")
        for count, listed in (65, 65), (2200, 2200), (4000, None):
            owners = [name + struct.pack("!HH", 1, 1)]
            message = dns_response(owners, [
                dns_record(b"\xc0\x0c", 1, struct.pack("!I", 0x0a000000 + number))
                for number in range(count)])
            session = Connection(port=53)
            session.say(traffic.SERVER, struct.pack("!H", len(message)) + message)
            hit, = self.replay(self.write("in.pcap", traffic.pcap(session.packets)))
            size = os.path.getsize(self.path("events"))
            answers = field(hit, "dns.answers")
            self.assertEqual(len(answers), listed or len(answers))
            self.assertEqual(field(hit, "nsmx.records_omitted") or 0, count - len(answers))
            self.assertEqual(len(field(hit, "dns.resolved_ip")), len(answers))
            self.assertLess(size, 1 << 20)
            self.assertGreater(size, 0 if listed else 7 << 17)

    def test_beyond(self):
        """a critical hit after a thousand others of its message is reported, and all are counted"""
        self.write("some.rules", RULES + "alert ns last.victim.example id=last sev=critical\n")
        names = [f"n{i}.one.example" for i in range(1000)] + ["last.victim.example"]
        c = Connection(port=53)
        message = dns_response([question("q.example", NS)], [
            dns_record(b"\xc0\x0c", NS, dns_name(name)) for name in names])
        c.say(traffic.SERVER, struct.pack("!H", len(message)) + message)
        found = self.replay(self.write("in.pcap", traffic.pcap(c.packets)))
        self.assertIn("last.victim.example", [matched(hit) for hit in found])
        counters = self.summary()
        self.assertEqual(counters["events_dropped"], 0)
        alone = sum("count" not in hit["nsmx"] for hit in found)
        self.assertEqual(alone + counters["hits_gathered"], len(names))
        self.check_counts(found, ())

    def check_counts(self, found, options):
        """What is not an event of its own is counted in one, or by a counter."""
        hits = [event["nsmx"] for event in found if harness.is_hit(event)]
        counters = self.summary()
        self.assertEqual(counters["hits"], len(hits))
        if not options:
            gathered = sum(hit.get("count", 0) for hit in hits)
            self.assertEqual(gathered, counters["hits_gathered"])


if __name__ == "__main__":
    harness.main()
