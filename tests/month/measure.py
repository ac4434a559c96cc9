#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what learned baselines find and what they report in vain.

usage: tests/month/measure.py [--domains N] [--days N] [--seed N] [--keep FOLDER] NSMX

A month is generated (generate.py) and replayed with one rule, `learn * all`, into a new history.
Each hit is attributed to the last change of its domain in the file of truth, or to its lasting
trait, or to nothing. Printed are hits by kind of change, hits of severity high or more for each
10,000 domain-days, and the hijacks: with which severity and reasons they were found, and whether
at the first packet that showed them. The days in which the sensor only learns do not count.

Exits with 1 if there are more than MOST such hits, or if a hijack was not found at once.
"""
import argparse
import collections
import datetime
import json
import os
import subprocess
import sys
import tempfile

GENERATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "generate.py")
HIGH = 75
MOST = 1.0              # hits of severity high or more for each 10,000 domain-days
RULE = "learn * all\n"

Hit = collections.namedtuple("Hit", "time owner severity reasons score value")


class Month:
    """The file of truth, and the hits that were attributed to it."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
        self.sizes, self.entries = entries[0], entries[1:]
        self.of = collections.defaultdict(list)
        for entry in self.entries:
            entry["hits"] = []
            self.of[entry["domain"]].append(entry)
        self.nothing = {"kind": "nothing", "hits": []}

    def attribute(self, hit):
        name = hit.owner
        while name not in self.of and "." in name:
            name = name.split(".", 1)[1]
        begun = [entry for entry in self.of.get(name, ()) if entry["time"] <= hit.time + 1]
        early = [entry for entry in self.of.get(name, ()) if "hijack" in entry]
        if "target-unregistered" in hit.reasons and early:
            begun = early                   # what is reported before anyone registers the target
        (begun[-1] if begun else self.nothing)["hits"].append(hit)

    def attacks(self):
        return [entry for entry in self.entries if "hijack" in entry]

    def ordinary(self):
        return [entry for entry in self.entries if "hijack" not in entry] + [self.nothing]

    def rate(self):
        """Hits of ordinary changes for each 10,000 domain-days."""
        loud = sum(hit.severity >= HIGH for entry in self.ordinary() for hit in entry["hits"])
        days = self.sizes["domains"] * (self.sizes["days"] - self.sizes["learn"])
        return 10000 * loud / days


def found(hijack):
    """The first hit that is loud enough, or None."""
    loud = [hit for hit in hijack["hits"] if hit.severity >= HIGH]
    return min(loud, key=lambda hit: hit.time) if loud else None


def at_once(hijack):
    hit = found(hijack)
    return hit is not None and "shown" in hijack and hit.time <= hijack["shown"] + 1e-3


def read_hits(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if event["event"].get("action") != "baseline-change":
                continue
            time = datetime.datetime.fromisoformat(event["@timestamp"].replace("Z", "+00:00"))
            own = event["nsmx"]
            matched = event["threat"]["enrichments"][0]["matched"]["atomic"]
            yield Hit(time.timestamp(), own.get("owner", matched), event["event"]["severity"],
                      own["reasons"], own["score"], matched)


def replay(nsmx, options, folder):
    """Generates the month into a pipe, and replays it; returns the Month with its hits."""
    truth, rules = os.path.join(folder, "truth"), os.path.join(folder, "learn.rules")
    output = os.path.join(folder, "events")
    with open(rules, "w", encoding="utf-8") as file:
        file.write(RULE)
    maker = subprocess.Popen([GENERATE, "--domains", str(options.domains), "--days",
                              str(options.days), "--seed", str(options.seed), "-", truth],
                             stdout=subprocess.PIPE)
    with maker:
        subprocess.run([nsmx, "replay", "--history", os.path.join(folder, "history"), "-r", rules,
                        "-o", f"file:{output}", "-"], stdin=maker.stdout, check=True,
                       stderr=subprocess.PIPE)
    if maker.returncode != 0:
        raise SystemExit("the generator failed")
    month = Month(truth)
    for hit in read_hits(output):
        month.attribute(hit)
    return month


# What is printed

def reasons_of(hits):
    counts = collections.Counter(reason for hit in hits for reason in hit.reasons)
    return ", ".join(reason for reason, _ in counts.most_common(4))


def print_ordinary(month):
    print("| ordinary change | times | low | medium | high | critical | most frequent reasons |\n"
          "| --- | --- | --- | --- | --- | --- | --- |")
    kinds = collections.defaultdict(list)
    times = collections.Counter()
    for entry in month.ordinary():
        kinds[entry["kind"]] += entry["hits"]
        times[entry["kind"]] += 1
    for kind, hits in sorted(kinds.items(), key=lambda item: (-loudness(item[1]), item[0])):
        levels = collections.Counter(level(hit.severity) for hit in hits)
        print(f"| {kind} | {times[kind]} | {levels[0]} | {levels[1]} | {levels[2]} | {levels[3]} "
              f"| {reasons_of([h for h in hits if h.severity >= HIGH] or hits)} |")


def loudness(hits):
    return sum(hit.severity >= HIGH for hit in hits) * 10000 + len(hits)


def level(severity):
    return 0 if severity < 50 else 1 if severity < 75 else 2 if severity < 99 else 3


def print_attacks(month):
    print("\n| hijack | domain | at once | severity | score | reasons |\n"
          "| --- | --- | --- | --- | --- | --- |")
    for hijack in sorted(month.attacks(), key=lambda entry: entry["kind"]):
        verdict = "yes" if at_once(hijack) else "LATE" if found(hijack) else "MISSED"
        hit = found(hijack) or max(hijack["hits"], key=lambda h: h.score,
                                   default=Hit(0, "", 0, [], 0, ""))
        print(f"| {hijack['kind']} | {hijack['domain']} | {verdict} | {hit.severity} | "
              f"{hit.score} | {', '.join(hit.reasons)} |")


def report(month):
    """Prints the tables; returns whether the target is met."""
    print_ordinary(month)
    print_attacks(month)
    attacks = month.attacks()
    good = [hijack for hijack in attacks if at_once(hijack)]
    print(f"\n{month.sizes['domains']} domains, {month.sizes['packets']} packets: "
          f"{month.rate():.2f} hits of severity high or more for each 10,000 domain-days "
          f"(at most {MOST:g}); {len(good)} of {len(attacks)} hijacks found at once")
    return month.rate() <= MOST and len(good) == len(attacks)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("--domains", type=int, default=20000)
    parser.add_argument("--days", type=int, default=38)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="a new folder for truth, events and history")
    parser.add_argument("nsmx")
    options = parser.parse_args()
    if options.keep:
        os.mkdir(options.keep)
        return 0 if report(replay(options.nsmx, options, options.keep)) else 1
    with tempfile.TemporaryDirectory(prefix="nsmx-month-") as folder:
        return 0 if report(replay(options.nsmx, options, folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
