#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that is made to cost time: an octet of it costs no more than ten times as much as one of
ordinary DNS traffic, with the shipped rules. Some kinds of hits cost more, which
docs/performance.md explains; they have a limit of their own. Instructions are counted, which no
other program on the machine changes."""
import atexit
import json
import os
import shutil
import sys
import tempfile

import amplifying
import costly
import harness
from harness import NSMX, SETS

sys.path.insert(0, os.path.join(harness.ROOT, "tests/bench"))
import baseline  # noqa: E402  (it is where the path above leads)

MOST = 10
OCTETS = 1000000
ORDINARY = 10000            # packets
# A quarter more than was counted.
DEARER = {"fragments": 11, "one rule hits many records": 11, "pins": 11, "look-alikes": 11,
          "HELO": 13, "questions": 14, "services": 14, "recipients": 15, "names of a feed": 16,
          "mailboxes of a feed": 15, "escaped names over TCP": 15, "addresses": 17,
          "look-alike mailboxes": 19, "escaped names": 19, "owners": 20, "exchanges": 22,
          "many rules hit one record": 22, "small messages over TCP": 24,
          "addresses of a feed": 25}


def shipped():
    text = ""
    for name in sorted(os.listdir(SETS)):
        with open(os.path.join(SETS, name), encoding="utf-8") as file:
            text += file.read()
    return text


class Measured(harness.Case):
    """The cost of an octet of a capture, compared with that of ordinary traffic."""

    counter = ordinary = None       # made once for all tests

    def setUp(self):
        super().setUp()
        harness.need_programs("valgrind")
        if harness.is_sanitized():
            self.skipTest("a build with sanitizers, which valgrind cannot run")
        if Measured.counter is None:
            folder = tempfile.mkdtemp(prefix="nsmx-cost-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            Measured.counter = baseline.Counter(NSMX, folder)
            Measured.ordinary = self.octet(self.counter.made("dns", ORDINARY))
        self.assertIsNotNone(Measured.ordinary, "the cost of ordinary traffic was not measured")

    def octet(self, path, *options):
        """Instructions for an octet of a capture, with the shipped rules."""
        instructions, _ = self.counter.instructions(path, SETS, options)
        return (instructions - self.counter.start(SETS, options)) / os.path.getsize(path)

    def compare(self, path, *options):
        """Prints and returns how much more an octet costs than one of ordinary traffic."""
        octet = self.octet(path, *options)
        ratio = octet / self.ordinary
        print(f"# {octet:.0f} instructions an octet: {ratio:.1f} times that of ordinary traffic")
        return ratio


@harness.expand
class Cost(Measured):

    @harness.for_each(list(costly.KINDS), "{}: an octet costs at most ten times as much")
    def test_kind(self, kind):
        path = self.write("costly", costly.capture(kind, shipped(), OCTETS))
        self.assertLess(self.compare(path), MOST)
        with open(os.path.join(self.counter.folder, "summary"), encoding="utf-8") as file:
            summary = json.load(file)
        self.assertGreater(summary["dns_responses"] + summary["smtp_sessions"], 50)
        self.assertLess(summary["hits"], 10)
        self.assertEqual(summary["dns_malformed"], 0)


class Hits(Measured):
    """Traffic full of hits, whose cost is that of matching, gathering and writing events."""

    def test_hits(self):
        """an octet of hits costs at most ten times as much, of some kinds what is documented"""
        rules = self.write("hits.rules", amplifying.RULES)
        for name, packets in amplifying.CASES.items():
            path = self.write("hits", amplifying.capture(packets, OCTETS))
            print(f"# {name}")
            with self.subTest(name):
                self.assertLess(self.compare(path, "-r", rules), DEARER.get(name, MOST))


if __name__ == "__main__":
    harness.main()
