#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is too old, disposable or a person's leaves ClickHouse as it leaves a folder."""
import json
import os
import random
import time

import harness
from clickhouse import ClickHouse, cluster_url

NOW = int(time.time())
DAY = 86400
NAMES = 4200                            # more than are kept of a zone (history/fold.h)


def record(owner, time_s, count=1, address="192.0.2.1", **more):
    return {"rrname": owner, "rrtype": "A", "rdata": address, "time_first": time_s, "origin": "cache",
            "time_last": time_s + 5 * (count > 1), "count": count, "ttl_min": 60, "ttl_max": 60, **more}


def names(zone, numbers, age=0):
    """Names of a zone that were seen once, with the clients that asked for every third."""
    for number in numbers:
        row = record(f"n{number}.{zone}", NOW - age - number % 1000)
        yield row
        if number % 3 == 0:
            yield {**row, "client": f"198.51.100.{number % 250}"}


def mail(sender, recipient, client, age):
    return {"rrname": recipient, "rrtype": "RCPT", "rdata": "203.0.113.1", "time_first": NOW - age,
            "time_last": NOW - age, "count": 1, "client": client, "from": sender, "reply_code": 250,
            "content": True, "tls": False}


def rows():
    yield from names("many.example", range(NAMES))
    yield from names("deep.many.example", range(NAMES))
    yield from names("few.example", range(100))
    yield record("twice.many.example", NOW - 100, count=2)
    yield record("many.example", NOW - 50 * DAY, count=7)
    yield record("old.example", NOW - 500 * DAY)
    yield record("renewed.example", NOW - 500 * DAY)
    yield record("renewed.example", NOW - DAY)
    yield {**record("old-client.example", NOW - DAY), "client": "198.51.100.1"}
    yield {**record("few.example", NOW - 40 * DAY), "client": "198.51.100.7"}
    for age in (1, 20, 40, 500):
        yield mail("a@one.example", "b@two.example", "198.51.100.7", age * DAY)
        yield mail("b@two.example", "c@three.example", "198.51.100.8", age * DAY)
    yield {"rrname": "two.example", "rrtype": "MAIL", "rdata": "203.0.113.1", "count": 4,
           "time_first": NOW - 500 * DAY, "time_last": NOW - DAY, "accepted": 4, "tls": 0}


