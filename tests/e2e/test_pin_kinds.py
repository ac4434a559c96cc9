#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins of what a name must have: DS records, texts, and of its mail the greeting and TLS."""
import struct

import harness
import traffic
from harness import field, matched
from traffic import dns_name, dns_record

CNAME, SOA, NS, TXT, DS, NSEC, ANY = 5, 6, 2, 16, 43, 47, 255
AA, TC, RA = 0x8400, 0x8600, 0x8180
OTHER = b"\x30\x39\x0d\x02" + bytes(range(32))
OTHER_TEXT = "12345 13 2 " + bytes(range(32)).hex()


def question(owner, kind):
    return dns_name(owner) + struct.pack("!HH", kind, 1)


def text(owner, *strings):
    data = b"".join(bytes([len(part)]) + part.encode() for part in strings)
    return dns_record(owner, TXT, data)


def soa(owner):
    return dns_record(owner, SOA, dns_name("a." + owner) * 2 + bytes(20), ttl=900)


def proof(owner):
    return dns_record(owner, NSEC, dns_name("x." + owner) + b"\0\1\2")


def message(owner, kind, answers=(), authority=(), flags=RA, rcode=0):
    counts = (1, len(answers), len(authority), 0)
    return traffic.dns_response([question(owner, kind)], [*answers, *authority], flags | rcode,
                                counts)


SPF = "v=spf1 mx -all"


