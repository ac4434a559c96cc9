#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learned baselines of mail: servers, greetings, offers of STARTTLS, TLS, keys of certificates."""
import itertools
import shutil
import signal
import subprocess

import harness
import test_learn
import traffic
from harness import matched, pcap
from traffic import CLIENT, SERVER

DAY = 86400
PORTS = itertools.count(20000)          # each session is a connection of its own
OLD, NEAR, FAR = "203.0.113.25", "203.0.114.9", "192.0.2.66"
CLIENT_ADDRESS = "198.51.100.25"
STRIPPED, LOST, MOVED = "starttls-stripped", "tls-lost", "mail-server-changed"
BANNER = "banner-changed"


def session(server=OLD, banner="mx.bank.example", offer="STARTTLS", rcpt="bob@bank.example",
            tls=False, client=CLIENT_ADDRESS):
    """One mail, or a session that begins TLS."""
    c = traffic.Connection({CLIENT: client, SERVER: server}, client_port=next(PORTS))
    c.talk(f"S: 220 {banner} ESMTP", "C: EHLO c.example", "S: 250-mx",
           *([f"S: 250-{offer}"] if offer else []), "S: 250 8BITMIME")
    if tls:
        c.talk("C: STARTTLS", "S: 220 go")
        c.say(CLIENT, b"\x16\3\1\0\4\1\0\0\0")
    else:
        c.talk("C: MAIL FROM:<a@c.example>", "S: 250 ok", f"C: RCPT TO:<{rcpt}>", "S: 250 ok",
               f"C: RCPT TO:<other.{rcpt}>", "S: 250 ok", "C: QUIT", "S: 221 bye")
    return c.close().packets


def sized(octets, size):
    return len(octets).to_bytes(size, "big") + octets


def record(kind, body):
    """A handshake message in a record of TLS 1.2."""
    return b"\x16\3\3" + sized(bytes([kind]) + sized(body, 3), 2)


def hello(server_name):
    name = sized(sized(b"\0" + sized(server_name.encode(), 2), 2), 2)
    return record(1, b"\3\3" + bytes(32) + b"\0" + sized(b"\0\x2f", 2) + b"\1\0" +
                  sized(b"\0\0" + name, 2))


def certified(certificate):
    """A session in which the server of mx.bank.example shows a certificate."""
    c = traffic.Connection({CLIENT: CLIENT_ADDRESS, SERVER: OLD}, client_port=next(PORTS))
    c.talk("S: 220 mx.bank.example ESMTP", "C: EHLO c", "S: 250-mx", "S: 250 STARTTLS", "C: STARTTLS",
           "S: 220 go")
    c.say(CLIENT, hello("mx.bank.example"))
    c.say(SERVER, record(2, b"\3\3" + bytes(32) + b"\0\0\x2f\0") +
          record(11, sized(sized(certificate, 3), 3)))
    return c.close().packets


