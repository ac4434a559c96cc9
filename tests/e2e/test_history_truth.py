#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history has what tshark counts in the same captures, and its lines are passive DNS.

usage: test_history_truth.py [--compare CAPTURE...]

With --compare the rows of other captures are compared, and each difference is printed."""
import collections
import json
import os
import re
import subprocess
import sys

import harness
import traffic
from test_oracle import DATA, layers_of, listed, name_of, record_of

NOT_KEPT = {41, 46, 47, 50, 250}                    # OPT, RRSIG, NSEC, NSEC3, TSIG
SECTIONS = {"Answers": "answer", "Authoritative nameservers": "authority",
            "Additional records": "additional"}
CODES = {0: "NODATA", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
ORIGINS = {"child", "parent", "cache", "glue"}
MAIL_TYPES = {"MAIL", "BANNER", "STARTTLS", "TLS", "CERTIFICATE-KEY", "RCPT",
              "FOLDED"}


class Sightings:
    """First and last time, and number, of each row."""

    def __init__(self):
        self.rows = {}

    def add(self, row, time):
        first, last, count = self.rows.get(row, (time, time, 0))
        self.rows[row] = (min(first, time), max(last, time), count + 1)


# As tshark has it

def flag(dns, name):
    return dns["dns.flags_tree"].get("dns.flags." + name) == "1"


def is_tree(value):
    """tshark has a text in place of fields that it cannot read."""
    return isinstance(value, dict)


def tree(dns, name):
    return dns[name] if is_tree(dns.get(name)) else {}


def records_of(dns):
    """(section, type, class, fields) of all records."""
    for theirs, section in SECTIONS.items():
        for entries in tree(dns, theirs).values():
            for fields in filter(is_tree, listed(entries)):
                name = owner_of(fields)
                if "dns.resp.class" in fields and name is not None:     # not OPT, nor cut
                    yield (section, int(listed(fields["dns.resp.type"])[0]),
                           int(listed(fields["dns.resp.class"])[0], 0), {**fields,
                                                                         "dns.resp.name": name})


def owner_of(fields):
    """tshark divides the owner of an SRV record, and has it without its parts if it is not one."""
    if "dns.srv.service" in fields and "dns.resp.name" not in fields:
        return ".".join(fields["dns.srv." + part] for part in ("service", "proto", "name"))
    return fields.get("dns.resp.name")


def origin_of(section, authoritative, referral):
    if section == "additional":
        return "glue" if referral or authoritative else "cache"
    return "child" if authoritative else "parent" if referral else "cache"


def data_of(kind, fields):
    """The data, or nothing for types whose parts tshark does not name."""
    try:
        return record_of(fields)[3] if kind in DATA else ""
    except KeyError:
        return "malformed"


def count_response(dns, time, found):
    records = list(records_of(dns))
    authoritative, code = flag(dns, "authoritative"), int(dns["dns.flags_tree"]["dns.flags.rcode"])
    answers = int(dns["dns.count.answers"])
    kinds = {kind for section, kind, _, _ in records if section == "authority"}
    referral = not authoritative and not flag(dns, "recavail") and code == 0 and answers == 0 and \
        2 in kinds and 6 not in kinds
    for section, kind, dns_class, fields in records:
        if dns_class == 1 and kind not in NOT_KEPT:
            found.add((name_of(fields["dns.resp.name"]), kind, data_of(kind, fields),
                       origin_of(section, authoritative, referral)), time)
    if answers == 0 and not referral and code in CODES and not flag(dns, "truncated"):
        for question in (entry for entries in tree(dns, "Queries").values()
                         for entry in filter(is_tree, listed(entries))):
            if int(question["dns.qry.class"], 0) == 1:
                found.add((name_of(question["dns.qry.name"]), int(question["dns.qry.type"]),
                           CODES[code], "child" if authoritative else "cache"), time)


def count_dns(paths):
    found = Sightings()
    for path in paths:
        # a message of ICMP quotes the datagram that it is about, which is no further response
        for layers in layers_of(path, "dns.flags.response == 1 and not icmp and not icmpv6 and "
                                      "(udp.port == 53 or tcp.port == 53)"):
            time = int(layers["frame"]["frame.time_epoch"].partition(".")[0])
            for dns in listed(layers.get("dns")):
                if isinstance(dns, dict) and "dns.flags_tree" in dns and flag(dns, "response") and \
                        int(dns["dns.flags_tree"]["dns.flags.opcode"]) == 0 and \
                        "dns.count.answers" in dns:             # the header is whole
                    count_response(dns, time, found)
    return found.rows


class Session:
    """The commands and replies of one SMTP session, in order."""

    def __init__(self, found, server):
        self.found, self.server = found, server
        self.waiting = ["greeting"]
        self.mail = {}                  # domain: [time of the first recipient, accepted]

    def command(self, verb, parameter, time):
        mailbox = re.search("<(.*?)>", parameter) or re.search(r":\s*(\S+)", parameter)
        domain = mailbox[1].rpartition("@")[2].lower() if mailbox and "@" in mailbox[1] else ""
        if verb == "RCPT" and domain:
            self.mail.setdefault(domain, [time, False])
        self.waiting.append((verb, domain))
        if verb in ("RSET", "QUIT", "EHLO", "HELO"):
            self.waiting.append("end")

    def reply(self, code):
        if not self.waiting:
            return
        answered = self.waiting.pop(0)
        if answered[0] == "RCPT" and code // 100 == 2 and answered[1] in self.mail:
            self.mail[answered[1]][1] = True
        if answered[0] == "DATA" and code == 354:
            self.waiting.insert(0, "content")
        if answered == "content":
            self.end_mail()
        if self.waiting[:1] == ["end"]:
            self.waiting.pop(0)
            self.end_mail()

    def end_mail(self):
        for domain, (time, accepted) in self.mail.items():
            self.found.add((domain, self.server), time)
            self.found.accepted[domain, self.server] += accepted
        self.mail = {}


def count_mail(paths):
    found = Sightings()
    found.accepted = collections.Counter()
    for path in paths:
        sessions = {}
        done = subprocess.run(
            ["tshark", "-n", "-r", path, "-Y", "smtp", "-d", "tcp.port==2525,smtp", "-T", "fields", "-E",
             "aggregator=\x1f",
             *(word for name in ("frame.time_epoch", "tcp.stream", "tcp.srcport", "ip.src",
                                 "ip.dst", "smtp.req.command", "smtp.req.parameter",
                                 "smtp.response.code") for word in ("-e", name))],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            epoch, stream, port, source, target, verbs, parameters, codes = line.split("\t")
            from_server = port in ("25", "587", "2525")
            session = sessions.setdefault(stream, Session(found, source if from_server else target))
            parameters = parameters.split("\x1f")
            for at, verb in enumerate(filter(None, verbs.split("\x1f"))):
                session.command(verb.upper(), parameters[at] if at < len(parameters) else "",
                                int(epoch.partition(".")[0]))
            for code in filter(None, codes.split("\x1f")):
                session.reply(int(code))
        for session in sessions.values():
            session.end_mail()
    return found


# As the history has it

def number_of(kind):
    names = {name: number for number, (name, _) in DATA.items()}
    names.update({"TXT": 16, "PTR": 12, "SRV": 33, "HINFO": 13, "LOC": 29, "NAPTR": 35, "DS": 43,
                  "DNSKEY": 48, "SPF": 99, "ANY": 255, "CAA": 257, "HTTPS": 65, "SVCB": 64,
                  "TLSA": 52, "SSHFP": 44, "NSEC3PARAM": 51, "AXFR": 252, "DNAME": 39,
                  "WKS": 11, "RP": 17, "AFSDB": 18, "ISDN": 20, "X25": 19, "GPOS": 27, "NULL": 10,
                  "MB": 7, "MG": 8, "MR": 9, "MINFO": 14, "RT": 21, "PX": 26, "KX": 36, "CERT": 37,
                  "NSEC": 47, "RRSIG": 46, "NSEC3": 50, "OPT": 41, "KEY": 25, "SIG": 24, "CDS": 59,
                  "CDNSKEY": 60, "URI": 256, "DLV": 32769, "IXFR": 251, "NSAP": 22, "A6": 38,
                  "DHCID": 49, "IPSECKEY": 45, "HIP": 55, "EUI48": 108, "EUI64": 109,
                  "OPENPGPKEY": 61, "SMIMEA": 53, "TKEY": 249, "TSIG": 250})
    return kind if isinstance(kind, int) else names[kind] if kind in names else int(kind.removeprefix("TYPE"))


def dns_rows(rows):
    found = {}
    for row in rows:
        if "origin" not in row:
            continue
        kind = number_of(row["rrtype"])
        data = row["rdata"] if kind in DATA or row["rdata"] in CODES.values() else ""
        if data not in CODES.values():
            data = data.lower()
        key = row["rrname"], kind, data, row["origin"]
        first, last, count = found.get(key, (row["time_first"], row["time_last"], 0))
        found[key] = (min(first, row["time_first"]), max(last, row["time_last"]),
                      count + row["count"])
    return found


def mail_rows(rows):
    return {(row["rrname"], row["rdata"]): (row["time_first"], row["time_last"], row["count"])
            for row in rows if row["rrtype"] == "MAIL"}


# A line of passive DNS, by the specification of the format (docs/history.md names it, and states
# where the history goes beyond it)

MEMBERS = {"rrname", "rrtype", "rdata", "time_first", "time_last", "count", "bailiwick", "sensor_id",
           "zone_time_first", "zone_time_last", "time_first_ms", "time_last_ms", "origin"}
OWN_MEMBERS = {"ttl_min", "ttl_max", "client", "clients", "accepted", "tls", "names", "from",
               "reply_code", "content"}
NUMBERS = {"time_first", "time_last", "count", "zone_time_first", "zone_time_last", "time_first_ms",
           "time_last_ms"}
UNKNOWN = re.compile(r"\\# (\d+)((?: [0-9A-Fa-f]+)*)")     # RFC 3597


def name_complaint(text):
    """Why a text is no name in presentation form (RFC 1035, 5.1)."""
    if text == "." or not isinstance(text, str):
        return None
    labels = re.findall(r"(?:\\\d{3}|\\[^\d]|[^\\.])+|(?<=\.)(?=\.)|^(?=\.)", text.removesuffix("."))
    octets = [len(re.sub(r"\\(?:\d{3}|.)", "x", label).encode()) for label in labels]
    if ".".join(labels) != text.removesuffix(".") or not octets or not all(octets):
        return f"rrname {text!r} is not a name"
    return f"rrname {text!r} is too long" if max(octets) > 63 or sum(octets) + len(octets) > 254 else None


def type_complaint(value):
    """A type is a mnemonic, or, if it has none, a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return None if 0 <= value <= 65535 else f"rrtype {value} is out of range"
    if not isinstance(value, str) or not re.fullmatch("[A-Z][A-Z0-9-]*", value):
        return f"rrtype {value!r} is neither a mnemonic nor a number"
    return f"rrtype {value} is a number, written as a text" if re.fullmatch(r"TYPE\d+", value) else None


