#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hunts: rules find in the history what they find in the packets of which it was made."""
import datetime
import ipaddress
import json
import os
import unittest

import harness
import traffic
from harness import field, matched
from traffic import dns_name, dns_record, dns_response

CAPTURES = [harness.pcap(name) for name in harness.captures()]
A, NS, CNAME, MX, AAAA, HTTPS = 1, 2, 5, 15, 28, 65
EVERYTHING = ("--history-mail", "mailboxes", "--history-clients", "yes")

PINS = """
pin coincheck.com ns .awsdns-50.com .awsdns-61.org .awsdns-56.co.uk .awsdns-17.net id=pin-ns
pin .coincheck.com mx .google.com id=pin-mx
pin mail.coincheck.com ip 192.0.2.0/24 id=pin-ip
pin coincheck.com rcpt 64.233.188.26 id=pin-rcpt
pin coincheck.com ns .awsdns-061.org .awsdns-056.co.uk .awsdns-017.net max-ttl=172800 id=pin-ttl
"""


def packed(address):
    return ipaddress.ip_address(address).packed


def place(event):
    """What a hit is about: rule, kind, owner, value. The owner of a name is the name."""
    kind, value = event["nsmx"]["what"], matched(event)
    return (event["rule"]["id"], event["event"]["severity"], kind,
            value if kind == "name" else event["nsmx"].get("owner", ""), value)


def mail_place(event):
    """What a hit in mail is about: rule, kind, value."""
    return event["rule"]["id"], event["nsmx"]["what"], matched(event).lower()


