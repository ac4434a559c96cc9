#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends a mail for each envelope form to each server, from a client port of its own.

usage: envelopes_client.py

Prints a line for each: server, port, verb, the reply to the form, and the form as Python writes it.
"""
import socket

CLIENT = "198.51.100.25"
SERVERS = {"postfix": ("203.0.113.25", 20000), "exim": ("203.0.113.26", 30000)}

RECIPIENTS = (
    # usual forms, keywords and blanks
    b"RCPT TO:<victim@target.example>",
    b"RCPT TO:<VICTIM@TARGET.EXAMPLE>",
    b"RCPT TO:victim@target.example",
    b"RCPT TO: <victim@target.example>",
    b"RCPT TO:\t<victim@target.example>\t ",
    b"RCPT TO :<victim@target.example>",
    b"RCPT  TO:<victim@target.example>",
    b"RCPT\tTO:<victim@target.example>",
    b"rcpt to:<victim@target.example>",
    b"RCPT TO <victim@target.example>",
    b"RCPT <victim@target.example>",
    b" RCPT TO:<victim@target.example>",
    b"RCPT TO: : <victim@target.example>",
    b"RCPT TO:TO:<victim@target.example>",
    # display names
    b"RCPT TO:Victim <victim@target.example>",
    b"RCPT TO:Vic Tim <victim@target.example>",
    b"RCPT TO:\"Victim\" <victim@target.example>",
    b"RCPT TO:\"Tim, Vic\" <victim@target.example>",
    b"RCPT TO:Vic T. Tim <victim@target.example>",
    b"RCPT TO:Victim<victim@target.example>",
    b"RCPT TO:\"Victim\"<victim@target.example>",
    b"RCPT TO:other@x.example <victim@target.example>",
    b"RCPT TO:\"other@x.example\" <victim@target.example>",
    b"RCPT TO:<Victim <victim@target.example>>",
    b"RCPT TO:<\"Victim\" <victim@target.example>>",
    b"RCPT TO:<other@x.example <victim@target.example>>",
    b"RCPT TO:<victim@target.example> Victim",
    b"RCPT TO:<victim@target.example Victim>",
    b"RCPT TO:(Victim) <victim@target.example>",
    b"RCPT TO:<victim@target.example> (Victim)",
    b"RCPT TO:victim@target.example (Victim)",
    b"RCPT TO:=?utf-8?q?V=20T?= <victim@target.example>",
    # brackets
    b"RCPT TO:<<victim@target.example>>",
    b"RCPT TO:<<<victim@target.example>>>",
    b"RCPT TO:<victim@target.example",
    b"RCPT TO:victim@target.example>",
    b"RCPT TO:<victim@target.example>>",
    b"RCPT TO:<<victim@target.example>",
    b"RCPT TO:<>victim@target.example",
    b"RCPT TO:<> <victim@target.example>",
    b"RCPT TO:<victim@target.example> <>",
    b"RCPT TO:<victim>@target.example",
    b"RCPT TO:<victim@target.example>x",
    b"RCPT TO:[victim@target.example]",
    b"RCPT TO:\"<victim@target.example>\"",
    # blanks
    b"RCPT TO:< victim@target.example >",
    b"RCPT TO:<victim @target.example>",
    b"RCPT TO:<victim@ target.example>",
    b"RCPT TO:<victim @ target.example>",
    b"RCPT TO:<victim\t@\ttarget.example>",
    b"RCPT TO:<victim@target .example>",
    b"RCPT TO:<victim@target. example>",
    b"RCPT TO:<victim@tar get.example>",
    b"RCPT TO:<vic tim@target.example>",
    b"RCPT TO:<vic . tim@target.example>",
    b"RCPT TO:victim @ target.example",
    b"RCPT TO:victim @target.example",
    b"RCPT TO:vic tim@target.example",
    # comments
    b"RCPT TO:<victim(c)@target.example>",
    b"RCPT TO:<victim (c d)@target.example>",
    b"RCPT TO:<victim@(c)target.example>",
    b"RCPT TO:<victim(a)@(b)target.example(c)>",
    b"RCPT TO:<(c)victim@target.example>",
    b"RCPT TO:<(c) victim@target.example>",
    b"RCPT TO:<victim@target.example (c)>",
    b"RCPT TO:<victim@target(c).example>",
    b"RCPT TO:<vic(c)tim@target.example>",
    b"RCPT TO:<vic.(c)tim@target.example>",
    b"RCPT TO:<victim(a(b)c)@target.example>",
    b"RCPT TO:<victim(a\\)b)@target.example>",
    b"RCPT TO:<victim(\")@target.example>",
    b"RCPT TO:<victim(<x@y.example>)@target.example>",
    b"RCPT TO:<victim(@x.example)@target.example>",
    b"RCPT TO:<victim(>)@target.example>",
    b"RCPT TO:<victim@target.example(c>",
    b"RCPT TO:<victim@target.example)>",
    b"RCPT TO:victim(c)@target.example",
    b"RCPT TO:victim (c) @ target.example",
    b"RCPT TO:(c)victim@target.example",
    # quotes and escapes
    b"RCPT TO:<\"victim\"@target.example>",
    b"RCPT TO:<\"vic tim\"@target.example>",
    b"RCPT TO:<\"victim@target.example\">",
    b"RCPT TO:\"victim@target.example\"",
    b"RCPT TO:\"victim\"@target.example",
    b"RCPT TO:<\"victim@target.example\"@relay.example>",
    b"RCPT TO:<\"victim@target.example\"@own.example>",
    b"RCPT TO:<\"victim\" @ target.example>",
    b"RCPT TO:<\"vic\\tim\"@target.example>",
    b"RCPT TO:<\"vic\\\"tim\"@target.example>",
    b"RCPT TO:<vic\\tim@target.example>",
    b"RCPT TO:<vic\\ tim@target.example>",
    b"RCPT TO:<\\victim@target.example>",
    b"RCPT TO:<victim\\>@target.example>",
    b"RCPT TO:<\"victim>\"@target.example>",
    b"RCPT TO:<\"vic\"tim@target.example>",
    b"RCPT TO:<vic\"tim\"@target.example>",
    b"RCPT TO:<\"vic\".tim@target.example>",
    b"RCPT TO:<\"vic\"\"tim\"@target.example>",
    b"RCPT TO:<\"\"@target.example>",
    b"RCPT TO:<\"victim@target.example>",
    b"RCPT TO:<victim\"@target.example>",
    b"RCPT TO:<victim@\"target.example\">",
    b"RCPT TO:<victim@\"target\".example>",
    b"RCPT TO:<victim@target\\.example>",
    b"RCPT TO:<\"victim\"@\"target.example\">",
    b"RCPT TO:<\"@x.example:victim\"@target.example>",
    # at signs
    b"RCPT TO:<victim\\@target.example>",
    b"RCPT TO:victim\\@target.example",
    b"RCPT TO:<victim\\@target.example@relay.example>",
    b"RCPT TO:<victim@target.example@relay.example>",
    b"RCPT TO:<victim@target.example@own.example>",
    b"RCPT TO:<victim@relay.example@target.example>",
    b"RCPT TO:<victim@@target.example>",
    b"RCPT TO:<victim@>",
    b"RCPT TO:<@target.example>",
    b"RCPT TO:<@>",
    # source routes
    b"RCPT TO:<@relay.example:victim@target.example>",
    b"RCPT TO:<@relay.example,@r2.example:victim@target.example>",
    b"RCPT TO:<@relay.example , @r2.example : victim@target.example>",
    b"RCPT TO:@relay.example:victim@target.example",
    b"RCPT TO:<@relay.example:@r2.example:victim@target.example>",
    b"RCPT TO:<@relay.example,,@r2.example:victim@target.example>",
    b"RCPT TO:<@relay.example,:victim@target.example>",
    b"RCPT TO:<@relay.example,victim@target.example>",
    b"RCPT TO:<@:victim@target.example>",
    b"RCPT TO:<@[192.0.2.1]:victim@target.example>",
    b"RCPT TO:<@[IPv6:2001:db8::1]:victim@target.example>",
    b"RCPT TO:<@relay.example(c):victim@target.example>",
    b"RCPT TO:<@relay.example:victim>",
    b"RCPT TO:<@relay.example:>",
    b"RCPT TO:<@target.example:victim@own.example>",
    b"RCPT TO:<relay.example:victim@target.example>",
    b"RCPT TO:<victim:x@target.example>",
    # percent and bang
    b"RCPT TO:<victim%target.example@own.example>",
    b"RCPT TO:<victim%target.example@relay.example>",
    b"RCPT TO:<victim%target.example>",
    b"RCPT TO:<victim%target.example%relay.example@own.example>",
    b"RCPT TO:<victim%target.example%own.example@own.example>",
    b"RCPT TO:<\"victim%target.example\"@own.example>",
    b"RCPT TO:<victim%@own.example>",
    b"RCPT TO:<%target.example@own.example>",
    b"RCPT TO:victim%target.example",
    b"RCPT TO:<target.example!victim>",
    b"RCPT TO:<target.example!victim@own.example>",
    b"RCPT TO:<target.example!victim@relay.example>",
    b"RCPT TO:<relay.example!target.example!victim>",
    b"RCPT TO:<own.example!target.example!victim>",
    b"RCPT TO:<relay.example!target.example!victim@own.example>",
    b"RCPT TO:<target.example!victim%relay.example>",
    b"RCPT TO:<target.example!victim%relay.example@own.example>",
    b"RCPT TO:<\"target.example!victim\"@own.example>",
    b"RCPT TO:<!victim@own.example>",
    b"RCPT TO:<target.example!@own.example>",
    b"RCPT TO:target.example!victim",
    # several mailboxes, groups
    b"RCPT TO:<other@x.example>,<victim@target.example>",
    b"RCPT TO:<other@x.example>, <victim@target.example>",
    b"RCPT TO:<other@x.example> <victim@target.example>",
    b"RCPT TO:<other@x.example><victim@target.example>",
    b"RCPT TO:<other@x.example,victim@target.example>",
    b"RCPT TO:<other@x.example, victim@target.example>",
    b"RCPT TO:<other@x.example;victim@target.example>",
    b"RCPT TO:<other@x.example victim@target.example>",
    b"RCPT TO:other@x.example,victim@target.example",
    b"RCPT TO:other@x.example victim@target.example",
    b"RCPT TO:<other,victim@target.example>",
    b"RCPT TO:<victim@target.example,>",
    b"RCPT TO:<,victim@target.example>",
    b"RCPT TO:<victim@target.example;>",
    b"RCPT TO:<victim@target.example>,",
    b"RCPT TO:<victim@target.example>;",
    b"RCPT TO:group: victim@target.example;",
    b"RCPT TO:<group:victim@target.example;>",
    b"RCPT TO:group:<victim@target.example>;",
    b"RCPT TO:<group: other@x.example, victim@target.example;>",
    # domain literals
    b"RCPT TO:<victim@[192.0.2.1]>",
    b"RCPT TO:<victim@[IPv6:2001:db8::1]>",
    b"RCPT TO:<victim@[target.example]>",
    b"RCPT TO:<victim@ [192.0.2.1] >",
    b"RCPT TO:<victim@[192.0.2.1>",
    b"RCPT TO:<victim@192.0.2.1>",
    b"RCPT TO:<victim@#3221225985>",
    b"RCPT TO:<victim@[192.0.2.1].target.example>",
    b"RCPT TO:<victim[1]@target.example>",
    # dots
    b"RCPT TO:<victim@target.example.>",
    b"RCPT TO:<victim@target.example..>",
    b"RCPT TO:<victim@.target.example>",
    b"RCPT TO:<victim@target..example>",
    b"RCPT TO:<victim.@target.example>",
    b"RCPT TO:<.victim@target.example>",
    b"RCPT TO:<vic..tim@target.example>",
    b"RCPT TO:<victim@target>",
    b"RCPT TO:<victim@.>",
    b"RCPT TO:<.@target.example>",
    # nothing, and no domain
    b"RCPT TO:<>",
    b"RCPT TO:< >",
    b"RCPT TO:",
    b"RCPT TO:<()>",
    b"RCPT TO:<\"\">",
    b"RCPT TO:<<>>",
    b"RCPT TO:<postmaster>",
    b"RCPT TO:postmaster",
    b"RCPT TO:<\"postmaster\">",
    b"RCPT TO:<victim>",
    b"RCPT TO:victim",
    # parameters
    b"RCPT TO:<victim@target.example> NOTIFY=NEVER",
    b"RCPT TO:<victim@target.example>NOTIFY=NEVER",
    b"RCPT TO:victim@target.example NOTIFY=NEVER",
    b"RCPT TO:<victim@target.example> ORCPT=rfc822;other@x.example",
    b"RCPT TO:Victim <victim@target.example> NOTIFY=NEVER",
    b"RCPT TO:victim@target.example ORCPT=rfc822;other@x.example",
    b"RCPT TO:<victim@target.example> FOO",
    b"RCPT TO:<victim@target.example> FOO=BAR",
    b"RCPT TO:victim@target.example x=y@z.example",
    b"RCPT TO:<vic=tim@target.example>",
    # octets
    b"RCPT TO:<vic\0tim@target.example>",
    b"RCPT TO:<victim@target.example\0>",
    b"RCPT TO:<victim@target.example\0@x.example>",
    b"RCPT TO:<victim@target.example>\0",
    b"RCPT TO:<\0victim@target.example>",
    b"RCPT TO:victim@target.example\0@x.example",
    b"RCPT TO:<vic\1tim@target.example>",
    b"RCPT TO:<vic\x7ftim@target.example>",
    b"RCPT TO:<victim\x0b@target.example>",
    b"RCPT TO:<victim\r@target.example>",
    b"RCPT TO:<victim@target.example>\r",
    "RCPT TO:<víctim@target.example>".encode(),
    "RCPT TO:<victim@bücher.example>".encode(),
    b"RCPT TO:<vic\xfftim@target.example>",
    b"RCPT TO:<victim+tag@target.example>",
    b"RCPT TO:<vic/tim@target.example>",
    b"RCPT TO:<-victim@target.example>",
    b"RCPT TO:<vic|tim@target.example>",
    b"RCPT TO:<" + b"v" * 65 + b"@target.example>",
    b"RCPT TO:<" + b"v" * 300 + b"@target.example>",
    b"RCPT TO:<victim@_target.example>",
    b"RCPT TO:<victim@-target-.example>",
    b"RCPT TO:<victim@target_.example>",
    b"RCPT TO:<victim@tar$get.example>",
)

SENDERS = (
    b"MAIL FROM:<spy@evil.example>",
    b"MAIL FROM:spy@evil.example",
    b"MAIL FROM: <spy@evil.example> SIZE=100",
    b"MAIL FROM:<spy@evil.example> SIZE=100 BODY=8BITMIME",
    b"MAIL FROM:spy@evil.example SIZE=100",
    b"MAIL FROM:Bobby Phisher <spy@evil.example>",
    b"MAIL FROM:<Bobby Phisher <spy@evil.example>>",
    b"MAIL FROM:\"Bobby Phisher\" <spy@evil.example> SIZE=100",
    b"MAIL FROM:<<spy@evil.example>>",
    b"MAIL FROM:<spy @ evil.example>",
    b"MAIL FROM:<spy(c)@evil.example>",
    b"MAIL FROM:<\"spy@evil.example\">",
    b"MAIL FROM:\"spy@evil.example\"",
    b"MAIL FROM:<spy@\"evil.example\">",
    b"MAIL FROM:<spy\\@evil.example>",
    b"MAIL FROM:<@relay.example:spy@evil.example>",
    b"MAIL FROM:<spy%evil.example@own.example>",
    b"MAIL FROM:<evil.example!spy>",
    b"MAIL FROM:<spy@evil.example",
    b"MAIL FROM:spy@evil.example>",
    b"MAIL FROM:<spy@evil.example.>",
    b"MAIL FROM:<other@x.example>,<spy@evil.example>",
    b"MAIL FROM:<spy>",
    b"MAIL FROM:<>",
    b"MAIL FROM:< >",
    b"MAIL FROM:",
    b"MAIL FROM:<<>>",
    b"MAIL FROM:<> SIZE=100",
    b"MAIL FROM:<spy@[192.0.2.1]>",
    b"MAIL FROM:<spy@evil.example> AUTH=<>",
)


class Session:
    def __init__(self, address, port):
        self.socket = socket.create_connection((address, 25), 20, (CLIENT, port))
        self.file = self.socket.makefile("rb")
        self.reply()

    def reply(self):
        """The code of the next reply; 0 when the server has closed."""
        while True:
            line = self.file.readline()
            if not line:
                return 0
            if line[3:4] != b"-":
                return int(line[:3])

    def say(self, line):
        try:
            self.socket.sendall(line + b"\r\n")
        except OSError:
            return 0
        return self.reply()

    def send(self, mail, rcpt):
        """A mail; the replies to MAIL and RCPT."""
        self.say(b"EHLO client.example")
        replies = [self.say(mail), self.say(rcpt)]
        if replies[1] // 100 == 2 and self.say(b"DATA") == 354:
            self.say(b"Subject: a form\r\n\r\n.")
        self.say(b"QUIT")
        self.file.close()
        self.socket.close()
        return replies


def main():
    for name, (address, first) in SERVERS.items():
        for number, form in enumerate(RECIPIENTS + SENDERS):
            sender = form in SENDERS
            mail = form if sender else b"MAIL FROM:<a@b.example>"
            rcpt = b"RCPT TO:<c@d.example>" if sender else form
            replies = Session(address, first + number).send(mail, rcpt)
            print(name, first + number, "from" if sender else "rcpt", replies[not sender], form)


main()
