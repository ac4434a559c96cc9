#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learned baselines of a live capture: one hit a value for all workers, also after a restart."""
import signal

import harness
import traffic
from harness import events, matched, wait_for
from test_learn import LEARN, referral
from test_run import Live

OLD = [referral(f"d{number}.com", "ns1.old.net") for number in range(20)]
NEW = [referral(f"d{number}.com", "ns.evil.org") for number in range(20)]


class LearnLive(Live):
    """A cable, and a sensor with workers that share what is known."""

    def setUp(self):
        super().setUp()
        self.cable = self.network.packet_socket("veth1")
        self.write("learn.rules", LEARN)

    def learn(self, *args, rules="learn.rules"):
        return self.sense("--history", self.path("seen"), "--history-interval", "1",
                          "--workers", "2", "--dedup", "0", *args, rules=self.path(rules))

    def send(self, process, messages):
        """Sends each response to several clients, so that several workers see it."""
        before = process.counters()["packets"]
        for client in range(4):
            ends = {traffic.CLIENT: f"198.51.100.{client + 1}", traffic.SERVER: "192.0.2.53"}
            for part in messages:
                self.cable.send(traffic.datagram(part, addresses=ends)[1])
        count = before + 4 * len(messages)
        wait_for(lambda: process.counters()["packets"] >= count, f"{count} packets")

    def hits(self, process):
        return sorted(matched(event) for event in self.stop(process)
                      if event["event"]["action"] == "baseline-change")

    def test_workers(self):
        """one hit for each domain, though several workers see the change"""
        process = self.learn()
        self.send(process, OLD)
        self.send(process, NEW)
        found = self.stop(process)
        self.assertEqual(sorted(event["nsmx"]["owner"] for event in found),
                         sorted(f"d{number}.com" for number in range(20)))

    def test_restart(self):
        """a restart forgets nothing, and repeats nothing"""
        process = self.learn()
        self.send(process, OLD)
        self.assertEqual(self.hits(process), [])
        process = self.learn()
        self.send(process, NEW)
        self.assertEqual(self.hits(process), ["ns.evil.org"] * 20)
        process = self.learn()
        self.send(process, OLD + NEW)
        self.assertEqual(self.hits(process), [])

    def test_reload(self):
        """a reload changes the rules; rules that learn cannot be new, which is logged"""
        process = self.learn()
        self.send(process, OLD)
        self.write("learn.rules", LEARN + "allow ns .evil.org\n")
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("2 rules reloaded")
        self.send(process, NEW)
        self.assertEqual(self.hits(process), [])
        self.write("other.rules", "alert ns ns.bad.example\n")
        process = self.learn(rules="other.rules")
        self.write("other.rules", LEARN)
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("restart nsmx")
        self.assertEqual(self.hits(process), [])


if __name__ == "__main__":
    harness.main()
