#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reduces the logs of the servers to the mails that they took in each session.

usage: sessions_expect.py CLIENT-OUTPUT POSTFIX-LOG EXIM-LOG

Prints a line for each session of the client, and one for each mail that the server took: the
client's address as the server knows it, the sender, and the recipients in their order.
"""
import re
import sys

CLIENT = re.compile(r"(\w+): client=\S*\[([\d.:a-f]+)\]:(\d+)")
SENDER = re.compile(r"qmgr\[\d+\]: (\w+): from=<(.*?)>, size=")
RECIPIENT = re.compile(r"discard\[\d+\]: (\w+): to=<(.*?)>(?:, orig_to=<(.*?)>)?, relay=")
EXIM = re.compile(r"<= (\S+) H=.*\[([\d.:a-f]+)\]:(\d+) .* for (.*)$")


def postfix_mails(lines):
    """{port: [[address, sender, recipients]]}; a mail is taken when the queue manager has it."""
    mails, taken = {}, {}
    for line in lines:
        if match := CLIENT.search(line):
            mails[match[1]] = [match[2], int(match[3]), None, []]
        elif match := SENDER.search(line):
            mails[match[1]][2] = match[2]
        elif match := RECIPIENT.search(line):
            mails[match[1]][3].append(match[3] or match[2])
    for address, port, sender, recipients in mails.values():
        if sender is not None:
            taken.setdefault(port, []).append([address, sender, sorted(recipients)])
    return taken


def exim_mails(lines):
    taken = {}
    for line in lines:
        if match := EXIM.search(line):
            taken.setdefault(int(match[3]), []).append([match[2], match[1], sorted(match[4].split())])
    return taken


def main(client, postfix, exim):
    with open(postfix, encoding="utf-8", errors="replace") as one, \
            open(exim, encoding="utf-8", errors="replace") as two:
        taken = {"postfix": postfix_mails(one), "exim": exim_mails(two)}
    print("# The mails that servers took in each session: their client, sender and recipients.")
    with open(client, encoding="utf-8") as sessions:
        for line in sessions:
            server, port, name = line.rstrip("\n").split(" ", 2)
            print(f"session {port} {server}: {name}")
            for address, sender, recipients in taken[server].pop(int(port), []):
                print(f"  mail {address} {sender} {' '.join(recipients)}")
    assert not taken["postfix"] and not taken["exim"], taken


main(*sys.argv[1:])