class Hunt(harness.Case):
    def keep(self, *captures, folder="seen", options=()):
        done = self.nsmx("replay", "--history", self.path(folder), "--sensor", "s", "-r",
                         harness.RULES, "-o", "null", *options, *captures)
        self.assertEqual(done.status, 0, done.err)

    def keep_messages(self, *messages):
        self.write("in.pcap", traffic.pcap([traffic.datagram(message) for message in messages]))
        self.keep("in.pcap")

    def hunt(self, rules, *words, status=0, folder="seen"):
        if "\n" in rules or " " in rules:
            self.write("own.rules", rules if rules.endswith("\n") else rules + "\n")
            rules = "own.rules"
        done = self.nsmx("hunt", "--history", self.path(folder), "-r", rules, *words)
        self.assertEqual(done.status, status, done.err)
        self.complaints = done.err
        return harness.events(done.out)

    def exported(self):
        """The rows of DNS."""
        done = self.nsmx("history", "export", "--history", self.path("seen"))
        return [row for row in map(json.loads, done.out.splitlines()) if "origin" in row]

    def values(self, rules, *words):
        return {(event["rule"]["id"], matched(event)) for event in self.hunt(rules, *words)}

    # The property

    def equivalent(self, rules):
        """The hits of a hunt are those of a replay of the same captures."""
        every = self.replay(*CAPTURES, rules=rules)
        hits = self.hunt(rules)
        self.mail_is_equivalent(every, hits)
        replayed = [event for event in every if event["event"]["dataset"] == "nsmx.dns"]
        hunted = {place(event) for event in hits if event["event"]["dataset"] == "nsmx.dns"}
        owners = {row["rrname"] for row in self.exported()}
        # Not kept: who answered; and names of which no record was seen.
        wanted = {place(event) for event in replayed if event["nsmx"]["what"] != "resolver" and
                  not (event["nsmx"]["what"] == "name" and matched(event) not in owners)}
        self.assertEqual(wanted - hunted, set())
        # A message has one hit for each rule and value, which can have more than one owner.
        by_value = {(rule, value) for rule, _, _, _, value in wanted}
        self.assertEqual({(rule, value) for rule, _, _, _, value in hunted}, by_value)
        return wanted

    def mail_is_equivalent(self, every, hits):
        """The same for mail. Rows of a domain have its mailboxes as one recipient."""
        wanted = {mail_place(event) for event in every
                  if event["event"]["dataset"] == "nsmx.smtp" and
                  event["event"]["action"] != "mail-intercepted" and
                  event["nsmx"]["what"] in ("server", "banner", "from", "rcpt")}
        found = {mail_place(event) for event in hits if event["event"]["dataset"] == "nsmx.smtp"}
        domains = {(rule, kind, value) for rule, kind, value in found
                   if kind == "rcpt" and "@" not in value and not value[0].isdigit()}
        self.assertEqual(found - domains, wanted)
        self.assertLessEqual(domains, {(rule, kind, value.split("@")[-1])
                                       for rule, kind, value in wanted})

    def test_equivalence_of_shipped_rules(self):
        """the installed rules: the same rules, owners and values as in a replay"""
        self.keep(*CAPTURES, options=EVERYTHING)
        self.assertGreater(len(self.equivalent(harness.SETS)), 10)

    def test_equivalence_of_all_kinds(self):
        """a rule of each kind for each name and address that the captures have, pins, protect"""
        self.keep(*CAPTURES, options=EVERYTHING)
        names, addresses = set(), set()
        for row in self.exported():
            names.add(row["rrname"])
            if row["rrtype"] in ("A", "AAAA"):
                addresses.add(row["rdata"])
            elif row["rrtype"] in ("NS", "MX", "CNAME"):
                names.add(row["rdata"].split(" ")[-1])
            elif row["rrtype"] == "RCPT":
                names.add(row["rrname"].split("@")[-1])
        addresses = {address for address in addresses if address[0].isdigit()}
        names -= {"NODATA", "NXDOMAIN", "SERVFAIL", "REFUSED"}
        hosts = sorted(name for name in names if all(
            label.replace("-", "").isalnum() for label in name.split(".")) and "." in name)
        self.assertGreater(len(hosts), 40)
        # A kind at a time, so that the replay gathers no hits of one message in one event.
        rules = {kind: [f"alert {kind} {('', '.', '*.')[number % 3]}{name} id={kind}-{number} "
                        "force=yes" for number, name in enumerate(hosts)]
                 for kind in ("ns", "mx", "cname", "name", "any", "rcpt", "from", "banner")}
        rules["ip"] = [f"alert ip {address} id=ip-{number} force=yes"
                       for number, address in enumerate(sorted(addresses))]
        rules["server"] = [line.replace("alert ip", "alert server") for line in rules["ip"]]
        rules["pin"] = [PINS, "protect awsdns-[00-63].org id=protect"]
        kinds = set()
        for kind, lines in rules.items():
            lines += ["alert ip 45.77.0.0/16 id=network", "allow ns ns-1515.awsdns-061.org"]
            self.write("all.rules", "\n".join(lines) + "\n")
            kinds |= {kind for _, _, kind, _, _ in self.equivalent(self.path("all.rules"))}
        self.assertLessEqual({"ns", "mx", "name", "ip"}, kinds)

    def test_example(self):
        """the example of README: a report is published, imported, and found in old captures"""
        self.keep(*CAPTURES)
        self.write("article.txt", '''How the mail of coincheck.com was stolen

The name servers were replaced by look-alikes of those of Amazon:
ns-1515.awsdns-061[.]org and ns-1985.awsdns-056[.]co.uk.
The false zone had

mail.coincheck.com. 60 IN A 45.77.24[.]250

''')
        done = self.nsmx("rules", "import", "article.txt")
        self.assertEqual(done.status, 0, done.err)
        self.write("new.rules", done.out.decode())
        found = {matched(event) for event in self.hunt("new.rules")}
        self.assertEqual(found, {"ns-1515.awsdns-061.org", "ns-1985.awsdns-056.co.uk",
                                 "45.77.24.250"})

    # One kind of rule at a time

    def test_kinds(self):
        """alert, allow, pin, protect, max-ttl; what rules of the other kinds cannot find"""
        self.keep(*CAPTURES)
        matching = "ns-1515.awsdns-061.org"
        for rules, wanted in (
                (f"alert ns {matching} id=x", {("x", matching)}),
                (f"alert any .awsdns-061.org id=x\nallow ns {matching}",
                 {("x", matching), ("x", "awsdns-061.org")} & self.values(
                     "alert name .awsdns-061.org id=x")),
                ("alert mx mail.coincheck.com id=x", {("x", "mail.coincheck.com")}),
                ("alert ip 45.77.24.0/24 id=x", {("x", "45.77.24.250")}),
                ("alert ip 45.77.24.0/24 id=x\nallow ip 45.77.24.250", set()),
                ("pin mail.coincheck.com ip 192.0.2.0/24 id=x", {("x", "45.77.24.250")}),
                ("pin coincheck.com mx .google.com .googlemail.com id=x",
                 {("x", "mail.coincheck.com")}),
                ("protect awsdns-[00-63].org awsdns-[00-63].com id=x\nallow ns .awsdns-61.org "
                 ".awsdns-50.com .awsdns-17.net .awsdns-56.co.uk", {
                     ("x", matching), ("x", "ns-650.awsdns-017.net"),
                     ("x", "ns-1985.awsdns-056.co.uk")}),
                ("alert resolver 198.51.100.0/24 id=x\nalert ns no.example", set())):
            self.assertEqual(self.values(rules), wanted, rules)
        found = self.hunt(PINS)
        self.assertEqual({event["rule"]["id"] for event in found},
                         {"pin-ns", "pin-mx", "pin-ip", "pin-ttl", "pin-rcpt"})
        expected = {event["rule"]["id"]: event["nsmx"]["expected"] for event in found}
        self.assertEqual(expected["pin-ip"], ["192.0.2.0/24"])

    def test_event(self):
        """the fields of an event, and ids that are the same in each hunt"""
        self.keep(*CAPTURES)
        rules = "alert ns ns-1515.awsdns-061.org id=x sev=high"
        found = self.hunt(rules)
        for event in found:
            row, = [row for row in self.exported() if row["rrtype"] == "NS" and
                    row["rdata"] == "ns-1515.awsdns-061.org" and
                    row["origin"] == event["nsmx"]["origin"]]
            record, = event["dns"]["answers"]
            self.assertEqual(record, {"name": "coincheck.com", "type": "NS", "class": "IN",
                                      "ttl": row["ttl_max"], "data": row["rdata"]})
            self.assertEqual(event["nsmx"]["count"], row["count"])
            for name, time in (("start", row["time_first"]), ("end", row["time_last"])):
                self.assertEqual(event["event"][name], self.text(time))
            self.assertEqual(event["@timestamp"], event["event"]["start"])
            self.assertEqual(event["nsmx"]["cached_until"],
                             self.text(row["time_last"] + row["ttl_max"]))
            self.assertEqual((event["event"]["action"], event["event"]["kind"],
                              event["event"]["severity"], event["event"]["dataset"]),
                             ("hunt-match", "alert", 75, "nsmx.dns"))
            self.assertIn("ns-1515.awsdns-061.org of coincheck.com, seen ",
                          event["event"]["reason"])
            for name in "client", "server", "network", "source":
                self.assertNotIn(name, event)
        self.assertEqual({event["nsmx"]["origin"] for event in found}, {"child", "parent", "cache"})
        ids = {event["event"]["id"] for event in found}
        self.assertEqual(len(ids), len(found))
        self.assertEqual({event["event"]["id"] for event in self.hunt(rules)}, ids)
        self.keep(*CAPTURES)                    # all rows are seen again
        again = self.hunt(rules)
        self.assertEqual({event["event"]["id"] for event in again}, ids)
        self.assertEqual([event["nsmx"]["count"] for event in again],
                         [2 * event["nsmx"]["count"] for event in found])

    @staticmethod
    def text(second):
        moment = datetime.datetime.fromtimestamp(second, datetime.timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    def test_clients_and_mails(self):
        """what else was kept of a record: who was given it, and the mail that went to its address"""
        self.keep(*CAPTURES, options=EVERYTHING)
        for rules, owner in (("alert ip 45.77.24.250 id=x", "mail.coincheck.com"),
                             ("alert mx mail.coincheck.com id=x", "coincheck.com")):
            event, = [event for event in self.hunt(rules) if event["nsmx"]["origin"] == "cache"]
            self.assertEqual(event["nsmx"]["owner"], owner)
            self.assertEqual(sorted(event["nsmx"]["clients"]), ["198.51.100.25", "198.51.100.77"])
            mails = event["nsmx"]["mails"]
            self.assertIn({"time": self.text(1590851112), "client": "198.51.100.25",
                           "from": "alice@example.net", "rcpt": ["support@coincheck.com"],
                           "accepted": True, "content": True, "tls": False,
                           "server": "45.77.24.250"}, mails)
            self.assertEqual({mail["server"] for mail in mails}, {"45.77.24.250"})
            self.assertEqual(sorted(mail["rcpt"][0] for mail in mails if mail["accepted"]), [
                "info@coincheck.com", "support@coincheck.com", "support@coincheck.com",
                "support@coincheck.com"])
        self.keep(*CAPTURES, folder="domains")
        event = self.hunt("alert ip 45.77.24.250 id=x", folder="domains")[0]
        self.assertNotIn("clients", event["nsmx"])
        self.assertIn({"start": self.text(1590851112), "end": self.text(1590894000),
                       "domain": "coincheck.com", "count": 3, "accepted_count": 3, "tls_count": 0,
                       "server": "45.77.24.250"}, event["nsmx"]["mails"])
        self.keep(*CAPTURES, folder="none", options=("--history-mail", "none"))
        for event in self.hunt("alert ip 45.77.24.250 id=x", folder="none"):
            self.assertNotIn("mails", event["nsmx"])
        # The genuine exchanger has mail of its own.
        event = self.hunt("alert ip 64.233.188.26 id=x")[0]
        self.assertEqual({mail["server"] for mail in event["nsmx"]["mails"]}, {"64.233.188.26"})

    def test_many_mails(self):
        """a hundred mails at most, which are single ones if these are kept"""
        common = {"rdata": "192.0.2.1", "time_first": 1590851112, "time_last": 1590851112}
        rows = [dict(common, rrname="mail.example", rrtype="A", origin="child")]
        for number in range(150):
            rows.append(dict(common, rrname=f"d{number}.example", rrtype="MAIL"))
            rows.append({**common, "rrname": f"bob@d{number}.example", "rrtype": "RCPT",
                         "client": "198.51.100.1", "from": "alice@example.net"})
        self.write("rows.cof", "".join(json.dumps(row) + "\n" for row in rows))
        done = self.nsmx("history", "import", "--history", self.path("seen"), "rows.cof")
        self.assertEqual(done.status, 0, done.err)
        event, = self.hunt("alert ip 192.0.2.1 id=x")
        mails = event["nsmx"]["mails"]
        self.assertEqual(len(mails), 100)
        self.assertEqual({mail["from"] for mail in mails}, {"alice@example.net"})
        self.assertEqual(len({mail["rcpt"][0] for mail in mails}), 100)

    def test_mail(self):
        """rows of mail: the server, the recipient, its domain, the sender, the greeting"""
        self.keep(*CAPTURES, options=EVERYTHING)
        event, = [event for event in self.hunt("alert from alice@example.net id=x")
                  if event["@timestamp"] == self.text(1590851112)]
        self.assertEqual((event["event"]["action"], event["event"]["dataset"],
                          event["server"]["ip"], event["client"]["ip"]),
                         ("hunt-match", "nsmx.smtp", "45.77.24.250", "198.51.100.25"))
        self.assertEqual(event["event"]["category"],
                         ["intrusion_detection", "network", "email"])
        self.assertEqual(event["smtp"], {"mail_from": "alice@example.net", "rcpt_to": [
            {"address": "support@coincheck.com", "reply_code": 250, "accepted": True}]})
        event, = self.hunt("alert banner coincheck.com id=x")
        self.assertEqual(event["smtp"], {"banner": "coincheck.com"})
        self.assertEqual(self.values("alert rcpt support@coincheck.com id=x"),
                         {("x", "support@coincheck.com")})
        self.assertEqual(self.values("alert rcpt @coincheck.com id=x server=45.77.24.250"),
                         {("x", "coincheck.com"), ("x", "support@coincheck.com"),
                          ("x", "info@coincheck.com")})
        self.assertEqual(self.hunt("alert rcpt @coincheck.com id=x server=192.0.2.1"), [])

    def test_response_code(self):
        """a name that did not exist is found by a rule for names"""
        question = dns_name("dead.drop.example") + b"\0\1\0\1"
        self.keep_messages(dns_response([question], flags=0x8183))
        event, = self.hunt("alert name .drop.example id=x")
        self.assertEqual(matched(event), "dead.drop.example")
        self.assertEqual(event["dns"], {"type": "answer", "response_code": "NXDOMAIN", "question": {
            "name": "dead.drop.example", "type": "A", "class": "IN"}})
        self.assertNotIn("cached_until", event["nsmx"])

    def test_embedded(self):
        """an address in one of NAT64 is found"""
        record = dns_record("host.example", AAAA, packed("64:ff9b::198.51.100.66"))
        self.keep_messages(dns_response([dns_name("host.example") + b"\0\x1c\0\1"], [record]))
        event, = self.hunt("alert ip 198.51.100.66 id=x")
        self.assertEqual((matched(event), field(event, "nsmx.embedded_in")),
                         ("198.51.100.66", "64:ff9b::c633:6442"))

    def test_dates(self):
        """the dates of rules count, unless --ignore-dates is given; --since and --until"""
        self.keep(*CAPTURES)
        rules = "alert ns ns-1515.awsdns-061.org id=x since=2020-06-04"
        self.assertEqual(self.hunt(rules), [])
        self.assertIn("nsmx: no rule matches", self.complaints)
        self.assertEqual(len(self.hunt(rules, "--ignore-dates")), 3)
        # one row was seen from 30 May to 2 June
        self.assertEqual(len(self.hunt(rules.replace("06-04", "06-02"))), 1)
        rules = "alert ns ns-1515.awsdns-061.org id=x"
        self.assertEqual(len(self.hunt(rules)), 3)
        self.assertEqual(len(self.hunt(rules, "--since", "2020-06-01")), 1)
        self.assertEqual(len(self.hunt(rules, "--until", "2020-05-29")), 0)

    def test_alias(self):
        """a pin of addresses holds for the end of its CNAME chain, at the time of the chain"""
        def message(*records):
            return dns_response([dns_name("www.origin.example") + b"\0\1\0\1"], records)
        chain = (dns_record("www.origin.example", CNAME, dns_name("a.cdn.example")),
                 dns_record("a.cdn.example", CNAME, dns_name("b.cdn.example")))
        self.keep_messages(
            message(*chain, dns_record("b.cdn.example", A, packed("198.51.100.66"))),
            message(*chain, dns_record("b.cdn.example", A, packed("192.0.2.1"))),
            message(dns_record("c.cdn.example", A, packed("198.51.100.67"))))
        for pin in "pin www.origin.example ip 192.0.2.0/24 id=x", \
                "pin .origin.example ip 192.0.2.0/24 id=x":
            for more in "", "\nprotect ns.provider-1.example":
                event, = self.hunt(pin + more)
                self.assertEqual((matched(event), event["nsmx"]["owner"]),
                                 ("198.51.100.66", "b.cdn.example"))
        self.write("own.rules", pin + "\n")
        event, = self.replay("in.pcap", rules="own.rules")
        self.assertEqual(matched(event), "198.51.100.66")

    def test_alias_at_another_time(self):
        """an address that was seen when the chain no longer led to it does not belong to the pinned name"""
        day = 86400 * 1000000
        chain = dns_record("www.origin.example", CNAME, dns_name("a.cdn.example"))
        other = dns_record("a.cdn.example", A, packed("198.51.100.66"))
        messages = [dns_response([], [record]) for record in (chain, chain, other)]
        for spacing_us, hits in (0, 1), (day, 0):
            folder = f"seen-{spacing_us}"
            self.write("in.pcap", traffic.pcap([traffic.datagram(message) for message in messages],
                                               spacing_us=spacing_us))
            self.keep("in.pcap", folder=folder)
            found = self.hunt("pin www.origin.example ip 192.0.2.0/24 id=x", folder=folder)
            self.assertEqual(len(found), hits)

    def test_hints(self):
        """the address hints of HTTPS records are found, also by nsmx history"""
        hints = b"".join(packed(f"198.51.100.{i}") for i in (66, 67))
        rdata = b"\0\1\0" + b"\0\4" + len(hints).to_bytes(2, "big") + hints
        self.keep_messages(dns_response([dns_name("host.example") + b"\0\x41\0\1"],
                                        [dns_record("host.example", HTTPS, rdata)]))
        for rules in "alert ip 198.51.100.67 id=x", \
                "alert ip 198.51.100.67 id=x\nprotect ns.provider-1.example":
            event, = self.hunt(rules)
            self.assertEqual(matched(event), "198.51.100.67")
        for query in "198.51.100.66", "198.51.100.67", "198.51.100.0/24":
            done = self.nsmx("history", "--history", self.path("seen"), query)
            self.assertEqual(len(done.out.splitlines()), 1, query)

    def test_few_and_many(self):
        """a rule by itself, whose rows are looked up, finds what it finds among all rules"""
        names = [f"n{i}.bulk.example" for i in range(2000)]
        self.keep_messages(*(dns_response([dns_name(name) + b"\0\1\0\1"],
                                          [dns_record(name, A, packed("192.0.2.7"))])
                             for name in names))
        self.keep(*CAPTURES)
        done = self.nsmx("rules", "list", harness.RULES)
        lines = [line for line in done.out.decode().splitlines() if line.startswith("alert")]
        lines += PINS.strip().splitlines()
        self.assertGreater(len(lines), 20)
        whole = self.hunt("\n".join(lines) + "\nprotect ns.provider-1.example\n")
        alone = [event for line in lines for event in self.hunt(line)]
        self.assertGreater(len(whole), 20)
        self.assertEqual(sorted(event["event"]["id"] for event in alone),
                         sorted(event["event"]["id"] for event in whole))

    # Outputs

    def test_table(self):
        """on a terminal: a table, and a sentence; with -o - events"""
        self.keep(*CAPTURES)
        self.write("own.rules", "alert ns ns-1515.awsdns-061.org id=lookalike\n")
        for words, table in (((), True), (("-o", "file:" + self.path("out")), True),
                             (("-o", "-"), False)):
            text, complaints = self.on_terminal("hunt", "--history", self.path("seen"), "-r",
                                                self.path("own.rules"), *words)
            lines = text.splitlines()
            self.assertEqual(lines[0].startswith("first seen"), table, lines)
            self.assertIn("nsmx: 3 matches, first seen 2020-05-30T15:05:12Z, last seen ", complaints)
            self.assertIn("caches hold matched records until 2020-06-06T19:37:47Z", complaints)
            self.assertEqual(any(line.endswith("  ns ns-1515.awsdns-061.org of coincheck.com "
                                               "(child): lookalike") for line in lines), table, lines)
        self.assertEqual(len(harness.events(self.read("out"))), 3)

    def test_redis(self):
        """hits arrive in Redis, each once"""
        harness.need_programs("redis-server")
        self.keep(*CAPTURES)
        redis = harness.Redis(self)
        wanted = {event["event"]["id"] for event in self.hunt(harness.RULES)}
        self.assertNotEqual(wanted, set())
        self.hunt(harness.RULES, "-o", redis.tcp_url())
        stored = [entry["id"].decode() for entry in redis.stream()]
        self.assertEqual(sorted(stored), sorted(wanted))

    def test_many_hits(self):
        """no event of a hunt is left out, unlike those of packets, which attackers can cause"""
        names = [f"n{i}.example" for i in range(1000)]
        self.keep_messages(*(dns_response([dns_name(name) + b"\0\1\0\1"],
                                          [dns_record(name, A, packed("192.0.2.7"))])
                             for name in names))
        rules = "\n".join(f"alert any .example id=r{i} note={'x' * 200}" for i in range(16))
        self.assertEqual(len(self.hunt(rules + "\n")), 16 * len(names))

    # Trouble

    def test_damaged_file(self):
        """a damaged file is named and left out; what the others hold is found"""
        for name in "before-resolver", "hijack-resolver":
            self.keep(harness.pcap(name))
        whole = len(self.hunt(harness.RULES))
        names = sorted(name for name in os.listdir(self.path("seen")) if name.endswith(".rows"))
        with open(os.path.join(self.path("seen"), names[0]), "r+b") as file:
            file.seek(100)
            octet = file.read(1)
            file.seek(100)
            file.write(bytes([octet[0] ^ 1]))
        left = self.hunt(harness.RULES, status=1)
        self.assertIn(f"{names[0]} is damaged: rows of it may be missing", self.complaints)
        self.assertTrue(0 < len(left) <= whole)

    def test_errors(self):
        """each mistake is answered with a reason"""
        self.keep(CAPTURES[0])
        self.write("bad.rules", "alert nonsense x\n")
        for words, status, reason in (
                (("hunt",), 2, "no folder is given: add --history DIR"),
                (("hunt", "--history", self.path("no"), "-r", harness.RULES), 1, "No such file"),
                (("hunt", "--history", self.path("seen"), "-r", "bad.rules"), 2, "bad.rules:1"),
                (("hunt", "--history", self.path("seen"), "-r", "none.rules"), 2, "none.rules"),
                (("hunt", "--history", self.path("seen"), "--since", "x"), 2, "--since"),
                (("hunt", "--history", self.path("seen"), "-r", harness.RULES, "-o", "x:y"), 2,
                 "x:y"),
                (("hunt", "--history", self.path("seen"), "-r", harness.RULES, "-o", "-"), 0,
                 "no rule matches")):
            done = self.nsmx(*words)
            self.assertEqual(done.status, status, (words, done.err))
            self.assertIn(reason, done.err)

    def test_full_output(self):
        """an output that cannot be written fails the hunt"""
        self.keep(*CAPTURES)
        if not os.path.exists("/dev/full"):
            raise unittest.SkipTest("there is no /dev/full")
        self.hunt(harness.RULES, "-o", "file:/dev/full", status=1)


if __name__ == "__main__":
    harness.main()
