#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of event fields, docs/event-fields.txt, and the JSON Schema that is made from it.

The harness compares each event of each test with the table. Here events of all kinds, those of the
recorded captures and those of some tests of other files among them, are validated by the schema,
and each field of the table must be in one of them."""
import copy
import functools
import importlib.machinery
import importlib.util
import json
import os
import unittest

import harness
import traffic
from harness import field

try:
    import jsonschema
except ImportError:
    jsonschema = None

# Tests of other files, because of the fields that their events have.
OTHERS = (
    "test_attempts.Connections.test_two",                   # nsmx.connection
    "test_dns.Dns.test_edns",                               # dns.client_subnet
    "test_envelopes.Envelopes.test_routes",                 # nsmx.also
    "test_evidence.Evidence.test_repeats",                  # nsmx.evidence, nsmx.count
    "test_hostile.Fragments.test_both_readings",            # nsmx.ambiguous
    "test_hunt.Hunt.test_clients_and_mails",                # nsmx.clients, nsmx.mails
    "test_hunt.Hunt.test_embedded",                         # nsmx.embedded_in
    "test_hunt.Hunt.test_mail",                             # a row of mail
    "test_learn.Learn.test_event",                          # nsmx.known, nsmx.score, nsmx.reasons
    "test_pins.Pins.test_lookalikes",                       # nsmx.imitates
    "test_pins.Pins.test_pins",                             # nsmx.expected
    "test_separate.Kinds.test_one_kind",                    # nsmx.network, nsmx.tunnel
    "test_smtp_sessions.Recorded.test_smuggled",            # smtp.smuggling, nsmx.proxy.ip
    "test_smtp_sessions.Sessions.test_overwritten",         # smtp.starttls_overwritten
)
LIVE = "test_evidence.LiveEvidence.test_run"                # observer.ingress.interface.name
RECIPIENTS = 150                                            # more than an event lists


def load_tool():
    """tools/event-fields as a module."""
    loader = importlib.machinery.SourceFileLoader(
        "event_fields", os.path.join(harness.ROOT, "tools/event-fields"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


@functools.cache
def table():
    return load_tool().read()


def leaves():
    """The fields of the table that have values of their own."""
    return {row.path for row in table() if row.type not in ("object", "nested")}


def tagged(packet):
    """The packet in VLAN 100."""
    side, frame = packet
    return side, frame[:12] + b"\x81\x00\x00\x64" + frame[12:]


class Fields(harness.Case):
    def run_others(self, *names):
        """Runs tests of other files; their events come to harness.SHAPES. Returns the skipped ones."""
        result = unittest.TestResult()
        for name in names:
            unittest.defaultTestLoader.loadTestsFromName(name).run(result)
        self.assertEqual([text for _, text in result.failures + result.errors], [])
        return result.skipped

    def large_mail(self):
        """A mail to many recipients, with a Cc field."""
        c = traffic.Connection()
        c.talk("S: 220 mx", "C: HELO a", "S: 250 mx", "C: MAIL FROM:<a@a.test>", "S: 250 ok")
        for number in range(RECIPIENTS):
            c.talk(f"C: RCPT TO:<r{number}@victim.test>", "S: 250 ok")
        c.talk("C: DATA", "S: 354 go", "C: Cc: c@c.test", "C: ", "C: .", "S: 250 ok")
        return traffic.pcap(map(tagged, c.close().packets))

    def cut_mail(self):
        """A mail of which a part of the content was not captured."""
        c = traffic.Connection()
        c.talk("S: 220 mx", "C: HELO a", "S: 250 mx", "C: MAIL FROM:<a@a.test>", "S: 250 ok",
               "C: RCPT TO:<r@victim.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: From: a@a.test")
        lost = len(c.packets)
        c.talk("C: Subject: lost", "C: Cc: c@c.test", "C: ", "C: .", "S: 250 ok")
        c.close()
        return traffic.pcap(c.packets[:lost] + c.packets[lost + 1:])

    def make_events(self):
        """Events of all kinds."""
        captures = [harness.pcap(name) for name in harness.captures()]
        self.replay("--log", "all", "--alerts", "both", *captures)
        self.write("pins.rules", "pin coincheck.com ns ns-1515.awsdns-61.org\n")
        self.replay("--alerts", "both", *captures, rules=self.path("pins.rules"))
        for name in ("sessions", "clients"):
            self.replay("--log", "all", os.path.join(harness.PCAPS, name))
        self.write("mail.rules", "alert rcpt @victim.test\n")
        self.replay("--log", "all", "--alerts", "both", "--separate", "vlan",
                    self.write("mail.pcap", self.large_mail()), rules=self.path("mail.rules"))
        self.replay("--log", "all", self.write("cut.pcap", self.cut_mail()),
                    rules=self.path("mail.rules"))
        answers = [traffic.dns_record("a.test", 1, bytes((192, 0, 2, i))) for i in range(100)]
        response = traffic.dns_response([traffic.dns_name("a.test") + b"\0\1\0\1"], answers)
        self.write("ip.rules", "alert ip 192.0.2.0/24\n")
        self.replay(self.write("ip.pcap", traffic.pcap([traffic.datagram(response)])),
                    rules=self.path("ip.rules"))
        return self.run_others(*OTHERS)

    def validator(self):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")
        schema = harness.event_schema()
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())

    def test_each_is_emitted(self):
        """each field of the table is in an event, and each kind of event is valid by the schema"""
        skipped = self.make_events()
        self.assertEqual([reason for _, reason in skipped], [])
        absent = leaves() - set().union(*harness.SHAPES)
        # In live captures alone: see test_live.
        self.assertEqual(absent - {"observer.ingress.interface.name"}, set())
        validator = self.validator()
        for event in harness.SHAPES.values():
            errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(event)]
            self.assertEqual(errors, [], event)

    def test_live(self):
        """the events of a live capture are valid, and have the interface"""
        skipped = self.run_others(LIVE)
        if skipped:
            self.skipTest(skipped[0][1])
        live = [event for event in harness.SHAPES.values() if field(event, "observer.ingress")]
        self.assertTrue(live)
        validator = self.validator()
        self.assertEqual([error.message for event in live for error in validator.iter_errors(event)], [])

    def test_refused(self):
        """the schema refuses an unknown field, a wrong type, an unknown word, and what is missing"""
        validator = self.validator()
        event = self.hits("hijack-mta")[0]
        self.assertTrue(validator.is_valid(event))

        def changed(change):
            made = copy.deepcopy(event)
            change(made)
            return made
        for change in (lambda e: e.update(other=1), lambda e: e["nsmx"].update(other=1),
                       lambda e: e["event"].update(severity="75"),
                       lambda e: e["event"].update(action="other"),
                       lambda e: e["client"].update(ip="192.0.2.256"),
                       lambda e: e.update({"@timestamp": "2020-05-30 15:05:12"}),
                       lambda e: e["event"].pop("action"), lambda e: e.pop("rule"),
                       lambda e: e.pop("observer"), lambda e: e["threat"].update(enrichments=[]),
                       lambda e: e["event"].update(dataset="nsmx.incident")):
            self.assertFalse(validator.is_valid(changed(change)))

    def test_files(self):
        """page, schema and templates are those that the table gives"""
        found = self.hits("hijack-mta")
        self.assertLessEqual(set().union(*(harness.fields(event, harness.event_schema())
                                           for event in found)), leaves())
        self.tool(os.path.join(harness.ROOT, "tools/event-fields"), "--check")


if __name__ == "__main__":
    harness.main()
