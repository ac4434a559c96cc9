#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded captures yield the observations listed in tests/pcaps."""
import collections
import fnmatch
import json
import os
import re
import shutil
import subprocess

import harness
from harness import (PATIENCE, RULES, captures, events, field, hit_keys, is_hit, matched, pcap,
                     timeless)

# What every hit has, by the contract; and what else an event may have.
REQUIRED = """
    @timestamp ecs.version event.kind event.category event.type event.module event.dataset
    event.action event.id event.severity event.reason event.created rule.id rule.name
    rule.reference rule.ruleset threat.indicator.type threat.indicator.name
    threat.indicator.confidence threat.indicator.provider threat.feed.name threat.enrichments
    client.ip client.port server.ip server.port source.ip source.port destination.ip
    destination.port network.transport network.type network.protocol network.community_id
    observer.name observer.type observer.product observer.version related.ip nsmx.what
    """.split()
REQUIRED_DNS = "dns.id dns.type dns.op_code dns.response_code dns.question.name " \
    "dns.question.type dns.question.class".split()
TOTALS = "packets bytes kernel_drops interface_drops truncated_packets undecoded_packets " \
    "duplicates dns_responses dns_malformed dns_tcp_messages dns_gap_bytes " \
    "dns_skipped_bytes smtp_sessions smtp_midstream " \
    "smtp_recipients smtp_gap_bytes smtp_lines_cut smtp_unmatched smtp_resyncs " \
    "tcp_streams tcp_evicted tcp_refused fragments ambiguous " \
    "readings_evicted copies_ignored networks_merged memory_evicted no_memory watch_evicted names_unjudged " \
    "history_rows history_rows_dropped history_files history_bytes history_written hits " \
    "hits_gathered log_events_omitted hits_suppressed events_delivered events_pending " \
    "events_dropped rules rules_errors reloads rules_version rules_refused output_errors".split()
ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{6}|\d{9})Z"
DNS_KINDS = {"ns", "mx", "cname", "name", "ip", "resolver"}


