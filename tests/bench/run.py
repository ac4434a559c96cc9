#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures nsmx against the least that reading a capture costs, and against
what one would use instead.

usage: tests/bench/run.py BUILD/nsmx

Cost is CPU time (user and system, children included) on one core; a ratio is
to a libpcap loop over the same file that only counts (tests/bench/null_loop.c).
The second ratio, like all that follows it, leaves out what a run costs without
a packet ("load s": mostly reading the rules), taken next to each run. Rounds
are interleaved and medians shown, so that a slower or a busier machine changes
little. Captures and rules are made once, in BUILD/bench: the same everywhere.

environment: BENCH_SCALE=0.1   smaller captures (rules and everything else stay)
             BENCH_ROUNDS=5    runs of which the median is taken
             BENCH_OTHERS=no   leave other tools out
"""
import collections
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from baseline import SHIPPED, compile_million

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
OTHERS = os.environ.get("BENCH_OTHERS", "yes") != "no"
RULES = {"10": 10, "1M": 1000000}

# name: (count at scale 1, most that nsmx may cost with the shipped rules and a million, as a ratio)
CAPTURES = {"dns": (1000000, 4.0), "fresh": (1000000, 6.0), "smtp": (20000, 4.0),
            "span": (1500000, 1.0)}
FLOOR = "libpcap loop"
TARGETED = "nsmx, shipped + 1M rules"
LOGGING = "nsmx --log all, 10 rules"

# Large feeds: of 40 rules 30 are names, 8 addresses, one a network, one a mailbox.
MANY = 2000000
SORT_MOST = 4.0     # loading them, in times of what `LC_ALL=C sort -u` costs
IMAGE_MOST = 100    # milliseconds of CPU time of a run without packets, if they are compiled
OCTETS_MOST = 100   # of memory for each, at the peak of loading
WORKERS_LEAST = 1.8 # two of them, in times of the speed of one
MATCH_MOST = 1.3    # a packet under them, in times of what it costs under ten

START_MOST = 50     # milliseconds from the start of a run without packets to its end
PEAK_MOST = 64      # MiB without rules
FLAT_MOST = 2.0     # a packet of the costliest of these, in times of the cheapest
# Runs of so many packets take milliseconds, which neighbours disturb most: more often.
QUICK, QUICK_TIMES = 100000, 5
FLAT = {
    "packets": ("dns", (10000, 100000, 1000000, 10000000)),
    "open flows": ("flows", (10, 1000, 100000)),
}

# name: (captures that it understands, arguments); run once, they take long
TOOLS = {
    "tcpdump -w /dev/null": (("dns", "smtp", "span"), ["tcpdump", "-n", "-w", "/dev/null", "-r"]),
    "dnscap -g (DNS only)": (("dns", "span"), ["dnscap", "-N", "-T", "-g", "-r"]),
    "tshark -T fields": (("dns", "smtp", "span"), [
        "tshark", "-n", "-T", "fields", "-Y", "dns.flags.response == 1 or smtp",
        "-e", "dns.qry.name", "-e", "dns.ns", "-e", "dns.mx.mail_exchange", "-e", "dns.cname",
        "-e", "dns.a", "-e", "dns.aaaa", "-e", "smtp.req.parameter", "-r"]),
}

Cost = collections.namedtuple("Cost", "cpu wall peak")


class Bench:
    def __init__(self, nsmx):
        self.nsmx = os.path.abspath(nsmx)
        build = os.path.dirname(self.nsmx)
        self.tools = os.path.join(build, "tests/bench")
        self.folder = os.path.join(build, "bench")
        os.makedirs(self.folder, exist_ok=True)

    def tool(self, name):
        return os.path.join(self.tools, name)

    def made(self, kind, count):
        """A capture or a rule file of that many, made unless it is there already."""
        path = os.path.join(self.folder, f"{kind}-{count}")
        maker = self.tool("generate")
        if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(maker):
            subprocess.run([maker, kind, str(count), path + ".new"], check=True)
            os.rename(path + ".new", path)
        return path

    def run(self, command):
        """What one run of the command costs; one that fails ends the benchmark."""
        report = os.path.join(self.folder, "report")
        errors = os.path.join(self.folder, "errors")
        with open(errors, "wb") as stderr:
            subprocess.run([self.tool("measure"), report] + command, check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)
        with open(report, encoding="ascii") as text:
            status, cpu, wall, peak = text.read().split()
        if status != "0":
            with open(errors, encoding="utf-8", errors="replace") as text:
                sys.exit(f"{' '.join(command)}: status {status}\n{text.read()[-2000:]}")
        return Cost(float(cpu), float(wall), int(peak) / 1024)

    def rounds(self, commands):
        """{name: command} to {name: [Cost...]}, one command after the other in each round."""
        costs = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                costs[name].append(self.run(command))
        return costs

    def size(self, path):
        """Packets and octets in a capture."""
        out = subprocess.run([self.tool("null_loop"), path], check=True, stdout=subprocess.PIPE)
        return tuple(map(int, out.stdout.split()))

    def replay(self, *options):
        return [self.nsmx, "replay", "--progress", "never", *options]

    def compiled(self, generated):
        """The shipped rules and these, compiled with this binary."""
        path = os.path.join(self.folder, "shipped-and-1M")
        if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(self.nsmx):
            compile_million(self.nsmx, generated, path)
        return path

    def variants(self):
        """The ways in which nsmx is run, the capture to be added."""
        rules = {name: self.made("rules", count) for name, count in RULES.items()}
        return {
            "nsmx, 10 rules": self.replay("-o", "null", "-r", rules["10"]),
            "nsmx, shipped rules": self.replay("-o", "null", "-r", SHIPPED),
            "nsmx, 1M rules": self.replay("-o", "null", "-r", rules["1M"]),
            TARGETED: self.replay("-o", "null", "-r", self.compiled(rules["1M"])),
            LOGGING: self.replay("--log", "all", "-o", "file:/dev/null", "-r", rules["10"]),
        }

    def summary(self, command, path):
        """The counters of one run."""
        file = os.path.join(self.folder, "summary")
        self.run(command + ["--summary", file, path])
        with open(file, encoding="utf-8") as text:
            return json.load(text)


def line(*cells):
    name, *numbers = cells
    print(f"{name:26}" + "".join(f"{cell:>10}" for cell in numbers), flush=True)


def median(costs):
    return Cost(*map(statistics.median, zip(*costs)))


def row(name, runs, floor, packets, loads=None, target=""):
    """Prints what the runs cost; without `loads`, the same as runs on no packets."""
    cost = median(runs)
    load = median(loads).cpu if loads else 0
    own = [run.cpu - (loads[i].cpu if loads else 0) for i, run in enumerate(runs)]
    own = max(statistics.median(own), 1e-6)
    line(name, f"{cost.cpu:.3f}", f"{cost.cpu / floor:.2f}", f"{load:.3f}" if loads else "-",
         f"{own / floor:.2f}", target, f"{own / packets * 1e9:.0f}",
         f"{packets / own / 1e6:.2f}", f"{cost.peak:.1f}")
    return own


def head():
    line("", "CPU s", "ratio", "load s", "ratio", "target", "ns per", "million", "peak")
    line("", "", "", "", "no load", "", "packet", "packets/s", "MiB")


def check(counters, packets):
    """A sensor that does not read is fast, and no use."""
    if counters["packets"] != packets or counters["undecoded_packets"] or counters["dns_malformed"]:
        sys.exit(f"nsmx did not read the capture as it is: {counters}")


def measure_others(bench, kind, path, floor, packets):
    for name, (kinds, command) in TOOLS.items():
        if kind not in kinds:
            continue
        if shutil.which(command[0]) is None:
            line(name, "-", "-", "-", "-", "not installed")
            continue
        row(name, [bench.run(command + [path])], floor, packets)


def measure_nsmx(bench, path, packets, most, events):
    """The table's first rows; returns the CPU time of the first, the floor."""
    variants = bench.variants()
    empty = bench.made("empty", 0)
    commands = {FLOOR: [bench.tool("null_loop"), path]}
    for name, command in variants.items():
        commands[name] = command + [path]
        commands[name, "load"] = command + [empty]
    runs = bench.rounds(commands)
    floor = median(runs[FLOOR]).cpu
    row(FLOOR, runs[FLOOR], floor, packets)
    for name in variants:
        own = row(name, runs[name], floor, packets, runs[name, "load"],
                  f"{most:.1f}" if name == TARGETED else "")
        if name == LOGGING:
            line("", f"{events} events, {events / own / 1e6:.2f} million a second")
    return floor


