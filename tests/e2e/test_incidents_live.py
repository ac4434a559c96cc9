#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents of a live sensor: over all workers, and over a restart, however the sensor ends."""
import ipaddress
import os
import pty
import re
import signal
import sys
import time

import flood
import harness
from harness import events, is_hit, wait_for
from test_incidents import is_incident
from test_run import Live

ANSWERS = len(flood.SERVERS)        # the hits of an answer


class Incidents(Live):
    def setUp(self):
        super().setUp()
        self.player = self.network.packet_socket("veth1")
        self.rules = self.write("flood.rules", flood.RULES)
        os.chmod(self.rules, 0o644)
        self.played = 0

    def sense(self, *args, workers=2, **options):
        """A sensor with two workers, whose state is kept."""
        return super().sense("--alerts", "both", "--state", self.path("state"), "--workers",
                             str(workers), *args, rules=self.rules, **options)

    def answer(self, count):
        """Answers to so many clients, of which none had one."""
        for number in range(self.played, self.played + count):
            self.player.send(flood.packet(number)[1])
        self.played += count

    def is_stored(self):
        """All clients' notes are in the file of open incidents."""
        try:
            stored = self.read("state/open-incidents/incidents")
        except FileNotFoundError:
            return False
        return all(ipaddress.ip_address(f"::ffff:{flood.client(i)}").packed in stored
                   for i in range(self.played))

    def wait_stored(self):
        wait_for(self.is_stored, "the notes of all clients in the file")

    def keeper(self, process):
        """The process that keeps the incidents."""
        pid, = wait_for(lambda: harness.named_children(process.pid, "nsmx-incidents"),
                        "the process of the incidents")
        return pid

    def found(self, *processes):
        """The incidents that these processes have reported, in order."""
        return [e["nsmx"]["incident"] for process in processes for e in events(process.out())
                if is_incident(e)]

    def check(self, incidents, states, clients):
        """One incident, with these states; the last event has so many clients."""
        self.assertEqual([e["state"] for e in incidents], states)
        self.assertEqual({e["owner"] for e in incidents}, {flood.OWNER})
        self.assertEqual(len({e["id"] for e in incidents}), 1)
        last = incidents[-1]
        self.assertEqual((last["clients_count"], last["hits"]), (clients, ANSWERS * clients))
        self.assertEqual(set(last["clients"]), {flood.client(i) for i in range(clients)})
        self.assertEqual(last["seen"], list(flood.SERVERS))
        self.assertEqual([e["ip"] for e in last["resolvers"]], [flood.RESOLVER])

    def kill_all(self, process):
        """What a failure of power does to all processes, but not to files."""
        pids = [process.pid, *process.workers(), self.keeper(process)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        process.wait()

    def test_workers(self):
        """two workers: one incident, with the clients of both"""
        process = self.sense("--stats", "1")
        self.answer(40)
        self.wait_stored()
        self.stop(process)
        self.check(self.found(process), ["open", "closed"], 40)
        self.assertIn("coincheck.com: 120 hits", process.err())

    def test_stopped(self):
        """a restart: the incident goes on, and is reported at once when it grows"""
        first = self.sense()
        self.answer(5)
        self.wait_stored()
        self.stop(first)
        self.check(self.found(first), ["open", "closed"], 5)
        second = self.sense()
        time_before = time.monotonic()
        self.answer(5)
        wait_for(lambda: self.found(second), "the incident")
        self.assertLess(time.monotonic() - time_before, 60)
        self.wait_stored()
        self.stop(second)
        self.check(self.found(first, second), ["open", "closed", "update", "closed"], 10)
        # A run without a hit has nothing to report of it.
        third = self.sense()
        self.stop(third)
        self.assertEqual(events(third.out()), [])
        self.assertNotIn("coincheck.com", third.err())

    def test_process_killed(self):
        """SIGKILL of the process that keeps the incidents: another one goes on"""
        process = self.sense()
        self.answer(5)
        self.wait_stored()
        wait_for(lambda: self.found(process), "the incident")
        before = self.keeper(process)
        os.kill(before, signal.SIGKILL)
        self.answer(5)
        wait_for(lambda: harness.named_children(process.pid, "nsmx-incidents") not in
                 ([], [before]), "another process")
        self.answer(5)
        self.wait_stored()
        self.stop(process)
        self.check(self.found(process), ["open", "closed"], 15)

    def test_all_killed(self):
        """SIGKILL of all processes: the next run has the incident as it was"""
        first = self.sense()
        self.answer(5)
        self.wait_stored()
        wait_for(lambda: self.found(first), "the incident")
        self.kill_all(first)
        second = self.sense(workers=3)
        self.answer(5)
        self.wait_stored()
        self.stop(second)
        self.check(self.found(first, second), ["open", "closed"], 10)

    def test_damage(self):
        """files that are cut or not ours: named, and not fatal"""
        first = self.sense()
        self.answer(5)
        self.wait_stored()
        self.stop(first)
        path = self.path("state/open-incidents/incidents")
        good = self.read("state/open-incidents/incidents")
        for number, bad in enumerate((good[:-1], good[:100], b"\0" * 4096, good + b"x" * 5000)):
            with self.subTest(number=number):
                with open(path, "wb") as file:
                    file.write(bad)
                process = self.sense()
                self.stop(process)
                self.assertIn("open-incidents/incidents in the folder of --state is",
                              process.err())

    def test_terminal(self):
        """text on a terminal, by confined processes: the incident, and no single hit"""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "-r", self.rules,
                             "--alerts", "both", "--state", self.path("state"), "--workers", "2",
                             prefix=self.network.prefix, stdout=theirs, env={"NO_COLOR": "1"})
        os.close(theirs)
        process.wait_err("capturing on veth0")
        self.answer(50)
        self.wait_stored()
        self.assertEqual(process.stop(), 0, process.err())
        text = os.read(ours, 65536).decode()
        self.assertIn("critical  coincheck.com: new incident\r\n", text)
        self.assertIn("critical  coincheck.com: incident has ended, 150 hits\r\n", text)
        self.assertIn(" and 42 more\r\n", text)
        self.assertNotIn(": rule rogue-", text)

    def hits_by_rule(self, port):
        """nsmx_hits_total of rules that had hits."""
        text = self.network.run(sys.executable, "-c", "import sys, urllib.request as r; "
                                "print(r.urlopen(sys.argv[1]).read().decode())",
                                f"http://127.0.0.1:{port}/metrics")
        return {rule: int(value) for severity, rule, value in re.findall(
            r'nsmx_hits_total\{severity="(\w+)",rule="([^"]+)"\} (\d+)', text)
            if severity == "critical" and value != "0"}

    def test_metrics(self):
        """hits by rule: of all workers, and rules of a reload beside those before it"""
        port = harness.free_port()
        process = self.sense("--suppress", "0", "--metrics", f"127.0.0.1:{port}")
        self.answer(40)
        wanted = {f"rogue-{i}": 40 for i in range(ANSWERS)}
        wait_for(lambda: self.hits_by_rule(port) == wanted, "the hits of both workers")
        self.write("flood.rules", flood.RULES.replace("rogue", "later"))
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("3 rules reloaded")
        before = self.played

        def all_later():
            """Both workers have the new rules."""
            self.answer(10)
            found = self.hits_by_rule(port)
            return min(found.get(f"later-{i}", 0) for i in range(ANSWERS)) >= 40
        wait_for(all_later, "hits of the new rules")
        wait_for(lambda: sum(self.hits_by_rule(port).values()) == ANSWERS * self.played,
                 "all hits")
        self.assertGreater(self.played, before)
        self.stop(process)

    def test_burst(self):
        """1,000 clients, two workers: no hit is missing in the incident"""
        process = self.sense()
        self.answer(1000)
        self.wait_stored()
        self.assertEqual(process.counters()["incident_hits_dropped"], 0)
        self.stop(process)
        last = self.found(process)[-1]
        self.assertEqual((last["clients_count"], last["hits"]), (1000, 1000 * ANSWERS))

    def test_flood(self):
        """1,000 clients within a second: one incident, and at most 40 hits"""
        process = self.sense(workers=1)
        self.answer(1000)
        self.wait_stored()
        self.stop(process)
        found = events(process.out())
        incidents = [e["nsmx"]["incident"] for e in found if is_incident(e)]
        self.assertEqual(len({e["id"] for e in incidents}), 1)
        self.assertEqual(incidents[-1]["clients_count"], 1000)
        self.assertEqual(incidents[-1]["hits"], ANSWERS * 1000)
        hits = [e for e in found if is_hit(e) and not is_incident(e)]
        self.assertLessEqual(len(hits), 40)
        for hit in hits:
            self.assertEqual(hit["nsmx"]["incident"]["id"], incidents[-1]["id"])


if __name__ == "__main__":
    harness.main()
