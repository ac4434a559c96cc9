#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packet time that jumps: a clock that is set back or forward, one packet from the future, two
hosts by turns. Nothing is silenced, and nothing is reported again and again."""
import ipaddress
import struct

import harness
import traffic
import wrap
from harness import is_hit, matched
from traffic import CLIENT, SERVER, Connection, datagram, dns_name, dns_record, dns_response
from wrap import Packet

A = 1
SERVER_IP = "45.77.24.250"
RULES = f"alert ip {SERVER_IP} id=ip\nalert rcpt bob@victim.test id=rcpt\n"
BEGUN = 1700000000
HOUR, YEAR = 3600, 365 * 86400

# Stamps of 20 packets, 30 s apart but for these.
STEADY = [30 * n for n in range(20)]
STAMPS = {
    "steady": STEADY,
    "set back": [t - HOUR * (n > 3) for n, t in enumerate(STEADY)],
    "set forward": [t + HOUR // 2 * (n > 3) for n, t in enumerate(STEADY)],
    "one from the future": [t + YEAR * (n == 4) for n, t in enumerate(STEADY)],
    "the first from the future": [t + YEAR * (n == 0) for n, t in enumerate(STEADY)],
    "one from the past": [t - YEAR * (n == 4) for n, t in enumerate(STEADY)],
    "two by turns": [t + 10 * (n % 2) for n, t in enumerate(STEADY)],
    "two by turns, an hour apart": [t + HOUR * (n % 2) for n, t in enumerate(STEADY)],
}


def answer(number=7, name="a.test"):
    message = dns_response([dns_name(name) + struct.pack("!HH", A, 1)],
                           [dns_record(name, A, ipaddress.ip_address(SERVER_IP).packed)])
    return datagram(struct.pack("!H", number) + message[2:])[1]


def mail(session=50000):
    connection = Connection(client_port=session)
    connection.talk("S: 220 mx.test ESMTP", "C: EHLO client.test", "S: 250 mx.test",
                    "C: MAIL FROM:<a@client.test>", "S: 250 ok",
                    "C: RCPT TO:<bob@victim.test>", "S: 250 ok", "C: DATA", "S: 354 go",
                    "C: hello\r\n.", "S: 250 queued", "C: QUIT", "S: 221 bye")
    return [frame for _, frame in connection.close().packets]


@harness.expand
class Clock(harness.Case):
    def events_of(self, packets, *args):
        """The hits of packets, (seconds, frame) each."""
        path = self.write("clock.pcap", wrap.write(
            [Packet(round((BEGUN + seconds) * 1000000), frame) for seconds, frame in packets]))
        rules = self.write("some.rules", RULES)
        return [event for event in self.replay("--summary", "summary.json", *args, path,
                                               rules=rules) if is_hit(event)]

    @harness.for_each(STAMPS, "{}: --suppress reports each hit once, alone or counted")
    def test_suppress(self, kind):
        events = self.events_of(
            [(time, answer(n)) for n, time in enumerate(STAMPS[kind])], "--suppress", "60")
        counted = [event["nsmx"].get("count", 1) for event in events]
        self.assertEqual(sum(counted), len(STEADY))
        # Of a minute: the first hit, and the others as one event.
        self.assertGreaterEqual(len(events), len(STEADY) // 2)
        self.assertLessEqual(max(counted), 4)
        burst = [(time + n / 10, answer(n)) for time in STAMPS[kind] for n in range(10)]
        events = self.events_of(burst, "--suppress", "60")
        counted = [event["nsmx"].get("count", 1) for event in events]
        self.assertEqual(sum(counted), 10 * len(STEADY))
        self.assertLessEqual(len(events), len(STEADY) + 6)

    @harness.for_each(STAMPS, "{}: mail to the address of a hit is reported")
    def test_intercepted(self, kind):
        times = STAMPS[kind]
        packets = [(times[n], answer(n)) for n in range(4)]
        for n in range(4, len(times)):
            # Only a packet in the middle of a session is from elsewhere.
            start = times[n] if abs(times[n]) < 2 * HOUR else STEADY[n]
            packets += [(start + m / 100 if m != 9 else times[n] + m / 100, frame)
                        for m, frame in enumerate(mail(50000 + n))]
        events = self.events_of(packets)
        sessions = [event for event in events if event["event"]["action"] == "mail-intercepted"]
        self.assertEqual(len(sessions), 2 * (len(times) - 4))
        self.assertEqual(len([event for event in events if event["rule"]["id"] == "rcpt"]),
                         len(times) - 4)
        self.assertEqual(self.summary()["smtp_sessions"], len(times) - 4)

    def test_watched_for_an_hour(self):
        """a pause ends what is watched, and so does time on a clock that was set back"""
        for times in [0, 2 * HOUR], [0, 10, 10 - HOUR, 1810 - HOUR, 3710 - HOUR]:
            *before, last = times
            packets = [(time, answer()) for time in before[:1]]
            packets += [(time, datagram(dns_response())[1]) for time in before[1:]]
            packets += [(last + m / 100, frame) for m, frame in enumerate(mail())]
            events = self.events_of(packets)
            self.assertEqual([matched(event) for event in events],
                             [SERVER_IP, "bob@victim.test"])

    @harness.for_each(STAMPS, "{}: --dedup finds copies")
    def test_dedup(self, kind):
        packets = []
        for n, time in enumerate(STAMPS[kind]):
            packets += [(time, answer(n)), (time + 0.01, answer(n))]
        self.assertEqual(len(self.events_of(packets, "--dedup", "100")), len(STEADY))
        self.assertEqual(self.summary()["duplicates"], len(STEADY))

    def test_fragments(self):
        """a packet from the future, and a step back: fragments wait for the others"""
        whole = dns_response(answers=[dns_record("a.test", A, b"\1\2\3\4") for _ in range(99)] +
                             [dns_record("a.test", A, ipaddress.ip_address(SERVER_IP).packed)])
        last, first = wrap.fragments4(wrap.ip_of(datagram(whole)[1]), 7, 1480)
        for stamp in YEAR, HOUR, -HOUR:
            packets = [(0, first), (stamp, answer()), (1, last)]
            self.assertEqual(len(self.events_of(packets)), 2)
            self.assertEqual(self.summary()["fragments_lost"], 0)

    def test_fragments_evicted(self):
        """segments that begin in evicted fragments are as old as these: no session ends by them"""
        spoofed = []
        segment = struct.pack("!HHIIIII", 1234, 25, 1, 1, 0x5010ffff, 0, 0)
        for host in range(22):
            ends = bytes([203, 0, 113, 9]), bytes([198, 51, 100, host + 1])
            times = [5.2 + n for n in range(30)] + [34.7] * 98 + [35.2] * 30
            spoofed += [(time, wrap.ethernet(wrap.ip4(6, segment, n, 0x2000, ends)))
                        for n, time in enumerate(times)]
        frames = mail()
        # The fragments come between the greeting and MAIL, and before RCPT.
        session = [(n / 100 if n < 6 else 35.1 + n / 10, frame)
                   for n, frame in enumerate(frames)]
        packets = sorted(session + spoofed, key=lambda packet: packet[0])
        [hit] = self.events_of(packets)
        self.assertEqual(hit["smtp"]["banner"], "mx.test")
        self.assertEqual(hit["smtp"]["mail_from"], "a@client.test")


if __name__ == "__main__":
    harness.main()
