#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input gets a clear error and the right exit status, and nothing is lost."""
import os
import signal
import subprocess
import threading

import harness
from harness import RULES, events, hit_keys, pcap, timeless

MISTAKES = """\
alert ns .awsdns-061.org
alert ns
  frobnicate mx a.example
alert ip 192.0.2.1 45.77.24.999
"""


class Fails(harness.Case):
    """What these tests ask: a status, and words on standard error."""

    def fails(self, status, *named, args, out=b"", **options):
        done = self.nsmx(*args, **options)
        self.assertEqual(done.status, status, done.err)
        for words in named:
            self.assertIn(words, done.err)
        for line in done.err.splitlines():
            self.assertTrue(line.startswith("nsmx: "), line)
        if out is not None:
            self.assertEqual(done.out, out)
        return done


class Captures(Fails):
    """Captures that cannot be read, or not to the end."""

    def replay_fails(self, *named, files, hits=0):
        done = self.fails(1, *named, args=["replay", "-r", RULES, "-o", "-", *files], out=None)
        found = events(done.out)
        self.assertEqual(len(found), hits)
        return found

    def test_missing(self):
        """a missing file: named; the others are read"""
        self.replay_fails("missing.pcap: No such file", hits=5,
                          files=["missing.pcap", pcap("hijack-mta")])

    def test_empty(self):
        """an empty file: named, and that it is empty; the others are read"""
        self.write("empty.pcap", b"")
        self.replay_fails("empty.pcap: the file is empty", hits=5,
                          files=["empty.pcap", pcap("hijack-mta")])

    def test_text(self):
        """a text file: named, and that it is no capture; the others are read"""
        self.write("notes.pcap", "not packets\n" * 100)
        self.replay_fails("notes.pcap: not a capture", hits=5,
                          files=["notes.pcap", pcap("hijack-mta")])

    def test_no_folder(self):
        """a folder that is not there: named"""
        self.replay_fails("captures/: No such file", files=["captures/"])

    def test_unreadable(self):
        """a file without the right to read: named"""
        nobody = self.as_nobody()
        self.write("secret.pcap", b"x")
        os.chmod(self.path("secret.pcap"), 0)
        self.write("x.rules", "alert ns a.example\n")
        os.chmod(self.path("x.rules"), 0o644)
        self.fails(1, "secret.pcap: Permission denied", **nobody,
                   args=["replay", "-r", "x.rules", "secret.pcap"])

    def test_cut_in_packet(self):
        """cut in mid-packet: the packet is named, what came before is processed"""
        with open(pcap("hijack-resolver"), "rb") as file:
            whole = file.read()
        at = 24
        for _ in range(40):                         # the 41st packet loses its end
            at += 16 + int.from_bytes(whole[at + 8:at + 12], "little")
        self.write("cut.pcap", whole[:at + 30])
        self.write("before.pcap", whole[:at])
        before = self.replay("before.pcap")
        self.assertTrue(before)
        found = self.replay_fails("cut.pcap: packet 41: ", files=["cut.pcap"], hits=len(before))
        self.assertEqual([timeless(event) for event in found],
                         [timeless(event) for event in before])

    def test_cut_in_record_header(self):
        """cut within a packet's header: the packet is named"""
        with open(pcap("hijack-resolver"), "rb") as file:
            whole = file.read()
        size = int.from_bytes(whole[32:36], "little")
        self.write("cut.pcap", whole[:24 + 16 + size + 7])
        self.replay_fails("cut.pcap: packet 2: ", files=["cut.pcap"])

    def test_cut_in_file_header(self):
        """cut within the file's header: named"""
        self.write("cut.pcap", b"\xd4\xc3\xb2\xa1\x02\x00")
        self.replay_fails("cut.pcap: ", "header", files=["cut.pcap"])

    def test_cut_pipe(self):
        """a pipe that ends in mid-packet: the packet is named, standard input too"""
        with open(pcap("hijack-mta"), "rb") as file:
            whole = file.read()
        self.fails(1, "standard input: packet 30: ", stdin=whole[:-3], out=None,
                   args=["replay", "-r", RULES, "-"])

    def test_damage(self):
        """a packet longer than any: named, what came before is processed"""
        with open(pcap("hijack-mta"), "rb") as file:
            whole = file.read()
        self.write("bad.pcap", whole + b"\xff" * 16)
        self.replay_fails("bad.pcap: packet 31: ", files=["bad.pcap"], hits=5)

    def test_link_type(self):
        """a link type that is not read: named by number and name, no hit made up"""
        with open(pcap("hijack-mta"), "rb") as file:
            whole = file.read()
        self.write("usb.pcap", whole[:20] + (220).to_bytes(4, "little") + whole[24:])
        done = self.nsmx("replay", "-r", RULES, "usb.pcap")
        self.assertIn("usb.pcap: link type 220 (USB_LINUX_MMAPPED)", done.err)
        self.assertEqual(done.out, b"")


