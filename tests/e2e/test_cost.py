#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that is made to cost time: an octet of it costs no more than ten times as much as one of
ordinary DNS traffic, with the shipped rules. Some kinds of hits cost more, which
docs/performance.md explains; they have a limit of their own."""
import atexit
import os
import resource
import shutil
import subprocess
import tempfile

import amplifying
import costly
import harness
from harness import NSMX, SETS

MOST = 10
OCTETS = 4000000
ORDINARY = 400000           # packets
ROUNDS = 5
HITS_OCTETS = 2 << 20
# Twice the figures of docs/performance.md where these are above 8, for machines with smaller caches.
DEARER = {"services": 20, "HELO": 20, "recipients": 20, "mailboxes of a feed": 20,
          "names of a feed": 20, "addresses": 20, "owners": 20, "look-alike mailboxes": 20,
          "many rules hit one record": 26, "small messages over TCP": 27,
          "escaped names": 26, "escaped names over TCP": 22, "addresses of a feed": 42,
          "exchanges": 57}
GENERATED = {}          # captures by kind
GENERATE = os.path.join(os.path.dirname(NSMX), "tests/bench/generate")


def shipped():
    text = ""
    for name in sorted(os.listdir(SETS)):
        with open(os.path.join(SETS, name), encoding="utf-8") as file:
            text += file.read()
    return text


@harness.expand
class Cost(harness.Case):

    def seconds(self, path):
        """User CPU time of a replay."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = self.nsmx("replay", "-r", SETS, "-o", "null", "--summary", self.path("s"), path)
        self.assertEqual(done.status, 0, done.err)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    def generate(self, kind, count):
        """A capture of the benchmark's traffic, made once for all tests."""
        if kind not in GENERATED:
            folder = tempfile.mkdtemp(prefix="nsmx-cost-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            path = os.path.join(folder, kind)
            subprocess.run([GENERATE, kind, str(count), path], check=True)
            GENERATED[kind] = path
        return GENERATED[kind]

    @harness.for_each(list(costly.KINDS), "{}: an octet costs at most ten times as much")
    def test_kind(self, kind):
        if harness.is_sanitized():
            self.skipTest("a build with sanitizers costs other things")
        paths = {"start": self.generate("empty", 0), "ordinary": self.generate("dns", ORDINARY),
                 "costly": self.write("costly", costly.capture(kind, shipped(), OCTETS))}
        least = {}
        for _ in range(ROUNDS):
            for name, path in paths.items():
                least[name] = min(least.get(name, 1e9), self.seconds(path))
        summary = self.summary("s")
        self.assertGreater(summary["dns_responses"] + summary["smtp_sessions"], 50)
        self.assertLess(summary["hits"], 10)
        self.assertEqual(summary["dns_malformed"], 0)
        octet = {name: (least[name] - least["start"]) / os.path.getsize(paths[name])
                 for name in ("ordinary", "costly")}
        ratio = octet["costly"] / octet["ordinary"]
        print(f"# {kind}: {octet['costly'] * 1e9:.1f} ns an octet, "
              f"{octet['ordinary'] * 1e9:.1f} of ordinary traffic: {ratio:.1f} times")
        self.assertLess(ratio, MOST)


class Hits(harness.Case):
    """Traffic full of hits, whose cost is that of matching, gathering and writing events."""

    def seconds(self, path, *rules):
        """User and system CPU time of a replay."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        options = [option for name in (SETS, *rules) for option in ("-r", name)]
        done = self.nsmx("replay", *options, "-o", "null", "--summary", self.path("s"), path)
        self.assertEqual(done.status, 0, done.err)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def measure(self, runs):
        """The least time of each run; rounds of all runs follow each other."""
        least = {}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                least[name] = min(least.get(name, 1e9), self.seconds(*run))
        return least

    def test_hits(self):
        """an octet of hits costs at most ten times as much, of some kinds what is documented"""
        if harness.is_sanitized():
            self.skipTest("a build with sanitizers costs other things")
        rules = self.write("hits.rules", amplifying.RULES)
        runs = {"start": (self.path("none"),), "ordinary": (self.path("dns"),),
                "start with rules": (self.path("none"), rules)}
        for kind, count, name in ("empty", 0, "none"), ("dns", ORDINARY, "dns"):
            subprocess.run([GENERATE, kind, str(count), self.path(name)], check=True)
        for number, (name, packets) in enumerate(amplifying.CASES.items()):
            runs[name] = (self.write(f"hits-{number}", amplifying.capture(packets, HITS_OCTETS)), rules)
        least = self.measure(runs)
        ordinary = (least["ordinary"] - least["start"]) / os.path.getsize(self.path("dns"))
        for name in amplifying.CASES:
            octet = (least[name] - least["start with rules"]) / os.path.getsize(runs[name][0])
            print(f"# {name}: {octet * 1e9:.1f} ns an octet: {octet / ordinary:.1f} times")
            with self.subTest(name):
                self.assertLess(octet / ordinary, DEARER.get(name, MOST))


if __name__ == "__main__":
    harness.main()
