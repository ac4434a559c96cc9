#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A history in ClickHouse answers as the folder does; a failure is an error, never a wrong answer."""
import atexit
import json
import os
import random
import shutil
import tempfile
import time
import urllib.parse

import harness
from authority import Authority
from clickhouse import PASSWORD, ClickHouse, cluster_url

CAPTURES = [harness.pcap(name) for name in harness.captures()]
QUESTIONS = (
    ("coincheck.com",), ("COINCHECK.com.",), ("*.coincheck.com",), (".coincheck.com",), (".",),
    (".com", "--limit", "3"), (".com", "--type", "NS"), ("*.com", "--type", "A,AAAA,MX"),
    (".com", "--since", "2020-05-31"), (".com", "--until", "2020-05-31"),
    (".com", "--since", "2020-05-31T00:00:00Z", "--until", "2020-06-01T00:00:00Z", "--limit", "20"),
    ("45.77.24.250",), ("45.77.24.0/24",), ("0.0.0.0/0",), ("::/0", "--limit", "7"),
    ("0.0.0.0/1", "--type", "A"), ("192.0.0.0/5",), ("ns-1515.awsdns-061.org", "--type", "NS"),
    (".awsdns-061.org",), ("nothing.example",), ("coincheck.com", "45.77.24.250", ".org"),
    ("@coincheck.com",), ("@example.org",), ("coincheck.com", "--clients"),
    ("45.77.24.250", "--clients", "--limit", "2"))


FOLDER = []                 # the history in a folder, once it is made
ANSWERS = {}                # what it answers, and the warnings


