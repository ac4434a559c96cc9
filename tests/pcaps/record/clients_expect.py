#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reduces the logs of the servers to the facts that a passive reader must find.

usage: clients_expect.py CAPTURE POSTFIX-LOG AIOSMTPD-LOG

Prints each session of the clients in the capture. tshark reads only their ports, which
identify the sessions; everything else comes from the logs. For the form see ../README.md.
"""
import ast
import email.header
import re
import subprocess
import sys

POSTFIX_LINE = re.compile(r"postfix/smtpd\[\d+\]: ([<>]) \S+\[[\d.]+\]:(\d+): (.*)")
POSTFIX_TLS = re.compile(r"TLS connection established from \S+\[[\d.]+\]:(\d+): TLSv([\d.]+)")
POSTFIX_ID = re.compile(r"postfix/cleanup\[\d+\]: (\w+): message-id=<?(.*?)>?$")
POSTFIX_SUBJECT = re.compile(
    r"postfix/cleanup\[\d+\]: (\w+): info: header Subject: (.*?) from \S+\[[\d.]+\][^;]*; from=")
AIO_LINE = re.compile(r"\('[\d.]+', (\d+)\) (<<|>>) (b['\"].*)")
AIO_TLS = re.compile(r"\('[\d.]+', (\d+)\) == TLSv([\d.]+)")
AIO_FIELD = re.compile(r"\('[\d.]+', (\d+)\) (Message-ID|Subject): (.*)")


class Session:
    def __init__(self):
        self.lines = []         # (from client, text)
        self.tls = None
        self.fields = []        # of aiosmtpd's mails, in their order


def sessions_of(postfix, aiosmtpd):
    found, letters = {}, {}

    def session(port):
        return found.setdefault(int(port), Session())

    for line in postfix:
        if match := POSTFIX_LINE.search(line):
            session(match[2]).lines.append((match[1] == "<", match[3]))
        elif match := POSTFIX_TLS.search(line):
            session(match[1]).tls = match[2]
        elif match := POSTFIX_ID.search(line):
            letters.setdefault(match[1], {})["message-id"] = match[2]
        elif match := POSTFIX_SUBJECT.search(line):
            letters.setdefault(match[1], {})["subject"] = match[2]
    for line in aiosmtpd:
        if match := AIO_LINE.match(line):
            text = ast.literal_eval(match[3]).decode("utf-8", "replace")
            for part in text.splitlines():
                session(match[1]).lines.append((match[2] == ">>", part))
        elif match := AIO_TLS.match(line):
            session(match[1]).tls = match[2]
        elif match := AIO_FIELD.match(line):
            if match[2] == "Message-ID" or not session(match[1]).fields:
                session(match[1]).fields.append({})
            session(match[1]).fields[-1][match[2].lower()] = match[3].strip("<>")
    return found, letters


def exchanges(lines):
    """(command, [(code, text)...]); the greeting has no command."""
    command, replies = None, []
    for from_client, text in lines:
        if from_client:
            # A credential, or mail content: not a command.
            if replies and replies[-1][0] == 334:
                continue
            yield command, replies
            command, replies = text, []
        elif text[3:4] != "-":
            replies.append((int(text[:3]), text))
    yield command, replies


def path(argument):
    match = re.search(r":\s*<((?:\"[^\"]*\"|[^>])*)>", argument)
    return match[1]


class Reduction:
    """One session's facts, as lines."""

    def __init__(self, session, letters):
        self.session, self.letters = session, letters
        self.head, self.mails = {}, []
        self.open = None
        for command, replies in exchanges(session.lines):
            if command is None:
                continue
            if not replies:
                break
            if not self.take(command, replies):
                break
        self.close()

    def close(self, reply=None):
        if self.open is None:
            return
        code, text = reply or (self.open["refusal"], "")
        queued = re.search(r"queued as (\w+)", text)
        if queued:
            self.open.update(self.letters[queued[1]])
        elif code == 250 and self.session.fields:
            self.open.update(self.session.fields.pop(0))
        self.open["content"] = code
        self.mails.append(self.open)
        self.open = None

    def take(self, command, replies):
        """False when nothing more can be read."""
        verb = command.split()[0].split(":")[0].upper() if command.split() else ""
        code = replies[0][0]
        if verb in ("EHLO", "HELO", "LHLO", "RSET", "QUIT", "MAIL"):
            self.close()
        if verb in ("EHLO", "HELO", "LHLO"):
            self.head["helo"] = command.split()[1]
        elif verb == "MAIL":
            self.open = {"from": path(command), "rcpts": [],
                         "refusal": code if code >= 400 else None}
        elif verb == "RCPT":
            self.open["rcpts"].append((path(command), code))
        elif verb == "AUTH":
            self.head["auth"] = command.split()[1]
        elif verb == "STARTTLS" and code == 220:
            self.head["tls"] = self.session.tls
            return False
        elif verb == "DATA" and code == 354:
            self.close(replies[1])
        elif verb == "BDAT" and command.upper().endswith("LAST"):
            self.close(replies[0])
        elif verb in ("DATA", "BDAT") and code >= 400:
            self.open["refusal"] = code
        return True

    def print(self, port):
        print(f"session {port}")
        for name, value in self.head.items():
            print(f"  {name} {value}")
        for mail in self.mails:
            print(f"  mail {mail['from']}".rstrip())
            for address, code in mail["rcpts"]:
                print(f"    rcpt {address} {code}")
            print(f"    content {mail['content'] or '-'}")
            if "message-id" in mail:
                print(f"    message-id {mail['message-id']}")
            if mail.get("subject"):
                print(f"    subject {decoded(mail['subject'])}")


def decoded(subject):
    return str(email.header.make_header(email.header.decode_header(subject)))


def ports_of(capture):
    done = subprocess.run(["tshark", "-n", "-r", capture, "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 0",
                           "-T", "fields", "-e", "tcp.srcport"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    ports = [int(port) for port in done.stdout.split()]
    assert len(set(ports)) == len(ports), "a port serves two sessions: record again"
    return ports


def main(capture, postfix, aiosmtpd):
    with open(postfix, encoding="utf-8", errors="replace") as one, \
            open(aiosmtpd, encoding="utf-8", errors="replace") as two:
        found, letters = sessions_of(one, two)
    print("# Mails that the servers logged as accepted; for the form see ../README.md.")
    for port in ports_of(capture):
        Reduction(found[port], letters).print(port)


main(*sys.argv[1:])
