#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of a live capture: the rows of a replay, each once, regardless of what dies or is full."""
import json
import os
import pwd
import signal
import socket
import struct
import subprocess
import time
import unittest

import harness
import wrap
from harness import pcap, wait_for
from test_losses import frame
from test_run import Live
from test_workers import is_running

ETH_P_ALL = 3
SO_TIMESTAMPNS = 35
RESOLVERS = harness.captures("resolver")
PLAYED = RESOLVERS + harness.captures("mta")


class Recorder:
    """Records an interface with the timestamps that the kernel gives its packets."""

    def __init__(self, network, name):
        self.socket = network.packet_socket(name, ETH_P_ALL)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)         # SO_RCVBUFFORCE

    def packets(self):
        """The packets so far."""
        packets = []
        self.socket.setblocking(False)
        while True:
            try:
                octets, control, _, _ = self.socket.recvmsg(65536, 256)
            except BlockingIOError:
                return packets
            seconds, nanos = struct.unpack("qq", control[0][2])
            packets.append(wrap.Packet(seconds * 1000000 + nanos // 1000, octets))


def conversation(packet):
    """A number for the two addresses of an IPv4 packet, in any direction."""
    source, target = struct.unpack_from("!II", packet.frame, 14 + 12)
    return source + target


class HistoryLive(Live):
    """A cable, a sensor with a history, and names that are sent once."""

    def setUp(self):
        super().setUp()
        self.sent = 0
        self.cable = self.network.packet_socket("veth1")

    def keep(self, *args, workers=1, interval=1, folder="seen", **options):
        options.setdefault("output", "null")
        process = super().sense("--history", self.path(folder), "--history-interval",
                                str(interval), "--workers", str(workers), "--suppress", "0",
                                "--dedup", "0", "--sensor", "s", "--summary",
                                self.path("summary.json"), *args, **options)
        wait_for(lambda: self.writers(process), "the process of the history")
        return process

    def writers(self, process):
        return harness.named_children(process.pid, "nsmx-history")

    def send(self, count):
        """Sends answers for names that were not sent before."""
        for number in range(self.sent, self.sent + count):
            self.cable.send(frame(number))
        self.sent += count

    def export(self, folder="seen", status=0):
        done = self.nsmx("history", "export", "--history", self.path(folder))
        self.assertEqual(done.status, status, done.err)
        return done.out

    def names(self):
        """How often the history has seen each name that was sent."""
        counts = {}
        for line in self.export().splitlines():
            row = json.loads(line)
            number = int(row["rrname"].split(".")[0][1:])
            self.assertNotIn(number, counts)
            counts[number] = row["count"]
        return counts

    def wait_rows(self, process, count):
        wait_for(lambda: process.counters()["history_rows"] >= count, f"{count} rows")

    def finish(self, process, status=0):
        self.assertEqual(process.stop(seconds=harness.stop_limit()), status, process.err())
        return self.summary()


class Rows(HistoryLive):
    """What is kept."""

    def replay_parts(self, packets, parts, folder):
        """Keeps a recording, divided by conversation, with a worker for each part."""
        paths = []
        for part in range(parts):
            name = f"{folder}-{part}.pcap"
            paths.append(self.write(name, wrap.write(
                [packet for packet in packets if conversation(packet) % parts == part])))
        done = self.nsmx("replay", "--history", self.path(folder), "--workers", str(parts),
                         "--sensor", "s", "-r", "/dev/null", "-o", "null", *paths)
        self.assertEqual(done.status, 0, done.err)
        return self.export(folder)

    def check_export(self, workers):
        recorder = Recorder(self.network, "veth0")
        process = self.keep(workers=workers)
        for name in PLAYED:
            self.play(name)
        count = sum(len(wrap.read(pcap(name))) for name in PLAYED)
        wait_for(lambda: process.counters()["packets"] == count, f"{count} packets")
        summary = self.finish(process)
        self.assertEqual(summary["history_rows_dropped"], 0)
        packets = recorder.packets()
        self.assertEqual(len(packets), count)
        live = self.export()
        self.assertGreater(len(live.splitlines()), 50)
        self.assertIn(b'"rrtype":"MAIL"', live)
        self.assertEqual(live, self.replay_parts(packets, 1, "one"))
        self.assertEqual(live, self.replay_parts(packets, 4, "four"))

    def test_one_worker(self):
        """one worker: byte for byte the export of a replay with one worker and with four"""
        self.check_export(1)

    def test_four_workers(self):
        """four workers: the same"""
        self.check_export(4)

    def test_interval(self):
        """rows are in the folder after --history-interval, without further packets"""
        process = self.keep()
        self.send(100)
        self.wait_rows(process, 100)
        self.assertEqual(self.names(), {number: 1 for number in range(100)})
        counters = process.counters()
        self.assertGreater(counters["history_files"], 0)
        self.assertGreater(counters["history_bytes"], 100)
        self.assertAlmostEqual(counters["history_written"], time.time(), delta=60)
        self.finish(process)
        self.assertEqual(len(self.names()), 100)

    def test_last_rows(self):
        """rows that are not yet due are written when the sensor ends"""
        process = self.keep(workers=2, interval=50)
        self.send(500)
        wait_for(lambda: process.counters()["packets"] == 500, "500 packets")
        self.assertEqual(process.counters()["history_rows"], 0)
        summary = self.finish(process)
        self.assertEqual((summary["history_rows"], summary["history_rows_dropped"]), (500, 0))
        self.assertEqual(self.names(), {number: 1 for number in range(500)})

    def test_rights(self):
        """the writing process: no capability, a filter, only the folder; files for the group"""
        process = self.keep()
        pid, = self.writers(process)
        status = harness.status(pid)
        self.assertEqual(int(status["CapPrm"], 16), 0)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertNotEqual(status["Uid"].split()[0], "0")
        if not harness.is_sanitized():
            self.assertEqual(status["Seccomp"], "2")
        opened = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        self.assertFalse([path for path in opened if path.startswith("/") and
                          not path.startswith((self.path("seen"), "/dev/null", process.err_path))],
                         opened)
        self.send(10)
        self.wait_rows(process, 10)
        self.finish(process)
        self.assertEqual(os.stat(self.path("seen")).st_mode & 0o777, 0o750)
        for name in os.listdir(self.path("seen")):
            self.assertEqual(os.stat(self.path(f"seen/{name}")).st_mode & 0o777, 0o640, name)

    def test_refused(self):
        """a folder that another process writes, or that another user owns, is an error"""
        process = self.keep()
        second = self.start("run", "--config", "/dev/null", "-i", "veth0", "-r", "/dev/null", "-o",
                            "null", "--history", self.path("seen"), prefix=self.network.prefix)
        self.assertEqual(second.wait(), 1)
        self.assertIn("another process is writing to it", second.err())
        self.finish(process)
        os.mkdir(self.path("foreign"))
        third = self.start("run", "--config", "/dev/null", "-i", "veth0", "-r", "/dev/null", "-o",
                           "null", "--history", self.path("foreign"), prefix=self.network.prefix)
        self.assertEqual(third.wait(), 1)
        self.assertIn("the folder does not belong to", third.err())



class Killed(HistoryLive):
    """What is left when processes are killed. test_delivery_history.py does it more often."""
    WORKERS, WORKER_ROUNDS, WRITER_ROUNDS = 2, 1, 2

    def kill_writer(self, process):
        pid, = wait_for(lambda: self.writers(process), "the process of the history")
        message = "--history: the process ended (signal 9)"
        before = process.err().count(message)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: process.err().count(message) > before, "its end")

    def kill_workers(self, process):
        """Kills all workers, and waits until others capture."""
        old = process.workers()
        for pid in old:
            os.kill(pid, signal.SIGKILL)

        def are_replaced():
            new = process.workers()
            # A worker gives up its last right when it has opened the interface.
            return len(new) == self.WORKERS and not set(new) & set(old) and \
                not any(int(harness.status(pid)["CapPrm"], 16) for pid in new)
        wait_for(are_replaced, "new workers")

    def test_writer(self):
        """the process of the history is killed amid its work: every row is kept, once"""
        process = self.keep(workers=self.WORKERS)
        for _ in range(self.WRITER_ROUNDS):
            rows = process.counters()["history_rows"]
            self.send(1000)
            self.wait_rows(process, rows + 1)
            self.kill_writer(process)
            self.send(200)
        self.wait_rows(process, self.sent)
        summary = self.finish(process)
        self.assertEqual((summary["history_rows"], summary["history_rows_dropped"],
                          summary["kernel_drops"]), (self.sent, 0, 0))
        self.assertEqual(self.names(), {number: 1 for number in range(self.sent)})

    def test_workers(self):
        """workers are killed, and the process of the history with them: only rows that were not
        yet due are lost, none counts twice"""
        process = self.keep(workers=self.WORKERS)
        safe = set()
        for number in range(self.WORKER_ROUNDS):
            kept = set(range(self.sent, self.sent + 500))
            self.send(500)
            wait_for(lambda kept=kept: kept <= set(self.names()), "rows that are due")
            safe |= kept
            self.send(200)
            if number % 2 == 0:
                self.kill_writer(process)
            self.kill_workers(process)
        self.send(100)
        self.finish(process)
        names = self.names()
        self.assertLessEqual(safe | set(range(self.sent - 100, self.sent)), set(names))
        self.assertEqual(set(names.values()), {1})

    def test_held(self):
        """rows that die with a worker are counted"""
        process = self.keep(workers=self.WORKERS, interval=50)
        self.send(300)
        wait_for(lambda: process.counters()["packets"] == 300, "300 packets")
        self.kill_workers(process)
        self.send(50)
        summary = self.finish(process)
        self.assertEqual((summary["history_rows"], summary["history_rows_dropped"]), (50, 300))
        self.assertEqual(self.names(), {number: 1 for number in range(300, 350)})

    def test_sensor(self):
        """the process that looks after all is killed: what workers have seen is written"""
        process = self.keep(workers=self.WORKERS, interval=50)
        self.send(300)
        wait_for(lambda: process.counters()["packets"] == 300, "300 packets")
        others = [*process.workers(), *self.writers(process)]
        process.popen.kill()
        process.wait()
        wait_for(lambda: not any(is_running(pid) for pid in others), "their end")
        self.assertEqual(self.names(), {number: 1 for number in range(300)})


class Disk(HistoryLive):
    """What is left when the disk is full, and when files are damaged."""

    def mount(self, size):
        os.mkdir(self.path("disk"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs",
                                  self.path("disk")], check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest("tmpfs cannot be mounted")
        self.addCleanup(subprocess.run, ["umount", self.path("disk")], check=True)

    def sense_hits(self):
        """A sensor with a full disk, which has seen a capture; its hits are there."""
        self.mount("64k")
        process = self.keep(output="-", folder="disk/seen")
        self.play("hijack-resolver")
        self.wait_hits(process, len(self.hits("hijack-resolver")))
        process.wait_err("rows are not kept: No space left on device")
        self.play("hijack-mta")
        self.wait_hits(process, len(self.hits("hijack-resolver")) + len(self.hits("hijack-mta")))
        return process

    def test_room_again(self):
        """a full disk stops the history, and nothing else; with room again, no row is missing"""
        process = self.sense_hits()
        self.tool("mount", "-o", "remount,size=64m", self.path("disk"))
        process.wait_err("rows are kept again")
        summary = self.finish(process)
        self.assertEqual(summary["history_rows_dropped"], 0)
        self.assertEqual(process.err().count("rows are not kept"), 1)
        done = self.nsmx("replay", "--history", self.path("replay"), "--sensor", "s", "-r",
                         "/dev/null", "-o", "null", pcap("hijack-resolver"), pcap("hijack-mta"))
        self.assertEqual(done.status, 0, done.err)

        def counts(folder):
            """The rows without the times, which differ from those of the captures."""
            rows = map(json.loads, self.export(folder).splitlines())
            return [{name: value for name, value in row.items() if not name.startswith("time_")}
                    for row in rows]
        self.assertEqual(counts("disk/seen"), counts("replay"))

    def test_full_at_the_end(self):
        """rows that are never written are counted"""
        process = self.sense_hits()
        summary = self.finish(process, status=1)
        self.assertGreater(summary["history_rows_dropped"], 20)
        self.assertEqual(summary["history_rows"], 0)
        self.assertEqual(self.export("disk/seen"), b"")

    def test_damaged(self):
        """cut and changed files are named and set aside by a merge, which goes on without them"""
        for name in RESOLVERS[:2] * 4:
            done = self.nsmx("replay", "--history", self.path("seen"), "-r", "/dev/null", "-o",
                             "null", pcap(name))
            self.assertEqual(done.status, 0, done.err)
            files = sorted(name for name in os.listdir(self.path("seen"))
                           if name.endswith(".rows"))
            if len(files) == 7:
                break
        with open(self.path(f"seen/{files[2]}"), "r+b") as file:
            file.truncate(200)
        with open(self.path(f"seen/{files[4]}"), "r+b") as file:
            file.seek(100)
            octet = file.read(1)
            file.seek(100)
            file.write(bytes([octet[0] ^ 1]))
        owner = pwd.getpwnam("nobody")
        for name in ["", *os.listdir(self.path("seen"))]:
            os.chown(self.path(f"seen/{name}"), owner.pw_uid, owner.pw_gid)
        process = self.keep("--user", "nobody")
        self.send(10)
        for name in files[2], files[4]:
            process.wait_err(f"history folder {self.path('seen')}: {name} is damaged: "
                             "its rows are left out")
            wait_for(lambda name=name: os.path.exists(self.path(f"seen/{name}.damaged")), name)
        self.send(10)
        self.wait_rows(process, 20)
        self.finish(process)
        self.assertIn(b'"n19.example"', self.export())


del Live

if __name__ == "__main__":
    harness.main()
