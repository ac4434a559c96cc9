#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS correlated with SMTP: a session to an address that a hit answer gave is reported twice,
at its first recipient and at its end, regardless of what the capture has lost."""
import ipaddress
import itertools
import random
import struct

import harness
import traffic
from harness import field, pcap
from traffic import CLIENT, SERVER, V6, Connection

FAKE = "45.77.24.250"
HOUR = 3600
SEEDS = 40

# From hijack-mta.txt: the senders and recipients of two sessions.
WANTED = {("alice@example.net", ("support@coincheck.com",)),
          ("bob@example.net", ("info@coincheck.com", "support@coincheck.com"))}


def read(name):
    """The packets of one of our captures: (time in microseconds, frame)."""
    with open(pcap(name), "rb") as file:
        data = file.read()
    packets, at = [], 24
    while at < len(data):
        seconds, micros, size, _ = struct.unpack_from("<IIII", data, at)
        packets.append((seconds * 1000000 + micros, data[at + 16:at + 16 + size]))
        at += 16 + size
    return packets


def write(packets):
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
    for time, frame in packets:
        parts.append(struct.pack("<IIII", *divmod(time, 1000000), len(frame), len(frame)) + frame)
    return b"".join(parts)


def from_server(frame):
    return frame[26:30] == ipaddress.ip_address(FAKE).packed


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def answer(owner, rtype, ttl, rdata, authority=b"", count=0):
    """A DNS response over IPv4 and UDP, as a frame."""
    dns = struct.pack("!6H", 7, 0x8400, 1, 1, count, 0) + name(owner) + struct.pack("!HH", rtype, 1)
    dns += b"\xc0\x0c" + struct.pack("!HHIH", rtype, 1, ttl, len(rdata)) + rdata + authority
    udp = struct.pack("!4H", 53, 40000, 8 + len(dns), 0) + dns
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    ip += ipaddress.ip_address("192.0.2.53").packed + ipaddress.ip_address("198.51.100.25").packed
    return b"\2" * 12 + b"\x08\x00" + ip + udp


def hijacked_ns(ttl=360000):
    """An authority record of the hijacked zone that names a rogue name server."""
    rdata = name("ns-1515.awsdns-061.org")
    return name("coincheck.com") + struct.pack("!HHIH", 2, 1, ttl, len(rdata)) + rdata


class Correlate(harness.Case):
    def intercepted(self, *files, args=()):
        """The mail-intercepted hits of a replay, starts and ends."""
        hits = [hit for hit in self.hits(*files, args=args)
                if field(hit, "event.action") == "mail-intercepted"]
        for hit in hits:
            self.assertEqual(field(hit, "event.severity"), 99)
            self.assertEqual(field(hit, "nsmx.what"), "server")
        return ([hit for hit in hits if "start" in field(hit, "event.type")],
                [hit for hit in hits if "end" in field(hit, "event.type")])

    def hits(self, *files, args=()):
        return self.replay(*args, *files)

    def replayed(self, packets, *dns, args=()):
        return self.intercepted(*(dns or [pcap("hijack-resolver")]),
                         self.write("mail.pcap", write(packets)), args=args)

    def people(self, ends):
        return {(field(end, "smtp.mail_from"),
                 tuple(to["address"] for to in field(end, "smtp.rcpt_to"))) for end in ends}

    def test_whole(self):
        """the incident: both sessions, their recipients and replies, and the DNS hit"""
        everything = self.hits(pcap("hijack-mta"), pcap("hijack-resolver"))
        ids = {field(hit, "event.id"): hit for hit in everything}
        self.assertEqual(len(ids), len(everything))
        starts, ends = self.intercepted(pcap("hijack-mta"), pcap("hijack-resolver"))
        self.assertEqual(len(starts), 2)
        self.assertEqual(self.people(ends), WANTED)
        for end in ends:
            self.assertTrue(field(end, "nsmx.content"))
            self.assertEqual(field(end, "server.ip"), FAKE)
            self.assertEqual({to["reply_code"] for to in field(end, "smtp.rcpt_to")}, {250})
            self.assertTrue(all(to["accepted"] for to in field(end, "smtp.rcpt_to")))
            cause = ids[field(end, "nsmx.dns_event")]
            self.assertEqual(field(cause, "event.dataset"), "nsmx.dns")
            self.assertEqual(field(cause, "rule.id"), field(end, "rule.id"))

    def test_order_of_files(self):
        """the order in which files are given does not matter"""
        first = self.intercepted(pcap("hijack-mta"), pcap("hijack-resolver"))
        second = self.intercepted(pcap("hijack-resolver"), pcap("hijack-mta"))
        self.assertTrue(all(first), first)
        for one, other in zip(first, second):
            self.assertEqual([field(hit, "event.id") for hit in one],
                             [field(hit, "event.id") for hit in other])

    def test_refused(self):
        """a recipient that the fake server refuses"""
        _, ends = self.intercepted(pcap("refused-resolver"), pcap("refused-mta"))
        reported = {to["address"]: (to["reply_code"], to["accepted"])
                for end in ends for to in field(end, "smtp.rcpt_to")}
        self.assertEqual(reported["support@coincheck.com"], (250, True))
        self.assertEqual({reported[address] for address in reported if not
                          address.endswith("@coincheck.com")}, {(554, False)})

    def test_starttls(self):
        """the recipients are encrypted: reported at STARTTLS"""
        starts, ends = self.intercepted(pcap("starttls-resolver"), pcap("starttls-mta"))
        self.assertEqual((len(starts), len(ends)), (1, 1))
        self.assertTrue(field(ends[0], "smtp.starttls"))
        self.assertIsNone(field(ends[0], "smtp.rcpt_to"))

    def test_before(self):
        """the hour before: no mail is intercepted"""
        self.assertEqual(self.intercepted(pcap("before-resolver"), pcap("before-mta")), ([], []))

    def test_handshake_missing(self):
        """the first three packets of each session are missing"""
        packets, seen = [], {}
        for time, frame in read("hijack-mta"):
            ports = frozenset((frame[34:36], frame[36:38]))
            seen[ports] = seen.get(ports, 0) + 1
            if seen[ports] > 3:
                packets.append((time, frame))
        self.assertEqual(self.people(self.replayed(packets)[1]), WANTED)

    def test_client_only(self):
        """only the client's side was captured: the recipients, without replies"""
        packets = [(time, frame) for time, frame in read("hijack-mta") if not from_server(frame)]
        starts, ends = self.replayed(packets)
        self.assertEqual(len(starts), 2)
        self.assertEqual(self.people(ends), WANTED)
        for end in ends:
            self.assertTrue(all("reply_code" not in to for to in field(end, "smtp.rcpt_to")))

    def test_loss(self):
        """5 % of the packets are missing: each reported recipient was named, with its reply"""
        whole = read("hijack-mta")
        found = 0
        for seed in range(SEEDS):
            dice = random.Random(seed)
            packets = [packet for packet in whole if dice.random() >= 0.05]
            starts, ends = self.replayed(packets)
            self.assertEqual(len(starts), len(ends), f"seed {seed}")
            for sender, recipients in self.people([end for end in ends
                                                   if field(end, "smtp.rcpt_to")]):
                known = {to for _, tos in WANTED for to in tos}
                self.assertLessEqual(set(recipients), known, f"seed {seed}")
                self.assertIn(sender, {None, "alice@example.net", "bob@example.net"})
            found += len(ends)
        # A session escapes only when the one segment is lost that names its recipients.
        self.assertGreaterEqual(found, SEEDS * 2 * 0.9)

    def test_ipv6(self):
        """over IPv6: the address came in an AAAA record"""
        rdata = ipaddress.ip_address(V6[SERVER]).packed
        frame = answer("mail.coincheck.com", 28, 300, rdata, hijacked_ns(), 1)
        connection = Connection(V6)
        connection.talk("S: 220 coincheck.com", "C: HELO a.test", "S: 250 ok",
                        "C: MAIL FROM:<a@a.test>", "S: 250 ok",
                        "C: RCPT TO:<support@coincheck.com>", "S: 250 ok", "C: QUIT", "S: 221 bye")
        connection.close()
        _, ends = self.intercepted(self.write("six.pcap", traffic.pcap(
            [(SERVER, frame)] + connection.packets)))
        self.assertEqual([field(end, "server.ip") for end in ends], [V6[SERVER]])
        self.assertEqual(field(ends[0], "smtp.rcpt_to"),
                         [{"address": "support@coincheck.com", "reply_code": 250,
                           "accepted": True}])
        self.assertFalse(field(ends[0], "nsmx.content"))

    def times(self, ttl, seconds, watch=HOUR):
        """The number of sessions reported when the mail comes so long after the answer."""
        rdata = ipaddress.ip_address(FAKE).packed
        frame = answer("mail.coincheck.com", 1, ttl, rdata, hijacked_ns(), 1)
        begin = 1590883512 * 1000000
        connection = Connection()
        connection.talk("S: 220 x", "C: HELO a", "S: 250 x", "C: MAIL FROM:<a@a.test>", "S: 250 x",
                        "C: RCPT TO:<b@coincheck.com>", "S: 250 x")
        connection.close()
        packets = [(begin, frame)] + [(begin + seconds * 1000000 + number, packet)
                                      for number, (_, packet) in enumerate(connection.packets)]
        file = self.write("times.pcap", write(packets))
        return len(self.intercepted(file, args=["--watch", str(watch)])[1])

    def test_time(self):
        """watched until TTL and watch time have both expired, and no longer"""
        for ttl, seconds, watch, reported in (
                (60, 30, HOUR, 1), (60, 3590, HOUR, 1), (60, 3610, HOUR, 0),
                (7200, 7190, HOUR, 1), (7200, 7210, HOUR, 0), (60, 70, 0, 0), (60, 50, 0, 1)):
            with self.subTest(ttl=ttl, seconds=seconds, watch=watch):
                self.assertEqual(self.times(ttl, seconds, watch), reported)

    def test_exchange(self):
        """a subsequent answer without a hit of its own gives the address of a hit exchange"""
        exchange = struct.pack("!H", 10) + name("mail.coincheck.com")
        frames = [answer("coincheck.com", 15, 300, exchange),
                  answer("mail.coincheck.com", 1, 300, ipaddress.ip_address("192.0.2.99").packed)]
        connection = Connection({CLIENT: "198.51.100.25", SERVER: "192.0.2.99"})
        connection.talk("S: 220 x", "C: HELO a", "S: 250 x", "C: MAIL FROM:<a@a.test>", "S: 250 x",
                        "C: RCPT TO:<b@coincheck.com>", "S: 550 no")
        connection.close()
        _, ends = self.intercepted(self.write("mx.pcap", traffic.pcap(
            [(SERVER, frame) for frame in frames] + connection.packets)))
        self.assertEqual([(field(end, "server.ip"), field(end, "rule.id")) for end in ends],
                         [("192.0.2.99", "coincheck-2020-mx")])

    def test_summary(self):
        """the summary: how long answers are cached, and the intercepted mail"""
        done = self.nsmx("replay", "-r", harness.RULES, "-o", "null", pcap("hijack-resolver"),
                         pcap("hijack-mta"))
        self.assertIn("coincheck.com: 78 hits from 2020-05-30T15:05:12.025846Z", done.err)
        self.assertIn("resolvers cache it until 2020-06-03T19:05:12", done.err)
        self.assertIn("2 mail sessions, 2 mails to 3 recipients", done.err)

    def test_summary_of_mixed(self):
        """one mail for a hijacked name and another: both recipients are in the incident"""
        addresses = ("b@coincheck.com", "c@else.test")
        for recipients in (addresses, addresses[::-1]):
            connection = Connection()
            connection.talk("S: 220 x", "C: HELO a", "S: 250 x", "C: MAIL FROM:<a@a.test>", "S: 250")
            for recipient in recipients:
                connection.talk(f"C: RCPT TO:<{recipient}>", "S: 250 x")
            frames = [answer("mail.coincheck.com", 1, 60, ipaddress.ip_address(FAKE).packed,
                             hijacked_ns(), 1)]
            path = self.write("mixed.pcap", traffic.pcap(
                [(SERVER, frame) for frame in frames] + connection.close().packets))
            done = self.nsmx("replay", "-r", harness.RULES, "-o", "null", path)
            self.assertRegex(done.err, "coincheck.com: .* 1 mail session, 1 mail to 2 recipients")


