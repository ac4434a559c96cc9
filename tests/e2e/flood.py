#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of a poisoned resolver, which gives all of them the same rogue delegation within a
second. As a program, it writes the capture: flood.py FILE [CLIENTS]."""
import functools
import ipaddress
import struct
import sys

import traffic
from traffic import dns_name, dns_record, dns_response

OWNER = "coincheck.com"
SERVERS = ("ns-1515.awsdns-061.org", "ns-1985.awsdns-056.co.uk", "ns-650.awsdns-017.net")
RESOLVER = "192.0.2.53"
FIRST_CLIENT = ipaddress.ip_address("10.0.0.1")
TTL = 86400
NS = 2
RULES = "".join(f"alert ns {name} id=rogue-{i} sev=critical\n" for i, name in enumerate(SERVERS))


def client(number):
    return str(FIRST_CLIENT + number)


@functools.cache
def answer(servers=SERVERS, owner=OWNER):
    question = dns_name(owner) + struct.pack("!HH", NS, 1)
    return dns_response([question], [dns_record(owner, NS, dns_name(name), ttl=TTL)
                                     for name in servers])


def packet(number, owner=OWNER):
    """The answer to a client."""
    return traffic.datagram(answer(owner=owner), {traffic.CLIENT: client(number), traffic.SERVER: RESOLVER})


def flood(clients, answers=1):
    """A capture of one second: each client in turn, as often as it has answers."""
    packets = [packet(number) for _ in range(answers) for number in range(clients)]
    return traffic.pcap(packets, spacing_us=1000000 // len(packets))


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as output:
        output.write(flood(int(sys.argv[2]) if len(sys.argv) > 2 else 1000))
