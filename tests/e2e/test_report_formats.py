#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports for other programs: each document is what its specification demands, of the recorded
incident and of a hostile one, and an import of it gives the rules that it was made from."""
import csv
import datetime
import html.parser
import io
import ipaddress
import json
import os
import re
import uuid

import harness
import stix_pattern
import traffic
from harness import ROOT, RULES, pcap

try:
    import jsonschema
except ImportError:
    jsonschema = None

HIJACK = ("hijack-resolver", "hijack-mta")
SPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")     # STIX 2.1 section 2.9
CONTRIBUTING = {"domain-name": ["value"], "ipv4-addr": ["value"], "ipv6-addr": ["value"],
                "email-addr": ["value"], "email-message": ["from_ref", "subject", "body"],
                "network-traffic": ["start", "end", "src_ref", "dst_ref", "src_port", "dst_port",
                                    "protocols", "extensions"]}
# What a reader of a document could take for more than text.
ATTACKS = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "+1", "-1", "@everyone", "\t=1",
           "`|`[a](javascript:b)", "![a](http://c.example/d)", "a\\|b\\", "x\r\ny,\"z",
           "\u202emoc.elpmaxe\u2066", "nul\0octet", "' OR '1'='1' \\' ]", "\x1b]0;t\x07",
           "a@b@c", "<a@b.example>", "日本語 <b>", "#1", "http://e.example/", "www.e.example"]
# Strings of events that are not from the wire.
OWN = {"@timestamp", "version", "kind", "category", "type", "module", "dataset", "action", "id",
       "created", "start", "end", "state", "first", "last", "cached_until", "time"}


def changed(value, number, name=""):
    """An event in which each text from the wire is an attack."""
    if isinstance(value, dict):
        return {key: changed(item, number, key) for key, item in value.items()}
    if isinstance(value, list):
        return [changed(item, number + place, name) for place, item in enumerate(value)]
    if isinstance(value, str) and name not in OWN:
        return ATTACKS[(number + len(name)) % len(ATTACKS)]
    return value


def hostile_capture():
    """A mail with attacks to a server that a rule names, and a response that names a server."""
    mail = traffic.Connection()
    mail.talk("S: 220 <script>alert(1)</script>", "C: EHLO =cmd|calc", "S: 250 ok",
              "C: MAIL FROM:<\"<svg/onload=a>\"@a.example>", "S: 250 ok",
              "C: RCPT TO:<support@coincheck.com>", "S: 250 ok",
              "C: RCPT TO:<\"=1+1|`x`\"@coincheck.com>", "S: 250 ok", "C: DATA", "S: 354 go on")
    mail.say(traffic.CLIENT,
             "Subject: =1+1 <img src=x onerror=a> `|`[b](javascript:c) \u202e@all\r\n"
             "Message-ID: <\"@a.example>\r\n\r\nx\r\n.\r\n")
    mail.talk("S: 250 ok", "C: QUIT", "S: 221 bye")
    owner = b"\x0c<b>|`&'\"=.[]" + traffic.dns_name("example.com")
    answer = traffic.dns_record(owner, 2, traffic.dns_name("ns-1.awsdns-061.org"))
    response = traffic.dns_response([owner + b"\0\2\0\1"], [answer])
    return traffic.pcap([traffic.datagram(response)] + mail.close().packets)


def canonical(value):
    """RFC 8785, for the values that ids are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Formats(harness.Case):
    def setUp(self):
        super().setUp()
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")

    def make(self, form, *sources, rules=RULES, status=0):
        done = self.nsmx("report", "-r", rules, "--format", form, *sources)
        self.assertEqual(done.status, status, done.err)
        self.assertNotEqual(done.out, b"")
        return done.out.decode("utf-8")

    def recorded(self, form, **options):
        return self.make(form, *map(pcap, HIJACK), **options)

    def hostile(self):
        """A hostile capture, and the events of the recorded one with attacks in all texts."""
        done = self.nsmx("replay", "--alerts", "both", "-r", RULES, "-o", "-", *map(pcap, HIJACK))
        self.assertEqual(done.status, 0, done.err)
        events = [changed(event, number) for number, event in enumerate(harness.events(done.out))]
        lines = "".join(json.dumps(event) + "\n" for event in events)
        return [self.write("hostile.pcap", hostile_capture()), self.write("hostile.json", lines)]

    def of_both(self, form):
        """The document of the recorded incident, and that of the hostile ones."""
        both = [self.recorded(form), self.make(form, *self.hostile())]
        self.assertNotEqual(both[0], both[1])
        return both

    def schema(self, name):
        with open(os.path.join(ROOT, "tests/schemas", name), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())

    def check(self, schema, value):
        for error in self.schema(schema).iter_errors(value):
            self.fail(f"{list(error.absolute_path)}: {error.message[:400]}")

    def bites(self, schema, value):
        """The schema refuses the document when a member is left out or is another's."""
        validator = self.schema(schema)
        self.assertTrue(validator.is_valid(value))
        for name in list(value):
            self.assertFalse(validator.is_valid(dict(value, **{name: {"other": 1}})), name)

    def imported(self, document):
        """The rules that an import gives, without their ids."""
        done = self.nsmx("rules", "import", "--feed", "x", self.write("document.json", document))
        self.assertEqual(done.status, 0, done.err)
        self.assertNotIn("left out: ", done.err)
        rules = [re.sub(r" id=\S+", "", line) for line in done.out.decode().splitlines()
                 if line.startswith("alert ")]
        checked = self.nsmx("rules", "check", self.write("imported.rules", done.out))
        self.assertEqual(checked.status, 0, checked.err)
        return sorted(rules)

    def canonical_rules(self, text):
        """Rules as an import writes them."""
        done = self.nsmx("rules", "list", self.write("own.rules", text))
        self.assertEqual(done.status, 0, done.err)
        self.assertNotEqual(done.out, b"")
        return sorted(re.sub(r" (id|feed)=\S+", "", line)
                      for line in done.out.decode().splitlines())


