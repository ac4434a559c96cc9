#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""On a veth pair, at the highest rate at which `tcpdump -w /dev/null` loses nothing, the
sensor loses nothing either. NSMX names the program, BENCH_LIVE a capture to play (by default
one of 100,000 DNS packets is made by BUILD/tests/bench/generate)."""
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness                                          # noqa: E402
from harness import wait_for                            # noqa: E402

RATES = (50000, 100000, 200000, 0)      # packets/s; 0: no pause
PACKETS = 100000
TRIES = 3           # a busy machine loses packets at any rate: the best of so many counts


class Rate(harness.Case):
    def setUp(self):
        super().setUp()
        harness.need_programs("tcpreplay", "tcpdump")
        self.network = harness.Network(self)
        self.network.pair("veth0", "veth1")
        self.capture = os.environ.get("BENCH_LIVE") or self.make()

    def make(self):
        generate = os.path.join(os.path.dirname(harness.NSMX), "tests/bench/generate")
        subprocess.run([generate, "dns", str(PACKETS), self.path("live.pcap")], check=True)
        return self.path("live.pcap")

    def play(self, rate):
        """Plays it all; how many packets went out, and how fast."""
        speed = [f"--pps={rate}"] if rate else ["--topspeed"]
        report = self.network.run("tcpreplay", "--preload-pcap", *speed, "-i", "veth1",
                                self.capture)
        sent = int(re.search(r"Successful packets:\s+(\d+)", report).group(1))
        reached = float(re.search(r"([\d.]+) pps", report).group(1))
        return sent, reached

    def tcpdump(self, rate):
        """What tcpdump lost, and the rate that was reached."""
        dump = harness.Process(self, [*self.network.prefix, "tcpdump", "-i", "veth0", "-n",
                                      "-w", "/dev/null"])
        wait_for(lambda: "listening on" in dump.err(), "tcpdump")
        _, reached = self.play(rate)
        dump.stop(signal.SIGINT)
        return int(re.search(r"(\d+) packets dropped by kernel", dump.err()).group(1)), reached

    def sensor(self, rate):
        """What the sensor lost."""
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "-r", harness.RULES,
                             "-o", "null", "--dedup", "0", "--summary", "summary.json",
                             prefix=self.network.prefix)
        process.wait_err("capturing on veth0")
        sent, _ = self.play(rate)
        self.assertEqual(process.stop(), 0, process.err())
        summary = self.summary()
        return max(summary["kernel_drops"], sent - summary["packets"]), rate

    def least(self, measure):
        """(packets lost, ...) of the best try; the first without loss is."""
        tries = []
        while len(tries) < TRIES and (not tries or min(tries)[0] > 0):
            tries.append(measure())
        return min(tries)

    def test_rate(self):
        """where tcpdump loses nothing, the sensor loses nothing"""
        held = 0
        for rate in RATES:
            lost, reached = self.least(lambda rate=rate: self.tcpdump(rate))
            if lost > 0:
                break
            held = reached
            lost, _ = self.least(lambda rate=rate: self.sensor(rate))
            print(f"# {reached:9.0f} packets/s: tcpdump lost 0, nsmx lost {lost}")
            self.assertEqual(lost, 0, f"at {reached} packets/s")
        self.assertGreater(held, 0, "tcpdump loses packets at the lowest rate")


if __name__ == "__main__":
    harness.main()