def measure_steady(bench, path, floor, most):
    """Packets without loading, by tests/bench/match.c: the second ratio with 1M rules is a
    small difference of two large times, this one is not. For datagrams only: the capture
    is read several times, and repeated TCP sessions are old to the sensor."""
    sets = [bench.made("rules", count) for count in RULES.values()]
    out = subprocess.run([bench.tool("match"), path, str(ROUNDS), *sets], check=True,
                         stdout=subprocess.PIPE, encoding="ascii").stdout
    for name, cost, target in zip(RULES, map(float, out.split()), ("", f"{most:.1f}")):
        line(f"packets only, {name} rules", "", "", "", f"{cost / 1e9 / floor:.2f}", target,
             f"{cost:.0f}")


def measure_capture(bench, kind):
    count, most = CAPTURES[kind]
    path = bench.made(kind, max(int(count * SCALE), 1000))
    packets, octets = bench.size(path)  # and now it is in the page cache
    variants = bench.variants()
    counters = bench.summary(variants[TARGETED], path)
    check(counters, packets)
    print(f"\n{kind}: {packets} packets, {octets / 1e6:.0f} MB; {counters['dns_responses']} DNS "
          f"responses, {counters['smtp_sessions']} SMTP sessions, {counters['smtp_recipients']} "
          f"recipients, {counters['hits']} hits with all rules")
    head()
    events = bench.summary(variants[LOGGING], path)["events_delivered"]
    floor = measure_nsmx(bench, path, packets, most, events)
    if kind == "dns":
        measure_steady(bench, path, floor / packets, most)
    if OTHERS:
        measure_others(bench, kind, path, floor, packets)


