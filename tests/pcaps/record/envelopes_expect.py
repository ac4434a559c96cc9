#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reduces the logs of the servers to the mailboxes that they took from the envelope forms.

usage: envelopes_expect.py CLIENT-OUTPUT POSTFIX-LOG EXIM-LOG

Prints a line for each form: the client's port, from or rcpt, the reply, and the mailbox if the
server took one. For the form of a mailbox see ../README.md.
"""
import ast
import re
import sys
import urllib.parse

OWN = "own.example"             # the domain that the servers add to a local part alone
POSTFIX_CLIENT = re.compile(r"smtpd\[\d+\]: (\w+): client=\S+\]:(\d+)")
POSTFIX_FROM = re.compile(r"qmgr\[\d+\]: (\w+): from=<(.*)>, size=")
POSTFIX_TO = re.compile(r"discard\[\d+\]: (\w+): to=<(.*?)>, (?:orig_to=<.*>, )?relay=")
EXIM = re.compile(r' nsmx (\d+) (from|rcpt) ("(?:\\.|[^"])*"|\S+) ("(?:\\.|[^"])*"|\S+)$')
QUOTED = re.compile(r'\\(.)|"')


def unquoted(text):
    return QUOTED.sub(lambda match: match[1] or "", text)


def from_exim(text):
    """The octets of a word of the log, in which others are escaped."""
    text = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
    return unquoted(text).encode("latin-1").decode("utf-8", "surrogateescape")


def postfix(lines):
    """{(port, kind): (local part, domain)}"""
    ports, found = {}, {}
    for line in lines:
        if match := POSTFIX_CLIENT.search(line):
            ports[match[1]] = int(match[2])
        for kind, pattern in (("from", POSTFIX_FROM), ("rcpt", POSTFIX_TO)):
            if match := pattern.search(line):
                local, _, domain = match[2].rpartition("@")
                found[ports[match[1]], kind] = unquoted(local), domain
    return found


def exim(lines):
    """The same. Of a sender the log has the local part with its own quotes."""
    found = {}
    for line in lines:
        if match := EXIM.search(line.rstrip("\n")):
            local = from_exim(match[3])
            local = unquoted(local) if match[2] == "from" else local
            found[int(match[1]), match[2]] = local, from_exim(match[4])
    return found


def mailbox(local, domain, form):
    """Percent-encoded; without the domain that the server has added."""
    if domain == OWN and OWN.encode() not in form:
        domain = ""
    local = urllib.parse.quote(local.lower(), errors="surrogateescape")
    return f"{local}@{domain.lower()}"


def main(client, postfix_log, exim_log):
    with open(postfix_log, encoding="utf-8", errors="surrogateescape") as file:
        found = postfix(file)
    with open(exim_log, encoding="utf-8", errors="surrogateescape") as file:
        found.update(exim(file))
    with open(client, encoding="utf-8") as file:
        for line in file:
            name, port, kind, code, form = line.rstrip("\n").split(" ", 4)
            taken = found.get((int(port), kind)) if code.startswith("2") else None
            form = ast.literal_eval(form)
            print(port, kind, code, *([mailbox(*taken, form)] if taken else []))


main(*sys.argv[1:])
