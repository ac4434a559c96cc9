#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Floods of what costs memory: it stays within docs/limits.md, evictions are
counted, and what matters is still found."""
import os
import struct
import subprocess
import threading
import unittest

import harness
import traffic
from harness import NSMX, matched
from traffic import Connection, dns_name, dns_record, dns_response

MIB = 1024                      # in units of ru_maxrss
# Peak resident size beside the rules; see docs/limits.md.
LIMITS = {"incidents": 220 * MIB, "flows": 200 * MIB, "sessions": 512 * MIB, "fragments": 100 * MIB,
          "all": 512 * MIB}
DEFAULTS_OF_RUN = "--dedup", "100", "--suppress", "60"
TCP = 6
CLIENT_PORT = struct.pack("!H", 20000)
# At most so many hits are in no incident, because their incident could not pay for its events.
UNPAID = 20000
RULE = "alert rcpt .coincheck.com id=rcpt\nalert ns n7.coincheck.com id=ns\n"
HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)


# Such a build takes several times the memory and the time.
SANITIZED = os.path.exists(NSMX) and harness.is_sanitized()
SHARE = 10 if SANITIZED else 1
FLOWS_MAX, DATAGRAMS_MAX = 262144, 16384


def record(micros, frame):
    seconds, micros = divmod(micros, 1000000)
    return struct.pack("<IIII", traffic.SECOND + seconds, micros, len(frame), len(frame)) + frame


def template(frame):
    """A packet's record, to be changed in place."""
    return bytearray(record(0, frame))