def measure_loading(bench):
    """What a run costs before its first packet."""
    empty = bench.made("empty", 0)
    commands = {"nsmx, no rules": bench.replay("-o", "null", "-r", "/dev/null", empty)}
    commands.update({name: command + [empty] for name, command in bench.variants().items()})
    print("\nno packets: start, rules, end")
    line("", "CPU ms", "wall ms", "target", "peak MiB", "target")
    for name, runs in bench.rounds(commands).items():
        cost = median(runs)
        bare = name == "nsmx, no rules"
        line(name, f"{cost.cpu * 1e3:.1f}", f"{cost.wall * 1e3:.1f}", START_MOST if bare else "",
             f"{cost.peak:.1f}", PEAK_MOST if bare else "")


def measure_flatness(bench):
    """A packet costs the same however many there are, and however many flows are open."""
    command = bench.replay("-o", "null", "-r", bench.made("rules", RULES["10"]))
    empty = bench.made("empty", 0)
    for label, (kind, counts) in FLAT.items():
        paths = {count: bench.made(kind, max(int(count * SCALE), 10)) for count in counts}
        packets = {count: bench.size(path)[0] for count, path in paths.items()}
        commands = {count: command + [path] for count, path in paths.items()}
        commands["load"] = command + [empty]
        runs = bench.rounds(commands)
        quick = {name: commands[name] for name in commands if packets.get(name, 0) <= QUICK}
        for _ in range(QUICK_TIMES - 1):
            for name, more in bench.rounds(quick).items():
                runs[name] += more
        load = min(run.cpu for run in runs["load"])
        print(f"\n{label}, {kind}: least of the rounds, 10 rules")
        line("", "packets", "ns/packet", "peak MiB")
        costs = {}
        for count in counts:
            costs[count] = (min(run.cpu for run in runs[count]) - load) / packets[count]
            line(f"{max(int(count * SCALE), 10):,}", packets[count], f"{costs[count] * 1e9:.0f}",
                 f"{median(runs[count]).peak:.1f}")
        line("most to least", "", f"{max(costs.values()) / min(costs.values()):.2f}", "",
             f"target {FLAT_MOST:g}")