class Usage(Fails):
    """Bad usage and bad rules: exit status 2, before anything is read."""

    def bad(self, *args, named, command="replay"):
        return self.fails(2, *named, args=[command, *args])

    def test_rules(self):
        """a rule file with three mistakes: all named with line and column"""
        self.write("bad.rules", MISTAKES)
        places = ["bad.rules:2:9: ", "bad.rules:3:3: ", "bad.rules:4:20: "]
        done = self.bad("-r", "bad.rules", pcap("hijack-mta"), named=places)
        self.assertEqual(done.err.count("bad.rules:"), 3)
        self.fails(2, *places, args=["rules", "check", "bad.rules"])
        self.assertEqual(self.nsmx("rules", "check", RULES).status, 0)

    def test_rules_of_folder(self):
        """mistakes in two files of a folder: all named"""
        os.mkdir(self.path("sets"))
        self.write("sets/a.rules", "alert\n")
        self.write("sets/b.rules", "alert ns ok.example\nalert ns ok.example sev=fatal\n")
        self.bad("-r", "sets", "x.pcap", named=["sets/a.rules:1:", "sets/b.rules:2:"])

    def test_rules_none(self):
        """a folder without *.rules, and a file with comments alone: a warning"""
        os.mkdir(self.path("sets"))
        self.write("sets/a.rule", "alert ns a.example\n")
        self.write("none.rules", "# later\n")
        for args, named in ((["-r", "sets"], "sets,"), (["-r", "none.rules"], "none.rules,"),
                            (["-r", "sets", "-r", "none.rules"], "sets and the other files,")):
            self.fails(0, f"warning: there are no rules in {named}",
                       args=["replay", *args, "-o", "-", pcap("hijack-mta")])

    def test_rules_missing(self):
        """a rule file that is not there: named"""
        self.bad("-r", "none.rules", "x.pcap", named=["none.rules: No such file"])

    def test_command(self):
        """no command, and an unknown one"""
        self.fails(2, "no command", args=[])
        self.fails(2, "unknown command 'frobnicate'", args=["frobnicate"])
        self.fails(2, args=["rules"])
        self.fails(2, args=["rules", "frobnicate"])

    def test_operands(self):
        """words that a command does not take"""
        os.mkdir(self.path("seen"))
        for words in ("hunt", "history info", "history export", "history tidy", "serve",
                      "rules fetch", "help replay", "--version"):
            self.fails(2, "'extra' is not expected here", args=[*words.split(), "extra"])

    def test_full(self):
        """help and --version on a full disk"""
        for words in ("help", "help run", "run --help", "--version"):
            with self.subTest(words), open("/dev/full", "wb") as full:
                process = self.start(*words.split(), stdout=full)
                self.assertEqual(process.wait(), 1)
                self.assertIn("standard output cannot be written: No space", process.err())

    def test_misspelt(self):
        """a misspelt command, option or setting: the nearest one"""
        for args, wanted in ((["repaly", "x"], "unknown command 'repaly' (nearest: replay)"),
                             (["rules", "chek"], "(nearest: check)"),
                             (["help", "hunnt"], "(nearest: hunt)"),
                             (["replay", "--surpress=3", "x"], "(nearest: suppress)"),
                             (["run", "--config", self.write("nsmx.conf", "ruels = x\n")],
                              "nsmx.conf:1: 'ruels' is not an option (nearest: rules)")):
            with self.subTest(args=args):
                self.fails(2, wanted, args=args)
        self.assertNotIn("nearest", self.nsmx("replay", "--frobnicate").err)

    def test_option(self):
        """unknown options"""
        self.bad("--frobnicate", "x", named=["unknown option '--frobnicate'"])
        self.bad("-Z", "x", named=["unknown option '-Z'"])
        self.bad("--progress", "never", "-i", "lo", command="run",
                 named=["unknown option '--progress'"])

    def test_no_value(self):
        """an option without its value"""
        for option in ("--suppress", "-r", "-o", "--summary"):
            with self.subTest(option):
                self.bad("x.pcap", option, named=[f"option '{option}' needs a value"])

    def test_no_capture(self):
        """replay without a capture; run without an interface, or with a file"""
        self.bad("-r", RULES, named=["no capture"])
        self.bad(command="run", named=["no interface"])
        self.bad("-i", "lo", pcap("hijack-mta"), command="run", named=["nsmx replay"])

    def test_numbers(self):
        """bad numbers: the option, the number and what is expected"""
        for number in ("x", "3x", "-1", "", " 1", "0x10", "1e3", "86401", "9" * 30):
            with self.subTest(number):
                self.bad("--suppress", number, "x.pcap",
                         named=[f"--suppress '{number}': expected a number from 0 to 86400"])
        self.bad("--stats", "0", "x.pcap", named=["--stats '0'"])
        self.bad("--dedup", "60001", "x.pcap", named=["--dedup '60001'"])

    def test_words(self):
        """bad words for --log and --progress"""
        for words in ("", "foo", "dns,", "dns,foo"):
            with self.subTest(words):
                self.bad("--log", words, "x.pcap", named=["expected dns, smtp or all"])
        self.bad("--progress", "often", "x.pcap", named=["expected auto, always or never"])

    def test_ports(self):
        """bad --ports"""
        for ports in ("", "53", "dns", "dns=", "dns=0", "dns=65536", "dns=53,", "dns=,53",
                      "dns=5 3", "dns=53-55", "http=80", "dns=53;;smtp=25", "dns=53;smtp="):
            with self.subTest(ports):
                self.bad("--ports", ports, "x.pcap", named=["--ports '"])

    def test_summary(self):
        """--summary - would mix with the events: where else"""
        self.bad("--summary", "-", "x.pcap", named=["--summary -: ", "/dev/stderr"])

    def test_filter(self):
        """bad --filter: libpcap's reason"""
        self.bad("-r", RULES, "--filter", "udp portt 53", pcap("hijack-mta"),
                 named=["--filter 'udp portt 53': ", "syntax error"])

    def test_outputs(self):
        """bad --output targets"""
        for target, named in [
                ("", "--output"), ("stdout", "'stdout': expected"), ("file:", "expected"),
                ("redis:/x", "expected"), ("redis://", "the host is missing"), ("redis://h:0", "port"),
                ("redis://h:65536", "port"), ("redis://h:x", "port"),
                ("redis://h/x", "database"), ("redis://h/-1", "database"),
                ("redis://h?as=zset", "as: must be"), ("redis://h?key=", "key: is empty"),
                ("redis://h?maxlen=x", "maxlen"), ("redis://h?colour=red", "'colour'"),
                ("redis://h?ca=x", "rediss://"), ("redis://%4", "%"),
                ("redis+unix://s", "redis+unix:///PATH"), ("redis+unix://", "redis+unix:///PATH"),
                ("redis+unix:///" + 110 * "s", "socket")]:
            with self.subTest(target):
                self.bad("-r", RULES, "-o", target, pcap("hijack-mta"), named=["--output", named])

    def test_output_twice(self):
        """the same place in Redis twice"""
        self.bad("-r", RULES, "-o", "redis://h:7/1?field=a", "-o", "redis://h:7/1?field=b",
                 "x.pcap", named=["redis://h:7/1: the target is given twice"])

    def test_password_unshown(self):
        """a bad target with a password: the password is not shown"""
        for target in ("redis://:sesame@", "redis://:sesame@h:x", "redis:/:sesame@h",
                       "http://u:sesame@h", "redis://u:sesame@h?as=x", "redis://u:se?same@h",
                       "redis://u:%zzsesame@h", "redis://u:sesame"):
            with self.subTest(target):
                done = self.fails(2, args=["replay", "-r", RULES, "-o", target, "x.pcap"])
                self.assertNotIn("same", done.err)
        done = self.bad("--outptu=redis://:sesame@h", named=["unknown option '--outptu'"])
        self.assertNotIn("sesame", done.err)

    def test_config(self):
        """a bad line of a configuration file: file and line"""
        self.write("nsmx.conf", "sensor = here\nsuppress = soon\n")
        self.bad("-i", "lo", "--config", "nsmx.conf", command="run",
                 named=["nsmx.conf:2: ", "'soon'"])
        self.write("nsmx.conf", "frobnicate = 1\n")
        self.bad("-i", "lo", "--config", "nsmx.conf", command="run",
                 named=["nsmx.conf:1: ", "'frobnicate'"])
        self.bad("-i", "lo", "--config", "none.conf", command="run", named=["none.conf: No such"])
        self.bad("--config", "none.conf", "x.pcap", named=["none.conf: No such"])
        self.bad("--config", "nsmx.conf", "x.pcap", named=["nsmx.conf:1: ", "'frobnicate'"])


