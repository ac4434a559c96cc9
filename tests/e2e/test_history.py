#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history: rows are what the captures hold, however these are read, and each is found again."""
import collections
import datetime
import json
import os
import random
import re
import shutil
import subprocess
import time
import unittest

import harness
import traffic

NOT_KEPT = {"OPT", "TSIG", "RRSIG", "NSEC", "NSEC3"}
CAPTURES = [harness.pcap(name) for name in harness.captures()]
RESOLVERS = [harness.pcap(name) for name in harness.captures("resolver")]
CODES = {"NXDOMAIN", "SERVFAIL", "REFUSED"}


def seconds(event):
    text = event["@timestamp"][:19] + "+00:00"
    return int(datetime.datetime.fromisoformat(text).timestamp())


def is_referral(dns, flags):
    """A message that answers nothing and names servers of a zone below."""
    types = {record["type"] for record in dns.get("authorities", ())}
    return not flags & {"AA", "RA"} and dns["response_code"] == "NOERROR" and \
        not dns.get("answers") and "NS" in types and "SOA" not in types


def origin(section, flags, referral):
    if section == "additionals":
        return "glue" if referral or "AA" in flags else "cache"
    return "child" if "AA" in flags else "parent" if referral else "cache"


def sightings(event):
    """The rows of one logged response: (owner, type, data, origin), and the TTL."""
    dns = event["dns"]
    flags = set(dns.get("header_flags", ()))
    referral = is_referral(dns, flags)
    for section in "answers", "authorities", "additionals":
        for record in dns.get(section, ()):
            if record["class"] == "IN" and record["type"] not in NOT_KEPT:
                yield (record["name"], record["type"], record["data"].lower(),
                       origin(section, flags, referral)), record["ttl"]
    if not dns.get("answers") and not referral and "TC" not in flags:
        code = dns["response_code"] if dns["response_code"] in CODES else "NODATA"
        if dns["response_code"] in CODES | {"NOERROR"}:
            yield (dns["question"]["name"], dns["question"]["type"], code.lower(),
                   "child" if "AA" in flags else "cache"), 0