def measure_workers(bench):
    """Two workers on two files of the same time, by wall clock: each needs a core. Two independent
    programs are measured, too: their gain is the most that the machine gives."""
    cores = len(os.sched_getaffinity(0))
    if cores < 2:
        print("\ntwo workers: there is only one core")
        return
    path = bench.made("dns", max(int(CAPTURES["dns"][0] * SCALE), 1000))
    second = path + ".copy"
    if not os.path.exists(second) or os.path.getmtime(second) < os.path.getmtime(path):
        shutil.copy(path, second + ".new")
        os.rename(second + ".new", second)
    command = bench.replay("-o", "null", "-r", bench.made("rules", RULES["10"]))
    runs = {"1 worker": [[*command, "--workers", "1", path, second]],
            "2 workers": [[*command, "--workers", "2", path, second]],
            "1 program": [[*command, path]],
            "2 programs": [[*command, path], [*command, second]]}
    least = {name: 1e9 for name in runs}
    for _ in range(ROUNDS):
        for name, commands in runs.items():
            least[name] = min(least[name], wall_of(commands))
    print(f"\ntwo DNS files, least of the rounds, {cores} cores")
    line("wall s", "one", "two", "ratio", "target")
    for kind, most in (("worker", WORKERS_LEAST), ("program", "")):
        one, two = least[f"1 {kind}"], least[f"2 {kind}s"]
        one *= len(runs["2 programs"]) if kind == "program" else 1      # a file each
        line(f"{kind}s", f"{one:.3f}", f"{two:.3f}", f"{one / two:.2f}", most)


def wall_of(commands):
    """Seconds until all have ended that are started at once."""
    begun = time.monotonic()
    running = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in commands]
    for process in running:
        if process.wait() != 0:
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return time.monotonic() - begun


def ratio_row(name, value, base, most, unit):
    line(name, f"{base:.3f}" if base else "", f"{value:.3f}", unit,
         f"{value / base:.2f}" if base else "", f"{most:g}")


def measure_many(bench):
    """What millions of rules cost: to load, to keep, to match against."""
    many, few = bench.made("rules", MANY), bench.made("rules", RULES["10"])
    empty = bench.made("empty", 0)
    dns = bench.made("dns", max(int(CAPTURES["dns"][0] * SCALE), 1000))
    image = many + ".image"
    subprocess.run([bench.nsmx, "rules", "compile", "-o", image, many], check=True,
                   stderr=subprocess.DEVNULL)
    costs = {name: median(runs) for name, runs in bench.rounds({
        "sort": ["env", "LC_ALL=C", "sort", "-u", many],
        "few": bench.replay("-o", "null", "-r", few, empty),
        "many": bench.replay("-o", "null", "-r", many, empty),
        "image": bench.replay("-o", "null", "-r", image, empty),
    }).items()}
    octets = (costs["many"].peak - costs["few"].peak) * 1048576 / MANY
    out = subprocess.run([bench.tool("match"), dns, str(ROUNDS), few, many], check=True,
                         stdout=subprocess.PIPE, encoding="ascii").stdout
    under_few, under_many = map(float, out.split())
    print(f"\n{MANY} rules: {os.path.getsize(many) / 1e6:.0f} MB")
    line("", "base", "nsmx", "", "ratio", "target")
    ratio_row("load, base sort -u", costs["many"].cpu, costs["sort"].cpu, SORT_MOST, "CPU s")
    ratio_row("DNS, base 10 rules", under_many, under_few, MATCH_MOST, "ns/packet")
    line("start, compiled", "", f"{costs['image'].cpu * 1e3:.0f}", "CPU ms", "", IMAGE_MOST)
    line("memory", "", f"{octets:.1f}", "octets", "", str(OCTETS_MOST))


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    bench = Bench(sys.argv[1])
    print(f"scale {SCALE:g}, median of {ROUNDS} rounds (other tools: once), one core, "
          f"files in {bench.folder}")
    measure_loading(bench)
    measure_many(bench)
    measure_flatness(bench)
    measure_workers(bench)
    for kind in CAPTURES:
        measure_capture(bench, kind)
    return 0


if __name__ == "__main__":
    sys.exit(main())
