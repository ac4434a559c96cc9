#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each call of a library fails, at one place of the program at a time: the program goes on and
loses no event, or counts or reports what failed. It never crashes. See faults.c."""
import atexit
import collections
import concurrent.futures
import gzip
import json
import lzma
import mmap
import os
import re
import shutil
import struct
import subprocess
import tempfile

import feeds
import harness
from harness import RULES, events, hit_keys, pcap

RECORD = struct.Struct("<QII48s")       # as in faults.c: place, failures, calls, function
RECORDS = 1024
ALWAYS = 1 << 30
# Called again until they succeed: an interrupted wait, a lock, a journal that cannot be read.
RETRIED = ("poll", "__poll_chk", "waitpid", "sigtimedwait", "fcntl", "pread")
FEEDS = os.path.join(harness.ROOT, "tests/feeds/good")
LIBRARY = []

Done = collections.namedtuple("Done", "status result losses err places")
Place = collections.namedtuple("Place", "number offset calls function")


def library():
    """The library that makes calls fail, built once."""
    if not LIBRARY:
        harness.need_programs("cc")
        folder = tempfile.mkdtemp(prefix="nsmx-faults-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = os.path.join(folder, "faults.so")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults.c")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", path, source], check=True)
        LIBRARY.append(path)
    return LIBRARY[0]


class Log:
    """The places of the program that call, and which of them is to fail."""

    def __init__(self, path, places=()):
        self.path = path
        with open(path, "wb") as file:
            for place in places:
                file.write(RECORD.pack(place.offset, 0, 0, place.function.encode()))
            file.truncate(RECORDS * RECORD.size)

    def fail(self, place, times):
        with open(self.path, "r+b") as file:
            file.seek(place.number * RECORD.size)
            file.write(RECORD.pack(place.offset, times, 0, place.function.encode()))

    def places(self):
        with open(self.path, "rb") as file, \
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            for number in range(RECORDS):
                offset, _, calls, name = RECORD.unpack_from(text, number * RECORD.size)
                if offset:
                    yield Place(number, offset, calls, name.rstrip(b"\0").decode())


class Case(harness.Case):
    """A command, run once without a failure and then for each place that calls."""

    jobs = 2 * len(os.sched_getaffinity(0))     # several processes, which wait for each other

    def setUp(self):
        super().setUp()
        if harness.is_sanitized():
            self.skipTest("a sanitizer has its own malloc()")

    def run_once(self, argv, whole=None, fault=None):
        """Status, result, standard error and places; each run has a folder of its own. The result
        of a run with a failure is left out if it cannot show a loss: it takes long."""
        folder = tempfile.mkdtemp(dir=self.folder)
        log = Log(os.path.join(folder, "log"), whole.places if whole else ())
        if fault is not None:
            log.fail(*fault)
        env = self.environment(LD_PRELOAD=library(), FAULTS_LOG=log.path, TMPDIR=folder)
        try:
            done = subprocess.run([harness.NSMX, *harness.with_alerts(argv)], stdout=subprocess.PIPE, cwd=folder,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env,
                                  timeout=harness.PATIENCE, check=False)
            losses = self.losses(folder)
            matters = whole is None or (done.returncode == 0 and fault[1] == 1 and
                                        losses <= whole.losses)
            return Done(done.returncode, self.result(folder, done.stdout) if matters else None,
                        losses, done.stderr.decode("utf-8", "replace"), list(log.places()))
        except subprocess.TimeoutExpired as late:
            return Done("no end", None, set(), (late.stderr or b"").decode(), [])
        finally:
            self.clean()
            shutil.rmtree(folder, ignore_errors=True)

    def clean(self):
        """Removes what a run has left outside of its folder."""

    def result(self, folder, out):
        """What must all be there when the program reports no failure."""
        del folder
        return collections.Counter(out.splitlines())

    def losses(self, folder):
        """The counters that are not 0, of a command that counts what it loses."""
        try:
            with open(os.path.join(folder, "summary"), encoding="ascii") as file:
                return {name for name, value in json.load(file).items() if value}
        except (OSError, ValueError):
            return set()

    @staticmethod
    def mistake(done):
        """What is wrong with how a run ended, or nothing."""
        if done.status not in (0, 1, 2):
            return f"status {done.status}"
        if re.search(r"\bsignal \d|SIG[A-Z]", done.err):
            return "a process was killed"
        if done.status != 0 and not done.err:
            return f"status {done.status} without a message"
        return None

    @staticmethod
    def is_loss(whole, done):
        """Whether something is missing that the program neither reports nor counts."""
        return done.result is not None and whole.result - done.result

    def each(self, *argv, beyond=None):
        """Each place of a command fails; with `beyond`, each that this command does not have."""
        whole = self.run_once(argv)
        self.assertEqual(whole.status, 0, whole.err)
        self.assertTrue(whole.result)
        known = {place.offset for place in self.run_once(beyond).places} if beyond else ()
        faults = [(place, times) for place in whole.places if place.offset not in known
                  for times in ((1, ALWAYS) if place.calls > 1 and
                                place.function not in RETRIED else (1,))]

        def attempt(fault):
            done = self.run_once(argv, whole, fault)
            place, times = fault
            wrong = self.mistake(done)
            if not wrong and self.is_loss(whole, done):
                wrong = "status 0, and a loss that is not counted"
            return wrong and f"{place.function} at {place.offset:#x}, {times}: {wrong}: {done.err}"

        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            wrong = [words for words in pool.map(attempt, faults) if words]
        self.assertTrue(faults)
        self.assertFalse(wrong, f"{len(wrong)} of {len(faults)} failures:\n" + "\n".join(wrong))


PLAIN = ("replay", "-r", RULES, "-o", "-", "-o", "file:events", "--summary", "summary",
         "--dedup", "10", pcap("hijack-mta"), pcap("hijack-resolver"))
WORKERS = ("replay", "-r", RULES, "-o", "-", "--workers", "2", "--state", "state",
           "--summary", "summary", pcap("hijack-mta"), pcap("hijack-resolver"))


class Replay(Case):
    """Captures, by one process and by several."""

    def result(self, folder, out):
        return hit_keys(events(out[:out.rfind(b"\n") + 1]))

    def test_replay(self):
        """a replay"""
        self.each(*PLAIN)

    def test_workers(self):
        """a replay by several processes, which keep a journal"""
        self.each(*WORKERS)

    def test_compressed(self):
        """a replay of compressed captures, and of a folder: what a plain one does not call"""
        with open(pcap("hijack-mta"), "rb") as file:
            capture = file.read()
        os.mkdir(self.path("captures"))
        self.write("captures/a.pcap.gz", gzip.compress(capture))
        self.write("captures/b.pcap.xz", lzma.compress(capture))
        for name, program in (("c.pcap.zst", "zstd"), ("d.pcap.lz4", "lz4")):
            with open(self.path(f"captures/{name}"), "wb") as file:
                harness.need_programs(program)
                subprocess.run([program, "-qc", pcap("hijack-mta")], stdout=file, check=True)
        self.each("replay", "-r", RULES, "-o", "-", self.path("captures"), beyond=PLAIN)


class History(Case):
    """Rows in a folder, which must be in the export, or be reported or counted."""

    def result(self, folder, out):
        done = subprocess.run([harness.NSMX, "history", "export", "--history",
                               os.path.join(folder, "seen")], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        return collections.Counter(done.stdout.splitlines())

    def test_history(self):
        """a replay that keeps a history, by several processes: what none without it calls"""
        self.each("replay", "-r", "/dev/null", "-o", "null", "--workers", "2", "--sensor", "s",
                  "--history", "seen", "--summary", "summary", pcap("hijack-mta"),
                  pcap("refused-resolver"), beyond=WORKERS)


class Redis(Case):
    """Events in a Redis stream, of one run at a time."""

    jobs = 1

    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self)

    def result(self, folder, out):
        return hit_keys(events(b"".join(entry["event"] + b"\n" for entry in self.redis.stream())))

    def clean(self):
        self.redis.client().flushall()

    def test_stream(self):
        """a replay into Redis: what one into a file does not call"""
        self.each("replay", "-r", RULES, "-o", self.redis.url(), pcap("hijack-mta"), beyond=PLAIN)


class Report(Case):
    """A report, which has each incident as a whole, or states what it does not have."""

    def report(self, folder):
        try:
            with open(os.path.join(folder, "report.json"), encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return {"incidents": [], "limits": []}

    def result(self, folder, out):
        return collections.Counter(json.dumps(incident)
                                   for incident in self.report(folder)["incidents"])

    def losses(self, folder):
        return set(self.report(folder).get("limits", ()))

    def test_report(self):
        """a report of a capture, saved events and a history: what a replay does not call"""
        os.mkdir(self.path("saved"))
        for words in (("-o", f"file:{self.path('saved/events')}"),
                      ("--history", self.path("seen"), "-o", "null")):
            done = self.nsmx("replay", "-r", RULES, *words, pcap("hijack-mta"),
                             pcap("before-resolver"))
            self.assertEqual(done.status, 0, done.err)
        self.each("report", "-r", RULES, "-o", "report.json", "--history", self.path("seen"),
                  pcap("hijack-resolver"), self.path("saved"), beyond=PLAIN)


class Rules(Case):
    """The commands that read rules and feeds."""

    def test_list(self):
        """rules list"""
        self.each("rules", "list", harness.SETS)

    def test_import(self):
        """rules import, of every format"""
        self.each("rules", "import", *(os.path.join(FEEDS, name) for name in os.listdir(FEEDS)
                                       if name != "comment-heading.csv"))


class Fetch(Case):
    """Feeds: their rules are all there, or the status and a message state what failed."""

    def result(self, folder, out):
        found = collections.Counter()
        for name in ("list", "taxii", "misp"):
            try:
                with open(os.path.join(folder, "rules", name + ".rules"), "rb") as file:
                    found.update(line.split(b" id=")[0] for line in file if line[0] != ord("#"))
            except OSError:
                pass
        return found

    def test_fetch(self):
        """rules fetch, of a file, a collection and a manifest"""
        server = feeds.Server(self, tls=False)
        server.answers["/list"] = gzip.compress(b"a.evil.example\n")
        page = {"objects": [{"type": "indicator", "id": "indicator--1", "modified": "1",
                             "pattern": "[domain-name:value = 'b.evil.example']"}]}
        server.answers["/collections/c/objects/"] = lambda handler: handler.reply(
            json.dumps(page), Content_Type="application/taxii+json;version=2.1")
        name = "00000000-0000-4000-8000-000000000000"
        server.answers["/manifest.json"] = json.dumps({name: {"timestamp": "1"}})
        server.answers[f"/{name}.json"] = json.dumps({"Event": {"Attribute": [
            {"type": "domain", "value": "c.evil.example"}]}})
        text = "rules = /proc/self/cwd/rules\nstate = /proc/self/cwd/state\n"
        for feed, path in (("list", "/list"), ("taxii", "/collections/c/"), ("misp", "/")):
            source = "file" if feed == "list" else feed
            text += f"[{feed}]\nurl = {server.url(path)}\nplain = yes\nsource = {source}\n"
        self.each("rules", "fetch", "--config", self.write("feeds.conf", text),
                  beyond=("rules", "import", os.path.join(FEEDS, "list.txt")))


if __name__ == "__main__":
    harness.main()
