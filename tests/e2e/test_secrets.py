#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of a client are nowhere after they were read: not in events, not on standard
error, not in the memory of the process."""
import array
import base64
import contextlib
import mmap
import random
import re
import string
import subprocess
import unittest

import harness
import traffic
from harness import field, wait_for
from traffic import Connection, datagram

PAGE = mmap.PAGESIZE
BYSTANDERS = 8000           # packets that pass through the buffers after a session
WAYS = {
    "AUTH PLAIN with the credentials at once": ["C: AUTH PLAIN $", "S: 235 ok"],
    "AUTH PLAIN after a challenge": ["C: AUTH PLAIN", "S: 334 ", "C: $", "S: 235 ok"],
    "AUTH LOGIN": ["C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: $", "S: 334 UGFzc3dvcmQ6", "C: $",
                   "S: 235 ok"],
    "AUTH CRAM-MD5": ["C: AUTH CRAM-MD5", "S: 334 PDFAbXg+", "C: $", "S: 535 no"],
    "AUTH cancelled": ["C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: $", "S: 334 UGFzc3dvcmQ6",
                       "C: *", "S: 501 cancelled"],
    "AUTH XOAUTH2, a long token": ["C: AUTH XOAUTH2 " + "A" * 1200 + "$", "S: 235 ok"],
    "in place of the mechanism": ["C: AUTH $", "S: 504 no"],
}
SEGMENTS = (1400, 11)


def session(way, secret, segment):
    c = Connection(segment=segment)
    c.talk("S: 220 mx.test", "C: EHLO a.test", "S: 250 mx.test")
    c.talk(*[line.replace("$", secret) for line in WAYS[way]])
    c.talk("C: MAIL FROM:<a@a.test>", "S: 250 ok", "C: RCPT TO:<b@b.test>", "S: 250 ok",
           "C: QUIT", "S: 221 bye")
    return c.close().packets


def used_pages(pages, first, last):
    """(first page, number) of each run of pages in memory or swapped out; see proc(5), pagemap."""
    pages.seek(first * 8)
    entries = array.array("Q", pages.read((last - first) * 8))
    used = bytes(entry >> 62 != 0 for entry in entries)
    return [(first + run.start(), len(run.group())) for run in re.finditer(b"\1+", used)]


def memory_of(pid):
    """All that the process can write, without pages that it has never used."""
    with contextlib.ExitStack() as files:
        maps = files.enter_context(open(f"/proc/{pid}/maps", encoding="ascii"))
        pages, memory = (files.enter_context(open(f"/proc/{pid}/{name}", "rb", buffering=0))
                         for name in ("pagemap", "mem"))
        for line in maps:
            begin, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            first, last = int(begin, 16) // PAGE, int(end, 16) // PAGE
            # A sanitizer's own maps are larger than any memory.
            if "w" not in mode or last - first > (1 << 30) // PAGE:
                continue
            for start, count in used_pages(pages, first, last):
                memory.seek(start * PAGE)
                with contextlib.suppress(OSError):
                    yield memory.read(count * PAGE)


@harness.expand
class Secrets(harness.Case):
    def setUp(self):
        super().setUp()
        self.secret = base64.b64encode(
            "".join(random.choices(string.ascii_letters, k=30)).encode()).decode()

    def replay_open(self):
        return self.start("replay", "-r", "/dev/null", "--log", "all", "-o", "-", "-",
                          stdin=subprocess.PIPE)

    def found(self, process):
        secret = self.secret.encode()
        try:
            return sum(part.count(secret) for part in memory_of(process.pid))
        except PermissionError as error:
            raise unittest.SkipTest("no permission to read a process's memory") from error

    def pass_by(self, process, packets):
        """A session through a pipe, then what passes through the same buffers, then an answer."""
        answer = datagram(traffic.dns_response(
            answers=[traffic.dns_record("a.test", 1, bytes(4))]))
        others = [datagram(bytes(1200), port=9)] * BYSTANDERS
        process.stdin.write(traffic.pcap(packets + others + [answer]))
        process.stdin.flush()
        wait_for(lambda: any(field(event, "dns.id") for event in process.whole()), "the answer")

    @harness.for_each(WAYS, "{}: not in memory, not in events, not in messages")
    def test_gone(self, way):
        for segment in SEGMENTS:
            with self.subTest(segment=segment):
                process = self.replay_open()
                self.pass_by(process, session(way, self.secret, segment))
                self.assertEqual(self.found(process), 0)
                process.stdin.close()
                self.assertEqual(process.wait(), 0)
                self.assertNotIn(self.secret.encode(), process.out())
                self.assertNotIn(self.secret, process.err())
                mail, = [event for event in process.whole() if field(event, "smtp.helo")]
                self.assertEqual(field(mail, "smtp.rcpt_to"),
                                 [{"address": "b@b.test", "reply_code": 250, "accepted": True}])

    def test_search(self):
        """the search finds what is there: a name that the client gave itself"""
        process = self.replay_open()
        c = Connection()
        c.talk("S: 220 mx.test", f"C: EHLO {self.secret}", "S: 250 mx.test")
        self.pass_by(process, c.packets)
        self.assertGreater(self.found(process), 0)


if __name__ == "__main__":
    harness.main()
