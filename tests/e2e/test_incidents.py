#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents: one for each hijacked name, with all that the recorded captures show, the same with any
number of workers; into every output."""
import collections
import os

import flood
import harness
from harness import PCAPS, events, field, is_hit, pcap

STREAM = ("hijack-resolver", "hijack-mta")


def is_incident(event):
    return event["event"]["action"] == "incident"


def incidents_of(found, state="closed"):
    return [e["nsmx"]["incident"] for e in found
            if is_incident(e) and e["nsmx"]["incident"]["state"] == state]


def facts(*names):
    """The lines of the text files: [[WHAT, VALUE, ..., COUNT]...]."""
    lines = []
    for name in names:
        with open(os.path.join(PCAPS, name + ".txt"), encoding="utf-8") as file:
            lines += [line.split() for line in file if not line.startswith("#")]
    return lines


def resolver_of(hit):
    """Who keeps the answer in a cache: the resolver that sent it, or that got it."""
    return field(hit, "server.ip" if "RA" in field(hit, "dns.header_flags") else "client.ip")


class Incidents(harness.Case):
    def both(self, *args, **options):
        return self.replay("--alerts", "both", *args, **options)

    def recorded(self, *args):
        return self.both(*args, *map(pcap, STREAM))

    def test_recorded(self):
        """the recorded hijack: one incident of coincheck.com, with what the text files list"""
        found = self.recorded()
        of_name = [e for e in incidents_of(found) if "owner" in e]
        self.assertEqual([e["owner"] for e in of_name], ["coincheck.com"])
        incident, lines = of_name[0], facts(*STREAM)
        values = {line[1] for line in lines
                  if line[0] in ("ns", "mx", "ip", "resolver", "server", "rcpt")}
        self.assertEqual(set(incident["seen"]), values)
        self.assertEqual(len(incident["seen"]), len(values))
        self.assertEqual(collections.Counter(rcpt for mail in incident["mails"]
                                             for rcpt in mail["rcpt"]),
                         {line[1]: int(line[3]) for line in lines if line[0] == "rcpt"})
        self.assertEqual(incident["mail_sessions"],
                         sum(int(line[2]) for line in lines if line[0] == "server"))
        self.assertEqual([(m["from"], m["accepted"], m["content"], m["tls"])
                          for m in incident["mails"]],
                         [("alice@example.net", True, True, False),
                          ("bob@example.net", True, True, False)])
        self.check_lists(incident, found)

    def check_lists(self, incident, found):
        """Clients, resolvers and times are those of the hits."""
        hits = [e for e in found if field(e, "nsmx.incident.id") == incident["id"]
                and not is_incident(e)]
        self.assertEqual(incident["hits"], len(hits))
        self.assertEqual(set(incident["clients"]), {field(e, "client.ip") for e in hits})
        self.assertEqual(incident["clients_count"], len(incident["clients"]))
        cached = {}
        for hit in hits:
            until = field(hit, "nsmx.cached_until")
            if until:
                ip = resolver_of(hit)
                cached[ip] = max(cached.get(ip, ""), until)
        self.assertEqual({e["ip"]: e["cached_until"] for e in incident["resolvers"]}, cached)
        self.assertEqual(incident["cached_until"], max(cached.values()))
        self.assertEqual(set(incident["rules"]), {field(e, "rule.id") for e in hits})
        self.assertEqual(set(incident["reasons"]), {field(e, "event.action") for e in hits})
        self.assertEqual(incident["first"], min(e["@timestamp"] for e in hits))
        self.assertEqual(incident["severity"], max(field(e, "event.severity") for e in hits))

    def test_investigation(self):
        """days later: the investigator's queries, each as an answer"""
        found = self.both(pcap("investigation"))
        incident, = [e for e in incidents_of(found) if e.get("owner")]
        self.assertEqual(incident["clients"], ["203.0.113.10"])
        self.check_lists(incident, found)

    def test_starttls(self):
        """a session with STARTTLS: a mail without visible recipients"""
        found = self.both(*(pcap(f"starttls-{part}") for part in ("resolver", "mta")))
        incident, = [e for e in incidents_of(found) if e.get("owner")]
        self.assertEqual([(m.get("rcpt"), m["tls"]) for m in incident["mails"]], [(None, True)])
        self.assertEqual(incident["mail_sessions"], 1)

    def test_days(self):
        """hijack, STARTTLS, refused mail, investigation: an incident each, with one id"""
        found = self.both(*map(pcap, harness.captures()))
        named = [e for e in incidents_of(found) if e.get("owner")]
        self.assertEqual({e["owner"] for e in named}, {"coincheck.com"})
        self.assertEqual(len({e["id"] for e in named}), 1)
        self.assertEqual(len(named), 4)
        self.assertEqual(len(incidents_of(found, "open")), len(incidents_of(found)))

    def test_ids(self):
        """each hit has the id of an incident; ids of incidents and events are the same again"""
        found = self.recorded()
        known = {e["id"] for e in incidents_of(found, "open")}
        for hit in found:
            self.assertIn(hit["nsmx"]["incident"]["id"], known)
        ids = [e["event"]["id"] for e in found]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertEqual([e["event"]["id"] for e in self.recorded("--sensor", "other")], ids)

    def test_workers(self):
        """two and three workers: the same incidents as one"""
        names = [pcap(name) for name in harness.captures()]
        wanted = sorted(e["event"]["id"] for e in self.both(*names) if is_incident(e))
        for workers in ("2", "3"):
            found = self.both("--workers", workers, *names)
            self.assertEqual(sorted(e["event"]["id"] for e in found if is_incident(e)), wanted)

    def test_alerts(self):
        """--alerts: hits, incidents, or both, which is the default"""
        default = events(self.nsmx("replay", "-r", harness.RULES, "-o", "-", "--alerts", "both",
                                   pcap("hijack-resolver")).out)
        hits = self.replay("--alerts", "hits", pcap("hijack-resolver"))
        lone = self.replay("--alerts", "incidents", "--summary", "s", pcap("hijack-resolver"))
        self.assertEqual(len(default), len(hits) + len(lone))
        self.assertTrue(all(map(is_incident, lone)))
        self.assertFalse(any(map(is_incident, hits)))
        self.assertEqual(self.summary("s")["hits"], len(hits))
        self.assertEqual(self.summary("s")["incidents"], len(incidents_of(lone, "open")))
        plain = self.tool(harness.NSMX, "replay", "-r", harness.RULES, "-o", "-",
                          pcap("hijack-resolver"))
        self.assertEqual(len(events(plain)), len(default))

    def test_flood(self):
        """1,000 clients of a poisoned resolver: one incident, and few hits"""
        found = self.both("--suppress", "60", self.write("f.pcap", flood.flood(1000, 10)),
                          rules=self.write("flood.rules", flood.RULES))
        incident, = incidents_of(found)
        self.assertEqual(incident["owner"], flood.OWNER)
        self.assertEqual(incident["clients_count"], 1000)
        self.assertEqual(incident["hits"], 3 * 10 * 1000)
        self.assertEqual(len(incident["clients"]), 100)
        self.assertEqual([e["ip"] for e in incident["resolvers"]], [flood.RESOLVER])
        self.assertLessEqual(len([e for e in found if is_hit(e) and not is_incident(e)]), 40)

    def test_form(self):
        """the event of an incident: what kind it is, and when"""
        event = [e for e in self.recorded() if is_incident(e)][0]
        self.assertEqual(event["event"]["kind"], "alert")
        self.assertEqual(event["event"]["type"], ["info", "start"])
        self.assertEqual(event["event"]["dataset"], "nsmx.incident")
        self.assertEqual(event["@timestamp"], event["nsmx"]["incident"]["last"])
        self.assertEqual(event["event"]["severity"], event["nsmx"]["incident"]["severity"])
        self.assertIn("incident open: coincheck.com: 1 hit", event["event"]["reason"])


