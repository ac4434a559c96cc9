#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every packet on the wire is counted, as read or as lost in the kernel."""
import os
import signal
import struct
import threading

import harness
from harness import wait_for
from test_run import Live



def frame(number):
    """A DNS response for a name of its own, from one of many clients."""
    name = b"".join(bytes([len(label)]) + label.encode()
                    for label in (f"n{number}", "example")) + b"\0"
    dns = struct.pack(">6H", number & 0xffff, 0x8180, 1, 0, 0, 0) + name + struct.pack(">2H", 1, 1)
    udp = struct.pack(">4H", 53, 1024 + number % 60000, 8 + len(dns), 0) + dns
    client = bytes([10, 0, number >> 8 & 0xff, number & 0xff])
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + \
        bytes([192, 0, 2, 53]) + client
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    head = head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xffff) + head[12:]
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + head + udp


class Losses(Live):
    """A sender that knows how many packets it has sent."""

    def setUp(self):
        super().setUp()
        self.sent = 0
        self.frames = [frame(number) for number in range(512)]
        self.cable = self.network.packet_socket("veth1")

    def send(self, count):
        for number in range(count):
            self.cable.send(self.frames[number % len(self.frames)])
        self.sent += count

    def sense(self, *args, **options):
        return super().sense("--suppress", "0", "--dedup", "0", "--summary",
                             self.path("summary.json"), *args, output="null", **options)

    def check(self, process, status=0, delta=0):
        """Ends the sensor; its summary, in which every packet is counted."""
        self.assertEqual(process.stop(), status, process.err())
        summary = self.summary()
        self.assertAlmostEqual(summary["packets"] + summary["kernel_drops"], self.sent,
                               delta=delta, msg=summary)
        return summary

    def test_stop_at_once(self):
        """packets in the kernel's buffer when the sensor is asked to stop: all are read"""
        for workers in ("1", "3"):
            with self.subTest(workers=workers):
                self.sent = 0
                process = self.sense("--workers", workers)
                self.send(20000)
                self.assertEqual(self.check(process)["kernel_drops"], 0)

    def test_loopback(self):
        """packets of the loopback interface, which the kernel shows twice: none is lost"""
        self.cable = self.network.packet_socket("lo")
        for interface in ("lo", "any"):
            for workers in ("1", "2"):
                with self.subTest(interface=interface, workers=workers):
                    self.sent = 0
                    process = self.sense("--workers", workers, interfaces=interface)
                    self.send(1000)
                    self.assertEqual(self.check(process)["kernel_drops"], 0)

    def test_buffer_full(self):
        """a buffer that overflows while nothing reads it: what is lost is counted, no more"""
        for workers in ("1", "2"):
            with self.subTest(workers=workers):
                self.sent = 0
                process = self.sense("--workers", workers, "--buffer", "1")
                pids = process.workers()
                for pid in pids:
                    os.kill(pid, signal.SIGSTOP)
                self.send(60000)
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
                summary = self.check(process)
                self.assertGreater(summary["kernel_drops"], 0)
                self.assertGreater(summary["packets"], 0)

    def test_killed_while_stopped(self):
        """a worker that does not stop is killed with a full buffer: all of it is counted"""
        process = self.sense("--buffer", "1")
        os.kill(process.workers()[0], signal.SIGSTOP)
        self.send(30000)
        summary = self.check(process, status=1)
        self.assertEqual(summary["kernel_drops"], self.sent)

    def test_killed(self):
        """a worker is killed: what it had not read, and what came until its successor captured"""
        process = self.sense("--buffer", "1")
        self.send(5000)
        pid, = process.workers()
        os.kill(pid, signal.SIGSTOP)
        self.send(40000)
        os.kill(pid, signal.SIGKILL)
        process.wait_err("ended by signal 9")
        self.send(5000)                             # nobody captures
        new = wait_for(lambda: [other for other in process.workers() if other != pid], "a worker")
        wait_for(lambda: int(harness.status(new[0])["CapPrm"], 16) == 0, "its start")
        self.send(5000)
        summary = self.check(process)
        self.assertGreater(summary["kernel_drops"], 5000)
        self.assertGreaterEqual(summary["packets"], 5000)

    def test_killed_of_several(self):
        """one of several workers is killed amid traffic: what is lost with it is counted"""
        process = self.sense("--workers", "3")
        sender = threading.Thread(target=self.send, args=(100000,))
        sender.start()
        os.kill(process.workers()[1], signal.SIGKILL)
        process.wait_err("ended by signal 9")
        sender.join()
        # A packet that arrives while the successor joins the group may go to two or to none.
        self.check(process, delta=5)


if __name__ == "__main__":
    harness.main()
