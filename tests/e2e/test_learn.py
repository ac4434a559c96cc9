#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learned baselines: what an owner never showed before is a hit, with its reasons."""
import ipaddress
import os
import shutil
import struct

import harness
import traffic
from harness import field, matched, pcap
from traffic import dns_name, dns_record

A, NS, CNAME, SOA, MX, TXT, AAAA, OPT, DS = 1, 2, 5, 6, 15, 16, 28, 41, 43
AA, REFERRAL, RESOLVER = 0x8400, 0x8000, 0x8180
NXDOMAIN, REFUSED, SERVFAIL = 3, 5, 2
HOUR, DAY = 3600, 86400
LEARN = "learn * all after=0 min=1 id=all\n"
KEY = bytes.fromhex("30390d02") + bytes(32)

NEW, ADDED = ["new-name-server"], "name-server-added"
UNKNOWN, REPLACED = "unknown-provider", "set-replaced"


def question(owner, kind=A):
    return dns_name(owner) + struct.pack("!HH", kind, 1)


def ns(owner, *targets, ttl=86400):
    return [dns_record(owner, NS, dns_name(target), ttl=ttl) for target in targets]


def mx(owner, *targets, ttl=3600):
    return [dns_record(owner, MX, b"\0\x0a" + dns_name(target), ttl=ttl) for target in targets]


def address(owner, *texts, ttl=300):
    return [dns_record(owner, AAAA if ":" in text else A, ipaddress.ip_address(text).packed,
                       ttl=ttl) for text in texts]


def alias(owner, target):
    return [dns_record(owner, CNAME, dns_name(target))]


def soa(owner):
    return [dns_record(owner, SOA, dns_name("a." + owner) * 2 + bytes(20), ttl=900)]


def ds(owner):
    return [dns_record(owner, DS, KEY)]


def with_do():
    return [b"\0" + struct.pack("!HHIH", OPT, 1232, 0x8000, 0)]


def message(owner, answers=(), authority=(), additional=(), flags=AA, kind=A):
    counts = (1, len(answers), len(authority), len(additional))
    return traffic.dns_response([question(owner, kind)], [*answers, *authority, *additional],
                                flags, counts)


def referral(owner, *servers, more=(), additional=(), ttl=172800):
    return message(owner, authority=[*ns(owner, *servers, ttl=ttl), *more],
                   additional=additional, flags=REFERRAL)


def mmdb_value(value):
    """A value in the data section of a MaxMind DB file."""
    if isinstance(value, str):
        return bytes([2 << 5 | len(value)]) + value.encode()
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(
            mmdb_value(key) + mmdb_value(entry) for key, entry in value.items())
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(mmdb_value, value))
    if isinstance(value, tuple):            # of another type than uint32
        kind, octets, number = value
        head = bytes([kind << 5 | octets]) if kind < 8 else bytes([octets, kind - 7])
        return head + number.to_bytes(octets, "big")
    return bytes([6 << 5 | 4]) + struct.pack("!I", value)


def mmdb(networks):
    """A MaxMind DB file with the autonomous systems of networks; IPv4 is in ::/96."""
    nodes, data = [[None, None]], b""
    for text, number in networks.items():
        network = ipaddress.ip_network(text)
        shift = 96 if network.version == 4 else 0
        bits = [0] * shift + [int(network.network_address) >> (network.max_prefixlen - 1 - i) & 1
                              for i in range(network.prefixlen)]
        node = nodes[0]
        for bit in bits[:-1]:
            if node[bit] is None:
                nodes.append([None, None])
                node[bit] = len(nodes) - 1
            node = nodes[node[bit]]
        node[bits[-1]] = ("data", len(data))
        data += mmdb_value({"autonomous_system_number": number})
    def record(entry):
        value = len(nodes) if entry is None else \
            len(nodes) + 16 + entry[1] if isinstance(entry, tuple) else entry
        return value.to_bytes(3, "big")
    tree = b"".join(record(left) + record(right) for left, right in nodes)
    about = {"node_count": len(nodes), "record_size": (5, 2, 24), "ip_version": (5, 2, 6),
             "database_type": "ASN", "languages": ["en"],
             "binary_format_major_version": (5, 2, 2), "binary_format_minor_version": (5, 2, 0),
             "build_epoch": (9, 8, 1), "description": {"en": "test"}}
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + mmdb_value(about)