class History(harness.Case):
    def keep(self, *captures, folder="seen", options=()):
        done = self.nsmx("replay", "--history", self.path(folder), "--sensor", "s", "-r",
                         harness.RULES, "-o", "null", *options, *captures)
        self.assertEqual(done.status, 0, done.err)
        return done.err

    def rows(self, *words, folder="seen", status=0):
        done = self.nsmx("history", *words, "--history", self.path(folder))
        self.assertEqual(done.status, status, done.err)
        self.complaints = done.err
        return [json.loads(line) for line in done.out.splitlines()]

    def dns_rows(self):
        """The rows of an export that are not of mail."""
        return [row for row in self.rows("export") if "origin" in row]

    def test_rows_are_what_was_seen(self):
        """each record of the captures is a row with its times, count and TTLs"""
        self.keep(*CAPTURES)
        wanted = collections.defaultdict(list)
        for event in self.replay(*CAPTURES, "--log", "dns"):
            if "dns" in event and not harness.is_hit(event):
                for row, ttl in sightings(event):
                    wanted[row].append((seconds(event), ttl))
        self.assertGreater(len(wanted), 100)
        found = {}
        for row in self.dns_rows():
            key = row["rrname"], row["rrtype"], row["rdata"].lower(), row["origin"]
            self.assertNotIn(key, found)
            self.assertEqual(row["sensor_id"], "s")
            found[key] = (row["time_first"], row["time_last"], row["count"], row["ttl_min"],
                          row["ttl_max"])
        for key, seen in wanted.items():
            times, ttls = zip(*seen)
            self.assertEqual(found.pop(key, None),
                             (min(times), max(times), len(seen), min(ttls), max(ttls)), key)
        self.assertEqual(found, {})

    def test_any_way_to_read_the_captures(self):
        """one replay, one for each capture, backwards, three workers: the same export"""
        captures = CAPTURES
        self.keep(*captures, folder="one")
        self.keep(*captures, folder="workers", options=("--workers", "3"))
        for capture in reversed(captures):
            self.keep(capture, folder="each")
        self.assertGreater(len(os.listdir(self.path("each"))), 2)
        wanted = self.rows("export", folder="one")
        self.assertGreater(len(wanted), 100)
        for folder in "workers", "each":
            self.assertEqual(self.rows("export", folder=folder), wanted)

    def test_questions(self):
        """names, names below, data, addresses, networks, types, times, limit"""
        self.keep(*CAPTURES)
        for words, wanted in (
                (("coincheck.com", "--type", "ns"), {"ns-1515.awsdns-061.org",
                                                     "ns-1515.awsdns-61.org"}),
                (("mail.coincheck.com", "--type", "A"), {"45.77.24.250"}),
                (("*.coincheck.com", "--type", "A"), {"45.77.24.250"}),
                (("45.77.24.250",), {"45.77.24.250"}),
                (("45.77.24.0/24",), {"45.77.24.250"}),
                (("ns-1515.awsdns-061.org", "--type", "NS"), {"ns-1515.awsdns-061.org"}),
                ((".", "--type", "NS"), {"a.root-servers.net"}),
                (("nothing.example",), set())):
            rows = self.rows(*words)
            data = {row["rdata"] for row in rows}
            self.assertLessEqual(wanted, data, words)
            self.assertEqual(data == set(), wanted == set(), words)
            times = [row["time_last"] for row in rows if row["rrname"] == rows[0]["rrname"]]
            self.assertEqual(times, sorted(times, reverse=True), words)
        hijacked = self.rows("coincheck.com", "--type", "NS", "--until", "2020-05-30T15:00:00Z")
        self.assertGreater(len(hijacked), 0)
        self.assertFalse([row for row in hijacked if "awsdns-0" in row["rdata"]])
        self.assertEqual(self.rows("coincheck.com", "--since", "2020-07-01"), [])
        self.assertEqual(len(self.rows("coincheck.com", "--type", "NS", "--limit", "2")), 2)
        self.assertIn("older rows are not shown; see --limit", self.complaints)

    def test_written_forms(self):
        """a query is read as an indicator of a rule, and as names are printed"""
        self.keep(*CAPTURES)
        for plain, *forms in (("coincheck.com", "coincheck[.]com", "hxxp://coincheck[.]com/x"),
                              ("45.77.24.250", "45.77.24[.]250"),
                              ("45.77.24.0/24", "45.77.24.0-255", "45.77.24.250/24"),
                              ("@coincheck.com", "@coincheck[.]com"),
                              ("@.coincheck.com", "@.coincheck[.]com"),
                              ("mail.*", "ma\\105l.*"),
                              (".coincheck.com", ".coin\\099heck.com")):
            rows = self.rows(plain)
            self.assertNotEqual(rows, [], plain)
            for form in forms:
                self.assertEqual(self.rows(form), rows, form)

    def test_printed_name(self):
        """a name with any octets is found as it is printed"""
        row = {"rrname": "b\\255d(at)+.example", "rrtype": "A", "rdata": "192.0.2.1",
               "time_first": 1590847500, "time_last": 1590847500, "count": 1}
        self.write("name.cof", json.dumps(row) + "\n")
        done = self.nsmx("history", "import", "--history", self.path("seen"), self.path("name.cof"))
        self.assertEqual(done.status, 0, done.err)
        found = self.rows("*.example")
        self.assertEqual([row["rrname"] for row in found], ["b\\255d(at)+.example"])
        self.assertEqual(self.rows(found[0]["rrname"]), found)

    def test_progress_is_cleared(self):
        """no progress is left in a line of output on the same terminal"""
        rows = [{"rrname": f"n{i}.example", "rrtype": "A", "rdata": "192.0.2.1", "count": 1,
                 "time_first": 1590847500, "time_last": 1590847500} for i in range(5000)]
        self.write("rows.cof", "".join(json.dumps(row) + "\n" for row in rows))
        done = self.nsmx("history", "import", "--history", self.path("seen"), self.path("rows.cof"))
        self.assertEqual(done.status, 0, done.err)
        self.write("own.rules", "alert ip 192.0.2.1\n")
        for words in ("history", "info"), ("hunt", "-r", self.path("own.rules")):
            shown, _ = self.on_terminal(*words, "--history", self.path("seen"), "--progress",
                                        "always", prefix=("sh", "-c", 'exec "$@" 2>&1', "sh"))
            self.assertRegex(shown, r"nsmx: [^\n]*rows", words)
            self.assertNotRegex(shown, r"nsmx: [^\r\n]*\r(?!\r\x1b)", words)

    def test_table(self):
        """on a terminal the answer is a table, with a heading for records that have it as data"""
        self.keep(*CAPTURES)
        table, _ = self.on_terminal("history", "--history", self.path("seen"), "--type", "NS",
                                    "ns-1515.awsdns-061.org", "coincheck.com")
        lines = table.splitlines()
        self.assertIn("in the data of records:", lines)
        self.assertTrue(lines[0] == "" or lines[0].startswith("first seen"), lines[0])
        self.assertTrue(any(line.startswith("2020-05-30T15:05:12Z") and
                            line.endswith("coincheck.com  360000  NS  ns-1515.awsdns-061.org")
                            for line in lines), lines)

    def test_damaged_file(self):
        """a damaged file is named and left out; what the others hold is found"""
        captures = RESOLVERS
        for capture in captures[:3]:
            self.keep(capture)
        whole = self.rows("export")
        names = sorted(name for name in os.listdir(self.path("seen")) if name.endswith(".rows"))
        self.assertEqual(len(names), 3)
        with open(os.path.join(self.path("seen"), names[1]), "r+b") as file:
            file.seek(100)
            octet = file.read(1)
            file.seek(100)
            file.write(bytes([octet[0] ^ 1]))
        left = self.rows("export", status=1)
        self.assertIn(f"{names[1]} is damaged: rows of it may be missing", self.complaints)
        self.rows("coincheck.com", status=1)    # several parts, one complaint
        self.assertEqual(self.complaints.count(f"{names[1]} is damaged"), 1)
        self.assertTrue(0 < len(left) < len(whole))
        done = self.nsmx("history", "info", "--history", self.path("seen"))
        self.assertEqual(done.status, 1)
        self.assertIn(b"2, 1 damaged", done.out)
        self.keep(captures[0])                  # goes on beside it
        self.rows(".com", status=1)
        self.assertEqual(self.complaints.count(names[1]), 1)

    def test_unreadable_file(self):
        """a file that the user may not read is named with this reason, and left out; it stays"""
        harness.need_root()
        self.keep(RESOLVERS[0])
        self.keep(RESOLVERS[1])
        names = sorted(name for name in os.listdir(self.path("seen")) if name.endswith(".rows"))
        os.chmod(self.path("seen"), 0o755)
        os.chmod(self.path(f"seen/{names[0]}"), 0o600)
        os.chmod(self.path(f"seen/{names[1]}"), 0o644)
        os.chmod(self.path("seen/lock"), 0o644)
        self.write("own.rules", "alert ip 192.0.2.1\n")
        for words in ("history", ".com"), ("history", "export"), ("history", "info"), \
                ("hunt", "-r", self.path("own.rules"), "-o", "null"):
            done = self.nsmx(*words, "--history", self.path("seen"), prefix=harness.NOBODY)
            self.assertEqual(done.status, 1, (words, done.err))
            self.assertEqual(done.err.count(f"{names[0]}: Permission denied: its rows are left out"), 1,
                             done.err)
        self.assertEqual(sorted(os.listdir(self.path("seen"))), sorted([*names, "lock"]))

    def test_nothing_found(self):
        """on a terminal, no rows is an answer; a folder that is no history is a warning"""
        self.keep(CAPTURES[0])
        shown, log = self.on_terminal("history", "--history", self.path("seen"), "nothing.example")
        self.assertEqual((shown, log), ("", "nsmx: nothing.example: no rows\n"))
        self.assertEqual(self.rows("nothing.example"), [])
        self.assertEqual(self.complaints, "")
        for word in "exprt", "info":
            done = self.nsmx("history", "--history", self.path("seen"), word)
            self.assertEqual((done.status, done.out), (0, b""))
            nearest = "export" if word == "exprt" else word
            self.assertIn(f"'{word}' was looked up as a name, and has no rows; a command comes right "
                          f"after nsmx history (nearest: {nearest})", done.err)
        os.mkdir(self.path("other"))
        self.write("other/notes", "not a history")
        self.write("own.rules", "alert ip 192.0.2.1\n")
        for words in ("history", "a.example"), ("history", "info"), ("history", "export"), \
                ("hunt", "-r", self.path("own.rules"), "-o", "null"):
            done = self.nsmx(*words, "--history", self.path("other"))
            self.assertEqual(done.status, 0, done.err)
            self.assertIn(f"history folder {self.path('other')}: there is no history in it", done.err)

    def test_counters(self):
        """rows are counted; none is dropped"""
        self.keep(*CAPTURES, options=("--summary", self.path("summary.json")))
        summary = self.summary()
        self.assertEqual(summary["history_rows"], len(self.rows("export")))
        self.assertEqual(summary["history_rows_dropped"], 0)
        sizes = [os.path.getsize(self.path(f"seen/{name}")) for name in
                 os.listdir(self.path("seen")) if name.endswith(".rows")]
        self.assertEqual((summary["history_files"], summary["history_bytes"]),
                         (len(sizes), sum(sizes)))
        self.assertAlmostEqual(summary["history_written"], time.time(), delta=60)

    def test_full_disk(self):
        """a history that cannot be written is logged and counted; hits go on"""
        harness.need_root()
        os.mkdir(self.path("small"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs",
                                  self.path("small")], check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest("tmpfs cannot be mounted")
        self.addCleanup(subprocess.run, ["umount", self.path("small")], check=True)
        done = self.nsmx("replay", "--history", self.path("small"), "-r", harness.RULES,
                         "--summary", self.path("summary.json"), "-o", "-", *CAPTURES)
        self.assertIn("rows are not kept: No space left on device", done.err)
        self.assertGreater(len(done.out.splitlines()), 100)
        self.assertGreater(self.summary()["history_rows_dropped"], 100)
        self.assertEqual(self.summary()["history_rows"], 0)

    def addresses(self, name, count, second):
        """A capture of the addresses of so many names, within a second."""
        draw = random.Random(name)
        names = [traffic.dns_name(f"{draw.getrandbits(60):x}.z{draw.getrandbits(14)}.example")
                 for _ in range(count)]
        return self.write(name, traffic.pcap(
            [traffic.datagram(traffic.dns_response(
                [owner + b"\0\1\0\1"], [traffic.dns_record(owner, 1, draw.randbytes(4))]))
             for owner in names], spacing_us=10, second=second))

    def size(self, folder):
        return sum(entry.stat().st_size for entry in os.scandir(self.path(folder)))

    def test_largest_size(self):
        """of rows of one second no more leave than need to, the same first for any number of workers"""
        captures = [self.addresses("one", 6000, traffic.SECOND),
                    self.addresses("two", 3000, traffic.SECOND),
                    self.addresses("new", 500, traffic.SECOND + 9)]
        self.keep(*captures)
        every = {row["rrname"] for row in self.rows("export")}
        new = {row["rrname"] for row in self.rows("export") if row["time_last"] > traffic.SECOND}
        self.nsmx("history", "tidy", "--history", self.path("seen"))
        size = self.size("seen")
        kept = []
        for workers in 1, 2, 3:
            log = self.keep(*captures, folder=f"{workers}", options=(
                "--history-max", f"{size // 2}", "--workers", f"{workers}"))
            self.assertLessEqual(self.size(f"{workers}"), size // 2)
            kept.append({row["rrname"] for row in self.rows("export", folder=f"{workers}")})
            self.assertGreater(len(kept[-1]), 0.7 * len(every) / 2)
            self.assertLessEqual(new, kept[-1])
            removed = re.findall(r": (\d+) rows were removed because", log)
            self.assertEqual(sum(map(int, removed)), len(every - kept[-1]), log)
        few, some, most = sorted(kept, key=len)
        self.assertLessEqual(few, some)
        self.assertLessEqual(some, most)

    def test_errors(self):
        """each mistake is answered with a reason"""
        self.keep(CAPTURES[0])
        for words, status, reason in (
                (("history", "example.com"), 2, "no folder is given: add --history DIR"),
                (("history", "--history", self.path("seen")), 2, "no name, address, network or mailbox"),
                (("history", "--history", self.path("no"), "a.b"), 1, "No such file or directory"),
                (("history", "--history", self.path("seen"), "a..b"), 2,
                 "the name has an empty label"),
                (("history", "--history", self.path("seen"), "45.77.24.300"), 2,
                 "not an IPv4 address"),
                (("history", "--history", self.path("seen"), "045.077.024.250"), 2,
                 "without leading zeros"),
                (("history", "--history", self.path("seen"), "45.77.24.9-45.77.24.1"), 2,
                 "the first address of a range must not exceed the second"),
                (("history", "--history", self.path("seen"), "a.b,"), 2, "`,` is not allowed"),
                (("history", "--history", self.path("seen"), "b\\256d.b"), 2, "an octet up to 255"),
                (("history", "--history", self.path("seen"), "10.0.0.0/40"), 2,
                 "the prefix length after the slash must be 0 to 32"),
                (("history", "--history", self.path("seen"), "--type", "XX", "a.b"), 2,
                 "--type: XX is not a record type"),
                (("history", "info"), 2, "no folder is given: add --history DIR"),
                (("history", "export", "--history", self.path("no")), 1, "No such file"),
                (("replay", "-r", harness.RULES, "-o", "null", "--history", "/proc/none",
                  CAPTURES[0]), 1,
                 "history folder /proc/none: ")):
            done = self.nsmx(*words)
            self.assertEqual(done.status, status, (words, done.err))
            self.assertIn(reason, done.err)

    def test_one_writer(self):
        """a folder that another process writes is refused"""
        os.mkfifo(self.path("pipe"))
        first = self.start("replay", "--history", self.path("seen"), "-r", harness.RULES, "-o", "null",
                           self.path("pipe"))
        harness.wait_for(lambda: os.path.exists(self.path("seen") + "/lock"), "lock")
        done = self.nsmx("replay", "--history", self.path("seen"), "-r", harness.RULES, "-o", "null",
                         RESOLVERS[0])
        self.assertEqual(done.status, 1)
        self.assertIn("another process is writing to it", done.err)
        with open(self.path("pipe"), "wb") as pipe, open(RESOLVERS[0], "rb") as capture:
            shutil.copyfileobj(capture, pipe)
        self.assertEqual(first.wait(), 0)
        self.assertGreater(len(self.rows("export")), 0)


if __name__ == "__main__":
    harness.main()