class Delivery(harness.Case):
    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self)

    def send(self, options, *args):
        self.replay("--alerts", "both", "-o", self.redis.url() + options, *args,
                    *map(pcap, STREAM))

    def stream(self, key):
        return [(fields, events(fields[b"event"] + b"\n")[0])
                for _, fields in self.redis.client().xrange(key)]

    def test_stream(self):
        """incidents have a stream of their own, hits another"""
        self.send("")
        found = self.stream("nsmx:incidents")
        self.assertTrue(found)
        for fields, event in found:
            self.assertTrue(is_incident(event))
            self.assertEqual(fields[b"id"].decode(), event["event"]["id"])
            self.assertEqual(int(fields[b"sev"]), event["event"]["severity"])
            self.assertEqual(fields[b"incident"].decode(), event["nsmx"]["incident"]["id"])
        self.assertFalse([e for _, e in self.stream("nsmx:hits") if is_incident(e)])

    def test_key(self):
        """incidents=KEY names the stream, or the list"""
        self.send("?incidents=here")
        self.assertTrue(self.stream("here"))
        self.assertFalse(self.redis.client().exists("nsmx:incidents"))
        self.send("?as=list&key=hits&incidents=list")
        self.assertTrue(self.redis.client().llen("list"))

    def test_workers(self):
        """two workers: each incident once"""
        self.send("", "--workers", "2")
        found = [event["event"]["id"] for _, event in self.stream("nsmx:incidents")]
        self.assertEqual(len(set(found)), len(found))
        self.send("?incidents=alone")
        self.assertEqual(sorted(found), sorted(e["event"]["id"] for _, e in self.stream("alone")))


if __name__ == "__main__":
    harness.main()