class Words(Fails):
    """Words with a dash that are no option of replay or run."""

    def test_help(self):
        """--help and -h after any command: its help, on standard output"""
        for command in (["replay"], ["run"], ["tail"], ["rules"], ["rules", "check"],
                        ["rules", "list"], ["rules", "import"]):
            wanted = self.nsmx("help", *command).out
            self.assertIn(b"nsmx " + command[0].encode(), wanted)
            for word in ("--help", "-h"):
                self.fails(0, args=[*command, word], out=wanted)

    def test_rules(self):
        """rules check and list: an unknown option is not a file, unless -- precedes it"""
        self.write("-x.rules", "alert ns a.example\n")
        for command in ("check", "list"):
            self.fails(2, "unknown option '-x'", args=["rules", command, "-x.rules"])
            self.fails(2, "no rule files", args=["rules", command, "--"])
            self.fails(0, args=["rules", command, "--", "-x.rules"], out=None)


class Interfaces(Fails):
    """Capture that cannot begin."""

    def run_fails(self, status, *named, args, **options):
        return self.fails(status, *named, **options,
                          args=["run", "--config", "/dev/null", "-o", "null", *args])

    def test_permission(self):
        """no permission to capture: the error and its remedy are logged"""
        nobody = self.as_nobody()
        self.write("x.rules", "alert ns a.example\n")
        os.chmod(self.path("x.rules"), 0o644)
        self.run_fails(1, "lo: no permission to capture", "root", **nobody,
                       args=["-i", "lo", "-r", "x.rules"])

    def test_no_interface(self):
        """no such interface: named, with those that there are"""
        harness.need_root()
        self.run_fails(1, "nosuch0: no such interface; available: ", " lo",
                       args=["-i", "nosuch0", "-r", RULES])

    def test_no_user(self):
        """no such user: named"""
        harness.need_root()
        self.run_fails(1, "--user nosuchuser: no such user",
                       args=["-i", "lo", "-r", RULES, "--user", "nosuchuser"])

    def test_folder_of_other(self):
        """--state in a folder of another user: named, with a way out"""
        harness.need_root()
        os.mkdir(self.path("state"))
        network = harness.Network(self)
        self.run_fails(1, "state: the folder does not belong to nobody", prefix=network.prefix,
                       args=["-i", "lo", "-r", RULES, "--user", "nobody", "--state", "state", "-o",
                             "redis+unix:///nonexistent"])


