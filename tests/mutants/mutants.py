#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutation test: changes one place of the sources at a time and demands that a test fails.

usage: tests/mutants/mutants.py [-n N] [--seed S] [--jobs J] [--build DIR] TEST...

TESTs are unit tests and fuzz targets (their path without .c) and end-to-end tests. Each
mutant is built in a copy of the tree below DIR. The unit tests of its source and room run first,
then all unit tests and the fuzz corpora that are linked with its source, then the end-to-end
tests that call its function, the fastest first, until one fails. Which functions a test calls
is recorded before, with a program that is built for it.

    killed        by the named test, which failed twice, or did not end
    survived      no test noticed: printed as a diff
    equivalent    survived, and tests/mutants/equivalent has a reason why nothing can notice
    invalid       did not compile, or into the same instructions: another one is drawn

The same seed and the same sources give the same mutants. Exit status 1 when one survived.
"""
import argparse
import collections
import concurrent.futures
import difflib
import fnmatch
import glob
import hashlib
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
PATIENCE = "20"                 # seconds that an end-to-end test waits for a condition
GIB = 1 << 30

Mutant = collections.namedtuple("Mutant", "path line kind old new start end function")


# Where a source can be changed

def masked(text):
    """The source with comments, literals and directives blanked, at the same positions."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
                         r'|^[ \t]*#(?:[^\n\\]|\\.)*', re.S | re.M)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def functions(text):
    """Start, end, return type and name of each function's body, as clang-format lays them out."""
    for found in re.finditer(r"^(?!static const|struct \w+ \{|enum)([^\n;={}]*\b\w+\([^;{}]*\))\n\{\n"
                             r"(.*?)^\}", text, re.S | re.M):
        head = re.match(r"(?:static |inline )*(.*?)(\w+)\(", found.group(1), re.S)
        yield found.start(2), found.end(2), head.group(1).strip(), head.group(2)


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
        for begin, end, kind, name in functions(mask):
            for operator, start, stop, new in changes(mask[begin:end], kind):
                start, stop = begin + start, begin + stop
                if operator in ("condition", "boundary", "return") and new != mask[start:stop]:
                    new = new.replace(mask[start:stop], text[start:stop])
                found[operator].append(Mutant(path, text.count("\n", 0, start) + 1, operator,
                                              text[start:stop], new, start, stop, name))
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

