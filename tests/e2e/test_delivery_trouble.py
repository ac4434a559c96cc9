#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis servers that are worse than none: capture does not notice, and memory stays
bounded. And the journal: full, on a full disk, cut and with flipped bits."""
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import delivery
import harness
from harness import wait_for

PACKETS = 6000
PACE = 1500                     # packets a second, 10 hits each
MEMORY = 16 << 20               # more than with -o null, in any process of the sensor


class Fake(threading.Thread):
    """A server on a unix socket that treats each client with `behave`."""

    def __init__(self, case, behave):
        super().__init__(daemon=True)
        self.path = case.path("fake")
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.behave, self.clients = behave, 0
        self.start()
        case.addCleanup(self.end)

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients += 1
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            try:
                self.behave(client)
            except OSError:
                pass

    def end(self):
        if self.listener.fileno() < 0:
            return
        # A thread in accept() is woken by shutdown(), not by close().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join()


def stuck(client):
    """Accepts, and never reads or answers."""
    while client.recv(1, socket.MSG_PEEK):
        time.sleep(0.5)


def garbage(client):
    """Answers what is no RESP."""
    while client.recv(65536):
        client.sendall(b"\0\xff" * 500 + b"HTTP/1.1 400 Bad Request\r\n\r\n")


def slow(client):
    """Reads 100 bytes a second, and answers each with what might be taken for success."""
    while client.recv(10):
        client.sendall(b"+")
        time.sleep(0.1)


def closing(client):
    """Closes after each command."""
    client.recv(65536)
    client.sendall(b"+OK\r\n")


class Worse(delivery.Live):
    """A live run beside each of them."""

    def measure(self, target, pace=PACE):
        """Plays all; the counters, and the largest resident set of any process in octets."""
        process = self.sense(target, args=["--summary", "summary.json", "--stats", "1"])
        player = self.play(pace)
        largest = 0
        while player.popen.poll() is None:
            for pid in (process.pid, *delivery.children(process.pid)):
                largest = max(largest, self.resident(pid))
            time.sleep(0.05)
        self.assertEqual(player.wait(), 0, player.err())
        process.wait_err(f" packets={PACKETS} ")
        begun = time.monotonic()
        status = process.stop()
        self.assertLess(time.monotonic() - begun, harness.stop_limit())
        counters = self.summary()
        self.log = process.err()
        return status, counters, largest

    @staticmethod
    def resident(pid):
        try:
            with open(f"/proc/{pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0

    def lossless(self, counters):
        self.assertEqual(counters["packets"], PACKETS)
        self.assertEqual((counters["kernel_drops"], counters["interface_drops"]), (0, 0))
        self.assertEqual(counters["hits"], len(self.wanted))

    def test_beside(self):
        """stuck, garbage, slow, closing: no packet is lost at a rate lossless with -o null"""
        self.traffic(PACKETS)
        status, counters, usual = self.measure("null")
        self.assertEqual(status, 0)
        self.lossless(counters)
        for behave in (stuck, garbage, slow, closing):
            with self.subTest(behave.__name__):
                fake = Fake(self, behave)
                shutil.rmtree(self.path("state"), ignore_errors=True)
                status, counters, largest = self.measure(f"redis+unix://{fake.path}")
                fake.end()
                self.assertEqual(status, 1)
                self.lossless(counters)
                self.assertGreater(fake.clients, 0)
                self.assertEqual(counters["events_delivered"], 0)
                self.assertEqual(counters["events_pending"], len(self.wanted))
                self.assertEqual(counters["events_dropped"], 0)
                self.assertIn("they wait in", self.log)
                self.assertLess(self.log.count("warning"), 4, self.log)
                self.assertLess(largest, usual + MEMORY)

    def test_full(self):
        """--journal-max is reached: capture goes on, the newest are dropped, one warning"""
        self.traffic(2000)
        target = f"redis+unix://{self.path('none')}"
        process = self.sense(target, args=["--summary", "summary.json", "--journal-max", "1M"])
        self.assertEqual(self.play(PACE).wait(), 0)
        self.assertEqual(process.stop(), 1)
        counters = self.summary()
        self.assertEqual(counters["packets"], 2000)
        self.assertEqual(counters["hits"], len(self.wanted))
        self.assertEqual(counters["kernel_drops"], 0)
        waiting = counters["events_pending"]
        self.assertEqual(waiting + counters["events_dropped"], len(self.wanted))
        self.assertTrue(400 < waiting < 1000, waiting)
        self.assertEqual(process.err().count("the journal is full"), 1, process.err())
        size = sum(os.path.getsize(os.path.join(self.path("state"), name))
                   for name in os.listdir(self.path("state")))
        self.assertLess(size, 1.1 * (1 << 20))
        # The oldest have stayed; they come when Redis does.
        server = harness.Redis(self, name="none.d")
        os.symlink(server.socket, self.path("none"))
        process = self.sense(target)
        wait_for(lambda: server.client().xlen("nsmx:hits") == waiting, "what has waited")
        self.assertEqual(process.stop(), 0)
        self.check_ids(self.stream_ids(server), self.wanted[:waiting])

    def test_full_disk(self):
        """the journal's disk is full: the same, and what comes when there is room is delivered"""
        self.traffic(2000)
        process = self.sense(f"redis+unix://{self.path('none')}", prefix=self.small_disk("state"),
                             args=["--summary", "summary.json", "--stats", "1"])
        self.assertEqual(self.play(PACE).wait(), 0)
        process.wait_err(" packets=2000 ")
        server = harness.Redis(self, name="none.d")
        os.symlink(server.socket, self.path("none"))
        wait_for(lambda: any(" packets=2000 " in line and " events_pending=0 " in line
                             for line in process.err().splitlines()), "all to be delivered")
        before = server.client().xlen("nsmx:hits")
        self.assertTrue(400 < before < 2000, before)
        self.check_ids(self.stream_ids(server)[:400], self.wanted[:400])
        self.write("long.pcap", delivery.capture(range(2000, 2010)))
        self.assertEqual(self.play(PACE).wait(), 0)
        wait_for(lambda: server.client().xlen("nsmx:hits") == before + 100, "what came then")
        self.assertEqual(process.stop(), 1)
        for line in ("/state: No space left on device; events ",
                     "the open incidents cannot be stored: No space left on device"):
            self.assertEqual(process.err().count(line), 1, process.err())
        counters = self.summary()
        self.assertEqual((counters["packets"], counters["kernel_drops"]), (2010, 0))
        self.assertEqual(counters["events_delivered"], before + 100)
        self.assertEqual(counters["events_dropped"], len(self.wanted) - before)


