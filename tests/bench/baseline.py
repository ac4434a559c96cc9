#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the instructions that a packet costs, which no other load on the machine changes.

usage: tests/bench/baseline.py [--renew] BUILD/nsmx

Valgrind's cachegrind counts those of a replay of a small capture of each kind, made as
for `make bench`; those of a replay without packets are taken off. Prints a line for
each kind, with the count that tests/bench/baseline has; --renew writes them there.
The counts are of one compiler, named in the first line of that file: for others only
`make bench` is meaningful.
"""
import os
import platform
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "baseline")
RENEW = "tests/bench/baseline.py --renew build/nsmx"
SHIPPED = os.path.join(os.path.dirname(os.path.dirname(HERE)), "rules/sets")
TOLERANCE = 0.10

MILLION = "shipped rules and a million"
LEARN = "learn * all"
HISTORY = "--history"       # its folder is new for each replay

# What is generated, how much of it (packets or sessions: some seconds each), the rules, and
# options: how many rules are generated, or a path, or one of the above.
KINDS = {
    "dns": ("dns", 10000, 10),
    "dns-shipped": ("dns", 10000, SHIPPED),
    "smtp": ("smtp", 200, 10),
    "span": ("span", 20000, 10),
    "dns-million": ("dns", 10000, MILLION),
    "dns-history": ("dns", 10000, 10, HISTORY),
    "dns-learn": ("dns", 10000, LEARN, HISTORY),
}


def compile_million(nsmx, generated, path):
    """Compiles the shipped rules and a million that were generated, which are then read in
    milliseconds."""
    subprocess.run([nsmx, "rules", "compile", "-o", path, SHIPPED, generated], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def compiler():
    """What the counts depend on besides the source."""
    version = subprocess.run([os.environ.get("CC", "cc"), "--version"], check=True,
                             stdout=subprocess.PIPE, encoding="utf-8").stdout
    name = "clang" if "clang" in version else "gcc"
    number = re.search(r"\b(\d+)\.\d+\.\d+", version).group(1)
    return f"{name} {number}, {platform.machine()}"


def read():
    """(compiler, {kind: instructions a packet}) of the file."""
    with open(FILE, encoding="ascii") as text:
        first, *rows = text.read().splitlines()
    return first.removeprefix("# "), {kind: int(count) for kind, count in map(str.split, rows)}


def write(counts):
    with open(FILE, "w", encoding="ascii") as text:
        text.write(f"# {compiler()}\n")
        text.writelines(f"{kind} {count}\n" for kind, count in counts.items())


class Counter:
    """Counts for one binary; the captures are made in a folder that is given."""

    def __init__(self, nsmx, folder):
        self.nsmx = os.path.abspath(nsmx)
        self.maker = os.path.join(os.path.dirname(self.nsmx), "tests/bench/generate")
        self.folder = folder
        self.starts = {}

    def made(self, kind, count):
        path = os.path.join(self.folder, f"{kind}-{count}")
        if not os.path.exists(path):
            subprocess.run([self.maker, kind, str(count), path], check=True)
        return path

    def rules(self, rules):
        """The path of a set of rules of KINDS."""
        if isinstance(rules, int):
            return self.made("rules", rules)
        path = os.path.join(self.folder, rules.translate(str.maketrans(" *", "--")))
        if rules == MILLION and not os.path.exists(path):
            compile_million(self.nsmx, self.made("rules", 1000000), path)
        elif rules == LEARN:
            with open(path, "w", encoding="ascii") as file:
                file.write(LEARN + "\n")
        return path if rules in (MILLION, LEARN) else rules

    def instructions(self, path, rules, options):
        """(instructions, packets) of one replay."""
        summary = os.path.join(self.folder, "summary")
        if HISTORY in options:
            options = (HISTORY, tempfile.mkdtemp(dir=self.folder))
        done = subprocess.run(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
             self.nsmx, "replay", "--progress", "never", "--summary", summary, "-o", "null",
             "-r", rules, *options, path],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", check=True)
        with open(summary, encoding="utf-8") as text:
            packets = int(re.search(r'"packets": *(\d+)', text.read()).group(1))
        found = re.search(r"I +refs: +([\d,]+)", done.stderr)
        return int(found.group(1).replace(",", "")), packets

    def start(self, rules, options):
        """Instructions of a replay without packets."""
        if (rules, options) not in self.starts:
            self.starts[rules, options] = self.instructions(self.made("empty", 0), rules, options)[0]
        return self.starts[rules, options]

    def count(self, kind):
        """Instructions for one packet of the kind."""
        capture, count, rules, *options = KINDS[kind]
        rules, options = self.rules(rules), tuple(options)
        instructions, packets = self.instructions(self.made(capture, count), rules, options)
        return round((instructions - self.start(rules, options)) / packets)

    def packet(self, kind, kept=None):
        """The same. The secret of a process, or of compiled rules, may be one with which a Bloom
        filter passes a frequent name, so more than were kept are counted again with another."""
        count = self.count(kind)
        if kept is not None and count > kept * (1 + TOLERANCE):
            self.starts.clear()
            if KINDS[kind][2] == MILLION:
                os.unlink(self.rules(MILLION))
            count = min(count, self.count(kind))
        return count


def main(arguments):
    renew = arguments[:1] == ["--renew"]
    arguments = arguments[renew:]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    kept = read()[1] if os.path.exists(FILE) else {}
    with tempfile.TemporaryDirectory(prefix="nsmx-baseline-") as folder:
        counter = Counter(arguments[0], folder)
        counts = {kind: counter.packet(kind, kept.get(kind)) for kind in KINDS}
    for (rules, options), start in counter.starts.items():
        print(f"start with {' '.join((rules, *options))}: {start / 1e6:.1f} million instructions")
    for kind, count in counts.items():
        print(f"{kind}: {count} instructions a packet; the baseline has {kept.get(kind, 'none')}")
    if renew:
        write(counts)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