class Mail(harness.Case):
    rules = "learn * all after=0 min=1 id=l"

    def see(self, *sessions, spacing=DAY, rules=None):
        """(what, owner, value, reasons, score) of each hit; each session in a file of its own."""
        self.write("own.rules", (rules or self.rules) + "\n")
        files = []
        for number, packets in enumerate(sessions):
            files.append(f"in{number}.pcap")
            self.write(files[-1], traffic.pcap(packets, second=self.second))
            self.second += spacing
        done = self.nsmx("replay", "--history", "seen", "-r", "own.rules", "-o", "-", *files)
        self.assertEqual(done.status, 0, done.err)
        self.found = harness.events(done.out)
        return [(event["nsmx"]["what"], event["nsmx"]["owner"], matched(event),
                 event["nsmx"]["reasons"], event["nsmx"]["score"]) for event in self.found]

    def setUp(self):
        super().setUp()
        self.second = traffic.SECOND

    def forget(self):
        shutil.rmtree(self.path("seen"), ignore_errors=True)

    def known(self):
        return [value["value"] for value in self.found[-1]["nsmx"]["known"]]

    def test_server(self):
        """another network takes the mail: once; another server of the network is no news"""
        self.assertEqual(self.see(session(), session(NEAR), session()), [])
        hit = ("mail", "bank.example", FAR, [MOVED], 50)
        self.assertEqual(self.see(session(FAR), session(FAR)), [hit])
        self.assertEqual(sorted(self.known()), [OLD, NEAR])
        event = self.found[0]
        self.assertEqual(event["event"]["action"], "baseline-change")
        self.assertEqual(event["event"]["severity"], 50)
        self.assertEqual(event["threat"]["enrichments"][0]["matched"]["field"], "server.ip")
        self.assertEqual(self.see(session(FAR)), [])

    def test_exchanger(self):
        """more, if the exchangers are the same; nothing at their addresses; mail in TLS before"""
        def records(exchanger, address):
            mx = test_learn.message("bank.example", test_learn.mx("bank.example", exchanger),
                                    kind=test_learn.MX)
            a = test_learn.message(exchanger, test_learn.address(exchanger, address))
            return [traffic.datagram(mx), traffic.datagram(a)]
        self.assertEqual(self.see(records("mx.bank.example", OLD), session(), session(NEAR)), [])
        self.assertEqual(self.see(session(FAR)), [("mail", "bank.example", FAR, [MOVED], 60)])
        self.forget()
        self.assertEqual(self.see(records("mx.bank.example", OLD),
                                  session(FAR))[0][3:], ([MOVED], 60))
        self.forget()
        self.assertEqual(self.see(records("mx.bank.example", FAR), session(FAR)), [])

    def test_overwritten(self):
        """an offer that was overwritten is a hit without a baseline, once, also after a restart"""
        hit = ("tls", "bank.example", "none", [STRIPPED], 75)
        self.assertEqual(self.see(session(offer="XXXXXXXA"), session(offer="XXXXXXXA")), [hit])
        self.assertEqual(self.found[0]["event"]["severity"], 75)
        self.assertEqual(self.see(session(offer="XXXXXXXA")), [])
        self.assertEqual(self.see(session(NEAR, offer="STARTTLX"))[0], hit)

    def test_stripped(self):
        """the offer is gone where it always was, and TLS was always used"""
        self.assertEqual(self.see(session(tls=True), session(tls=True)), [])
        self.assertEqual(self.see(session(offer="")),
                         [("tls", "bank.example", "none", [LOST, STRIPPED], 85)])
        self.assertEqual(self.known(), ["TLS", "STARTTLS offered"])
        self.assertEqual(self.see(session(offer="")), [])

    def test_offer(self):
        """only the offer is gone; a server that offers it at times has no change"""
        self.assertEqual(self.see(session(), session(offer="")),
                         [("tls", "bank.example", "none", [STRIPPED], 75)])
        self.forget()
        self.assertEqual(self.see(session(offer=""), session(), session(offer="")), [])

    def test_lost(self):
        """STARTTLS is offered and not used, where TLS was always used; also after a restart"""
        self.assertEqual(self.see(session(tls=True)), [])
        self.assertEqual(self.see(session()), [("tls", "bank.example", "none", [LOST], 50)])
        self.assertEqual(self.see(session()), [])

    def test_pairs(self):
        """TLS is lost between a client and a server that used it; other clients never did"""
        other = "198.51.100.99"
        lost = ("tls", "bank.example", "none", [LOST], 50)
        plain, secure = session(client=other), session(tls=True)
        self.assertEqual(self.see(secure, plain, secure, session(), plain), [lost])
        self.assertEqual(self.found[0]["client"]["ip"], CLIENT_ADDRESS)
        self.assertEqual(self.known(), ["TLS", "STARTTLS offered"])
        self.forget()
        self.assertEqual(self.see(plain, secure, session(), session()), [lost])
        self.forget()
        self.assertEqual(self.see(secure, session(NEAR), plain), [])

    def test_banner(self):
        """a greeting of another domain; with another server both are one change"""
        self.assertEqual(self.see(session(), session(banner="mx2.bank.example")), [])
        self.assertEqual(self.see(session(banner="localhost"), session(banner="localhost")),
                         [("banner", "bank.example", "localhost", [BANNER], 25)])
        self.assertEqual(sorted(self.known()), ["mx.bank.example", "mx2.bank.example"])
        self.assertEqual(self.see(session(banner=""), session(banner="")), [])
        self.assertEqual(self.see(session(banner="."), session(banner="."))[1:], [])
        self.assertEqual(self.see(session(banner="**not-a-name**" * 9))[0][3], [BANNER])
        self.assertEqual(self.see(session(FAR, banner="evil.example.net")),
                         [("mail", "bank.example", FAR, [MOVED, BANNER], 75)])
        self.assertEqual(self.found[0]["event"]["severity"], 75)

    def test_rules(self):
        """what a rule learns, after, min, allow, sev"""
        for rules, values in (("learn bank.example banner after=0 min=1", [[BANNER]]),
                              ("learn .bank.example mail after=0 min=1 sev=low", [[MOVED]]),
                              ("learn other.example all after=0 min=1", []),
                              ("learn * all after=2d min=1", []),
                              ("learn * all after=0 min=3", []),
                              ("learn * all after=0 min=1\nallow server 192.0.2.0/24", [])):
            self.forget()
            found = self.see(session(), session(FAR, banner="evil.example.net"), rules=rules)
            self.assertEqual([hit[3] for hit in found], values, rules)

    def certificate(self, name):
        """A certificate with a key of its own."""
        harness.need_programs("openssl")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=mx.bank.example",
                        "-keyout", self.path(name + ".key"), "-outform", "DER", "-out",
                        self.path(name)], check=True, capture_output=True)
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_certificate(self):
        """another key in the certificate of a server: the name that the client asked for"""
        one, other = self.certificate("one"), self.certificate("other")
        self.assertEqual(self.see(certified(one), certified(one)), [])
        found = self.see(certified(other), certified(other), certified(one))
        self.assertEqual([(hit[0], hit[1], hit[3], hit[4]) for hit in found],
                         [("certificate", "mx.bank.example", ["certificate-changed"], 25)])
        self.assertEqual(len(found[0][2]), 64)
        self.assertEqual([len(value) for value in self.known()], [64])

    def test_incident(self):
        """the recorded hijack: silence before, then the server that takes the mail"""
        self.write("own.rules", self.rules + "\n")
        found = []
        for name in ("before-mta", "hijack-mta"):
            done = self.nsmx("replay", "--history", "seen", "-r", "own.rules", "-o", "-", pcap(name))
            found.append([(event["nsmx"]["what"], event["nsmx"]["owner"], matched(event),
                           event["nsmx"]["reasons"]) for event in harness.events(done.out)
                          if event["event"]["dataset"] == "nsmx.smtp"])
        self.assertEqual(found[0], [])
        self.assertEqual(found[1], [("mail", "coincheck.com", "45.77.24.250", [MOVED, BANNER])])


