#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutation test: changes one place of the sources at a time and demands that a test fails.

usage: tests/mutants/mutants.py [-n N] [--seed S] [--jobs J] [--build DIR] TEST...

TESTs are unit tests and fuzz targets (their path without .c) and end-to-end tests. Each
mutant is built in a copy of the tree below DIR. Only tests run that reach the changed line, the
fastest first, until one fails: first unit tests of its source and room, then other unit tests and
the fuzz corpora; the fastest of these once more, built with sanitizers; then the end-to-end
tests. Which lines a test reaches is recorded before, with programs that are built for it, and
kept in DIR until the test or the sources change.

    killed        by the named test, which failed twice, or did not end
    survived      no test noticed: printed as a diff
    equivalent    no unit test noticed, and tests/mutants/equivalent has a reason why nothing can
    invalid       did not compile, or into the same instructions: another one is drawn

The same seed and the same sources give the same mutants. Exit status 1 when one survived.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import difflib
import fnmatch
import functools
import glob
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOPS = ("base", "parsers", "rules", "history", "sensor")
EQUIVALENT = os.path.join(ROOT, "tests/mutants/equivalent")
BUILD_S, UNIT_S, TEST_S = 600, 180, 300
FEW = 4                         # tests of other rooms that are linked before the rest
SANITIZED = "sanitized"         # the second build of a copy, with sanitizers
PATIENCE = "20"                 # seconds that an end-to-end test waits for a condition
GIB = 1 << 30

Mutant = collections.namedtuple("Mutant", "path line kind old new start end begin")


# Where a source can be changed

def masked(text):
    """The source with comments, literals and directives blanked, at the same positions."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
                         r'|^[ \t]*#(?:[^\n\\]|\\.)*', re.S | re.M)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def functions(text):
    """Where each function begins, its body begins and ends, and its type, as clang-format lays them
    out."""
    for found in re.finditer(r"^(?!static const|struct \w+ \{|enum)([^\n;={}]*\b\w+\([^;{}]*\))\n\{\n"
                             r"(.*?)^\}", text, re.S | re.M):
        head = re.match(r"(?:static |inline )*(.*?)(\w+)\(", found.group(1), re.S)
        yield found.start(), found.start(2), found.end(2), head.group(1).strip()


FLIPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LOGIC = {"&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+"}


def change_of_return(value, kind):
    """What `return value;` becomes in a function of this type; None for nothing."""
    known = {"true": "false", "false": "true", "0": "1", "1": "0", "-1": "0"}
    if value in known:
        return known[value]
    if kind == "bool":
        return f"!({value})"
    return "NULL" if kind.endswith("*") else "0" if kind and "struct" not in kind else None


def changes(body, kind):
    """(operator, start, end, new text) of every change within a function's masked body."""
    for found in re.finditer(r" (<|<=|>|>=|==|!=) ", body):
        yield "comparison", found.start(1), found.end(1), FLIPS[found.group(1)]
    for found in re.finditer(r" (?:<|<=|>|>=|==|!=) (\w[\w.\[\]>-]*)(?=[ );])", body):
        for step in (" + 1", " - 1"):
            yield "boundary", found.start(1), found.end(1), found.group(1) + step
    for found in re.finditer(r" (&&|\|\|)(?=\s)", body):
        yield "logic", found.start(1), found.end(1), LOGIC[found.group(1)]
    for found in re.finditer(r"[\w)\]] ([+-]) \w", body):
        yield "arithmetic", found.start(1), found.end(1), ARITHMETIC[found.group(1)]
    for found in re.finditer(r"\b(?:if|while) \((.*)\) \{$", body, re.M):
        yield "condition", found.start(1), found.end(1), f"!({found.group(1)})"
    for found in re.finditer(r"^\t+((?:\(void\))?[\w.>\[\]*+-]+(?: [^\w\s]?= .*|\(.*\)|\+\+|--)"
                             r"|break|continue);$", body, re.M):
        if not re.match(r"(return|goto|case|assert)\b", found.group(1)):
            yield "deletion", found.start(1), found.end(1), ""
    for found in re.finditer(r"(?<![\w.])(\d+|0x[0-9a-fA-F]+)[uUlL]*(?![\w.])", body):
        value = int(found.group(1), 0) if not re.match(r"0\d", found.group(1)) else 0
        yield "constant", found.start(), found.end(), str(value + 1)
        if value > 1:
            yield "constant", found.start(), found.end(), str(value - 1)
    for found in re.finditer(r"\breturn ([^;\n]+);", body):
        new = change_of_return(found.group(1), kind)
        if new is not None:
            yield "return", found.start(1), found.end(1), new