class Kinds(harness.Case):
    def see(self, rules, *messages):
        """(rule, action, kind, owner, value) of each hit, and the events."""
        self.write("own.rules", rules + "\n")
        packets = [traffic.datagram(part) for part in messages]
        self.write("in.pcap", traffic.pcap(packets))
        self.found = self.replay("in.pcap", rules="own.rules")
        return [(event["rule"]["id"], event["event"]["action"], event["nsmx"]["what"],
                 event["nsmx"]["owner"], matched(event)) for event in self.found]

    def values(self, rules, *messages):
        return [hit[-1] for hit in self.see(rules, *messages)]

    def hunt(self):
        """The same of the history of that capture."""
        done = self.nsmx("replay", "--history", "seen", "--history-mail", "mailboxes", "-r",
                         "own.rules", "-o", "null", "in.pcap")
        self.assertEqual(done.status, 0, done.err)
        done = self.nsmx("hunt", "--history", "seen", "-r", "own.rules")
        self.assertEqual(done.status, 0, done.err)
        return [(event["rule"]["id"], event["nsmx"]["what"], event["nsmx"]["owner"],
                 matched(event)) for event in harness.events(done.out)]

    # DS

    def test_ds_any(self):
        """pin ds any: an answer of a resolver or of the parent without DS records"""
        rules = "pin example.com ds any id=ds"
        hit = [("ds", "pin-mismatch", "ds", "example.com", "none")]
        self.assertEqual(self.see(rules, message("example.com", DS, authority=[soa("com")])), hit)
        enriched = field(self.found[0], "threat.enrichments")[0]["matched"]
        self.assertEqual(enriched["field"], "dns.answers.data")
        self.assertEqual(self.found[0]["nsmx"]["expected"], ["any"])
        self.assertEqual(field(self.found[0], "threat.indicator.name"), "example.com")
        self.assertIn("DS record none, where any was expected, of example.com",
                      self.found[0]["event"]["reason"])
        self.assertEqual(self.see(rules, message("example.com", DS)), hit)
        self.assertEqual(self.see(rules, message("example.com", DS, rcode=3)), hit)
        self.assertEqual(self.see(rules, message("example.com", DS, authority=[soa("com")],
                                                 flags=AA)), hit)

    def test_ds_referral(self):
        """a referral that proves that there is no DS record"""
        rules = "pin example.com ds any id=ds"
        servers = dns_record("example.com", NS, dns_name("ns.example.net"))
        ds = dns_record("example.com", DS, OTHER)
        for authority, values in (([servers, proof("example.com")], ["none"]),
                                  ([servers], []),
                                  ([servers, ds, proof("example.com")], [])):
            found = self.values(rules, message("www.example.com", 1, authority=authority,
                                               flags=0x8000))
            self.assertEqual(found, values)

    def test_ds_silence(self):
        """a DS record, another type, the zone's own servers, a message that is cut: no hit"""
        rules = "pin example.com ds any"
        ds = dns_record("example.com", DS, OTHER)
        self.assertEqual(self.values(
            rules, message("example.com", DS, [ds]),
            message("example.com", TXT, authority=[soa("com")]),
            message("sub.example.com", DS, authority=[soa("com")]),
            message("example.com", DS, authority=[soa("example.com")], flags=AA),
            message("example.com", DS, authority=[soa("example.com")]),
            message("example.com", DS, authority=[soa("com")], flags=TC),
            message("example.com", DS, rcode=2),
            message("example.com", DS, authority=[soa("com")])[:-8]), [])

    def test_ds_none(self):
        """pin ds none: each DS record is a hit, in an answer or a referral"""
        rules = "pin .example.com ds none id=ds"
        ds = dns_record("sub.example.com", DS, OTHER)
        servers = dns_record("sub.example.com", NS, dns_name("ns.example.net"))
        hit = [("ds", "pin-mismatch", "ds", "sub.example.com", OTHER_TEXT)]
        self.assertEqual(self.see(rules, message("sub.example.com", DS, [ds])), hit)
        self.assertEqual(self.hunt(), [("ds", "ds", "sub.example.com", OTHER_TEXT)])
        self.assertEqual(self.see(rules, message("www.sub.example.com", 1,
                                                 authority=[servers, ds], flags=0x8000)), hit)
        self.assertEqual(self.found[0]["nsmx"]["section"], "authority")
        self.assertEqual(self.see(rules, message("example.com", DS, authority=[soa("com")])), [])

    def test_ds_hunt(self):
        """rows of NODATA and NXDOMAIN"""
        self.see("pin example.com ds any id=ds\npin example.net ds any id=net",
                 message("example.com", DS, authority=[soa("com")]),
                 message("example.net", DS, rcode=3), message("example.net", DS, rcode=2))
        self.assertEqual(sorted(self.hunt()), [("ds", "ds", "example.com", "none"),
                                               ("net", "ds", "example.net", "none")])

    # TXT

    def test_txt(self):
        """pin txt: the text must be in a record; the record that is most like it is the value"""
        rules = f'pin example.com txt "{SPF}" id=spf'
        other = text("example.com", "google-site-verification=1")
        self.assertEqual(self.see(
            rules, message("example.com", TXT, [other, text("example.com", "v=spf1 +all")])),
            [("spf", "pin-mismatch", "txt", "example.com", "v=spf1 +all")])
        self.assertEqual(self.found[0]["nsmx"]["expected"], [SPF])
        self.assertEqual(self.values(rules, message("example.com", TXT, [other])),
                         ["google-site-verification=1"])
        for answer in (message("example.com", TXT, authority=[soa("example.com")]),
                       message("example.com", TXT, rcode=3),
                       message("example.com", TXT, flags=AA)):
            self.assertEqual(self.values(rules, answer), ["none"])
        self.assertEqual(self.hunt(), [("spf", "txt", "example.com", "none")])

    def test_txt_there(self):
        """whole, as a part, in several strings, in any order, of another type: no hit"""
        rules = f'pin example.com txt "{SPF}" id=spf\npin example.com txt site= id=key'.replace(
            "site=", '"site="')
        own, key = text("example.com", SPF), text("example.com", "x site=1")
        self.assertEqual(self.values(
            rules, message("example.com", TXT, [own, key]), message("example.com", TXT, [key, own]),
            message("example.com", TXT, [text("example.com", SPF[:5], SPF[5:]), key]),
            message("example.com", ANY, [key]), message("example.com", 1),
            message("example.com", TXT, rcode=2),
            message("example.com", TXT, [own], flags=TC),
            message("example.com", TXT, authority=[dns_record("example.com", NS, dns_name("n.example"))],
                    flags=0x8000)), [])
        self.assertEqual([hit[0] for hit in self.see(rules, message("example.com", TXT, [own]))],
                         ["key"])
        # Parts of two records are no text.
        pieces = [text("example.com", SPF[:7]), text("example.com", SPF[7:]), key]
        self.assertEqual(self.values(rules, message("example.com", TXT, pieces)), [SPF[:7]])

    def test_txt_alias(self):
        """the chain of CNAMEs from the owner is followed; a record of another name does not count"""
        alias = dns_record("_dmarc.example.com", CNAME, dns_name("d.example.net"))
        rules = "pin _dmarc.example.com txt p=reject id=owner\npin d.example.net txt p=reject id=end"
        rules = rules.replace("p=reject", '"p=reject"')
        good, bad = text("d.example.net", "v=DMARC1; p=reject"), text("d.example.net", "p=none")
        asked = "_dmarc.example.com"
        self.assertEqual(self.see(rules, message(asked, TXT, [alias, good])), [])
        self.assertEqual([hit[0] for hit in self.see(rules, message(asked, TXT, [alias, bad]))],
                         ["owner", "end"])
        beside = text("x.example.net", "p=reject")
        self.assertEqual(self.values(rules, message(asked, TXT, [alias, bad, beside])),
                         ["p=none"] * 2)
        self.assertEqual(self.values(rules, message(asked, TXT, [alias], flags=AA)), [])
        self.assertEqual(self.values(rules, message(asked, TXT, [alias], [soa("example.net")])),
                         ["none"] * 2)

    # Mail

    def mail(self, rules, greeting="220 mx.example.com ESMTP", rcpt="a@example.com"):
        self.write("own.rules", rules + "\n")
        c = traffic.Connection()
        c.talk(f"S: {greeting}", "C: EHLO c.example", "S: 250 mx", "C: MAIL FROM:<x@y.example>",
               "S: 250 ok", f"C: RCPT TO:<{rcpt}>", "S: 250 ok", "C: DATA", "S: 354 go",
               "C: Subject: s", "C: .", "S: 250 ok", "C: QUIT", "S: 221 bye")
        self.write("in.pcap", traffic.pcap(c.close().packets))
        self.found = self.replay("in.pcap", rules="own.rules")
        return [(event["rule"]["id"], event["event"]["action"], event["nsmx"]["what"],
                 event["nsmx"].get("owner"), matched(event)) for event in self.found]

    def test_banner(self):
        """pin banner: mail for the owner, offered to a server with another name in its greeting"""
        rules = "pin example.com banner mx.example.com .google.com id=b"
        self.assertEqual(self.mail(rules), [])
        self.assertEqual(self.mail(rules, "220 aspmx.l.google.com ready"), [])
        self.assertEqual(self.mail(rules, "220 mx.evil.example", "a@example.net"), [])
        hit = ("b", "pin-mismatch", "banner", "example.com", "mx.evil.example")
        self.assertEqual(self.mail(rules, "220 mx.evil.example hi"), [hit])
        enriched = field(self.found[0], "threat.enrichments")[0]["matched"]
        self.assertEqual(enriched["field"], "smtp.banner")
        self.assertEqual(self.found[0]["nsmx"]["expected"], ["mx.example.com", ".google.com"])
        self.assertIn("(accepted, 250)", self.found[0]["event"]["reason"])
        self.assertEqual(self.hunt(), [("b", "banner", "example.com", "mx.evil.example")])
        long = "x" * 70
        self.assertEqual(self.mail(rules, f"220 {long}"), [(*hit[:-1], long)])
        self.assertEqual(self.hunt()[1:], [("b", "banner", "example.com", long)])

    def test_banner_once(self):
        """alert and protect see a greeting once, when it is sent; allow silences the pin"""
        rules = "alert banner mx.evil.example id=a\npin example.com banner mx.example.com id=b\n"
        self.assertEqual([hit[0] for hit in self.mail(rules, "220 mx.evil.example")], ["a", "b"])
        for allow in ("allow banner .evil.example", "allow server 45.77.24.250"):
            self.assertNotIn("b", [hit[0] for hit in self.mail(rules + allow,
                                                               "220 mx.evil.example")])

    def test_tls(self):
        """pin tls required: mail for the owner without TLS; hunts find it in rows of mail"""
        rules = "pin .example.com tls required id=tls"
        hit = [("tls", "pin-mismatch", "tls", "sub.example.com", "none")]
        self.assertEqual(self.mail(rules, rcpt="a@sub.example.com"), hit)
        self.assertEqual(field(self.found[0], "threat.enrichments")[0]["matched"]["field"],
                         "tls.established")
        self.assertEqual(self.found[0]["nsmx"]["expected"], ["required"])
        self.assertEqual(self.hunt(), [("tls", "tls", "sub.example.com", "none")] * 2)
        self.assertEqual(self.mail(rules, rcpt="a@example.net"), [])
        self.assertEqual(self.mail(rules + "\nallow server 45.77.24.0/24",
                                   rcpt="a@sub.example.com"), [])

    def test_tls_used(self):
        """a session with TLS has no hit"""
        self.write("own.rules", "pin example.com tls required\n")
        c = traffic.Connection()
        c.talk("S: 220 mx.example.com", "C: EHLO c", "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go")
        c.say(traffic.CLIENT, b"\x16\3\1\0\4\1\0\0\0")
        self.write("in.pcap", traffic.pcap(c.close().packets))
        self.assertEqual(self.replay("in.pcap", rules="own.rules"), [])


if __name__ == "__main__":
    harness.main()
