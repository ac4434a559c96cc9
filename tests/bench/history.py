#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what the history costs: to keep it, on the disk, to look up, to hunt in it.

usage: tests/bench/history.py BUILD/nsmx

CPU time (user and system, children included), as in tests/bench/run.py; what is
compared was run in the same rounds. The DNS capture of `make bench` is the worst
case: nine of ten records are new ones. In the second capture a thousand packets
in a row are new, and then repeat for a hundred times, as in the traffic of a
resolver. Rows for look-ups and hunts are made by tests/bench/rows.c, in the order
and the format of merged files.

environment: BENCH_ROWS=10000000    rows for look-ups and hunts; 100 million take 3 GB
             BENCH_SCALE, BENCH_ROUNDS as for run.py
"""
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

from run import SCALE, Bench, line, median

ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
LARGE = 100000000       # the targets are for so many rows
REPEATS = 100

KEEP_MOST = 1.6         # a replay with a history, in times of one without
RATE_LEAST = 100000     # rows a second of CPU time, merges included
OCTETS_MOST = 60        # of a row on the disk
COLD_MOST = 20          # milliseconds of a look-up that is not in the page cache
HUNT_MOST = 120         # seconds of CPU time for a million rules and LARGE rows
LOOKUPS = 20


def repeated(bench, packets):
    """A capture of which each hundredth part is the same."""
    part = bench.made("dns", packets // REPEATS)
    path = f"{part}-repeated"
    with open(part, "rb") as file:
        header, body = file.read(24), file.read()
    with open(path, "wb") as file:
        file.write(header)
        for _ in range(REPEATS):
            file.write(body)
    return path


def measure_keeping(bench, name, path):
    """A replay of the capture with a history and without."""
    folder = os.path.join(bench.folder, "history")
    plain = bench.replay("-o", "null", "-r", bench.made("rules", 10))
    keeping = [*plain, "--history", folder]
    fresh = ["sh", "-c", 'rm -rf "$0" && exec "$@"', folder]
    empty = bench.made("empty", 0)
    costs = bench.rounds({"plain": [*plain, path], "kept": [*fresh, *keeping, path],
                          "plain load": [*plain, empty], "kept load": [*fresh, *keeping, empty]})
    own = {kind: median(costs[kind]).cpu - median(costs[f"{kind} load"]).cpu
           for kind in ("plain", "kept")}
    shutil.rmtree(folder, ignore_errors=True)
    counters = bench.summary(keeping, path)
    rate = counters["history_rows"] / (own["kept"] - own["plain"])
    octets = sum(entry.stat().st_size for entry in os.scandir(folder))
    line(name, f"{own['plain']:.3f}", f"{own['kept']:.3f}", f"{own['kept'] / own['plain']:.2f}",
         f"{KEEP_MOST:g}", counters["history_rows"], f"{rate:.0f}", RATE_LEAST,
         f"{octets / counters['history_rows']:.1f}")
    shutil.rmtree(folder)


def made_rows(bench):
    folder = os.path.join(bench.folder, f"rows-{ROWS}")
    maker = bench.tool("rows")
    if not os.path.exists(folder) or os.path.getmtime(folder) < os.path.getmtime(maker):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([maker, str(ROWS), folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def drop_cache(folder):
    for entry in os.scandir(folder):
        fd = os.open(entry.path, os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def measure_lookups(bench, folder):
    """Wall time of a look-up, less that of a program that does nothing; medians."""
    found = {"cold": [], "warm": [], "start": []}
    for number in range(LOOKUPS):
        query = f"198.18.{number}.0"
        for kind in found:
            if kind == "cold":
                drop_cache(folder)
            command = [bench.nsmx, "--version"] if kind == "start" else [
                bench.nsmx, "history", "--history", folder, query]
            begun = time.monotonic()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            found[kind].append((time.monotonic() - begun) * 1e3)
    own = {kind: statistics.median(times) for kind, times in found.items()}
    line("look-up, ms", f"{own['cold'] - own['start']:.1f}", f"{own['warm'] - own['start']:.1f}",
         f"{own['start']:.1f}", COLD_MOST)


def measure_hunts(bench, folder):
    """A million rules, which are loaded for both; the folder is in the page cache."""
    rules = bench.made("rules", 1000000)
    nothing = os.path.join(bench.folder, "nothing")
    os.makedirs(nothing, exist_ok=True)
    command = [bench.nsmx, "hunt", "--progress", "never", "-o", "null", "-r", rules, "--history"]
    costs = bench.rounds({"hunt": [*command, folder], "load": [*command, nothing]})
    own = median(costs["hunt"]).cpu - median(costs["load"]).cpu
    line("hunt, 1M rules, CPU s", f"{own:.2f}", f"{own / ROWS * LARGE:.1f}", "",
         HUNT_MOST, f"{own / ROWS * 1e9:.0f}", f"{median(costs['hunt']).peak:.0f}")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    bench = Bench(sys.argv[1])
    packets = max(int(1000000 * SCALE), 1000)
    print("\nhistory: replay of DNS, CPU time without loading")
    line("", "without", "with", "ratio", "target", "rows", "rows/s", "target", "octets/row")
    measure_keeping(bench, "nearly all records new", bench.made("dns", packets))
    measure_keeping(bench, "1 in 100 new", repeated(bench, packets))
    folder = made_rows(bench)
    octets = sum(entry.stat().st_size for entry in os.scandir(folder))
    info = subprocess.run([bench.nsmx, "history", "info", "--history", folder], check=True,
                          stdout=subprocess.PIPE, encoding="utf-8").stdout
    rows = int(re.search(r"records +(\d+)", info).group(1))
    print(f"\n{rows} rows in a merged file: {octets / rows:.1f} octets each, target {OCTETS_MOST}")
    line("", "cold", "warm", "start", "target")
    measure_lookups(bench, folder)
    line("", "these", f"{LARGE // 1000000}M rows", "", "target", "ns/row", "peak MiB")
    measure_hunts(bench, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
