#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv4 addresses inside of IPv6 addresses of NAT64 and 6to4: rules, pins and intercepted mail."""
import ipaddress

import harness
import traffic
import wrap
from harness import field, matched
from traffic import CLIENT, SERVER, Connection, datagram, dns_name, dns_record, dns_response

BAD, GOOD = "198.51.100.66", "192.0.2.1"
CLIENT6, RESOLVER6 = "2001:db8::25", "2001:db8::53"
NAME = "host.example"
A, AAAA, HTTPS = 1, 28, 65
# One for each place of the IPv4 address, with BAD in it.
FORMS = {
    "NAT64": "64:ff9b::c633:6442",
    "local NAT64, /48": "64:ff9b:1:c633:64:4200::",
    "local NAT64, /56": "64:ff9b:1:44c6:33:6442::",
    "local NAT64, /64": "64:ff9b:1:4455:c6:3364:4200:0",
    "local NAT64, /96": "64:ff9b:1:4455:6677:8899:c633:6442",
    "6to4": "2002:c633:6442:1::7",
}


def packed(address):
    return ipaddress.ip_address(address).packed


def answer(address, rtype=None, rdata=None):
    """A response with one record."""
    rdata = packed(address) if rdata is None else rdata
    rtype = rtype or (AAAA if len(rdata) == 16 else A)
    question = dns_name(NAME) + rtype.to_bytes(2, "big") + b"\0\1"
    return dns_response([question], [dns_record(NAME, rtype, rdata)])


def from_resolver(payload, resolver):
    """A datagram over IPv6."""
    ends = packed(resolver), packed(CLIENT6)
    udp = traffic.struct.pack("!4H", 53, 40000, 8 + len(payload), 0) + payload
    return SERVER, wrap.ethernet(wrap.ip6(17, udp, ends), wrap.IPV6)


def mail(server):
    client = CLIENT6 if ":" in server else "198.51.100.25"
    connection = Connection({CLIENT: client, SERVER: server})
    connection.talk("S: 220 x", "C: EHLO c", "S: 250 x", "C: MAIL FROM:<a@b.example>", "S: 250 ok",
                    "C: RCPT TO:<u@host.example>", "S: 250 ok", "C: QUIT", "S: 221 bye")
    return connection.close().packets


class Embedded(harness.Case):
    """Captures with one address in two forms."""

    def play(self, rules, packets):
        self.write("in.rules", rules + "\n")
        self.write("in.pcap", traffic.pcap(packets))
        return self.replay("in.pcap", rules="in.rules")

    def check(self, found, kind, outer):
        """One hit for the IPv4 address, which names the IPv6 address."""
        self.assertEqual([(matched(e), field(e, "nsmx.embedded_in"), field(e, "nsmx.what"))
                          for e in found], [(BAD, outer, kind)])
        for address in (BAD, outer):
            self.assertIn(address, found[0]["related"]["ip"])
        self.assertIn(f"{BAD} (in {outer})", found[0]["event"]["reason"])


@harness.expand
class Rules(Embedded):
    """Which rules an address meets."""

    @harness.for_each(FORMS, "{}: an AAAA record, and an address hint")
    def test_record(self, name):
        found = self.play(f"alert ip {BAD}", [datagram(answer(FORMS[name]))])
        self.check(found, "ip", FORMS[name])
        hint = b"\0\1\0" + b"\0\6\0\x10" + packed(FORMS[name])
        found = self.play(f"alert ip {BAD}", [datagram(answer(None, HTTPS, hint))])
        self.check(found, "ip", FORMS[name])

    @harness.for_each(FORMS, "{}: the server of a session, and of a DNS response")
    def test_server(self, name):
        found = self.play(f"alert server {BAD}", mail(FORMS[name]))
        self.check(found, "server", FORMS[name])
        found = self.play(f"alert resolver {BAD}", [from_resolver(answer(GOOD), FORMS[name])])
        self.check(found, "resolver", FORMS[name])

    @harness.for_each(FORMS, "{}: an IPv6 indicator matches the address itself")
    def test_itself(self, name):
        found = self.play(f"alert ip {FORMS[name]}", [datagram(answer(FORMS[name]))])
        self.assertEqual([(matched(e), field(e, "nsmx.embedded_in")) for e in found],
                         [(str(ipaddress.ip_address(FORMS[name])), None)])
        self.assertEqual(self.play(f"alert ip {FORMS[name]}\nallow ip {BAD}",
                                   [datagram(answer(FORMS[name]))]), [])

    def test_once(self):
        """A and AAAA of one message: one hit for the one address"""
        question = dns_name(NAME) + b"\0\1\0\1"
        both = dns_response([question], [dns_record(NAME, A, packed(BAD)),
                                         dns_record(NAME, AAAA, packed(FORMS["NAT64"]))])
        found = self.play(f"alert ip {BAD}", [datagram(both)])
        self.assertEqual([field(e, "nsmx.embedded_in") for e in found], [None])

    def test_mapped(self):
        """an IPv4-mapped address is the IPv4 address"""
        found = self.play(f"alert ip {BAD}", [datagram(answer(f"::ffff:{BAD}"))])
        self.assertEqual([(matched(e), field(e, "nsmx.embedded_in")) for e in found],
                         [(BAD, None)])

    def test_others(self):
        """other prefixes have no IPv4 address"""
        for address in ("64:ff9b:2::c633:6442", "2001:db8::c633:6442", "64:ff9b::1:c633:6442"):
            self.assertEqual(self.play(f"alert ip {BAD}", [datagram(answer(address))]), [])

    def test_pins(self):
        """a pin of IPv4 addresses accepts what DNS64 makes of them"""
        rule = f"pin {NAME} ip {GOOD}"
        self.assertEqual(self.play(rule, [datagram(answer(f"64:ff9b::{GOOD}"))]), [])
        found = self.play(rule, [datagram(answer(FORMS["NAT64"]))])
        self.assertEqual([matched(e) for e in found], [FORMS["NAT64"]])


@harness.expand
class Mail(Embedded):
    """Mail to an address that a matched answer gave in another form."""

    @harness.for_each(FORMS, "{}: the answer or the mail may have the IPv4 address")
    def test_correlation(self, name):
        for answered, used in ((BAD, FORMS[name]), (FORMS[name], BAD), (FORMS[name], FORMS[name])):
            found = self.play(f"alert ip {BAD}", [datagram(answer(answered)), *mail(used)])
            shown = [matched(e) for e in found if e["event"]["action"] == "mail-intercepted"]
            self.assertEqual(shown, [str(ipaddress.ip_address(used))] * 2)
        found = self.play(f"alert ip {BAD}", [datagram(answer(FORMS[name])), *mail(GOOD)])
        self.assertEqual(len(found), 1)


if __name__ == "__main__":
    harness.main()
