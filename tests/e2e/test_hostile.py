#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that is made to be read in another way by the sensor than by its receiver: fragments
and segments whose copies differ, forged segments, urgent octets."""
import ipaddress
import struct

import harness
import traffic
from harness import field, matched
from traffic import SERVER, V4, V6

RULES = """
alert ip 203.0.113.0/24 id=ip
alert rcpt .victim.test id=rcpt
"""
GOOD, BAD = bytes([192, 0, 2, 80]), bytes([203, 0, 113, 5])


def answer(address):
    """A UDP datagram, a multiple of 8 octets long, that ends in an address."""
    dns = traffic.dns_response(questions=[traffic.dns_name("www.victim.test") + b"\0\1\0\1"],
                               answers=[traffic.dns_record("www.victim.test", 1, address)])
    return struct.pack("!4H", 53, 40000, 8 + len(dns), 0) + dns


def fragment(payload, offset, more, addresses, number=77):
    """A fragment from the server to the client, as (side, frame)."""
    server, client = (ipaddress.ip_address(addresses[side]).packed
                      for side in (SERVER, traffic.CLIENT))
    if len(server) == 16:
        head = struct.pack("!BBHI", 17, 0, offset | more, number)
        ip = struct.pack("!IHBB", 6 << 28, len(head) + len(payload), 44, 64) + server + client
        return SERVER, b"\2" * 12 + b"\x86\xdd" + ip + head + payload
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), number, more << 13 | offset // 8, 64,
                     17, 0) + server + client
    ip = ip[:10] + struct.pack("!H", traffic.checksum(ip)) + ip[12:]
    return SERVER, b"\2" * 12 + b"\x08\x00" + ip + payload


class Fragments(harness.Case):
    """A DNS answer in fragments that overlap, of both families."""

    def hits(self, packets):
        self.write("own.rules", RULES)
        path = self.write("own.pcap", traffic.pcap(packets))
        return self.replay("--summary", "summary.json", path, rules=self.path("own.rules"))

    def test_both_readings(self):
        """either copy of an address is matched, and the hit is marked; both are log events"""
        cut = (len(answer(GOOD)) - 4) // 8 * 8
        cases = [(addresses, copies, back) for addresses in (V4, V6)
                 for copies in ((GOOD, BAD), (BAD, GOOD)) for back in (0, 8)]
        for addresses, copies, back in cases:
            first, last = map(answer, copies)
            found = self.hits([fragment(first[cut:], cut, False, addresses),
                               fragment(last[cut - back:], cut - back, False, addresses),
                               fragment(first[:cut - back], 0, True, addresses)])
            self.assertEqual([matched(hit) for hit in found], ["203.0.113.5"])
            self.assertIs(field(found[0], "nsmx.ambiguous"), True)
            self.assertEqual(self.summary()["ambiguous"], 1)
            self.assertEqual(self.summary()["dns_responses"], 2)
            self.assertEqual(self.summary()["fragments_lost"], 0)

    def test_equal_copies(self):
        """copies with the same octets are one message, and certain"""
        for addresses in (V4, V6):
            whole = answer(BAD)
            found = self.hits([fragment(whole[:32], 0, True, addresses),
                               fragment(whole[16:48], 16, True, addresses),
                               fragment(whole[16:48], 16, True, addresses),
                               fragment(whole[40:], 40, False, addresses)])
            self.assertEqual([matched(hit) for hit in found], ["203.0.113.5"])
            self.assertIsNone(field(found[0], "nsmx.ambiguous"))
            self.assertEqual(self.summary()["ambiguous"], 0)
            self.assertEqual(self.summary()["dns_responses"], 1)


if __name__ == "__main__":
    harness.main()