def limit():
    """In a child: a mutant may loop, allocate and write without end."""
    resource.setrlimit(resource.RLIMIT_DATA, (8 * GIB, 8 * GIB))
    resource.setrlimit(resource.RLIMIT_FSIZE, (GIB, GIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Copy:
    """A copy of the tree with a build of its own, for one mutant at a time."""

    def __init__(self, folder, tests):
        self.folder = folder
        self.tests = tests
        self.linked = {}        # by path: names that a program or object defines
        self.calls = {}         # by end-to-end test: seconds, and the functions that it calls
        self.known = set()      # functions whose calls can be recorded
        self.running = set()
        self.lock = threading.Lock()

    def create(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT,
                                stdout=subprocess.PIPE, check=True).stdout.decode()
        for path in listed.split("\0"):
            source = os.path.join(ROOT, path)
            if path and os.path.lexists(source):
                target = os.path.join(self.folder, path)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)

    def run(self, argv, seconds, **env):
        """Exit status, None when it took too long, and output."""
        scratch = os.path.join(self.folder, "build/tmp")
        os.makedirs(scratch, exist_ok=True)
        env = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP", "TMPDIR": scratch,
               "PATIENCE": PATIENCE, "NSMX": os.path.join(self.folder, "build/nsmx"), **env}
        for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
            env.pop(name, None)
        with subprocess.Popen(argv, cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              start_new_session=True, preexec_fn=limit) as process:
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

    def make(self, *targets, jobs=1):
        return self.run(["make", "-s", f"-j{jobs}", "B=build", *targets], BUILD_S)

    def test(self, name):
        """The failure of a test with the mutant; None when it passes."""
        argv, seconds = [os.path.join("build", name)], UNIT_S
        if name.endswith(".py"):
            argv, seconds = ["/usr/bin/python3", name], TEST_S
        elif os.path.basename(name).startswith("fuzz_"):
            argv.append("tests/fuzz/corpus/" + os.path.basename(name)[len("fuzz_"):])
        status, output = self.run(argv, seconds)
        if status == 0:
            return None
        failed = re.search(r"^not ok \d+ - (.*)", output, re.M)
        return failed.group(1) if failed else "no end" if status is None else f"status {status}"

    def first_failure(self, names, jobs):
        """The first test of some that fails, and fails again when it runs alone."""
        stopped = threading.Event()

        def attempt(name):
            return None if stopped.is_set() else self.test(name)

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = {pool.submit(attempt, name): name for name in names}
            suspects = []
            for future in concurrent.futures.as_completed(futures):
                if future.result() is not None and not stopped.is_set():
                    suspects.append(futures[future])
                    stopped.set()
                    self.stop()
        for name in suspects:
            words = self.test(name)
            if words is not None:
                return f"{name}: {words}"
            return self.first_failure([other for other in names if other != name], jobs)
        return None

    def stages(self, mutant):
        """Tests by stage: of the mutant's source, of its room, all that need no program, end to
        end."""
        folder = f"tests/unit/{os.path.dirname(mutant.path)}/"
        name = "test_" + os.path.basename(mutant.path)[:-2]
        units = [test for test in self.tests if self.symbols(test) & self.exported(mutant)]
        own = [test for test in units if test.startswith(folder)]
        first = [test for test in own if os.path.basename(test) == name]
        yield first, 1
        yield [test for test in own if test not in first], 1
        yield [test for test in units if test not in own], 2
        yield self.callers(mutant), 2

    def callers(self, mutant):
        """The end-to-end tests that call the mutant's function, the fastest first."""
        return sorted((test for test, (_, called) in self.calls.items()
                       if mutant.function in called or mutant.function not in self.known),
                      key=lambda test: self.calls[test][0])

    def record_calls(self, jobs):
        """Runs the end-to-end tests with a program that records the functions it calls; those
        that fail with it."""
        program = os.path.join(self.folder, "calls/nsmx")
        recorder = os.path.join(self.folder, "calls.o")
        for argv in (["cc", "-O2", "-fPIE", "-c", "-o", recorder, "tests/mutants/calls.c"],
                     ["make", "-s", "-j2", "B=calls", "CFLAGS=-O1 -finstrument-functions",
                      f"LDFLAGS={recorder}", "calls/nsmx"]):
            status, output = self.run(argv, BUILD_S)
            if status != 0:
                sys.exit(output)
        begins = functions_of(program)
        self.known = set().union(*begins.values())

        def record(test):
            calls = os.path.join(self.folder, os.path.basename(test) + ".calls")
            with open(calls, "wb") as file:
                file.truncate(os.stat(program).st_size)
            os.chmod(calls, 0o666)
            begun = time.monotonic()
            status, _ = self.run(["/usr/bin/python3", test], TEST_S, NSMX=program,
                                 NSMX_CALLS=calls)
            seconds = time.monotonic() - begun
            with open(calls, "rb") as file:
                called = file.read()
            self.calls[test] = seconds, {name for place, names in begins.items() if called[place]
                                         for name in names}
            return None if status == 0 else test

        tests = [test for test in self.tests if test.endswith(".py")]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            return [test for test in pool.map(record, tests) if test is not None]

    def names(self, path, *options):
        """The names that a program or object defines."""
        if path not in self.linked:
            listed = subprocess.run(["nm", "--defined-only", "--format=just-symbols", *options,
                                     os.path.join(self.folder, "build", path)],
                                    stdout=subprocess.PIPE, check=True).stdout.decode()
            self.linked[path] = set(listed.split())
        return self.linked[path]

    def symbols(self, test):
        """Those of a unit test or fuzz target: it has whole objects of the library."""
        return set() if test.endswith(".py") else self.names(test)

    def exported(self, mutant):
        return self.names(mutant.path[:-2] + ".o", "--extern-only")

    def object_sum(self, mutant):
        """What a source compiles to, without debug information, which has line numbers."""
        stripped = os.path.join(self.folder, "build/stripped.o")
        subprocess.run(["objcopy", "--strip-debug", self.object_of(mutant), stripped], check=True)
        with open(stripped, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def object_of(self, mutant):
        return os.path.join(self.folder, "build", mutant.path[:-2] + ".o")

    def judge(self, mutant):
        """Verdict and the test that killed it."""
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
            return self.judge_built(mutant)
        finally:
            with open(target, "w", encoding="utf-8") as file:
                file.write(text)
            self.make(os.path.relpath(compiled, self.folder))
            shutil.rmtree(os.path.join(self.folder, "build/tmp"), ignore_errors=True)

    def judge_built(self, mutant):
        for tests, jobs in self.stages(mutant):
            built = ["build/" + test for test in tests if not test.endswith(".py")]
            status, _ = self.make(*(built or ["all"]), jobs=2) if tests else (0, "")
            if status != 0:                     # the manual is made by the program
                return "killed", "make: the build runs the program"
            failure = self.first_failure(tests, jobs)
            if failure is not None:
                return "killed", failure
        return "survived", ""


def functions_of(program):
    """By place in a program: the names of the functions that begin there."""
    begins = {}
    listed = subprocess.run(["nm", "--defined-only", program], stdout=subprocess.PIPE,
                            check=True).stdout.decode()
    for line in listed.splitlines():
        place, kind, name = line.split()
        if kind in "tT":
            begins.setdefault(int(place, 16), set()).add(name.split(".")[0])
    return begins


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
            verdict, test = copy.judge(drawn[1])
            if verdict == "survived":
                reason = reason_for(drawn[1], entries)
                verdict, test = ("equivalent", reason) if reason else (verdict, test)
            self.done(*drawn, verdict, test)


def prepare(options):
    """The copies, built. Unit tests must pass before anything is changed; an end-to-end test that
    fails then, alone, too, is left out: it would kill every mutant."""
    copies = [Copy(os.path.join(os.path.abspath(options.build), str(number)), options.tests)
              for number in range(options.jobs)]
    first = copies[0]
    first.create()
    units = ["build/" + test for test in options.tests if not test.endswith(".py")]
    status, output = first.make("all", "build/tests/bench/generate", *units, jobs=2)
    if status != 0:
        sys.exit(output)
    for other in copies[1:]:
        shutil.rmtree(other.folder, ignore_errors=True)
        shutil.copytree(first.folder, other.folder, copy_function=shutil.copy2, symlinks=True)
    unsteady = [test for test in first.record_calls(4) if first.test(test) is not None]
    for test in unsteady:
        print(f"left out: {test} fails without a change", flush=True)
        del first.calls[test]
    failure = first.first_failure([test for test in options.tests if not test.endswith(".py")], 4)
    if failure is not None:
        sys.exit(f"fails without a change: {failure}")
    for other in copies[1:]:
        other.calls, other.known = first.calls, first.known
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