class History(harness.Case):
    def setUp(self):
        super().setUp()
        if not FOLDER:
            self.fill_folder(tempfile.mkdtemp(prefix="nsmx-history-"))
        self.seen = FOLDER[0]

    def fill_folder(self, place):
        """The history of all captures in a folder, made once for all tests, which only read it."""
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        seen = os.path.join(place, "seen")
        done = self.nsmx("replay", "--history", seen, "--sensor", "s", "-r", harness.RULES,
                         "-o", "null", "--history-mail", "mailboxes", "--history-clients", "yes",
                         *CAPTURES)
        self.assertEqual(done.status, 0, done.err)
        self.assertTrue(os.path.isdir(seen))
        FOLDER.append(seen)

    def ask_folder(self, *words):
        """What the folder answers, and the warnings."""
        if words not in ANSWERS:
            ANSWERS[words] = self.ask(self.seen, *words), self.complaints
        return ANSWERS[words]

    def ask(self, history, *words, status=0, env=None):
        done = self.nsmx("history", *words, "--history", history, env=env)
        self.assertEqual(done.status, status, (words, done.err))
        self.complaints = done.err
        return done.out

    def fill(self, url, *sources, status=0):
        self.ask(url, "import", *(sources or (self.seen,)), status=status)

    def check(self, url):
        """The same answers, the same warnings."""
        for words in QUESTIONS:
            wanted, warnings = self.ask_folder(*words)
            self.assertEqual(self.ask(url, *words), wanted, words)
            self.assertEqual(self.complaints, warnings, words)
        self.check_export(url)
        info, wanted = (self.ask(history, "info").decode().splitlines()
                        for history in (url, self.seen))
        self.assertEqual(info[:4] + info[-1:], wanted[:4] + wanted[-1:])

    def check_export(self, url):
        self.assertEqual(self.ask(url, "export"), self.ask_folder("export")[0])

    def hunt(self, history):
        done = self.nsmx("hunt", "--history", history, "-r", harness.RULES, "-o", "-")
        self.assertEqual(done.status, 0, done.err)
        # A folder is asked for the names of few rules, ClickHouse is read in order.
        return sorted((harness.timeless(event) for event in harness.events(done.out)),
                      key=lambda event: event["event"]["id"])

    def test_answers(self):
        """every form of query, export, info and hunts: as the folder answers"""
        server = ClickHouse(self)
        self.fill(server.url())
        self.assertGreater(len(self.ask(server.url(), "export").splitlines()), 100)
        self.check(server.url())
        hits = self.hunt(self.seen)
        self.assertGreater(len(hits), 10)
        self.assertEqual(self.hunt(server.url()), hits)

    def test_lines(self):
        """lines of passive DNS are imported, once, however often; from several sensors"""
        server = ClickHouse(self)
        exported = self.ask(self.seen, "export")
        self.assertIn(b"coincheck.com", exported)
        self.write("seen.cof", exported)
        for _ in range(3):
            self.fill(server.url(), self.path("seen.cof"))
            self.assertEqual(self.ask(server.url(), "export"), exported)
        other = exported.replace(b'"sensor_id":"s"', b'"sensor_id":"t"')
        self.write("other.cof", other)
        self.ask(self.path("both"), "import", self.path("seen.cof"), self.path("other.cof"))
        self.fill(server.url("both"), self.path("seen.cof"))
        self.fill(server.url("both"), self.path("other.cof"))
        self.assertEqual(self.ask(server.url("both"), "export"),
                         self.ask(self.path("both"), "export"))

    def test_parts(self):
        """a look-up of more than 8 MiB of rows finds the last of them"""
        with open(self.path("many.cof"), "w", encoding="ascii") as file:
            for number in range(10000):
                file.write(json.dumps({
                    "rrname": f"{number:05}.big.example", "rrtype": "TXT", "count": 1,
                    "rdata": " ".join(f'"{number}{200 * letter}"' for letter in "abcde"),
                    "time_first": 1600000000, "time_last": 1600000000}) + "\n")
            file.write(json.dumps({"rrname": "z.big.example", "rrtype": "A", "rdata": "192.0.2.1",
                                   "count": 1, "time_first": 1700000000,
                                   "time_last": 1700000000}) + "\n")
        server = ClickHouse(self)
        for history in (self.path("many"), server.url()):
            self.fill(history, self.path("many.cof"))
            done = self.nsmx("rules", "pin", "--history", history, "--since", "2023-01-01",
                             "big.example")
            self.assertEqual(done.status, 0, done.err)
            self.assertIn(b"pin z.big.example ip 192.0.2.1", done.out)

    def test_shards(self):
        """rows are on two servers, each on one; without one of them no answer is given"""
        servers = [ClickHouse(self, name) for name in ("one", "two")]
        url = cluster_url(*servers)
        self.fill(url)
        self.check(url)
        owners = [set(server.ask("SELECT DISTINCT hex(key) FROM seen.history WHERE "
                                 "hex(substring(key, 1, 1)) = '01'").split()) for server in servers]
        self.assertTrue(owners[0] and owners[1])
        self.assertFalse(owners[0] & owners[1])
        servers[1].kill()
        shard = f"127.0.0.1:{servers[1].port}"
        for words in (*QUESTIONS, ("export",), ("info",)):
            self.assertEqual(self.ask(url, *words, status=1), b"")
            self.assertRegex(self.complaints, f"{shard}: .*(refused|connect)")
        done = self.nsmx("hunt", "--history", url, "-r", harness.RULES, "-o", "-")
        self.assertEqual((done.status, done.out), (1, b""))
        self.assertIn(shard, done.err)
        self.ask(url, "import", self.seen, status=1)
        servers[1].start()
        self.check_export(url)

    def test_interrupted_imports(self):
        """an import that is killed ten times, and others beside it: no row counts twice"""
        servers = [ClickHouse(self, name) for name in ("one", "two")]
        url = cluster_url(*servers)
        # A batch has up to 98,304 rows, two for each line: here are three for each server.
        lines = b"".join(json.dumps({
            "rrname": f"n{number}.example{number % 97}.com", "rrtype": "A",
            "rdata": f"10.0.{number % 250}.{number // 1000 % 250}", "time_first": number,
            "time_last": 2 * number, "count": 3}).encode() + b"\n" for number in range(120000))
        self.write("many.cof", lines)
        folder = self.path("many")
        self.ask(folder, "import", self.path("many.cof"))
        begin = time.monotonic()
        self.fill(cluster_url(*servers, database="timed"), self.path("many.cof"))
        whole = time.monotonic() - begin
        draw = random.Random(1)
        for kill in range(10):
            importer = self.start("history", "import", "--history", url, self.path("many.cof"))
            harness.wait_for(lambda at=time.monotonic() + draw.uniform(0.2, 1) * whole:
                             time.monotonic() > at, f"the moment of kill {kill}")
            importer.popen.kill()
            importer.wait()
        several = [self.start("history", "import", "--history", url, self.path("many.cof"))
                   for _ in range(3)]
        self.assertEqual([importer.wait() for importer in several], [0] * 3,
                         [importer.err() for importer in several])
        wanted = self.ask(folder, "export")
        self.assertIn(b"n119999.", wanted)
        self.assertEqual(self.ask(url, "export"), wanted)

    def test_password(self):
        """a user with a password, in the URL or in the environment; it is never shown"""
        server = ClickHouse(self)
        quoted = urllib.parse.quote(PASSWORD, safe="")
        url = server.url(auth=f"keeper:{quoted}")
        self.fill(url)
        self.check_export(url)
        named = server.url(auth="keeper")
        password = self.environment(NSMX_CLICKHOUSE_PASSWORD=PASSWORD)
        self.assertEqual(self.ask(named, "export", env=password), self.ask(self.seen, "export"))
        for refused in named, server.url(auth="keeper:wrong"), server.url(auth="nobody:x"):
            self.assertEqual(self.ask(refused, "coincheck.com", status=1), b"")
            self.assertIn("DB::Exception", self.complaints)
            self.assertNotIn("wrong@", self.complaints)
        self.ask(url.replace("/seen", "/none"), "export", status=1)
        self.assertIn("nothing was imported", self.complaints)
        self.assertNotIn(quoted, self.complaints)
        os.mkfifo(self.path("pipe"))
        importer = self.start("history", "import", "--history", url, self.path("pipe"))
        with importer.feed_fifo(self.path("pipe")):
            with open(f"/proc/{importer.pid}/cmdline", encoding="utf-8") as line:
                self.assertIn("keeper:xxx", line.read())
        self.assertEqual(importer.wait(), 0)

    def test_tls(self):
        """clickhouses:// checks the certificate: its authority, its name, its validity"""
        authority, stranger = Authority(self.folder, "authority"), Authority(self.folder, "stranger")
        certificate, key = authority.issue("server", "DNS:history.example,IP:127.0.0.1")
        server = ClickHouse(self, tls=(certificate, key, authority.cert))
        url = f"clickhouses://127.0.0.1:{server.tls_port}/seen"
        for options in f"?ca={authority.cert}", f"?sni=history.example&ca={authority.cert}":
            self.fill(url + options)
            self.check_export(url + options)
        for options, reason in (("", "certificate"), (f"?ca={stranger.cert}", "certificate"),
                                (f"?ca={authority.cert}&sni=other.example", "other.example")):
            self.assertEqual(self.ask(url + options, "coincheck.com", status=1), b"")
            self.assertIn(reason, self.complaints)

    def test_errors(self):
        """each mistake is answered with a reason"""
        for url, status, reason in (
                ("clickhouse://", 2, "host is missing"), ("clickhouse://a", 2, "database is missing"),
                ("clickhouse://a/b-c", 2, "only letters"), ("clickhouse://a/b?x=1", 2, "unknown option"),
                ("clickhouse://a/b?ca=x", 2, "needs TLS"), ("clickhouse://%zz@a/b", 2, "user"),
                ("clickhouse://a b/c", 2, "a host must be"),
                ("clickhouses://a/b?cert=x", 2, "given together"),
                (f"clickhouse://127.0.0.1:{harness.free_port()}/x", 1, "connect")):
            self.assertEqual(self.ask(url, "coincheck.com", status=status), b"")
            self.assertIn(reason, self.complaints)
        for status, words in ((2, ("replay", "-r", harness.RULES, "-o", "null", CAPTURES[0])),
                              (2, ("run", "-i", "lo")), (1, ("history", "merge", self.seen))):
            done = self.nsmx(*words, "--history", "clickhouse://127.0.0.1/x")
            self.assertEqual(done.status, status, done.err)
            self.assertIn("nsmx history import", done.err)


if __name__ == "__main__":
    harness.main()
