#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make install` lays down: complete, runnable, and gone after `make uninstall`."""
import os
import re
import stat
import subprocess
import unittest

import harness
from harness import hit_keys, pcap

BUILD = os.path.dirname(harness.NSMX)


def prefix():
    """Where the program was built for, by its man page."""
    with open(os.path.join(BUILD, "man/nsmx.1"), encoding="utf-8") as file:
        return re.search(r"^\.I (/.*)/share/nsmx/rules/$", file.read(), re.MULTILINE)[1]


class Install(harness.Case):
    """Into a folder of the test's own."""

    def setUp(self):
        super().setUp()
        harness.need_programs("make")
        self.root = self.path("root")
        self.prefix = prefix()
        self.make("install-files")

    def make(self, target):
        env = self.environment(MAKEFLAGS=None, MFLAGS=None, MAKEOVERRIDES=None, MAKELEVEL=None)
        done = subprocess.run(["make", "-s", "-C", harness.ROOT, target, f"B={BUILD}",
                               f"prefix={self.prefix}", f"DESTDIR={self.root}"], env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def files(self):
        """{path below the root: mode}"""
        return {os.path.relpath(os.path.join(folder, name), self.root):
                stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
                for folder, _, names in os.walk(self.root) for name in names}

    def at(self, rest):
        return self.root + self.prefix + rest

    def test_files(self):
        """program, rules, man pages, completion, unit, user, documents, configuration"""
        found = self.files()
        below = self.prefix.lstrip("/")
        for rest in ("bin/nsmx", "share/nsmx/rules/coincheck-2020.rules",
                     "share/man/man1/nsmx.1", "share/man/man5/nsmx.conf.5",
                     "share/man/man5/nsmx.rules.5", "share/doc/nsmx/events.md",
                     "share/bash-completion/completions/nsmx",
                     "share/fish/vendor_completions.d/nsmx.fish", "share/nsmx/nsmx.logrotate",
                     "share/nsmx/nsmx.apparmor", "share/nsmx/siem/nsmx-event.schema.json",
                     "share/zsh/site-functions/_nsmx", "lib/systemd/system/nsmx.service",
                     "lib/sysusers.d/nsmx.conf", "lib/tmpfiles.d/nsmx.conf",
                     "share/man/man5/nsmx.feeds.5", "lib/systemd/system/nsmx@.service",
                     "lib/systemd/system/nsmx-fetch.service",
                     "lib/systemd/system/nsmx-fetch.timer",
                     "lib/systemd/system/nsmx-serve.service"):
            self.assertIn(f"{below}/{rest}", found)
        self.assertIn("etc/nsmx/nsmx.conf", found)
        for name, mode in found.items():
            self.assertEqual(mode, 0o755 if name.endswith("bin/nsmx") else 0o644, name)

    def test_again(self):
        """a configuration that is there stays; uninstall takes away everything else"""
        path = os.path.join(self.root, "etc/nsmx/nsmx.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write("interface = lo\n")
        self.make("install-files")
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "interface = lo\n")
        self.make("uninstall")
        self.assertEqual(list(self.files()), ["etc/nsmx/nsmx.conf"])
        self.assertFalse(os.path.exists(self.at("/share/nsmx")))

    def test_runs(self):
        """the installed program finds the installed rules"""
        harness.need_root()
        harness.need_programs("unshare", "mount")
        if self.prefix == "/usr" or not os.path.isdir(self.prefix):
            raise unittest.SkipTest(f"nothing can be mounted on {self.prefix}")
        inside = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"',
                  self.root + self.prefix, self.prefix]
        done = subprocess.run([*inside, "true"], stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest("no mount namespace: " + done.stderr.decode().strip())
        done = self.nsmx("replay", "-o", "-", pcap("hijack-mta"), prefix=inside,
                         program=self.prefix + "/bin/nsmx")
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(hit_keys(harness.events(done.out)),
                         hit_keys(self.replay(pcap("hijack-mta"), rules=harness.SETS)))

    def test_configuration(self):
        """the example configuration is one, with and without its comments"""
        with open(self.at("/share/doc/nsmx/nsmx.conf.example"), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text, self.read("root/etc/nsmx/nsmx.conf").decode())
        for version in (text, re.sub(r"^#([a-z]+ = )", r"\1", text, flags=re.MULTILINE)):
            self.write("conf", version)
            done = self.nsmx("run", "--config", "conf", "-r", "/nonexistent", "-i", "lo")
            self.assertEqual(done.status, 2)
            self.assertNotIn("conf:", done.err)

    def test_unit(self):
        """the unit starts the installed program, and systemd-analyze security gives 2.0 or better"""
        with open(self.at("/lib/systemd/system/nsmx.service"), encoding="utf-8") as file:
            unit = file.read()
        program = re.search(r"^ExecStart=(\S+) run$", unit, re.MULTILINE)[1]
        self.assertTrue(os.access(self.root + program, os.X_OK))
        self.assertIn("Type=notify\n", unit)
        self.assertRegex(unit, r"WatchdogSec=\d+\n")
        self.assertRegex(unit, rf"ExecReload={program} run --check\nExecReload=/bin/kill -HUP \$MAINPID\n")
        self.assertNotRegex(unit, r"@[A-Z]+@")
        self.expose(self.at("/lib/systemd/system/nsmx.service"))

    def test_instances(self):
        """nsmx@eth1: the interface, a configuration, a state and a name of its own, else the same"""
        with open(self.at("/lib/systemd/system/nsmx@.service"), encoding="utf-8") as file:
            unit = file.read()
        own = " --config /etc/nsmx/%i.conf -i %i"
        program = re.search(r"^ExecStart=(\S+) run", unit, re.MULTILINE)[1]
        self.assertIn(f"\nExecStart={program} run{own} --state %S/nsmx/%i --sensor %H-%i\n"
                      "# A reload fails if this finds a mistake.\n"
                      f"ExecReload={program} run{own} --check\n", unit)
        self.assertIn("\nStateDirectory=nsmx/%i\n", unit)
        with open(self.at("/lib/systemd/system/nsmx.service"), encoding="utf-8") as file:
            one = file.read()
        changed = [pair for pair in zip(one.split("\n"), unit.split("\n")) if pair[0] != pair[1]]
        self.assertEqual([old.split("=")[0] for old, _ in changed],
                         ["Description", "ExecStart", "ExecReload", "StateDirectory"])
        self.expose(self.at("/lib/systemd/system/nsmx@.service"))

    def expose(self, unit):
        """systemd-analyze security gives 2.0 or better"""
        harness.need_programs("systemd-analyze")
        done = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true",
                               "--threshold=20", unit],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if b"unrecognized option" in done.stdout:
            raise unittest.SkipTest("systemd-analyze is older than 250")
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_unit_words(self):
        """systemd knows every word of the units"""
        harness.need_programs("systemd-analyze")
        units = ("nsmx.service", "nsmx@.service", "nsmx-fetch.service", "nsmx-fetch.timer",
                 "nsmx-serve.service")
        done = subprocess.run(["systemd-analyze", "verify", "--man=no",
                               *(self.at(f"/lib/systemd/system/{name}") for name in units)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        messages = [line for line in done.stdout.decode().splitlines()
                    if any(name in line for name in units) and "is not executable" not in line]
        self.assertEqual(messages, [])

    def test_fetch(self):
        """the unit of the feeds: the installed program, the folder of --changed, exposure; the
        example is a feeds.conf, with and without its comments"""
        path = self.at("/lib/systemd/system/nsmx-fetch.service")
        with open(path, encoding="utf-8") as file:
            unit = file.read()
        program = re.search(r"^ExecStart=(\S+) rules fetch --changed /run/nsmx-fetch/changed$", unit,
                            re.MULTILINE)[1]
        self.assertTrue(os.access(self.root + program, os.X_OK))
        self.assertIn("\nRuntimeDirectory=nsmx-fetch\n", unit)
        self.assertNotRegex(unit, r"@[A-Z]+@")
        with open(self.at("/share/doc/nsmx/feeds.conf.example"), encoding="utf-8") as file:
            text = file.read()
        meant = re.sub(r"^#(\[|[a-z-]+ = )", r"\1", text, flags=re.MULTILINE)
        for version, count in ((text, 0), (meant, text.count("\n#["))):
            self.write("feeds.conf", version)
            done = self.nsmx("rules", "fetch", "--check", "--config", "feeds.conf")
            self.assertEqual(done.status, 0, done.err)
            self.assertIn(f"{count} feeds: no errors", done.err)
        self.assertGreater(count, 5)
        self.expose(path)

    def test_serve(self):
        """the unit of the console: the installed program with options that it has, exposure"""
        path = self.at("/lib/systemd/system/nsmx-serve.service")
        with open(path, encoding="utf-8") as file:
            unit = file.read()
        program = re.search(r"^ExecStart=(\S+) serve \$NSMX_SERVE$", unit, re.MULTILINE)[1]
        self.assertTrue(os.access(self.root + program, os.X_OK))
        self.assertNotRegex(unit, r"@[A-Z]+@")
        words = re.search(r'^Environment="NSMX_SERVE=(.*)"$', unit, re.MULTILINE)[1].split()
        done = self.nsmx("serve", *words, "--token", "/nonexistent")
        self.assertIn("/nonexistent", done.err)     # the words before it are options
        self.expose(path)

    def test_user(self):
        """user and folder: as systemd's own tools make them"""
        harness.need_root()
        harness.need_programs("systemd-sysusers", "systemd-tmpfiles")
        for name in ("sysusers", "tmpfiles"):
            os.makedirs(f"{self.root}/usr/lib/{name}.d", exist_ok=True)
            os.replace(self.at(f"/lib/{name}.d/nsmx.conf"), f"{self.root}/usr/lib/{name}.d/n.conf")
        self.tool("systemd-sysusers", f"--root={self.root}")
        with open(f"{self.root}/etc/passwd", encoding="ascii") as file:
            user, = [line.rstrip("\n").split(":") for line in file if line.startswith("nsmx:")]
        self.assertEqual(user[5:], ["/var/lib/nsmx", "/usr/sbin/nologin"])
        self.tool("systemd-tmpfiles", f"--root={self.root}", "--create", "--prefix=/var/lib/nsmx")
        made = os.stat(f"{self.root}/var/lib/nsmx")
        self.assertEqual((made.st_uid, made.st_gid, stat.S_IMODE(made.st_mode)),
                         (int(user[2]), int(user[3]), 0o750))


if __name__ == "__main__":
    harness.main()
