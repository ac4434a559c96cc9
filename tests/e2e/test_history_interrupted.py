#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work on the history ends after SIGINT: status 130, how far it came, nothing half done."""
import array
import fcntl
import functools
import json
import os
import re
import signal
import subprocess
import termios

import harness

ROWS = 150000


class Interrupted(harness.Case):
    def setUp(self):
        super().setUp()
        self.write("many.cof", self.lines())
        self.done("import", self.path("many.cof"))
        self.before = self.done("export")

    @classmethod
    @functools.cache
    def lines(cls):
        return b"".join(cls.line(number) for number in range(ROWS))

    @staticmethod
    def line(number):
        return json.dumps({"rrname": f"n{number}.example", "rrtype": "A", "rdata": "192.0.2.1",
                           "time_first": number, "time_last": number + 9}).encode() + b"\n"

    def done(self, command, *words, folder="seen"):
        done = self.nsmx("history", command, "--history", self.path(folder), *words)
        self.assertEqual(done.status, 0, done.err)
        return done.out

    def interrupt_child(self, *words):
        """Interrupts a command while its first child works. Returns what it logged."""
        process = self.start(*words)
        child = harness.wait_for(lambda: harness.named_children(process.pid, "nsmx"), "a child")[0]
        os.kill(child, signal.SIGSTOP)
        self.assertEqual(process.stop(signal.SIGINT), 130, process.err())
        self.assertRaises(ProcessLookupError, os.kill, child, 0)
        return process.err()

    def names(self, folder):
        return [name for name in os.listdir(self.path(folder)) if name.endswith(".tmp")]

    def test_import(self):
        """an import names file and line; the rows of the lines before it were added"""
        os.mkfifo(self.path("pipe"))
        process = self.start("history", "import", "--history", self.path("part"), self.path("pipe"))
        with process.feed_fifo(self.path("pipe")) as pipe:
            pipe.write(b"".join(self.line(number) for number in range(3000)))
            pipe.flush()
            left = array.array("i", [1])
            harness.wait_for(lambda: not fcntl.ioctl(pipe, termios.FIONREAD, left) and not left[0],
                             "the lines were read")
            self.assertEqual(process.stop(signal.SIGINT), 130, process.err())
        line = int(re.search(r"pipe: interrupted after line (\d+)\n", process.err())[1])
        self.assertGreater(line, 2000)
        self.assertEqual(len(self.done("export", folder="part").splitlines()), line)
        self.assertIn("the rows of the lines that were read were added", process.err())

    def test_export(self):
        """an export logs the number of rows, which are lines of its output, each whole"""
        process = self.start("history", "export", "--history", self.path("seen"),
                             stdout=subprocess.PIPE)
        first = process.popen.stdout.readline()
        process.popen.send_signal(signal.SIGINT)
        lines = [first, *process.popen.stdout]
        self.assertEqual(process.wait(), 130, process.err())
        rows = int(re.search(r"the export was interrupted after (\d+) rows", process.err())[1])
        self.assertLess(rows, ROWS)
        # The lines of a write that the signal interrupted may be missing at the end.
        self.assertLessEqual(len(lines) - rows, 1)
        self.assertLess(rows - len(lines), 200)
        self.assertTrue(self.before.startswith(b"".join(lines[:-1])))

    def test_merge(self):
        """a merge adds nothing, and leaves no file"""
        log = self.interrupt_child("history", "merge", "--history", self.path("all"),
                                   self.path("seen"))
        self.assertIn("the merge was interrupted: nothing was added", log)
        self.assertEqual(self.names("all"), [])
        self.assertEqual(self.done("export", folder="all"), b"")
        self.done("merge", self.path("seen"), folder="all")
        self.assertEqual(self.done("export", folder="all"), self.before)

    def test_forget(self):
        """a command that deletes persons can be run again"""
        log = self.interrupt_child("history", "forget", "--history", self.path("seen"), "192.0.2.9")
        self.assertIn("forgetting was interrupted: not all rows were deleted", log)
        self.assertEqual(self.done("export"), self.before)
        self.done("forget", "192.0.2.9")
        self.assertEqual(self.names("seen"), [])
        self.assertEqual(self.done("export"), self.before)

    def test_hunt(self):
        """a hunt logs how many rows it has read, and how many matches it has found"""
        self.write("own.rules", "alert name .example id=x\n")
        log = self.interrupt_child("hunt", "--history", self.path("seen"), "-r",
                                   self.path("own.rules"), "-o", "null")
        self.assertRegex(log, r"the hunt was interrupted after \d+ rows and \d+ matches")
        self.assertNotIn("no rule matches", log)

    def test_progress(self):
        """progress is shown when asked for, on standard error"""
        for words, shown in ((("import", self.path("many.cof")), "nsmx: the import: "),
                             (("info",), "nsmx: counting: ")):
            done = self.nsmx("history", *words, "--history", self.path("seen"), "--progress", "always")
            self.assertEqual(done.status, 0, done.err)
            self.assertIn(shown, done.err)


if __name__ == "__main__":
    harness.main()
