#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that makes many or large events: at most 20 octets of events are written for an octet
of traffic, every hit is counted, and a critical hit in the midst of it is reported."""
import os
import struct
import subprocess

import harness
import traffic
from harness import NSMX, matched
from traffic import Connection, dns_name, dns_record, dns_response

RATIO = 20
SIZE = 1 << 20          # of each capture: events of 18 MiB
A, NS, TXT = 1, 2, 16
RULES = "".join(f"alert any .bad.example id=many-{i}\n" for i in range(40)) + """
alert ip 203.0.113.0/24 id=network
alert any .one.example id=one
alert any 203.0.113.7 id=address sev=high
pin pinned.example ns ns.pinned.example id=pin
protect google.com awsdns-[00-63].org id=lookalike
alert rcpt alarm@critical.example id=critical sev=critical
"""


def question(name, rtype):
    return dns_name(name) + struct.pack("!HH", rtype, 1)


def udp(message, number):
    return traffic.datagram(message, port=53, client_port=1024 + number % 60000)[1]


def escaped(number):
    """A name of 250 octets, nearly all of which need an escape of four characters."""
    label = bytes([63]) + struct.pack("!I", number) + bytes(59)
    return label * 3 + bytes([40]) + bytes(40) + dns_name("one.example")


def messages(make):
    """DNS messages over UDP, made of their number."""
    return lambda: (udp(make(i), i) for i in range(1 << 30))


def over_tcp(make):
    """The same over TCP, with their length."""
    def packets():
        for i in range(1 << 30):
            message = make(i)
            c = Connection(port=53, client_port=1024 + i % 60000)
            c.say(traffic.SERVER, struct.pack("!H", len(message)) + message)
            yield from (frame for _, frame in c.packets)
    return packets


def many_rules(i):
    name = f"x{i}.bad.example"
    return dns_response([question(name, A)], [dns_record(name, A, bytes([192, 0, 2, 1]))])


def many_records(count):
    def make(i):
        return dns_response([question("q.example", NS)], [
            dns_record("q.example", NS, dns_name(f"n{i}-{j}.one.example")) for j in range(count)])
    return make


def addresses(i):
    return dns_response([question("q.example", A)], [
        dns_record("q.example", A, bytes([203, 0, 113, j])) for j in range(80)])


def escaped_names(i):
    asked = escaped(i) + struct.pack("!HH", A, 1)
    answer = b"\xc0\x0c" + struct.pack("!HHIH4B", A, 1, 300, 4, 203, 0, 113, i % 250)
    return struct.pack("!6H", 7, 0x8180, 1, 30, 0, 0) + asked + answer * 30


def long_texts(i):
    text = bytes([255]) + bytes(255)
    return dns_response([question(f"t{i}.one.example", TXT)],
                        [dns_record(f"t{i}.one.example", TXT, text * 5)])


def pins(i):
    return dns_response([question("pinned.example", NS)], [
        dns_record("pinned.example", NS, dns_name(f"n{i}-{j}.other.example")) for j in range(30)])


def lookalikes(i):
    return dns_response([question("q.example", NS)], [
        dns_record("q.example", NS, dns_name(f"a{i}-{j}.awsdns-{i % 900 + 64}.org"))
        for j in range(30)])


def mails(lines, repeated):
    """Sessions of `lines`, then `repeated` a hundred times, all sent at once."""
    def packets():
        for i in range(1 << 30):
            c = Connection(client_port=1024 + i % 60000)
            c.talk(*lines)
            for n in range(100):
                c.say(traffic.CLIENT, b"".join(line.replace(b"#", b"%d-%d" % (i, n)) for line in repeated))
                c.say(traffic.SERVER, b"250 ok\r\n" * len(repeated))
            yield from (frame for _, frame in c.packets)
    return packets


GREETING = "S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test"
LONG = "x" * 900
CASES = {
    "many rules hit one record": messages(many_rules),
    "one rule hits many records": messages(many_records(40)),
    "addresses": messages(addresses),
    "escaped names": messages(escaped_names),
    "long texts": messages(long_texts),
    "pins": messages(pins),
    "look-alikes": messages(lookalikes),
    "large messages over TCP": over_tcp(many_records(1200)),
    "escaped names over TCP": over_tcp(escaped_names),
    "recipients": mails((*GREETING, "C: MAIL FROM:<a@a.test>", "S: 250 ok"),
                        [b"RCPT TO:<r#@one.example>\r\n"] * 20),
    "mails": mails(GREETING, [b"MAIL FROM:<s#@one.example>\r\n", b"RSET\r\n"]),
    "long banner and HELO": mails(
        (f"S: 220 {LONG}.one.example ESMTP", f"C: EHLO {LONG}", "S: 250 mx.test"),
        [b"MAIL FROM:<s#@one.example>\r\n", b"RSET\r\n"]),
    "HELO": mails(GREETING, [b"EHLO h#.one.example\r\n"] * 5),
}


def alarm():
    """A session with the critical hit."""
    c = Connection(client_port=60999)
    c.talk(*GREETING, "C: MAIL FROM:<a@a.test>", "S: 250 ok",
           "C: RCPT TO:<alarm@critical.example>", "S: 250 ok", "C: QUIT", "S: 221 bye")
    return [frame for _, frame in c.packets]


def capture(packets):
    """SIZE octets of packets, with the session in the middle."""
    out, size, session = [], 0, alarm()
    for frame in packets():
        out.append(frame)
        size += len(frame) + 16
        if session and size > SIZE / 2:
            out += session
            session = None
        if size > SIZE:
            break
    return traffic.pcap([("", frame) for frame in out], spacing_us=5)


class Amplification(harness.Case):
    """Each kind of traffic, without and with --log all and suppression."""

    def replay(self, file, *options):
        with open(self.path("events"), "wb") as out:
            run = subprocess.run([NSMX, "replay", "-r", "some.rules", "-o", "-", "--summary",
                                  "summary.json", *options, file], stdout=out, cwd=self.folder,
                                 stderr=subprocess.PIPE, env=self.environment(), timeout=300,
                                 check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        return harness.events(self.read("events"))

    def test_ratio(self):
        """at most 20 octets of events for an octet of traffic, and the critical hit among them"""
        self.write("some.rules", RULES)
        for name, packets in CASES.items():
            file = self.write("in.pcap", capture(packets))
            for options in (), ("--log", "all", "--suppress", "60", "--dedup", "100"):
                with self.subTest(name, options=options):
                    found = self.replay(file, *options)
                    size = os.path.getsize(self.path("events"))
                    print(f"# {name} {options}: {size / os.path.getsize(file):.1f}", flush=True)
                    self.assertLessEqual(size, RATIO * os.path.getsize(file))
                    self.assertIn("alarm@critical.example",
                                  [matched(hit) for hit in found if harness.is_hit(hit)])
                    self.check_counts(found, options)

    def test_beyond(self):
        """a critical hit after a thousand others of its message is reported, and all are counted"""
        self.write("some.rules", RULES + "alert ns last.victim.example id=last sev=critical\n")
        names = [f"n{i}.one.example" for i in range(1000)] + ["last.victim.example"]
        c = Connection(port=53)
        message = dns_response([question("q.example", NS)], [
            dns_record(b"\xc0\x0c", NS, dns_name(name)) for name in names])
        c.say(traffic.SERVER, struct.pack("!H", len(message)) + message)
        found = self.replay(self.write("in.pcap", traffic.pcap(c.packets)))
        self.assertIn("last.victim.example", [matched(hit) for hit in found])
        counters = self.summary()
        self.assertEqual(counters["events_dropped"], 0)
        alone = sum("count" not in hit["nsmx"] for hit in found)
        self.assertEqual(alone + counters["hits_gathered"], len(names))
        self.check_counts(found, ())

    def check_counts(self, found, options):
        """What is not an event of its own is counted in one, or by a counter."""
        hits = [event["nsmx"] for event in found if harness.is_hit(event)]
        counters = self.summary()
        self.assertEqual(counters["hits"], len(hits))
        if not options:
            gathered = sum(hit.get("count", 0) for hit in hits)
            self.assertEqual(gathered, counters["hits_gathered"])


if __name__ == "__main__":
    harness.main()