class Json(Formats):
    def test_schema(self):
        """json: all keys are documented, and those of the schema"""
        with open(os.path.join(ROOT, "docs/report.md"), encoding="utf-8") as file:
            page = file.read()
        for text in self.of_both("json"):
            report = json.loads(text)
            self.check("report.json", report)
            for incident in report["incidents"]:
                for key in incident:
                    self.assertIn(f"`{key}", page)
                for item in incident.get("hit_list", []) + incident.get("mails", []):
                    for key in item:
                        self.assertRegex(page, rf"\b{key}\b")
        self.bites("report.json", report)

    def test_incident(self):
        """json: an incident is that of the event, with more"""
        done = self.nsmx("replay", "--alerts", "incidents", "-r", RULES, "-o", "-",
                         *map(pcap, HIJACK))
        events = {event["nsmx"]["incident"]["id"]: event["nsmx"]["incident"]
                  for event in harness.events(done.out)}
        report = json.loads(self.recorded("json"))
        self.assertEqual({incident["id"] for incident in report["incidents"]}, set(events))
        for incident in report["incidents"]:
            for key, value in events[incident["id"]].items():
                if key not in ("resolvers", "mails"):
                    self.assertEqual(incident[key], value, key)
                for item, expected in zip(incident[key], value) if isinstance(value, list) else []:
                    if isinstance(expected, dict):
                        self.assertEqual({name: item[name] for name in expected}, expected)


