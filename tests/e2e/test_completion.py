#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion in bash, zsh and fish: the program lists the candidates."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import harness

PACKAGING = os.path.join(harness.ROOT, "packaging")
# What is typed, and all candidates for its last word, as bash and zsh write them.
ROWS = (
    ("nsmx re", ["replay", "report"]),
    ("nsmx history m", ["merge"]),
    ("nsmx replay --log ", ["all", "dns", "smtp"]),
    ("nsmx replay --progress=n", ["never"]),
    ("nsmx replay --progress=", ["always", "auto", "never"]),
    ("nsmx replay -r a", [r"a\ b.pcap"]),
    ("nsmx replay --summary=a", [r"a\ b.pcap"]),
    ("nsmx run --state ", [r"the\ folder/"]),
    ("nsmx run -i l", ["lo"]),
    ("nsmx run --user nobod", ["nobody"]),
    ("nsmx tail --severity c", ["critical"]),
)


class Completion(harness.Case):
    def setUp(self):
        super().setUp()
        for name in ("bin", "work", "work/the folder", "functions"):
            os.mkdir(self.path(name))
        self.write("work/a b.pcap", "")
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
            self.assertEqual(self.fish(line), [option + word.replace("\\", "") for word in wanted],
                             line)
        self.assertIn("--log", self.fish("nsmx replay --lo"))

    def shell(self, *argv):
        """An interactive shell on a terminal; a function that types and waits for a pattern."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.path("work"))
            os.execvpe(argv[0], argv, self.env)
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
        return typed

    def complete(self, typed):
        """Types each row and a tab."""
        for line, wanted in ROWS:
            if len(wanted) == 1:
                end = r"\S*" if wanted[0].endswith("/") else " "
                typed(line + "\t", r"[ =]" + re.escape(wanted[0]) + end)
            else:                           # the second tab lists them
                typed(line + "\t\t", r"\n" + r"\s+".join(map(re.escape, wanted)))
            typed("\x15echo cl''ear\n", r"clear\r")

    def test_zsh(self):
        """zsh: the same on a terminal"""
        harness.need_programs("zsh")
        shutil.copy(os.path.join(PACKAGING, "nsmx.zsh"), self.path("functions/_nsmx"))
        typed = self.shell("zsh", "-f", "-i")
        typed(f"path=({self.path('bin')} $path); fpath=({self.path('functions')} $fpath)\n"
              "autoload -Uz compinit; compinit -u -D; LISTMAX=99; print re''ady\n", r"ready\r")
        self.complete(typed)

    def test_bash(self):
        """bash: the same on a terminal; a name with a blank, also in quotes"""
        harness.need_programs("bash")
        typed = self.shell("bash", "--norc", "--noprofile", "-i")
        typed(f"PATH={self.path('bin')}:$PATH; source {PACKAGING}/nsmx.bash\n"
              "bind 'set show-all-if-ambiguous on'; echo re''ady\n", r"ready\r")
        self.complete(typed)
        typed('nsmx replay "a \t', r'"a b\.pcap" ')


if __name__ == "__main__":
    harness.main()
