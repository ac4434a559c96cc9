#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the end-to-end tests: none of them may pass with a program that does nothing.

Each file runs with /bin/true and with /bin/false in place of the sensor. A test that passes
then proves nothing: typically it compares two results of the program that are both empty.

Python and its libraries are loaded once, and so is each file: most tests fail sooner than a
new process would have loaded them."""
import atexit
import contextlib
import gc
import glob
import importlib.util
import os
import re
import shutil
import signal
import sys
import tempfile
import unittest

os.environ.update(NSMX="/bin/true", PATIENCE="1")       # read by the harness
import harness

FOLDER = os.path.dirname(os.path.abspath(__file__))
# These need minutes or a package, and no program in $NSMX.
LEFT_OUT = ("test_soak.py", "test_package.py")
PROGRAMS = ("/bin/true", "/bin/false")
PASSED = re.compile(r"ok \d+ - (?!.*# SKIP)(.*)")
JOBS = 2 * len(os.sched_getaffinity(0))           # most tests wait, for a second
TIMEOUT = 120           # seconds: a test must fail by its own limits, not by this one


# In the processes of one file

def load(path):
    """Loads a file as the main program, without running its tests."""
    sys.argv[:] = [path]
    spec = importlib.util.spec_from_file_location("__main__", path)
    sys.modules["__main__"] = module = importlib.util.module_from_spec(spec)
    run_tests, harness.main = harness.main, lambda: None
    spec.loader.exec_module(module)
    harness.main = run_tests


class Verdicts(harness.TapResult):
    """A test ends when one of its parts has failed, and failures are not described."""

    def __init__(self):
        super().__init__()
        self.failfast = True

    def stop(self):
        """Other tests are run nevertheless."""

    def _exc_info_to_string(self, err, test):
        return ""


def leave():
    """Ends this process. The interpreter would visit each object before, which would copy all the memory
    that is shared with the parent."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(0)


def run_tests(program, output):
    """Runs the loaded tests with a program, and does not return."""
    atexit.unregister(shutil.rmtree)            # what the parent needs for the other program
    signal.alarm(TIMEOUT)
    os.dup2(output, 1)
    os.environ["NSMX"] = program
    for module in list(sys.modules.values()):
        if hasattr(module, "NSMX"):
            module.NSMX = program
    harness.TapResult = Verdicts
    try:
        harness.main()
    finally:
        leave()


def run_file(path, outputs):
    """Runs a file's tests with each program, one after the other, and does not return."""
    atexit.unregister(shutil.rmtree)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.dup2(0, 2)
    load(path)
    gc.freeze()
    for program, output in zip(PROGRAMS, outputs):
        child = os.fork()
        if child == 0:
            run_tests(program, output.fileno())
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            output.write(b"ok 0 - signal %d\n" % os.WTERMSIG(status))
            output.flush()
    leave()


# The results

def run_all(paths):
    """The output of each file with each program, by both."""
    results, running = {}, {}
    with contextlib.suppress(unittest.SkipTest):
        harness.redis_module()                  # once, for all processes
    gc.freeze()                                 # collections leave the memory shared: see leave()
    while paths or running:
        while paths and len(running) < JOBS:
            path = paths.pop(0)
            outputs = [tempfile.TemporaryFile() for _ in PROGRAMS]
            child = os.fork()
            if child == 0:
                run_file(path, outputs)
            running[child] = path, outputs
        child, _ = os.wait()
        path, outputs = running.pop(child)
        for program, output in zip(PROGRAMS, outputs):
            with output:
                output.seek(0)
                results[path, program] = output.read().decode("utf-8", "replace")
    return results


def main():
    paths = [path for path in sorted(glob.glob(os.path.join(FOLDER, "test_*.py")))
             if os.path.basename(path) not in LEFT_OUT]
    print(f"1..{len(paths) * len(PROGRAMS)}", flush=True)
    failed = 0
    for number, ((path, program), output) in enumerate(sorted(run_all(paths).items()), 1):
        passed = [found.group(1) for found in map(PASSED.match, output.splitlines()) if found]
        whole = re.match(r"1\.\.[1-9]", output)
        bad = passed or not whole
        failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {number} - {os.path.basename(path)}: "
              f"no test passes with {program}", flush=True)
        for name in passed:
            print(f"#   passes: {name}")
        if not whole:
            print(f"#   ran no test: {output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
