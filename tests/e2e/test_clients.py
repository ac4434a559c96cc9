#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of real mail clients with real servers: decoded as the servers logged them."""
import os

import harness
from harness import PCAPS, field

CLIENTS = os.path.join(PCAPS, "clients")
CERTIFICATE = ["mx.example.org", ["mx.example.org", "aio.example.org"]]


def recorded():
    return sorted(name[:-5] for name in os.listdir(CLIENTS) if name.endswith(".pcap"))


def logged(name):
    """The text file of a capture: {port: [line...]}, as the servers logged it."""
    sessions, port = {}, None
    with open(os.path.join(CLIENTS, name + ".txt"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("session "):
                port = int(line.split()[1])
                sessions[port] = []
            elif not line.startswith("#"):
                sessions[port].append(line.strip())
    return sessions


def session_lines(event):
    """The session of a log event, in the form of the text files."""
    yield f"helo {field(event, 'smtp.helo')}"
    if field(event, "smtp.auth"):
        yield f"auth {field(event, 'smtp.auth')}"
    if field(event, "smtp.starttls"):
        yield f"tls {field(event, 'tls.version')}"


def mail_lines(event):
    """The mail of a log event; nothing for a session without mail."""
    if field(event, "smtp.mail_from") is None:
        return
    yield f"mail {field(event, 'smtp.mail_from')}".strip()
    for rcpt in field(event, "smtp.rcpt_to") or []:
        yield f"rcpt {rcpt['address']} {rcpt.get('reply_code')}"
    yield f"content {field(event, 'smtp.reply_code') or '-'}"
    if str(field(event, "smtp.reply_code")).startswith("2"):
        yield f"message-id {field(event, 'email.message_id')}"
        if field(event, "email.subject"):
            yield f"subject {field(event, 'email.subject')}"


@harness.expand
class Clients(harness.Case):
    def log(self, name):
        return self.replay("--log", "smtp", "--summary", "summary.json",
                           os.path.join(CLIENTS, name + ".pcap"))

    @harness.for_each(recorded(), "{}: every session as the servers logged it")
    def test_as_logged(self, name):
        decoded = {}
        for event in self.log(name):
            lines = decoded.setdefault(event["client"]["port"], list(session_lines(event)))
            lines.extend(mail_lines(event))
        self.maxDiff = None
        self.assertEqual(decoded, logged(name))
        summary = self.summary()
        self.assertEqual((summary["smtp_sessions"], summary["hits"], summary["smtp_gap_bytes"]),
                         (len(decoded), 0, 0))

    @harness.for_each(recorded(), "{}: the fields of a mail's own header, where it was seen")
    def test_header(self, name):
        seen = 0
        for event in self.log(name):
            if field(event, "email") is not None:
                seen += 1
                self.assertEqual(len(field(event, "email.from.address")), 1)
                self.assertIn("@example.net", field(event, "email.from.address")[0])
                self.assertIn("example.org", field(event, "email.to.address")[0])
                self.assertRegex(field(event, "email.origination_timestamp"),
                                 r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.0{6}Z$")
        self.assertGreater(seen, 0)

    @harness.for_each(recorded(), "{}: a certificate's names are there in TLS 1.2, and only then")
    def test_certificate(self, name):
        versions = []
        for event in self.log(name):
            version = field(event, "tls.version")
            versions.append(version)
            names = [(field(event, "tls.server.x509.subject.common_name") or [None])[0],
                     field(event, "tls.server.x509.alternative_names")]
            self.assertEqual(names, CERTIFICATE if version == "1.2" else [None, None])
        self.assertIn("1.2", versions)

    @harness.for_each(recorded(), "{}: no credential and no content in any event")
    def test_secrets(self, name):
        done = self.nsmx("replay", "-r", harness.RULES, "-o", "-", "--log", "smtp",
                         os.path.join(CLIENTS, name + ".pcap"))
        self.assertIn(b'"mail_from"', done.out, done.err)
        # AGNhcm9s... and c2VzYW1l... are base64 of the credentials.
        for secret in (b"sesame", b"AGNhcm9s", b"c2VzYW1l", b"wrong-5512", b"mallory"):
            self.assertNotIn(secret, done.out)


if __name__ == "__main__":
    harness.main()
