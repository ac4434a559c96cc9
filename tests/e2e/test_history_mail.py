#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of mail: which servers took mail for a domain, what they have shown, single mails."""
import collections
import json
import os
import re

import harness
from harness import field
from test_history import seconds, sightings

CAPTURES = [harness.PCAPS, *(os.path.join(harness.PCAPS, name)
                             for name in ("clients", "envelopes", "sessions"))]


def mailbox_of(address):
    """(mailbox, domain) as rows have them; with an empty domain if it is not a name."""
    local, _, domain = address.rpartition("@")
    domain = domain.lower().removesuffix(".").replace("bücher", "xn--bcher-kva")
    if "@" not in address or "[" in domain or "" in domain.split("."):
        return address.lower()[:255], ""
    domain = domain.replace("\0", "\\000")
    return f"{local.lower()[:255]}@{domain}", domain


class Mail(harness.Case):
    def keep(self, *captures, folder="seen", options=()):
        done = self.nsmx("replay", "--history", self.path(folder), "-r", harness.RULES, "-o", "null",
                         *options, *captures)
        self.assertEqual(done.status, 0, done.err)

    def export(self, *words, folder="seen"):
        done = self.nsmx("history", "export", *words, "--history", self.path(folder))
        self.assertEqual(done.status, 0, done.err)
        return [json.loads(line) for line in done.out.splitlines()]

    def mails(self):
        """The log events of mails of the captures."""
        return [event for event in self.replay(*CAPTURES, "--log", "smtp")
                if field(event, "smtp.rcpt_to") and not harness.is_hit(event)]

    def test_domains(self):
        """a row for each domain and server: mails, and how many had an accepted recipient"""
        self.keep(*CAPTURES)
        wanted = collections.defaultdict(lambda: [0, 0])
        for event in self.mails():
            accepted = collections.defaultdict(bool)
            for rcpt in field(event, "smtp.rcpt_to"):
                accepted[mailbox_of(rcpt["address"])[1]] |= rcpt.get("accepted", False)
            for domain, good in accepted.items():
                if domain:
                    wanted[domain, event["server"]["ip"]][0] += 1
                    wanted[domain, event["server"]["ip"]][1] += good
        found = {(row["rrname"], row["rdata"]): [row["count"], row["accepted"]]
                 for row in self.export() if row["rrtype"] == "MAIL"}
        self.assertGreater(len(found), 20)
        self.assertEqual(sorted(found.items()), sorted(wanted.items()))

    def test_times(self):
        """the mail of the hijack: from the first to the last recipient, at each server"""
        self.keep(harness.pcap("hijack-mta"), options=("--sensor", "s"))
        times = collections.defaultdict(list)
        for event in self.replay(harness.pcap("hijack-mta"), "--log", "smtp"):
            if not harness.is_hit(event) and field(event, "smtp.rcpt_to"):
                times[event["server"]["ip"]].append(seconds(event))
        rows = [row for row in self.export() if row["rrtype"] == "MAIL"]
        self.assertGreater(len(rows), 0)
        for row in rows:
            seen = times[row["rdata"]]
            self.assertEqual((row["rrname"], row["count"], row["tls"], row["sensor_id"]),
                             ("coincheck.com", len(seen), 0, "s"))
            self.assertLessEqual(min(seen) - row["time_first"], 1)
            self.assertLessEqual(max(seen) - row["time_last"], 1)

    def test_servers(self):
        """greetings, the offer of STARTTLS, TLS, the hash of the certificate's key"""
        self.keep(*CAPTURES)
        rows = [(row["rrname"], row["rrtype"], row["rdata"]) for row in self.export()]
        for row in (("45.77.24.250", "BANNER", "coincheck.com"),
                    ("45.77.24.250", "STARTTLS", "offered"),
                    ("45.77.24.250", "TLS", "yes"),
                    ("64.233.188.26", "STARTTLS", "not offered"),
                    ("64.233.188.26", "TLS", "no")):
            self.assertIn(row, rows)
        keys = {data for _, kind, data in rows if kind == "CERTIFICATE-KEY"}
        self.assertEqual(keys, self.certificate_keys())

    def certificate_keys(self):
        """The same of tshark and openssl."""
        keys = set()
        for name in ("clients/postfix.pcap", "clients/exim.pcap", "clients/swaks.pcap",
                     "clients/smtplib.pcap"):
            text = self.tool("tshark", "-n", "-r", os.path.join(harness.PCAPS, name), "-Y",
                             "tls.handshake.certificate", "-T", "fields", "-e",
                             "tls.handshake.certificate", "-d", "tcp.port==2525,smtp")
            for certificate in filter(None, text.replace("\n", ",").split(",")):
                with open(self.path("der"), "wb") as file:
                    file.write(bytes.fromhex(certificate.replace(":", "")))
                key = self.tool("openssl", "x509", "-inform", "DER", "-in", self.path("der"),
                                "-noout", "-pubkey")
                self.write("pem", key)
                self.tool("openssl", "pkey", "-pubin", "-in", self.path("pem"), "-outform", "DER",
                          "-out", self.path("spki"))
                keys.add(self.tool("openssl", "dgst", "-sha256", "-r",
                                   self.path("spki")).split()[0])
        self.assertTrue(keys)
        return keys

    def test_mailboxes(self):
        """with mailboxes, a row for each recipient"""
        self.keep(*CAPTURES, options=("--history-mail", "mailboxes"))
        wanted = collections.Counter()
        for event in self.mails():
            for rcpt in field(event, "smtp.rcpt_to"):
                wanted[event["client"]["ip"], event["server"]["ip"], rcpt.get("reply_code"),
                       mailbox_of(rcpt["address"])[0]] += 1
        found = collections.Counter()
        for row in self.export("--personal"):
            if row["rrtype"] == "RCPT":
                found[row["client"], row["rdata"], row.get("reply_code"),
                      row["rrname"]] += row["count"]
                self.assertEqual(row["time_first"], row["time_last"])
        self.assertGreater(found.total(), 500)
        self.assertEqual(found, wanted)
        rows = [row for row in self.export("--personal") if row["rrtype"] == "RCPT"
                and row["rrname"] == "support@coincheck.com" and row["rdata"] == "45.77.24.250"]
        self.assertEqual({(row["from"], row["reply_code"], row["tls"]) for row in rows},
                         {("alice@example.net", 250, False), ("bob@example.net", 250, False)})
        self.assertTrue(any(row["content"] for row in rows))

    def test_personal(self):
        """personal data are kept only when asked for, and exported only when asked for"""
        captures = harness.pcap("hijack-mta")
        for words, mail, boxes in ((("none",), False, False), (("domains",), True, False),
                                   (("mailboxes",), True, True), ((), True, False)):
            folder = "-".join(words) or "default"
            self.keep(captures, folder=folder,
                      options=("--history-mail", *words) if words else ())
            kinds = {row["rrtype"] for row in self.export("--personal", folder=folder)}
            self.assertEqual("MAIL" in kinds, mail, words)
            self.assertEqual("BANNER" in kinds, mail, words)
            self.assertEqual("RCPT" in kinds, boxes, words)
            self.assertNotIn("RCPT", {row["rrtype"] for row in self.export(folder=folder)})

    def test_any_way_to_read_the_captures(self):
        """one replay, one for each capture, backwards, four workers: the same export"""
        captures = [os.path.join(folder, name) for folder in CAPTURES
                    for name in sorted(os.listdir(folder)) if ".pcap" in name]
        options = ("--history-mail", "mailboxes")
        self.keep(*captures, folder="one", options=options)
        self.keep(*captures, folder="workers", options=(*options, "--workers", "4"))
        for capture in reversed(captures):
            self.keep(capture, folder="each", options=options)
        wanted = self.export("--personal", folder="one")
        self.assertGreater(len(wanted), 500)
        for folder in "workers", "each":
            self.assertEqual(self.export("--personal", folder=folder), wanted)

    def ask(self, *words, status=0):
        done = self.nsmx("history", *words, "--history", self.path("seen"))
        self.assertEqual(done.status, status, done.err)
        self.complaints = done.err
        return [json.loads(line) for line in done.out.splitlines()]

    def test_questions(self):
        """a domain, domains below, a mailbox, a sender, a server, a network, times, types"""
        self.keep(*CAPTURES, options=("--history-mail", "mailboxes"))
        for words, wanted, other in (
                (("@coincheck.com",), {("coincheck.com", "MAIL", "45.77.24.250"),
                                       ("support@coincheck.com", "RCPT", "64.233.188.26")},
                 {("example.org", "MAIL", "45.77.24.250")}),
                (("@.example.org",), {("example.org", "MAIL", "203.0.113.25"),
                                      ("lmtp.example.org", "MAIL", "203.0.113.26")}, set()),
                (("@*.example.org",), {("lmtp.example.org", "MAIL", "203.0.113.26")},
                 {("example.org", "MAIL", "203.0.113.25")}),
                (("Support@CoinCheck.com",), {("coincheck.com", "MAIL", "45.77.24.250"),
                                              ("support@coincheck.com", "RCPT", "45.77.24.250")},
                 {("info@coincheck.com", "RCPT", "45.77.24.250")}),
                (("alice@example.net",), {("support@coincheck.com", "RCPT", "45.77.24.250")},
                 {("info@coincheck.com", "RCPT", "45.77.24.250")}),
                (("45.77.24.250",), {("mail.coincheck.com", "A", "45.77.24.250"),
                                     ("45.77.24.250", "BANNER", "coincheck.com"),
                                     ("coincheck.com", "MAIL", "45.77.24.250")},
                 {("coincheck.com", "MAIL", "64.233.188.26")}),
                (("45.77.24.0/23",), {("45.77.24.250", "TLS", "yes"),
                                      ("coincheck.com", "MAIL", "45.77.24.250")},
                 {("coincheck.com", "MAIL", "64.233.188.26")}),
                (("--type", "A", "45.77.24.250"), {("mail.coincheck.com", "A", "45.77.24.250")},
                 {("45.77.24.250", "BANNER", "coincheck.com")}),
                (("--until", "2020-05-30T15:04:00Z", "@coincheck.com"),
                 {("coincheck.com", "MAIL", "64.233.188.26")},
                 {("coincheck.com", "MAIL", "45.77.24.250")}),
                (("nobody@coincheck.com",), {("coincheck.com", "MAIL", "45.77.24.250")},
                 {("support@coincheck.com", "RCPT", "45.77.24.250")}),
                (("@coincheck.co",), set(), {("coincheck.com", "MAIL", "45.77.24.250")})):
            rows = {(row["rrname"], row["rrtype"], row["rdata"]) for row in self.ask(*words)}
            self.assertLessEqual(wanted, rows, words)
            self.assertEqual(rows & other, set(), words)
        for text, reason in (("x" * 256 + "@a.test", "the local part has more than 255 octets"),
                             ("a@.b.test", "a mailbox has exactly one domain: @.DOMAIN finds"),
                             ("a@b/c@", "the name has no labels"),
                             ("@a..b", "the name has an empty label"),
                             ("@192.0.2.1", "its domain is not a name")):
            self.assertEqual(self.ask(text, status=2), [])
            self.assertIn(reason, self.complaints)

    def test_clients(self):
        """with clients: who got which record, and how often; otherwise nothing"""
        captures = [harness.pcap(name) for name in harness.captures("resolver")]
        self.keep(*captures, options=("--history-clients", "yes"))
        wanted = collections.Counter()
        for event in self.replay(*captures, "--log", "dns"):
            if not harness.is_hit(event):
                for (name, kind, data, origin), _ in sightings(event):
                    wanted[name, kind, data, origin, event["client"]["ip"]] += 1
        found = collections.Counter()
        for row in self.export("--personal"):
            if "client" in row and row["rrtype"] != "RCPT":
                found[row["rrname"], row["rrtype"], row["rdata"].lower(), row["origin"],
                      row["client"]] += row["count"]
        self.assertGreater(len(wanted), 100)
        self.assertEqual(found, wanted)
        self.assertFalse([row for row in self.export() if "client" in row])
        rows = self.ask("--clients", "mail.coincheck.com", "45.77.24.250")
        self.assertTrue(rows)
        for row in rows:
            if "origin" in row:
                self.assertEqual({client["ip"]: client["count"] for client in row["clients"]},
                                 {key[4]: count for key, count in wanted.items()
                                  if key[:4] == (row["rrname"], row["rrtype"],
                                                 row["rdata"].lower(), row["origin"])})
        self.assertFalse([row for row in self.ask("mail.coincheck.com") if "clients" in row])
        self.keep(*captures, folder="without")
        self.assertFalse([row for row in self.export("--personal", folder="without")
                          if "client" in row])

    def test_table_of_clients(self):
        """on a terminal, clients are lines after their record"""
        harness.need_programs("script")
        self.keep(harness.pcap("hijack-resolver"), options=("--history-clients", "yes"))
        text = self.tool("script", "-qec", f"{harness.NSMX} history --history {self.path('seen')} "
                         "--clients 45.77.24.250", "/dev/null")
        self.assertRegex(text, r" child   mail\.coincheck\.com  \d+  A  45\.77\.24\.250\r\n"
                               r"\S+Z  \S+Z +\d+  client  [0-9.]+\r\n")

    def test_export_is_imported(self):
        """an export with all rows, imported, is the same export again"""
        self.keep(*CAPTURES, options=("--history-mail", "mailboxes", "--history-clients", "yes"))
        done = self.nsmx("history", "export", "--personal", "--history", self.path("seen"))
        self.assertGreater(len(done.out.splitlines()), 500)
        with open(self.write("lines", done.out), "rb") as lines:
            again = self.nsmx("history", "import", "--history", self.path("again"), "-",
                              stdin=lines)
        self.assertEqual(again.status, 0, again.err)
        again = self.nsmx("history", "export", "--personal", "--history", self.path("again"))
        # Octets that are not UTF-8 were replaced, so that rows have another order.
        self.assertEqual(sorted(again.out.splitlines()), sorted(done.out.splitlines()))

    def kinds(self, folder="seen"):
        return collections.Counter("clients" if "client" in row and row["rrtype"] != "RCPT" else
                                   row["rrtype"] for row in self.export("--personal", folder=folder))

    def test_keep(self):
        """old rows leave the folder, mailboxes and clients at their own ages"""
        incident = [harness.pcap(name) for name in harness.captures()]
        options = ("--history-mail", "mailboxes", "--history-clients", "yes")
        self.keep(*CAPTURES, folder="all", options=options)         # of 2020 and 2026
        self.keep(*CAPTURES, folder="some", options=(*options, "--history-keep", "400d"))
        self.keep(*incident, folder="old", options=(*options, "--history-keep",
                                                  "400d,clients=1h,mailboxes=forever"))
        everything, some, old = (self.kinds(folder) for folder in ("all", "some", "old"))
        self.assertEqual((everything["NS"] > 0, some["NS"]), (True, 0))
        self.assertEqual((everything["clients"] > 0, some["clients"]), (True, 0))
        self.assertGreater(some["RCPT"], 300)
        self.assertLess(some["RCPT"], everything["RCPT"])
        self.assertGreater(old["NS"], 0)                            # ages count from 2020
        self.assertGreater(old["RCPT"], 0)
        self.keep(*incident, folder="whole", options=options)
        self.assertLess(old["clients"], self.kinds("whole")["clients"])
        self.keep(*incident, folder="whole",
                  options=(*options, "--history-keep", "400d,clients=1s,mailboxes=1s"))
        self.assertLess(self.kinds("whole")["RCPT"], 3)

    def test_keep_options(self):
        """each mistake of --history-keep is refused"""
        for text in ("", "x", "30", "clients=3d", "3d,clients=", "3d,4d", "3d,mail=3d", "0d",
                     "3d,,", "forever,clients=1d,clients=1d", "9999999999d"):
            done = self.nsmx("replay", "--history", self.path("seen"), "--history-keep", text,
                             CAPTURES[0])
            self.assertEqual(done.status, 2, text)
            self.assertIn("expected AGE[,clients=AGE][,mailboxes=AGE]", done.err)

    def test_rights(self):
        """the user and the group can read the folder, others cannot, for any umask"""
        for umask, folder, file in ((0o022, 0o750, 0o640), (0, 0o750, 0o640), (0o077, 0o700, 0o600)):
            old = os.umask(umask)
            name = f"rights{umask}"
            try:
                self.keep(harness.pcap("hijack-mta"), folder=name)
            finally:
                os.umask(old)
            self.assertEqual(os.stat(self.path(name)).st_mode & 0o7777, folder)
            for entry in os.scandir(self.path(name)):
                self.assertEqual(entry.stat().st_mode & 0o7777, file, entry.name)

    def forget(self, *words, status=0):
        done = self.nsmx("history", "forget", "--history", self.path("seen"), *words)
        self.assertEqual(done.status, status, done.err)
        return done.err

    def test_forget(self):
        """a mailbox and a client leave the files, and nothing else does"""
        captures = [harness.pcap(name) for name in harness.captures()]
        options = ("--history-mail", "mailboxes", "--history-clients", "yes")
        for capture in captures:
            self.keep(capture, options=options)
        before = self.export("--personal")
        boxes = {row["rrname"] for row in before if row["rrtype"] == "RCPT"}
        clients = collections.Counter(row["client"] for row in before if "client" in row)
        self.assertGreater(len(boxes), 1)
        self.forget("Support@coincheck.com")
        after = self.export("--personal")
        self.assertEqual(after, [row for row in before if row["rrname"] != "support@coincheck.com"])
        self.assertEqual([row for row in self.ask("support@coincheck.com")
                          if row["rrtype"] == "RCPT"], [])
        self.forget("bob@example.net", clients.most_common(1)[0][0])
        wanted = [row for row in after if row.get("from") != "bob@example.net" and
                  row.get("client") != clients.most_common(1)[0][0]]
        self.assertLess(len(wanted), len(after))
        self.assertEqual(self.export("--personal"), wanted)
        self.assertEqual([row for row in self.ask("bob@example.net")
                          if row["rrtype"] == "RCPT"], [])

    def test_quoted_local_part(self):
        """a mailbox is found and deleted however its local part was quoted"""
        self.keep(*CAPTURES, options=("--history-mail", "mailboxes"))
        before = self.export("--personal")
        victims = [row for row in before if
                   re.sub(r'"|\\(.)', r"\1", row["rrname"]) == "victim@target.example"]
        self.assertLess({"victim@target.example"}, {row["rrname"] for row in victims})
        for query in "victim@target.example", '"victim"@target.example':
            found = [row for row in self.ask(query) if row["rrtype"] == "RCPT"]
            self.assertCountEqual(found, victims, query)
        self.assertIn(f": {len(victims)} rows were deleted", self.forget("victim@target.example"))
        self.assertEqual(self.export("--personal"), [row for row in before if row not in victims])
        self.assertIn("no row matches", self.forget("victim@target.example"))

    def test_address_literal(self):
        """a mailbox at an address literal is found and deleted"""
        self.keep(*CAPTURES, options=("--history-mail", "mailboxes"))
        before = self.export("--personal")
        name = next(row["rrname"] for row in before if row["rrname"] == "victim@[192.0.2.1]")
        wanted = [row for row in before if row["rrname"] == name]
        self.assertCountEqual(self.ask(name), wanted)
        self.forget(name)
        self.assertEqual(self.export("--personal"),
                         [row for row in before if row["rrname"] != name])

    def test_types(self):
        """with types there are no rows of mail, which have none"""
        self.keep(*CAPTURES, options=("--history-mail", "mailboxes"))
        for query in "@coincheck.com", "support@coincheck.com":
            self.assertNotEqual(self.ask(query), [])
            self.assertEqual(self.ask(query, "--type", "A"), [])
            self.assertIn("leave out --type", self.complaints)

    def test_forget_errors(self):
        """what is neither a mailbox nor an address, and a folder that does not exist, are refused"""
        self.keep(harness.pcap("hijack-mta"))
        for words in ((), ("example.com",), ("192.0.2.0/24",), ("@example.com",), ("a@b..c",)):
            self.forget(*words, status=2)
        done = self.nsmx("history", "forget", "--history", self.path("none"), "a@b.test")
        self.assertEqual(done.status, 1)
        self.assertFalse(os.path.exists(self.path("none")))

    def test_info(self):
        """info counts each kind of row"""
        self.keep(harness.pcap("hijack-mta"), options=("--history-mail", "mailboxes"))
        done = self.nsmx("history", "info", "--history", self.path("seen"))
        self.assertEqual(done.status, 0, done.err)
        text = done.out.decode()
        rows = collections.Counter(row["rrtype"] for row in self.export("--personal"))
        self.assertIn(f"\nmail        {rows['MAIL']}\n", text)
        self.assertIn(f"\nmailboxes   {rows['RCPT']}\n", text)


if __name__ == "__main__":
    harness.main()