def data_complaint(row):
    """Data are a string, or an array of strings; of an unknown type as in RFC 3597."""
    data = row.get("rdata")
    data = [data] if isinstance(data, str) else data
    if not isinstance(data, list) or not data or not all(isinstance(one, str) for one in data):
        return "rdata is neither a string nor an array of strings"
    for one in data:
        unknown = UNKNOWN.fullmatch(one)
        if re.search("[\0-\x1f\x7f]", one):
            return f"rdata {one!r} has control characters"
        if isinstance(row["rrtype"], int) and not unknown and one not in CODES.values():
            return f"rdata {one!r} of an unknown type are not as in RFC 3597"
        if unknown and len(unknown[2].replace(" ", "")) != 2 * int(unknown[1]):
            return f"rdata {one!r} have another length"
    return None


def complaints(line):
    """What the specification does not allow in a line."""
    row = json.loads(line, object_pairs_hook=unique, parse_float=str, parse_constant=str)
    for name in row:
        if name not in MEMBERS | OWN_MEMBERS:
            yield f"{name} is no known member"
        if name in NUMBERS and (not isinstance(row[name], int) or isinstance(row[name], bool)):
            yield f"{name} is not a whole number"
        if name in ("rrname", "bailiwick", "sensor_id", "origin") and not isinstance(row[name], str):
            yield f"{name} is not a string"
    for name in ("rrname", "rrtype", "rdata", "time_first", "time_last"):
        if name not in row:
            yield f"{name} is missing"
    if row["rrtype"] not in MAIL_TYPES:
        yield from filter(None, (name_complaint(row["rrname"]),))
    yield from filter(None, (type_complaint(row["rrtype"]), data_complaint(row)))
    if not 0 <= row["time_first"] <= row["time_last"]:
        yield "times are not in order"
    if row.get("count", 1) < 1:
        yield "count is not positive"
    if line != line.strip() or not line.isprintable():
        yield "it is not one line of printable characters"


