#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sensors send rows through Redis into ClickHouse: what arrives is what a folder would have."""
import json
import random
import signal
import time

import harness
from clickhouse import ClickHouse, cluster_url
from test_losses import frame
from test_run import Live

CAPTURES = [harness.pcap(name) for name in harness.captures()]
SENSORS = "berlin", "madrid"


class Fleet(harness.Case):
    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self)
        self.rows = self.redis.url("?rows=nsmx:rows")

    def replay(self, sensor, *captures, output=None, options=()):
        done = self.nsmx("replay", "--sensor", sensor, "-r", harness.RULES, "-o",
                         output or self.rows, *options, *captures)
        self.assertEqual(done.status, 0, done.err)

    def export(self, history):
        done = self.nsmx("history", "export", "--history", history)
        self.assertEqual(done.status, 0, done.err)
        return done.out

    def fleet(self):
        """Each sensor sees half of the captures; a folder has all rows of both."""
        for number, sensor in enumerate(SENSORS):
            captures = CAPTURES[number::2]
            self.replay(sensor, *captures)
            self.replay(sensor, *captures, output="null",
                        options=("--history", self.path("folder")))
        return self.export(self.path("folder"))

    def importer(self, url):
        return self.start("history", "import", "--history", url, self.rows)

    def await_end(self):
        harness.wait_for(lambda: self.redis.client().xlen("nsmx:rows") == 0 and
                         self.redis.client().xpending("nsmx:rows", "nsmx-import")["pending"] == 0,
                         "the last batch")

    def test_rows_arrive(self):
        """the rows of two sensors, imported while they come, are those of one folder; hits too"""
        server = ClickHouse(self)
        importer = self.importer(server.url())
        wanted = self.fleet()
        self.await_end()
        self.assertEqual(importer.stop(), 0, importer.err())
        self.assertGreater(len(wanted.splitlines()), 100)
        self.assertEqual(self.export(server.url()), wanted)
        self.assertGreater(len(self.redis.stream()), 100)

    def test_workers_and_folder(self):
        """three workers that also write a folder send the same rows"""
        server = ClickHouse(self)
        self.replay("s", *CAPTURES, options=("--workers", "3", "--history", self.path("folder")))
        importer = self.importer(server.url())
        self.await_end()
        self.assertEqual(importer.stop(), 0, importer.err())
        self.assertEqual(self.export(server.url()), self.export(self.path("folder")))

    def test_killed_importers(self):
        """importers that are killed ten times, and two at once, insert each row once"""
        servers = [ClickHouse(self, name) for name in ("one", "two")]
        url = cluster_url(*servers)
        self.nsmx("history", "import", "--history", url, "/dev/null")
        for number in range(40):
            self.replay(f"sensor{number}", *CAPTURES)
            if number % 4 == 0:
                self.replay(f"sensor{number}", *CAPTURES, output="null",
                            options=("--history", self.path(f"folder{number}")))
        draw = random.Random(2)
        for kill in range(10):
            importer = self.importer(url)
            harness.wait_for(lambda at=time.monotonic() + draw.uniform(0.01, 0.1):
                             time.monotonic() > at, f"the moment of kill {kill}")
            importer.popen.send_signal(signal.SIGKILL)
            importer.wait()
        importers = [self.importer(url) for _ in range(2)]
        self.await_end()
        self.assertEqual([importer.stop() for importer in importers], [0, 0])
        once = [line.split(b'"count":') for line in self.export(self.path("folder0")).splitlines()]
        wanted = [(before, 40 * int(after.split(b",")[0])) for before, after in once]
        found = [line.split(b'"count":') for line in self.export(url).splitlines()]
        self.assertEqual([(before, int(after.split(b",")[0])) for before, after in found], wanted)

    def test_dead_shard(self):
        """rows wait while a shard is dead, and are inserted once it is back"""
        servers = [ClickHouse(self, name) for name in ("one", "two")]
        url = cluster_url(*servers)
        self.nsmx("history", "import", "--history", url, "/dev/null")
        importer = self.importer(url)
        harness.wait_for(lambda: self.redis.client().exists("nsmx:rows"), "the group")
        servers[1].kill()
        wanted = self.fleet()
        importer.wait_err(f"127.0.0.1:{servers[1].port}: ")
        servers[1].start()
        self.await_end()
        self.assertEqual(importer.stop(), 0, importer.err())
        self.assertEqual(self.export(url), wanted)

    def test_what_is_no_batch(self):
        """entries that are no batch are removed, with a warning; the others are imported"""
        server = ClickHouse(self)
        client = self.redis.client()
        for text in b"", b"x", b"id sensor\n", b"id sensor\nrows", b"a'b s\n\0\1\1ab", b" \n":
            client.xadd("nsmx:rows", {"rows": text})
        wanted = self.fleet()
        importer = self.importer(server.url())
        self.await_end()
        self.assertEqual(importer.stop(), 0)
        self.assertEqual(importer.err().count("is not a batch of rows"), 6)
        self.assertEqual(self.export(server.url()), wanted)

    def test_errors(self):
        """each mistake is answered with a reason"""
        for words, status, reason in (
                (("--history", self.path("x"), self.rows), 2, "only into ClickHouse"),
                (("--history", "clickhouse://a/b", self.rows, "x"), 2, "the only operand"),
                (("--history", "clickhouse://a/b", "redis://"), 2, "host is missing"),
                (("--history", f"clickhouse://127.0.0.1:{harness.free_port()}/b", self.rows), 1,
                 "connect")):
            done = self.nsmx("history", "import", *words)
            self.assertEqual(done.status, status, (words, done.err))
            self.assertIn(reason, done.err)


class FleetLive(Live):
    def test_live(self):
        """a live sensor sends new names within its interval, repeats as sums, no folder needed"""
        server, store = ClickHouse(self), harness.Redis(self, "--unixsocketperm", "777")
        target = store.url("?rows=nsmx:rows")
        cable = self.network.packet_socket("veth1")
        sensor = self.sense("--history-interval", "1", "--dedup", "0", "--sensor", "s", "--state",
                            self.path("state"), output=target)
        importer = self.start("history", "import", "--history", server.url(), target)
        rows = lambda: self.nsmx("history", "export", "--history", server.url()).out.splitlines()
        for number in range(40):
            cable.send(frame(number))
        harness.wait_for(lambda: len(rows()) == 40, "40 new names")
        for number in range(60):
            cable.send(frame(number))
        harness.wait_for(lambda: len(rows()) == 60, "20 further names")
        self.assertEqual(sum(json.loads(row)["count"] for row in rows()), 60)
        self.assertEqual(sensor.stop(), 0, sensor.err())
        harness.wait_for(lambda: sum(json.loads(row)["count"] for row in rows()) == 100, "the sums")
        self.assertEqual(importer.stop(), 0, importer.err())


if __name__ == "__main__":
    harness.main()