class Outputs(Fails):
    """Outputs that do not take what they are given."""

    def test_closed_early(self):
        """standard output closed early: reported once, ends soon, status 1"""
        with open(pcap("hijack-resolver"), "rb") as file:
            whole = file.read()
        self.write("long.pcap", whole[:24] + 500 * whole[24:])
        reader, writer = os.pipe()
        process = self.start("replay", "-r", RULES, "-o", "-", "long.pcap", stdout=writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            first = pipe.readline()
        self.assertEqual(len(events(first)), 1)
        self.assertEqual(process.wait(), 1, process.err())
        self.assertEqual(process.err().count("Broken pipe"), 1)

    def test_closed_one_of_two(self):
        """one of two outputs closed early: the other has all"""
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start("replay", "-r", RULES, "-o", "-", "-o", "file:x.json",
                             pcap("hijack-resolver"), stdout=writer)
        os.close(writer)
        self.assertEqual(process.wait(), 1, process.err())
        self.assertIn("standard output: Broken pipe", process.err())
        self.assertEqual(len(events(self.read("x.json"))), 72)

    def test_closed_before(self):
        """standard output closed from the start: events are not written elsewhere"""
        done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", harness.NSMX, "replay", "-r",
                               RULES, "--alerts", "hits", "-o", "-", "-o", "file:x.json", "--summary",
                               "summary.json", pcap("hijack-mta")],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder,
                              env=self.environment(), timeout=harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(len(events(self.read("x.json"))), 5)

    def test_full_disk(self):
        """a full disk: named, the reason too; the events are counted as dropped"""
        for target in ("file:/dev/full", "-"):
            with self.subTest(target), open("/dev/full", "wb") as full:
                process = self.start("replay", "-r", RULES, "-o", target, "--summary", "s.json",
                                     pcap("hijack-mta"), stdout=full)
                self.assertEqual(process.wait(), 1)
                self.assertIn("No space left", process.err())
                summary = self.summary("s.json")
                self.assertEqual((summary["events_dropped"], summary["events_delivered"]), (5, 0))

    def test_full_disk_and_other(self):
        """a full disk: the other output has all"""
        done = self.fails(1, "/dev/full: No space left", out=None,
                          args=["replay", "-r", RULES, "-o", "file:/dev/full", "-o", "-",
                                pcap("hijack-mta")])
        self.assertEqual(len(events(done.out)), 5)

    def test_no_place(self):
        """a file that cannot be opened: named, nothing is replayed"""
        self.fails(1, "/nonexistent/x: No such file",
                   args=["replay", "-r", RULES, "-o", "file:/nonexistent/x", pcap("hijack-mta")])

    def test_summary(self):
        """--summary that cannot be opened: named at the start; or written: at the end"""
        args = ["replay", "-r", RULES, pcap("hijack-mta"), "--summary"]
        self.fails(1, "--summary /nonexistent/x: No such file", args=[*args, "/nonexistent/x"])
        done = self.fails(1, "--summary /dev/full: No space", args=[*args, "/dev/full"], out=None)
        self.assertEqual(len(events(done.out)), 5)

    def test_state(self):
        """--state that cannot be written: named, with a way out"""
        self.write("file", "x")
        for path in ("/proc/nsmx", "file", "none/deep/er"):
            with self.subTest(path):
                self.fails(1, path, "--state",
                           args=["replay", "-r", RULES, "-o", "redis+unix:///nonexistent",
                                 "--state", path, pcap("hijack-mta")])

    def test_state_in_use(self):
        """--state of a running sensor: refused"""
        first = self.start("replay", "-r", RULES, "-o", "redis+unix:///nonexistent", "--state",
                           "state", "-", stdin=subprocess.PIPE)
        first.wait_err("unreachable")
        self.fails(1, "another sensor uses this folder", args=[
            "replay", "-r", RULES, "-o", "redis+unix:///nonexistent", "--state", "state",
            pcap("before-mta")])


