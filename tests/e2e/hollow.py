#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the end-to-end tests: none of them may pass with a program that does nothing.

Each file runs with /bin/true and with /bin/false in place of the sensor. A test that passes
then proves nothing: typically it compares two results of the program that are both empty."""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
# These need minutes or a package, and no program in $NSMX.
LEFT_OUT = ("test_soak.py", "test_package.py")
PROGRAMS = ("/bin/true", "/bin/false")
PASSED = re.compile(r"ok \d+ - (?!.*# SKIP)(.*)")
TIMEOUT = 120           # seconds: a test must fail by its own limits, not by this one


def run(case):
    """The output of a file's tests with a program, or the reason for a missing one."""
    path, program = case
    try:
        done = subprocess.run(["/usr/bin/python3", path], stdout=subprocess.PIPE, check=False,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=TIMEOUT,
                              env=dict(os.environ, NSMX=program, PATIENCE="1"))
        return done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        return f"ok 0 - timed out after {TIMEOUT} s: {(late.stdout or b'').decode()}"


def main():
    cases = [(path, program) for program in PROGRAMS
             for path in sorted(glob.glob(os.path.join(FOLDER, "test_*.py")))
             if os.path.basename(path) not in LEFT_OUT]
    failed = 0
    print(f"1..{len(cases)}")
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for number, (case, output) in enumerate(zip(cases, pool.map(run, cases)), 1):
            passed = [found.group(1) for found in map(PASSED.match, output.splitlines()) if found]
            whole = re.match(r"1\.\.[1-9]", output)
            bad = passed or not whole
            failed += bool(bad)
            print(f"{'not ok' if bad else 'ok'} {number} - {os.path.basename(case[0])}: "
                  f"no test passes with {case[1]}", flush=True)
            for name in passed:
                print(f"#   passes: {name}")
            if not whole:
                print(f"#   ran no test: {output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
