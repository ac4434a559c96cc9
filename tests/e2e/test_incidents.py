#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents: one for each hijacked name, with all that the recorded captures show, the same with any
number of workers; into every output."""
import collections
import json
import os
import pty
import select
import signal

import flood
import harness
import traffic
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

    def test_server(self):
        """a rule of a mail server: its incident has the mails of the session, as others do"""
        rules = self.write("server.rules", "alert server 45.77.24.250 id=server\n")
        c = traffic.Connection()
        c.talk("S: 220 mx", "C: EHLO a", "S: 250 ok")
        for sender, recipients in ("a@a.test", "bc"), ("x@a.test", "d"):
            c.talk(f"C: MAIL FROM:<{sender}>", "S: 250 ok")
            for name in recipients:
                c.talk(f"C: RCPT TO:<{name}@b.test>", "S: 250 ok" if name != "d" else "S: 550 no")
            if recipients != "d":
                c.talk("C: DATA", "S: 354 go", "C: x", "C: .", "S: 250 ok")
        c.talk("C: QUIT", "S: 221 bye")
        silent = traffic.Connection(client_port=50001)
        silent.talk("S: 220 mx", "C: QUIT", "S: 221 bye")
        capture = self.write("x.pcap", traffic.pcap(c.close().packets + silent.close().packets))
        incident, = incidents_of(self.replay("--alerts", "incidents", capture, rules=rules))
        self.assertEqual((incident["hits"], incident["mail_sessions"]), (2, 2))
        self.assertEqual([(m.get("from"), m.get("rcpt"), m["accepted"], m["content"], m["tls"])
                          for m in incident["mails"]],
                         [("a@a.test", ["b@b.test", "c@b.test"], True, True, False),
                          ("x@a.test", ["d@b.test"], False, False, False),
                          (None, None, False, False, False)])
        page = self.nsmx("report", "-r", rules, "--format", "markdown", capture).out.decode()
        self.assertIn("3 mails for 3 recipients went to matched servers", page)

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

    def test_names(self):
        """100 names with the same rogue servers: an incident each, with all its hits"""
        packets = [flood.packet(number, f"n{number % 100}.test") for number in range(2000)]
        found = self.both("--suppress", "60", "--summary", "s", self.write(
            "f.pcap", traffic.pcap(packets)), rules=self.write("flood.rules", flood.RULES))
        self.assertEqual(sorted((e["owner"], e["hits"], e["clients_count"])
                                for e in incidents_of(found)),
                         sorted((f"n{i}.test", 20 * 3, 20) for i in range(100)))
        self.assertEqual(self.summary("s")["incident_hits_dropped"], 0)

    def test_chosen(self):
        """--severity, --rule: incidents of the chosen hits alone"""
        for chosen in (("--severity", "critical"), ("--rule", "*-ip-*"), ("--what", "rcpt")):
            found = self.both(*chosen, *map(pcap, STREAM))
            hits = [e for e in found if not is_incident(e)]
            self.assertTrue(hits)
            count = collections.Counter(e["nsmx"]["incident"]["id"] for e in hits)
            self.assertEqual({e["id"]: e["hits"] for e in incidents_of(found)}, count, chosen)

    def test_form(self):
        """the event of an incident: what kind it is, and when"""
        event = [e for e in self.recorded() if is_incident(e)][0]
        self.assertEqual(event["event"]["kind"], "alert")
        self.assertEqual(event["event"]["type"], ["info", "start"])
        self.assertEqual(event["event"]["dataset"], "nsmx.incident")
        self.assertEqual(event["@timestamp"], event["nsmx"]["incident"]["last"])
        self.assertEqual(event["event"]["severity"], event["nsmx"]["incident"]["severity"])
        self.assertIn("incident open: coincheck.com: 1 hit", event["event"]["reason"])


class Terminal(harness.Case):
    """What a person sees: incidents within the width of the terminal, and hits if asked for."""

    def shown(self, *args, columns="80"):
        text, log = self.on_terminal("replay", "-r", harness.RULES, "--alerts", "both", *args,
                                     *map(pcap, STREAM),
                                     env={"NO_COLOR": "1", "COLUMNS": columns})
        return text, log

    def test_grouped(self):
        """each incident when it begins and ends, with what the events have; no single hits"""
        text, log = self.shown()
        self.assertEqual(text.count(": new incident\n"), 4)
        self.assertIn("critical  coincheck.com: incident has ended, 78 hits\n", text)
        words = " ".join(text.split())
        incident, = [e for e in incidents_of(self.replay("--alerts", "both", *map(pcap, STREAM)))
                     if e.get("owner")]
        self.assertIn("clients " + ", ".join(incident["clients"]), words)
        self.assertIn("seen " + ", ".join(incident["seen"][:8]) + " and 2 more", words)
        self.assertIn("reasons " + ", ".join(incident["reasons"]), words)
        for mail in incident["mails"]:
            self.assertIn(f"from {mail['from']} to {', '.join(mail['rcpt'])}, accepted, "
                          "transferred", words)
        self.assertNotIn("in the authority section", words)
        self.assertNotIn("coincheck.com: 78 hits from", log)   # once is enough

    def test_verbose(self):
        """-v: the hits, too; --alerts hits: the hits alone"""
        self.assertEqual(" ".join(self.shown("-v")[0].split()).count(": rule "), 81)
        lone = " ".join(self.shown("--alerts", "hits")[0].split())
        self.assertEqual((lone.count(": rule "), lone.count("incident")), (81, 0))

    def test_width(self):
        """any width: no line is longer; in a pipe none is broken"""
        for columns in (40, 60, 100, 200):
            text = self.shown("-v", columns=str(columns))[0]
            longest = max(map(len, text.splitlines()))
            self.assertLessEqual(longest, columns)
            self.assertGreater(longest, columns - 25 if columns < 200 else 150)
        piped = self.tool(harness.NSMX, "replay", "-r", harness.RULES, "-o", "text",
                          *map(pcap, STREAM)).splitlines()
        self.assertEqual(len(piped), 81 + 8)
        self.assertTrue(all(line.startswith("2020-05-30T") for line in piped))

    def test_counted(self):
        """an event of several lines is one event; hits that are left out are delivered"""
        self.shown("--summary", "s")
        self.assertEqual((self.summary("s")["events_delivered"], self.summary("s")["hits"]),
                         (89, 81))

    def test_tail(self):
        """nsmx tail FILE shows the same, wherever incidents are in the file"""
        self.write("events", b"".join(
            json.dumps(e).encode() + b"\n" for e in
            self.replay("--alerts", "both", *map(pcap, STREAM))))
        env = {"NO_COLOR": "1", "COLUMNS": "80"}
        self.assertEqual(self.on_terminal("tail", "events", env=env)[0], self.shown()[0])
        self.assertEqual(self.on_terminal("tail", "-v", "events", env=env)[0],
                         self.shown("-v")[0])
        self.assertIn("-v also prints the 81 hits",
                      self.on_terminal("tail", "events", env=env)[1])
        # Chosen hits are shown, and the lines of a pipe are one for each event.
        chosen = self.on_terminal("tail", "--what", "rcpt", "events", env=env)[0]
        self.assertEqual(" ".join(chosen.split()).count("recipient mailbox"), 3)
        self.assertEqual(self.nsmx("tail", "events").out.count(b"\n"), 89)


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

    def test_forms(self):
        """outputs of all forms at one Redis: one stream has the incidents of streams and lists"""
        urls = [self.redis.url(options) for options in
                ("?key=s", "?as=list&key=l", "?as=lpush&key=p", "?as=channel")]
        self.replay("--alerts", "both", *(word for url in urls for word in ("-o", url)),
                    "--summary", "s", *map(pcap, STREAM))
        found = [event["event"]["id"] for _, event in self.stream("nsmx:incidents")]
        self.assertEqual(set(collections.Counter(found).values()), {3})
        client = self.redis.client()
        self.assertEqual({client.xlen("s"), client.llen("l"), client.llen("p")},
                         {self.summary("s")["hits"]})
        self.assertFalse([e for line in client.lrange("l", 0, -1) for e in events(line + b"\n") if is_incident(e)])

    def followed(self, count, wanted, *args):
        """What nsmx tail shows on a terminal, until the text is there so often."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        process = self.start("tail", "--since", "0", *args, stdout=theirs,
                             env={"NO_COLOR": "1"})
        os.close(theirs)
        text = ""
        while text.count(wanted) < count:
            self.assertTrue(select.select([ours], [], [], harness.PATIENCE)[0], text)
            text += os.read(ours, 65536).decode()
        self.assertEqual(process.stop(signal.SIGINT, 10), 0, process.err())
        return text, process.err()

    def test_tail(self):
        """nsmx tail on a terminal: the incidents, or with -v or another stream the hits"""
        self.send("")
        text, log = self.followed(4, "incident has ended", self.redis.url())
        self.assertIn("coincheck.com: incident has ended, 78 hits\r\n", text)
        self.assertNotIn("in the authority section", text)
        self.assertIn("incidents, of nsmx:incidents; -v follows single hits", log)
        for args in (("-v", self.redis.url()), (self.redis.url("?key=nsmx:hits"),),
                     ("--what", "rcpt", self.redis.url())):
            text, log = self.followed(3, "recipient mailbox", *args)
            self.assertNotIn("new incident", text)
            self.assertEqual(log, "")

    def test_workers(self):
        """two workers: each incident once"""
        self.send("", "--workers", "2")
        found = [event["event"]["id"] for _, event in self.stream("nsmx:incidents")]
        self.assertEqual(len(set(found)), len(found))
        self.send("?incidents=alone")
        self.assertEqual(sorted(found), sorted(e["event"]["id"] for _, e in self.stream("alone")))


if __name__ == "__main__":
    harness.main()
