#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS as it should not be: what is sound is used, what is not is counted by its cause, and what
is no answer is not taken for one."""
import ipaddress
import struct

import harness
import traffic
from harness import field, matched
from traffic import CLIENT, SERVER, Connection, datagram, dns_name, dns_record, dns_response

A, NS, DNAME, SOA, SRV, OPT, HTTPS, AXFR = 1, 2, 39, 6, 33, 41, 65, 252
FAKE = ipaddress.ip_address("45.77.24.250").packed
RULES = """
alert ip 45.77.24.250 id=ip
alert name .rogue.test id=name
alert cname .rogue.test id=cname
"""

SOUND = dns_record("a.test", A, FAKE)
LONG = (b"\x3f" + b"a" * 63) * 4 + b"\0"
LIES = {
    "short_header": b"\0\7\x81\x80\0\1",
    "short_entry": dns_response(answers=[SOUND], counts=(0, 9, 0, 0)),
    "bad_pointer": dns_response(answers=[SOUND, dns_record(b"\xc0\xff", A, FAKE)]),
    "long_name": dns_response(answers=[SOUND, dns_record(LONG, A, FAKE)]),
    "bad_label": dns_response(answers=[SOUND, dns_record(b"\x41a\0", A, FAKE)]),
    "long_rdata": dns_response(answers=[SOUND, dns_record("b.test", A, FAKE)[:-1]]),
    "bad_rdata": dns_response(answers=[dns_record("b.test", A, b"\1\2\3"), SOUND]),
    "trailing": dns_response(answers=[SOUND]) + b"\0",
}
KINDS = {
    "notify": dns_response(answers=[SOUND], flags=0xa400),
    "update": dns_response(answers=[SOUND], flags=0xa800),
    "chaos": dns_response(answers=[dns_record("a.test", A, FAKE, rclass=3)]),
    "query": dns_response(answers=[SOUND], flags=0x0100),
}


def question(name, qtype=A):
    return dns_name(name) + struct.pack("!HH", qtype, 1)


@harness.expand
class Dns(harness.Case):
    def hits_of(self, *packets, args=()):
        """The hits of a capture: (rule, value) of each."""
        path = self.write("dns.pcap", traffic.pcap(packets))
        rules = self.write("some.rules", RULES)
        return [(event["rule"]["id"], matched(event))
                for event in self.replay("--summary", "summary.json", *args, path, rules=rules)
                if harness.is_hit(event)]

    @harness.for_each(LIES, "{}: counted by its cause, and what is sound is hit")
    def test_lie(self, cause):
        hits = self.hits_of(datagram(LIES[cause]))
        self.assertEqual(hits, [] if cause == "short_header" else [("ip", "45.77.24.250")])
        summary = self.summary()
        self.assertEqual(summary["dns_malformed"], 1)
        self.assertEqual(summary["dns_malformed_by"], {cause: 1})

    @harness.for_each(KINDS, "{}: not taken for an answer")
    def test_no_answer(self, kind):
        self.assertEqual(self.hits_of(datagram(KINDS[kind])), [])
        self.assertEqual(self.summary()["dns_malformed"], 0)

    def test_questions(self):
        """several questions: each name is seen"""
        message = dns_response([question(name) for name in ("a.test", "x.rogue.test", "b.test")])
        self.assertEqual(self.hits_of(datagram(message)), [("name", "x.rogue.test")])

    def test_targets(self):
        """DNAME, SRV and HTTPS: targets and address hints are seen"""
        hint = struct.pack("!HH", 4, len(FAKE)) + FAKE
        message = dns_response(answers=[
            dns_record("a.test", DNAME, dns_name("d.rogue.test")),
            dns_record("a.test", SRV, struct.pack("!3H", 1, 2, 3) + dns_name("s.rogue.test")),
            dns_record("a.test", HTTPS, struct.pack("!H", 1) + dns_name("h.rogue.test") + hint)])
        self.assertEqual(self.hits_of(datagram(message)), [
            ("cname", "d.rogue.test"), ("name", "s.rogue.test"), ("name", "h.rogue.test"),
            ("ip", "45.77.24.250")])

    def test_transfer(self):
        """a zone transfer over TCP: many messages, cut anywhere, each of them read"""
        soa = dns_record("a.test", SOA, dns_name("ns.a.test") + dns_name("m.a.test") + bytes(20))
        messages = [dns_response([question("a.test", AXFR)], [soa])]
        messages += [dns_response(answers=[dns_record(f"n{n}.a.test", NS, dns_name("ns.a.test")),
                                           dns_record(f"n{n}.rogue.test", A, FAKE)])
                     for n in range(50)] + [dns_response(answers=[soa])]
        stream = b"".join(struct.pack("!H", len(message)) + message for message in messages)
        for segment in (1, 7, 1400):
            with self.subTest(segment=segment):
                connection = Connection(port=53, segment=segment)
                connection.say(CLIENT, b"\0\x17" + b"\0\7" + bytes(21))
                connection.say(SERVER, stream)
                hits = self.hits_of(*connection.close().packets)
                self.assertEqual([value for rule, value in hits if rule == "name"],
                                 [f"n{n}.rogue.test" for n in range(50)])
                summary = self.summary()
                self.assertEqual((summary["dns_tcp_messages"], summary["dns_responses"],
                                  summary["dns_malformed"]), (52, 52, 0))

    def test_ports(self):
        """another port: read when --ports names it"""
        packet = datagram(dns_response(answers=[SOUND]), port=5353)
        self.assertEqual(self.hits_of(packet), [])
        self.assertEqual(self.hits_of(packet, args=["--ports", "dns=53,5353"]),
                         [("ip", "45.77.24.250")])

    def test_edns(self):
        """the extended response code, all flags, and the client subnet"""
        subnet = struct.pack("!HHHBB", 8, 7, 1, 24, 0) + b"\xc0\0\2"
        opt = b"\0" + struct.pack("!HHIH", OPT, 1232, 0x01008000, len(subnet)) + subnet
        message = dns_response([question("a.test")], flags=0x87b0, counts=(1, 0, 0, 1)) + opt
        path = self.write("edns.pcap", traffic.pcap([datagram(message)]))
        event, = self.replay("--log", "dns", path, rules="/dev/null")
        self.assertEqual(field(event, "dns.response_code"), "BADVERS")
        self.assertEqual(field(event, "dns.header_flags"),
                         ["AA", "TC", "RD", "RA", "AD", "CD", "DO"])
        self.assertEqual(field(event, "dns.client_subnet"), "192.0.2.0/24")


if __name__ == "__main__":
    harness.main()