class Tidy(harness.Case):
    def history(self, history, command, *words, status=0):
        done = self.nsmx("history", command, "--history", history, *words)
        self.assertEqual(done.status, status, done.err)
        self.log = done.err
        return done.out

    def fill(self, history, some):
        name = self.write("some.cof", b"".join(json.dumps(row).encode() + b"\n" for row in some))
        self.history(history, "import", name)

    def export(self, history):
        return self.history(history, "export", "--personal")

    def check(self, url, folder):
        """The same rows, the same answers; returns the rows."""
        exported = self.export(folder)
        self.assertEqual(self.export(url), exported)
        for question in ("many.example", ".many.example", "n7.many.example", "192.0.2.0/24",
                         "b@two.example", "@two.example", "203.0.113.1"):
            answers = {self.history(history, question, "--clients", "--limit", "50")
                       for history in (url, folder)}
            self.assertEqual(len(answers), 1, question)
        return [json.loads(line) for line in exported.splitlines()]

    def zones(self, found):
        return {row["rrname"]: (row["names"], row["count"]) for row in found
                if row["rrtype"] == "FOLDED"}

    def test_names(self):
        """disposable names become rows of their zones: those of a folder; again, and with more names"""
        server = ClickHouse(self)
        for history in server.url(), self.path("seen"):
            self.fill(history, rows())
            before = len(self.export(history).splitlines())
            self.history(history, "tidy")
        found = self.check(server.url(), self.path("seen"))
        self.assertEqual(self.zones(found), {"*.many.example": (NAMES, NAMES),
                                             "*.deep.many.example": (NAMES, NAMES)})
        self.assertLess(len(found), before - 2 * NAMES)
        self.assertIn("twice.many.example", {row["rrname"] for row in found})
        self.assertNotIn("n3.many.example", {row["rrname"] for row in found})
        self.history(server.url(), "tidy")
        self.assertIn("0 names were combined", self.log)
        for history in server.url(), self.path("seen"):
            self.fill(history, names("many.example", range(NAMES, NAMES + 50)))
            self.history(history, "tidy")
        found = self.check(server.url(), self.path("seen"))
        self.assertEqual(self.zones(found)["*.many.example"], (NAMES + 50, NAMES + 50))

    def test_ages(self):
        """rows leave at their ages: records, clients and mailboxes"""
        servers = [ClickHouse(self, name) for name in ("one", "two")]
        url = cluster_url(*servers)
        for history in url, self.path("seen"):
            self.fill(history, rows())
            self.history(history, "tidy", "--history-keep", "400d,clients=30d,mailboxes=30d")
        found = self.check(url, self.path("seen"))
        owners = {row["rrname"] for row in found}
        self.assertNotIn("old.example", owners)
        self.assertLessEqual({"renewed.example", "many.example", "two.example"}, owners)
        self.assertEqual([row["count"] for row in found if row["rrname"] == "renewed.example"], [2])
        self.assertEqual(len([row for row in found if row["rrtype"] == "RCPT"]), 4)
        self.assertNotIn("198.51.100.7", {row.get("client") for row in found
                                          if row["rrname"] == "few.example"})
        stored = sum(int(server.ask("SELECT count() FROM seen.history WHERE key >= unhex('07') AND "
                                    "key < unhex('09')")) for server in servers)
        self.assertEqual(stored, 8, "mails in both orders")
        self.assertEqual(self.zones(found), {"*.many.example": (NAMES, NAMES),
                                             "*.deep.many.example": (NAMES, NAMES)})

    def test_killed(self):
        """tidying that is killed ten times counts no name twice, and loses none"""
        servers = [ClickHouse(self, name) for name in ("one", "two")]
        url = cluster_url(*servers)
        self.fill(url, rows())
        self.fill(self.path("seen"), rows())
        self.history(self.path("seen"), "tidy")
        draw = random.Random(2)
        for kill in range(10):
            tidying = self.start("history", "tidy", "--history", url)
            harness.wait_for(lambda at=time.monotonic() + draw.uniform(0.02, 0.4):
                             time.monotonic() > at, f"the moment of kill {kill}")
            tidying.popen.kill()
            tidying.wait()
        self.history(url, "tidy")
        found = self.check(url, self.path("seen"))
        self.assertEqual(sum(row["count"] for row in found if row["rrname"] == "*.many.example"), NAMES)

    def test_forget(self):
        """a mailbox and a client leave ClickHouse, and nothing else does"""
        server = ClickHouse(self)
        for history in server.url(), self.path("seen"):
            self.fill(history, rows())
            self.history(history, "forget", "c@three.example", "198.51.100.7")
            self.history(history, "tidy")           # a folder is tidied when it is written again
        found = self.check(server.url(), self.path("seen"))
        self.assertNotIn("c@three.example", {row["rrname"] for row in found})
        self.assertNotIn("198.51.100.7", {row.get("client") for row in found})
        self.assertIn("198.51.100.9", {row.get("client") for row in found})
        self.assertEqual(server.ask("SELECT count() FROM seen.history WHERE position(key, "
                                    "unhex('0163')) > 0 AND key >= unhex('07') AND "
                                    "key < unhex('09')"), "0\n")

    def test_folder(self):
        """a folder becomes one file, with the same rows; a damaged file is set aside"""
        for number in range(5):
            self.fill(self.path("seen"), [record(f"n{number}.example", NOW - number)])
        before = self.export(self.path("seen"))
        for _ in range(3):
            self.history(self.path("seen"), "tidy")
            self.assertEqual(self.export(self.path("seen")), before)
            files = [name for name in os.listdir(self.path("seen")) if name != "lock"]
            self.assertEqual(len(files), 1, files)
        self.fill(self.path("seen"), [record("more.example", NOW)])
        with open(os.path.join(self.path("seen"), files[0]), "r+b") as file:
            file.truncate(100)
        self.history(self.path("seen"), "tidy")
        self.assertIn(f"{files[0]} is damaged", self.log)
        self.assertEqual(len(self.export(self.path("seen")).splitlines()), 1)
        self.assertIn(b"more.example", self.export(self.path("seen")))

    def test_errors(self):
        """each mistake is answered with a reason"""
        for words, status, reason in (
                ((), 2, "add --history DIR"), (("--history", self.path("none")), 1, "No such file"),
                (("--history", self.path("none"), "--history-keep", "x"), 2, "history-keep"),
                (("--history", f"clickhouse://127.0.0.1:{harness.free_port()}/x"), 1, "connect")):
            done = self.nsmx("history", "tidy", *words)
            self.assertEqual(done.status, status, (words, done.err))
            self.assertIn(reason, done.err)


if __name__ == "__main__":
    harness.main()
