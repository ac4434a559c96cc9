#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several workers on one wire, and the process that looks after them."""
import collections
import os
import re
import signal
import socket
import time

import harness
import wrap
from harness import events, hit_keys, pcap, wait_for
from test_run import Live

# The kernel stamps packets with its own clock, which is an hour back for the program.
AHEAD = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*real)(clockid_t, struct timespec *) =
	        (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int ret = real(clock, now);
	now->tv_sec += clock == CLOCK_REALTIME ? 3600 : 0;
	return ret;
}
"""

STREAM = ("hijack-mta", "hijack-resolver")


def is_running(pid):
    try:
        return harness.status(pid)["State"][0] not in "ZX"
    except OSError:
        return False


def opened(pid, place):
    """What a process has open there."""
    folder = f"/proc/{pid}/fd"
    paths = [os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)]
    return [path for path in paths if path.startswith(place)]


class Workers(Live):
    """What they see together is what one sees."""

    def sense(self, *args, workers=3, **options):
        process = super().sense("--workers", str(workers), "--suppress", "0", "--dedup", "0",
                                *args, **options)
        self.assertEqual(len(process.workers()), workers)
        return process

    def test_hits(self):
        """three workers: the hits of one, each once, those of mail by names others have seen"""
        wanted = self.replay(*map(pcap, STREAM))
        self.assertIn("mail-intercepted", [event["event"]["action"] for event in wanted])
        process = self.sense("--summary", "summary.json")
        self.play("hijack-resolver")
        self.wait_hits(process, len(self.hits("hijack-resolver")))
        self.play("hijack-mta")
        self.wait_hits(process, len(wanted))
        self.assertEqual(hit_keys(self.stop(process)), hit_keys(wanted))
        self.assertEqual(self.summary()["packets"], 150)
        self.assertEqual(process.err().count("nsmx: coincheck.com: 78 hits"), 1)
        self.assertIn("2 mail sessions, 2 mails to 3 recipients", process.err())

    def test_clock(self):
        """a clock that is set back by an hour once capture began: nothing is lost"""
        if harness.is_sanitized():
            self.skipTest("AddressSanitizer wants to be the first library")
        harness.need_programs("cc")
        self.write("ahead.c", AHEAD)
        self.tool("cc", "-shared", "-fPIC", "-o", self.path("ahead.so"), self.path("ahead.c"),
                  "-ldl")
        process = self.sense("--summary", "summary.json", env={"LD_PRELOAD": self.path("ahead.so")})
        self.play("hijack-resolver")
        wanted = self.hits("hijack-resolver")
        self.wait_hits(process, len(wanted))
        self.assertEqual(hit_keys(self.stop(process)), hit_keys(wanted))
        self.assertEqual(self.summary()["packets"], len(wrap.read(pcap("hijack-resolver"))))

    def test_reload(self):
        """SIGHUP reaches every worker, and its result is logged once"""
        self.write("own.rules", "alert any .coincheck.com id=first\n")
        os.chmod(self.path("own.rules"), 0o644)
        process = self.sense(rules=self.path("own.rules"))
        self.write("own.rules", "alert any .coincheck.com id=second\n")
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("1 rules reloaded")
        wanted = self.replay(pcap("hijack-resolver"), rules=self.path("own.rules"))
        self.play("hijack-resolver")
        self.wait_hits(process, len(wanted))
        self.assertEqual(hit_keys(self.stop(process)), hit_keys(wanted))
        self.assertEqual(process.err().count("rules reloaded"), 1)

    def test_killed(self):
        """a worker dies: its death is logged with the reason, and it is replaced"""
        process = self.sense()
        second = self.kill_worker(process, process.workers()[1], signal.SIGKILL,
                                  "worker 1 ended by signal 9 (Killed); "
                                  "a replacement starts in 1 s")
        self.kill_worker(process, second, signal.SIGABRT,
                         "worker 1 ended by signal 6 (Aborted); a replacement starts in 2 s")
        self.play("hijack-mta")
        self.wait_hits(process, 5)
        self.assertEqual(hit_keys(self.stop(process)), hit_keys(self.hits("hijack-mta")))

    def kill_worker(self, process, pid, number, message):
        """Kills a worker; the one that has taken its place, and captures."""
        others = set(process.workers()) - {pid}
        os.kill(pid, number)
        process.wait_err(message)
        wait_for(lambda: len(process.workers()) == 3, "another worker")
        self.assertLess(others, set(process.workers()))
        new, = set(process.workers()) - others
        # It gives up its last right when it gets its share of the packets.
        wait_for(lambda: int(harness.status(new)["CapPrm"], 16) == 0, "its start")
        return new

    def wait_captures(self, count):
        """So many sockets capture on veth0."""
        wait_for(lambda: f"promiscuity {count}" in self.network.run("ip", "-d", "link", "show",
                                                                    "veth0"),
                 f"{count} captures")

    def test_counters(self):
        """SIGUSR1: the counters of all"""
        process = self.sense()
        self.play("hijack-resolver")
        self.wait_hits(process, len(self.hits("hijack-resolver")))
        wait_for(lambda: self.counted_packets(process) == 120, "120 packets")
        self.stop(process)

    def test_journals(self):
        """each worker has a journal; what one left is delivered by a run with fewer"""
        redis = harness.Redis(self, start=False)
        state = self.path("state")
        args = ["--state", state]
        wanted = [event for name in STREAM for event in self.hits(name)]
        process = self.sense(*args, "--summary", "summary.json", output=redis.url())
        self.assertEqual(len(process.publishers()), 4)      # one for the incidents
        for pid in process.publishers():        # of the others' files, none
            wait_for(lambda: len(opened(pid, state)) > 1, "its journal")
            self.assertEqual(len({os.path.dirname(path) for path in opened(pid, state)
                                  if path.endswith("/lock")}), 1)
            self.assertEqual(opened(pid, self.path("summary.json")), [])
        for name in STREAM:
            self.play(name)
        wait_for(lambda: harness.journaled(state) == len(wanted), "all events in journals")
        self.assertEqual(process.stop(seconds=harness.stop_limit()), 1)
        self.assertEqual(self.summary()["events_pending"], len(wanted))
        self.assertEqual(set(re.findall("runs again with --state (.*)", process.err())), {state})
        redis.start()
        os.chmod(redis.socket, 0o777)
        process = self.sense(*args, workers=1, output=redis.url())
        self.assertEqual(len(process.publishers()), 4)
        wait_for(lambda: redis.client().xlen("nsmx:hits") == len(wanted), "all events in Redis")
        self.assertEqual(process.stop(seconds=harness.stop_limit()), 0, process.err())
        found = [events(entry["event"] + b"\n")[0] for entry in redis.stream()]
        self.assertEqual(hit_keys(found), hit_keys(wanted))
        self.assertFalse([name for name in os.listdir(state) if name.startswith("worker-")])

    def test_sensor_killed(self):
        """the process that looks after them is killed: they end"""
        process = self.sense()
        workers = process.workers()
        process.popen.kill()
        process.wait()
        wait_for(lambda: not any(is_running(pid) for pid in workers), "the workers' end")

    def test_stuck(self):
        """a worker that does not stop is killed, within 5 s"""
        process = self.sense()
        os.kill(process.workers()[0], signal.SIGSTOP)
        begun = time.monotonic()
        self.assertEqual(process.stop(), 1)
        self.assertLess(time.monotonic() - begun, harness.stop_limit())
        self.assertIn("workers have not stopped", process.err())

    def test_pinned(self):
        """--pin-cpus: each on its processor; one that there is not is refused"""
        process = self.sense("--pin-cpus", "0")
        for pid in process.workers():
            self.assertEqual(harness.status(pid)["Cpus_allowed_list"], "0")
        self.stop(process)
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "-o", "null",
                             "-r", "/dev/null", "--pin-cpus", "1023", prefix=self.network.prefix)
        self.assertEqual(process.wait(), 1)
        self.assertIn("--pin-cpus: cannot bind worker 0 to its processor: ", process.err())

    def test_capture_options(self):
        """--promiscuous, --snaplen and --buffer"""
        process = self.sense("--promiscuous", "no", "--snaplen", "64", "--buffer", "2",
                             "--summary", "summary.json")
        self.wait_captures(0)
        self.play("hijack-mta")
        wait_for(lambda: self.counted_packets(process) == 30, "30 packets")
        self.stop(process)
        self.assertGreater(self.summary()["truncated_packets"], 0)

    def counted_packets(self, process):
        process.popen.send_signal(signal.SIGUSR1)
        words = process.err().split()
        packets = [word for word in words if word.startswith("packets=")]
        return int(packets[-1].split("=")[1]) if packets else 0


class Manager(Live):
    """As a service manager sees it."""

    def setUp(self):
        super().setUp()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(self.path("notify"))
        self.manager.settimeout(harness.PATIENCE)
        self.heard = collections.Counter()

    def hear(self, text, seconds=harness.PATIENCE):
        """True once the manager has been notified; False after a timeout."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.manager.settimeout(max(end - time.monotonic(), 0.001))
            try:
                if self.manager.recv(4096).decode() == text:
                    return True
            except TimeoutError:
                break
        return False

    def test_notify(self):
        """ready once it captures; the watchdog hears of it while all workers get on"""
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "-r", harness.RULES,
                             "-o", "null", "--workers", "2", prefix=self.network.prefix,
                             env={"NOTIFY_SOCKET": self.path("notify"),
                                  "WATCHDOG_USEC": "2000000"})
        self.assertTrue(self.hear("READY=1"))
        self.assertTrue(self.hear("WATCHDOG=1"))
        self.assertTrue(self.hear("WATCHDOG=1", 2))
        stopped = process.workers()[1]
        os.kill(stopped, signal.SIGSTOP)
        self.hear("WATCHDOG=1", 1)              # one may be due from before
        self.assertFalse(self.hear("WATCHDOG=1", 1.5))
        os.kill(stopped, signal.SIGCONT)
        self.assertTrue(self.hear("WATCHDOG=1", 2))
        self.assertEqual(process.stop(), 0, process.err())
        self.assertTrue(self.hear("STOPPING=1"))


del Live

if __name__ == "__main__":
    harness.main()