def repeated(lines):
    """Tuples that are in several lines of an answer. A single mail has its time, too."""
    rows = map(json.loads, lines)
    seen = collections.Counter((row["rrname"], row["rrtype"], row["rdata"], row.get("origin"),
                                row["time_first"] if row["rrtype"] == "RCPT" else None)
                               for row in rows)
    return [row for row, count in seen.items() if count > 1]


def unique(pairs):
    """A member must not be repeated."""
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), names
    return dict(pairs)


def differences(wanted, found):
    """Each row that one side lacks or counts otherwise: (row, tshark's, the history's)."""
    return [(row, wanted.get(row), found.get(row)) for row in sorted(set(wanted) | set(found), key=str)
            if wanted.get(row) != found.get(row)]


# Names of any octets, and types without a mnemonic.
ODD = "odd.pcap"


def odd_capture():
    owner = b"\3a.b\2\0\xff\7example\0"
    records = [traffic.dns_record(owner, 65280, b"\1\2\3"), traffic.dns_record(owner, 65281, b""),
               traffic.dns_record(owner, 16, b"\3a\"\x80"), traffic.dns_record(owner, 1, b"\1"),
               traffic.dns_record(owner, 64, b"\0\1\0\0\1\0\3\2h2")]
    return traffic.pcap([traffic.datagram(traffic.dns_response((), records))])