def candidates():
    """Every mutant of the tree by operator, in a stable order."""
    found = collections.defaultdict(list)
    for path in sorted(path for top in TOPS
                       for path in glob.glob(f"{top}/**/*.c", root_dir=ROOT, recursive=True)):
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        mask = masked(text)
        for head, begin, end, kind in functions(mask):
            for operator, start, stop, new in changes(mask[begin:end], kind):
                start, stop = begin + start, begin + stop
                if operator in ("condition", "boundary", "return") and new != mask[start:stop]:
                    new = new.replace(mask[start:stop], text[start:stop])
                found[operator].append(Mutant(path, text.count("\n", 0, start) + 1, operator,
                                              text[start:stop], new, start, stop,
                                              text.count("\n", 0, head) + 1))
    return found


def draws(seed):
    """All mutants in the order of a seed; each operator as often as any other."""
    dice = random.Random(seed)
    by_operator = candidates()
    for mutants in by_operator.values():
        dice.shuffle(mutants)
    while by_operator:
        operator = dice.choice(sorted(by_operator))
        yield by_operator[operator].pop()
        if not by_operator[operator]:
            del by_operator[operator]


# Equivalent mutants

def read_equivalent():
    """(pattern of paths, operator or *, expression of the line, reason) of each entry."""
    entries = []
    with open(EQUIVALENT, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            fields = line.split("\t")
            if len(fields) != 4 or not all(fields):
                sys.exit(f"{EQUIVALENT}:{number}: expected PATH, OPERATOR, EXPRESSION and "
                         "REASON, with tabs between them")
            path, operator, expression, reason = fields
            entries.append((path, operator, re.compile(expression), reason))
    return entries


def reason_for(mutant, entries):
    """The reason of an entry that matches the line, as it was or as it is changed."""
    with open(os.path.join(ROOT, mutant.path), encoding="utf-8") as file:
        text = file.read()
    changed = text[:mutant.start] + mutant.new + text[mutant.end:]
    lines = [version.split("\n")[mutant.line - 1].strip() for version in (text, changed)]
    for path, operator, expression, reason in entries:
        if fnmatch.fnmatch(mutant.path, path) and operator in ("*", mutant.kind) and \
                any(map(expression.search, lines)):
            return reason
    return None


# Building and testing

def limit(data):
    """In a child: a mutant may loop, allocate and write without end."""
    resource.setrlimit(resource.RLIMIT_DATA, (data, data))
    resource.setrlimit(resource.RLIMIT_FSIZE, (GIB, GIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Copy:
    """A copy of the tree with a build of its own, for one mutant at a time."""

    def __init__(self, folder, coverage=None):
        self.folder = folder
        self.coverage = coverage
        self.running = set()
        self.lock = threading.Lock()

    def create(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for path in tree():
            target = os.path.join(self.folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, path), target, follow_symlinks=False)

    def build(self, *arguments):
        status, output = self.make("all", "build/tests/bench/generate", *arguments, jobs=2)
        if status != 0:
            sys.exit(output)

    def build_sanitized(self):
        status, output = self.make(f"{SANITIZED}/libnsmx.a", jobs=2, build=SANITIZED)
        if status != 0:
            sys.exit(output)

    def run(self, argv, seconds, data=8 * GIB, **env):
        """Exit status, None when it took too long, and output."""
        scratch = os.path.join(self.folder, "build/tmp")
        os.makedirs(scratch, exist_ok=True)
        env = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP", "TMPDIR": scratch,
               "PATIENCE": PATIENCE, "NSMX": os.path.join(self.folder, "build/nsmx"), **env}
        for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
            env.pop(name, None)
        with subprocess.Popen(argv, cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              start_new_session=True,
                              preexec_fn=functools.partial(limit, data)) as process:
            with self.lock:
                self.running.add(process.pid)
            try:
                output, status = process.communicate(timeout=seconds)[0], process.returncode
            except subprocess.TimeoutExpired:
                output, status = b"", None
            finally:
                with self.lock:
                    self.running.discard(process.pid)
                end_session(process.pid)
        return status, output.decode("utf-8", "replace")

    def stop(self):
        """Ends what runs: another test has decided."""
        with self.lock:
            for pid in self.running:
                end_session(pid)

    def make(self, *arguments, jobs=1, build="build"):
        """Targets in a build folder. That of sanitizers has unit tests only."""
        flags = ["SANITIZE=address,undefined"] if build == SANITIZED else []
        return self.run(["make", "-s", f"-j{jobs}", f"B={build}", *flags, *arguments], BUILD_S)

    def test(self, name, build="build", **env):
        """The failure of a test with the mutant; None when it passes."""
        argv, seconds = [os.path.join(build, name)], UNIT_S
        if name.endswith(".py"):
            argv, seconds = ["/usr/bin/python3", name], TEST_S
        elif os.path.basename(name).startswith("fuzz_"):
            argv.append("tests/fuzz/corpus/" + os.path.basename(name)[len("fuzz_"):])
        if build == SANITIZED:
            # RLIMIT_DATA would count the sanitizer's own maps, which are larger than any memory.
            env.update(data=resource.RLIM_INFINITY, ASAN_OPTIONS="hard_rss_limit_mb=8192")
        status, output = self.run(argv, seconds, **env)
        if status == 0:
            return None
        failed = re.search(r"^not ok \d+ - (.*)", output, re.M)
        return failed.group(1) if failed else "no end" if status is None else f"status {status}"

    def first_failure(self, names, jobs, build="build"):
        """The first test of some that fails, and fails again when it runs alone."""
        stopped = threading.Event()

        def attempt(name):
            return None if stopped.is_set() else self.test(name, build)

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = {pool.submit(attempt, name): name for name in names}
            suspects = []
            for future in concurrent.futures.as_completed(futures):
                if future.result() is not None and not stopped.is_set():
                    suspects.append(futures[future])
                    stopped.set()
                    self.stop()
        for name in suspects:
            words = self.test(name, build)
            if words is not None:
                return f"{name}: {words}"
            return self.first_failure([other for other in names if other != name], jobs, build)
        return None

    def stages(self, mutant):
        """Tests that reach the mutant's line, by stage: the unit tests of its source, of its room,
        all others that need no program, the fastest first."""
        folder = f"tests/unit/{os.path.dirname(mutant.path)}/"
        name = "test_" + os.path.basename(mutant.path)[:-2]
        units = [test for test in self.coverage.reaching(mutant) if not test.endswith(".py")]
        own = [test for test in units if test.startswith(folder)]
        yield [test for test in own if os.path.basename(test) == name], 1
        yield [test for test in own if os.path.basename(test) != name], 1
        others = [test for test in units if test not in own]
        yield others[:FEW], 2
        yield others[FEW:], 2

    def object_sum(self, mutant):
        """What a source compiles to, without debug information, which has line numbers."""
        stripped = os.path.join(self.folder, "build/stripped.o")
        subprocess.run(["objcopy", "--strip-debug", self.object_of(mutant), stripped], check=True)
        with open(stripped, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def object_of(self, mutant):
        return os.path.join(self.folder, "build", mutant.path[:-2] + ".o")

    def judge(self, mutant, reason):
        """Verdict, and the test that killed it or the reason why none can."""
        target = os.path.join(self.folder, mutant.path)
        with open(target, encoding="utf-8") as file:
            text = file.read()
        before, compiled = self.object_sum(mutant), self.object_of(mutant)
        try:
            with open(target, "w", encoding="utf-8") as file:
                file.write(text[:mutant.start] + mutant.new + text[mutant.end:])
            status, _ = self.make(os.path.relpath(compiled, self.folder))
            if status != 0 or self.object_sum(mutant) == before:
                return "invalid", ""
            return self.judge_built(mutant, reason)
        finally:
            with open(target, "w", encoding="utf-8") as file:
                file.write(text)
            self.make(os.path.relpath(compiled, self.folder))
            shutil.rmtree(os.path.join(self.folder, "build/tmp"), ignore_errors=True)

    def judge_built(self, mutant, reason):
        stages = list(self.stages(mutant))
        for build, some in (("build", stages), (SANITIZED, stages[:-1])):
            for tests, jobs in some:
                failure = self.judge_linked(tests, jobs, build) if tests else None
                if failure is not None:
                    return "killed", failure
        if reason is not None:
            return "equivalent", reason
        status, _ = self.make("all", jobs=2)
        if status != 0:                         # the manual is made by the program
            return "killed", "make: the build runs the program"
        failure = self.first_failure([test for test in self.coverage.reaching(mutant)
                                      if test.endswith(".py")], 3)
        return ("killed", failure) if failure is not None else ("survived", "")

    def judge_linked(self, tests, jobs, build):
        """The first failure of unit tests, which are linked with the mutant for this."""
        programs = [os.path.join(build, test) for test in tests]
        status, _ = self.make(*programs, jobs=2, build=build)
        failure = self.first_failure(tests, jobs, build) if status == 0 else "make: no program"
        for program in programs:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(self.folder, program))
        return failure


# Which tests reach a line

def tree():
    """The files of the tree, with those that are not committed yet."""
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT,
                            stdout=subprocess.PIPE, check=True).stdout.decode()
    return [path for path in listed.split("\0") if os.path.lexists(os.path.join(ROOT, path))
            and path]


def digest(paths):
    """Of the contents of files."""
    summed = hashlib.sha256()
    for path in sorted(paths):
        if os.path.isfile(os.path.join(ROOT, path)):
            with open(os.path.join(ROOT, path), "rb") as file:
                summed.update(path.encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return summed.hexdigest()


def blocks_of(path):
    """(place, lines) of each basic block of an object: its place is where the call returns to that
    records it, its lines are those of the object's own source."""
    listed = subprocess.run(["objdump", "-drl", "--no-show-raw-insn", "-j", ".text", path],
                            stdout=subprocess.PIPE, check=True).stdout.decode()
    source, blocks = os.path.basename(path)[:-2] + ".c", []
    line = last = None          # of the next instruction, and of the last one
    for row in listed.splitlines():
        if row.endswith(">:"):                  # a function; its first call follows the prologue
            blocks.append([None, set()])
            last = None
        elif (found := re.match(r"(/.*):(\d+)(?: \(discriminator \d+\))?$", row)):
            line = int(found.group(2)) if os.path.basename(found.group(1)) == source else None
        elif (found := re.match(r"\s+([0-9a-f]+): R_X86_64_\w+\s+__sanitizer_cov_trace_pc\b", row)):
            if blocks[-1][0] is not None:
                blocks.append([None, set()])
            blocks[-1][0] = int(found.group(1), 16) + 4
        elif re.match(r"\s+[0-9a-f]+:\t", row):
            if blocks:
                blocks[-1][1].add(last)
            last = line
    return [(place, lines - {None}) for place, lines in blocks if place is not None]


def functions_of(path):
    """By name: where the functions of a program or object begin whose names occur once."""
    listed = subprocess.run(["nm", "--defined-only", path], stdout=subprocess.PIPE,
                            check=True).stdout.decode()
    rows = [row.split() for row in listed.splitlines()]
    often = collections.Counter(name for _, kind, name in rows)
    return {name: int(place, 16) for place, kind, name in rows
            if kind in "tT" and often[name] == 1}


class Coverage:
    """The lines that each test reaches, recorded by a build whose basic blocks call a function of
    blocks.c. It is kept in a file, and only tests that have changed are recorded again."""

    def __init__(self, folder, tests):
        self.copy = Copy(os.path.join(folder, "coverage"))
        self.path = os.path.join(folder, "coverage.json")
        self.tests = {}         # by name: sum of what it is made of, seconds, lines by source
        self.objects = {}       # by source: its functions and blocks
        self.known = {}         # by source: lines that are in a block
        files = tree()
        sources = digest(path for path in files if path.split("/")[0] in (*TOPS, "Makefile"))
        shared = digest(path for path in files if path.startswith("tests/") and not
                        re.match(r"tests/(unit|fuzz|mutants)/|tests/e2e/test_", path))
        headers = digest(path for path in files if re.match(r"tests/(unit|fuzz)/.*\.h$", path))
        self.sums = {test: sources + (shared + digest([test]) if test.endswith(".py")
                                      else headers + digest([test + ".c"])) for test in tests}

    def prepare(self, jobs):
        """Reads what is known, and records the rest. Tests that fail without a change would kill
        every mutant: an end-to-end test is left out then, a unit test ends the run."""
        with contextlib.suppress(FileNotFoundError, ValueError), open(self.path, "rb") as file:
            kept = json.load(file)
            self.known = {path: set(lines) for path, lines in kept["known"].items()}
            self.tests = {test: entry for test, entry in kept["tests"].items()
                          if self.sums.get(test) == entry[0]}
        new = [test for test in self.sums if test not in self.tests]
        if new:
            self.record(new, jobs)
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump({"known": {path: sorted(lines) for path, lines in self.known.items()},
                       "tests": self.tests}, file)

    def record(self, tests, jobs):
        copy = self.copy
        copy.create()
        recorder = os.path.join(copy.folder, "blocks.o")
        units = ["build/" + test for test in tests if not test.endswith(".py")]
        subprocess.run(["cc", "-O2", "-fPIE", "-c", "-o", recorder, "tests/mutants/blocks.c"],
                       cwd=ROOT, check=True)
        copy.build(*units, "CFLAGS=-O0 -g1 -gdwarf-4 -fsanitize-coverage=trace-pc",
                   f"LDFLAGS={recorder}")
        for source in sorted(path for path in tree() if path.split("/")[0] in TOPS
                             and path.endswith(".c")):
            compiled = os.path.join(copy.folder, "build", source[:-2] + ".o")
            self.objects[source] = functions_of(compiled), blocks_of(compiled)
            self.known[source] = set().union(*(lines for _, lines in self.objects[source][1]))
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for _ in pool.map(self.record_test, tests):
                pass
        shutil.rmtree(copy.folder)

    def fastest(self):
        """The fastest unit test."""
        return min((test for test in self.tests if test.startswith("tests/unit/")),
                   key=lambda test: self.tests[test][1])

    def doubtful(self):
        """Tests that failed when they were recorded."""
        return [test for test, (_, _, _, failure) in self.tests.items() if failure is not None]

    def record_test(self, test):
        program = os.path.join(self.copy.folder, "build", "nsmx" if test.endswith(".py") else test)
        reached = os.path.join(self.copy.folder, test.replace("/", ".") + ".blocks")
        with open(reached, "wb") as file:
            file.truncate(os.stat(program).st_size)
        os.chmod(reached, 0o666)
        begun = time.monotonic()
        failure = self.copy.test(test, NSMX_BLOCKS=reached)
        seconds = time.monotonic() - begun
        with open(reached, "rb") as file:
            self.tests[test] = self.sums[test], seconds, self.lines(program, file.read()), failure
        os.unlink(reached)

    def lines(self, program, reached):
        """By source: the lines of the blocks that were reached in a program."""
        begins, found = functions_of(program), {}
        for source, (functions, blocks) in self.objects.items():
            # Where a test has functions of these names instead, the distances are others.
            bases = {begins[name] - at for name, at in functions.items() if name in begins}
            if len(bases) == 1:
                base = bases.pop()
                lines = set().union(*(lines for place, lines in blocks if reached[base + place]))
                if lines:
                    found[source] = sorted(lines)
        return found

    def reaching(self, mutant):
        """The tests that reach a mutant's line, the fastest first. Where it has no code of its own
        (an array's size, a line of arguments), those that reach the line before it that has."""
        known = self.known.get(mutant.path, set())
        line = max((line for line in known if mutant.begin <= line <= mutant.line), default=None)
        reaching = []
        for test, (_, seconds, lines, failure) in self.tests.items():
            reached = lines.get(mutant.path, ())
            # One that failed because its program was slow would reach more of the source.
            if line in reached or (failure is not None and reached):
                reaching.append((seconds, test))
        return [test for _, test in sorted(reaching)]


def end_session(pid):
    """Ends a child and what it has started, in sessions of their own too."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


# The report

def show(mutant):
    """The change, as a diff."""
    with open(os.path.join(ROOT, mutant.path), encoding="utf-8") as file:
        text = file.read()
    changed = text[:mutant.start] + mutant.new + text[mutant.end:]
    return "".join(difflib.unified_diff(text.splitlines(True), changed.splitlines(True),
                                        mutant.path, mutant.path, n=2))


class Run:
    """Draws mutants until enough of them have compiled, and hands them to the copies."""

    def __init__(self, options):
        self.options = options
        self.source = draws(options.seed)
        self.lock = threading.Condition()
        self.pending = self.valid = 0
        self.results = []

    def next(self):
        """The next mutant; None when there are enough. An invalid one frees its place, so that
        the mutants judged are the same with any number of jobs."""
        with self.lock:
            while self.valid + self.pending >= self.options.n and self.pending:
                self.lock.wait()
            if self.valid >= self.options.n:
                return None
            self.pending += 1
            return len(self.results) + self.pending, next(self.source)

    def done(self, number, mutant, verdict, test):
        with self.lock:
            self.pending -= 1
            self.valid += verdict != "invalid"
            self.results.append((number, mutant, verdict, test))
            self.lock.notify_all()
            print(f"{verdict:10} {mutant.path}:{mutant.line}  {mutant.kind}: `{mutant.old}` -> "
                  f"`{mutant.new}`  {test}", flush=True)

    def work(self, copy, entries):
        while True:
            drawn = self.next()
            if drawn is None:
                return
            self.done(*drawn, *copy.judge(drawn[1], reason_for(drawn[1], entries)))


def prepare(options):
    """The copies, built. Tests that fail without a change would kill every mutant: an end-to-end
    test is left out then, a unit test ends the run."""
    folder = os.path.abspath(options.build)
    coverage = Coverage(folder, options.tests)
    coverage.prepare(3 * len(os.sched_getaffinity(0)))
    copies = [Copy(os.path.join(folder, str(number)), coverage) for number in range(options.jobs)]
    copies[0].create()
    copies[0].build()
    copies[0].build_sanitized()
    failure = copies[0].judge_linked([coverage.fastest()], 1, SANITIZED)
    if failure is not None:
        sys.exit(f"fails without a change, with sanitizers: {failure}")
    for other in copies[1:]:
        shutil.rmtree(other.folder, ignore_errors=True)
        shutil.copytree(copies[0].folder, other.folder, copy_function=shutil.copy2, symlinks=True)
    for test in coverage.doubtful():
        copies[0].make("build/" + test) if not test.endswith(".py") else None
        failure = copies[0].test(test)
        if failure is not None and not test.endswith(".py"):
            sys.exit(f"fails without a change: {test}: {failure}")
        if failure is not None:
            print(f"left out: {test} fails without a change: {failure}", flush=True)
            del coverage.tests[test]
    return copies


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=60, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time")
    parser.add_argument("--build", default="build/mutants", help="where the copies are")
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    if options.list:
        for _, mutant in zip(range(options.n), draws(options.seed)):
            print(show(mutant))
        return 0
    entries = read_equivalent()
    run = Run(options)
    copies = prepare(options)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for work in [pool.submit(run.work, copy, entries) for copy in copies]:
            work.result()
    results = sorted(run.results, key=lambda result: result[0])
    for wanted in ("equivalent", "survived"):
        for _, mutant, verdict, reason in results:
            if verdict == wanted:
                print(f"\n{verdict}{': ' + reason if reason else ''}\n{show(mutant)}")
    counts = collections.Counter(verdict for _, _, verdict, _ in results)
    print(", ".join(f"{counts[verdict]} {verdict}"
                    for verdict in ("killed", "survived", "equivalent", "invalid")))
    return 1 if counts["survived"] else 0


if __name__ == "__main__":
    sys.exit(main())
