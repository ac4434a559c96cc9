#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live capture, in a network namespace without a way out: what is played there is hit."""
import collections
import os
import signal
import time

import harness
from harness import RULES, events, hit_keys, is_hit, matched, pcap, wait_for

PLAYED = [name for name in harness.captures() if not name.startswith("before-")]


class Live(harness.Case):
    """A cable with the sensor at one end and a player at the other."""

    def setUp(self):
        super().setUp()
        self.network = harness.Network(self)
        self.network.pair("veth0", "veth1")

    def sense(self, *args, interfaces="veth0", output="-", rules=RULES, **options):
        """Starts the sensor, and waits until it captures."""
        process = self.start("run", "--config", "/dev/null", "-i", interfaces, "-r", rules,
                             "-o", output, *args, prefix=self.network.prefix, **options)
        process.wait_err(f"capturing on {interfaces.replace(',', ', ')}")
        return process

    def play(self, name, interface="veth1"):
        harness.need_programs("tcpreplay")
        self.network.run("tcpreplay", "--quiet", "--pps=5000", "-i", interface, pcap(name))

    def wait_hits(self, process, count):
        """Until so many events have come; none may follow, see stop()."""
        wait_for(lambda: len(process.whole()) >= count,
                 f"{count} events, there are {len(process.whole())}")

    def stop(self, process):
        """Ends the sensor as a service manager does; the events that it emitted."""
        begun = time.monotonic()
        self.assertEqual(process.stop(), 0, process.err())
        self.assertLess(time.monotonic() - begun, harness.stop_limit())
        return events(process.out())


@harness.expand
class Played(Live):
    """The recorded captures on the wire."""

    @harness.for_each(PLAYED, "{} on the wire: the hits of the file, ids included")
    def test_hits(self, name):
        wanted = self.hits(name)
        process = self.sense("--suppress", "0", "--dedup", "0")
        self.play(name)
        self.wait_hits(process, len(wanted))
        found = self.stop(process)
        self.assertEqual(hit_keys(found), hit_keys(wanted))
        for event in found:
            self.assertEqual(event["observer"]["ingress"]["interface"]["name"], "veth0")

    def test_time(self):
        """the time of an event is now, to the nanosecond"""
        begun = time.time()
        process = self.sense("--suppress", "0")
        self.play("hijack-mta")
        self.wait_hits(process, 1)
        first = self.stop(process)[0]["@timestamp"]
        self.assertRegex(first, r"\.\d{9}Z$")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(begun - 1))
        self.assertGreater(first, stamp)

    def test_defaults(self):
        """the default --suppress: each hit and one repeat, which add up to all hits"""
        process = self.sense()
        self.play("hijack-resolver")

        def key(event):
            return (event["rule"]["id"], matched(event), event["client"]["ip"],
                    event["server"]["ip"])
        wanted = collections.Counter(map(key, self.hits("hijack-resolver")))
        self.wait_hits(process, len(wanted))
        found = self.stop(process)                  # repeats are reported at the end
        counted = collections.Counter()
        for event in found:
            counted[key(event)] += event["nsmx"].get("count", 1)
        self.assertEqual(counted, wanted)
        self.assertLess(len(found), sum(wanted.values()))

    def test_suppress_passes(self):
        """--suppress 1: a repeat is reported after a second, without more packets"""
        process = self.sense("--suppress", "1")
        self.play("hijack-resolver")
        wait_for(lambda: [event for event in process.whole() if "count" in event["nsmx"]],
                 "a repeat")
        self.stop(process)

    def test_before(self):
        """the hour before on the wire: no hit, but counted"""
        process = self.sense("--log", "all")
        self.play("before-resolver")
        self.play("before-mta")
        self.wait_hits(process, 81 + 2)
        self.assertFalse([event for event in self.stop(process) if is_hit(event)])

    def test_filter(self):
        """--filter: only what passes it"""
        process = self.sense("--suppress", "0", "--filter", "host 82.221.139.210")
        wanted = [event for event in self.hits("hijack-resolver")
                  if event["server"]["ip"] == "82.221.139.210"]
        self.play("hijack-resolver")
        self.wait_hits(process, len(wanted))
        self.assertEqual(hit_keys(self.stop(process)), hit_keys(wanted))

    def test_two_interfaces(self):
        """two interfaces: hits of both, with their names"""
        self.network.pair("veth2", "veth3")
        process = self.sense("--suppress", "0", "--dedup", "0", interfaces="veth0,veth2")
        self.play("hijack-mta", "veth1")
        self.wait_hits(process, 5)
        self.play("refused-mta", "veth3")
        self.wait_hits(process, 5 + 3)
        names = [event["observer"]["ingress"]["interface"]["name"]
                 for event in self.stop(process)]
        self.assertEqual(names, 5 * ["veth0"] + 3 * ["veth2"])

    def test_summary(self):
        """--summary and --stats: the counters"""
        process = self.sense("--suppress", "0", "--stats", "1", "--summary", "summary.json")
        self.play("hijack-mta")
        process.wait_err("stats: packets=30 ")
        self.wait_hits(process, 5)
        self.stop(process)
        summary = self.summary()
        self.assertEqual({name: summary[name] for name in ("packets", "hits", "smtp_sessions")},
                         {"packets": 30, "hits": 5, "smtp_sessions": 2})


