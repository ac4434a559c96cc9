# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that is made to cost a sensor time, for any set of rules: each kind as packets of about
so many octets. None of it is a hit."""
import random
import re
import struct

import traffic
from traffic import CLIENT, SERVER

MESSAGE = 1400
NS, TXT = 2, 65280
ENDS = {CLIENT: "198.51.100.25", SERVER: "192.0.2.25"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def protected(rules):
    """The names of `protect` lines, a family by one of its members."""
    names = []
    for line in rules.splitlines():
        if line.startswith("protect "):
            names += [re.sub(r"\[(\w+)-\w+\]", r"\1", word) for word in line.split()[1:]
                      if "=" not in word and re.fullmatch(r"[\w.\[\]-]+\.[a-z]+", word)]
    return names


def label(octets):
    return bytes([len(octets)]) + octets


def pointer(target):
    return struct.pack("!H", 0xc000 | target)


def word(size):
    return "".join(random.choices(LETTERS, k=size)).encode()


def message(chain, owner, target):
    """A response whose records all have the owner and data that two functions give, which point
    into the chain. That is the name of the question."""
    records, size = [], 12 + len(chain) + 4
    while size < MESSAGE:
        records.append(traffic.dns_record(owner(), NS, target()))
        size += len(records[-1])
    return traffic.dns_response([chain + struct.pack("!HH", NS, 1)], records)


def chain_of(domain):
    """A name of many labels of one octet below a domain."""
    tail = traffic.dns_name(domain)
    return b"".join(label(word(1)) for _ in range((250 - len(tail)) // 2)) + tail


def deep(names):
    """Targets of 120 labels."""
    chain = chain_of("com")
    return message(chain, lambda: pointer(12), lambda: label(word(2)) + pointer(12))


def deep_everywhere(names):
    """The same, each from another label of the chain, owners included."""
    chain = chain_of("com")

    def some():
        return label(word(2)) + pointer(12 + 2 * random.randrange(8))
    return message(chain, some, some)


def decoys(names):
    """Targets with a label of a protected name that is not in their domain."""
    decoy = random.choice(names).split(".")[0]
    chain = traffic.dns_name(f"{decoy}.b.c.d.e.f.com")
    return message(chain, lambda: pointer(12), lambda: label(word(2)) + pointer(12))


def hosts(names):
    """Hosts of a protected domain."""
    chain = traffic.dns_name(random.choice(names))
    return message(chain, lambda: pointer(12), lambda: label(word(3)) + pointer(12))


def long_labels(names):
    """Targets of 250 octets in labels of 60, all of them judged."""
    chain = label(word(60)) * 3 + traffic.dns_name(word(50).decode() + ".com")
    return message(chain, lambda: pointer(12), lambda: label(word(3)) + pointer(12))


def international(names):
    """Targets whose labels are A-labels."""
    chain = label(b"xn--" + word(56)) * 3 + traffic.dns_name("xn--" + word(40).decode() + ".com")
    return message(chain, lambda: pointer(12), lambda: label(word(3)) + pointer(12))


def chained_pointers(names):
    """Names that are pointers to pointers, 120 of them."""
    head = 12 + 5
    at = head + 11
    chain = b"".join(pointer(at + 2 * (i + 1)) for i in range(120)) + b"\0"
    first = traffic.dns_record(b"\0", TXT, chain)
    records = [traffic.dns_record(pointer(at + 2 * (i % 2)), NS, pointer(at)) for i in range(70)]
    return traffic.dns_response([b"\0" + struct.pack("!HH", NS, 1)], [first, *records])


def dns(kind, names, octets):
    packets = []
    while octets > 0:
        packets.append(traffic.datagram(kind(names), ENDS))
        octets -= len(packets[-1][1])
    return packets


def session(lines, number):
    """An SMTP session with these commands, pipelined."""
    c = traffic.Connection(ENDS, client_port=10000 + number)
    c.talk("S: 220 mx.test", "C: EHLO a.test", "S: 250-mx.test", "S: 250 PIPELINING")
    c.say(CLIENT, b"".join(line + b"\r\n" for line in lines))
    c.say(SERVER, b"250 ok\r\n" * len(lines))
    return c.close().packets


def greetings(names):
    """HELO with names of many labels."""
    return [b"HELO " + b".".join(word(1) for _ in range(120)) + b".com" for _ in range(50)]


def mailboxes(names):
    """Mailboxes in domains of U-labels."""
    def domain():
        return ".".join("é" + random.choice(LETTERS) for _ in range(3)).encode()
    return [b"MAIL FROM:<a@a.test>"] + [b"RCPT TO:<a@" + domain() + b".com>" for _ in range(100)]


def smtp(kind, names, octets):
    packets, number = [], 0
    while octets > 0:
        more = session(kind(names), number)
        packets += more
        octets -= sum(len(frame) for _, frame in more)
        number += 1
    return packets


KINDS = {kind.__name__.replace("_", " "): (protocol, kind) for protocol, kind in (
    (dns, deep), (dns, deep_everywhere), (dns, decoys), (dns, hosts), (dns, long_labels),
    (dns, international), (dns, chained_pointers), (smtp, greetings), (smtp, mailboxes))}


def capture(name, rules, octets):
    protocol, kind = KINDS[name]
    random.seed(name)
    return traffic.pcap(protocol(kind, protected(rules), octets))