class Interrupts(Fails):
    """Signals during a replay."""

    def endless(self, *args):
        """A replay of a pipe that goes on and on."""
        with open(pcap("hijack-resolver"), "rb") as file:
            whole = file.read()
        process = self.start("replay", "-r", RULES, *args, "-", stdin=subprocess.PIPE)

        def feed():
            try:
                process.stdin.write(whole[:24])
                while True:
                    process.stdin.write(whole[24:])
            except (BrokenPipeError, ValueError):
                pass
        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        self.addCleanup(feeder.join, harness.PATIENCE)
        self.addCleanup(process.end)
        return process

    def test_endless(self):
        """SIGINT and SIGTERM during an endless pipe: ends at once, what was seen is reported; status 130"""
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                process = self.endless("-o", "-", "--summary", "summary.json")
                harness.wait_for(lambda: len(process.out()) > 100000, "events")
                self.assertEqual(process.stop(number, 10), 130, process.err())
                self.assertRegex(process.err(), r"-: interrupted after packet \d+\n")
                summary = self.summary()
                lines = process.out().splitlines(keepends=True)
                self.assertEqual(len(lines), summary["hits"])
                self.assertEqual(len(events(lines[-1])), 1)         # it is whole
                self.assertEqual(summary["events_delivered"], summary["hits"])

    def test_silent(self):
        """SIGINT while a pipe is silent: ends at once"""
        process = self.start("replay", "-r", RULES, "-o", "-", "-", stdin=subprocess.PIPE)
        with open(pcap("hijack-mta"), "rb") as file:
            process.stdin.write(file.read())
        process.stdin.flush()
        harness.wait_for(lambda: len(process.whole()) == 5, "events")
        self.assertEqual(process.stop(signal.SIGINT, 10), 130, process.err())


