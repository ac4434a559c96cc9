#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events, messages and counters are those that are recorded, to the last octet.

usage: test_recorded.py [--record]

tests/e2e/recorded/ has a line for each event, with a digest of all its fields, the messages,
and the counters that are not 0. With --record they are written anew, after a change that is
meant."""
import glob
import hashlib
import json
import os
import re
import sys

import harness
from harness import PCAPS, events, timeless

FOLDER = os.path.join(harness.ROOT, "tests/e2e/recorded")
RULES = os.path.join(FOLDER, "recorded.rules")       # the shipped sets may grow
RECORD = "--record" in sys.argv
CAPTURES = sorted(glob.glob(PCAPS + "/*.pcap") + glob.glob(PCAPS + "/clients/*.pcap"))
TIMES = re.compile(r" in \d+\.\d\d s")


def digest(event):
    text = json.dumps(timeless(event), sort_keys=True)
    return (f"{event['@timestamp']} {event['event']['kind']} {event['event']['id']} "
            f"{hashlib.sha256(text.encode()).hexdigest()[:16]}")


@harness.expand
class Recorded(harness.Case):
    """A replay, and what it wrote when it was recorded."""

    def check(self, name, *args):
        done = self.nsmx("replay", "-r", RULES, "-o", "-", "--log", "all", "--sensor", "recorded",
                         "--alerts", "both", "--summary", "summary", "--progress", "never", *args)
        self.assertEqual(done.status, 0, done.err)
        lines = [digest(event) for event in events(done.out)]
        self.assertTrue(lines)
        text = "\n".join([*lines, TIMES.sub("", done.err.replace(harness.ROOT + "/", "").rstrip()),
                          *(f"{key} {value}" for key, value in self.summary("summary").items()
                            if value)])
        path = os.path.join(FOLDER, name + ".txt")
        if RECORD:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text + "\n")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), text + "\n")

    @harness.for_each([os.path.basename(path)[:-5] for path in CAPTURES], "{}")
    def test_capture(self, name):
        self.check(name, next(path for path in CAPTURES if path.endswith(f"/{name}.pcap")))

    def test_all(self):
        """all captures as one, repeats and copies suppressed"""
        self.check("all", "--suppress", "60", "--dedup", "5", *CAPTURES)


if __name__ == "__main__":
    sys.argv = [word for word in sys.argv if word != "--record"]
    harness.main()
