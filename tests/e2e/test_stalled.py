#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of the events that does not read, while workers die and the sensor stops."""
import fcntl
import json
import os
import signal
import threading
import time

import harness
from harness import hit_keys, pcap, wait_for
from test_run import Live

F_SETPIPE_SZ = 1031
LOOPS = 40


class Stalled(Live):
    """Standard output is a pipe of one page."""

    def setUp(self):
        super().setUp()
        self.pipe, self.write_end = os.pipe()
        fcntl.fcntl(self.write_end, F_SETPIPE_SZ, 4096)
        self.addCleanup(os.close, self.pipe)

    def sense(self, *args, command="run"):
        process = self.start(command, "--config", "/dev/null", "-i", "veth0", "-r", harness.RULES,
                             "-o", "-", "--suppress", "0", "--dedup", "0", "--summary",
                             self.path("summary.json"), *args, prefix=self.network.prefix,
                             stdout=self.write_end)
        os.close(self.write_end)
        process.wait_err("capturing on veth0")
        return process

    def play_many(self):
        harness.need_programs("tcpreplay")
        self.network.run("tcpreplay", "--quiet", "--pps=20000", f"--loop={LOOPS}", "-i", "veth1",
                         pcap("hijack-resolver"))

    def read_all(self):
        """What is in the pipe until its end."""
        parts = []
        while part := os.read(self.pipe, 65536):
            parts.append(part)
        return b"".join(parts)

    def counter(self, process, name):
        before = process.err().count("stats:")
        process.popen.send_signal(signal.SIGUSR1)
        wait_for(lambda: process.err().count("stats:") > before, "the counters")
        return int(process.err().rsplit(f" {name}=", 1)[1].split()[0])

    def test_stops(self):
        """nobody reads, a worker is killed: SIGTERM ends it within 5 s, lines stay whole"""
        process = self.sense("--workers", "3")
        self.play_many()
        for pid in process.workers():
            os.kill(pid, signal.SIGKILL)
            break
        process.wait_err("ended by signal 9")
        begun = time.monotonic()
        process.stop()
        self.assertLess(time.monotonic() - begun, harness.stop_limit(), process.err())
        lines = self.read_all().split(b"\n")
        found = [json.loads(line) for line in lines[:-1] if line]
        self.assertGreater(len(found), 0)
        summary = self.summary()
        self.assertEqual(summary["events_delivered"], len(found))
        self.assertGreater(summary["events_dropped"], 0)

    def test_continues(self):
        """the reader pauses, then reads again: every hit, once, as packets were read meanwhile"""
        process = self.sense("--workers", "2", "--filter", "udp")
        once = self.replay("--filter", "udp", pcap("hijack-resolver"))
        self.play_many()
        wait_for(lambda: self.counter(process, "hits") == LOOPS * len(once), "all hits")
        self.assertLess(self.counter(process, "events_delivered"), LOOPS * len(once))
        parts = []
        reader = threading.Thread(target=lambda: parts.append(self.read_all()))
        reader.start()
        wait_for(lambda: self.counter(process, "events_delivered") == LOOPS * len(once),
                 "all events")
        self.assertEqual(process.stop(), 0, process.err())
        reader.join()
        self.assertEqual(hit_keys(harness.events(parts[0])), hit_keys(LOOPS * once))
        self.assertEqual(self.summary()["kernel_drops"], 0)

    def test_summary(self):
        """nothing reads the summary, or the messages: the end is in time"""
        errors, write_end = os.pipe()
        self.addCleanup(os.close, errors)
        fcntl.fcntl(write_end, F_SETPIPE_SZ, 4096)
        os.set_blocking(write_end, False)
        try:
            while True:
                os.write(write_end, b"x" * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(write_end, True)
        process = harness.subprocess.Popen(
            [*self.network.prefix, harness.NSMX, "run", "--alerts", "hits", "--config", "/dev/null", "-i", "veth0",
             "-r", "/dev/null", "-o", "null", "--workers", "2", "--summary", "/dev/stderr",
             "--state", self.path("state")],
            stderr=write_end, stdin=harness.subprocess.DEVNULL, cwd=self.folder)
        os.close(write_end)
        os.close(self.write_end)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_for(lambda: len(harness.named_children(process.pid, "nsmx-worker")) == 2,
                 "its workers")
        process.terminate()
        process.wait(5)

    def test_replay(self):
        """a replay waits for its reader, and one SIGTERM ends it"""
        for workers in ("1", "2"):
            with self.subTest(workers=workers):
                pipe, write_end = os.pipe()
                fcntl.fcntl(write_end, F_SETPIPE_SZ, 4096)
                process = self.start("replay", "--log", "all", "-r", harness.RULES, "-o", "-",
                                     "--workers", workers, "--state", self.path("s" + workers),
                                     *map(pcap, harness.captures()), stdout=write_end)
                os.close(write_end)
                first = os.read(pipe, 1)
                wait_for(lambda: len(harness.named_children(process.pid, "nsmx-worker")) ==
                         (0 if workers == "1" else 2), "its workers")
                begun = time.monotonic()
                self.assertEqual(process.stop(), 1, process.err())
                self.assertLess(time.monotonic() - begun, harness.stop_limit())
                self.assertEqual(first, b"{")
                os.close(pipe)


if __name__ == "__main__":
    harness.main()
