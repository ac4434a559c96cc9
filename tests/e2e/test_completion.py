#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion in zsh and fish: the program lists the candidates, as for bash (test_manual.py)."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import harness

PACKAGING = os.path.join(harness.ROOT, "packaging")
# What is typed, and all candidates for its last word.
ROWS = (
    ("nsmx re", ["replay", "report"]),
    ("nsmx history m", ["merge"]),
    ("nsmx replay --log ", ["all", "dns", "smtp"]),
    ("nsmx replay --progress=n", ["never"]),
    ("nsmx replay --progress=", ["always", "auto", "never"]),
    ("nsmx replay -r a", ["a.pcap"]),
    ("nsmx replay --summary=a", ["a.pcap"]),
    ("nsmx run --state ", ["folder/"]),
    ("nsmx run -i l", ["lo"]),
    ("nsmx run --user nobod", ["nobody"]),
    ("nsmx tail --severity c", ["critical"]),
)


class Completion(harness.Case):
    def setUp(self):
        super().setUp()
        for name in ("bin", "work", "work/folder", "functions"):
            os.mkdir(self.path(name))
        self.write("work/a.pcap", "")
        os.symlink(harness.NSMX, self.path("bin/nsmx"))
        self.env = self.environment(PATH=self.path("bin") + ":" + os.environ["PATH"], TERM="dumb",
                                    HOME=self.folder, LC_ALL="C.UTF-8")

    def fish(self, line):
        """The candidates of fish: whole words, and maybe a description after a tab."""
        script = f"source {PACKAGING}/nsmx.fish; complete -C '{line}'"
        done = subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, cwd=self.path("work"),
                              env=self.env, timeout=harness.PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return sorted(word.split("\t")[0] for word in done.stdout.decode().splitlines())

    def test_fish(self):
        """fish: commands, options, values, files, folders, interfaces, users"""
        harness.need_programs("fish")
        for line, wanted in ROWS:
            option = re.search(r"--\w+=|$", line)[0]
            self.assertEqual(self.fish(line), [option + word for word in wanted], line)
        self.assertIn("--log", self.fish("nsmx replay --lo"))

    def zsh(self):
        """An interactive zsh on a terminal; a function that types and waits for a pattern."""
        shutil.copy(os.path.join(PACKAGING, "nsmx.zsh"), self.path("functions/_nsmx"))
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.path("work"))
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.env)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.close, terminal)

        def typed(text, pattern):
            os.write(terminal, text.encode())
            out, end = "", time.monotonic() + harness.PATIENCE
            while not re.search(pattern, out):
                ready = select.select([terminal], [], [], end - time.monotonic())[0]
                self.assertTrue(ready, f"{text!r}: {out!r}, not {pattern!r}")
                out += os.read(terminal, 65536).decode("utf-8", "replace")
            return out
        typed(f"path=({self.path('bin')} $path); fpath=({self.path('functions')} $fpath)\n"
              "autoload -Uz compinit; compinit -u -D; LISTMAX=99; print re''ady\n", r"ready\r")
        return typed

    def test_zsh(self):
        """zsh: the same on a terminal"""
        harness.need_programs("zsh")
        typed = self.zsh()
        for line, wanted in ROWS:
            if len(wanted) == 1:
                end = r"\S*" if wanted[0].endswith("/") else " "
                typed(line + "\t", r"[ =]" + re.escape(wanted[0]) + end)
            else:                           # the second tab lists them
                typed(line + "\t\t", r"\n" + r"\s+".join(map(re.escape, wanted)))
            typed("\x15print cl''ear\n", r"clear\r")


if __name__ == "__main__":
    harness.main()
