#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays each session to each server, from a client port of its own.

usage: sessions_client.py

Prints a line for each: server, port, name. After each step the server's replies are awaited.
"""
import concurrent.futures
import itertools
import socket
import struct

CLIENT = "198.51.100.25"
SERVERS = {"postfix": ("203.0.113.25", 20000), "exim": ("203.0.113.26", 30000)}
# The other ports of the servers.
PROXY, XCLIENT, STRICT = 587, 2525, 465
# No reply within this time: the server waits for the client.
QUIET_S = 0.3

EHLO = b"EHLO client.example\r\n"
MAIL = b"MAIL FROM:<a@x.example>\r\n"
RCPT = b"RCPT TO:<b@own.example>\r\n"
DATA = b"DATA\r\n"
TEXT = b"Subject: x\r\n\r\ntext\r\n"
DOT = b".\r\n"
QUIT = b"QUIT\r\n"
SPY = b"MAIL FROM:<spy@x.example>\r\nRCPT TO:<victim@own.example>\r\nDATA\r\n"
SPY_MAIL = [*SPY.splitlines(True), TEXT + DOT]
OPEN = [EHLO, MAIL, RCPT]
CLOSE = [DATA, TEXT + DOT, QUIT]
REFUSED = b"RCPT TO:<refused@own.example>\r\n"


def lf(steps):
    return [step.replace(b"\r\n", b"\n") for step in steps]


def smuggled(dot, rest=b""):
    return OPEN + [DATA, TEXT.rstrip() + dot + SPY + TEXT + DOT + rest]


def chunk(size, word=b"", octets=b""):
    return b"BDAT %d%s\r\n" % (size, word) + octets


def amid(command, *more):
    """A command amid a mail, then the content."""
    return OPEN + [command, *more, *CLOSE]


SESSIONS = [
    ("one mail", OPEN + CLOSE),
    ("two mails", OPEN + [DATA, TEXT + DOT] + SPY_MAIL + [QUIT]),
    ("a pipelined mail", [EHLO, MAIL + RCPT + DATA, TEXT + DOT + QUIT]),
    ("two pipelined mails", [EHLO, MAIL + RCPT + DATA, TEXT + DOT + SPY, TEXT + DOT + QUIT]),
    # refused amid a mail
    ("RSET with an argument", amid(b"RSET x\r\n")),
    ("RSET", amid(b"RSET\r\n")),
    ("EHLO without a name", amid(b"EHLO\r\n")),
    ("HELO without a name", amid(b"HELO\r\n")),
    ("EHLO", amid(b"EHLO other.example\r\n")),
    ("HELO", amid(b"HELO other.example\r\n")),
    ("LHLO", amid(b"LHLO other.example\r\n")),
    ("a second MAIL", amid(b"MAIL FROM:<spy@x.example>\r\n")),
    ("a second MAIL and a second RCPT",
     amid(b"MAIL FROM:<spy@x.example>\r\n", b"RCPT TO:<victim@own.example>\r\n")),
    ("a second MAIL after a refused RCPT",
     [EHLO, MAIL, REFUSED, b"MAIL FROM:<spy@x.example>\r\n", RCPT, *CLOSE]),
    ("AUTH", amid(b"AUTH PLAIN AGEAYg==\r\n")),
    ("AUTH with a challenge", amid(b"AUTH LOGIN\r\n")),
    ("STARTTLS", amid(b"STARTTLS\r\n")),
    ("XCLIENT", amid(b"XCLIENT ADDR=192.0.2.1\r\n")),
    ("PROXY", amid(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n")),
    ("an unknown command", amid(b"FOO bar\r\n")),
    ("blank lines", amid(b"\r\n", b"\r\n")),
    ("VRFY, NOOP, HELP, EXPN, ETRN",
     amid(b"VRFY b@own.example\r\n", b"NOOP\r\n", b"HELP\r\n", b"EXPN b\r\n", b"ETRN x.example\r\n")),
    ("DATA with an argument", amid(b"DATA x\r\n")),
    ("QUIT", OPEN + [QUIT]),
    ("a refused recipient", amid(REFUSED)),
    ("refused commands, pipelined",
     [EHLO, MAIL + b"RSET x\r\n" + RCPT + b"MAIL FROM:<spy@x.example>\r\n" + b"EHLO\r\n" + REFUSED + DATA,
      TEXT + DOT, QUIT]),
    ("a second MAIL, pipelined", [EHLO, MAIL + b"MAIL FROM:<spy@x.example>\r\n" + RCPT + DATA, TEXT + DOT, QUIT]),
    ("RSET with an argument, pipelined", [EHLO, MAIL + RCPT + b"RSET x\r\n" + DATA, TEXT + DOT, QUIT]),
    # refused MAIL, RCPT and DATA
    ("RCPT before MAIL", [EHLO, RCPT, MAIL, RCPT, *CLOSE]),
    ("DATA without recipients", [EHLO, MAIL, DATA, RCPT, *CLOSE]),
    ("DATA after a refused recipient", [EHLO, MAIL, REFUSED, DATA, b"RSET\r\n", *SPY_MAIL, QUIT]),
    ("a refused MAIL", [EHLO, b"MAIL FROM:<a@x.example> SIZE=99999999999\r\n", *SPY_MAIL, QUIT]),
    ("all refused, pipelined", [EHLO, MAIL + REFUSED + DATA, b"RSET\r\n" + SPY, TEXT + DOT, QUIT]),
    # the end of the content
    ("commands end in LF", lf(OPEN + [DATA, TEXT + DOT] + SPY_MAIL + [QUIT])),
    ("commands end in LF, pipelined", lf([EHLO, MAIL + RCPT + DATA, TEXT + DOT + SPY, TEXT + DOT + QUIT])),
    ("content with LF, ended by LF.LF", OPEN + [DATA, *lf([TEXT + DOT])] + SPY_MAIL + [QUIT]),
    ("content with LF, ended by LF.LF, and a blank line", OPEN + [DATA, *lf([TEXT + DOT + b"\n"])] + SPY_MAIL + [QUIT]),
    ("content with LF, ended by LF.LF, commands at once", OPEN + [DATA, *lf([TEXT + DOT]), SPY, TEXT + DOT, QUIT]),
    *((f"smuggled by {dot!r}", smuggled(dot) + [QUIT])
      for dot in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\0.\r\n", b"\n.\r")),
    *((f"smuggled by {dot!r}, QUIT at once", smuggled(dot, QUIT)) for dot in (b"\n.\n", b"\n.\r\n", b"\r\n.\n")),
    *((f"smuggled by {dot!r}, another mail at once",
       smuggled(dot, SPY.replace(b"spy", b"c")) + [TEXT + DOT, QUIT]) for dot in (b"\n.\n", b"\r\n.\n")),
    ("smuggled, its content later",
     OPEN + [DATA, TEXT.rstrip() + b"\n.\n" + SPY, TEXT + DOT, QUIT]),
    ("two smuggled mails",
     OPEN + [DATA, TEXT.rstrip() + b"\n.\n" + SPY + TEXT.rstrip() + b"\n.\n" + SPY.replace(b"spy", b"c") + TEXT + DOT,
             QUIT]),
    ("smuggled with a long content",
     OPEN + [DATA, TEXT.rstrip() + b"\n.\n" + SPY + TEXT + b"line of text\r\n" * 300 + DOT, QUIT]),
    ("a dialogue in the content", OPEN + [DATA, TEXT + b"RSET\r\n" + SPY + TEXT + DOT, QUIT]),
    ("a lone dot and a blank", OPEN + [DATA, TEXT + b". \r\n" + SPY + DOT, QUIT]),
    ("dots that are doubled", OPEN + [DATA, TEXT + b"..\r\n...\r\n" + DOT, QUIT]),
    ("content without an end", OPEN + [DATA, TEXT]),
    # BDAT
    ("a chunk", OPEN + [chunk(len(TEXT), b" LAST", TEXT), QUIT]),
    ("chunks", OPEN + [chunk(5, b"", TEXT[:5]), chunk(len(TEXT) - 5, b"", TEXT[5:]), chunk(0, b" LAST"), QUIT]),
    ("chunks, pipelined",
     [EHLO, MAIL + RCPT + chunk(5, b"", TEXT[:5]) + chunk(len(TEXT) - 5, b" LAST", TEXT[5:]) + SPY, TEXT + DOT, QUIT]),
    ("a chunk with a bad argument", [EHLO, chunk(100000, b" X"), *SPY_MAIL, QUIT]),
    ("a chunk with a bad argument amid a mail", OPEN + [chunk(30, b" X", b"x" * 28 + b"\r\n"), *CLOSE]),
    ("a chunk without a size", OPEN + [b"BDAT\r\n", *CLOSE]),
    ("a chunk without a mail", [EHLO, chunk(len(TEXT), b" LAST", TEXT), *SPY_MAIL, QUIT]),
    ("a chunk without recipients, sent", [EHLO, MAIL + REFUSED + chunk(len(SPY), b" LAST", SPY), b"RSET\r\n",
                                         *SPY_MAIL, QUIT]),
    ("a chunk after a chunk that is too large", OPEN + [chunk(99999999, b""), b"RSET\r\n", *SPY_MAIL, QUIT]),
    ("DATA after a chunk", OPEN + [chunk(len(TEXT), b"", TEXT), DATA, chunk(0, b" LAST"), QUIT]),
    ("RSET between chunks", OPEN + [chunk(len(TEXT), b"", TEXT), b"RSET\r\n", *SPY_MAIL, QUIT]),
    ("a lone dot in a chunk", OPEN + [chunk(len(SPY) + 5, b" LAST", b"x\n.\r\n" + SPY), QUIT]),
    # a proxy
    ("PROXY header, version 1", PROXY, [b"PROXY TCP4 192.0.2.77 203.0.113.25 %d 25\r\n", *OPEN, *CLOSE]),
    ("PROXY header, version 1, IPv6", PROXY, [b"PROXY TCP6 2001:db8::77 2001:db8::25 %d 25\r\n", *OPEN, *CLOSE]),
    ("PROXY header, UNKNOWN", PROXY, [b"PROXY UNKNOWN\r\n", *OPEN, *CLOSE]),
    ("PROXY header, version 2", PROXY, [b"2", *OPEN, *CLOSE]),
    ("XCLIENT that is accepted", XCLIENT,
     [EHLO, b"XCLIENT ADDR=192.0.2.77 PORT=%d NAME=x.example HELO=old.example\r\n", EHLO, MAIL, RCPT, *CLOSE]),
    ("XCLIENT ends a mail", XCLIENT, OPEN + [b"XCLIENT ADDR=192.0.2.77 PORT=%d\r\n", EHLO, *SPY_MAIL, QUIT]),
    # a server that refuses a bare LF
    ("a strict server, commands end in LF", STRICT, lf(OPEN + [DATA, TEXT + DOT] + SPY_MAIL + [QUIT])),
    *((f"a strict server, smuggled by {dot!r}", STRICT, smuggled(dot) + [QUIT])
      for dot in (b"\n.\n", b"\n.\r\n", b"\r\n.\n")),
]


def version_2(port):
    body = socket.inet_aton("192.0.2.77") + socket.inet_aton("203.0.113.25") + struct.pack(">HH", port, 25)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack(">BBH", 0x21, 0x11, len(body) + 5) + body + b"\4\0\2\r\n"


def octets(step, port):
    """A step with the client's port where the proxy states one."""
    if step == b"2":
        return version_2(port)
    return step.replace(b"%d", b"%d" % port)


def drain(connection):
    """The server's replies so far; False when it has closed the connection."""
    connection.settimeout(QUIET_S)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return True
    except ConnectionError:
        pass
    return False


def play(server, port, steps, own):
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.bind((CLIENT, own))
        connection.connect((server, port))
        # A proxy's header precedes the greeting.
        open_ = port == PROXY or drain(connection)
        for step in steps:
            if not open_:
                break
            connection.sendall(octets(step, own))
            open_ = drain(connection)


def main():
    plays = []
    for name, (address, first) in SERVERS.items():
        for number, (title, *port, steps) in zip(itertools.count(first), SESSIONS):
            if name == "postfix" or not port:
                plays.append((address, *(port or [25]), steps, number))
                print(name, number, title)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for _ in pool.map(lambda arguments: play(*arguments), plays):
            pass


main()
