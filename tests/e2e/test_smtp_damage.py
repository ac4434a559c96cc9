#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content of a mail is never taken for commands of the client, and the commands are
found, in sessions that are whole, torn, one-sided and finely cut."""
import os
import random

import harness
import traffic
from harness import field, matched, pcap
from traffic import CLIENT, SERVER, V4, V6, Connection

RULES = """
alert rcpt .coincheck.com id=rcpt
alert from .coincheck.com id=from
alert rcpt .real.test id=real
"""
LURE = "x@coincheck.com"
REAL = ["alice@real.test", "bob@real.test", "nobody@real.test"]
CODES = {"alice@real.test": 250, "bob@real.test": 250, "nobody@real.test": 550}
HEADER = "From: a@a.test\r\nTo: alice@real.test\r\nSubject: hi\r\n\r\n"
PROSE = "and so he typed the following, among other things:\r\n"

# A line by itself among prose, which no damage may turn into a command; and a whole
# dialogue, which a session that is whole must see through.
LINES = HEADER + (PROSE + f"RCPT TO:<{LURE}>\r\n" + PROSE + f"MAIL FROM:<{LURE}>\r\n") * 8 + PROSE
DIALOGUE = HEADER + PROSE + (f"RSET\r\nMAIL FROM:<{LURE}>\r\nRCPT TO:<{LURE}>\r\nDATA\r\n"
                             f"QUIT\r\nEHLO x\r\nRCPT TO:<{LURE}>\r\n") * 8
BODIES = {"lines": LINES, "dialogue": DIALOGUE}
SEEDS = 120
PORT = 50000


def open_mail(c):
    c.talk("S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250-mx.test", "S: 250-CHUNKING",
           "S: 250 PIPELINING", "C: MAIL FROM:<a@a.test>", "S: 250 ok")
    for address in REAL:
        c.talk(f"C: RCPT TO:<{address}>", f"S: {CODES[address]} so")


def by_data(c, body):
    open_mail(c)
    c.talk("C: DATA", "S: 354 go on")
    c.say(CLIENT, body.replace("\r\n.", "\r\n..") + ".\r\n")
    c.talk("S: 250 taken", "C: QUIT", "S: 221 bye")


def by_chunks(c, body):
    """Two chunks, the border in the middle of a line; then one of no octets."""
    open_mail(c)
    half = body.index("RCPT TO") + 5
    for part in (body[:half], body[half:]):
        c.say(CLIENT, f"BDAT {len(part)}\r\n{part}")
        c.talk("S: 250 so far")
    c.talk("C: BDAT 0 LAST", "S: 250 taken", "C: QUIT", "S: 221 bye")


WAYS = {"data": by_data, "chunks": by_chunks}


def session(way, body, **options):
    c = Connection(addresses=options.pop("addresses", V4), **options)
    WAYS[way](c, BODIES[body])
    return c.close().packets


def thinned(packets, seed, share=0.05):
    """Without a share of the packets."""
    dice = random.Random(seed)
    return [packet for packet in packets if dice.random() >= share]


def codes_of(hits):
    """Recipients of hits, with the reply that each shows."""
    codes = {}
    for event in hits:
        value = matched(event)
        codes[value] = [rcpt.get("reply_code") for rcpt in event["smtp"]["rcpt_to"]
                        if rcpt["address"] == value][-1]
    return codes


class Damage(harness.Case):
    def setUp(self):
        super().setUp()
        self.rules = self.write("some.rules", RULES)

    def read(self, *captures):
        """All hits of captures, each a list of packets."""
        for name in os.listdir(self.folder):
            if name.endswith(".pcap"):
                os.unlink(self.path(name))
        paths = [self.write(f"{n}.pcap", traffic.pcap(packets))
                 for n, packets in enumerate(captures)]
        return self.replay(*paths, rules=self.rules)

    def read_each(self, sessions):
        """The hits of each of many sessions, read as one capture: their client ports count up
        from PORT."""
        sessions = list(sessions)
        found = [[] for _ in sessions]
        for event in self.read(sum(sessions, [])):
            found[event["client"]["port"] - PORT].append(event)
        return found

    def no_lure(self, hits):
        self.assertNotIn(LURE, {matched(event) for event in hits})

    def whole(self, hits):
        self.assertEqual(codes_of(hits), CODES)
        self.assertEqual(len(hits), len(CODES))


@harness.expand
class Whole(Damage):
    """Sessions without damage, cut in every way."""

    @harness.for_each(["data", "chunks"], "{}: the body hits nothing, at every segment size")
    def test_segments(self, way):
        for body in BODIES:
            for segment in (1, 2, 3, 5, 7, 13, 64, 536, 1400):
                with self.subTest(body=body, segment=segment):
                    self.whole(self.read(session(way, body, segment=segment)))

    @harness.for_each(["data", "chunks"], "{}: the same over IPv6")
    def test_ipv6(self, way):
        for body in BODIES:
            with self.subTest(body=body):
                hits = self.read(session(way, body, addresses=V6))
                self.whole(hits)
                self.assertEqual(hits[0]["network"]["type"], "ipv6")

    @harness.for_each(["data", "chunks"], "{}: only the client's side, the replies unknown")
    def test_client_only(self, way):
        for body in BODIES:
            with self.subTest(body=body):
                hits = self.read([p for p in session(way, body) if p[0] == CLIENT])
                self.assertEqual(codes_of(hits), dict.fromkeys(CODES))

    @harness.for_each(["data", "chunks"], "{}: only the server's side, no recipient")
    def test_server_only(self, way):
        packets = [p for p in session(way, "dialogue") if p[0] == SERVER]
        self.write("server.pcap", traffic.pcap(packets))
        log = self.replay("--log", "smtp", "server.pcap", rules=self.rules)
        self.assertEqual([field(event, "smtp.banner") for event in log], ["mx.test"])
        self.assertEqual([event["event"]["kind"] for event in log], ["event"])


@harness.expand
class Torn(Damage):
    """Packets are missing."""

    @harness.for_each(["data", "chunks"], "{}: without the first three packets, the same hits")
    def test_midstream(self, way):
        for body in BODIES:
            with self.subTest(body=body):
                self.whole(self.read(session(way, body)[3:]))

    @harness.for_each(["data", "chunks"], "{}: joined at any packet, the body hits nothing")
    def test_joined_anywhere(self, way):
        packets = session(way, "lines", segment=100)
        starts = range(0, len(packets), 2)
        for start, hits in zip(starts, self.read_each(
                session(way, "lines", segment=100, client_port=PORT + number)[start:]
                for number, start in enumerate(starts))):
            with self.subTest(start=start):
                data = b"".join(frame for _, frame in packets[start:])
                self.assertEqual(codes_of(hits), {
                    address: code for address, code in CODES.items()
                    if f"RCPT TO:<{address}>".encode() in data})

    @harness.for_each(["data", "chunks"], "{}: with 5 % of the packets missing, by many seeds")
    def test_thinned(self, way):
        found = 0
        for seed, hits in enumerate(self.read_each(
                thinned(session(way, "lines", segment=100, client_port=PORT + seed), seed)
                for seed in range(SEEDS))):
            with self.subTest(seed=seed):
                self.no_lure(hits)
                for address, code in codes_of(hits).items():
                    self.assertIn(code, (CODES[address], None))
                    found += 1
        # A recipient is lost with its own packet, and seldom else.
        self.assertGreater(found, 0.8 * SEEDS * len(REAL))

    @harness.for_each(["data", "chunks"], "{}: the same, of the client's side alone")
    def test_thinned_client(self, way):
        found = 0
        for seed, hits in enumerate(self.read_each(
                thinned([p for p in session(way, "lines", segment=100, client_port=PORT + seed)
                         if p[0] == CLIENT], seed)
                for seed in range(SEEDS))):
            with self.subTest(seed=seed):
                self.no_lure(hits)
                self.assertEqual(set(codes_of(hits).values()) - {None}, set())
                found += len(codes_of(hits))
        self.assertGreater(found, 0.8 * SEEDS * len(REAL))


class Incident(Damage):
    """The recorded session with the fake server, damaged."""

    RECIPIENTS = {"support@coincheck.com": 250, "info@coincheck.com": 250}

    def packets(self):
        """(side, frame) of the recorded capture."""
        with open(pcap("hijack-mta"), "rb") as file:
            data = file.read()
        at, packets = 24, []
        while at < len(data):
            size = int.from_bytes(data[at + 8:at + 12], "little")
            frame = data[at + 16:at + 16 + size]
            port = int.from_bytes(frame[36:38], "big")
            packets.append((CLIENT if port == 25 else SERVER, frame))
            at += 16 + size
        return packets

    def test_without_three(self):
        """the incident without its first three packets: the same recipients and codes"""
        self.assertEqual(codes_of(self.read(self.packets()[3:])), self.RECIPIENTS)

    def test_client_only(self):
        """the incident, the client's side only: the recipients, no codes"""
        hits = self.read([p for p in self.packets() if p[0] == CLIENT])
        self.assertEqual(codes_of(hits), dict.fromkeys(self.RECIPIENTS))

    def test_thinned(self):
        """the incident with 5 % of its packets missing, by many seeds: nothing false"""
        packets, found = self.packets(), 0
        for seed in range(SEEDS // 2):          # each is a replay of its own
            with self.subTest(seed=seed):
                codes = codes_of(self.read(thinned(packets, seed)))
                for address, code in codes.items():
                    self.assertIn(code, (self.RECIPIENTS[address], None))
                found += len(codes)
        self.assertGreater(found, 0.85 * (SEEDS // 2) * len(self.RECIPIENTS))


if __name__ == "__main__":
    harness.main()
