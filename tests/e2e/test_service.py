#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sensor as its unit starts it: an ordinary user with the capability for packet sockets."""
import os
import re
import shutil
import signal
import socket
import unittest

import harness
from harness import pcap, wait_for

BUILD = os.path.dirname(harness.NSMX)
USER = 65534


def unit(name="nsmx"):
    with open(os.path.join(BUILD, f"packaging/{name}.service"), encoding="utf-8") as file:
        return file.read()


def settings(name, of="nsmx"):
    """The values of a setting, in order; each may be several words."""
    return [value.split() for value in re.findall(rf"^{name}=(.*)$", unit(of), re.MULTILINE)]


class Service(harness.Case):
    """On a cable, with a service manager that listens."""

    def setUp(self):
        super().setUp()
        harness.need_root()
        harness.need_programs("setpriv")
        self.network = harness.Network(self)
        self.network.pair("veth0", "veth1")
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(self.path("notify"))
        self.manager.settimeout(harness.PATIENCE)
        os.chmod(self.path("notify"), 0o777)
        os.mkdir(self.path("state"), 0o700)
        os.chown(self.path("state"), USER, USER)
        shutil.copy(harness.NSMX, self.path("nsmx"))    # the build folder may be root's alone
        os.chmod(self.path("nsmx"), 0o755)

    def serve(self, configuration):
        """Starts it by its configuration alone, and waits for its READY=1."""
        (name,), = settings("AmbientCapabilities")
        self.assertEqual(settings("CapabilityBoundingSet"), [[name]])
        word = name.lower().removeprefix("cap_")
        self.write("nsmx.conf", configuration)
        rights = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
                  f"--inh-caps=-all,+{word}", f"--ambient-caps=+{word}",
                  f"--bounding-set=-all,+{word}", "--no-new-privs"]
        process = harness.Process(
            self, [*self.network.prefix, *rights, self.path("nsmx"), "run", "--config",
                   self.path("nsmx.conf")],
            self.environment(NOTIFY_SOCKET=self.path("notify"), WATCHDOG_USEC="30000000"))
        try:
            self.assertEqual(self.manager.recv(4096), b"READY=1")
        except TimeoutError:
            self.fail(process.err())
        return process

    def children(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]

    def rights(self, pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return dict(re.findall(r"^(Cap\w+|Uid|NoNewPrivs):\t(\S+)", file.read(), re.MULTILINE))

    def test_life(self):
        """ready; hits; no right left to what reads packets; reload; a worker replaced; the end"""
        harness.need_programs("tcpreplay")
        rules = self.write("own.rules", "alert mx mail.coincheck.com id=own\n")
        output = self.path("state/hits.json")
        process = self.serve(f"interface = veth0\nrules = {rules}\noutput = file:{output}\n"
                             f"suppress = 0\ndedup = 0\nalerts = hits\nstate = {self.path('state')}\n"
                             f"history = {self.path('state/history')}\n")
        for pid in self.children(process.pid):
            rights = self.rights(pid)
            self.assertEqual(rights["Uid"], str(USER))
            for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(rights[name], 16), 0, name)
            self.assertEqual(rights["NoNewPrivs"], "1")
        rights = self.rights(process.pid)
        self.assertEqual(int(rights["CapPrm"], 16), 1 << harness.CAP_NET_RAW)
        for name in ("CapInh", "CapEff", "CapAmb"):
            self.assertEqual(int(rights[name], 16), 0, name)
        self.assertEqual(rights["NoNewPrivs"], "1")

        def hits():
            with open(output, "rb") as file:
                return file.read().count(b"\n")

        def play(wanted):
            self.network.run("tcpreplay", "--quiet", "--pps=5000", "-i", "veth1",
                             pcap("refused-resolver"))
            wait_for(lambda: hits() == wanted, f"{wanted} hits, there are {hits()}")
        each = len(self.replay(pcap("refused-resolver"), rules=rules))
        self.assertGreater(each, 0)
        play(each)
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("1 rules reloaded")
        play(2 * each)
        worker, = process.workers()
        os.kill(worker, signal.SIGKILL)
        new, = wait_for(lambda: [pid for pid in process.workers() if pid != worker],
                        "another worker")
        # It gives up its last right when it captures.
        wait_for(lambda: int(self.rights(new)["CapPrm"], 16) == 0, "its capture")
        play(3 * each)
        self.assertEqual(process.stop(seconds=harness.stop_limit()), 0, process.err())
        done = self.nsmx("history", "--history", self.path("state/history"), "coincheck.com")
        self.assertEqual(done.status, 0, done.err)
        self.assertIn(b"mail.coincheck.com", done.out)

    def test_calls(self):
        """the units let through the system calls that the filters of the program do; a fetch gives no
        file to a group"""
        harness.need_programs("systemd-analyze")
        with open(os.path.join(harness.ROOT, "sensor/system/sandbox.c"), encoding="utf-8") as file:
            wanted = set(re.findall(r"SCMP_SYS\((\w+)\)", file.read()))
        self.assertGreater(len(wanted), 50)
        for name, refused in (("nsmx", set()), ("nsmx-fetch", {"fchown"})):
            allowed = self.expand("@default")
            for words in settings("SystemCallFilter", name):
                for word in words:
                    if word.startswith("~"):
                        allowed -= self.expand(word[1:])
                    else:
                        allowed |= self.expand(word)
            self.assertEqual(wanted - allowed, refused, name)

    def expand(self, word):
        """A system call, or those of a set, which may hold others."""
        if not word.startswith("@"):
            return {word}
        listed = self.tool("systemd-analyze", "syscall-filter", word).splitlines()
        if not listed:
            raise unittest.SkipTest("systemd-analyze knows no such set")
        found = set()
        for line in (line.strip() for line in listed[1:]):
            if line and not line.startswith("#"):
                found |= self.expand(line)
        return found

    def test_mistake(self):
        """a mistake in the configuration: status 2, which the unit does not try again"""
        done = self.nsmx("run", "--config", self.write("conf", "interface = lo\nnonsense = 1\n"))
        self.assertEqual(done.status, 2)
        self.assertIn("conf:2: 'nonsense' is not an option", done.err)
        self.assertEqual(settings("RestartPreventExitStatus"), [["2"]])

    def test_check(self):
        """--check, which a reload runs first: every mistake in the configuration"""
        first, then = settings("ExecReload")
        self.assertEqual((first[1:], then[:2]), (["run", "--check"], ["/bin/kill", "-HUP"]))
        conf = self.write("conf", "interface = lo\nnonsense = 1\ndedup = x\n"
                                  "# comment\nno value\nsuppress = 5\n")
        done = self.nsmx("run", "--check", "--config", conf)
        self.assertEqual(done.status, 2)
        self.assertEqual([line for line in (2, 3, 4, 5, 6) if f"conf:{line}: " in done.err],
                         [2, 3, 5])
        learning = self.write("b.rules", "learn * ns\n")
        done = self.nsmx("run", "--check", "--config", "/dev/null", "-i", "lo", "-r", learning)
        self.assertEqual(done.status, 2)
        self.assertIn("--history DIR", done.err)

    def test_check_options(self):
        """--check: every mistake in rules, outputs and the filter"""
        rules = self.write("a.rules", "alert ns\nalert ns x.example\nalart ns y.example\n")
        done = self.nsmx("run", "--check", "--config", "/dev/null", "-i", "none0", "-r", rules,
                         "-o", "redis://h?x=1", "-o", "file:", "--filter", "prot 53")
        self.assertEqual(done.status, 2)
        for mistake in ("a.rules:1:", "a.rules:3:", "unknown option 'x'", "file:", "--filter"):
            self.assertIn(mistake, done.err)

    def test_check_all(self):
        """--check: every mistake of all places in one run"""
        rules = self.write("a.rules", "alart ns y.example\n")
        conf = self.write("conf", f"rules = {rules}\nnonsense = 1\ninterface = lo\n")
        done = self.nsmx("run", "--bogus", "value", "--dedup=x", "--config", conf, "--check",
                         "--history", "clickhouse://h/d", "--asn-db", self.path("none.mmdb"),
                         "--workers", "0", "-o", "redis://u:hidden@h?x=1")
        self.assertEqual(done.status, 2)
        for mistake in ("conf:2: 'nonsense'", "unknown option '--bogus'", "dedup", "workers",
                        "--history: a sensor can write only a folder", "none.mmdb",
                        "unknown option 'x'", "a.rules:1:"):
            self.assertIn(mistake, done.err)
        self.assertEqual(done.err.count("a.rules:1:"), 1, done.err)
        for absent in ("this command captures live", "no interface", "hidden", "no mistakes"):
            self.assertNotIn(absent, done.err)

    def test_check_usage(self):
        """--check without an interface: the mistakes in rules are reported too"""
        rules = self.write("a.rules", "alart ns y.example\n")
        done = self.nsmx("run", "--check", "--config", "/dev/null", "-r", rules)
        self.assertEqual(done.status, 2)
        self.assertIn("no interface is given", done.err)
        self.assertIn("a.rules:1:", done.err)

    def test_check_option_alone(self):
        """--check: good rules do not hide a wrong option"""
        rules = self.write("a.rules", "alert ns y.example\n")
        done = self.nsmx("run", "--check", "--config", "/dev/null", "-i", "lo", "-r", rules,
                         "--dedup", "x")
        self.assertEqual(done.status, 2)
        self.assertNotIn("no mistakes", done.err)

    def test_check_user(self):
        """--check: a user that does not exist"""
        harness.need_root()
        rules = self.write("a.rules", "alert ns y.example\n")
        done = self.nsmx("run", "--check", "--config", "/dev/null", "-i", "lo", "-r", rules,
                         "--user", "nobody-at-all")
        self.assertEqual(done.status, 2)
        self.assertIn("--user nobody-at-all: no such user", done.err)

    def test_check_good(self):
        """--check without mistakes: status 0, nothing is captured or opened"""
        rules = self.write("a.rules", "alert ns x.example\n")
        done = self.nsmx("run", "--check", "--config", "/dev/null", "-i", "none0", "-r", rules,
                         "-o", "file:" + self.path("hits"))
        self.assertEqual(done.status, 0, done.err)
        self.assertIn("no mistakes in the configuration and in 1 rules", done.err)
        self.assertIn("there is no interface none0", done.err)
        self.assertFalse(os.path.exists(self.path("hits")))


if __name__ == "__main__":
    harness.main()
