#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Floods of what costs memory: it stays within docs/limits.md, evictions are
counted, and what matters is still found."""
import os
import struct
import subprocess
import threading

import harness
import traffic
from harness import NSMX, matched
from traffic import Connection

MIB = 1024                      # in units of ru_maxrss
# Peak resident size beside the rules; see docs/limits.md.
LIMITS = {"flows": 200 * MIB, "sessions": 512 * MIB, "fragments": 100 * MIB}
RULE = "alert rcpt .coincheck.com id=rcpt\n"
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


def mail(number=0, lines=99):
    """The frames of a session that names a recipient; its first lines only."""
    c = Connection(client_port=20000 + number)
    c.talk(*("S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test", "C: MAIL FROM:<a@a.test>",
             "S: 250 ok", "C: RCPT TO:<x@coincheck.com>", "S: 250 ok", "C: DATA", "S: 354 go on",
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


class Memory(harness.Case):
    """A flood through a pipe, and how much memory the sensor needed at most."""

    def flood(self, packets, limit):
        rules = self.write("some.rules", RULE)
        with open(self.path("events"), "wb") as out:
            sensor = subprocess.Popen(
                [NSMX, "replay", "-r", rules, "-o", "-", "--summary", "summary.json", "-"],
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
        hits = harness.events(self.read("events"))
        print(f"# peak {usage.ru_maxrss // 1024} MiB of {limit // 1024}", flush=True)
        if not SANITIZED:
            self.assertLess(usage.ru_maxrss, limit)
        return hits, self.summary()

    def test_half_open(self):
        """a million half-open connections: a session among them is read"""
        count = 1000000 if not SANITIZED else 300000
        hits, counters = self.flood(half_open(count), LIMITS["flows"])
        self.assertEqual([matched(hit) for hit in hits], ["x@coincheck.com"])
        self.assertEqual(hits[0]["smtp"]["rcpt_to"][0]["reply_code"], 250)
        self.assertEqual(counters["tcp_evicted"], count + 1 - FLOWS_MAX)
        self.assertEqual(counters["smtp_sessions"], 1)
        self.assertEqual(counters["smtp_gap_bytes"], 0)

    def test_sessions(self):
        """a hundred thousand open sessions: each recipient is found, a part is kept"""
        count = 100000 // SHARE
        hits, counters = self.flood(open_sessions(count), LIMITS["sessions"])
        self.assertEqual(len(hits), count + 1)
        if not SANITIZED:
            self.assertGreater(counters["tcp_evicted"], count // 2)
        else:
            self.assertEqual(counters["smtp_sessions"], count + 1)

    def test_fragments(self):
        """fragments to a million hosts: a session among them is read"""
        count = 1000000 // SHARE
        hits, counters = self.flood(fragment_flood(count), LIMITS["fragments"])
        self.assertEqual([matched(hit) for hit in hits], ["x@coincheck.com"])
        self.assertEqual(counters["fragments"], count)
        self.assertGreaterEqual(counters["fragments_lost"], count - DATAGRAMS_MAX)


if __name__ == "__main__":
    harness.main()