class Password(Fails):
    """A wrong Redis password, and passwords in general."""

    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self, "--requirepass", "open sesame")

    def replay_to(self, *args, name="hijack-mta", **options):
        return self.nsmx("replay", "-r", RULES, *args, pcap(name), **options)

    def test_wrong(self):
        """a wrong password: refused once, status 1, the journal is kept and named"""
        wrong = self.redis.url(auth=":aladdin")
        done = self.replay_to("-o", wrong, "--state", "state")
        self.assertEqual((done.status, done.out), (1, b""), done.err)
        self.assertEqual(done.err.count("refused: WRONGPASS"), 1, done.err)
        self.assertIn("state", done.err)
        self.assertNotIn("aladdin", done.err)
        right = self.redis.url(auth=":open%20sesame")
        done = self.replay_to("-o", right, "--state", "state", name="before-mta")
        self.assertEqual(done.status, 0, done.err)
        self.check_delivered()

    def check_delivered(self):
        client = self.redis.client(password="open sesame")
        found = [events(entry["event"] + b"\n")[0] for entry in self.redis.stream(client=client)]
        self.assertEqual(hit_keys(found), hit_keys(self.hits("hijack-mta")))

    def test_wrong_without_state(self):
        """a wrong password without --state: events wait in the folder logged"""
        done = self.replay_to("-o", self.redis.url(auth=":aladdin"))
        self.assertEqual(done.status, 1, done.err)
        folder, = [name for name in os.listdir(self.folder) if name.startswith("nsmx-")]
        self.assertIn(f"--state {self.path(folder)}", done.err)
        done = self.replay_to("-o", self.redis.url(auth=":open%20sesame"), "--state",
                              self.path(folder), name="before-mta")
        self.assertEqual(done.status, 0, done.err)
        self.check_delivered()

    def test_none(self):
        """no password where one is asked for: refused, status 1"""
        done = self.replay_to("-o", self.redis.url())
        self.assertEqual(done.status, 1, done.err)
        self.assertEqual(done.err.count("refused: NOAUTH"), 1, done.err)

    def test_no_trace(self):
        """the password: neither on standard error nor in a process title"""
        targets = [["-o", self.redis.url(auth=":aladdin")],
                   [f"-o{self.redis.url('?key=a', auth=':aladdin')}"],
                   ["--output=" + self.redis.url("?key=b", auth="ali:aladdin")],
                   ["--output", self.redis.tcp_url("?key=c", auth=":aladdin")]]
        words = sum(targets, [])
        process = self.start("replay", "-r", RULES, *words, "-", stdin=subprocess.PIPE)
        harness.wait_for(lambda: process.err().count("refused") == 4, "four refusals")
        titles = b""
        for pid in [process.pid, *self.children(process.pid)]:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                titles += file.read()
        self.assertEqual(titles.count(b"redis"), 5 * 7, titles)
        self.assertNotIn(b"aladdin", titles)
        process.stdin.close()
        process.wait()
        self.assertNotIn("aladdin", process.err())

    @staticmethod
    def children(pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]


if __name__ == "__main__":
    harness.main()
