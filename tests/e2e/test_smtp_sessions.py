#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMTP sessions in which the server's answers, a proxy or a mirror decide what is read."""
import os
import socket
import struct

import harness
import traffic
from harness import PCAPS, field, is_hit, matched
from traffic import CLIENT, SERVER, Connection

RULES = """
alert from spy@evil.test id=from
alert rcpt victim@target.test id=rcpt
alert helo .evil.test id=helo
"""
HELLO = ["C: EHLO mail.evil.test\r\n", "S: 250-mx.test\r\n250-STARTTLS\r\n250 PIPELINING\r\n"]
FIRST = ["C: MAIL FROM:<a@a.test>\r\n", "S: 250 ok\r\n", "C: RCPT TO:<b@b.test>\r\n", "S: 250 ok\r\n",
         "C: DATA\r\n", "S: 354 go\r\n"]
SPY = "MAIL FROM:<spy@evil.test>\r\nRCPT TO:<victim@target.test>\r\nDATA\r\n"
MAIL = ["C: " + SPY, "S: 250 ok\r\n250 ok\r\n354 go\r\n", "C: Subject: x\r\n\r\nx\r\n.\r\n",
        "S: 250 taken\r\n"]
TAKEN = "spy@evil.test>victim@target.test:250"
OTHER = "a@a.test>b@b.test:250"
QUIT = ["C: QUIT\r\n", "S: 221 bye\r\n"]
GREETING = ["S: 220 mx.test ESMTP\r\n"]


def smuggled(dot):
    return GREETING + HELLO + FIRST + [f"C: x{dot}{SPY}y\r\n.\r\n"]


# (name, octets of both sides, mails of the log, those of them that are smuggled, hits)
SESSIONS = [
    *((f"a mail smuggled by {dot!r}, which the server accepts",
       smuggled(dot) + ["S: 250 1\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n"] + QUIT,
       [OTHER, TAKEN], [OTHER, TAKEN], 3) for dot in ("\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r",
                                                      "\r\n\0.\r\n")),
    *((f"a mail smuggled by {dot!r}, which the server does not accept",
       smuggled(dot) + ["S: 250 taken\r\n"] + QUIT, [OTHER], [OTHER], 1) for dot in ("\n.\n", "\r\n.\n")),
    ("commands end in LF",
     [part.replace("\r\n", "\n") for part in GREETING + HELLO + FIRST] + ["C: x\n.\n", "S: 250 ok\r\n"] + MAIL,
     [OTHER, TAKEN], [], 3),
    ("a smuggled mail, only the client seen",
     [part for part in smuggled("\n.\n") if part.startswith("C")],
     ["a@a.test>b@b.test:None", "spy@evil.test>victim@target.test:None"],
     ["a@a.test>b@b.test:None", "spy@evil.test>victim@target.test:None"], 3),
    ("a chunk refused for its syntax hides nothing",
     GREETING + HELLO + ["C: BDAT 100000 X\r\n", "S: 501 no\r\n"] + MAIL, [TAKEN], [], 3),
    ("a refused chunk that is not sent hides nothing",
     GREETING + HELLO + ["C: BDAT 100000 LAST\r\n", "S: 503 no\r\n"] + MAIL, [TAKEN], [], 3),
    ("a refused RSET and a refused MAIL change nothing",
     GREETING + HELLO + ["C: MAIL FROM:<spy@evil.test>\r\n", "S: 250 ok\r\n", "C: RSET x\r\n", "S: 501 no\r\n",
                         "C: MAIL FROM:<a@a.test>\r\n", "S: 503 no\r\n", "C: RCPT TO:<victim@target.test>\r\n",
                         "S: 250 ok\r\n", "C: DATA\r\n", "S: 354 go\r\n", "C: x\r\n.\r\n", "S: 250 ok\r\n"],
     [TAKEN], [], 3),
    ("clear SMTP after STARTTLS",
     GREETING + HELLO + ["C: STARTTLS\r\n", "S: 220 go\r\n"] + HELLO + MAIL + QUIT, [TAKEN], [], 4),
]

V2 = b"\r\n\r\n\0\r\nQUIT\n"


def version_2(command, family, body):
    return b"C: " + V2 + struct.pack(">BBH", 0x20 | command, family, len(body)) + body


def inet(address, port):
    kind = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(kind, address) * 2 + struct.pack(">HH", port, 25)


