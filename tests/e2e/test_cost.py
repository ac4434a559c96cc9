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
          "large messages over TCP": 16, "questions": 18,
          "many rules hit one record": 26, "small messages over TCP": 27,
          "escaped names": 24, "escaped names over TCP": 22, "addresses of a feed": 42,
          "exchanges": 57}
GENERATED = {}          # captures by kind
GENERATE = os.path.join(os.path.dirname(NSMX), "tests/bench/generate")


def shipped():
    text = ""
    for name in sorted(os.listdir(SETS)):
        with open(os.path.join(SETS, name), encoding="utf-8") as file:
            text += file.read()
    return text


def generate(kind, count):
    """A capture of the benchmark's traffic, made once for all tests."""
    if kind not in GENERATED:
        folder = tempfile.mkdtemp(prefix="nsmx-cost-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = os.path.join(folder, kind)
        subprocess.run([GENERATE, kind, str(count), path], check=True)
        GENERATED[kind] = path
    return GENERATED[kind]


class Measured(harness.Case):
    """The cost of an octet of a capture, compared with that of ordinary traffic.

    A capture is compared once with the least times of several replays of ordinary traffic. If it
    is above its limit then, both are read again in turn, and their least times are compared."""

    rules = ()              # besides those that are shipped
    least = {}              # seconds of the references, by class

    def setUp(self):
        super().setUp()
        if harness.is_sanitized():
            self.skipTest("a build with sanitizers costs other things")
        self.empty, self.dns = generate("empty", 0), generate("dns", ORDINARY)

    def times(self, runs, rounds):
        """The least seconds of each run."""
        rows = [[self.seconds(*run) for run in runs] for _ in range(rounds)]
        return [min(column) for column in zip(*rows)]

    def compare(self, path, limit):
        """Prints and returns how much more an octet costs than one of ordinary traffic."""
        references = [(self.empty,), (self.dns,), (self.empty, *self.rules)]
        if type(self) not in self.least:
            self.least[type(self)] = self.times(references, ROUNDS)
        times = self.least[type(self)] + self.times([(path, *self.rules)], 1)
        for attempt in range(2):
            start, ordinary, start_with_rules, costly_time = times
            octet = (costly_time - start_with_rules) / os.path.getsize(path)
            ratio = octet / ((ordinary - start) / os.path.getsize(self.dns))
            if ratio < limit or attempt:
                break
            times = self.times([*references, (path, *self.rules)], ROUNDS)
        print(f"# {octet * 1e9:.1f} ns an octet: {ratio:.1f} times that of ordinary traffic")
        return ratio


@harness.expand
class Cost(Measured):

    def seconds(self, path):
        """User CPU time of a replay."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = self.nsmx("replay", "-r", SETS, "-o", "null", "--summary", self.path("s"), path)
        self.assertEqual(done.status, 0, done.err)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    @harness.for_each(list(costly.KINDS), "{}: an octet costs at most ten times as much")
    def test_kind(self, kind):
        path = self.write("costly", costly.capture(kind, shipped(), OCTETS))
        self.assertLess(self.compare(path, MOST), MOST)
        summary = self.summary("s")
        self.assertGreater(summary["dns_responses"] + summary["smtp_sessions"], 50)
        self.assertLess(summary["hits"], 10)
        self.assertEqual(summary["dns_malformed"], 0)


class Hits(Measured):
    """Traffic full of hits, whose cost is that of matching, gathering and writing events."""

    def seconds(self, path, *rules):
        """User and system CPU time of a replay."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        options = [option for name in (SETS, *rules) for option in ("-r", name)]
        done = self.nsmx("replay", *options, "-o", "null", "--summary", self.path("s"), path)
        self.assertEqual(done.status, 0, done.err)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def test_hits(self):
        """an octet of hits costs at most ten times as much, of some kinds what is documented"""
        self.rules = (self.write("hits.rules", amplifying.RULES),)
        for name, packets in amplifying.CASES.items():
            path = self.write("hits", amplifying.capture(packets, HITS_OCTETS))
            limit = DEARER.get(name, MOST)
            print(f"# {name}")
            with self.subTest(name):
                self.assertLess(self.compare(path, limit), limit)


if __name__ == "__main__":
    harness.main()