class Patient(delivery.Case):
    """A replay waits rather than drop."""

    def replay_to(self, server, *args, **options):
        return self.start("replay", "-r", "long.rules", "-o", server.url("?maxlen=0"),
                          "--summary", "summary.json", *args, "long.pcap", **options)

    def finish(self, process, server):
        self.assertEqual(process.wait(), 0, process.err())
        self.check_ids(self.stream_ids(server))
        summary = self.summary()
        self.assertEqual(summary["events_delivered"], len(self.wanted))
        self.assertEqual((summary["events_pending"], summary["events_dropped"]), (0, 0))

    def test_full(self):
        """a full journal: it waits for Redis, shows how far delivery is, and drops nothing"""
        self.traffic(3000)
        server = harness.Redis(self)
        os.kill(server.process.pid, signal.SIGSTOP)
        process = self.replay_to(server, "--journal-max", "512K", "--progress", "always")
        process.wait_err("delivering: 0 of ")
        os.kill(server.process.pid, signal.SIGCONT)
        self.finish(process, server)

    def test_progress(self):
        """--progress always: how much is delivered, after the last packet, too"""
        self.traffic(2000)
        server = harness.Redis(self)
        os.kill(server.process.pid, signal.SIGSTOP)
        process = self.replay_to(server, "--progress", "always")
        process.wait_err("delivering: 0 of 20000 events")
        os.kill(server.process.pid, signal.SIGCONT)
        self.finish(process, server)

    def test_full_interrupted(self):
        """SIGINT while it waits: status 1, the journal is kept and named"""
        self.traffic(1000)
        server = harness.Redis(self, start=False)
        process = self.replay_to(server, "--journal-max", "512K", "--state", "state",
                                 "--progress", "always")
        process.wait_err("delivering: 0 of ")
        self.assertEqual(process.stop(signal.SIGINT), 1, process.err())
        self.assertIn("--state state", process.err())
        server.start()
        self.nsmx("replay", "-o", server.url("?maxlen=0"), "--state", "state", "--rules",
                  "long.rules", self.write("none.pcap", delivery.capture([])))
        found = self.stream_ids(server)
        self.assertGreater(len(found), 100)
        self.check_ids(found, self.wanted[:len(found)])

    def test_interrupted(self):
        """SIGINT while it waits for a Redis that was there: 3 s later it ends, nothing is lost"""
        self.traffic(300)
        server = harness.Redis(self)
        process = self.start("replay", "-r", "long.rules", "-o", server.url("?maxlen=0"),
                             "--state", "state", "-", stdin=subprocess.PIPE)
        whole = self.read("long.pcap")
        half = 24 + 150 * (16 + len(delivery.dns_response(0)))
        process.stdin.write(whole[:half])
        process.stdin.flush()
        wait_for(lambda: server.client().xlen("nsmx:hits") == 1500, "the first half")
        os.kill(server.process.pid, signal.SIGSTOP)
        process.stdin.write(whole[half:])
        process.stdin.close()
        process.wait_err("unreachable")
        self.assertEqual(process.stop(signal.SIGINT, 30), 1, process.err())
        self.assertIn("1500 events wait in state", process.err())
        os.kill(server.process.pid, signal.SIGCONT)
        done = self.nsmx("replay", "-o", server.url("?maxlen=0"), "--state", "state", "-r",
                         "long.rules", self.write("none.pcap", delivery.capture([])))
        self.assertEqual(done.status, 0, done.err)
        self.check_ids(self.stream_ids(server))

    def test_small_disk(self):
        """a disk of 2 MB for 16 MB of events: room is made as they are delivered"""
        self.traffic(1000)
        server = harness.Redis(self)
        process = self.replay_to(server, "--state", self.path("state"),
                                 prefix=self.small_disk("state"))
        self.finish(process, server)


