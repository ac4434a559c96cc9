#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the TCP of this kernel hands to an SMTP server, the sensor matches: random segments,
overlaps, copies of other content, disorder, loss, damage and forged segments.

The seed is printed; NSMX_SEED=N repeats a run. Two readings of a stream are not all that
there are: where one line has several conflicts, the receiver may get a mixture that neither
has. The share of such lines is bounded.
"""
import collections
import json
import os
import subprocess
import sys
import time
import unittest

import harness
from harness import matched
from receiver import FIRST_PORT

SESSIONS = 60
MISSED_MAX = 0.03


class Receiver(harness.Case):
    def play(self, seed):
        """The capture, and the recipients that the server of each session has read."""
        tool = os.path.join(os.path.dirname(os.path.abspath(__file__)), "receiver.py")
        done = subprocess.run([sys.executable, tool, str(seed), str(SESSIONS),
                               self.path("wire.pcap"), self.path("read.json")],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              timeout=300, check=False)
        if done.returncode == 77:
            raise unittest.SkipTest(done.stdout.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("read.json"), encoding="ascii") as file:
            return self.path("wire.pcap"), json.load(file)

    def test_all_is_matched(self):
        """nearly every recipient that a real receiver reads is a hit of its session"""
        harness.need_root()
        harness.need_programs("ip")
        seed = int(os.environ.get("NSMX_SEED", time.time_ns() % 10**9))
        print(f"# NSMX_SEED={seed}")
        capture, read = self.play(seed)
        self.write("own.rules", "alert rcpt .victim.test id=rcpt\n")
        hits = collections.defaultdict(set)
        for hit in self.replay(capture, rules=self.path("own.rules")):
            hits[hit["client"]["port"]].add(matched(hit))
        count = sum(len(set(recipients)) for recipients in read)
        missed = [name for number, recipients in enumerate(read)
                  for name in set(recipients) - hits[FIRST_PORT + number]]
        self.assertGreater(count, 5 * SESSIONS)
        self.assertLessEqual(len(missed), MISSED_MAX * count, f"seed {seed}: {missed}")


if __name__ == "__main__":
    harness.main()
