#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for a thousand sensors on one Redis."""
import os
import resource
import subprocess
import time

import harness
from harness import NSMX, RULES, wait_for

SENSORS = 1000
FLEET = os.path.join(os.path.dirname(NSMX), "tests/bench/fleet")


class Thousand(harness.Case):
    def setUp(self):
        super().setUp()
        if not os.path.exists(FLEET):
            self.skipTest(f"{FLEET} is missing: make {FLEET}")
        # Each sensor has two descriptors in the process that plays their supervisors.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if most < 4 * SENSORS:
            self.skipTest(f"only {most} descriptors")
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.redis = harness.Redis(self, "--maxclients", str(2 * SENSORS))
        self.client = self.redis.client()

    def push(self, *files):
        """Pushes; the seconds until the last sensor has answered."""
        begun = time.monotonic()
        done = self.nsmx("rules", "push", "--wait", "60", "--min-ratio", "0",
                         self.redis.tcp_url(), *files)
        took = time.monotonic() - begun
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(done.out.count(b": took\n"), SENSORS)
        return took

    def test_push(self):
        """a push reaches 1,000 sensors in 5 s, also after Redis was away"""
        fleet = harness.Process(self, [FLEET, str(SENSORS), self.redis.tcp_url()],
                                stdin=subprocess.PIPE)
        wait_for(lambda: self.client.hlen("nsmx:rules:sensors") == SENSORS, "all sensors")
        large = self.path("large.rules")
        self.write(large, "".join(f"alert ns .a{i}.example\n" for i in range(20000)))
        for files in ([RULES], [large]):
            took = self.push(*files)
            print(f"# {SENSORS} sensors have {self.client.strlen('nsmx:rules')} octets in "
                  f"{took:.2f} s", flush=True)
            self.assertLess(took, 5)
        self.redis.kill()
        self.redis.start()
        self.client = self.redis.client()
        wait_for(lambda: self.client.hlen("nsmx:rules:sensors") == SENSORS, "all sensors")
        self.assertLess(self.push(RULES), 5)
        fleet.stdin.close()
        self.assertEqual(fleet.wait(), 0)


if __name__ == "__main__":
    harness.main()
