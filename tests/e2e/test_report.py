#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: of captures, of saved events, of Redis, each with the same incidents; the records and
mails of a history; what is damaged is named."""
import collections
import gzip
import json
import os
import signal
import stat

import harness
from harness import PCAPS, RULES, pcap

HIJACK = ("hijack-resolver", "hijack-mta")
BEFORE = ("before-resolver", "before-mta")


def facts(*names):
    """The lines of the text files: [[WHAT, VALUE, ..., COUNT]...]."""
    lines = []
    for name in names:
        with open(os.path.join(PCAPS, name + ".txt"), encoding="utf-8") as file:
            lines += [line.split() for line in file if not line.startswith("#")]
    return lines


def matched_only(incident):
    """An incident without the records of a history."""
    answers = [answer for answer in incident.get("answers", []) if answer["kind"] == "rogue"]
    return dict(incident, answers=answers)


class Report(harness.Case):
    def run_report(self, *args, status=0, **options):
        done = self.nsmx("report", *args, **options)
        self.assertEqual(done.status, status, done.err)
        self.complaints = done.err
        return done.out

    def report(self, *args, **options):
        return json.loads(self.run_report("--format", "json", *args, **options))

    def of_captures(self, *names, **options):
        return self.report("-r", RULES, *map(pcap, names), **options)

    def save(self, alerts="both", names=HIJACK, file="events.json"):
        done = self.nsmx("replay", "--alerts", alerts, "-r", RULES, "-o", f"file:{self.path(file)}",
                         *map(pcap, names))
        self.assertEqual(done.status, 0, done.err)
        return self.path(file)

    def of_name(self, report):
        named = [incident for incident in report["incidents"] if "owner" in incident]
        self.assertEqual([incident["owner"] for incident in named], ["coincheck.com"])
        return named[0]


class Recorded(Report):
    def test_capture(self):
        """the recorded hijack: what the text files of the captures list"""
        incident, lines = self.of_name(self.of_captures(*HIJACK)), facts(*HIJACK)
        values = {line[1] for line in lines
                  if line[0] in ("ns", "mx", "ip", "resolver", "server", "rcpt")}
        self.assertEqual(set(incident["seen"]), values)
        answers = collections.Counter()
        for answer in matched_only(incident)["answers"]:
            answers[answer["value"]] += answer["count"]
        self.assertEqual(answers, {line[1]: int(line[2]) for line in lines
                                   if line[0] in ("ns", "mx", "ip") and line[1] in answers})
        self.assertEqual(incident["mail_sessions"],
                         sum(int(line[2]) for line in lines if line[0] == "server"))
        replies = collections.Counter((rcpt["address"], rcpt["reply_code"])
                                      for mail in incident["mails"] for rcpt in mail["rcpt_to"])
        self.assertEqual(replies, {(line[1], int(line[2])): int(line[3]) for line in lines
                                   if line[0] == "rcpt"})

    def test_lists(self):
        """its clients, resolvers, caches and mails, with subjects of any language"""
        incident = self.of_name(self.of_captures(*HIJACK))
        self.assertEqual(set(incident["clients"]),
                         {"192.0.2.53", "198.51.100.77", "198.51.100.25"})
        self.assertEqual(incident["clients_count"], 3)
        cached = max(answer["cached_until"] for answer in incident["answers"])
        self.assertEqual(incident["cached_until"], cached)
        self.assertEqual([(r["ip"], r["first"], r["cached_until"]) for r in incident["resolvers"]],
                         [("192.0.2.53", incident["first"], cached)])
        self.assertEqual([(m["from"], m["subject"], m["client"], m["server"], m["accepted"],
                           m["content"], m["tls"]) for m in incident["mails"]],
                         [("alice@example.net", "Re: Question about my account", "198.51.100.25",
                           "45.77.24.250", True, True, False),
                          ("bob@example.net", "本人確認書類について", "198.51.100.25",
                           "45.77.24.250", True, True, False)])

    def test_sources(self):
        """the same from captures, saved events (also compressed, or without events of incidents),
        standard input and Redis"""
        path = self.save()
        expected = [matched_only(incident) for incident in self.report(path)["incidents"]]
        self.assertTrue(self.of_name({"incidents": expected})["hit_list"])
        captured = [matched_only(incident) for incident in self.of_captures(*HIJACK)["incidents"]]
        self.assertEqual(captured, expected)
        with open(path, "rb") as file:
            saved = file.read()
        compressed = self.write("events.gz", gzip.compress(saved))
        self.assertEqual(self.report(compressed)["incidents"], expected)
        self.assertEqual(self.report("-", stdin=saved)["incidents"], expected)
        hits = self.report(self.save("hits", file="hits.json"))["incidents"]
        for incident in hits:
            incident["state"] = "closed"
        self.assertEqual([set(incident["seen"]) for incident in hits],
                         [set(incident["seen"]) for incident in expected])
        self.assertEqual([incident["hit_list"] for incident in hits],
                         [incident["hit_list"] for incident in expected])
        self.assertEqual([incident.get("mails") for incident in hits],
                         [incident.get("mails") for incident in expected])

    def test_twice(self):
        """events that two sources have count once"""
        path = self.save()
        self.assertEqual(self.report(path, path)["incidents"], self.report(path)["incidents"])
        both = self.report("-r", RULES, *map(pcap, HIJACK), path)
        self.assertEqual([matched_only(incident) for incident in both["incidents"]],
                         self.report(path)["incidents"])
        self.assertEqual(len(both["sources"]), 3)

    def test_folder(self):
        """a folder of captures, of files of events, of other files"""
        os.mkdir(self.path("captures"))
        for name in HIJACK:
            os.link(pcap(name), self.path(f"captures/{name}.pcap"))
        found = self.report("-r", RULES, "captures")
        expected = self.report(self.save())["incidents"]
        self.assertEqual([matched_only(incident) for incident in found["incidents"]], expected)
        os.makedirs(self.path("both/old/.hidden"))
        os.link(pcap(HIJACK[1]), self.path("both/mail.pcap"))
        self.write("both/old/events.gz", gzip.compress(self.read("events.json")))
        self.write("both/old/.hidden/broken", b"{")
        self.write("both/notes.txt", b"no source")
        found = self.report("-r", RULES, "both")
        self.assertEqual([i["id"] for i in found["incidents"] if i.get("owner")],
                         [i["id"] for i in expected if i.get("owner")])
        self.assertEqual(found["sources"], ["both", "both/old/events.gz"])

    def test_before(self):
        """genuine records before the rogue ones, which they do not outlive"""
        incident = self.of_name(self.of_captures(*BEFORE, *HIJACK))
        expected = [a for a in incident["answers"] if a["kind"] == "expected"]
        servers = {a["value"] for a in expected if a["type"] == "NS"}
        self.assertEqual(servers, {"ns-1515.awsdns-61.org", "ns-1985.awsdns-56.co.uk",
                                   "ns-405.awsdns-50.com", "ns-650.awsdns-17.net"})
        self.assertIn("aspmx.l.google.com", {a["value"] for a in expected if a["type"] == "MX"})
        start = min(a["first"] for a in incident["answers"] if a["kind"] == "rogue")
        self.assertTrue(all(a["first"] < start for a in expected))
        self.assertEqual(self.of_name(self.of_captures(*HIJACK))["answers"],
                         matched_only(incident)["answers"])

    def test_recovered(self):
        """days later the genuine records are seen again: bars before and after"""
        incident = self.of_name(self.of_captures(*harness.captures()))
        bars = [a for a in incident["answers"] if a["value"] == "aspmx.l.google.com"]
        lies = [a for a in incident["answers"] if a["kind"] == "rogue" and a["type"] == "MX"]
        self.assertEqual(len(bars), 2)
        self.assertLessEqual(bars[0]["last"], min(a["first"] for a in lies))
        self.assertGreaterEqual(bars[1]["first"], max(a["last"] for a in lies))
        self.assertEqual(len(incident["mails"]), 5)

    def test_limits(self):
        """what could not be seen: losses of a capture, encrypted mail, places without counters"""
        whole = self.of_captures(*HIJACK)["limits"]
        self.assertTrue(any("were read whole" in limit for limit in whole), whole)
        cut = self.path("cut.pcap")
        self.tool("editcap", "-s", "60", pcap("hijack-mta"), cut)
        limits = self.report("-r", RULES, pcap("hijack-resolver"), cut)["limits"]
        self.assertTrue(any("captured in part" in limit for limit in limits), limits)
        limits = self.of_captures("starttls-resolver", "starttls-mta")["limits"]
        self.assertTrue(any("STARTTLS" in limit for limit in limits), limits)
        limits = self.report(self.save())["limits"]
        self.assertTrue(any("Saved events" in limit for limit in limits), limits)


class Histories(Report):
    def keep(self, *names, mail="mailboxes"):
        done = self.nsmx("replay", "-r", RULES, "--history", self.path("seen"), "--history-mail",
                         mail, "-o", "null", *map(pcap, names))
        self.assertEqual(done.status, 0, done.err)

    def test_mails(self):
        """mails that only the history has; those of other servers are not in the report"""
        self.keep(*BEFORE, *HIJACK)
        events = self.save(names=HIJACK[:1])
        self.assertEqual(self.of_name(self.report(events)).get("mails", []), [])
        incident = self.of_name(self.report("--history", "seen", events))
        self.assertEqual([(m["from"], sorted(m["rcpt"]), m["server"], m["content"])
                          for m in incident["mails"]],
                         [("alice@example.net", ["support@coincheck.com"], "45.77.24.250", True),
                          ("bob@example.net", ["info@coincheck.com", "support@coincheck.com"],
                           "45.77.24.250", True)])
        self.assertEqual({rcpt["reply_code"] for m in incident["mails"] for rcpt in m["rcpt_to"]},
                         {250})
        self.assertIn("expected", {a["kind"] for a in incident["answers"]})

    def test_known(self):
        """mails that hits have are not added again"""
        self.keep(*HIJACK)
        events = self.save()
        self.assertEqual(self.of_name(self.report("--history", "seen", events))["mails"],
                         self.of_name(self.report(events))["mails"])

    def test_hunt(self):
        """a history alone: what a hunt with the rules finds, as incidents"""
        self.keep(*BEFORE, *HIJACK)
        report = self.report("--history", "seen", "-r", RULES)
        incident, = [i for i in report["incidents"] if i.get("owner") == "coincheck.com"]
        replayed = self.of_name(self.of_captures(*BEFORE, *HIJACK))
        self.assertEqual(incident["id"], replayed["id"])
        self.assertEqual({(a["kind"], a["type"], a["value"]) for a in incident["answers"]
                          if a["type"] != "SOA"},
                         {(a["kind"], a["type"], a["value"]) for a in replayed["answers"]
                          if a["type"] != "SOA"})
        self.assertEqual([(m["from"], sorted(m["rcpt"]), m["accepted"]) for m in
                          incident["mails"]],
                         [(m["from"], sorted(m["rcpt"]), m["accepted"]) for m in
                          replayed["mails"]])

    def test_missing(self):
        """a history that is not there"""
        self.report("--history", "nowhere", self.save(), status=1)
        self.assertIn("nowhere", self.complaints)


class Damage(Report):
    def test_lines(self):
        """damaged lines are named with their numbers, and everything else is read"""
        with open(self.save(), "rb") as file:
            lines = file.read().splitlines(keepends=True)
        whole = self.report("events.json")["incidents"]
        lines.insert(2, b'{"a": 1}\n')
        lines.insert(5, b"{broken\n")
        lines.insert(7, b"\n")
        self.write("damaged.json", b"".join(lines) + b'{"@timestamp":')
        found = self.report("damaged.json", status=1)
        self.assertEqual(found["incidents"], whole)
        self.assertRegex(self.complaints, r"damaged\.json:3: left out: not an event of nsmx")
        self.assertRegex(self.complaints, r"damaged\.json:6: left out: not JSON")
        self.assertRegex(self.complaints, rf"damaged\.json:{len(lines) + 1}: left out: not JSON")

    def test_many(self):
        """of many damaged lines the first ones are named"""
        self.write("damaged.json", b"{\n" * 50)
        self.report("damaged.json", status=1)
        self.assertEqual(self.complaints.count("left out: not JSON"), 10)
        self.assertIn("40 more lines were left out", self.complaints)

    def test_long(self):
        """a line that no event can have"""
        self.write("long.json", b'{"a":"' + b"x" * (3 << 20) + b'"}\n{}\n')
        self.report("long.json", status=1)
        self.assertRegex(self.complaints, r"long\.json:1: left out: the line is too long")
        self.assertRegex(self.complaints, r"long\.json:2: left out")

    def test_sources(self):
        """sources that are not there, or not what they should be"""
        self.report("-r", RULES, "nowhere.pcap", status=1)
        self.assertIn("nowhere.pcap", self.complaints)
        done = self.nsmx("report", "redis://127.0.0.1:1")
        self.assertEqual(done.status, 1)
        self.assertIn("127.0.0.1:1", done.err)
        for words in ((), ("--format", "docx", "x"), ("redis://127.0.0.1/?as=list",),
                      ("redis://",)):
            done = self.nsmx("report", *words)
            self.assertEqual(done.status, 2, words)
            self.assertIn("nsmx help report", done.err.replace("remove as=", "nsmx help report"))

    def state(self, reason, *args, **options):
        """The page states what was not read, and vouches for nothing."""
        limits = self.report("-r", RULES, *args, status=1, **options)["limits"]
        self.assertTrue(any(limit.startswith("A source was not read, or only in part: ")
                            and reason in limit for limit in limits), limits)
        self.assertFalse(any("read whole" in limit for limit in limits), limits)

    def test_unread(self):
        """sources that were not read, or not to their end, are in the page with the reason"""
        with open(pcap(HIJACK[0]), "rb") as file:
            octets = file.read()
        self.write("cut.pcap", octets[:6000])
        self.write("cut.pcap.gz", gzip.compress(octets)[:2000])
        self.write("length.pcap", octets[:32] + b"\xff" * 4 + octets[36:])
        self.write("text", b"no capture\n")
        self.write("bad.json", b"{\n" * 12)
        end = "cut.pcap: packet 46: the file ends inside this packet"
        self.state(end, "cut.pcap")
        self.state("cut.pcap.gz: packet ", "cut.pcap.gz")
        self.state("length.pcap: packet 1: ", "length.pcap")
        self.state("nowhere: No such file", "nowhere", pcap(HIJACK[1]))
        self.state("text: not a capture", "text")
        self.state("bad.json: lines that are not events were left out: 12", "bad.json")
        self.state("redis://127.0.0.1:1: ", "redis://127.0.0.1:1")
        self.state("history nowhere: No such file", "--history", "nowhere", pcap(HIJACK[0]))
        self.state("cut.pcap: no temporary folder", "cut.pcap",
                   env={"TMPDIR": self.path("nowhere")})
        page = self.run_report("--format", "markdown", "-r", RULES, "nowhere", status=1).decode()
        self.assertIn("No incident was found in what could be read.", page)
        for workers in ("1", "2"):
            self.replay("--workers", workers, "--report", "page.json", "cut.pcap",
                        pcap(HIJACK[1]), status=1)
            self.assertIn(f"A source was not read, or only in part: {end}.",
                          json.loads(self.read("page.json"))["limits"])

    def test_unread_history(self):
        """rows that a hunt could not read"""
        self.replay("--history", "seen", pcap(HIJACK[0]))
        rows, = (name for name in os.listdir(self.path("seen")) if name.endswith(".rows"))
        octets = self.read(f"seen/{rows}")
        self.write(f"seen/{rows}", octets[:len(octets) // 2])
        self.state("history seen: ", "--history", "seen")

    def test_empty(self):
        """an empty file has no incidents, which is noted"""
        self.write("empty.json", b"")
        self.assertEqual(self.report("empty.json")["incidents"], [])
        self.assertIn("empty.json: the file is empty", self.complaints)

    def test_interrupted(self):
        """SIGINT while standard input is open: exit status 130, and no report"""
        reader, writer = os.pipe()
        process = self.start("report", "-o", "out.json", "-", stdin=reader)
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(b"{" + b" " * 1000 + b"\n")
            pipe.flush()
            process.wait_err("stdin:1:")
            self.assertEqual(process.stop(signal.SIGINT), 130, process.err())
        self.assertIn("interrupted after line 1", process.err())
        self.assertFalse(os.path.exists(self.path("out.json")))
        self.assertEqual([name for name in os.listdir(self.folder) if "XXXX" in name or
                          name.startswith("out")], [])


class Output(Report):
    def test_file(self):
        """a file is replaced as a whole, with the usual rights; its name chooses the format"""
        self.write("report.json", b"old")
        os.chmod(self.path("report.json"), 0o600)
        out = self.run_report("-o", "report.json", self.save())
        self.assertEqual(out, b"")
        self.assertEqual(json.loads(self.read("report.json"))["incidents"],
                         self.report("events.json")["incidents"])
        self.assertEqual(sorted(name for name in os.listdir(self.folder)
                                if name.startswith("report")), ["report.json"])
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("report.json")).st_mode), 0o666 & ~mask)

    def test_unwritable(self):
        """a file that cannot be written"""
        self.save()
        done = self.nsmx("report", "-o", "nowhere/report.json", "events.json")
        self.assertEqual(done.status, 1)
        self.assertIn("nowhere/report.json: the report could not be written", done.err)
        with open("/dev/full", "wb") as full:
            process = self.start("report", "events.json", stdout=full)
            self.assertEqual(process.wait(), 1)
        self.assertIn("standard output cannot be written", process.err())

    def test_default(self):
        """without --format it is a page"""
        self.assertTrue(self.run_report(self.save()).lower().startswith(b"<!doctype html>"))

    def test_replay(self):
        """replay --report: the same report in one run, and the same events; with workers, too"""
        plain = self.replay("--alerts", "both", *map(pcap, HIJACK))
        for workers in ("1", "2"):
            with self.subTest(workers):
                found = self.replay("--alerts", "both", "--workers", workers, "--report",
                                    "page.json", *map(pcap, HIJACK))
                self.assertEqual({e["event"]["id"] for e in found},
                                 {e["event"]["id"] for e in plain})
                report = json.loads(self.read("page.json"))
                expected = self.of_captures(*HIJACK)
                for name in ("incidents", "limits", "sources"):
                    self.assertEqual(report[name], expected[name])
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("nsmx-")],
                         [])

    def test_replay_interrupted(self):
        """SIGINT during the replay: no report, and no temporary folder"""
        reader, writer = os.pipe()
        process = self.start("replay", "-r", RULES, "-o", "-", "--report", "page.json", "-",
                             stdin=reader)
        os.close(reader)
        with open(pcap(HIJACK[0]), "rb") as file, os.fdopen(writer, "wb") as pipe:
            pipe.write(file.read())
            pipe.flush()
            harness.wait_for(process.out, "events")
            self.assertEqual(process.stop(signal.SIGINT), 130, process.err())
        self.assertEqual([name for name in os.listdir(self.folder)
                          if name.startswith(("nsmx-", "page"))], [])

    def test_replay_history(self):
        """replay --history DIR --report FILE: the records are those of the folder"""
        self.replay("--history", "seen", *map(pcap, BEFORE))
        self.replay("--alerts", "both", "--history", "seen", "--summary", "sums", "--report",
                    "page.json", *map(pcap, HIJACK))
        incident = self.of_name(json.loads(self.read("page.json")))
        self.assertIn("expected", {a["kind"] for a in incident["answers"]})

    def test_replay_name(self):
        """a name that has no format"""
        self.replay("--report", "page.doc", pcap(HIJACK[0]), status=2)
        self.assertFalse(os.path.exists(self.path("page.doc")))


class Streams(Report):
    def test_redis(self):
        """the streams of hits and of incidents that Redis has: the report of saved events"""
        redis = harness.Redis(self)
        done = self.nsmx("replay", "--alerts", "both", "-r", RULES, "-o", redis.url(),
                         *map(pcap, HIJACK))
        self.assertEqual(done.status, 0, done.err)
        found = self.report(redis.url())
        self.assertEqual(found["incidents"], self.report(self.save())["incidents"])
        redis.client().xadd("nsmx:hits", {"event": "no event"})
        count = redis.client().xlen("nsmx:hits")
        self.report(redis.url(), status=1)
        self.assertIn(f"entry {count} of nsmx:hits: left out", self.complaints)


    def test_password(self):
        """the password of a URL is neither among the arguments nor in the report, from the start"""
        os.mkfifo(self.path("events.fifo"))
        process = self.start("report", "--format", "json", "events.fifo",
                             "redis://:secret@127.0.0.1:1")
        with process.feed_fifo(self.path("events.fifo")) as pipe:
            with open(f"/proc/{process.pid}/cmdline", "rb") as file:
                self.assertNotIn(b"secret", file.read())
            pipe.write(b"{" + b" " * 1000 + b"\n")
        self.assertEqual(process.wait(), 1)
        self.assertNotIn("secret", process.out().decode() + process.err())


if __name__ == "__main__":
    harness.main()