class Csv(Formats):
    def test_table(self):
        """csv: a table by RFC 4180, whose cells are not formulas"""
        for text in self.of_both("csv"):
            self.assertEqual(text.count("\n"), text.count("\r\n"))
            rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
            self.assertTrue(rows)
            for row in rows:
                self.assertNotIn(None, list(row) + list(row.values()))
                for cell in row.values():
                    self.assertNotRegex(cell, r"^\s*[=+@＝＋＠－-]")
                    self.assertNotRegex(cell, "[\0-\x1f\x7f\u202a-\u202e\u2066-\u2069]")

    def test_rows(self):
        """csv: a row for each answer, resolver, hit and recipient"""
        rows = list(csv.DictReader(io.StringIO(self.recorded("csv"), newline="")))
        report = json.loads(self.recorded("json"))
        for kind, key in (("hit", "hit_list"), ("resolver", "resolvers")):
            self.assertEqual(sum(row["kind"] == kind for row in rows),
                             sum(len(i.get(key, [])) for i in report["incidents"]))
        mails = [(row["sender"], row["recipient"], row["accepted"], row["subject"])
                 for row in rows if row["kind"] == "mail"]
        self.assertEqual(mails, [
            ("alice@example.net", "support@coincheck.com", "yes", "Re: Question about my account"),
            ("bob@example.net", "info@coincheck.com", "yes", "本人確認書類について"),
            ("bob@example.net", "support@coincheck.com", "yes", "本人確認書類について")])