class Learn(harness.Case):
    def see(self, *messages, rules=LEARN, options=(), spacing=HOUR):
        """(what, owner, value, reasons) of each hit, and the events; an hour between messages."""
        self.write("own.rules", rules)
        packets = [traffic.datagram(*part if isinstance(part, tuple) else (part,))
                   for part in messages]
        self.write("in.pcap", traffic.pcap(packets, spacing_us=spacing * 1000000))
        done = self.nsmx("replay", "--history", "seen", "-r", "own.rules", "-o", "-", *options,
                         "in.pcap")
        self.assertEqual(done.status, 0, done.err)
        self.assertIn(f"nsmx: {len(packets)} packets, ", done.err)
        self.found = harness.events(done.out)
        return [(event["nsmx"]["what"], event["nsmx"]["owner"], matched(event),
                 event["nsmx"]["reasons"]) for event in self.found
                if event["event"]["action"] == "baseline-change"]

    def forget(self):
        """No history."""
        shutil.rmtree(self.path("seen"), ignore_errors=True)

    def test_event(self):
        """the fields of a hit"""
        old = referral("example.com", "ns1.old.net", "ns2.old.net")
        found = self.see(old, old, referral("example.com", "ns.evil.org"))
        self.assertEqual(found, [("ns", "example.com", "ns.evil.org", [*NEW, UNKNOWN, REPLACED])])
        event = self.found[0]
        self.assertEqual(event["event"]["action"], "baseline-change")
        self.assertEqual(event["event"]["severity"], 75)
        self.assertEqual(event["event"]["kind"], "alert")
        self.assertEqual(event["rule"]["id"], "all")
        self.assertEqual(event["nsmx"]["score"], 75)
        known = sorted(event["nsmx"]["known"], key=lambda entry: entry["value"])
        self.assertEqual([entry["value"] for entry in known], ["ns1.old.net", "ns2.old.net"])
        self.assertEqual(known[0], {"value": "ns1.old.net", "first": "2020-05-31T00:05:12.000000Z",
                                    "last": "2020-05-31T01:05:12.000000Z", "count": 2})
        self.assertEqual(field(event, "threat.enrichments")[0]["matched"]["field"],
                         "dns.authorities.data")
        self.assertEqual(field(event, "threat.indicator.name"), "ns.evil.org")
        self.assertEqual(field(event, "dns.question.name"), "example.com")
        self.assertIn("was never seen before; known is ", event["event"]["reason"])
        self.assertIn("score 75 (new-name-server, unknown-provider, set-replaced): rule all",
                      event["event"]["reason"])

    def test_incident_of_change(self):
        """a change is in the incident of its owner, with what was known and with its reasons"""
        old = referral("example.com", "ns1.old.net", "ns2.old.net")
        self.see(old, old, referral("example.com", "ns.evil.org"), options=("--alerts", "both"))
        events = [e for e in self.found if e["event"]["action"] == "incident"]
        self.assertEqual([field(e, "nsmx.incident.state") for e in events], ["open", "closed"])
        for incident in (field(e, "nsmx.incident") for e in events):
            self.assertEqual(incident["owner"], "example.com")
            self.assertEqual(incident["seen"], ["ns.evil.org"])
            self.assertEqual(sorted(incident["expected"]), ["ns1.old.net", "ns2.old.net"])
            self.assertEqual(incident["reasons"], ["baseline-change", *NEW, UNKNOWN, REPLACED])
            self.assertEqual((incident["severity"], incident["hits"]), (75, 1))
            self.assertEqual(field(self.found[0], "nsmx.incident.id"), incident["id"])

    def test_once(self):
        """one hit a value: in the same run, after a restart, and with the same event.id"""
        old, new = referral("example.com", "ns1.old.net"), referral("example.com", "ns.evil.org")
        self.assertEqual(len(self.see(old, new, new, old, new)), 1)
        first = self.found[0]["event"]["id"]
        self.assertEqual(self.see(new), [])
        self.assertEqual(len(self.see(referral("example.com", "ns.evil2.org"))), 1)
        self.forget()
        self.see(old, new, new, old, new)
        self.assertEqual(self.found[0]["event"]["id"], first)

    def test_restart(self):
        """what is known comes from the history"""
        self.assertEqual(self.see(referral("example.com", "ns1.old.net")), [])
        self.assertEqual(self.see(referral("example.com", "ns.evil.org")),
                         [("ns", "example.com", "ns.evil.org", [*NEW, UNKNOWN, REPLACED])])
        self.assertEqual(self.found[0]["nsmx"]["known"][0]["value"], "ns1.old.net")

    def test_needs_history(self):
        """without --history: bad usage, with the remedy"""
        self.write("own.rules", LEARN)
        done = self.nsmx("replay", "-r", "own.rules", "-o", "-", pcap("before-resolver"))
        self.assertEqual(done.status, 2)
        self.assertIn("--history DIR", done.err)

    def test_check_notes_history(self):
        """rules check states that rules which learn need a history"""
        for rules, notes in ((LEARN, 1), ("alert ns .example.com\n", 0)):
            self.write("own.rules", rules)
            done = self.nsmx("rules", "check", "own.rules")
            self.assertEqual(done.status, 0)
            self.assertEqual(done.err.count("rules that learn need --history DIR"), notes)

    def test_not_folded(self):
        """the addresses of names that a rule names are never folded"""
        zone = [message(f"h{number}.example.com", address(f"h{number}.example.com", "198.51.100.1"))
                for number in range(4200)]
        for rules, folded in (("learn .example.com ip\n", 0), (LEARN, 1)):
            self.forget()
            self.see(*zone, rules=rules, spacing=1)
            done = self.nsmx("history", "tidy", "--history", "seen")
            self.assertEqual(done.status, 0, done.err)
            found = self.nsmx("history", "--history", "seen", "--json", "*.example.com")
            self.assertEqual(found.out.count(b"FOLDED"), folded, rules)

    def test_after_and_min(self):
        """an owner that is not known for long enough, or not seen often enough, has no hits"""
        old, new = referral("example.com", "ns1.old.net"), referral("example.com", "ns.evil.org")
        for rule, hits in (("after=3h min=1", 0), ("after=2h min=1", 1), ("after=0 min=3", 0),
                           ("after=0 min=2", 1), ("", 0)):
            self.forget()
            found = self.see(old, old, new, rules=f"learn * ns {rule}\n")
            self.assertEqual(len(found), hits, rule)

    def test_forget(self):
        """a value that was not seen for longer than `forget` is new again"""
        both = referral("example.com", "ns1.old.net", "ns2.old.net")
        one = referral("example.com", "ns2.old.net")
        for forget, hits in (("5h", 0), ("3h", 1)):
            self.forget()
            found = self.see(both, one, one, one, both, both, rules=f"learn * ns after=0 min=1 forget={forget}\n")
            self.assertEqual(len(found), hits, forget)

    def test_owners(self):
        """NAME, .NAME and *; the most specific rule; what each learns"""
        def changes(owner):
            return [referral(owner, "ns1.old.net"), referral(owner, "ns.evil.org")]
        for rule, owner, hits in (("example.com ns", "example.com", 1),
                                  ("example.com ns", "example.net", 0),
                                  ("example.com ns", "sub.example.com", 0),
                                  (".example.com ns", "sub.example.com", 1),
                                  ("* ns", "sub.example.com", 0), ("* ns", "example.co.uk", 1),
                                  ("* mx,ip", "example.com", 0)):
            self.forget()
            found = self.see(*changes(owner), rules=f"learn {rule} after=0 min=1\n")
            self.assertEqual(len(found), hits, rule)
        self.forget()
        self.see(*changes("example.com"), rules=LEARN + "learn example.com ns after=0 min=1 "
                 "sev=low id=own\n")
        self.assertEqual([(event["rule"]["id"], event["event"]["severity"])
                          for event in self.found], [("own", 25)])

    def test_allow(self):
        """an allowed value is no hit"""
        found = self.see(referral("example.com", "ns1.old.net"),
                         referral("example.com", "ns1.new.org", "ns.evil.org"),
                         rules=LEARN + "allow ns .new.org\n")
        self.assertEqual([hit[2] for hit in found], ["ns.evil.org"])

    def test_known_provider(self):
        """a move to a provider that serves others stays low"""
        others = [referral(f"other{i}.com", "ns1.big.net") for i in range(3)]
        found = self.see(*others, referral("example.com", "ns1.old.net"),
                         referral("example.com", "ns1.big.net", "ns2.big.net"))
        self.assertEqual([hit[3] for hit in found], [[*NEW, REPLACED]] * 2)
        self.assertEqual([event["event"]["severity"] for event in self.found], [25, 25])

    def test_victims_are_no_customers(self):
        """the domain of an attacker does not become known by its victims"""
        found = self.see(referral("a.com", "ns1.old.net"), referral("b.com", "ns1.old.net"),
                         referral("a.com", "ns.evil.org"), referral("b.com", "ns.evil.org"))
        self.assertEqual([UNKNOWN in hit[3] for hit in found], [True, True])

    def test_added(self):
        """a server is added to the set, and the set is put back"""
        old = referral("example.com", "ns1.old.net", "ns2.old.net")
        found = self.see(old, referral("example.com", "ns1.old.net", "ns2.old.net", "ns.evil.org"),
                         old)
        self.assertEqual(found, [("ns", "example.com", "ns.evil.org", [*NEW, UNKNOWN, ADDED])])
        self.assertEqual(self.found[0]["event"]["severity"], 75)

    def test_imitation(self):
        """a name server that imitates a known one, or the owner"""
        old = referral("example.com", "ns-1.awsdns-61.org")
        for new, imitation in (("ns-1.awsdns-061.org", True), ("ns-2.awsdns-62.org", False),
                               ("ns.exarnple.com", True), ("ns-1.awsdns-61.net", True)):
            self.forget()
            found = self.see(old, referral("example.com", new))
            self.assertEqual("imitates-known" in found[0][3], imitation, new)
        self.assertEqual(self.found[0]["event"]["severity"], 99)

    def test_sides(self):
        """parent and zone are compared apart"""
        parent = referral("example.com", "ns1.old.net", "ns2.old.net")
        zone = message("example.com", ns("example.com", "ns1.old.net", "ns3.old.net", ttl=3600))
        self.assertEqual(self.see(parent, zone, parent, zone), [])
        changed = message("example.com", ns("example.com", "ns.evil.org", ttl=3600))
        found = self.see(changed, parent)
        self.assertEqual(found, [("ns", "example.com", "ns.evil.org",
                                  [*NEW, UNKNOWN, REPLACED, "parent-child-differ"])])

    def test_exchanger(self):
        """a new exchanger below the own name, in another network"""
        old = message("example.com", mx("example.com", "mx.example.com"),
                      additional=address("mx.example.com", "192.0.2.25"), kind=MX)
        new = message("example.com", mx("example.com", "mail.example.com"),
                      additional=address("mail.example.com", "198.51.100.25"), kind=MX)
        found = self.see(old, old, new)
        self.assertEqual(found, [("mx", "example.com", "mail.example.com",
                                  ["new-exchanger", REPLACED, "network-changed"])])
        self.assertEqual(self.found[0]["event"]["severity"], 99)

    def test_intercepted(self):
        """mail to the address of a new exchanger is intercepted"""
        old = message("example.com", mx("example.com", "mx.old.net"), kind=MX)
        new = message("example.com", mx("example.com", "mx.evil.org"), kind=MX,
                      additional=address("mx.evil.org", traffic.V4[traffic.SERVER]))
        self.see(old, new)
        self.forget()
        connection = traffic.Connection()
        connection.talk("S: 220 mx.evil.org", "C: EHLO a.example", "S: 250 mx.evil.org",
                        "C: MAIL FROM:<a@a.example>", "S: 250 ok", "C: RCPT TO:<b@example.com>",
                        "S: 250 ok", "C: QUIT", "S: 221 bye")
        frames = [traffic.datagram(old), traffic.datagram(new)]
        frames += connection.close().packets
        self.write("in.pcap", traffic.pcap(frames))
        done = self.nsmx("replay", "--history", "seen", "-r", "own.rules", "-o", "-", "in.pcap")
        found = harness.events(done.out)
        self.assertEqual([event["event"]["action"] for event in found],
                         ["baseline-change", "mail-intercepted", "mail-intercepted"])
        self.assertEqual(found[1]["nsmx"]["dns_event"], found[0]["event"]["id"])

    def test_network(self):
        """an address in another network; not another address in a known one"""
        found = self.see(message("www.example.com", address("www.example.com", "192.0.2.1")),
                         message("www.example.com", address("www.example.com", "192.0.77.1")),
                         message("www.example.com", address("www.example.com", "198.51.100.1")),
                         message("www.example.com", address("www.example.com", "198.51.7.1")))
        self.assertEqual(found, [("ip", "www.example.com", "198.51.100.1", ["network-changed"])])
        self.assertEqual(self.found[0]["nsmx"]["known"][0]["value"], "192.0.0.0/16")
        self.forget()
        found = self.see(message("www.example.com", address("www.example.com", "2001:db8::1")),
                         message("www.example.com", address("www.example.com", "2001:db8:7::1")),
                         message("www.example.com", address("www.example.com", "2a00::1")))
        self.assertEqual([hit[2] for hit in found], ["2a00::1"])
        self.assertEqual(self.found[0]["nsmx"]["known"][0]["value"], "2001:db8::/32")

    def test_autonomous_systems(self):
        """--asn-db: a network is an autonomous system"""
        self.write("asn.mmdb", mmdb({"192.0.2.0/24": 64500, "198.51.100.0/24": 64500,
                                     "203.0.113.0/24": 64501, "2001:db8::/32": 64500}))
        options = ("--asn-db", self.path("asn.mmdb"))
        def host(*texts):
            return message("www.example.com", address("www.example.com", *texts))
        found = self.see(host("192.0.2.1"), host("198.51.100.1"), host("203.0.113.1"),
                         host("203.0.113.2"), options=options)
        self.assertEqual([hit[2] for hit in found], ["203.0.113.1"])
        self.assertEqual(self.found[0]["nsmx"]["known"][0]["value"], "AS64500")
        done = self.nsmx("replay", "--history", "seen", "-r", "own.rules", "--asn-db", "own.rules",
                         "-o", "-", "in.pcap")
        self.assertEqual(done.status, 2)
        self.assertIn("--asn-db: ", done.err)

    def test_caches(self):
        """a host in many networks has no hits"""
        hosts = [message("www.example.com", address("www.example.com", f"{i}.0.0.1"))
                 for i in range(10, 30)]
        found = self.see(*hosts, rules="learn * ip after=12h min=1\n")
        self.assertEqual(found, [])

    def test_ttl(self):
        """a TTL far beyond any before; not a rest in a cache, nor that of the parent"""
        def zone(ttl, flags=AA):
            return message("example.com", ns("example.com", "ns1.old.net", ttl=ttl), flags=flags)
        self.assertEqual(self.see(referral("example.com", "ns1.old.net"), zone(3600),
                                  zone(5, RESOLVER), zone(3600, RESOLVER),
                                  referral("example.com", "ns1.old.net")), [])
        self.assertEqual(self.see(zone(7200), zone(360000), zone(360000)),
                         [("ttl", "example.com", "ns1.old.net", ["ttl-raised"])])
        self.forget()
        found = self.see(message("www.example.com", address("www.example.com", "192.0.2.1")),
                         message("www.example.com",
                                 address("www.example.com", "198.51.100.1", ttl=9831)))
        self.assertEqual(found[0][3], ["ttl-raised", "network-changed"])
        self.assertEqual(self.found[0]["event"]["severity"], 99)

    def test_ds(self):
        """the DS record is gone: with other servers, by proof, or after a question for it"""
        signed = referral("example.com", "ns1.old.net", more=ds("example.com"))
        asked = referral("example.com", "ns1.old.net", more=ds("example.com"),
                         additional=with_do())
        gone = ("ds", "example.com", "none", ["ds-removed"])
        found = self.see(signed, referral("example.com", "ns.evil.org"))
        self.assertEqual(found[0][3], [*NEW, UNKNOWN, REPLACED, "ds-removed"])
        self.assertEqual(found[1], gone)
        bare = referral("example.com", "ns1.old.net")
        proof = referral("example.com", "ns1.old.net", additional=with_do())
        answer = message("example.com", authority=soa("com"), kind=DS)
        own = message("example.com", authority=soa("example.com"), kind=DS)
        for messages, hits in (((signed, bare, bare), [gone]), ((asked, bare), []),
                               ((asked, proof, proof), [gone]), ((asked, answer), [gone]),
                               ((asked, own), []),
                               ((asked, proof, asked, proof), [gone, gone])):
            self.forget()
            self.assertEqual(self.see(*messages), hits)
        self.assertEqual(self.found[0]["nsmx"]["known"][0]["value"], "12345 13 2")

    def test_validated(self):
        """a resolver no longer validates a domain; another resolver never did"""
        www, other = "www.example.com", "www.example.net"
        def answer(owner, flags, server="192.0.2.53"):
            ends = {traffic.CLIENT: "198.51.100.7", traffic.SERVER: server}
            return (message(owner, address(owner, "198.51.100.1"), additional=with_do(),
                            flags=flags), ends)
        lost = ("ds", "example.com", "none", ["ds-removed"])
        signed, bare = answer(www, RESOLVER | 0x20), answer(www, RESOLVER)
        more = answer(other, RESOLVER | 0x20)
        self.assertEqual(self.see(signed, more, bare, bare), [lost])
        event = self.found[0]
        self.assertEqual(event["nsmx"]["score"], 50)
        self.assertEqual([entry["value"] for entry in event["nsmx"]["known"]],
                         ["AD from 192.0.2.53"])
        self.assertEqual(field(event, "dns.question.name"), www)
        for messages in ((signed, answer(www, RESOLVER, "192.0.2.54")), (bare, bare),
                         (signed, message(www, address(www, "198.51.100.1"), flags=RESOLVER))):
            self.forget()
            self.assertEqual(self.see(*messages), [])

    def test_lame(self):
        """refusals for long, then an answer; not one server of several that refuses"""
        refused = message("www.example.com", flags=AA & ~0x400 | REFUSED)
        answer = message("www.example.com", address("www.example.com", "198.51.100.1"))
        found = self.see(refused, refused, refused, answer, answer, spacing=DAY)
        self.assertEqual(found, [("health", "www.example.com", "198.51.100.1",
                                  ["lame-then-answers"])])
        self.assertEqual(self.found[0]["event"]["severity"], 75)
        self.forget()
        self.assertEqual(self.see(answer, refused, answer, refused, refused, answer), [])
        self.assertEqual(self.see(refused, refused, refused, answer, spacing=DAY)[0][3],
                         ["lame-then-answers"])

    def test_lame_restart(self):
        """the refusals were seen by an earlier run"""
        refused = message("www.example.com", flags=0x8000 | REFUSED)
        self.assertEqual(self.see(refused, refused, refused, spacing=DAY), [])
        answer = message("www.example.com", address("www.example.com", "198.51.100.1"))
        self.assertEqual(len(self.see(refused, answer, spacing=3 * DAY)), 1)

    def test_unregistered(self):
        """a name server, exchanger or alias in a domain that does not exist"""
        def gone(owner, zone, code=NXDOMAIN):
            return message(owner, authority=soa(zone), flags=AA | code)
        server = referral("example.com", "ns1.old.net", "ns.gone.org")
        hit = [("health", "example.com", "ns.gone.org", ["target-unregistered"])]
        self.assertEqual(self.see(server, gone("ns.gone.org", "org"), gone("gone.org", "org")), hit)
        self.forget()
        self.assertEqual(self.see(server, gone("ns.gone.org", "gone.org")), [])
        self.forget()
        self.assertEqual(self.see(server, gone("gone.org", "org"))[0][3], hit[0][3])
        self.forget()
        self.assertEqual(self.see(message("www.example.com", alias("www.example.com", "a.gone.net")),
                                  gone("a.gone.net", "net")),
                         [("health", "www.example.com", "a.gone.net", ["target-unregistered"])])
        self.forget()
        self.assertEqual(self.see(message("example.com", mx("example.com", "mx.gone.net"), kind=MX),
                                  gone("gone.net", "net"))[0][2], "mx.gone.net")
        self.forget()
        found = self.see(referral("example.com", "a1-1.akam.net", "a2-2.akam.net"),
                         referral("other.com", "ns.akam.ne"), gone("akam.ne", "ne"),
                         referral("example.com", "a1-1.akam.net", "a2-2.akam.ne"))
        self.assertIn("target-unregistered", found[-1][3])

    def test_workers(self):
        """one hit a value with any number of workers, and the same hits"""
        files = []
        for i in range(6):
            server = "ns1.old.net" if i < 3 else "ns.evil.org"
            parts = [traffic.datagram(referral(f"d{n}.com", server)) for n in range(20)]
            files.append(f"in{i}.pcap")
            self.write(files[-1], traffic.pcap(parts, second=traffic.SECOND + i * HOUR))
        self.write("own.rules", LEARN)
        ids = []
        for workers in ("1", "3"):
            self.forget()
            done = self.nsmx("replay", "--history", "seen", "--workers", workers, "-r",
                             "own.rules", "-o", "-", *files)
            self.assertEqual(done.status, 0, done.err)
            ids.append(sorted(event["event"]["id"] for event in harness.events(done.out)))
        self.assertEqual(len(ids[0]), 20)
        self.assertEqual(ids[0], ids[1])

    def test_limits(self):
        """a message with many changes, and with many records"""
        many = message("example.com", mx("example.com", *(f"mx{i}.evil.org" for i in range(40))),
                       kind=MX)
        found = self.see(message("example.com", mx("example.com", "mx.old.net"), kind=MX), many,
                         many, many)
        self.assertEqual(len({hit[2] for hit in found}), len(found))
        self.assertEqual(len(found), 23)      # 24 values of a kind are known
        self.forget()
        hosts = [f"192.0.{i // 250}.{i % 250}" for i in range(600)]
        self.see(message("www.example.com", address("www.example.com", *hosts)),
                 options=("--summary", self.path("summary.json")))
        self.assertEqual(self.summary()["baseline_omitted"], 600 - 512)
        self.assertEqual(self.summary()["baseline_evicted"], 0)

    def test_shipped(self):
        """the shipped set: off, unless --baselines yes; not a file of a folder"""
        self.write("in.pcap", traffic.pcap([traffic.datagram(referral("a.com", "ns1.old.net"))] * 3
                                           + [traffic.datagram(referral("a.com", "ns.evil.org"))],
                                           spacing_us=3 * DAY * 1000000))
        base = ["replay", "--history", "seen", "-o", "-"]
        program = self.beside_sets()
        for options, hits in (([], 0), (["-r", harness.SETS], 0), (["--baselines", "yes"], 1),
                              (["--baselines", "no"], 0),
                              (["-r", "/dev/null", "--baselines", "yes"], 1),
                              (["-r", os.path.join(harness.SETS, "baselines.rules")], 1)):
            self.forget()
            done = self.nsmx(*base, *options, "in.pcap", program=program)
            self.assertEqual(done.status, 0, done.err)
            self.assertEqual([event["rule"]["id"] for event in harness.events(done.out)],
                             ["baseline"] * hits, options)
        done = self.nsmx("replay", "--baselines", "yes", "-o", "-", "in.pcap", program=program)
        self.assertEqual(done.status, 2)
        self.assertIn("--history DIR", done.err)

    def test_incident(self):
        """the recorded hijack: silence before, then the servers and the exchanger"""
        self.write("own.rules", LEARN)
        for name in ("before-resolver", "before-mta"):
            done = self.nsmx("replay", "--history", "seen", "-r", "own.rules", "-o", "-",
                             pcap(name))
            self.assertEqual(done.out, b"")
        done = self.nsmx("replay", "--history", "seen", "-r", "own.rules", "-o", "-",
                         pcap("hijack-resolver"))
        found = harness.events(done.out)
        self.assertEqual(
            [(event["nsmx"]["what"], matched(event)) for event in found[:3]],
            [("ns", "ns-1515.awsdns-061.org"), ("ns", "ns-1985.awsdns-056.co.uk"),
             ("ns", "ns-650.awsdns-017.net")])
        for event in found[:3]:
            self.assertEqual(event["nsmx"]["reasons"],
                             [*NEW, UNKNOWN, REPLACED, "imitates-known"])
            self.assertEqual(event["event"]["severity"], 99)
        self.assertIn(("ttl", "coincheck.com", ["ttl-raised"]),
                      [(event["nsmx"]["what"], event["nsmx"]["owner"], event["nsmx"]["reasons"])
                       for event in found])
        exchanger = [event for event in found if event["nsmx"]["what"] == "mx"]
        self.assertEqual([matched(event) for event in exchanger], ["mail.coincheck.com"])
        self.assertEqual(exchanger[0]["nsmx"]["reasons"],
                         ["new-exchanger", UNKNOWN, REPLACED, "network-changed"])


if __name__ == "__main__":
    harness.main()