def expected(name):
    """The text file of a capture: {(what, value, ...): count}."""
    facts = {}
    with open(pcap(name)[:-5] + ".txt", encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if words:
                facts[tuple(words[:-1])] = int(words[-1])
    return facts


def reply_code(event, mailbox):
    """The server's reply to the recipient of a hit: the last one of that name."""
    codes = [rcpt.get("reply_code") for rcpt in event["smtp"]["rcpt_to"]
             if rcpt["address"] == mailbox]
    return str(codes[-1])


def facts_of(found):
    """Hits counted as the text files do."""
    counted = collections.Counter()
    for event in found:
        kind, value = event["nsmx"]["what"], matched(event)
        if field(event, "event.action") == "lookalike":
            kind = "lookalike"
        more = (reply_code(event, value),) if kind == "rcpt" else ()
        counted[(kind, value, *more)] += 1
    return dict(counted)


def leaves(value, path=""):
    """All values within an event, with their path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path + "[]")
    yield path, value


def tshark(name, *options):
    return [line.split("\t") for line in subprocess.run(
        ["tshark", "-n", "-r", pcap(name), *options], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=True, text=True, timeout=PATIENCE).stdout.splitlines()]


@harness.expand
class Recorded(harness.Case):
    """The captures as they are."""

    @harness.for_each(captures(), "{}: the hits and totals of its text file")
    def test_yield(self, name):
        facts = expected(name)
        found = self.replay("--summary", "summary.json", pcap(name), rules=harness.SETS)
        summary = self.summary()
        totals = {key: count for key, count in facts.items() if len(key) == 1}
        hits = {key: count for key, count in facts.items()
                if len(key) > 1 and key[0] != "recipient"}
        self.assertEqual(facts_of(found), hits)
        self.assertEqual({key: summary[key[0]] for key in totals}, totals)
        self.assertEqual(summary["hits"], sum(hits.values()))
        if name.startswith("before"):
            self.assertEqual(found, [])

    @harness.for_each(captures("-mta"), "{}: every recipient and its reply, with --log smtp")
    def test_recipients(self, name):
        facts = expected(name)
        recipients = collections.Counter()
        for key, count in facts.items():
            if key[0] in ("rcpt", "recipient"):
                recipients[key[1:]] += count
        logged = collections.Counter()
        found = self.replay("--log", "smtp", pcap(name))
        self.assertTrue(found)
        for event in found:
            if not is_hit(event):
                for rcpt in field(event, "smtp.rcpt_to") or []:
                    self.assertEqual(rcpt["accepted"], rcpt["reply_code"] == 250)
                    logged[(rcpt["address"], str(rcpt["reply_code"]))] += 1
        self.assertEqual(logged, recipients)

    @harness.for_each(captures("before-"),
                      "{}: no hit, and nothing on standard output")
    def test_silence(self, name):
        done = self.nsmx("replay", "-r", RULES, pcap(name))
        self.assertEqual((done.status, done.out), (0, b""), done.err)
        self.assertRegex(done.err, r"(?m)^nsmx: [1-9]\d* packets, ")


@harness.expand
class Fields(harness.Case):
    """The events, against the contract and against another dissector."""

    def check_hit(self, event):
        missing = [path for path in REQUIRED if field(event, path) is None]
        self.assertEqual(missing, [])
        self.assertRegex(event["@timestamp"], f"^{ISO_TIME}$")
        self.assertRegex(event["event"]["created"], f"^{ISO_TIME}$")
        self.assertEqual(event["ecs"]["version"], "9.0.0")
        self.assertEqual(event["event"]["module"], "nsmx")
        self.assertEqual(event["event"]["type"], ["info"])
        self.assertEqual(event["event"]["action"], "ioc-match")
        self.assertIn(event["event"]["severity"], (25, 50, 75, 99))
        self.assertEqual(event["source"], event["client"])
        self.assertEqual(event["destination"], event["server"])
        self.assertIn(matched(event), event["event"]["reason"])
        self.assertIn(event["rule"]["id"], event["event"]["reason"])
        matched_by = event["threat"]["enrichments"][0]["matched"]
        self.assertEqual(matched_by["type"], "indicator_match_rule")
        dns = event["nsmx"]["what"] in DNS_KINDS
        self.assertEqual(event["event"]["dataset"], "nsmx.dns" if dns else "nsmx.smtp")
        self.assertEqual(event["network"]["protocol"], "dns" if dns else "smtp")
        self.assertEqual(event["event"]["category"],
                         ["intrusion_detection", "network"] + ([] if dns else ["email"]))
        (self.check_dns_hit if dns else self.check_smtp_hit)(event)

    def check_dns_hit(self, event):
        self.assertEqual([path for path in REQUIRED_DNS if field(event, path) is None], [])
        self.assertEqual(event["server"]["port"], 53)
        if event["nsmx"]["what"] == "resolver":
            self.assertEqual(matched(event), event["server"]["ip"])
            return
        section = {"question": "question", "answer": "answers", "authority": "authorities",
                   "additional": "additionals"}[event["nsmx"]["section"]]
        matched_field = event["threat"]["enrichments"][0]["matched"]["field"]
        self.assertEqual(matched_field, f"dns.{section}.data")
        records = [record for record in event["dns"][section]
                   if matched(event) in record["data"].split()
                   and record["name"] == event["nsmx"]["owner"]]
        self.assertTrue(records, event["dns"][section])
        self.assertIn("cached_until", event["nsmx"])

    def check_smtp_hit(self, event):
        self.assertEqual(event["server"]["port"], 25)
        self.assertEqual(event["network"]["transport"], "tcp")
        self.assertIn("banner", event["smtp"])

    @harness.for_each(sorted(set(captures()) - set(captures("before-"))),
                      "{}: its hits have the fields of the contract")
    def test_fields(self, name):
        found = self.hits(name)
        self.assertTrue(found)
        for event in found:
            self.check_hit(event)

    @harness.for_each(captures(), "{}: no empty value in any event, nor in a log event")
    def test_nothing_empty(self, name):
        found = self.replay("--log", "all", pcap(name))
        self.assertTrue(found)
        for event in found:
            empty = [path for path, value in leaves(event) if value in ("", None) or
                     isinstance(value, (list, dict)) and not value]
            self.assertEqual(empty, [], event)

    @harness.for_each(captures("resolver") + ["investigation"],
                      "{}: --log dns has the responses that tshark has")
    def test_dns_log(self, name):
        harness.need_programs("tshark")
        found = self.replay("--log", "dns", pcap(name))
        wanted = collections.Counter()
        for row in tshark(name, "-Y", "dns.flags.response==1", "-T", "fields", "-e", "dns.id",
                          "-e", "dns.qry.name", "-e", "dns.count.answers",
                          "-e", "dns.count.auth_rr", "-e", "dns.flags.rcode", "-e", "dns.a"):
            row += [""] * (6 - len(row))
            wanted[(str(int(row[0], 16)), row[1].lower().replace("<root>", ""), row[2], row[3],
                    row[4])] += 1
        codes = {"NOERROR": "0", "NXDOMAIN": "3", "REFUSED": "5", "SERVFAIL": "2"}
        logged = collections.Counter()
        for event in found:
            if not is_hit(event):
                self.assertEqual(event["event"]["category"], ["network"])
                dns = event["dns"]
                logged[(dns["id"], dns["question"]["name"].strip("."),
                        str(len(dns.get("answers", []))), str(len(dns.get("authorities", []))),
                        codes[dns["response_code"]])] += 1
        self.assertEqual(logged, wanted)

    @harness.for_each(["hijack-resolver", "hijack-mta", "investigation"],
                      "{}: Community ID as tshark computes it")
    def test_community_id(self, name):
        harness.need_programs("tshark")
        ours = {event["network"]["community_id"]
                for event in self.replay("--log", "all", pcap(name))}
        self.assertTrue(ours)
        rows = tshark(name, "--enable-protocol", "communityid", "-T", "fields", "-e", "ip.src",
                      "-e", "ip.dst", "-e", "communityid")
        if not rows or len(rows[0]) < 3 or not rows[0][2].startswith("1:"):
            self.skipTest("this tshark computes none")
        self.assertLessEqual(ours, {row[2] for row in rows})

    def test_log_all(self):
        """--log all: an event for every response and every mail, hits as ever"""
        both = [pcap("hijack-resolver"), pcap("before-mta")]
        found = self.replay("--log", "all", *both)
        hits = [timeless(event) for event in found if is_hit(event)]
        self.assertEqual(hits, [timeless(event) for event in self.replay(*both)])
        logged = collections.Counter(event["event"]["dataset"] for event in found
                                     if not is_hit(event))
        self.assertEqual(logged, {"nsmx.dns": 56, "nsmx.smtp": 2})
        mail = [event for event in found
                if not is_hit(event) and event["event"]["dataset"] == "nsmx.smtp"]
        self.assertEqual(mail[0]["event"]["category"], ["network", "email"])
        self.assertEqual(mail[0]["smtp"]["reply_code"], 250)
        self.assertFalse([event for event in found if not is_hit(event) and "rule" in event])

    def test_starttls(self):
        """STARTTLS: established, with the name that the client asks for"""
        mail, = [event for event in self.replay("--log", "smtp", pcap("starttls-mta"))
                 if not is_hit(event)]
        self.assertIs(mail["smtp"]["starttls"], True)
        self.assertIs(mail["smtp"]["starttls_offered"], True)
        self.assertIs(mail["tls"]["established"], True)
        self.assertEqual(mail["tls"]["client"]["server_name"], "mail.coincheck.com")

    def test_ids(self):
        """event.id: stable over runs and sensors, different for different hits"""
        first = sum((self.replay(pcap(name)) for name in captures()), [])
        again = sum((self.replay("--sensor", "other", pcap(name)) for name in captures()), [])
        ids = [event["event"]["id"] for event in first]
        self.assertEqual(len(ids), 201)
        self.assertEqual(len(set(ids)), len(ids))
        self.assertEqual([event["event"]["id"] for event in again], ids)
        self.assertEqual({event["observer"]["name"] for event in again}, {"other"})


@harness.expand
class Inputs(harness.Case):
    """The same capture in other wrappings."""

    def test_pcapng(self):
        """pcapng: the same events"""
        self.tool("editcap", "-F", "pcapng", pcap("hijack-resolver"), self.path("x.pcapng"))
        self.check_same([timeless(event) for event in self.replay("x.pcapng")])

    def test_nanoseconds(self):
        """a nanosecond capture: the same events"""
        self.tool("editcap", "-F", "nsecpcap", pcap("hijack-resolver"), self.path("x.pcap"))
        self.check_same([timeless(event) for event in self.replay("x.pcap")])

    def test_nanoseconds_shown(self):
        """a nanosecond capture: times to the nanosecond"""
        self.tool("editcap", "-F", "nsecpcap", pcap("hijack-resolver"), self.path("x.pcap"))
        bytes_ = bytearray(self.read("x.pcap"))
        self.assertEqual(bytes_[:4], b"\x4d\x3c\xb2\xa1")
        at = 24
        while at < len(bytes_):                     # one nanosecond later, each packet
            part = int.from_bytes(bytes_[at + 4:at + 8], "little") + 1
            bytes_[at + 4:at + 8] = part.to_bytes(4, "little")
            at += 16 + int.from_bytes(bytes_[at + 8:at + 12], "little")
        self.write("y.pcap", bytes(bytes_))
        times = [event["@timestamp"] for event in self.replay("y.pcap")]
        plain = [event["@timestamp"] for event in self.hits("hijack-resolver")]
        self.assertEqual(times, [time.replace("Z", "001Z") for time in plain])

    def test_snaplen(self):
        """a pcap with a small snaplen: counted, and no hit made up"""
        self.tool("editcap", "-s", "80", pcap("hijack-resolver"), self.path("x.pcap"))
        found = self.replay("--summary", "summary.json", "x.pcap")
        full = hit_keys(self.hits("hijack-resolver"))
        self.assertGreater(self.summary()["truncated_packets"], 50)
        self.assertLess(len(found), sum(full.values()))
        self.assertLessEqual({(rule, value) for _, rule, value in hit_keys(found)},
                             {(rule, value) for _, rule, value in full})

    def check_same(self, found):
        self.assertEqual(found, [timeless(event) for event in self.hits("hijack-resolver")])

    def test_standard_input(self):
        """-: a file on standard input"""
        with open(pcap("hijack-resolver"), "rb") as file:
            self.check_same([timeless(event) for event in self.replay("-", stdin=file)])

    def test_pipe(self):
        """-: a pipe"""
        with open(pcap("hijack-resolver"), "rb") as file:
            whole = file.read()
        self.check_same([timeless(event) for event in self.replay("-", stdin=whole)])

    def test_pipe_at_once(self):
        """-: hits from a pipe are reported while the pipe stays open"""
        process = self.start("replay", "-r", RULES, "-o", "-", "-", stdin=subprocess.PIPE)
        with open(pcap("hijack-resolver"), "rb") as file:
            process.stdin.write(file.read())
        process.stdin.flush()
        harness.wait_for(lambda: len(process.whole()) == 72, "all hits")
        self.assertIsNone(process.popen.poll())
        process.stdin.close()
        self.assertEqual(process.wait(), 0, process.err())

    def test_folder(self):
        """a folder: its captures in order of name"""
        os.mkdir(self.path("captures"))
        shutil.copy(pcap("refused-resolver"), self.path("captures/b.pcap"))
        shutil.copy(pcap("hijack-resolver"), self.path("captures/a.pcap"))
        found = self.replay("captures")
        wanted = self.hits("hijack-resolver") + self.hits("refused-resolver")
        self.assertEqual([timeless(event) for event in found],
                         [timeless(event) for event in wanted])

    def test_rules_file(self):
        """-r: a single file, and several"""
        found = self.replay("-r", os.path.join(RULES, "coincheck-2020.rules"),
                            pcap("hijack-mta"), rules=os.path.join(RULES, "jp-2018-2019.rules"))
        self.assertEqual(hit_keys(found), hit_keys(self.hits("hijack-mta")))

    def test_allow(self):
        """an allow rule silences the shipped ones"""
        self.write("own.rules", "allow any .awsdns-061.org\nallow server 45.77.24.250\n")
        self.assertEqual(len(self.replay("-r", "own.rules", pcap("hijack-resolver"))), 72 - 13)
        self.assertEqual(len(self.replay("-r", "own.rules", pcap("hijack-mta"))), 5 - 2)

    @harness.for_each(["dns", "smtp"], "--ports: {} on another port, and nothing on its own")
    def test_ports(self, kind):
        name, port = ("hijack-resolver", "53:5300") if kind == "dns" else ("hijack-mta", "25:2600")
        self.tool("tcprewrite", "--portmap=" + port, "-i", pcap(name), "-o", self.path("x.pcap"))
        self.assertEqual(self.replay("x.pcap"), [])
        found = self.replay("--ports", f"{kind}={port[3:]}", "x.pcap")
        self.assertEqual(facts_of(found), facts_of(self.hits(name)))
        self.assertEqual(self.replay("--ports", f"{kind}={port[3:]}", pcap(name)), [])

    def test_config(self):
        """--config: a file of options, before those of the command line"""
        file = self.write("nsmx.conf", f"interface = lo\nrules = {RULES}\noutput = file:a.json\n"
                                       "log = dns\nsensor = here\n")
        capture = pcap("hijack-resolver")
        done = self.nsmx("replay", "--config", file, "--sensor", "there", "-o", "file:b.json", capture)
        self.assertEqual((done.status, done.out), (0, b""), done.err)
        found = harness.events(self.read("a.json"))
        self.assertEqual(list(map(timeless, found)), list(map(timeless, harness.events(self.read("b.json")))))
        self.assertEqual([timeless(e) for e in found],
                         [timeless(e) for e in self.replay("--log", "dns", "--sensor", "there", capture)])

    def test_filter(self):
        """--filter: only what passes it"""
        found = self.replay("--filter", "host 82.221.139.210", "--summary", "summary.json",
                            pcap("hijack-resolver"))
        self.assertTrue(found)
        self.assertEqual({event["server"]["ip"] for event in found}, {"82.221.139.210"})
        self.assertEqual(self.summary()["dns_responses"], 2)


class Outputs(harness.Case):
    """Where events go, and in what form."""

    def text(self, *args, **options):
        done = self.nsmx("replay", "-r", RULES, "-o", "text", *args, **options)
        self.assertEqual(done.status, 0, done.err)
        return done.out.decode("utf-8")

    def shown(self, *args, **options):
        """What a replay writes on a terminal."""
        return self.on_terminal("replay", "-r", RULES, *args, **options)[0]

    def test_text(self):
        """text: one readable line a hit, without colours in a pipe"""
        lines = self.text(pcap("hijack-mta")).splitlines()
        hits = self.hits("hijack-mta")
        self.assertEqual(len(lines), len(hits))
        for line, event in zip(lines, hits):
            self.assertRegex(line, f"^{ISO_TIME} +critical +")
            self.assertIn(event["event"]["reason"], line)
            self.assertNotIn("\033", line)

    def test_terminal(self):
        """on a terminal: text is the default, in colours, and broken at its width"""
        text = self.shown(pcap("hijack-mta"))
        self.assertIn("\033[", text)
        plain = re.sub(r"\033\[[0-9;]*m", "", text)
        self.assertEqual(self.sentences(plain), self.sentences(self.text(pcap("hijack-mta"))))
        self.assertLessEqual(max(map(len, plain.splitlines())), 80)

    def sentences(self, text):
        """The words of each event, without its time."""
        return [re.sub(r"^\S+[T ]\S+Z +", "", line)
                for line in text.replace("\n    ", " ").splitlines()]

    def test_no_color(self):
        """on a terminal with NO_COLOR: no colours; set to nothing it is not set"""
        plain = self.sentences(self.text(pcap("hijack-mta")))
        shown = self.shown(pcap("hijack-mta"), env={"NO_COLOR": "1"})
        self.assertEqual(self.sentences(shown), plain)
        self.assertIn("\033[", self.shown(pcap("hijack-mta"), env={"NO_COLOR": ""}))

    def test_json_on_terminal(self):
        """on a terminal, -o -: JSON lines"""
        found = events(self.shown("-o", "-", pcap("hijack-mta")))
        self.assertEqual(len(found), 5)

    def test_json_default(self):
        """in a pipe: JSON lines are the default"""
        done = self.nsmx("replay", "-r", RULES, pcap("hijack-mta"))
        self.assertEqual((done.status, len(events(done.out))), (0, 5), done.err)

    def test_file(self):
        """file: JSON lines, appended; readable by the owner and his group alone"""
        for _ in range(2):
            done = self.nsmx("replay", "-r", RULES, "-o", "file:x.json", pcap("hijack-mta"))
            self.assertEqual((done.status, done.out), (0, b""), done.err)
        found = [timeless(event) for event in events(self.read("x.json"))]
        self.assertEqual(found, 2 * [timeless(event) for event in self.hits("hijack-mta")])
        self.assertEqual(os.stat(self.path("x.json")).st_mode & 0o007, 0)

    def test_null(self):
        """null: counted, delivered nowhere"""
        done = self.nsmx("replay", "-r", RULES, "-o", "null", "--summary", "summary.json",
                         pcap("hijack-mta"))
        self.assertEqual((done.status, done.out), (0, b""), done.err)
        self.assertEqual(self.summary()["hits"], 5)

    def test_several(self):
        """several outputs at once: each has all"""
        done = self.nsmx("replay", "-r", RULES, "-o", "file:a.json", "-o", "-", "-o", "null", "-o",
                         "file:b.json", "--summary", "summary.json", pcap("hijack-resolver"))
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(len(events(done.out)), 72)
        self.assertEqual(self.read("a.json"), done.out)
        self.assertEqual(self.read("b.json"), done.out)
        self.assertEqual(self.summary()["events_delivered"], 4 * 72)

    def test_summary(self):
        """--summary: one JSON object with the counters of the contract"""
        self.replay("--summary", "summary.json", pcap("before-mta"), pcap("hijack-resolver"))
        summary = json.loads(self.read("summary.json"))
        self.assertEqual(set(TOTALS) - set(summary), set())
        wanted = {"packets": 170, "dns_responses": 56, "smtp_sessions": 2, "smtp_recipients": 3,
                  "hits": 72, "events_delivered": 72, "events_pending": 0, "events_dropped": 0,
                  "truncated_packets": 0, "undecoded_packets": 0, "dns_malformed": 0,
                  "smtp_midstream": 0, "smtp_gap_bytes": 0, "output_errors": 0, "rules": 23}
        self.assertEqual({name: summary[name] for name in wanted}, wanted)
        self.replay("--summary", "summary.json", pcap("before-mta"))    # a shorter one
        self.assertEqual(self.summary()["hits"], 0)

    def test_progress(self):
        """--progress: on standard error, and not unasked in a pipe"""
        with open(pcap("before-resolver"), "rb") as file:
            whole = file.read()
        self.write("x.pcap", whole[:24] + 100 * whole[24:])
        quiet = self.nsmx("replay", "-r", RULES, "x.pcap")
        self.assertNotIn("\r", quiet.err)
        self.assertNotIn("\033", quiet.err)
        self.assertIn("17000 packets", quiet.err)
        done = self.nsmx("replay", "-r", RULES, "--progress", "always", "x.pcap")
        self.assertRegex(done.err, r"\d+ % of x\.pcap: \d+ packets, 0 hits")
        never = self.nsmx("replay", "-r", RULES, "--progress", "never", "x.pcap")
        self.assertNotIn("%", never.err)

    def test_filter_of_terminal(self):
        """text: control characters of the wire do not reach a terminal"""
        whole = bytearray(open(pcap("hijack-mta"), "rb").read())
        self.assertGreater(whole.count(b"support@"), 0)
        self.write("x.pcap", bytes(whole.replace(b"support@", b"su\033[31m@")))
        text = self.text("x.pcap")
        self.assertNotIn("\033", text)
        self.assertIn("@coincheck.com", text)

    def test_hidden_characters(self):
        """text, progress, messages: C1 controls, bidirectional and invisible characters"""
        hidden = "\u009b\u202e\u200b\u2028\u2029\U000e0041"
        whole = bytearray(open(pcap("hijack-mta"), "rb").read())
        self.write("x.pcap", bytes(whole.replace(b"support@", "su\u009b\u202e@".encode())))
        text = self.text("x.pcap")
        name = self.write(f"a{hidden}.pcap", bytes(whole[:24] + whole[24:] * 600))
        done = self.nsmx("replay", "-r", RULES, "--progress", "always", "-o", "null", name)
        missing = self.nsmx("replay", "-r", RULES, "-o", "null", f"b{hidden}.pcap")
        self.assertEqual((done.status, missing.status), (0, 1))
        for shown in (text, done.err, missing.err):
            self.assertEqual([mark for mark in hidden if mark in shown], [])
        self.assertIn(r"b\u{009b}\u{202e}\u{200b}\u{2028}\u{2029}\u{e0041}.pcap", missing.err)
        self.assertIn(r"\u{202e}", done.err)


class Choice(harness.Case):
    """--severity, --what and --rule: only some hits, the same as without."""

    CAPTURES = (pcap("hijack-mta"), pcap("hijack-resolver"))

    def check(self, chosen, *options):
        wanted = [event for event in self.replay(*self.CAPTURES) if chosen(event)]
        self.assertTrue(wanted)
        found = self.replay("--summary", "summary.json", *options, *self.CAPTURES)
        self.assertEqual(hit_keys(found), hit_keys(wanted))
        self.assertEqual(self.summary()["hits"], len(wanted))

    def test_severity(self):
        """--severity: the hits of this severity and above"""
        self.check(lambda event: event["event"]["severity"] >= 99, "--severity", "critical")

    def test_what(self):
        """--what: the hits of these kinds; mail to an address is intercepted all the same"""
        self.check(lambda event: event["nsmx"]["what"] in ("rcpt", "server"),
                   "--what", "rcpt,server")

    def test_rule(self):
        """--rule: the hits of rules with such ids, and with all three, of these alone"""
        self.check(lambda event: fnmatch.fnmatchcase(event["rule"]["id"], "*-ns-0*"),
                   "--rule", "*-ns-0*")
        self.check(lambda event: fnmatch.fnmatchcase(event["rule"]["id"], "*-ns-0*") and
                   event["nsmx"]["what"] == "ns", "--rule", "*-ns-0*", "--what", "ns,mx",
                   "--severity", "low")

    def test_repeats(self):
        """--suppress: hits that are not chosen are not counted as repeats"""
        self.replay("--summary", "all.json", "--suppress", "60", *self.CAPTURES)
        self.replay("--summary", "some.json", "--suppress", "60", "--what", "resolver",
                    *self.CAPTURES)
        self.assertLess(self.summary("some.json")["hits_suppressed"],
                        self.summary("all.json")["hits_suppressed"])


class Suppress(harness.Case):
    """--suppress: repeats are counted and reported once."""

    def check(self, seconds, name):
        plain = self.hits(name)
        found = self.replay("--suppress", seconds, "--summary", "summary.json", pcap(name))
        counted = collections.Counter()
        for event in found:
            key = event["rule"]["id"], matched(event), event["client"]["ip"], event["server"]["ip"]
            counted[key] += event["nsmx"].get("count", 1)
        wanted = collections.Counter(
            (event["rule"]["id"], matched(event), event["client"]["ip"], event["server"]["ip"])
            for event in plain)
        self.assertEqual(counted, wanted)
        self.assertEqual(self.summary()["hits"], len(found))
        return plain, found

    def test_counts(self):
        """an hour: each first hit and one repeat, which add up to all hits"""
        plain, found = self.check("3600", "hijack-resolver")
        repeats = [event for event in found if "count" in event["nsmx"]]
        firsts = [event for event in found if "count" not in event["nsmx"]]
        self.assertLess(len(found), len(plain))
        self.assertTrue(repeats)
        self.assertEqual(self.summary()["hits_suppressed"], len(plain) - len(firsts))
        times = {event["@timestamp"] for event in plain}
        for event in repeats:
            self.assertLessEqual(event["event"]["start"], event["event"]["end"])
            self.assertIn(event["event"]["start"], times)
            self.assertIn(event["event"]["end"], times)

    def test_ids(self):
        """a repeat has an id of its own, the same in every run"""
        plain, found = self.check("3600", "hijack-resolver")
        ids = [event["event"]["id"] for event in found]
        self.assertEqual(len(set(ids)), len(ids))
        repeats = {event["event"]["id"] for event in found if "count" in event["nsmx"]}
        self.assertFalse(repeats & {event["event"]["id"] for event in plain})
        again = self.replay("--suppress", "3600", pcap("hijack-resolver"))
        self.assertEqual([event["event"]["id"] for event in again], ids)

    def test_window(self):
        """a second: windows pass by the packets' time"""
        _, hour = self.check("3600", "hijack-mta")
        _, second = self.check("1", "hijack-mta")
        plain = self.hits("hijack-mta")
        self.assertEqual(len(hour), 4 + 1)
        self.assertGreaterEqual(len(plain), len(second))
        self.assertGreaterEqual(len(second), len(hour) - 1)


if __name__ == "__main__":
    harness.main()
