#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A generated month of a few hundred domains: what is learned, kept and reported of it is what is
recorded.

usage: test_month.py [--record] [--keep FOLDER]

tests/e2e/recorded/month.txt has a line for each output: its name, the number of its lines, and a
digest. With --record they are written anew, after a change that is meant; --keep leaves the
outputs in a folder, to be compared with those of another program."""
import hashlib
import json
import os
import re
import sys

import harness
from harness import events, timeless

RECORD = "--record" in sys.argv
KEEP = sys.argv[sys.argv.index("--keep") + 1] if "--keep" in sys.argv else None
PATH = os.path.join(harness.ROOT, "tests/e2e/recorded/month.txt")
GENERATE = os.path.join(harness.ROOT, "tests/month/generate.py")
# What depends on the moment.
WRITTEN = re.compile(rb'"(?:written|created)":"[^"]*"|^\*\*Written:.*$', re.M)
VARYING = ["history_written"]

LEARN = {
    "usual": "learn * all\n",
    "eager": "learn * all after=0 min=1\n",
    "slow": "learn * ns,mx,ds,ip after=3d min=4 forget=9d\nlearn .com all after=90m min=2 sev=low\n"
            "learn .jp ttl,mail,tls,banner,certificate,health after=1d min=3\n",
}
# Every kind, and what is found again in the history. Of rules for so many names, each is meant.
RULES = """alert ns .com sev=low force=yes
alert mx .net force=yes
alert cname .com force=yes
alert name .jp force=yes
alert ip 0.0.0.0/3 2001::/16 sev=low force=yes
alert rcpt .com .net server=0.0.0.0/1 force=yes
alert from .jp force=yes
alert banner .com force=yes
alert sni .com force=yes
alert helo .net force=yes
allow ip 32.0.0.0/3
protect {domain}
pin {domain} ns .example.org max-ttl=3600
"""


class Month(harness.Case):
    """One capture, and all that is made of it."""

    def setUp(self):
        super().setUp()
        self.lines = []
        self.tool("/usr/bin/python3", GENERATE, "--domains", "250", "--seed", "3",
                  self.path("month.pcap"), self.path("truth"))
        with open(self.path("truth"), encoding="utf-8") as file:
            truth = [json.loads(line) for line in file][1:]
        self.domains = sorted({entry["domain"] for entry in truth})[::6]

    def note(self, name, octets):
        self.assertTrue(octets, name)
        self.lines.append(f"{name} {octets.count(10)} {hashlib.sha256(octets).hexdigest()[:16]}")
        if KEEP:
            os.makedirs(KEEP, exist_ok=True)
            with open(os.path.join(KEEP, name), "wb") as file:
                file.write(octets)

    def good(self, name, *args):
        done = self.nsmx(*args)
        self.assertEqual(done.status, 0, done.err)
        self.note(name, WRITTEN.sub(b"", done.out))

    def replay_month(self, name, rules, *args, capture="month.pcap"):
        self.write("rules", rules)
        done = self.nsmx("replay", "-r", "rules", "-o", "-", "--alerts", "both", "--sensor", "month",
                         "--summary", "summary", "--progress", "never", *args, capture)
        self.assertEqual(done.status, 0, done.err)
        self.note(name + ".events", "".join(
            json.dumps(timeless(event), sort_keys=True) + "\n"
            for event in events(done.out)).encode())
        self.note(name + ".counters", "".join(
            f"{key} {value}\n" for key, value in self.summary("summary").items()
            if value and key not in VARYING).encode())

    def compare(self, part):
        text = "".join(sorted(f"{part}.{line}\n" for line in self.lines))
        with open(PATH, encoding="utf-8") as file:
            others = [line for line in file if not line.startswith(part + ".")]
            file.seek(0)
            recorded = "".join(line for line in file if line.startswith(part + "."))
        if RECORD:
            with open(PATH, "w", encoding="utf-8") as file:
                file.writelines(sorted([*others, text]))
        else:
            self.assertEqual(recorded, text)

    def test_learned(self):
        """hits of learned baselines, with three sets of rules"""
        for name, rules in LEARN.items():
            self.replay_month(name, rules, "--history", name)
        self.replay_month("suppressed", LEARN["eager"], "--suppress", "86400", "--dedup", "1000",
                          "--history", "eager")
        self.compare("learned")

    def test_matched(self):
        """hits of rules, events of all messages, evidence, and reports of the incidents"""
        rules = RULES.format(domain=self.domains[0])
        self.replay_month("all", rules, "--log", "all", "--until", "2026-01-02T12:00:00Z",
                          "--questions", "yes")
        self.replay_month("watched", rules, "--suppress", "3600", "--watch", "600",
                          "--until", "2026-01-03", "--evidence", "evidence")
        self.nsmx("replay", "-r", "rules", "-o", "file:events", "--sensor", "month", "--progress",
                  "never", "--alerts", "both", "--until", "2026-01-02", "month.pcap")
        done = self.nsmx("replay", "-r", "rules", "-o", "text", "--alerts", "both", "--until",
                         "2026-01-02", "--progress", "never", "month.pcap")
        self.note("text", done.out)
        self.good("tail", "tail", "events")
        self.good("listed", "rules", "list", "rules")
        self.good("tested", "rules", "test", "-r", "rules", *self.domains, "192.0.2.1", "10.0.0.1",
                  "a@" + self.domains[1])
        for form in ("csv", "json", "markdown", "misp", "stix", "timesketch"):
            self.good("report." + form, "report", "--format", form, "events")
        self.compare("matched")

    def test_kept(self):
        """the history: its records, answers, pins, hunts, and what is left when it is tidied"""
        for name, *bounds in (("whole",), ("early", "--until", "2026-01-15"),
                              ("late", "--since", "2026-01-15")):
            self.replay_month(name, LEARN["usual"], "--history", name, "--history-clients", "yes",
                              "--history-mail", "mailboxes", *bounds)
            self.good(name + ".export", "history", "export", "--history", name)
        self.nsmx("history", "merge", "--history", "merged", "early", "late")
        self.good("merged.export", "history", "export", "--history", "merged")
        for kind, option in ((".", "--clients"), ("@", "--json")):
            self.good("of" + kind, "history", "--history", "whole", option,
                      *(kind + domain for domain in self.domains))
        self.good("network", "history", "--history", "whole", "--limit", "50", "64.0.0.0/3")
        self.good("names", "history", "--history", "merged", "--type", "NS,MX,A",
                  "--since", "2026-01-10", "--until", "2026-01-20", ".com")
        self.good("pins", "rules", "pin", "--history", "whole", *self.domains)
        self.write("rules", RULES.format(domain=self.domains[0]))
        self.good("hunt", "hunt", "--history", "whole", "-r", "rules", "--sensor", "month", "-o",
                  "-", "--progress", "never", "--ignore-dates")
        self.nsmx("history", "tidy", "--history", "merged", "--progress", "never")
        self.good("tidied.export", "history", "export", "--history", "merged")
        self.compare("kept")


if __name__ == "__main__":
    sys.argv = [word for word in sys.argv if word not in ("--record", "--keep", KEEP)]
    harness.main()
