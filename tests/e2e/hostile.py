# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that an attacker would send to make a sensor slow, or to fill its tables. Each function
yields frames without end; they fit any rules that protect or alert on the names given."""
import itertools
import random
import struct

import traffic
from traffic import ACK, CLIENT, PSH, SERVER, SYN, Connection

RESOLVER = "192.0.2.53"
MESSAGE_MAX = 1400
LABELS = 110                # and those of the imitated name: 120 fill 255 octets


def host(number):
    """One of 65,536 clients."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def response(number, records):
    """A UDP response in which the question's name is at offset 12."""
    question = traffic.dns_name(f"q{number}.test") + struct.pack("!HH", 2, 1)
    message = traffic.dns_response([question], records, flags=0x8400)
    message = struct.pack("!H", number & 0xffff) + message[2:]
    return traffic.datagram(message, {CLIENT: host(number % 65536), SERVER: RESOLVER})[1]


def pointer(offset):
    return struct.pack("!H", 0xc000 | offset)


def fill(number, head, entry):
    """As many records as fit: `entry(index)` after the RDATA of `head`."""
    records = list(head)
    size = 12 + len(f"q{number}.test") + 6 + sum(map(len, records))
    for index in itertools.count():
        record = entry(index)
        size += len(record)
        if size > MESSAGE_MAX:
            return response(number, records)
        records.append(record)


def lookalikes(name):
    """Targets of 120 labels that end in nearly a protected name: a long name, and pointers to it."""
    dice = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    for number in itertools.count():
        labels = "".join("\1" + dice.choice(letters) for _ in range(LABELS)).encode()
        tail = traffic.dns_name(name[:3] + dice.choice(letters) + name[4:])
        first = traffic.dns_record(b"\xc0\x0c", 2, labels + tail)
        at = 12 + len(f"q{number}.test") + 6 + 12
        yield fill(number, [first], lambda index, at=at: traffic.dns_record(
            b"\xc0\x0c", 2, b"\1" + bytes([97 + index % 26]) + pointer(at + 2 * (index % (LABELS - 1) + 1))))


def hits(domain):
    """Name servers below a domain with a rule: each record is a hit of its own."""
    for number in itertools.count():
        first = traffic.dns_record(b"\xc0\x0c", 2, traffic.dns_name(domain))
        at = 12 + len(f"q{number}.test") + 6 + 12
        yield fill(number, [first], lambda index, at=at, number=number: traffic.dns_record(
            b"\xc0\x0c", 2, b"\4" + f"{(number * 97 + index) % 65536:04x}".encode()
            + pointer(at)))


def addresses(domain):
    """A hit, and addresses that are watched for 68 years."""
    for number in itertools.count():
        first = traffic.dns_record(b"\xc0\x0c", 2, traffic.dns_name(domain))
        yield fill(number, [first], lambda index, number=number: traffic.dns_record(
            b"\xc0\x0c", 1, struct.pack("!I", (number * 97 + index) & 0xffffffff),
            ttl=0x7fffffff))


def recipients(domain):
    """Sessions that name many recipients at once."""
    for number in itertools.count():
        connection = Connection({CLIENT: host(number % 65536), SERVER: "192.0.2.25"},
                                client_port=1024 + number % 60000, segment=MESSAGE_MAX)
        names = "".join(f"RCPT TO:<{index}@{number}.{domain}>\r\n" for index in range(200))
        connection.say(CLIENT, f"EHLO a.test\r\nMAIL FROM:<a@a.test>\r\n{names}")
        yield from (frame for _, frame in connection.packets)


def segments(_):
    """Connections that do not end, and octets after a hole."""
    for number in itertools.count():
        connection = Connection({CLIENT: host(number % 65536), SERVER: "192.0.2.25"},
                                client_port=1024 + number % 60000)
        connection.next[CLIENT] = (connection.next[CLIENT] + 1000) % 2**32
        connection.send(CLIENT, PSH | ACK, b"x" * MESSAGE_MAX)
        connection.send(SERVER, SYN | ACK)
        yield from (frame for _, frame in connection.packets)