def stamp(packet, micros):
    struct.pack_into("<II", packet, 0, traffic.SECOND + micros // 1000000, micros % 1000000)


def mail(number=0, lines=99, box="x"):
    """The frames of a session that names a recipient; its first lines only."""
    c = Connection(client_port=20000 + number)
    c.talk(*("S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test", "C: MAIL FROM:<a@a.test>",
             "S: 250 ok", f"C: RCPT TO:<{box}@coincheck.com>", "S: 250 ok", "C: DATA", "S: 354 go on",
             "C: x", "C: .", "S: 250 taken", "C: QUIT", "S: 221 bye")[:lines])
    return [frame for _, frame in c.packets]


def half_open(count):
    """SYNs of as many clients within 20 s; in between them one session goes on."""
    session = mail()
    syn = template(mail()[0])
    for i in range(count):
        stamp(syn, 20 * i)
        struct.pack_into("!I", syn, 16 + 26, 0x0a000000 + i)
        yield syn
        if i % (count // len(session)) == 0 and session:
            yield record(20 * i, session.pop(0))


def open_sessions(count):
    """Sessions that each greet, name sender and recipient, and then fall silent; one goes on."""
    whole, frames = mail(), [template(frame) for frame in mail(lines=7)]
    at = len(frames)
    for frame in whole[:at]:
        yield record(0, frame)
    time = 0
    for i in range(count):
        client = struct.pack("!I", 0x0a000000 + i)
        for number, frame in enumerate(frames):
            place = 16 + (26 if frame[16 + 34:16 + 36] == b"\x4e\x20" else 30)
            frame[place:place + 4] = client
            time += 4
            stamp(frame, time)
            yield frame
    for frame in whole[at:]:
        yield record(time, frame)


def fragment_flood(count):
    """First fragments to as many hosts; in between them a session."""
    session = mail()
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + 512, 7, 0x2000, 64, 17, 0) + bytes(8)
    piece = template(b"\2\0\0\0\2\1" + b"\2\0\0\0\2\2" + b"\x08\0" + ip + bytes(512))
    for i in range(count):
        stamp(piece, 20 * i)
        struct.pack_into("!II", piece, 16 + 26, 0x01000000 + i, 0x0a000000 + i)
        yield piece
        if i % (count // len(session)) == 0 and session:
            yield record(20 * i, session.pop(0))


def with_clients(frames, count):
    """Each of these packets from as many clients, one client after the other."""
    templates = [template(frame) for frame in frames]
    for i in range(count):
        for packet in templates:
            place = 16 + (26 if packet[16 + 34:16 + 36] == CLIENT_PORT else 30)
            client = struct.pack("!I", 0x0a000000 + i)
            for at in (24, 50) if packet[16 + 23] == TCP else (24,):
                old, = struct.unpack_from("!H", packet, 16 + at)
                changed = sum(struct.unpack("!HH", client)) + (~old & 0xffff) + sum(
                    ~word & 0xffff for word in struct.unpack_from("!HH", packet, place))
                while changed >> 16:
                    changed = (changed & 0xffff) + (changed >> 16)
                struct.pack_into("!H", packet, 16 + at, ~changed & 0xffff)
            packet[place:place + 4] = client
            yield packet


def stream(port, *payloads, lost=0):
    """A stream that begins and goes no further; `lost` octets are missing before the last."""
    c = Connection(port=port, client_port=20000)
    for number, payload in enumerate(payloads):
        if number == len(payloads) - 1:
            c.next[traffic.SERVER] += lost
        c.send(traffic.SERVER, traffic.PSH | traffic.ACK, payload)
    return [frame for _, frame in c.packets]


def long_mail():
    """A session of 40 long recipients, sent in large segments."""
    c = Connection(client_port=20000)
    c.talk("S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test", "C: MAIL FROM:<a@a.test>",
           "S: 250 ok")
    for i in range(40):
        c.say(traffic.CLIENT, f"RCPT TO:<{i:0900}@other.test>\r\n")
    return [frame for _, frame in c.packets]


def two_readings():
    """A session of which a command was sent three times, each time other octets."""
    c = Connection(client_port=20000)
    c.talk("S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test")
    for octet in b"xyz":
        c.send(traffic.CLIENT, traffic.PSH | traffic.ACK, bytes([octet]) * 8000)
        c.next[traffic.CLIENT] = (c.next[traffic.CLIENT] - 8000) % 2**32
    return [frame for _, frame in c.packets]


def large_answer():
    """A message whose hit is suppressed when it is repeated, as a large event."""
    message = dns_response([dns_name("q.test") + b"\0\2\0\1"],
                           [dns_record("q.test", 2, dns_name(f"n{i}.coincheck.com"))
                            for i in range(40)])
    return [traffic.datagram(number + message[2:])[1] for number in (b"\0\1", b"\0\2")]


def first_fragment():
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + 1400, 7, 0x2000, 64, 17, 0)
    head += bytes([192, 0, 2, 53, 10, 0, 0, 0])
    head = head[:10] + struct.pack("!H", traffic.checksum(head)) + head[12:]
    return [b"\2" * 12 + b"\x08\0" + head + struct.pack("!H", 53) + bytes(1398)]


def all_at_once(share):
    """Every table is attacked at the same time; now and then there is a session with a hit."""
    dns = struct.pack("!H", 65535) + struct.pack("!6H", 7, 0x8180, 1, 9, 0, 0) + bytes(1380)
    floods = [
        (1, with_clients(mail()[:1], 300000)),
        (8, with_clients(mail(lines=7), 60000)),
        (4, with_clients(long_mail(), 3000)),
        (1, with_clients(two_readings(), 5000)),
        (1, with_clients(stream(53, dns), 40000)),
        (2, with_clients(stream(53, dns, bytes(1380), bytes(1380), lost=5000), 20000)),
        (1, with_clients(first_fragment(), 100000)),
        (1, with_clients(large_answer(), 10000)),
    ]
    time = number = 0
    while floods:
        for weight, packets in list(floods):
            for _ in range(weight):
                packet = next(packets, None)
                if packet is None or number > 1500000 // share:
                    floods.remove((weight, packets))
                    break
                number += 1
                time += 20
                stamp(packet, time)
                yield packet
        if number % 30000 < 18:
            for frame in mail(1 + number // 30000, box=f"v{number // 30000}"):
                yield record(time, frame)


def hijacked(names, rounds):
    """Answers about so many hijacked names in each round, each to another client, with one of a
    thousand name servers."""
    number = 0
    message = dns_response([dns_name("n00000.test") + b"\0\2\0\1"],
                           [dns_record("n00000.test", 2, dns_name("r000.coincheck.com"), ttl=600)])
    packet = template(traffic.datagram(message)[1])
    places = [at for at in range(len(packet)) if packet[at:at + 6] == b"n00000"]
    server = packet.index(b"r000")
    for turn in range(rounds):
        for name in range(names):
            stamp(packet, 500 * number)
            for at in places:
                packet[at:at + 6] = b"n%05d" % name
            packet[server:server + 4] = b"r%03d" % (number % 997)
            struct.pack_into("!I", packet, 16 + 30, 0x0a000000 + number)
            number += 1
            yield packet


def advised_memory(pid):
    """KiB in memory, of what the process wants to be in huge pages; see proc(5), smaps."""
    used = total = 0
    with open(f"/proc/{pid}/smaps", encoding="ascii") as maps:
        for line in maps:
            if line.startswith("Rss:"):
                used = int(line.split()[1])
            elif line.startswith("VmFlags:") and "hg" in line.split():
                total += used
    return total


class Memory(harness.Case):
    """A flood through a pipe, and how much memory the sensor needed at most."""

    def flood(self, packets, limit, *options, wanted=b"", alerts="hits", rule=RULE):
        """The events of which the line has `wanted`, and the counters."""
        rules = self.write("some.rules", rule)
        with open(self.path("events"), "wb") as out:
            sensor = subprocess.Popen(
                [NSMX, "replay", "--alerts", alerts, "-r", rules, "-o", "-", "--summary", "summary.json", *options,
                 "-"],
                stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE, cwd=self.folder,
                env=self.environment())
        log = []
        reader = threading.Thread(target=lambda: log.append(sensor.stderr.read()))
        reader.start()
        with sensor.stdin as pipe:
            pipe.write(HEADER)
            for packet in packets:
                pipe.write(packet)
        _, status, usage = os.wait4(sensor.pid, 0)
        sensor.returncode = os.waitstatus_to_exitcode(status)
        reader.join()
        sensor.stderr.close()
        self.assertEqual(sensor.returncode, 0, log)
        with open(self.path("events"), "rb") as file:
            hits = harness.events(b"".join(line for line in file if wanted in line))
        print(f"# peak {usage.ru_maxrss // 1024} MiB of {limit // 1024}", flush=True)
        if not SANITIZED:
            self.assertLess(usage.ru_maxrss, limit)
        return hits, self.summary()

    def test_huge_pages(self):
        """the memory of all streams, which is used from the start, is to be in huge pages"""
        if SANITIZED:
            raise unittest.SkipTest("AddressSanitizer has a malloc() of its own")
        if not os.path.exists("/sys/kernel/mm/transparent_hugepage"):
            raise unittest.SkipTest("the kernel has no transparent huge pages")
        sensor = self.start("replay", "-r", harness.RULES, "-o", "null", "-",
                            stdin=subprocess.PIPE)
        harness.wait_for(lambda: 32 * MIB < advised_memory(sensor.pid) < 40 * MIB, "its memory")
        sensor.stdin.write(HEADER)
        sensor.stdin.close()
        self.assertEqual(sensor.wait(), 0)

    def test_incidents(self):
        """ten thousand incidents with a million hits: each is reported once, and grows"""
        names = 10000 // SHARE
        incidents, counters = self.flood(
            hijacked(names, 100), LIMITS["incidents"], *DEFAULTS_OF_RUN, alerts="incidents",
            rule="alert ns .coincheck.com id=ns\n", wanted=b'"state":"closed"')
        found = [event["nsmx"]["incident"] for event in incidents]
        self.assertEqual(len({incident["owner"] for incident in found}), names)
        self.assertEqual(len(found), names)
        self.assertEqual((counters["incidents"], counters["incidents_evicted"]), (names, 0))
        self.assertEqual(sum(incident["hits"] for incident in found)
                         + counters["incident_hits_dropped"], 100 * names)
        self.assertLess(counters["incident_hits_dropped"], UNPAID)
        print(f"# {counters['incident_hits_dropped']} hits in no incident, "
              f"{sum(len(incident['seen']) for incident in found)} values", flush=True)

    def test_half_open(self):
        """400,000 half-open connections: a session among them is read"""
        count = 400000 if not SANITIZED else 300000
        hits, counters = self.flood(half_open(count), LIMITS["flows"])
        self.assertEqual([matched(hit) for hit in hits], ["x@coincheck.com"])
        self.assertEqual(hits[0]["smtp"]["rcpt_to"][0]["reply_code"], 250)
        self.assertEqual(counters["tcp_evicted"], count + 1 - FLOWS_MAX)
        self.assertEqual(counters["smtp_sessions"], 1)
        self.assertEqual(counters["smtp_gap_bytes"], 0)

    def test_sessions(self):
        """a hundred thousand open sessions: each recipient is found, a part is kept"""
        count = 100000 // SHARE
        hits, counters = self.flood(open_sessions(count), LIMITS["sessions"],
                                    wanted=b'"ip":"10.0.0.7"')
        self.assertEqual([matched(hit) for hit in hits], ["x@coincheck.com"])
        self.assertEqual(self.read("events").count(b'"kind":"alert"'), count + 1)
        if not SANITIZED:
            self.assertGreater(counters["tcp_evicted"], count // 2)
        else:
            self.assertEqual(counters["smtp_sessions"], count + 1)

    def test_fragments(self):
        """fragments to 200,000 hosts: a session among them is read"""
        count = 200000 // SHARE
        hits, counters = self.flood(fragment_flood(count), LIMITS["fragments"])
        self.assertEqual([matched(hit) for hit in hits], ["x@coincheck.com"])
        self.assertEqual(counters["fragments"], count)
        self.assertGreaterEqual(counters["fragments_lost"], count - DATAGRAMS_MAX)

    def test_all(self):
        """all tables attacked at once, with the defaults of run: each session is read"""
        hits, counters = self.flood(all_at_once(SHARE), LIMITS["all"], *DEFAULTS_OF_RUN,
                                    wanted=b'"atomic":"v')
        found = {matched(hit) for hit in hits if matched(hit).startswith("v")}
        self.assertGreater(len(found), 30 if not SANITIZED else 3)
        self.assertEqual(found, {f"v{i}@coincheck.com" for i in range(1, 1 + len(found))})
        if not SANITIZED:
            for counter in "tcp_evicted", "memory_evicted", "fragments_lost", "hits_suppressed", \
                    "readings_evicted":
                self.assertGreater(counters[counter], 0, counter)


if __name__ == "__main__":
    harness.main()
