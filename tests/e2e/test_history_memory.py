#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory of the history does not grow with the number of rows: commands run within a small limit."""
import atexit
import json
import os
import re
import shutil
import struct
import tempfile

import harness
import traffic
from harness import wait_for

ROWS = 300000                           # together 45 MB, without their keys
LIMIT = 24 << 20                        # of each process of a command
A, TXT = 1, 16
FILLED = []                             # the folder, once it is made


class Memory(harness.Case):
    def setUp(self):
        super().setUp()
        if harness.is_sanitized():
            self.skipTest("sanitizers need more memory")
        harness.need_programs("prlimit")

    def fill(self):
        """A folder of five files, with rows that no command can keep in its memory. It is made
        once for all tests."""
        if not FILLED:
            FILLED.append(tempfile.mkdtemp(prefix="nsmx-history-"))
            atexit.register(shutil.rmtree, FILLED[0], ignore_errors=True)
            self.import_rows(os.path.join(FILLED[0], "seen"))
        shutil.copytree(os.path.join(FILLED[0], "seen"), self.path("seen"))

    def import_rows(self, folder):
        lines = (b'{"rrname":"n%d.example%d.com","rrtype":"A","rdata":"10.%d.%d.%d","time_first":%d,'
                 b'"time_last":%d,"count":2,"origin":"cache"}\n' %
                 (row, row % 97, row >> 16, row >> 8 & 255, row & 255, row, row + 5)
                 for row in range(ROWS))
        self.write("many.cof", b"".join(lines))
        done = self.nsmx("history", "import", "--history", folder, self.path("many.cof"))
        self.assertEqual(done.status, 0, done.err)

    def run_limited(self, *words, limit=LIMIT):
        done = self.nsmx(*words, prefix=("prlimit", f"--data={limit}"))
        self.assertEqual(done.status, 0, (words, done.err))
        return done

    def test_queries(self):
        """queries, export, info, hunts of both ways, merge, tidy: a limit far below the rows"""
        self.fill()
        history = "--history", self.path("seen")
        self.assertEqual(self.run_limited("history", *history, "--limit", "10000", ".com").out.count(
            b"\n"), 10000)
        self.assertEqual(self.run_limited("history", *history, "10.0.0.0/14").out.count(b"\n"), 10000)
        self.assertEqual(self.run_limited("history", "export", *history).out.count(b"\n"), ROWS)
        self.assertIn(b"records     %d\n" % ROWS, self.run_limited("history", "info", *history).out)
        self.write("looked-up.rules", "alert name .com id=x force=yes\n")
        self.write("read.rules", "alert name .com id=x force=yes\nprotect coincheck.com id=y\n")
        for rules in "looked-up.rules", "read.rules":
            done = self.run_limited("hunt", *history, "-r", self.path(rules), "-o", "null")
            self.assertIn(f"nsmx: {ROWS} matches", done.err)
        self.run_limited("history", "merge", "--history", self.path("all"), self.path("seen"))
        self.run_limited("history", "tidy", *history)
        for folder in "all", "seen":
            done = self.run_limited("history", "info", "--history", self.path(folder))
            self.assertIn(b"records     %d\n" % ROWS, done.out)

    def test_too_little(self):
        """a hunt without enough memory fails with this reason, and does not state that nothing matches"""
        self.fill()
        self.write("own.rules", "alert name .com id=x force=yes\n")
        done = self.nsmx("hunt", "--history", self.path("seen"), "-r", self.path("own.rules"), "-o",
                         "null", prefix=("prlimit", f"--data={8 << 20}"))
        self.assertEqual(done.status, 1, done.err)
        self.assertIn(f"history folder {self.path('seen')}: Cannot allocate memory", done.err)
        self.assertNotIn("no rule matches", done.err)

    def test_all_rows_at_once(self):
        """the largest --limit: within twice 200 octets for each row, as documented"""
        self.fill()
        done = self.run_limited("history", "--history", self.path("seen"), "--limit", "1000000", ".com",
                                limit=LIMIT + 2 * 200 * ROWS)
        self.assertEqual(done.out.count(b"\n"), ROWS)

    def records(self, number):
        """Twenty records, each new; of some the data are large."""
        for record in range(number * 20, number * 20 + 20):
            owner = f"{'x' * 60}.{'y' * 60}.n{record}.example"
            yield traffic.dns_record(owner, A, struct.pack("!I", record)) if record % 4 else \
                traffic.dns_record(f"t{record}.example", TXT, (b"\xff" + b"z" * 255) * 2)

    def test_writer(self):
        """the writing process: its limit is set, and full batches and their merges are within it"""
        messages = 15000
        os.mkfifo(self.path("pipe"))
        process = self.start("replay", "--history", self.path("seen"), "-r", "/dev/null", "-o", "null",
                             "--summary", self.path("summary.json"), "--workers", "2",
                             harness.pcap("investigation"), self.path("pipe"))
        with process.feed_fifo(self.path("pipe")) as pipe:
            writer, = wait_for(lambda: harness.named_children(process.pid, "nsmx-history"), "the writer")
            wait_for(lambda: self.limit_of(writer) is not None, "its limit")
            self.assertLess(self.limit_of(writer), 320 << 20)
            pipe.write(traffic.pcap([traffic.datagram(traffic.dns_response(
                (), list(self.records(number)))) for number in range(messages)]))
        self.assertEqual(process.wait(), 0, process.err())
        summary = json.loads(self.read("summary.json"))
        self.assertGreater(summary["history_rows"], messages * 20)
        self.assertEqual(summary["history_rows_dropped"], 0)
        self.assertNotIn("could not be merged", process.err())
        done = self.run_limited("history", "info", "--history", self.path("seen"))
        self.assertGreater(int(re.search(rb"records +(\d+)", done.out)[1]), messages * 20)

    @staticmethod
    def limit_of(pid):
        with open(f"/proc/{pid}/limits", encoding="ascii") as file:
            soft = re.search(r"Max data size +(\S+)", file.read())[1]
        return None if soft == "unlimited" else int(soft)


if __name__ == "__main__":
    harness.main()
