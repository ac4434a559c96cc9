#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""--suppress counts over clients: a thousand clients of a poisoned resolver are few events, and no
hit is lost in them."""
import collections

import flood
import harness
from harness import field, matched

CLIENTS = 1000
LISTED = 100


class Crowd(harness.Case):
    def setUp(self):
        super().setUp()
        self.rules = self.write("flood.rules", flood.RULES)

    def suppressed(self, *captures, options=()):
        return self.replay("--suppress", "60", "--summary", "summary.json", *options, *captures,
                           rules=self.rules)

    def capture(self, name="flood.pcap", **how):
        return self.write(name, flood.flood(**how))

    def test_flood(self):
        """1,000 clients: ten events of each value, and one of the others, which are listed"""
        found = self.suppressed(self.capture(clients=CLIENTS))
        self.assertLessEqual(len(found), 40)
        gathered = {matched(e): e for e in found if field(e, "nsmx.clients")}
        self.assertEqual(set(gathered), set(flood.SERVERS))
        for event in gathered.values():
            self.assertEqual(event["nsmx"]["count"], CLIENTS - 10)
            self.assertEqual(event["nsmx"]["clients"],
                             [flood.client(i) for i in range(10, 10 + LISTED)])
        self.assertEqual(self.summary()["hits"], len(found))
        self.assertEqual(self.summary()["hits_suppressed"], 3 * (CLIENTS - 10))

    def test_ten(self):
        """ten clients: the repeats of each are its own event"""
        found = self.suppressed(self.capture(clients=10, answers=5))
        self.assertFalse([e for e in found if field(e, "nsmx.clients")])
        self.assertEqual(collections.Counter(field(e, "nsmx.count") for e in found),
                         {None: 30, 4: 30})

    def test_every_hit(self):
        """the counts are those of all hits, and the ids the same in every run"""
        name = self.capture(clients=50, answers=3)
        found = self.suppressed(name)
        self.assertEqual(sum(e["nsmx"].get("count", 1) for e in found), 3 * 150)
        ids = [e["event"]["id"] for e in found]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertEqual([e["event"]["id"] for e in self.suppressed(name)], ids)

    def test_networks(self):
        """--separate: the clients of another network are others"""
        packets = [(side, frame[:12] + b"\x81\x00\x00" + bytes([tag]) + frame[12:])
                   for tag in (5, 6) for number in range(10)
                   for side, frame in [flood.packet(number)]]
        name = self.write("vlans.pcap", flood.traffic.pcap(packets))
        self.assertEqual(len(self.suppressed(name, options=("--separate", "vlan"))), 3 * 20)
        self.assertEqual(len(self.suppressed(name)), 3 * 20)

    def test_time(self):
        """a clock that jumps forward once, or goes back, lets no further clients pass"""
        frames = [flood.packet(number) for number in range(60)]
        for name, seconds in (("forward", 3600), ("back", -3600)):
            parts = flood.traffic.pcap(frames)
            wrong = bytearray(parts)
            size = 16 + len(frames[0][1])
            for number in range(20, 60, 2):
                at = 24 + number * size
                stamp = int.from_bytes(wrong[at:at + 4], "little") + seconds
                wrong[at:at + 4] = stamp.to_bytes(4, "little")
            found = self.suppressed(self.write(name + ".pcap", bytes(wrong)))
            self.assertEqual(len(found), 3 * 11, name)
            self.assertEqual(sum(e["nsmx"].get("count", 1) for e in found), 3 * 60, name)

    def test_workers(self):
        """each worker has ten clients of its own: a file each"""
        names = [self.capture(f"{i}.pcap", clients=100) for i in range(2)]
        found = self.suppressed(*names, options=("--workers", "2"))
        self.assertLessEqual(len(found), 2 * 3 * 11)
        self.assertEqual(sum(e["nsmx"].get("count", 1) for e in found), 2 * 3 * 100)


if __name__ == "__main__":
    harness.main()
