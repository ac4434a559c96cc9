#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""--evidence: the packets of each hit, with comments, in files that other tools read."""
import glob
import json
import os
import struct

import flood
import harness
import traffic
from harness import field, matched
from test_run import Live

RULES = "alert name rogue.example id=name\nalert ip 45.77.24.250 id=ip\n" \
        "alert rcpt victim.example id=rcpt\nalert server 45.77.24.250 id=server\n"
QUESTION = traffic.dns_name("rogue.example") + struct.pack("!HH", 1, 1)


def answer(padding=0):
    """A response with a hit, as large as asked for."""
    records = [traffic.dns_record("rogue.example", 1, bytes([45, 77, 24, 250]))]
    records += [traffic.dns_record(f"n{n}.example", 16, b"\xff" + b"x" * 255)
                for n in range(padding)]
    return traffic.dns_response([QUESTION], records)


def fragments(frame, size=800):
    """The frame of an IPv4 datagram in fragments."""
    head, payload = frame[:34], frame[34:]
    parts = []
    for at in range(0, len(payload), size):
        more = 0x2000 if at + size < len(payload) else 0
        ip = bytearray(head[14:34])
        part = payload[at:at + size]
        struct.pack_into("!HHH", ip, 2, 20 + len(part), 77, more | at // 8)
        struct.pack_into("!H", ip, 10, 0)
        struct.pack_into("!H", ip, 10, traffic.checksum(bytes(ip)))
        parts.append((traffic.SERVER, head[:14] + bytes(ip) + part))
    return parts


def mail(client_port=50000, last=True, rest=()):
    """A session with a hit; `last`: with its end."""
    session = traffic.Connection(client_port=client_port)
    session.talk("S: 220 mx.example", "C: HELO client.example", "S: 250 hello",
                 "C: MAIL FROM:<a@client.example>", "S: 250 ok",
                 "C: RCPT TO:<b@victim.example>", "S: 250 ok", *rest)
    if last:
        session.talk("C: QUIT", "S: 221 bye")
        session.close()
    return session.packets


@harness.expand
class Evidence(harness.Case):
    def setUp(self):
        super().setUp()
        self.rules = self.write("evidence.rules", RULES)
        self.evidence = self.path("evidence")

    def files(self):
        return sorted(glob.glob(self.evidence + "/*"))

    def sensed(self, *captures, rules=None, options=()):
        """The events of a replay, all of which have evidence."""
        found = self.replay("--evidence", self.evidence, *options, *captures,
                            rules=rules or self.rules)
        self.assertTrue(found)
        for event in found:
            self.assertIn(os.path.join(self.evidence, field(event, "nsmx.evidence")),
                          self.files())
        return found

    def comments(self, path):
        """The comments of each packet in a file, as another program reads them."""
        text = self.tool("tshark", "-r", path, "-T", "json", "-e", "frame.comment")
        packets = json.loads(text)
        return [packet["_source"]["layers"].get("frame.comment", []) for packet in packets]

    def check(self, found, rules=None):
        """Each hit has a comment in its file, and its packets alone are the same hit."""
        comments = {path: sum(self.comments(path), []) for path in self.files()}
        for event in found:
            path = os.path.join(self.evidence, event["nsmx"]["evidence"])
            self.assertIn(f"nsmx event.id={event['event']['id']} rule={event['rule']['id']} "
                          f"what={event['nsmx']['what']} value={matched(event)}",
                          comments[path])
        self.assertEqual(sum(map(len, comments.values())), len(found))
        again = self.replay(self.evidence, rules=rules or self.rules)
        self.assertEqual(sorted(e["event"]["id"] for e in again),
                         sorted(e["event"]["id"] for e in found))

    @harness.for_each(("hijack-mta", "hijack-resolver", "investigation", "starttls-mta"),
                      "the incident, {}: each hit has its packets")
    def test_incident(self, name):
        found = self.sensed(harness.pcap(name), rules=harness.RULES)
        self.check(found, rules=harness.RULES)

    def test_datagram(self):
        """a hit in UDP: its response alone, of all that the ports have exchanged"""
        other = traffic.datagram(traffic.dns_response([traffic.dns_name("good.example") +
                                                       struct.pack("!HH", 1, 1)]))
        packets = [other, traffic.datagram(answer()), other]
        found = self.sensed(self.write("a.pcap", traffic.pcap(packets)))
        self.assertEqual(len(found), 2)
        self.check(found)
        self.assertEqual([len(each) for each in self.comments(self.files()[0])], [2])

    def test_fragments(self):
        """a hit in fragments, and in the beginning of a datagram without its end: all of them"""
        parts = fragments(traffic.datagram(answer(9))[1])
        self.assertEqual(len(parts), 4)
        for name, packets, count in (("whole", parts, 4), ("cut", parts[:1], 1)):
            with self.subTest(name):
                self.evidence = self.path(name)
                found = self.sensed(self.write(name + ".pcap", traffic.pcap(packets)))
                self.check(found)
                self.assertEqual([len(each) for each in self.comments(self.files()[0])],
                                 [0] * (count - 1) + [2])

    def test_stream(self):
        """a hit in DNS over TCP: the connection up to the message"""
        message = answer()
        session = traffic.Connection(port=53)
        session.say(traffic.SERVER, struct.pack("!H", len(message)) + message)
        until = len(session.packets) - 1
        session.close()
        found = self.sensed(self.write("a.pcap", traffic.pcap(session.packets)))
        self.check(found)
        self.assertEqual([len(each) for each in self.comments(self.files()[0])],
                         [0] * (until - 1) + [2])

    def test_session(self):
        """a hit in mail: the session from its first packet to its end, or to the last packet"""
        for name, last in (("ended", True), ("open", False)):
            with self.subTest(name):
                self.evidence = self.path(name)
                packets = mail(last=last)
                found = self.sensed(self.write(name + ".pcap", traffic.pcap(packets)))
                self.check(found)
                self.assertEqual(len(self.comments(self.files()[0])),
                                 len(packets) - (1 if last else 0))

    def test_server(self):
        """a hit on the server alone, in its greeting: the session to its end"""
        packets = mail()
        rules = self.write("server.rules", "alert server 45.77.24.250 id=server\n")
        found = self.sensed(self.write("a.pcap", traffic.pcap(packets)), rules=rules)
        self.assertEqual([field(e, "nsmx.what") for e in found], ["server"])
        self.check(found, rules=rules)
        texts = self.comments(self.files()[0])
        self.assertEqual(len(texts), len(packets) - 1)
        self.assertEqual([number for number, each in enumerate(texts) if each], [3])

    def test_attempt(self):
        """a connection that nobody answers, that is refused, that stays empty: its packets"""
        refused = traffic.Connection()
        del refused.packets[1:]
        refused.send(traffic.SERVER, traffic.ACK | 0x04)
        empty = traffic.Connection()
        for how, packets in (("attempted", empty.packets[:1]), ("refused", refused.packets),
                             ("established", empty.packets)):
            with self.subTest(how):
                self.evidence = self.path(how)
                found = self.sensed(self.write("a.pcap", traffic.pcap(packets)))
                self.assertEqual([field(e, "nsmx.connection") for e in found], [how])
                self.check(found)
                texts = self.comments(self.files()[0])
                self.assertEqual([len(each) for each in texts], [0] * (len(packets) - 1) + [1])

    def test_repeats(self):
        """--suppress: repeats have neither evidence nor its name"""
        packets = [flood.packet(0)] * 5
        name = self.write("a.pcap", traffic.pcap(packets))
        rules = self.write("flood.rules", flood.RULES)
        found = self.replay("--evidence", self.evidence, "--suppress", "60", name, rules=rules)
        self.assertEqual(len(found), 6)
        self.assertEqual(len([e for e in found if "evidence" in e["nsmx"]]), 3)
        self.assertEqual([len(each) for each in self.comments(self.files()[0])], [3])

    def test_bound(self):
        """a flood: the folder is never larger than --evidence-max, and has the last hits"""
        packets = [flood.packet(number) for number in range(8000)]
        name = self.write("a.pcap", traffic.pcap(packets, spacing_us=50))
        rules = self.write("flood.rules", flood.RULES)
        found = self.replay("--evidence", self.evidence, "--evidence-max", "1M", "--summary",
                            "summary.json", name, rules=rules)
        octets = sum(os.path.getsize(path) for path in self.files())
        self.assertLess(octets, 1 << 20)
        self.assertGreater(octets, 1 << 19)
        summary = self.summary()
        self.assertEqual(summary["evidence_dropped"], 0)
        self.assertGreater(summary["evidence_packets"], 2000)
        last = [e for e in found if field(e, "nsmx.evidence")][-1]
        path = os.path.join(self.evidence, last["nsmx"]["evidence"])
        self.assertTrue(any(last["event"]["id"] in text
                            for text in sum(self.comments(path), [])))

    def test_again(self):
        """a second replay into the same folder adds files, and leaves those of others alone"""
        name = self.write("a.pcap", traffic.pcap(mail()))
        self.sensed(name)
        first = self.files()
        with open(first[0], "rb") as file:
            content = file.read()
        self.sensed(name)
        self.assertEqual(len(self.files()), 2 * len(first))
        with open(first[0], "rb") as file:
            self.assertEqual(file.read(), content)

    def test_workers(self):
        """several workers: each writes files of its own"""
        names = [self.write(f"{n}.pcap", traffic.pcap(mail(50000 + n))) for n in range(4)]
        found = self.sensed(*names, options=("--workers", "4"))
        self.assertEqual(len({field(e, "nsmx.evidence") for e in found}), 4)
        self.check(found)

    def test_hostile_text(self):
        """a mailbox with control characters and bidi overrides: shown escaped"""
        session = traffic.Connection()
        session.talk("S: 220 mx.example", "C: HELO client.example", "S: 250 hello",
                     "C: MAIL FROM:<a@client.example>", "S: 250 ok",
                     "C: RCPT TO:<\"\x1b[2J\u202e x=\"@victim.example>", "S: 250 ok")
        name = self.write("a.pcap", traffic.pcap(session.packets))
        self.sensed(name)
        text, = [text for text in sum(self.comments(self.files()[0]), []) if "what=rcpt" in text]
        self.assertIn("\\x1b[2J\\u{202e}", text)
        self.assertNotIn("\x1b", text)

    def test_unusable(self):
        """a folder that cannot be made, or written: an error with the remedy, before any packet"""
        name = self.write("a.pcap", traffic.pcap(mail()))
        self.write("file", "")
        for path in (self.path("file"), self.path("none/none")):
            done = self.nsmx("replay", "-r", self.rules, "--evidence", path, name)
            self.assertEqual(done.status, 1)
            self.assertIn(f"evidence in {path}: ", done.err)
            self.assertIn("--evidence", done.err)
            self.assertEqual(done.out, b"")

    def test_disk_full(self):
        """no room on the disk: what is written is valid, the rest is counted, the hits are reported"""
        name = self.write("a.pcap", traffic.pcap(mail(rest=["C: DATA", "S: 354 go"] +
                                                      ["C: " + "x" * 900] * 60, last=False)))
        found = self.replay("--evidence", self.evidence, "--summary", self.path("summary.json"),
                            name, rules=self.rules,
                            prefix=("sh", "-c", "trap '' XFSZ; ulimit -f 32; exec \"$@\"", "sh"))
        self.assertTrue(found)
        self.assertGreater(self.summary()["evidence_dropped"], 0)
        self.assertGreater(len(self.comments(self.files()[0])), 10)


class LiveEvidence(Live):
    def test_run(self):
        """a live capture, with all its confinement: the packets of a hit, then of its session"""
        rules = self.write("evidence.rules", RULES)
        folder = self.path("evidence")
        process = self.sense("--evidence", folder, "--workers", "2", rules=rules)
        cable = self.network.packet_socket("veth1")
        for _, frame in [traffic.datagram(answer())] + mail():
            cable.send(frame)
        self.wait_hits(process, 4)
        for event in self.stop(process):
            path = os.path.join(folder, event["nsmx"]["evidence"])
            text = self.tool("tshark", "-r", path, "-Y", "frame.comment", "-T", "fields", "-e",
                             "frame.comment")
            self.assertIn(event["event"]["id"], text)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)


if __name__ == "__main__":
    harness.main()