class Service(Live):
    """How the sensor lives: signals, rules, rights, interfaces."""

    def test_sigint(self):
        """SIGINT ends it too, with status 0 and a summary"""
        process = self.sense()
        self.assertEqual(process.stop(signal.SIGINT, 5), 0, process.err())
        self.assertIn("0 packets", process.err())

    def test_sigterm_in_traffic(self):
        """SIGTERM amid traffic: within 5 s, what was seen is reported"""
        process = self.sense("--suppress", "0", "--dedup", "0")
        player = harness.Process(self, [*self.network.prefix, "tcpreplay", "--quiet", "--loop=0",
                                        "--pps=2000", "-i", "veth1", pcap("hijack-resolver")])
        self.wait_hits(process, 200)
        self.stop(process)
        player.end()

    def rules(self, text):
        self.write("own.rules", text)
        os.chmod(self.path("own.rules"), 0o644)
        return self.path("own.rules")

    def test_reload(self):
        """SIGHUP: changed rules take effect, broken ones do not"""
        rules = self.rules("alert mx mail.coincheck.com id=first\n")
        process = self.sense("--suppress", "0", "--dedup", "0", rules=rules)
        self.play("refused-resolver")
        self.wait_hits(process, 5)
        self.rules("alert mx mail.coincheck.com id=second\n")
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("1 rules reloaded")
        self.play("refused-resolver")
        self.wait_hits(process, 10)
        self.rules("alert mx mail.coincheck.com id=third\nalert nonsense\n")
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("the current rules stay in use")
        self.assertIn("own.rules:2:", process.err())
        self.play("refused-resolver")
        self.wait_hits(process, 15)
        ids = [event["rule"]["id"] for event in self.stop(process)]
        self.assertEqual(ids, 5 * ["first"] + 10 * ["second"])

    def check_rights(self, pid, user, kept=0):
        status = harness.status(pid)
        self.assertEqual(status["Uid"].split(), 4 * [str(user)])
        self.assertEqual(status["Gid"].split(), 4 * [str(65534)])
        self.assertEqual(status["Groups"].split(), [])
        for name in ("CapEff", "CapInh", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(int(status["CapPrm"], 16), kept)
        self.assertEqual(status["NoNewPrivs"], "1")
        if not harness.is_sanitized():
            self.assertEqual(status["Seccomp"], "2")

    def test_rights(self):
        """after the start: nobody, without capabilities; who reads nothing keeps one at hand"""
        redis = harness.Redis(self)
        os.chmod(redis.socket, 0o777)
        process = self.sense("--user", "nobody", "--suppress", "0", "--state",
                             self.path("state"), output=redis.url())
        publishers = process.publishers()           # of hits, and of incidents
        self.assertEqual(len(publishers), 2)
        worker, = process.workers()
        self.check_rights(process.pid, 65534, kept=1 << harness.CAP_NET_RAW)
        for publisher in publishers:
            self.check_rights(publisher, 65534)
        self.check_rights(worker, 65534)
        self.assertEqual(os.stat(self.path("state")).st_mode & 0o777, 0o700)
        self.play("hijack-mta")
        wait_for(lambda: redis.client().xlen("nsmx:hits") == 5, "5 events in Redis")
        self.assertEqual(process.stop(seconds=harness.stop_limit()), 0, process.err())
        counters = redis.client().keys("nsmx:sensor:*")
        self.assertEqual(len(counters), 1)

    def test_root_on_request(self):
        """--user root: stays root, by name"""
        process = self.sense("--user", "root")
        for pid in (process.pid, *process.workers()):
            status = harness.status(pid)
            self.assertEqual(status["Uid"].split()[1], "0")
            self.assertEqual(int(status["CapEff"], 16), 0)
        self.stop(process)

    def test_requests_at_start(self):
        """SIGUSR1 and SIGHUP to all processes from the start on, as systemctl kill sends them: none
        ends"""
        redis = harness.Redis(self)
        os.chmod(redis.socket, 0o777)
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "-r", RULES,
                             "--suppress", "0", "-o", redis.url(), prefix=self.network.prefix)
        # nsenter starts the program in its own process.
        wait_for(lambda: harness.status(process.pid)["Name"] == "nsmx", "the program")
        wait_for(lambda: int(harness.status(process.pid)["SigBlk"], 16) & 1 << signal.SIGUSR1 - 1,
                 "that the sensor takes signals")
        seen = set()
        while "capturing" not in process.err():
            self.assertIsNone(process.popen.poll(), process.err())
            for pid in {process.pid, *process.publishers()}:
                seen.add(pid)
                for number in (signal.SIGUSR1, signal.SIGHUP):
                    os.kill(pid, number)
        publishers = set(process.publishers())
        for pid in publishers:
            os.kill(pid, signal.SIGUSR1)
            os.kill(pid, signal.SIGUSR2)
        self.assertEqual(len(publishers), 2)
        self.assertTrue(seen & publishers)
        self.play("hijack-mta")
        wait_for(lambda: redis.client().xlen("nsmx:hits") == 5, "5 events in Redis")
        self.assertEqual(set(process.publishers()), publishers)
        self.assertNotIn("the publisher ended", process.err())
        self.stop(process)

    def test_down_at_start(self):
        """an interface that is down: the remedy"""
        self.network.run("ip", "link", "set", "veth0", "down")
        done = self.nsmx("run", "--config", "/dev/null", "-i", "veth0", "-r", RULES,
                         prefix=self.network.prefix)
        self.assertEqual(done.status, 1)
        self.assertIn("veth0: the interface is down: ip link set veth0 up\n", done.err)

    def test_redis_down_at_end(self):
        """SIGTERM with Redis down: within 5 s, status 1; the next run delivers"""
        redis = harness.Redis(self, start=False)
        state = self.path("state")
        process = self.sense("--suppress", "0", "--state", state, output=redis.url())
        self.play("hijack-mta")
        process.wait_err("unreachable")
        journal = wait_for(lambda: [entry.path for entry in os.scandir(state)
                                    if entry.name.endswith(".seg") and entry.stat().st_size],
                           "the journal")
        self.assertTrue(journal)
        wait_for(lambda: self.seen_all(state), "all events in the journal")
        self.assertEqual(process.stop(seconds=harness.stop_limit()), 1)
        self.assertIn(state, process.err())
        redis.start()
        os.chmod(redis.socket, 0o777)
        process = self.sense("--suppress", "0", "--state", state, output=redis.url())
        wait_for(lambda: redis.client().xlen("nsmx:hits") == 5, "5 events in Redis")
        self.assertEqual(process.stop(seconds=harness.stop_limit()), 0, process.err())
        found = [events(entry["event"] + b"\n")[0] for entry in redis.stream()]
        self.assertEqual(hit_keys(found), hit_keys(self.hits("hijack-mta")))

    def seen_all(self, state):
        """True when the journal holds the five hits."""
        text = b""
        for entry in os.scandir(state):
            if entry.name.endswith(".seg"):
                with open(entry.path, "rb") as file:
                    text += file.read()
        return text.count(b'"@timestamp"') == 5

    def bring_back(self, process, name, peer):
        self.network.pair(name, peer)
        process.wait_err(f"capturing on {name} again")

    def test_interface_gone(self):
        """the interface goes down: reported once; when it is up again, capture continues"""
        process = self.sense("--suppress", "0")
        self.play("hijack-mta")
        self.wait_hits(process, 5)
        self.network.run("ip", "link", "del", "veth0")
        process.wait_err("when the interface is up again")
        self.bring_back(process, "veth0", "veth1")
        self.play("hijack-mta")
        self.wait_hits(process, 10)
        self.stop(process)
        self.assertEqual(process.err().count("when the interface is up again"), 1)
        self.assertEqual(process.err().count("capturing on veth0 again"), 1)
        self.assertNotIn("ended by", process.err())

    def test_interface_down(self):
        """the interface goes down, and up: the same worker goes on"""
        process = self.sense("--suppress", "0")
        self.network.run("ip", "link", "set", "veth0", "down")
        self.network.run("ip", "link", "set", "veth0", "up")
        for name in ("veth0", "veth1"):
            wait_for(lambda: "state UP" in self.network.run("ip", "link", "show", name), name)
        self.play("hijack-mta")
        self.wait_hits(process, 5)
        self.stop(process)
        self.assertNotIn("ended by", process.err())

    def test_hung_while_it_returns(self):
        """an interface returns while a worker hangs: it is killed, and all are replaced"""
        process = self.sense("--suppress", "0", "--workers", "2")
        self.network.run("ip", "link", "del", "veth0")
        process.wait_err("when the interface is up again")
        before = process.workers()
        os.kill(before[1], signal.SIGSTOP)
        self.network.pair("veth0", "veth1")
        process.wait_err("worker 1 ended by signal 9")
        wait_for(lambda: len(process.workers()) == 2, "two workers")
        self.assertFalse(set(before) & set(process.workers()))
        process.wait_err("capturing on veth0 again")
        self.stop(process)

    def test_one_interface_gone(self):
        """one of two interfaces goes away: named, and the other is captured on"""
        self.network.pair("veth2", "veth3")
        process = self.sense("--suppress", "0", "--dedup", "0", interfaces="veth0,veth2")
        self.network.run("ip", "link", "del", "veth2")
        process.wait_err("veth2: ")
        self.play("hijack-mta")
        self.wait_hits(process, 5)
        self.bring_back(process, "veth2", "veth3")
        self.play("hijack-mta", "veth3")
        self.wait_hits(process, 10)
        self.stop(process)


if __name__ == "__main__":
    harness.main()
