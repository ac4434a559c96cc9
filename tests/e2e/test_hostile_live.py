#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile traffic at 20 Mbit/s on a wire: sessions with a hit are still reported, and every
packet is counted as read or dropped."""
import struct

import harness
import hostile
import traffic
from harness import wait_for
from test_run import Live
from traffic import CLIENT, SERVER, Connection

MBIT_S = 20
SECONDS = 3
SESSIONS = 20

# A rule that the victim's mail hits, and those that the attacker knows.
RULES = """alert rcpt .victim.example id=victim sev=critical
alert ns .rogue.example id=rogue
protect protected-provider.com id=imitated
"""

KINDS = {
    "look-alikes": (hostile.lookalikes, "protected-provider.com"),
    "hits": (hostile.hits, "rogue.example"),
    "watched addresses": (hostile.addresses, "rogue.example"),
    "recipients": (hostile.recipients, "victim-of-many.example"),
    "connections": (hostile.segments, None),
}


def save(frames):
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
    for frame in frames:
        parts.append(struct.pack("<IIII", traffic.SECOND, 0, len(frame), len(frame)))
        parts.append(frame)
    return b"".join(parts)


def session(number):
    """The frames of a mail to the victim, from another client each time."""
    connection = Connection({CLIENT: f"198.51.100.{number}", SERVER: "203.0.113.5"})
    connection.talk("S: 220 x", "C: HELO a", "S: 250 x", "C: MAIL FROM:<a@a.test>", "S: 250 x",
                    "C: RCPT TO:<b@mail.victim.example>", "S: 250 x", "C: QUIT", "S: 221 x")
    return [frame for _, frame in connection.close().packets]


def flood(kind):
    """So many seconds of it, with the sessions in between."""
    make, argument = KINDS[kind]
    size = MBIT_S * 1000000 // 8 * SECONDS
    frames, sent, number = [], 0, 0
    for frame in make(argument):
        frames.append(frame)
        sent += len(frame)
        if sent >= size * (number + 1) // (SESSIONS + 1):
            if number == SESSIONS:
                return frames
            number += 1
            frames += session(number)


@harness.expand
class Hostile(Live):

    def reported(self):
        """The victim's sessions that have an event."""
        with open(self.path("events.json"), "rb") as file:
            return file.read().count(b'"rule":{"id":"victim"')

    @harness.for_each(sorted(KINDS), "{} at 20 Mbit/s: the hits in between, every packet counted")
    def test_flood(self, kind):
        harness.need_programs("tcpreplay")
        frames = flood(kind)
        self.write("flood.pcap", save(frames))
        process = self.sense("--summary", self.path("summary.json"), "--suppress", "0",
                             rules=self.write("victim.rules", RULES.encode()),
                             output="file:" + self.path("events.json"))
        self.network.run("tcpreplay", "--quiet", f"--mbps={MBIT_S}", "-i", "veth1",
                         self.path("flood.pcap"))
        wait_for(lambda: self.reported() > 0, "a session with a hit")
        status = process.stop()
        totals = self.summary()
        # A busy machine may not write all events in the time that SIGTERM leaves.
        self.assertTrue(status == 0 or totals["events_dropped"] > 0
                        or "not stopped in time" in process.err(), process.err())
        self.assertEqual(totals["packets"] + totals["kernel_drops"], len(frames))
        if totals["kernel_drops"] == 0 and totals["events_dropped"] == 0:
            self.assertEqual(self.reported(), SESSIONS)


if __name__ == "__main__":
    harness.main()
