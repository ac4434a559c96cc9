#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules read again amid live traffic: nothing lost, nothing taken that should not be."""
import os
import signal

import harness
from harness import RULES, hit_keys, pcap, wait_for

LOOPS = 60
PACKETS_A_SECOND = 3000
RELOADED = "rules reloaded"
REFUSED = "the current rules stay in use"


def bulk(count):
    """Rules as feeds have them; none is in the captures."""
    return "".join(f"alert ns .bulk-{i}.example id=bulk-{i}\n" for i in range(count))


class Reload(harness.Case):
    """A cable with the sensor at one end and a player at the other."""

    def setUp(self):
        super().setUp()
        harness.need_programs("tcpreplay")
        self.network = harness.Network(self)
        self.network.pair("veth0", "veth1")
        os.mkdir(self.path("rules"))
        for name in os.listdir(RULES):
            with open(os.path.join(RULES, name), encoding="utf-8") as file:
                self.rules(name, file.read())

    def rules(self, name, text):
        """A file of rules, there whole or not at all."""
        path = self.path(os.path.join("rules", name))
        self.write(path + ".new", text)
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)

    def sense(self, *args):
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "--suppress", "0",
                             "--dedup", "0", "--summary", "summary.json", "-r",
                             self.path("rules"), "-o", "-", *args, prefix=self.network.prefix)
        process.wait_err("capturing on veth0")
        return process

    def player(self, *args, name="hijack-resolver"):
        return harness.Process(self, [*self.network.prefix, "tcpreplay", "--quiet",
                                      f"--pps={PACKETS_A_SECOND}", "-i", "veth1", *args,
                                      pcap(name)])

    def play(self, name):
        self.assertEqual(self.player(name=name).wait(), 0)

    def reload(self, process, verdict):
        """Asks for a reload, and waits until its result is logged."""
        before = process.err().count(verdict)
        process.popen.send_signal(signal.SIGHUP)
        wait_for(lambda: process.err().count(verdict) > before, f"{verdict!r} in {process.err()}")

    def wait_hits(self, process, count):
        wait_for(lambda: process.out().count(b"\n") >= count,
                 f"{count} hits, there are {process.out().count(bytes([10]))}")

    def resident(self, process):
        """KiB in memory, of all processes."""
        return sum(int(harness.status(pid)["VmRSS"].split()[0])
                   for pid in [process.pid, *process.workers()])

    def stop(self, process):
        self.assertEqual(process.stop(), 0, process.err())
        return harness.events(process.out())

    def test_amid_traffic(self):
        """SIGHUP again and again amid traffic: every packet is read, every hit reported"""
        self.rules("bulk.rules", bulk(20000))
        # Sessions that come again and again between the same ports are a matter of their own.
        once = self.replay("--filter", "udp", pcap("hijack-resolver"))
        process = self.sense("--filter", "udp")
        player = self.player(f"--loop={LOOPS}")
        reloads = 0
        while player.popen.poll() is None or reloads == 0:
            self.reload(process, RELOADED)
            reloads += 1
        self.assertEqual(player.wait(), 0)
        self.wait_hits(process, LOOPS * len(once))
        found = self.stop(process)
        summary = self.summary()
        self.assertEqual(summary["kernel_drops"], 0)
        self.assertEqual(summary["reloads"], reloads)
        self.assertGreater(reloads, 2)
        self.assertEqual(hit_keys(found), hit_keys(LOOPS * once))

    def test_asked_while_reading(self):
        """SIGHUP while rules are read: what was changed since is read after that"""
        self.rules("bulk.rules", bulk(200000))
        process = self.sense()
        process.popen.send_signal(signal.SIGHUP)
        self.rules("later.rules", "alert ns later.example id=later\n")
        for _ in range(5):
            process.popen.send_signal(signal.SIGHUP)
        total = self.nsmx("rules", "list", self.path("rules")).out.count(b"\n")
        process.wait_err(f"{total} {RELOADED}")
        self.stop(process)

    def test_broken(self):
        """a broken file is named and changes nothing, in no file"""
        process = self.sense()
        once = self.hits("refused-resolver")
        self.rules("00-first.rules", "allow any 0.0.0.0/0 ::/0\nallow any .com .org .net .uk\n")
        self.rules("99-broken.rules", "alert ns good.example\n\nalert ns bad..example\n")
        self.reload(process, REFUSED)
        self.assertIn("99-broken.rules:3:10: ", process.err())
        self.play("refused-resolver")
        self.wait_hits(process, len(once))
        self.assertEqual(len(self.stop(process)), len(once))
        summary = self.summary()
        self.assertEqual((summary["reloads"], summary["rules_errors"]), (0, 1))

    def test_unreadable(self):
        """a file that the sensor's user may not read is named; what is a FIFO is not waited for"""
        process = self.sense()
        self.rules("50-own.rules", "alert ns own.example\n")
        os.chmod(self.path("rules/50-own.rules"), 0)
        self.reload(process, REFUSED)
        self.assertIn("rules/50-own.rules: Permission denied", process.err())
        os.unlink(self.path("rules/50-own.rules"))
        os.mkfifo(self.path("rules/50-own.rules"), 0o644)
        self.reload(process, RELOADED)
        self.stop(process)

    def test_worker_signalled(self):
        """SIGHUP to a worker alone, as to all processes of a unit: it has no rules to read"""
        process = self.sense()
        for pid in process.workers():
            os.kill(pid, signal.SIGHUP)
        self.reload(process, RELOADED)
        self.stop(process)
        self.assertEqual(self.summary()["reloads"], 1)

    def test_min_ratio(self):
        """--min-ratio: a file that lost more than half of its indicators is named, with numbers"""
        self.rules("feed.rules", bulk(100))
        process = self.sense()
        self.rules("feed.rules", bulk(49))
        self.reload(process, REFUSED)
        self.assertIn("rules/feed.rules: the file has 49 indicators and had 100 before: too few for --min-ratio 0.5; "
                      "restore the file and reload, or restart nsmx to accept it", process.err())
        self.rules("feed.rules", "# the download failed\n")
        self.reload(process, REFUSED)
        self.assertIn("rules/feed.rules: the file has 0 indicators and had 100 before", process.err())
        os.unlink(self.path("rules/feed.rules"))
        self.reload(process, REFUSED)
        self.rules("feed.rules", bulk(50))
        self.reload(process, RELOADED)
        self.rules("feed.rules", bulk(25))         # of the fifty that there are now
        self.reload(process, RELOADED)
        self.stop(process)
        self.assertEqual(self.summary()["reloads"], 2)

    def test_min_ratio_given(self):
        """--min-ratio 0 takes anything; a bad ratio is refused"""
        self.rules("feed.rules", bulk(100))
        process = self.sense("--min-ratio", "0")
        self.rules("feed.rules", "")
        self.reload(process, RELOADED)
        self.assertIn("rules/feed.rules: the 100 indicators of this file are not in the new rules", process.err())
        self.stop(process)
        for ratio in ("1.1", "-1", "half", "0.5x", ""):
            done = self.nsmx("run", "--config", "/dev/null", "-i", "lo", "--min-ratio", ratio)
            self.assertEqual(done.status, 2)
            self.assertIn("--min-ratio", done.err)

    def test_repeats(self):
        """a rule that takes another's place is no repeat of it"""
        for name in os.listdir(self.path("rules")):
            os.unlink(self.path(os.path.join("rules", name)))
        self.rules("own.rules", "alert mx mail.coincheck.com id=first\n")
        process = self.sense("--suppress", "3600")
        self.play("refused-resolver")
        wait_for(lambda: b'"first"' in process.out(), "a hit of the first rule")
        self.rules("own.rules", "alert mx mail.coincheck.com id=second\n")
        self.reload(process, RELOADED)
        before = len(process.whole())
        self.play("refused-resolver")
        wait_for(lambda: b'"second"' in process.out(), "a hit of the second rule")
        self.assertEqual({event["rule"]["id"] for event in process.whole()[before:]}, {"second"})
        self.stop(process)

    def test_memory(self):
        """twenty reloads of 100,000 rules: the memory of old sets is given back"""
        if harness.is_sanitized():
            self.skipTest("AddressSanitizer keeps what was freed for a while")
        self.rules("bulk.rules", bulk(100000))
        process = self.sense()
        for _ in range(5):
            self.reload(process, RELOADED)
        settled = self.resident(process)
        for _ in range(15):
            self.reload(process, RELOADED)
        # A set is some 10 MiB: fifteen that were kept could not be overlooked.
        self.assertLess(self.resident(process), settled + 30 * 1024)
        self.stop(process)

    def test_stop_while_reading(self):
        """SIGTERM while rules are read ends it, as ever, within 5 s"""
        self.rules("bulk.rules", bulk(200000))
        process = self.sense()
        process.popen.send_signal(signal.SIGHUP)
        self.assertEqual(process.stop(seconds=harness.stop_limit()), 0, process.err())


if __name__ == "__main__":
    harness.main()
