#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Help, man pages, completion and configuration show the options of the program's table.

usage: test_manual.py [--record]

tests/e2e/recorded/help.txt has what the program prints of its tables. With --record it is
written anew, after a change that is meant."""
import os
import re
import subprocess
import sys

import harness

BUILD = os.path.dirname(harness.NSMX)
PAGES = ("nsmx.1", "nsmx.conf.5", "nsmx.feeds.5", "nsmx.rules.5")
COMPLETION = os.path.join(harness.ROOT, "packaging/nsmx.bash")
LIST_BETWEEN = "(?:, | or | and )"
NO_SETTING = {"--config", "--check"}
RECORD = "--record" in sys.argv
RECORDED = os.path.join(harness.ROOT, "tests/e2e/recorded/help.txt")
COMMANDS = ("replay", "run", "rules check", "rules list", "rules compile", "rules import", "rules pin", "rules test",
            "history", "history info",
            "history export", "history forget", "history tidy", "history merge", "history import", "hunt", "tail", "help")
PRINTED = ["", "rules", *COMMANDS, "rules x", "x", "x y", "run x", "--manual x",
           *(f"--manual {part}"
             for part in ("synopsis", "commands", "options", "other-options", "settings"))]
ASKED = ["", "--help", "-h", "-h run", "--help x", "replay --help", "rules --help", "rules -h check",
         "rules check -h", "rules x --help", "x -h", "rules", "rules x", "x", "run x -h"]
COMPLETED = ["", "_", "r", "ru", "rulesx", "x", "x _", "x y _", "rules _", "rules i", "rules x _",
             "help _", "help r", "help rules _", "help rules i", "help rules import _",
             *(f"{command} {word}" for command in COMMANDS for word in ("-", "--s", "_", "x")),
             "replay --log _", "replay --log = _", "replay --log =", "replay --log = d", "= d",
             "replay -r _", "replay -r x", "replay -rx _", "replay - _", "replay -- _",
             "replay --summary _", "replay --state _", "replay --dedup _", "replay --log x",
             "replay -o _", "replay -o r", "replay --output = n", "replay a --log _", "run -i _",
             "run -u _", "run --user _", "run --stats _", "rules import --format m",
             "rules import --shared-hosts _", "tail --what m", "tail --json _", "tail --json -",
             "tail --severity =", "tail = _", "tail =", "help --manual _", "help --manual s"]


def page(name):
    with open(os.path.join(BUILD, "man", name), encoding="utf-8") as file:
        return file.read()


def options(text):
    """{--name: (-letter or None, PLACEHOLDER or '')} of a help text."""
    found = re.findall(r"^ +(?:(-[a-z]), )?(--[a-z-]+) ?([A-Z:=]*)", text, re.MULTILINE)
    return {name: (letter or None, value) for letter, name, value in found}


def described(section):
    """The same, of a section of a man page."""
    found = {}
    for line in re.findall(r"^\.TP\n(.*\\-\\-.*)", section, re.MULTILINE):
        plain = re.sub(r"\\f[BRI]", "", line).replace("\\-", "-")
        letter, name, value = re.fullmatch(r"(?:(-[a-z]), )?(--[a-z-]+) ?(.*)", plain).groups()
        assert name not in found, name
        found[name] = (letter, re.match("[A-Z:=]*", value).group())
    return found


def section(text, name):
    return re.search(rf'^\.SH "?{name}"?\n(.*?)(?=^\.SH|\Z)', text, re.MULTILINE | re.DOTALL)[1]


def section_of(markdown, name):
    """The text below a heading of a page in docs/."""
    return markdown.split(f"\n## {name}\n")[1].split("\n## ")[0]


@harness.expand
class Agreement(harness.Case):
    """One table, everywhere."""

    def help(self, *command):
        done = self.nsmx("help", *command)
        self.assertEqual(done.status, 0, done.err)
        return done.out.decode()

    def test_manual(self):
        """OPTIONS of nsmx(1): those of replay and run, with letters and values"""
        wanted = {**options(self.help("replay")), **options(self.help("run"))}
        text = section(page("nsmx.1"), "OPTIONS")
        self.assertEqual(described(text), wanted)
        self.assertGreater(len(wanted), 15)
        for command, other in (("run", "replay"), ("replay", "run")):
            mine, others = (set(options(self.help(name))) for name in (command, other))
            for name in mine - others:
                entry = text.split("\\-\\-" + name[2:].replace("-", "\\-") + "\\fR")[1]
                self.assertIn(f"({command} only)", entry.split(".TP")[0], name)

    @harness.for_each([(("rules", "import"), 9), (("rules", "fetch"), 5), (("tail",), 8), (("help",), 2)],
                      "{}: the options of its help")
    def test_others(self, case):
        command, count = case
        wanted = options(self.help(*command))
        title = "OPTIONS OF " + " ".join(command).upper()
        self.assertEqual(described(section(page("nsmx.1"), title)), wanted)
        self.assertEqual(len(wanted), count)

    def test_commands(self):
        """the commands of nsmx help are in SYNOPSIS and COMMANDS, and have a help"""
        found = re.findall(r"^  nsmx ([a-z]+(?: [a-z]+)?)", self.help(), re.MULTILINE)
        shown = [re.findall(r"\\fBnsmx ([a-z ]+)\\fR", section(page("nsmx.1"), name))
                 for name in ("SYNOPSIS", "COMMANDS")]
        commands = found[:found.index("help") + 1]
        self.assertEqual(shown, [commands, commands])
        for command in commands:
            text = self.help(*command.split())
            self.assertRegex(text, r"^[A-Z].*\.\n\nUsage: nsmx " + command)
            self.assertIn("\nExamples:\n  ", text)

    def test_width(self):
        """help fits a terminal of 80 columns"""
        for command in ((), ("replay",), ("run",), ("tail",), ("rules", "import"), ("help",)):
            lines = self.help(*command).splitlines()
            self.assertGreater(len(lines), 10)
            for line in lines:
                self.assertLessEqual(len(line), 80, line)

    def settings(self):
        text = section(page("nsmx.conf.5"), "SETTINGS").replace("\\-", "-")
        return re.findall(r"^\.TP\n\\fB([a-z-]+)\\fR = ", text, re.MULTILINE)

    def test_settings(self):
        """nsmx.conf(5): the options of run"""
        wanted = set(options(self.help("run"))) - NO_SETTING
        self.assertEqual({"--" + name for name in self.settings()}, wanted)

    def test_feed_settings(self):
        """nsmx.feeds(5): the settings of a feed, among them the options of rules import"""
        text = page("nsmx.feeds.5").split("SETTINGS OF A FEED")[1].replace("\\-", "-")
        found = set(re.findall(r"^\.TP\n\\fB([a-z-]+)\\fR = ", text, re.MULTILINE))
        wanted = {name[2:] for name in options(self.help("rules", "import"))} - {"feed"}
        self.assertLess(wanted, found)
        self.assertLess({"url", "source", "keep", "token-file", "max-size"}, found - wanted)
        for name in found:
            self.write("feeds.conf", f"[a]\nurl = https://x.example/\n{name} =\n")
            done = self.nsmx("rules", "fetch", "--check", "--config", "feeds.conf")
            self.assertNotIn(f"'{name}' is not a setting", done.err)

    def test_known(self):
        """every option of a help is known on the command line and in the configuration"""
        for command in (("replay",), ("run",), ("tail",), ("rules", "import")):
            for name, (letter, value) in options(self.help(*command)).items():
                for word in filter(None, (name, letter) if value else ()):
                    done = self.nsmx(*command, word)
                    self.assertEqual(done.status, 2)
                    self.assertIn("needs a value", done.err)
        for name in self.settings():
            self.write("conf", f"{name} =\nnonsense = 1\n")
            done = self.nsmx("run", "--config", "conf")
            self.assertEqual(done.status, 2)
            self.assertNotIn(f"'{name}' is not an option", done.err)

    def test_defaults(self):
        """a default in the help is in both man pages"""
        settings = section(page("nsmx.conf.5"), "SETTINGS").replace("\\-", "-")
        manual = section(page("nsmx.1"), "OPTIONS").replace("\\-", "-")
        text = re.sub(r"\n {10,}", " ", self.help("run"))
        found = re.findall(r"^ +(?:-[a-z], )?(--[a-z-]+) .*\(default: (.*)\)$", text, re.MULTILINE)
        self.assertGreater(len(found), 12)
        for name, value in found:
            if name not in NO_SETTING:
                self.assertIn(f"\nDefault: {value}.\n", settings)
            self.assertRegex(manual, rf"\nDefault: (.*for run, )?{re.escape(value)}\.\n", name)

    def complete(self, *words):
        """What bash would offer for the last word."""
        script = (f"source {COMPLETION}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _nsmx; "
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-uc", script, "bash", harness.NSMX, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              cwd=self.folder, timeout=harness.PATIENCE)
        self.assertEqual(done.stderr, b"")
        return sorted(done.stdout.decode().split())

    def test_completion(self):
        """completion: commands, the options of each, values"""
        harness.need_programs("bash")
        for command in (("replay",), ("run",), ("rules", "import"), ("tail",), ("help",)):
            self.assertIn(command[0], self.complete(""))
            self.assertEqual(self.complete(*command, "-"), sorted(options(self.help(*command))))
        self.write("a.pcap", "")
        os.mkdir(self.path("folder"))
        for words, wanted in (
                (("r",), ["replay", "report", "rules", "run"]),
                (("rules", ""), ["check", "compile", "fetch", "import", "list", "pin", "push", "test"]),
                (("help", "t"), ["tail"]),
                (("help", "rules", "i"), ["import"]),
                (("replay", "--log", ""), ["all", "dns", "smtp"]),
                (("replay", "--journal-sync", "a"), ["always"]),
                (("replay", "--progress", "=", "n"), ["never"]),
                (("replay", "--progress", "="), ["always", "auto", "never"]),
                (("replay", "-r", "a"), ["a.pcap"]),
                (("replay", "--summary", "a"), ["a.pcap"]),
                (("run", "--state", ""), ["folder"]),
                (("run", "-i", "l"), ["lo"]),
                (("replay", "--dedup", ""), []),
                (("replay", "a"), ["a.pcap"]),
                (("rules", "check", "f"), ["folder"]),
                (("rules", "import", "--format", "m"), ["misp"]),
                (("tail", "--json", ""), ["a.pcap", "folder", "redis+unix://", "redis://", "rediss://"]),
                (("tail", "--severity", "c"), ["critical"])):
            self.assertEqual(self.complete(*words), wanted, words)


    def test_recorded(self):
        """help, parts of the manual and completion are those that are recorded"""
        text = ""
        for words in [*ASKED, *("help " + words for words in PRINTED),
                      *("help --complete -- " + words for words in COMPLETED)]:
            done = self.nsmx(*(word.strip("_") for word in words.split()))
            text += f"$ nsmx {words}\n{done.out.decode()}{done.err}{done.status}\n"
        self.assertIn("nsmx is a passive sensor", text)
        if RECORD:
            with open(RECORDED, "w", encoding="utf-8") as file:
                file.write(text)
        with open(RECORDED, encoding="utf-8") as file:
            self.assertEqual(file.read(), text)


class Vocabulary(harness.Case):
    """Severities, kinds and formats: the documentation lists those of the program."""

    def words(self, *command):
        """The words in the message for an unknown one."""
        done = self.nsmx(*command)
        self.assertEqual(done.status, 2)
        listed = re.search(r"(?:expected|there are) ([^;\n]*)", done.err).group(1)
        return re.split(r", | or | and ", listed)

    def document(self, name):
        with open(os.path.join(harness.ROOT, "docs", name), encoding="utf-8") as file:
            return file.read()

    def test_severities(self):
        """severities: docs/rules.md, nsmx(1)"""
        words = self.words("tail", "--severity", "x")
        self.assertRegex(page("nsmx.1"), LIST_BETWEEN.join(words))
        row = re.search(r"^\| `sev=` \| (.*?) \|", self.document("rules.md"), re.MULTILINE)[1]
        self.assertEqual(re.findall(r"`(\w+)`", row), words)

    def test_kinds(self):
        """kinds: docs/rules.md, nsmx(1); those of events are the kinds and what is learned"""
        def documented(title):
            table = section_of(self.document("rules.md"), title)
            rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
            return re.findall(r"`(\w+)`", " ".join(rows))
        kinds, learned = documented("Kinds"), documented("learn")
        for command, wanted in (
                (("rules", "test"), kinds[:-1]),
                (("tail",), kinds[:-1] + [word for word in learned[:-1] if word not in kinds]),
                (("replay",), self.words("tail", "--what", "x"))):
            words = self.words(*command, "--what", "x")
            self.assertCountEqual(words, wanted, command)
            self.assertRegex(page("nsmx.1"), LIST_BETWEEN.join(words))
        self.assertEqual((kinds[-1], learned[-1]), ("any", "all"))

    def test_formats(self):
        """formats of feeds: docs/feeds.md, nsmx(1)"""
        words = set(self.words("rules", "import", "--format", "x", "/dev/null")) - {"auto"}
        formats = section_of(self.document("feeds.md"), "Formats")
        self.assertEqual(set(re.findall(r"^\*\*`(\w+)`\*\*", formats, re.MULTILINE)), words)
        options = section(page("nsmx.1"), "OPTIONS OF RULES IMPORT")
        listed = options.split("\\-\\-format")[1].split(".TP")[0]
        self.assertEqual({word for word in re.findall(r"\w+", listed) if word in words}, words)


class Counters(harness.Case):
    """Names that others rely on."""

    def test_documented(self):
        """docs/events.md: the counters of --summary, each once"""
        done = self.nsmx("replay", "-r", harness.RULES, "-o", "null", "--summary", "summary.json",
                         harness.pcap("hijack-mta"))
        self.assertEqual(done.status, 0, done.err)
        with open(os.path.join(harness.ROOT, "docs/events.md"), encoding="utf-8") as file:
            table = file.read().split("\n## Counters\n")[1].split("\n## ")[0]
        documented = [name for line in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
                for name in re.findall(r"`(\w+)`", line)]
        self.assertEqual(sorted(documented), sorted(set(self.summary()) - {"dns_malformed_by", "undecoded_by"}))


@harness.expand
class Pages(harness.Case):
    """What a reader gets."""

    @harness.for_each(PAGES, "{}: man has no warning")
    def test_man(self, name):
        harness.need_programs("man", "groff")
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                               os.path.join(BUILD, "man", name)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False,
                              env=self.environment(MANROFFSEQ="", MANWIDTH="80", LC_ALL="C.UTF-8"))
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    @harness.for_each(PAGES, "{}: mandoc has no warning")
    def test_mandoc(self, name):
        self.assertEqual(self.tool("mandoc", "-T", "lint", "-W", "warning",
                                   os.path.join(BUILD, "man", name)), "")

    @harness.for_each(PAGES, "{}: its sections, and no place left open")
    def test_sections(self, name):
        text = page(name)
        wanted = ["NAME", "DESCRIPTION", "EXAMPLES", "SEE ALSO"]
        if name == "nsmx.1":
            wanted += ["SYNOPSIS", "OPTIONS", "EXIT STATUS", "SIGNALS", "FILES"]
        for title in wanted:
            self.assertTrue(section(text, title).strip(), title)
        self.assertNotRegex(text, r"@[A-Z]+@")

    def test_examples(self):
        """the rules that nsmx.rules(5) shows are rules"""
        text = section(page("nsmx.rules.5"), "EXAMPLES").replace("\\-", "-")
        shown = re.findall(r"^\.nf\n\.RS\n(.*?)^\.RE", text, re.MULTILINE | re.DOTALL)
        rules = "".join(part for part in shown if not part.startswith("nsmx "))
        self.assertGreater(len(rules.splitlines()), 8)
        done = self.nsmx("rules", "check", self.write("shown.rules", rules))
        self.assertEqual(done.status, 0, done.err)


if __name__ == "__main__":
    sys.argv = [word for word in sys.argv if word != "--record"]
    harness.main()