TLVS = b"\3\0\4\1\2\3\4" + b"\4\0\2\r\n"
XCLIENT = "C: XCLIENT ADDR={} NAME=x.test HELO=old.evil.test\r\n"
# (name, octets before the mail, client, port, hits)
PROXIES = [
    ("version 1, IPv4", ["C: PROXY TCP4 192.0.2.77 203.0.113.9 5555 25\r\n"] + GREETING + HELLO,
     "192.0.2.77", 5555, 3),
    ("version 1, IPv6", ["C: PROXY TCP6 2001:db8::77 2001:db8::1 5555 25\r\n"] + GREETING + HELLO,
     "2001:db8::77", 5555, 3),
    ("version 1, UNKNOWN", ["C: PROXY UNKNOWN\r\n"] + GREETING + HELLO, None, None, 3),
    ("version 1, refused",
     ["C: PROXY TCP4 192.0.2.77 203.0.113.9 5555 25\r\n"] + GREETING + ["S: 500 no\r\n"] + HELLO,
     None, None, 3),
    ("version 2, IPv4", [version_2(1, 0x11, inet("192.0.2.77", 5555))] + GREETING + HELLO,
     "192.0.2.77", 5555, 3),
    ("version 2, IPv6 and TLVs", [version_2(1, 0x21, inet("2001:db8::77", 5555) + TLVS)] + GREETING + HELLO,
     "2001:db8::77", 5555, 3),
    ("version 2, LOCAL", [version_2(0, 0x11, inet("192.0.2.77", 5555))] + GREETING + HELLO, None, None, 3),
    ("XCLIENT", GREETING + HELLO + [XCLIENT.format("192.0.2.77"), "S: 220 mx.test\r\n"], "192.0.2.77", None, 4),
    ("XCLIENT, IPv6", GREETING + HELLO + [XCLIENT.format("IPV6:2001:db8::77"), "S: 220 mx.test\r\n"],
     "2001:db8::77", None, 4),
    ("XCLIENT, refused", GREETING + HELLO + [XCLIENT.format("192.0.2.77"), "S: 550 no\r\n"], None, None, 3),
]


def capture(parts):
    c = Connection()
    for part in parts:
        octets = part if isinstance(part, bytes) else part.encode()
        c.say(CLIENT if octets.startswith(b"C") else SERVER, octets[3:])
    c.close()
    return c


@harness.expand
class Sessions(harness.Case):
    def log(self, parts):
        self.write("all.rules", RULES)
        connection = capture(parts)
        found = self.replay("--log", "smtp", self.write("x.pcap", traffic.pcap(connection.packets)),
                            rules=self.path("all.rules"))
        return [e for e in found if is_hit(e)], [e for e in found if not is_hit(e)], connection

    @harness.for_each([row[0] for row in SESSIONS], "{}")
    def test_session(self, name):
        _, parts, mails, smuggled_ones, count = next(row for row in SESSIONS if row[0] == name)
        hits, logged, _ = self.log(parts)

        def text(event):
            to, = field(event, "smtp.rcpt_to")
            return f"{field(event, 'smtp.mail_from')}>{to['address']}:{field(event, 'smtp.reply_code')}"

        logged = [event for event in logged if field(event, "smtp.rcpt_to")]
        self.assertEqual([text(event) for event in logged], mails)
        self.assertEqual([text(event) for event in logged if field(event, "smtp.smuggling")], smuggled_ones)
        self.assertEqual(len(hits), count, [matched(hit) for hit in hits])
        for hit in hits:
            if matched(hit) in ("spy@evil.test", "victim@target.test") and TAKEN in smuggled_ones:
                self.assertTrue(field(hit, "smtp.smuggling"))

    def test_decrypted(self):
        """clear SMTP after STARTTLS: tls.established is written of TLS records only"""
        _, logged, _ = self.log(next(row[1] for row in SESSIONS if row[0].startswith("clear SMTP")))
        self.assertEqual([field(e, "smtp.starttls") for e in logged], [True])
        self.assertEqual([field(e, "smtp.starttls_offered") for e in logged], [True])
        self.assertEqual([field(e, "tls") for e in logged], [None])

    def test_overwritten(self):
        """a keyword in place of STARTTLS is in the event"""
        c = traffic.Connection()
        c.talk("S: 220 mx", "C: EHLO a", "S: 250-mx", "S: 250 XXXXXXXA", "C: QUIT", "S: 221 bye")
        self.write("x.pcap", traffic.pcap(c.close().packets))
        event = self.replay("--log", "smtp", "x.pcap", rules="/dev/null")[0]
        self.assertEqual((field(event, "smtp.starttls_offered"),
                          field(event, "smtp.starttls_overwritten")), (False, True))

    def test_many_recipients(self):
        """an event has 128 recipients at most, with the one that hit, and counts the others"""
        for count in 128, 129, 300:
            c = Connection()
            c.talk("S: 220 mx", "C: EHLO a", "S: 250 ok", "C: MAIL FROM:<a@a.test>", "S: 250 ok")
            for number in range(count):
                c.talk(f"C: RCPT TO:<r{number}@target.test>", "S: 250 ok")
            self.write("x.pcap", traffic.pcap(c.close().packets))
            rules = self.write("all.rules", f"alert rcpt r{count - 1}@target.test\n")
            hit, logged = self.replay("--log", "smtp", "x.pcap", rules=rules)
            to = [recipient["address"] for recipient in field(hit, "smtp.rcpt_to")]
            self.assertEqual(len(set(to)), 128)
            self.assertIn(matched(hit), to)
            self.assertEqual(len(field(logged, "smtp.rcpt_to")), 128)
            for event in hit, logged:
                self.assertEqual(field(event, "nsmx.recipients_omitted") or 0, count - 128)

    @harness.for_each(["EHLO\r\n", "EHLO other.test\r\n", "HELO other.test\r\n"], "refused: {!r}")
    def test_refused_hello(self, command):
        _, logged, _ = self.log(GREETING + HELLO + ["C: " + command, "S: 501 no\r\n"] + MAIL)
        self.assertEqual([field(e, "smtp.helo") for e in logged], ["mail.evil.test"])
        _, logged, _ = self.log(GREETING + HELLO + ["C: " + command, "S: 250 ok\r\n"] + MAIL)
        self.assertEqual([field(e, "smtp.helo") for e in logged], [command[5:].strip()])

    @harness.for_each([row[0] for row in PROXIES], "a proxy: {}")
    def test_proxy(self, name):
        _, parts, client, port, count = next(row for row in PROXIES if row[0] == name)
        hits, logged, connection = self.log(parts + MAIL + QUIT)
        proxy = str(connection.addresses[CLIENT]) if client else None
        self.assertEqual(len(hits), count)
        self.assertEqual(len(logged), 1)
        # XCLIENT comes after the first HELO.
        for event in logged + [hit for hit in hits if field(hit, "nsmx.what") != "helo"]:
            self.assertEqual(field(event, "nsmx.proxy.ip"), proxy)
            self.assertEqual(field(event, "client.ip"), client or str(connection.addresses[CLIENT]))
            self.assertEqual(field(event, "client.port"), port if client else 50000)
            self.assertEqual(field(event, "source"), field(event, "client"))
            self.assertIn(str(connection.addresses[CLIENT]), field(event, "related.ip"))


