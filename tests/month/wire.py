# SPDX-License-Identifier: GPL-3.0-or-later
"""Records, messages and mail sessions of the generated month, as frames of a capture."""
import functools
import ipaddress
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
# pylint: disable=wrong-import-position
from traffic import CLIENT, SERVER, Connection, datagram, dns_name, dns_record, dns_response

A, NS, CNAME, SOA, MX, AAAA, OPT, DS = 1, 2, 5, 6, 15, 28, 41, 43
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5
REFERRAL, AUTHORITATIVE, CACHED, VALIDATED = 0x8000, 0x8400, 0x8180, 0x81a0
PCAP_HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)

name = functools.lru_cache(maxsize=200000)(dns_name)


@functools.lru_cache(maxsize=200000)
def address(text):
    return ipaddress.ip_address(text).packed


def host(owner, text, ttl):
    """A or AAAA, as the address is."""
    packed = address(text)
    return dns_record(name(owner), A if len(packed) == 4 else AAAA, packed, ttl=ttl)


def ns(owner, target, ttl):
    return dns_record(name(owner), NS, name(target), ttl=ttl)


def cname(owner, target, ttl):
    return dns_record(name(owner), CNAME, name(target), ttl=ttl)


def mx(owner, preference, target, ttl):
    return dns_record(name(owner), MX, struct.pack("!H", preference) + name(target), ttl=ttl)


def ds(owner, key, ttl):
    """The digest follows from the number of the key."""
    data = struct.pack("!HBB", key & 0xffff, 13, 2) + struct.pack("!Q", key) * 4
    return dns_record(name(owner), DS, data, ttl=ttl)


def soa(owner, primary, ttl):
    data = name(primary) + name("hostmaster." + owner)
    return dns_record(name(owner), SOA, data + struct.pack("!5I", 7, 7200, 900, 1209600, 300),
                      ttl=ttl)


def opt(dnssec_ok):
    return dns_record(b"\0", OPT, b"", rclass=1232, ttl=0x8000 if dnssec_ok else 0)


def message(flags, question, answers=(), authority=(), additional=()):
    records = [*answers, *authority, *additional]
    counts = (1, len(answers), len(authority), len(additional))
    return dns_response([name(question[0]) + struct.pack("!HH", question[1], 1)], records, flags,
                        counts)


def response(server, client, port, payload):
    """The frame of a DNS response over UDP."""
    return datagram(payload, {CLIENT: client, SERVER: server}, client_port=port)[1]


# TLS 1.2 as far as it is in clear (RFC 5246)

def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else b"\x82" + struct.pack("!H", size)
    return bytes([tag]) + length + body


def certificate(subject, key):
    """A certificate for a name with a key that follows from a number."""
    algorithm = der(0x30, der(6, bytes.fromhex("2a8648ce3d0201")),
                    der(6, bytes.fromhex("2a8648ce3d030107")))
    signature = der(0x30, der(6, bytes.fromhex("2a8648ce3d040302")))
    names = der(0x30, der(0x31, der(0x30, der(6, b"\x55\x04\x03"), der(12, subject.encode()))))
    validity = der(0x30, der(0x17, b"260101000000Z"), der(0x17, b"270101000000Z"))
    point = b"\0\4" + struct.pack("!Q", key) * 8
    tbs = der(0x30, der(0xa0, der(2, b"\2")), der(2, struct.pack("!q", key)), signature, names,
              validity, names, der(0x30, algorithm, der(3, point)))
    return der(0x30, tbs, signature, der(3, b"\0" + bytes(64)))


def tls_record(kind, *messages):
    body = b"".join(bytes([code]) + struct.pack("!I", len(text))[1:] + text
                    for code, text in messages)
    return bytes([kind, 3, 3]) + struct.pack("!H", len(body)) + body


def client_hello():
    return tls_record(22, (1, b"\3\3" + bytes(32) + b"\0" + b"\0\2\xc0\x2b" + b"\1\0" + b"\0\0"))


def server_hello(subject, key):
    """With the certificate; without a key the server chooses TLS 1.3, which encrypts it."""
    if key is None:
        extensions = struct.pack("!HHH", 43, 2, 0x0304)
        return tls_record(22, (2, b"\3\3" + bytes(32) + b"\0\x13\1\0" +
                               struct.pack("!H", len(extensions)) + extensions))
    text = certificate(subject, key)
    chain = struct.pack("!I", len(text))[1:] + text
    chain = struct.pack("!I", len(chain))[1:] + chain
    return tls_record(22, (2, b"\3\3" + bytes(32) + b"\0\xc0\x2b\0\0\0"), (11, chain))


# Mail

def mail_session(client, server, port, greeting, offer, use_tls, key, recipient):
    """Frames of an SMTP session. `offer` is the line in place of STARTTLS, or None."""
    talk = Connection({CLIENT: client, SERVER: server}, client_port=port)
    extensions = ["PIPELINING", "SIZE 52428800"] + ([offer] if offer else []) + ["8BITMIME"]
    lines = [greeting, *extensions]
    reply = "".join(f"250{'-' if at + 1 < len(lines) else ' '}{line}\r\n"
                    for at, line in enumerate(lines))
    talk.talk(f"S: 220 {greeting} ESMTP", "C: EHLO mail.sender.example")
    talk.say(SERVER, reply)
    if use_tls and offer == "STARTTLS":
        talk.talk("C: STARTTLS", "S: 220 2.0.0 Ready")
        talk.say(CLIENT, client_hello())
        talk.say(SERVER, server_hello(greeting, key))
        talk.say(CLIENT, b"\x17\3\3\1\0" + bytes(256))
    else:
        talk.talk("C: MAIL FROM:<office@sender.example>", "S: 250 2.1.0 Ok",
                  f"C: RCPT TO:<{recipient}>", "S: 250 2.1.5 Ok", "C: DATA", "S: 354 go",
                  "C: Subject: order\r\n\r\nhello\r\n.", "S: 250 2.0.0 queued",
                  "C: QUIT", "S: 221 bye")
    return [frame for _, frame in talk.close().packets]


def record(micros, frame):
    """A packet of a capture file; `micros` since 1970."""
    return struct.pack("<IIII", *divmod(micros, 1000000), len(frame), len(frame)) + frame
