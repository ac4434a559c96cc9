#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the observations that a capture must yield, as tshark decodes it.

usage: expect.py CAPTURE...      for each NAME.pcap, NAME.txt is written beside it
"""

import collections
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ABOUT = {
    "before-resolver": "The hour before the hijack, at the resolver: nothing to hit.",
    "before-mta": "The hour before, at the sender's MTA: two mails to the genuine exchanger.",
    "hijack-resolver": "The delegation is changed and the cache empty, at the resolver.",
    "hijack-mta": "The hijack, at the sender's MTA: two mails, three recipients, the fake server.",
    "starttls-resolver": "One mail while the fake server offers STARTTLS, at the resolver.",
    "starttls-mta": "The fake server offers STARTTLS and the MTA takes it: the rest is encrypted.",
    "refused-resolver": "Mail to the fake server for another domain, at the resolver.",
    "refused-mta": "The fake server refuses recipients outside coincheck.com.",
    "investigation": "2 June, at the investigator: the rogue zone has the genuine MX set again.",
}
LEGEND = """\
# WHAT VALUE COUNT: COUNT is the number of DNS responses that show VALUE at least once
#   (ns: NS target or SOA primary server, any section; ip: A record, any section;
#   resolver: sender of the response).
# lookalike NAME COUNT: the same of NS names that imitate a provider's (rules/sets/providers.rules).
# server ADDRESS COUNT: SMTP sessions with that server.
# rcpt MAILBOX REPLY COUNT: RCPT commands for it at 45.77.24.250 with that reply.
# recipient MAILBOX REPLY COUNT: the RCPT commands that no shipped indicator is about.
# dns_responses, smtp_sessions, smtp_recipients: totals.
"""
NS = (".awsdns-061.org", ".awsdns-056.co.uk", ".awsdns-017.net")
MX = "mail.coincheck.com"
ADDRESSES = ("172.104.114.87", "82.221.139.210", "45.77.9.110", "45.77.24.250")
FAKE = "45.77.24.250"
DNS_FIELDS = {"dns.ns": "ns", "dns.soa.mname": "ns", "dns.mx.mail_exchange": "mx",
              "dns.a": "ip"}


def tshark(capture, *options):
    command = ["tshark", "-n", "-r", capture, *options]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def below(name, suffix):
    return ("." + name).endswith(suffix)


def indicated(kind, value):
    if kind == "ns":
        return any(below(value, suffix) for suffix in NS)
    if kind == "mx":
        return value == MX
    return value in ADDRESSES


def dns_facts(capture):
    """Count, for each (kind, value), the responses that show it."""
    facts, responses = collections.Counter(), 0
    for packet in ElementTree.fromstring(tshark(capture, "-T", "pdml")).iter("packet"):
        sender = packet.find(".//field[@name='ip.src']").get("show")
        for message in packet.findall("proto[@name='dns']"):
            answer = message.find(".//field[@name='dns.flags.response']")
            if answer is None or answer.get("show") not in ("1", "True"):
                continue
            responses += 1
            seen = {("resolver", sender)}
            for field in message.iter("field"):
                if field.get("name") in DNS_FIELDS:
                    seen.add((DNS_FIELDS[field.get("name")], field.get("show").lower()))
            facts.update(fact for fact in seen if indicated(*fact))
            # Each rogue name server imitates one of Amazon's: the same fact, by another rule.
            facts.update(("lookalike", value) for kind, value in seen
                         if kind == "ns" and indicated(kind, value))
    return facts, responses


def follow(capture, stream):
    """The server's address and both directions of a TCP stream."""
    text = tshark(capture, "-q", "-z", f"follow,tcp,raw,{stream}").decode()
    node = re.search(r"^Node 1: (.*):25$", text, re.M)
    if node is None:
        sys.exit(f"{capture}: stream {stream} does not begin with the client")
    client_bytes, server_bytes = bytearray(), bytearray()
    for line in re.findall(r"^(\t?[0-9a-f]+)$", text, re.M):
        target = server_bytes if line.startswith("\t") else client_bytes
        target += bytes.fromhex(line)
    return node.group(1), bytes(client_bytes), bytes(server_bytes)


def smtp_recipients(client, server):
    """(mailbox, reply code) of each RCPT: the n-th command has the n-th reply."""
    codes = iter(re.findall(rb"^(\d{3})(?: .*)?\r?$", server, re.M))
    next(codes)
    lines = iter(client.split(b"\r\n"))
    for line in lines:
        if not line:
            continue
        code = next(codes).decode()
        if line.upper().startswith(b"RCPT TO:"):
            yield line[8:].split(b">")[0].strip(b" <").decode(), code
        elif line.upper() == b"DATA" and code == "354":
            while next(lines) != b".":
                pass
            next(codes)
        elif line.upper() == b"STARTTLS" and code == "220":
            return


def smtp_facts(capture):
    facts, sessions, recipients = collections.Counter(), 0, 0
    streams = tshark(capture, "-Y", "tcp.dstport == 25", "-T", "fields", "-e", "tcp.stream")
    for stream in sorted({int(number) for number in streams.split()}):
        server, client_bytes, server_bytes = follow(capture, stream)
        sessions += 1
        if server in ADDRESSES:
            facts["server", server] += 1
        for mailbox, code in smtp_recipients(client_bytes, server_bytes):
            recipients += 1
            hit = server == FAKE and mailbox.lower().endswith("@coincheck.com")
            facts["rcpt" if hit else "recipient", f"{mailbox} {code}"] += 1
    return facts, sessions, recipients


def expect(capture):
    name = os.path.splitext(capture)[0]
    facts, responses = dns_facts(capture)
    more, sessions, recipients = smtp_facts(capture)
    facts.update(more)
    with open(name + ".txt", "w", encoding="ascii") as out:
        out.write(f"# {ABOUT.get(os.path.basename(name), os.path.basename(name))}\n")
        out.write(LEGEND)
        if not any(kind != "recipient" for kind, _ in facts):
            out.write("# No indicator of the incident is in this capture.\n")
        for (kind, value), count in sorted(facts.items()):
            out.write(f"{kind} {value} {count}\n")
        out.write(f"dns_responses {responses}\n")
        out.write(f"smtp_sessions {sessions}\n")
        out.write(f"smtp_recipients {recipients}\n")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    for path in sys.argv[1:]:
        expect(path)