RECORDED = os.path.join(PCAPS, "sessions")
PORTS = "smtp=25,465,587,2525"


def logged_sessions(folder):
    """The text file of the recording: {port: (name, [[client, sender, recipients]])}."""
    sessions = {}
    with open(os.path.join(folder, "sessions.txt"), encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words[0] == "session":
                sessions[int(words[1])] = mails = []
            elif words[0] == "mail":
                mails.append([words[1], words[2], words[3:]])
    return sessions


def accepted(events):
    """The mails that the events have as accepted, in the same form."""
    sessions = {}
    for event in events:
        # The recording uses the port of the session where a proxy states one.
        mails = sessions.setdefault(field(event, "client.port"), [])
        if str(field(event, "smtp.reply_code")).startswith("2"):
            mails.append([field(event, "client.ip"), field(event, "smtp.mail_from"),
                          sorted(rcpt["address"] for rcpt in field(event, "smtp.rcpt_to")
                                 if rcpt.get("accepted"))])
    return sessions


@harness.expand
class Recorded(harness.Case):
    """Sessions with refused commands, odd ends of the content and proxies (tests/pcaps/README.md)."""

    def sessions(self, folder, first):
        events = self.replay("--log", "smtp", "--ports", PORTS, os.path.join(folder, "sessions.pcap.gz"))
        self.maxDiff = None
        logged = {port: mails for port, mails in logged_sessions(folder).items() if port // 10000 == first}
        self.assertGreaterEqual(len(logged), 60)
        found = accepted(e for e in events if not is_hit(e))
        return logged, {port: found.get(port, []) for port in logged}

    @harness.for_each(["2 postfix", "3 exim"], "{}: the mails of each session as the server logged them")
    def test_as_logged(self, name):
        logged, found = self.sessions(RECORDED, int(name[0]))
        self.assertEqual(found, logged)

    def test_smuggled(self):
        """a mail that Postfix took from the content of another has smtp.smuggling"""
        events = self.replay("--log", "smtp", "--ports", PORTS, os.path.join(RECORDED, "sessions.pcap.gz"))
        flags = {}
        for event in events:
            flags.setdefault(field(event, "client.port"), []).append(field(event, "smtp.smuggling"))
        with open(os.path.join(RECORDED, "sessions.txt"), encoding="utf-8") as file:
            for line in file:
                port, name = int(line.split()[1]) if line.startswith("session") else 0, line.split(": ")[-1]
                if name.startswith("smuggled"):
                    self.assertTrue(flags[port][0], line)
                    # The other mail after the final dot is the last one.
                    own = len(flags[port]) - ("another mail" in name)
                    self.assertEqual(flags[port][:own], [True] * own, line)

    def test_again(self):
        """a new recording has the same mails, and is read so"""
        if not os.environ.get("MTAS"):
            self.skipTest("MTAS is not set: a folder with the packages of Postfix and Exim")
        harness.need_root()
        folder = self.path("again")
        os.mkdir(folder)
        self.tool(os.path.join(PCAPS, "record", "sessions.sh"), "-o", folder)
        self.assertEqual(logged_sessions(folder), logged_sessions(RECORDED))
        for first in (2, 3):
            logged, found = self.sessions(folder, first)
            self.assertEqual(found, logged)


if __name__ == "__main__":
    harness.main()
