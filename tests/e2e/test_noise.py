#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learned baselines in a generated month of ordinary look-ups and mail (tests/month): few loud hits,
and each hijack found at once. `make noise` measures a month of 20,000 domains."""
import hashlib
import json
import os
import struct
import subprocess
import sys
import types

import harness
from harness import NSMX, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests/month"))
import measure                          # pylint: disable=wrong-import-position
from measure import GENERATE            # pylint: disable=wrong-import-position

SMALL = types.SimpleNamespace(domains=1000, days=38, seed=3)


class Noise(harness.Case):
    def test_small_month(self):
        """at most one loud hit for each 10,000 domain-days, and all hijacks at once"""
        month = measure.replay(NSMX, SMALL, self.folder)
        missed = [(hijack["kind"], hijack["domain"]) for hijack in month.attacks()
                  if not measure.at_once(hijack)]
        if missed or month.rate() > measure.MOST:
            measure.report(month)
        self.assertEqual(len(month.attacks()), 30)
        self.assertEqual(missed, [])
        self.assertLessEqual(month.rate(), measure.MOST)

    def test_generator(self):
        """the same arguments give the same octets, another seed gives others"""
        def octets(name, seed):
            subprocess.run([GENERATE, "--domains", "300", "--days", "18", "--seed",
                            str(seed), self.path(name), self.path(name + ".truth")], check=True)
            with open(self.path(name), "rb") as file:
                return hashlib.sha256(file.read()).hexdigest()

        one = octets("one", 5)
        done = self.nsmx("replay", "-r", harness.RULES, "-o", "null", "--summary",
                         self.path("s"), self.path("one"))
        self.assertEqual(done.status, 0, done.err)
        self.assertGreater(self.summary("s")["dns_responses"], 10000)
        self.assertGreater(self.summary("s")["smtp_sessions"], 100)
        self.assertEqual(self.summary("s")["dns_malformed"], 0)
        self.assertEqual(octets("two", 5), one)
        self.assertNotEqual(octets("three", 6), one)

    def test_truth(self):
        """the packet that shows a hijack first has the time that the file of truth states"""
        subprocess.run([GENERATE, "--domains", "300", self.path("month"), self.path("truth")],
                       check=True)
        with open(self.path("truth"), encoding="utf-8") as file:
            sizes, *entries = map(json.loads, file)
        attacks = [entry for entry in entries if "hijack" in entry]
        self.assertEqual(len(attacks), 30)
        done = self.nsmx("replay", "-r", harness.RULES, "-o", "null", "--summary",
                         self.path("s"), self.path("month"))
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(self.summary("s")["packets"], sizes["packets"])
        times = self.times("month")
        self.assertEqual(len(times), sizes["packets"])
        self.assertEqual(times, sorted(times))
        for attack in attacks:
            self.assertAlmostEqual(times[attack["packet"] - 1], attack["shown"], 5)
            self.assertLessEqual(attack["time"], attack["shown"])

    def times(self, name):
        """Of all packets, as seconds."""
        found = []
        with open(self.path(name), "rb") as file:
            file.read(24)
            while header := file.read(16):
                seconds, micros, size, _ = struct.unpack("<IIII", header)
                found.append(seconds + micros / 1e6)
                file.seek(size, os.SEEK_CUR)
        return found


if __name__ == "__main__":
    harness.main()