class Page(html.parser.HTMLParser):
    """The elements of a page, and their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


class Markdown(Formats):
    def test_rendered(self):
        """markdown: as GitHub renders it, texts from the wire are text"""
        harness.need_programs("cmark-gfm")
        for number, text in enumerate(self.of_both("markdown")):
            path = self.write("page.md", text)
            page = Page(self.tool("cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink",
                                  "-e", "strikethrough", path))
            tags = {tag for tag, _ in page.found}
            self.assertEqual(tags - {"h1", "h2", "h3", "p", "br", "strong", "code", "table",
                                     "thead", "tbody", "tr", "th", "td", "ul", "li"}, set())
            self.assertEqual([attrs for _, attrs in page.found if attrs], [])
            cells = [tag for tag, _ in page.found]
            self.assertIn("td", cells, number)
            self.assertNotIn("\u202e", text)

    def test_texts(self):
        """markdown: subjects of any language, and the addresses, as they are"""
        page = self.recorded("markdown")
        for text in ("`coincheck.com`", "`本人確認書類について`", "`ns-1515.awsdns-061.org`",
                     "`support@coincheck.com` (accepted)", "`45.77.24.250`"):
            self.assertIn(text, page)


class Timesketch(Formats):
    def lines(self, text):
        return harness.events(text)

    def test_schema(self):
        """timesketch: each line has what an import needs; its times agree"""
        for text in self.of_both("timesketch"):
            for line in self.lines(text):
                self.check("timesketch.json", line)
                moment = datetime.datetime.fromisoformat(line["datetime"])
                since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
                self.assertEqual(line["timestamp"], since // datetime.timedelta(microseconds=1))
        self.bites("timesketch.json", line)

    def test_lines(self):
        """timesketch: a line for each answer, hit and mail"""
        lines = self.lines(self.recorded("timesketch"))
        report = json.loads(self.recorded("json"))
        for kind, key in (("answer", "answers"), ("hit", "hit_list"), ("mail", "mails")):
            self.assertEqual(sum(line["data_type"] == "nsmx:" + kind for line in lines),
                             sum(len(i.get(key, [])) for i in report["incidents"]), kind)


class Stix(Formats):
    def check_refs(self, bundle):
        """Ids are there once; references lead to objects."""
        ids = [item["id"] for item in bundle["objects"]]
        self.assertEqual(len(ids), len(set(ids)))
        for item in bundle["objects"]:
            for name, value in item.items():
                if name.endswith("_ref") or name.endswith("_refs"):
                    for ref in value if isinstance(value, list) else [value]:
                        self.assertIn(ref, ids)

    def check_times(self, item):
        for first, last in (("created", "modified"), ("first_seen", "last_seen"),
                            ("first_observed", "last_observed"), ("valid_from", "valid_until")):
            if last in item:
                self.assertLessEqual(item[first], item[last])

    def check_id(self, item, seen):
        """Ids of observables are those of the specification, except that of a second mail with
        the same sender and subject."""
        parts = {name: item[name] for name in CONTRIBUTING[item["type"]] if name in item}
        expected = f"{item['type']}--{uuid.uuid5(SPACE, canonical(parts))}"
        if item["type"] != "email-message" or (parts and expected not in seen):
            self.assertEqual(item["id"], expected)
        seen.add(item["id"])

    def check_bundle(self, bundle):
        self.check("stix.json", bundle)
        self.check_refs(bundle)
        seen = set()
        for item in bundle["objects"]:
            self.check_times(item)
            if item["type"] in CONTRIBUTING:
                self.check_id(item, seen)
            if item["type"] == "indicator":
                self.assertTrue(stix_pattern.parse(item["pattern"]))
            if item["type"] == "ipv6-addr":
                ipaddress.IPv6Address(item["value"])

    def test_schema(self):
        """stix: a bundle by the specification: objects, ids, references, times, patterns"""
        for text in self.of_both("stix"):
            self.check_bundle(json.loads(text))
        bundle = json.loads(self.recorded("stix"))
        self.bites("stix.json", bundle)
        kinds = {item["type"] for item in bundle["objects"]}
        self.assertEqual(kinds, {"identity", "extension-definition", "indicator", "sighting",
                                 "observed-data", "report", "domain-name", "ipv4-addr",
                                 "email-addr", "email-message", "network-traffic"})
        for item in bundle["objects"]:
            short = {name: value for name, value in item.items() if name != "id"}
            self.assertFalse(self.schema("stix.json").is_valid(dict(bundle, objects=[short])))

    def test_twice(self):
        """stix: the same incident gives the same bundle, from captures and from events"""
        first = self.recorded("stix")
        self.assertEqual(first, self.recorded("stix"))
        events = self.path("events.json")
        done = self.nsmx("replay", "--alerts", "both", "-r", RULES, "-o", f"file:{events}",
                         *map(pcap, HIJACK))
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(first, self.make("stix", events))

    def test_observed(self):
        """stix: mails, with sender and recipients"""
        bundle = json.loads(self.recorded("stix"))
        found = {item["id"]: item for item in bundle["objects"]}
        mails = [(found[item["from_ref"]]["value"],
                  [found[ref]["value"] for ref in item["to_refs"]], item["subject"])
                 for item in found.values() if item["type"] == "email-message"]
        self.assertEqual(mails, [
            ("alice@example.net", ["support@coincheck.com"], "Re: Question about my account"),
            ("bob@example.net", ["info@coincheck.com", "support@coincheck.com"],
             "本人確認書類について")])

    def test_import(self):
        """stix: an import gives the alert rules that had hits"""
        rules = "".join(open(os.path.join(RULES, name), encoding="utf-8").read()
                        for name in ("coincheck-2020.rules", "jp-2018-2019.rules"))
        report = json.loads(self.recorded("json"))
        hit = {name for incident in report["incidents"] for name in incident["rules"]}
        with_sets = "".join(line + "\n" for line in rules.splitlines()
                            if not line.startswith("set ") and
                            any(f"id={name} " in line for name in hit))
        self.assertEqual(self.imported(self.recorded("stix")), self.canonical_rules(with_sets))

    def test_rules(self):
        """stix: kinds, reach, severities, periods and servers come back, and what was seen instead"""
        rules = ("alert ns .awsdns-061.org sev=critical conf=90 note=\"A \\\"note\\\"\" tags=a,b\n"
                 "alert ns *.awsdns-056.co.uk sev=low\n"
                 "alert mx mail.coincheck.com mx.example.com ref=https://example.net/x\n"
                 "alert ip 45.77.0.0/16 since=2020-01-01 until=2020-12-31\n"
                 "alert rcpt @coincheck.com server=45.77.24.250,192.0.2.0/24\n"
                 "alert from alice@example.net sev=high\n")
        path = self.write("some.rules", rules + "protect awsdns-[00-63].net sev=high\n")
        expected = self.canonical_rules(
            rules.replace("mail.coincheck.com mx.example.com", "mail.coincheck.com") +
            rules.splitlines()[2].replace("mail.coincheck.com ", "") + "\n" +
            "alert ns ns-650.awsdns-017.net sev=high\n")
        self.assertEqual(self.imported(self.recorded("stix", rules=path)), expected)

    def test_incidents_only(self):
        """stix: of a file with incidents alone, what they have seen"""
        events = self.path("events.json")
        self.nsmx("replay", "--alerts", "incidents", "-r", RULES, "-o", f"file:{events}",
                  *map(pcap, HIJACK))
        text = self.make("stix", events)
        self.check_bundle(json.loads(text))
        self.assertIn("alert any 45.77.24.250 sev=critical", self.imported(text))


class Misp(Formats):
    def test_schema(self):
        """misp: an event by the core format, with objects by their templates"""
        for text in self.of_both("misp"):
            event = json.loads(text)
            self.check("misp.json", event)
            attributes = event["Event"].get("Attribute", []) + [
                attribute for item in event["Event"].get("Object", [])
                for attribute in item["Attribute"]]
            self.assertEqual(event["Event"]["attribute_count"], str(len(attributes)))
            ids = [item["uuid"] for item in attributes + event["Event"].get("Object", [])]
            ids += [sighting["uuid"] for item in attributes
                    for sighting in item.get("Sighting", [])]
            self.assertEqual(len(ids), len(set(ids)))
        event = json.loads(self.recorded("misp"))
        self.bites("misp.json", event)
        for name in ("uuid", "info", "date", "timestamp", "distribution"):
            short = {key: value for key, value in event["Event"].items() if key != name}
            self.assertFalse(self.schema("misp.json").is_valid({"Event": short}), name)

    def test_objects(self):
        """misp: the answers and mails"""
        event = json.loads(self.recorded("misp"))["Event"]
        report = json.loads(self.recorded("json"))
        rows = [tuple(attribute["value"] for attribute in item["Attribute"][:3])
                for item in event["Object"] if item["name"] == "passive-dns"]
        self.assertEqual(rows, [(answer["owner"], answer["type"], answer["value"])
                                for incident in report["incidents"]
                                for answer in incident["answers"]])
        subjects = [attribute["value"] for item in event["Object"] if item["name"] == "email"
                    for attribute in item["Attribute"]
                    if attribute["object_relation"] == "subject"]
        self.assertEqual(subjects, ["Re: Question about my account", "本人確認書類について"])

    def test_import(self):
        """misp: an import gives the rules that had hits, without periods and servers"""
        rules = ("alert ns .awsdns-061.org sev=critical conf=90 note=\"A note\"\n"
                 "alert ns *.awsdns-056.co.uk sev=low\n"
                 "alert mx mail.coincheck.com\n"
                 "alert ip 45.77.0.0/16\n"
                 "alert resolver 172.104.114.87 sev=high\n"
                 "alert rcpt @coincheck.com\n"
                 "alert from alice@example.net sev=high\n")
        path = self.write("some.rules", rules)
        text = self.recorded("misp", rules=path)
        done = self.nsmx("rules", "import", "--feed", "x", self.write("event.json", text))
        self.assertEqual(done.status, 0, done.err)
        found = sorted(re.sub(r" id=\S+", "", line) for line in done.out.decode().splitlines()
                       if line.startswith("alert "))
        self.assertEqual(found, self.canonical_rules(rules))


if __name__ == "__main__":
    harness.main()