class Truth(harness.Case):
    def setUp(self):
        super().setUp()
        self.write(ODD, odd_capture())

    def export(self, *captures, folder="seen", statuses=(0,)):
        done = self.nsmx("replay", "--history", self.path(folder), "-r", harness.RULES, "-o", "null",
                         *captures)
        self.assertIn(done.status, statuses, done.err)
        done = self.nsmx("history", "export", "--history", self.path(folder))
        self.assertEqual(done.status, 0, done.err)
        return done.out.decode().splitlines()

    def test_dns(self):
        """records: owner, type, data, origin, first, last and count are those of tshark"""
        harness.need_programs("tshark")
        captures = [harness.pcap(name) for name in harness.captures()]
        found = dns_rows(map(json.loads, self.export(*captures)))
        self.assertGreater(len(found), 100)
        wanted = count_dns(captures)
        self.assertEqual(differences(wanted, found), [])

    def test_mail(self):
        """mail: domain, server, first, last, count and accepted mails are those of tshark"""
        harness.need_programs("tshark")
        captures = [harness.pcap(name) for name in harness.captures("mta")]
        captures += [os.path.join(harness.PCAPS, "clients", name + ".pcap")
                     for name in ("postfix", "swaks", "smtplib")]
        rows = [json.loads(line) for line in self.export(*captures)]
        self.assertGreater(len(mail_rows(rows)), 5)
        wanted = count_mail(captures)
        self.assertEqual(differences(wanted.rows, mail_rows(rows)), [])
        self.assertEqual({(row["rrname"], row["rdata"]): row["accepted"] for row in rows
                          if row["rrtype"] == "MAIL"}, dict(wanted.accepted))

    def test_lines(self):
        """each line of export and of an answer is one of passive DNS, by its specification"""
        lines = self.export(*(harness.pcap(name) for name in harness.captures()), ODD)
        self.assertEqual(repeated(lines), [])
        for query in (".com", "*.com", "45.77.24.250", "@coincheck.com", "64.233.188.0/24", ".example"):
            done = self.nsmx("history", "--json", "--clients", "--history", self.path("seen"), query)
            self.assertEqual(done.status, 0, done.err)
            self.assertEqual(repeated(done.out.decode().splitlines()), [])
            lines += done.out.decode().splitlines()
        self.assertGreater(len(lines), 300)
        for line in lines:
            self.assertEqual(list(complaints(line)), [], line)
            row = json.loads(line)
            self.assertTrue(row["rrtype"] in MAIL_TYPES or row["origin"] in ORIGINS, line)
        self.assertIn(65280, [json.loads(line)["rrtype"] for line in lines])

    def test_checker(self):
        """lines that the specification does not allow are found"""
        exported = self.export(harness.pcap("hijack-resolver"))
        self.assertTrue(exported)
        self.assertEqual(list(complaints(exported[0])), [])
        good = {"rrname": "a\\.b.example", "rrtype": "A", "rdata": "192.0.2.1", "time_first": 1,
                "time_last": 2, "count": 1}
        self.assertEqual(list(complaints(json.dumps(good))), [])
        for wrong in ({"rrname": "a..b"}, {"rrname": ""}, {"rrname": "x" * 64}, {"rrname": 1},
                      {"rrtype": "TYPE65280"}, {"rrtype": "a"}, {"rrtype": 65536}, {"rrtype": True},
                      {"rrtype": None}, {"rdata": []}, {"rdata": 1}, {"rdata": ["a", 1]},
                      {"rdata": "\t"}, {"rdata": "\\# 2 00"}, {"rrtype": 65280, "rdata": "00"},
                      {"time_first": "1"}, {"time_first": 1.5}, {"time_first": 3}, {"time_last": True},
                      {"count": 0}, {"count": "1"}, {"sensor_id": 1}, {"origin": 1}, {"other": 1}):
            with self.subTest(wrong):
                try:
                    found = list(complaints(json.dumps({**good, **wrong})))
                except TypeError as error:
                    found = [error]
                self.assertNotEqual(found, [])
        for name in ("rrname", "rrtype", "rdata", "time_first", "time_last"):
            with self.subTest(name), self.assertRaises((AssertionError, KeyError)):
                self.assertEqual(list(complaints(json.dumps(
                    {key: value for key, value in good.items() if key != name}))), [])


def compare(captures):
    """Prints each difference of the rows of captures, of which each is read for itself."""
    case = Truth("test_dns")
    case.setUp()
    totals = collections.Counter()
    try:
        for number, capture in enumerate(captures):
            rows = [json.loads(line) for line in case.export(capture, folder=str(number),
                                                             statuses=(0, 1))]
            try:
                both = (("dns", count_dns([capture]), dns_rows(rows)),
                        ("mail", count_mail([capture]).rows, mail_rows(rows)))
            except (AttributeError, KeyError, TypeError, ValueError,
                    subprocess.CalledProcessError) as error:
                print(os.path.basename(capture), "is not compared:", repr(error))
                totals["captures", "not compared"] += 1
                continue
            for kind, wanted, found in both:
                different = differences(wanted, found)
                for row in different:
                    print(os.path.basename(capture), *row)
                totals[kind, "rows of tshark"] += len(wanted)
                totals[kind, "rows of the history"] += len(found)
                totals[kind, "different"] += len(different)
    finally:
        case.doCleanups()
    for (kind, side), number in totals.items():
        print(kind, side, number)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compare"]:
        compare(sys.argv[2:])
    else:
        harness.main()
