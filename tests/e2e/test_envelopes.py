#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Envelopes as Postfix and Exim read them: the mailboxes of each form, as the servers logged them.

With MTAS, a folder with the package files of both servers, they are recorded again and compared
with the recording (tests/pcaps/record/envelopes.sh --help)."""
import collections
import os
import re
import subprocess
import urllib.parse

import harness
import traffic
from harness import PCAPS, field

FOLDER = os.path.join(PCAPS, "envelopes")
SERVERS = {20000: "Postfix", 30000: "Exim"}     # first port of the client
DOMAINS = ("target.example", "relay.example", "own.example", "evil.example", "b\u00fccher.example",
           ".target.example", ".example")
RULES = "".join(f"alert {kind} {domain} id={kind}-{number}\n"
                for kind in ("from", "rcpt") for number, domain in enumerate(DOMAINS))

Taken = collections.namedtuple("Taken", "kind code mailbox")
Read = collections.namedtuple("Read", "hits address also code")


def canonical(mailbox):
    """A mailbox of an event without its quotes."""
    quoted = re.match(r'(?:"(?:\\.|[^"\\])*"|\\.|[^"\\@])*@', mailbox)
    at = quoted.end() - 1 if quoted and "@" not in mailbox[quoted.end():] else mailbox.rfind("@")
    local, domain = (mailbox[:at], mailbox[at + 1:]) if at >= 0 else (mailbox, "")
    local = re.sub(r'\\(.)|"', lambda match: match[1] or "", local, flags=re.S)
    return comparable(local.lower(), domain.lower().rstrip("."))


def comparable(local, domain):
    """Postfix logs "?" for controls, and events have U+FFFD for what is not UTF-8."""
    local = local.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return re.sub("[\0-\x1f\x7f]", "?", local) + "@" + domain


def recorded(path):
    """{port: what the server took}"""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                port, kind, code, *mailbox = line.split()
                if mailbox:
                    local, domain = mailbox[0].split("@")
                    mailbox = [comparable(urllib.parse.unquote(local, errors="surrogateescape"),
                                          domain)]
                found[int(port)] = Taken(kind, int(code), mailbox[0] if mailbox else None)
    return found


def other(port):
    """The port of the same form at the other server."""
    return port + 10000 if port < 30000 else port - 10000


class Envelopes(harness.Case):
    """Each form has a session of its own, with each server."""

    def setUp(self):
        super().setUp()
        self.taken = recorded(os.path.join(FOLDER, "envelopes.txt"))

    def read(self):
        """{port: what the sensor read}"""
        rules = self.write("envelopes.rules", RULES)
        found = {}
        for event in self.replay("--log", "smtp", os.path.join(FOLDER, "envelopes.pcap.gz"),
                                 rules=rules):
            port = event["client"]["port"]
            kind = self.taken[port].kind
            one = found.setdefault(port, {"hits": set(), "address": None, "also": None,
                                          "code": None})
            if harness.is_hit(event):
                if field(event, "nsmx.what") == kind:
                    one["hits"].add(canonical(harness.matched(event)))
                    one["also"] = one["also"] or field(event, "nsmx.also")
            elif field(event, "smtp.mail_from") is not None:
                rcpt = (field(event, "smtp.rcpt_to") or [{}])[0]
                one["code"] = rcpt.get("reply_code")
                one["address"] = rcpt.get("address") if kind == "rcpt" \
                    else field(event, "smtp.mail_from")
        return {port: Read(**one) for port, one in found.items()}

    def wanted(self, port):
        """What any of the two servers took the form for."""
        return {taken.mailbox for taken in (self.taken[port], self.taken[other(port)])
                if taken.mailbox is not None}

    def test_as_logged(self):
        """each mailbox that one of the servers took is read, and no other one"""
        read, compared = self.read(), 0
        for port, taken in self.taken.items():
            wanted = self.wanted(port)
            if not wanted or (taken.code // 100 != 2 and port not in read):
                continue
            one = read[port]
            with self.subTest(port=port, taken=taken):
                seen = one.hits | {canonical(one.address)}
                self.assertLessEqual(wanted, seen)
                if one.also is None:
                    self.assertLessEqual(seen, wanted | {canonical(one.address)})
                    self.assertIn(canonical(one.address), wanted)
                if taken.kind == "rcpt":
                    self.assertEqual(one.code, taken.code)
                compared += 1
        self.assertGreater(compared, 300)

    def test_routes(self):
        """nsmx.also: where Postfix routes mail whose local part names another host"""
        routed = 0
        read = self.read()
        for port, one in read.items():
            if one.also is not None and port < 30000 and self.taken[port].mailbox is not None:
                with self.subTest(port=port, also=one.also):
                    if re.search("[@%!].*@", self.taken[port].mailbox):
                        continue            # the next server routes it, not this one
                    self.assertEqual(canonical(one.also), self.taken[port].mailbox)
                    routed += 1
        self.assertGreater(routed, 12)

    def test_nul(self):
        """NUL in greeting and HELO: the name that it ends is matched, and the whole one"""
        c = traffic.Connection(client_port=40000)
        c.talk("S: 220 mx.target.example\0x ESMTP", "C: EHLO c.target.example\0x", "S: 250 ok",
               "C: HELO c\0.target.example", "S: 250 ok", "C: QUIT", "S: 221 bye")
        found = self.replay(self.write("nul.pcap", traffic.pcap(c.close().packets)),
                            rules=self.write("nul.rules", "alert any .target.example id=name\n"))
        self.assertEqual([harness.matched(event) for event in found],
                         ["mx.target.example", "c.target.example", r"c\000.target.example"])

    def test_record(self):
        """recorded again, the servers do the same"""
        if not os.path.isdir(os.environ.get("MTAS", "")):
            self.skipTest("MTAS is no folder with the packages of Postfix and Exim")
        harness.need_root()
        done = subprocess.run([os.path.join(PCAPS, "record/envelopes.sh"), "-o", self.folder],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        self.assertEqual(recorded(self.path("envelopes.txt")), self.taken)


if __name__ == "__main__":
    harness.main()
