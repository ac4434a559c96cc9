#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every recorded capture is read as tshark reads it: each DNS response with all its records,
each mail with its sender and recipients. tshark is an implementation that shares nothing
with this one."""
import collections
import datetime
import json
import os
import re
import subprocess

import harness
from harness import PCAPS, field, need_programs

SECTIONS = {"Answers": "answers", "Authoritative nameservers": "authorities",
            "Additional records": "additionals"}
RCODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
# What tshark names the parts of a record's data, in the order in which they are written.
DATA = {
    1: ("A", ["dns.a"]),
    2: ("NS", ["dns.ns"]),
    5: ("CNAME", ["dns.cname"]),
    6: ("SOA", ["dns.soa.mname", "dns.soa.rname", "dns.soa.serial_number",
                "dns.soa.refresh_interval", "dns.soa.retry_interval", "dns.soa.expire_limit",
                "dns.soa.minimum_ttl"]),
    15: ("MX", ["dns.mx.preference", "dns.mx.mail_exchange"]),
    28: ("AAAA", ["dns.aaaa"]),
}
QUERY_TYPES = {**{number: name for number, (name, _) in DATA.items()}, 16: "TXT", 255: "ANY"}
OPT = 41
# Mails that tshark does not read: MAIL, RCPT and BDAT in one segment are content to it.
# What the servers logged of them is compared in test_clients.py.
UNREAD = {"clients/exim.pcap": 3}


def recorded():
    """Paths of all captures, from the folder of captures."""
    found = [os.path.relpath(os.path.join(folder, name), PCAPS)
             for folder, _, names in os.walk(PCAPS) for name in names if name.endswith(".pcap")]
    return sorted(found)


def listed(value):
    """tshark's JSON gives a list where there are several, and the thing itself for one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def plain(text):
    """tshark gives U+FFFD for each octet that is not ASCII."""
    return "".join(c if c < "\x80" else "\ufffd" * len(c.encode()) for c in text)


def name_of(text):
    return "." if text == "<Root>" else text.lower()


# As tshark has it

def layers_of(path, display):
    done = subprocess.run(["tshark", "-n", "-r", path, "-Y", display, "-T", "json",
                           "--no-duplicate-keys", "-d", "tcp.port==2525,smtp"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [packet["_source"]["layers"] for packet in json.loads(done.stdout)]


def ends_of(layers):
    """Sender and receiver: (address, port) of each."""
    ip, kind = layers["ip"], "udp" if "udp" in layers else "tcp"
    return tuple((ip["ip." + end], int(layers[kind][f"{kind}.{end}port"]))
                 for end in ("src", "dst"))


def record_of(fields):
    kind = int(fields["dns.resp.type"])
    name, parts = DATA.get(kind, (None, []))
    data = " ".join(name_of(fields[part]) for part in parts)
    return name_of(fields["dns.resp.name"]), name, int(fields["dns.resp.ttl"]), data


def response_of(layers, dns):
    server, client = ends_of(layers)
    question = next(iter(dns.get("Queries", {}).values()), None)
    question = listed(question)[0] if question else None
    records = {ours: [record_of(fields)
                      for entries in dns.get(theirs, {}).values() for fields in listed(entries)
                      if int(fields["dns.resp.type"]) != OPT]
               for theirs, ours in SECTIONS.items()}
    return (layers["frame"]["frame.time_epoch"], client, server, int(dns["dns.id"], 16),
            RCODES[int(dns["dns.flags_tree"]["dns.flags.rcode"])],
            question and (name_of(question["dns.qry.name"]),
                          QUERY_TYPES[int(question["dns.qry.type"])]),
            json.dumps(records))


def tshark_responses(path):
    return [response_of(layers, dns) for layers in layers_of(path, "dns.flags.response == 1")
            for dns in listed(layers["dns"])
            if dns["dns.flags_tree"]["dns.flags.response"] == "1"]


def tshark_mails(path):
    """(client, server, sender, recipients) of each transaction that names a recipient."""
    mails, current = [], {}
    for layers in layers_of(path, "smtp.req.command"):
        ends = ends_of(layers)
        for smtp in listed(layers["smtp"]):
            for line in listed(smtp.get("smtp.command_line_tree")):
                command = line.get("smtp.req.command", "").upper()
                mailbox = re.search("<(.*?)>", line.get("smtp.req.parameter", ""))
                if command == "MAIL":
                    current[ends] = [*ends, mailbox[1], []]
                    mails.append(current[ends])
                elif command == "RCPT":
                    current[ends][3].append(mailbox[1])
    return [(*mail[:3], *mail[3]) for mail in mails if mail[3]]


# As the events have it

def end_of(event, side):
    return event[side]["ip"], event[side]["port"]


def event_records(event, section):
    for record in field(event, "dns." + section) or []:
        known = record["type"] in [name for name, _ in DATA.values()]
        yield (record["name"].lower(), record["type"] if known else None, record["ttl"],
               record["data"].lower() if known else "")


def event_response(event):
    base, _, fraction = event["@timestamp"].rstrip("Z").partition(".")
    moment = datetime.datetime.fromisoformat(base + "+00:00")
    question = field(event, "dns.question")
    return (f"{int(moment.timestamp())}.{fraction:0<9}", end_of(event, "client"),
            end_of(event, "server"), int(field(event, "dns.id")),
            field(event, "dns.response_code"),
            question and (question["name"].lower(), question["type"]),
            json.dumps({section: list(event_records(event, section))
                        for section in SECTIONS.values()}))


def event_mail(event):
    return (end_of(event, "client"), end_of(event, "server"), field(event, "smtp.mail_from"),
            *[plain(rcpt["address"]) for rcpt in field(event, "smtp.rcpt_to")])


@harness.expand
class Oracle(harness.Case):
    """The same capture, read twice."""

    @harness.for_each(recorded(), "{}: DNS and mail as tshark reads them")
    def test_same(self, name):
        need_programs("tshark")
        path = os.path.join(PCAPS, name)
        log = self.replay("--log", "all", path, rules="/dev/null")
        responses = [e for e in log if e["event"]["dataset"] == "nsmx.dns"]
        mails = [e for e in log if field(e, "smtp.rcpt_to")]
        self.assertTrue(log)
        self.same(tshark_responses(path), [event_response(event) for event in responses])
        self.same(tshark_mails(path), [event_mail(event) for event in mails],
                  UNREAD.get(name, 0))

    def same(self, theirs, ours, unread=0):
        theirs, ours = collections.Counter(theirs), collections.Counter(ours)
        self.assertEqual(list((theirs - ours).elements()), [], "tshark has more")
        more = list((ours - theirs).elements())
        self.assertEqual(len(more), unread, f"tshark has less: {more}")


if __name__ == "__main__":
    harness.main()