class Damaged(delivery.Case):
    """What a crash, or a bad disk, may leave."""

    def setUp(self):
        super().setUp()
        self.traffic(20, 1)
        # A journal of 20 events whose sensor was killed before it could deliver.
        process = self.start("replay", "-r", "long.rules", "--state", "kept", "-o",
                             f"redis+unix://{self.path('away')}", "-", stdin=subprocess.PIPE)
        process.stdin.write(self.read("long.pcap"))
        process.stdin.flush()
        wait_for(lambda: self.size("kept") > 20 * 1000, "the journal")
        delivery.kill_tree(process)
        self.segment = self.segment_of("kept")
        self.server = harness.Redis(self)
        os.symlink(self.server.socket, self.path("away"))

    def segment_of(self, state):
        return next(os.path.join(self.path(state), name)
                    for name in os.listdir(self.path(state)) if name.endswith(".seg"))

    def size(self, state):
        try:
            return os.path.getsize(self.segment_of(state))
        except (OSError, StopIteration):
            return 0

    def deliver(self, change):
        """Delivers a copy of the journal, its segment changed; standard error."""
        shutil.rmtree(self.path("state"), ignore_errors=True)
        shutil.copytree(self.path("kept"), self.path("state"))
        with open(self.segment, "rb") as file:
            whole = bytearray(file.read())
        with open(self.segment_of("state"), "wb") as file:
            file.write(change(whole))
        self.server.client().flushall()
        done = self.nsmx("replay", "-r", "long.rules", "--state", "state", "-o",
                         f"redis+unix://{self.path('away')}",
                         self.write("none.pcap", delivery.capture([])))
        self.assertEqual(done.status, 0, done.err)
        return done.err

    def frames(self):
        """Where records begin, by the octets in front of each."""
        with open(self.segment, "rb") as file:
            whole = file.read()
        magic = whole[:4]
        return [at for at in range(len(whole)) if whole[at:at + 4] == magic] + [len(whole)]

    def test_cut(self):
        """cut within the last record: that is logged, and all others arrive"""
        *_, last, end = self.frames()
        for at in sorted({last, last + 1, last + 4, last + 23, last + 24, last + 25, end - 1}
                         | set(range(last, end, 101))):
            log = self.deliver(lambda whole: whole[:at])
            self.check_ids(self.stream_ids(self.server), self.wanted[:-1])
            self.assertEqual(log.count("skipped 1 damaged record"), at > last, log)
        self.deliver(lambda whole: whole)
        self.check_ids(self.stream_ids(self.server))

    def test_flipped(self):
        """a flipped bit in the middle: that record is lost and logged, no other"""
        begin, end = self.frames()[9:11]
        for at in sorted({begin, begin + 4, begin + 8, begin + 16, begin + 24, end - 1}
                         | set(range(begin, end, 211))):
            def flip(whole):
                whole[at] ^= 0x10
                return whole
            log = self.deliver(flip)
            self.check_ids(self.stream_ids(self.server), self.wanted[:9] + self.wanted[10:])
            self.assertIn("skipped 1 damaged record", log)


if __name__ == "__main__":
    harness.main()
