#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that is made to cost time: an octet of it costs no more than ten times as much as one of
ordinary DNS traffic, with the shipped rules."""
import atexit
import os
import resource
import shutil
import subprocess
import tempfile

import costly
import harness
from harness import NSMX, SETS

MOST = 10
OCTETS = 4000000
ORDINARY = 400000           # packets
ROUNDS = 5
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


if __name__ == "__main__":
    harness.main()
