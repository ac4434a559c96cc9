#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sensor's life in short: traffic round by round, rules read again, Redis, workers and
publishers killed in between. At the end nothing is lost, nothing leaks, and the sums are right.

`make soak` runs it: SOAK_MINUTES, default 10; NSMX_SEED to see a run again.
"""
import collections
import os
import random
import re
import signal
import statistics
import struct
import time

import harness
import traffic
import wrap
from harness import pcap, wait_for
from test_run import Live
from traffic import CLIENT, SERVER

MINUTES = float(os.environ.get("SOAK_MINUTES", "10"))
SEED = int(os.environ.get("NSMX_SEED", random.randrange(1 << 32)))
PACKETS_A_SECOND = 4000
WORKERS = 2
OUTPUTS = 2
CLIENTS = 16
ANSWERS, MAILS, ORDINARY, MALFORMED = 1200, 40, 2500, 1200      # in a round
RULES_A_SET = 20000
KILL_EVERY_S = 65       # a worker; more often, and the sensor takes its time to replace it
MARK = re.compile(rb"(r\d+-[dm]\d+)[@.]victim\.example")


class Rounds:
    """Traffic, no two rounds of which are alike. Each expected hit has its own mark."""

    def __init__(self, chance):
        self.chance = chance
        self.ordinary = [packet.frame for name in harness.captures("before-")
                         for packet in wrap.read(pcap(name))]
        self.all = [packet.frame for name in harness.captures()
                    for packet in wrap.read(pcap(name))]
        # As many as are seen in a minute, since a stream that they begin is kept for ten.
        self.malformed = [self.malform() for _ in range(10 * MALFORMED)]

    def answer(self, mark, client):
        """A DNS response that names a rogue server."""
        name = traffic.dns_name(mark + ".victim.example")
        message = traffic.dns_response(
            [name + struct.pack("!HH", 2, 1)],
            [traffic.dns_record(b"\xc0\x0c", 2, traffic.dns_name("ns.bad.example"))])
        ends = {CLIENT: f"198.51.100.{client + 1}", SERVER: "192.0.2.53"}
        return traffic.datagram(message, ends)[1]

    def mail(self, mark, client, port):
        """The packets of an SMTP session with one recipient."""
        ends = {CLIENT: f"203.0.113.{client + 1}", SERVER: "192.0.2.25"}
        c = traffic.Connection(ends, client_port=port)
        c.talk("S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test",
               "C: MAIL FROM:<a@a.test>", "S: 250 ok", f"C: RCPT TO:<{mark}@victim.example>",
               "S: 250 ok", "C: DATA", "S: 354 go on")
        c.say(CLIENT, "Subject: soak\r\n\r\n" + "text\r\n" * self.chance.randrange(2000) + ".\r\n")
        c.talk("S: 250 taken", "C: QUIT", "S: 221 bye")
        return [frame for _, frame in c.close().packets]

    def malform(self):
        """A packet with octets changed after its MAC addresses, and perhaps cut."""
        frame = bytearray(self.chance.choice(self.all))
        for _ in range(self.chance.randrange(1, 9)):
            frame[self.chance.randrange(12, len(frame))] = self.chance.randrange(256)
        return bytes(frame[:self.chance.choice((len(frame), self.chance.randrange(14, 60)))])

    def round(self, number):
        """Its marks and its frames. The last frames come to every worker."""
        marks = [f"r{number}-d{i}" for i in range(ANSWERS)] + \
                [f"r{number}-m{i}" for i in range(MAILS)]
        strands = [[self.answer(mark, i % CLIENTS)]
                   for i, mark in enumerate(marks[:ANSWERS - CLIENTS])]
        # Not the ports of the round before: that would be the same session, seen again.
        strands += [self.mail(mark, i, 1024 + number % 60000)
                    for i, mark in enumerate(marks[ANSWERS:])]
        strands += [[self.chance.choice(self.ordinary)] for _ in range(ORDINARY)]
        strands += [[self.chance.choice(self.malformed)] for _ in range(MALFORMED)]
        timed = [(moment, frame) for strand in strands for moment, frame in
                 zip(sorted(self.chance.random() for _ in strand), strand)]
        frames = [frame for _, frame in sorted(timed)]
        last = marks[ANSWERS - CLIENTS:ANSWERS]
        frames += [self.answer(mark, i) for i, mark in enumerate(last)]
        return marks, last, frames


def memory_kib(pids):
    """What these processes use, pages that they share counted once."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += int(re.search(r"^Pss: +(\d+) kB$", file.read(), re.M).group(1))
    return total


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Soak(Live):
    """All of it, for as long as one likes."""

    def setUp(self):
        super().setUp()
        self.chance = random.Random(SEED)
        print(f"# {MINUTES:g} minutes, NSMX_SEED={SEED}", flush=True)
        self.server = harness.Redis(self, *harness.DURABLE)
        os.chmod(self.server.socket, 0o777)
        self.found = collections.Counter()      # marks in the file
        self.read_to = 0
        self.sent = 0
        self.kills = 0
        self.killed_at = time.monotonic() - KILL_EVERY_S / 2

    def write_rules(self):
        """What is to be hit, and as many other rules, which are never the same."""
        others = "".join(f"alert any d{self.chance.randrange(1 << 40)}.test\n"
                         for _ in range(RULES_A_SET))
        self.write("own.rules", "alert ns ns.bad.example id=ns\n"
                                "alert rcpt victim.example id=rcpt\n" + others)
        os.chmod(self.path("own.rules"), 0o644)

    def read_events(self):
        """Counts the marks of the lines that have been written since."""
        with open(self.path("events"), "rb") as file:
            file.seek(self.read_to)
            text = file.read()
        text = text[:text.rfind(b"\n") + 1]
        self.read_to += len(text)
        self.found.update(MARK.search(line).group(1).decode() for line in text.splitlines())

    def has(self, marks):
        self.read_events()
        return all(self.found[mark] for mark in marks)

    def pids(self):
        return [self.sensor.pid, *self.sensor.workers(), *self.sensor.publishers()]

    def play_round(self, number, trouble):
        """Plays it, with some trouble in its midst, until every worker has read all."""
        marks, last, frames = self.rounds.round(number)
        file = self.write("round.pcap", traffic.pcap([(None, frame) for frame in frames]))
        player = harness.Process(self, [*self.network.prefix, "tcpreplay", "--quiet",
                                        f"--pps={PACKETS_A_SECOND}", "-i", "veth1", file])
        place = self.chance.randrange(ANSWERS // 4, ANSWERS * 3 // 4)
        wait_for(lambda: self.has(marks[:1]) or self.found[marks[place]], "the round's middle")
        trouble()
        self.assertEqual(player.wait(), 0, player.err())
        self.sent += len(frames)
        wait_for(lambda: self.has(last), f"the last packets of round {number}")
        return marks

    # Troubles

    def nothing(self):
        pass

    def reload(self):
        before = self.sensor.err().count("rules reloaded")
        self.write_rules()
        self.sensor.popen.send_signal(signal.SIGHUP)
        wait_for(lambda: self.sensor.err().count("rules reloaded") > before, "the rules reloaded")

    def kill_redis(self):
        self.server.kill()

    def kill_publisher(self):
        os.kill(self.chance.choice(self.sensor.publishers()), signal.SIGKILL)

    def kill_worker(self):
        """The youngest, so that the eldest lives from beginning to end."""
        os.kill(max(self.sensor.workers(), key=started), signal.SIGKILL)
        self.killed_at = time.monotonic()
        self.kills += 1

    def choose(self):
        if time.monotonic() - self.killed_at > KILL_EVERY_S:
            return self.kill_worker
        return self.chance.choice((self.nothing, self.nothing, self.reload, self.kill_redis,
                                   self.kill_publisher))

    def recover(self):
        """Everything is as at the start: Redis and all processes."""
        if self.server.process.popen.poll() is not None:
            self.server.start()
            os.chmod(self.server.socket, 0o777)
        wait_for(lambda: len(self.sensor.workers()) == WORKERS and
                 all(int(harness.status(pid)["CapPrm"], 16) == 0
                     for pid in self.sensor.workers()), "all workers")
        wait_for(lambda: len(self.sensor.publishers()) == WORKERS + 1,
                 "all publishers, that of incidents included")

    def deliver(self):
        """Until Redis has what the file has."""
        wait_for(lambda: self.server.client().xlen("nsmx:hits") >= sum(self.found.values()),
                 "all events in Redis")

    # The test

    def test_soak(self):
        """nothing lost, nothing twice, memory flat, no descriptor leaked, sums that add up"""
        self.rounds = Rounds(self.chance)
        self.write_rules()
        self.write("events", "")
        self.sensor = self.sense(
            "--workers", str(WORKERS), "--suppress", "0",
            "--state", self.path("state"), "-o", self.server.url("?maxlen=0"),
            "--summary", "summary.json", "--stats", "30",
            output="file:" + self.path("events"), rules=self.path("own.rules"))
        end = time.monotonic() + 60 * MINUTES
        warm = time.monotonic() + min(60, 20 * MINUTES)
        reported = time.monotonic()
        opened, used, number = None, [], 0
        while time.monotonic() < end:
            # The first is a reload: since then, the sensor keeps the rules for replaced workers.
            trouble = self.reload if opened is None else self.choose()
            marks = self.play_round(number, trouble)
            self.recover()
            self.check_round(number, marks, trouble)
            if opened is None:
                self.deliver()
                opened = self.descriptors()
            if time.monotonic() > warm:
                used.append(memory_kib(self.pids()))
            if time.monotonic() - reported > 60:
                reported = time.monotonic()
                print(f"# round {number}, {self.sent} packets, {sum(self.found.values())} hits, "
                      f"{memory_kib(self.pids())} KiB", flush=True)
            number += 1
        self.deliver()
        # A publisher has one more for a moment, while it writes its position.
        wait_for(lambda: all(now <= then for now, then in zip(self.descriptors(), opened)),
                 f"{opened} descriptors open, not {self.descriptors()}")
        self.check_memory(used)
        self.check_end()

    def descriptors(self):
        """How many the sensor has open, the eldest of its workers, and each publisher."""
        eldest = min(self.sensor.workers(), key=started)
        return [descriptors(pid)
                for pid in (self.sensor.pid, eldest, *sorted(self.sensor.publishers()))]

    def check_round(self, number, marks, trouble):
        """Each once; with a worker killed, no more than what that one had before it."""
        twice = [mark for mark in marks if self.found[mark] > 1]
        missing = [mark for mark in marks if not self.found[mark]]
        self.assertEqual(twice, [], f"twice, round {number}, {trouble.__name__}")
        if trouble != self.kill_worker:
            self.assertEqual(missing, [], f"missing, round {number}, {trouble.__name__}")
            return
        print(f"# round {number}: {len(missing)} of {len(marks)} hits fell to a killed worker",
              flush=True)
        self.assertLess(len(missing), len(marks) / 2)

    def check_memory(self, used):
        half = len(used) // 2
        before, after = statistics.median(used[:half]), statistics.median(used[half:])
        print(f"# memory: {before:.0f} KiB in the first half, {after:.0f} KiB in the second",
              flush=True)
        if not harness.is_sanitized():
            self.assertLess(after, before * 1.05 + 1024)

    def check_end(self):
        link, = harness.json.loads(self.network.run("ip", "-s", "-j", "link", "show", "veth0"))
        self.assertEqual(link["stats64"]["rx"]["packets"], self.sent, "the cable lost packets")
        begun = time.monotonic()
        self.assertEqual(self.sensor.stop(), 0, self.sensor.err())
        self.assertLess(time.monotonic() - begun, harness.stop_limit())
        self.assertEqual(self.sensor.err().count(" ended by signal "), self.kills)
        self.read_events()
        counters = self.summary()
        self.assertEqual(counters["events_pending"], 0)
        # What a killed worker had in its buffer is lost, and counted; the packets of the moment
        # in which its successor joins may be counted wrongly.
        if self.kills == 0:
            self.assertEqual(counters["kernel_drops"], 0)
        self.assertLessEqual(counters["packets"] + counters["kernel_drops"],
                             self.sent + 5 * self.kills)
        self.assertLessEqual(counters["undecoded_packets"], counters["packets"])
        # A worker that is killed may have counted a hit that it had not yet handed on.
        due = counters["events_delivered"] + counters["events_dropped"]
        self.assertLessEqual(abs(counters["hits"] * OUTPUTS - due), OUTPUTS * self.kills)
        stored = collections.Counter(
            MARK.search(fields["event"]).group(1).decode()
            for fields in self.server.stream())
        self.assertEqual(self.found - stored, collections.Counter(), "not in Redis")
        self.assertLessEqual((stored - self.found).total(), self.kills, "not in the file")
        self.assertEqual(max(stored.values()), 1)
        print(f"# {self.sent} packets, {len(stored)} hits, {self.kills} workers killed, "
              f"{counters['reloads']} reloads, {counters['dns_malformed']} malformed messages",
              flush=True)


def started(pid):
    """When a process began, in ticks."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return int(file.read().rpartition(")")[2].split()[19])


if __name__ == "__main__":
    harness.main()
