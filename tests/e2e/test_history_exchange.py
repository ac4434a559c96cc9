#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""History from elsewhere: folders are merged, and lines of passive DNS are imported."""
import json
import os
import resource
import struct
import subprocess

import harness
from harness import NSMX

CAPTURES = [harness.pcap(name) for name in harness.captures()]
SENSORS = "berlin", "madrid", "oslo"

# The format of libmtbl
TRAILER = 512
ZSTD = 5


class Exchange(harness.Case):
    def keep(self, *captures, folder="seen", sensor="s"):
        done = self.nsmx("replay", "--history", self.path(folder), "--sensor", sensor, "-r",
                         harness.RULES, "-o", "null", *captures)
        self.assertEqual(done.status, 0, done.err)

    def export(self, folder="seen"):
        done = self.nsmx("history", "export", "--history", self.path(folder))
        self.assertEqual(done.status, 0, done.err)
        self.assertGreater(len(done.out), 1000)
        return done.out

    def put(self, command, *operands, folder="all", status=0, stdin=None):
        done = self.nsmx("history", command, "--history", self.path(folder), *operands, stdin=stdin)
        self.assertEqual(done.status, status, done.err)
        return done.err

    def fleet(self):
        """A folder for each sensor, with a third of the captures, and one of them all."""
        for number, sensor in enumerate(SENSORS):
            self.keep(*CAPTURES[number::len(SENSORS)], folder=sensor, sensor=sensor)
            self.keep(*CAPTURES[number::len(SENSORS)], folder="one", sensor=sensor)

    def compression(self, folder):
        """The compression of the files, which is the third number of their trailers."""
        kinds = set()
        for entry in os.scandir(self.path(folder)):
            if entry.name.endswith(".rows"):
                with open(entry.path, "rb") as file:
                    file.seek(-TRAILER, os.SEEK_END)
                    kinds.add(struct.unpack("<3Q", file.read(24))[2])
        return kinds

    def test_merged_folders(self):
        """the folders of sensors, merged in any order, are the folder of one replay"""
        self.fleet()
        one = self.export("one")
        self.put("merge", *(self.path(sensor) for sensor in SENSORS))
        self.assertEqual(self.export("all"), one)
        self.assertEqual(self.compression("all"), {ZSTD})
        self.put("merge", self.path("oslo"), folder="other")
        self.put("merge", self.path("madrid"), self.path("berlin"), folder="other")
        self.assertEqual(self.export("other"), one)
        for question in "coincheck.com", "*.coincheck.com", "45.77.24.0/24":
            answers = {self.nsmx("history", "--history", self.path(folder), question).out
                       for folder in ("one", "all", "other")}
            self.assertEqual(len(answers), 1, question)

    def test_no_row_counts_twice(self):
        """a folder that was added, also as a part of another, is not added again"""
        self.fleet()
        self.put("merge", self.path("berlin"), self.path("madrid"))
        before = self.export("all")
        for folders, name in (((self.path("berlin"),), "berlin"),
                              ((self.path("oslo"), self.path("madrid")), "madrid"),
                              ((self.path("oslo"), self.path("oslo")), "oslo"),
                              ((self.path("all"),), "all")):
            complaint = self.put("merge", *folders, status=1)
            self.assertIn(f"{self.path(name)}: its records are in {self.path('all')} already",
                          complaint)
            self.assertEqual(self.export("all"), before)
        self.put("merge", self.path("all"), folder="more")
        self.assertEqual(self.export("more"), before)
        self.assertIn("already", self.put("merge", self.path("madrid"), folder="more", status=1))
        self.put("merge", self.path("oslo"), folder="more")
        self.assertEqual(self.export("more"), self.export("one"))

    def test_damaged_folder(self):
        """a damaged file is named and left out; a folder that does not exist ends the merge"""
        self.fleet()
        self.keep(harness.pcap("investigation"), folder="berlin", sensor="berlin")
        names = sorted(name for name in os.listdir(self.path("berlin")) if name.endswith(".rows"))
        self.assertEqual(len(names), 2)
        with open(os.path.join(self.path("berlin"), names[1]), "r+b") as file:
            file.truncate(100)
        self.assertIn("No such file", self.put("merge", self.path("berlin"), self.path("none"),
                                               status=1))
        complaint = self.put("merge", self.path("berlin"), folder="cut", status=1)
        self.assertIn(f"{self.path('berlin')}: {names[1]} is damaged", complaint)
        self.put("merge", self.path("madrid"), self.path("oslo"), folder="cut")
        self.assertEqual(self.export("cut"), self.export("one"))

    def test_export_is_imported(self):
        """an export, imported in one or several files, is the same export again"""
        self.fleet()
        one = self.export("one")
        self.put("import", "-", stdin=one)
        self.assertEqual(self.export("all"), one)
        lines = one.splitlines(keepends=True)
        for number in range(3):
            self.write(f"{number}.cof", b"".join(lines[number::3]))
        report = self.put("import", *(self.path(f"{number}.cof") for number in range(3)),
                          folder="parts")
        self.assertIn(f"{self.path('0.cof')}: {len(lines[::3])} records imported", report)
        self.assertEqual(self.export("parts"), one)

    def test_every_form_of_data(self):
        """data of every type, names and texts of any octets are read back as they were"""
        odd = b"\\000\\007\\128\\255 a\\.b\\\\".decode()
        records = [("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("NS", odd), ("CNAME", "a b.example"),
                   ("MX", "10 a b.example"), ("SOA", "a\\032.example b.example 1 2 3 4 5"),
                   ("TXT", f'"{odd}" ""'), ("SRV", "1 2 3 x.example"), ("CAA", '0 issue "a;b"'),
                   ("HTTPS", "1 . alpn=h2,h3 ech=AAEC key7=x\\000"), ("DS", "1 8 2 00ff"),
                   ("DNSKEY", "256 3 8 AAEC"), ("TYPE65280", "\\# 3 010203"), ("A", "\\# 1 01"),
                   ("TXT", "NXDOMAIN "), ("MX", "REFUSED"), ("NAPTR", '1 2 "u" "s" "" a b'),
                   ("CSYNC", "1 3 A NS TYPE65280"), ("OPENPGPKEY", "\\# 6 48445514020b"),
                   ("RP", "a b.c"), ("HINFO", '"a" "b"')]
        lines = b"".join(json.dumps({"rrname": f"{number} {odd}.example", "rrtype": kind, "rdata": data,
                                     "time_first": number, "time_last": number + 9}).encode() + b"\n"
                         for number, (kind, data) in enumerate(records))
        report = self.put("import", "-", stdin=lines)
        self.assertIn(f"{len(records)} records imported", report)
        once = self.export("all")
        self.put("import", "-", stdin=once, folder="again")
        self.assertEqual(self.export("again"), once)
        data = {row["time_first"]: row["rdata"] for row in map(json.loads, once.splitlines())}
        self.assertEqual(len(data), len(records))
        self.assertEqual(data[3], "a b.example")
        self.assertEqual(data[14], '"NXDOMAIN"')
        self.assertEqual(data[18], "\\# 6 48445514020b")    # its text would be a response code
        self.assertRegex(data[5], r"^\\# \d+ 02612007")     # its text would be three names

    def test_bad_lines(self):
        """each bad line is named with file and line, and left out; the others are imported"""
        good = {"rrname": "a.example", "rrtype": "A", "rdata": "192.0.2.1", "time_first": 1,
                "time_last": "2020-05-31T00:05:12Z"}
        bad = ["{", {**good, "rdata": "x"}, {**good, "time_last": 0}, {**good, "rrname": ""},
               {**good, "count": -1}, {**good, "rrtype": "x"}, "[1]", "x" * (1 << 20 | 1)]
        lines = [good, *bad, {**good, "rdata": "192.0.2.2"}, {**good, "rrtype": "RRSIG"}, ""]
        self.write("lines.cof", "\n".join(line if isinstance(line, str) else json.dumps(line)
                                          for line in lines).encode())
        complaints = self.put("import", self.path("lines.cof"), status=1)
        for number in range(2, len(bad) + 2):
            self.assertIn(f"{self.path('lines.cof')}:{number}: left out: ", complaints)
        self.assertEqual(complaints.count(": left out: "), len(bad))
        self.assertIn(f"2 records imported, 1 of types that are not kept, {len(bad)} lines left out",
                      complaints)
        done = self.nsmx("history", "--history", self.path("all"), "a.example")
        rows = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual(sorted(row["rdata"] for row in rows), ["192.0.2.1", "192.0.2.2"])
        self.assertEqual({row["time_last"] for row in rows}, {1590883512})

    def test_memory(self):
        """a million lines are imported within the bound of memory"""
        if harness.is_sanitized():
            self.skipTest("sanitizers need more memory")
        script = (f"exec {NSMX} history import --history {self.path('all')} -")
        limit = 160 << 20

        def bound():
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                              preexec_fn=bound) as importer:
            for number in range(1000):
                importer.stdin.write(b"".join(
                    b'{"rrname":"n%d.example","rrtype":"A","rdata":"10.%d.%d.%d","time_first":1,'
                    b'"time_last":2}\n' % (number, number % 250, other // 250, other % 250)
                    for other in range(1000)))
            _, report = importer.communicate()
        self.assertEqual(importer.returncode, 0, report)
        self.assertIn(b"1000000 records imported", report)
        done = self.nsmx("history", "info", "--history", self.path("all"))
        self.assertIn(b"records     1000000\n", done.out)

    def test_errors(self):
        """each mistake is answered with a reason"""
        self.keep(CAPTURES[0])
        for words, status, reason in (
                (("merge", self.path("seen")), 2, "add --history DIR"),
                (("merge", "--history", self.path("all")), 2, "no folders"),
                (("import", "x"), 2, "add --history DIR"),
                (("import", "--history", self.path("all")), 2, "no files"),
                (("import", "--history", self.path("all"), self.path("none")), 1, "No such file"),
                (("import", "--history", self.path("all"), self.path("")), 1, "Is a directory"),
                (("import", "--history", "/proc/none", "/dev/null"), 1, "/proc/none")):
            done = self.nsmx("history", *words)
            self.assertEqual(done.status, status, (words, done.err))
            self.assertIn(reason, done.err)


if __name__ == "__main__":
    harness.main()