class Kinds(harness.Case):
    """--what: a change is chosen by what is new, and a hit by its kind, as in nsmx.what."""

    RULES = "learn * all after=0 min=1\nalert server 192.0.2.66\nalert ns .evil.org\n"

    def setUp(self):
        """A capture with hits of several words; all hits of it."""
        super().setUp()
        referral = test_learn.referral
        gone = test_learn.message("gone.org", authority=test_learn.soa("org"),
                                  flags=test_learn.AA | test_learn.NXDOMAIN)
        frames = [traffic.datagram(part) for part in (
            referral("a.com", "ns1.old.net"), referral("a.com", "ns1.old.net", ttl=500000),
            referral("a.com", "ns.evil.org"), referral("b.com", "ns1.old.net", "ns.gone.org"), gone)]
        for packets in (session(), session(FAR), session(offer="XXXXXXXA", rcpt="d@other.example")):
            frames += packets
        self.write("in.pcap", traffic.pcap(frames))
        self.write("own.rules", self.RULES)
        self.found = self.chosen()
        words = {event["nsmx"]["what"] for event in self.found}
        self.assertEqual(words, {"health", "mail", "ns", "server", "tls", "ttl"})
        self.choices = [{word} for word in sorted(words)] + [{"mail", "ttl"}, {"ns", "health"}]

    def chosen(self, *args, output="-"):
        shutil.rmtree(self.path("seen"), ignore_errors=True)
        done = self.nsmx("replay", "--history", "seen", "-r", "own.rules", "-o", output, *args,
                         "in.pcap")
        self.assertEqual(done.status, 0, done.err)
        return harness.events(done.out)

    def wanted(self, words):
        left = [event for event in self.found if event["nsmx"]["what"] in words]
        self.assertTrue(0 < len(left) < len(self.found))
        return left

    def test_replay(self):
        """replay: of all hits those with the words"""
        for words in self.choices:
            found = self.chosen("--what", ",".join(words))
            self.assertEqual(list(map(harness.timeless, found)),
                             list(map(harness.timeless, self.wanted(words))), words)
        self.assertEqual(self.chosen("--what", "certificate,mx"), [])

    def test_incidents(self):
        """replay: incidents of the chosen hits alone"""
        found = self.chosen("--alerts", "incidents", "--what", "mail")
        self.assertEqual({event["nsmx"]["incident"]["owner"] for event in found}, {"bank.example"})

    def test_tail(self):
        """tail from Redis: the same"""
        redis = harness.Redis(self)
        self.chosen(output=redis.url())
        for words in self.choices:
            wanted = [event["event"]["id"] for event in self.wanted(words)]
            process = self.start("tail", "--since", "0", "--json", "--what", ",".join(words),
                                 redis.url())
            harness.wait_for(lambda: process.out().count(b"\n") >= len(wanted), words)
            self.assertEqual(process.stop(signal.SIGINT), 0, process.err())
            self.assertEqual([event["event"]["id"] for event in harness.events(process.out())],
                             wanted, words)


if __name__ == "__main__":
    harness.main()