class Decoys(harness.Case):
    """What an attacker sends besides does not hide a mail to a hit's own address."""
    REAL = "203.0.113.5"
    RESOLVER, MTA = "192.0.2.53", "10.0.0.1"
    RULES = "alert mx .rogue.example id=mx1 sev=critical\n"

    def frame(self, message, client=MTA):
        """A response over UDP, as (side, frame)."""
        return traffic.datagram(message, {CLIENT: client, SERVER: self.RESOLVER})

    def over_tcp(self, message, client_port=50000):
        connection = Connection({CLIENT: self.MTA, SERVER: self.RESOLVER}, port=53,
                                client_port=client_port)
        connection.say(SERVER, struct.pack("!H", len(message)) + message)
        return connection.close().packets

    @staticmethod
    def mx(exchange, ttl=300):
        return traffic.dns_record(b"\xc0\x0c", 15, struct.pack("!H", 10) +
                                  traffic.dns_name(exchange), ttl=ttl)

    @staticmethod
    def addresses(owner, numbers, ttl=300):
        """AAAA records."""
        net = int(ipaddress.ip_address("2001:db8:1::"))
        return [traffic.dns_record(owner, 28, (net + number).to_bytes(16, "big"), ttl=ttl)
                for number in numbers]

    def real(self, owner="mail.rogue.example"):
        return traffic.dns_record(owner, 1, ipaddress.ip_address(self.REAL).packed)

    @staticmethod
    def cname(owner, target):
        return traffic.dns_record(owner, 5, traffic.dns_name(target))

    @staticmethod
    def response(owner, rtype, answers, additionals=()):
        question = traffic.dns_name(owner) + struct.pack("!HH", rtype, 1)
        return traffic.dns_response([question], [*answers, *additionals],
                                    counts=(1, len(answers), 0, len(additionals)))

    def hit(self, *additionals):
        """The answer that has the hit."""
        return self.response("victim.example", 15, [self.mx("mail.rogue.example")], additionals)

    def mail(self):
        connection = Connection({CLIENT: self.MTA, SERVER: self.REAL})
        connection.talk("S: 220 x", "C: HELO a", "S: 250 x", "C: MAIL FROM:<a@a.test>", "S: 250 x",
                        "C: RCPT TO:<b@victim.example>", "S: 250 x")
        return connection.close().packets

    def flood(self, messages, ttl, client):
        """Hits, each with eighty addresses of its own."""
        for number in range(messages):
            first = 80 * number
            owner = f"d{number}.rogue.example"
            yield self.frame(self.response("other.example", 15, [self.mx(owner, ttl)],
                                           self.addresses(owner, range(first, first + 40), ttl)),
                             client(number))

    def kinds(self):
        """(name, packets before the mail)"""
        decoys = [self.mx(f"m{number}.rogue.example") for number in range(1500)]
        huge = 0x7fffffff
        follows = self.frame(self.response("mail.rogue.example", 1, [self.real()]))
        yield "addresses of its exchange", [self.frame(self.hit(
            *self.addresses("mail.rogue.example", range(30)), self.real()))]
        yield "addresses of its exchange, after it", [self.frame(self.hit(
            self.real(), *self.addresses("mail.rogue.example", range(30))))]
        yield "additional records over TCP", self.over_tcp(self.hit(
            *self.addresses("x", range(1500), huge), self.real()))
        yield "sixteen exchanges", [self.frame(self.response(
            "victim.example", 15, decoys[:16] + [self.mx("mail.rogue.example")])), follows]
        yield "as many exchanges as fit, over TCP", self.over_tcp(self.response(
            "victim.example", 15, decoys + [self.mx("mail.rogue.example")])) + [follows]
        yield "hits beyond any budget of events", [
            self.frame(self.hit(self.real())), *itertools.chain.from_iterable(
                self.over_tcp(self.response(f"v{number}.example", 15, decoys), 1024 + number)
                for number in range(20))]
        yield "huge TTLs before and after", [
            *self.flood(300, huge, lambda number: "10.9.9.9"), self.frame(self.hit(self.real())),
            *self.flood(300, huge, lambda number: "10.9.9.9")]
        yield "the same client", [self.frame(self.hit(self.real())),
                                  *self.flood(300, huge, lambda number: self.MTA)]
        yield "many clients", [self.frame(self.hit(self.real())),
                               *self.flood(300, huge, lambda number: f"10.8.0.{number % 256}")]
        yield "4,096 hits at once", [self.frame(self.hit(self.real()))] + [
            self.frame(self.response("other.example", 15, [self.mx(f"h{number}.rogue.example")],
                                     self.addresses(f"h{number}.rogue.example", [number], huge)))
            for number in range(4096)]
        yield "an alias", [self.frame(self.hit()), self.frame(self.response(
            "mail.rogue.example", 1, [self.real("b.test"), self.cname("a.test", "b.test"),
                                      self.cname("mail.rogue.example", "a.test")]))]
        yield "an alias in two answers", [
            self.frame(self.hit()),
            self.frame(self.response("mail.rogue.example", 1,
                                     [self.cname("mail.rogue.example", "a.test")])),
            self.frame(self.response("a.test", 1, [self.real("a.test")]))]

    def test_decoys(self):
        """each kind of decoys: the mail is reported at its start and end, with its DNS hit"""
        rules = self.write("mx.rules", self.RULES.encode())
        for label, packets in self.kinds():
            with self.subTest(label):
                path = self.write("decoys.pcap", traffic.pcap([*packets, *self.mail()], 100))
                found = [event for event in self.replay(path, rules=rules)
                         if field(event, "event.action") == "mail-intercepted"]
                self.assertEqual([(field(event, "server.ip"), field(event, "rule.id"))
                                  for event in found], [(self.REAL, "mx1")] * 2)

    def test_evicted(self):
        """without decoys nothing is evicted"""
        rules = self.write("mx.rules", self.RULES.encode())
        path = self.write("plain.pcap", traffic.pcap([self.frame(self.hit(self.real()))]))
        self.replay("--summary", self.path("summary.json"), path, rules=rules)
        self.assertEqual(self.summary()["watch_evicted"], 0)


if __name__ == "__main__":
    harness.main()
