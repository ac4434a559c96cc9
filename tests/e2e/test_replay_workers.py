#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several workers over several files: the hits of one worker, at any pace."""
import ipaddress
import os
import random
import signal
import struct

import harness
from harness import events, hit_keys, pcap, wait_for
from test_correlate import answer, name, read, write
from traffic import CLIENT, SERVER, Connection

STREAM = ("hijack-resolver", "hijack-mta")
BEGIN = 1590883512 * 1000000
# Of a replay's counters: what does not depend on how files are dealt.
ADDED = ("packets", "bytes", "dns_responses", "smtp_sessions", "smtp_recipients", "tcp_streams",
         "hits", "events_delivered", "events_pending", "events_dropped", "rules", "reloads")


def session(server, start):
    """A mail from one of many clients."""
    connection = Connection({CLIENT: f"198.51.100.{start % 200 + 1}", SERVER: server})
    connection.talk("S: 220 x", "C: HELO a", "S: 250 x", "C: MAIL FROM:<a@a.test>", "S: 250 x",
                    "C: RCPT TO:<b@coincheck.com>", "S: 250 no", "C: QUIT", "S: 221 bye")
    connection.close()
    return [(BEGIN + start * 1000 + at, frame) for at, (_, frame) in
            enumerate(connection.packets)]


class Together(harness.Case):
    def hits_of(self, workers, *files, args=()):
        done = self.nsmx("replay", "--workers", str(workers), "-r", harness.RULES, "-o", "-",
                         "--summary", "summary.json", *args, *files)
        self.assertEqual(done.status, 0, done.err)
        report = sorted(line for line in done.err.splitlines() if "coincheck.com: " in line)
        summary = self.summary()
        hits = [event for event in events(done.out) if harness.is_hit(event)]
        return (hit_keys(hits), report,
                {counter: summary[counter] for counter in ADDED})

    def check_same(self, *files, times=1, workers=(2, 4)):
        wanted = self.hits_of(1, *files)
        self.assertTrue(wanted[0])
        for _ in range(times):
            for count in workers:
                found = self.hits_of(count, *files)
                self.assertEqual(found[0], wanted[0])
                self.assertEqual(found[1:], wanted[1:])
        return wanted

    def split(self, packets, count, dice):
        """Deals packets to files, but those of a connection to one."""
        homes, files = {}, [[] for _ in range(count)]
        for time, frame in packets:
            home = dice.randrange(count)
            if frame[23] == 6:
                home = homes.setdefault(frozenset((frame[26:30] + frame[34:36],
                                                   frame[30:34] + frame[36:38])), home)
            files[home].append((time, frame))
        return [self.write(f"part{number}.pcap", write(part))
                for number, part in enumerate(files) if part]

    def test_incident(self):
        """DNS in one file, mail in the other, whichever is the larger"""
        before = pcap("before-resolver")
        wanted = self.check_same(*map(pcap, STREAM), times=5)
        self.assertTrue(any("2 mail sessions, 2 mails to 3 recipients" in line for line in wanted[1]))
        self.check_same(*map(pcap, STREAM), before, pcap("before-mta"), times=3, workers=(3, 64))

    def test_split(self):
        """the incident, its packets dealt to four files at random"""
        packets = sorted(read(STREAM[0]) + read(STREAM[1]))
        for seed in range(8):
            with self.subTest(seed=seed):
                self.check_same(*self.split(packets, 4, random.Random(seed)), workers=(2, 4))

    def exchanges(self, dice):
        """Names of exchanges in one message, addresses in another, mail before and after."""
        packets = []
        for number in range(40):
            exchange = f"mail{number}.coincheck.com"
            server = f"192.0.2.{number + 1}"
            mx = answer("coincheck.com", 15, 300, struct.pack("!H", 10) + name(exchange))
            a = answer(exchange, 1, 300, ipaddress.ip_address(server).packed)
            at = number * 1000
            order = [at + dice.randrange(900) for _ in range(3)]
            packets += [(BEGIN + order[0] * 1000 + 100, mx), (BEGIN + order[1] * 1000 + 200, a)]
            packets += session(server, order[2])
            packets += session(server, at + 950)
        return sorted(packets)

    def test_exchanges(self):
        """an exchange, its address and the mail, each in a file of another worker"""
        rules = self.write("own.rules", "".join(
            f"alert mx mail{number}.coincheck.com id=mx-{number}\n" for number in range(40)))
        for seed in range(8):
            dice = random.Random(seed)
            files = self.split(self.exchanges(dice), 4, dice)
            with self.subTest(seed=seed):
                wanted = self.hits_of(1, *files, args=["-r", rules])
                self.assertGreater(sum(wanted[0].values()), 40 + 20)
                for count in (2, 4):
                    self.assertEqual(self.hits_of(count, *files, args=["-r", rules]), wanted)

    def test_many_packets(self):
        """files of tens of thousands of packets, so that workers tick"""
        servers = ["203.0.113.9", "45.77.24.250"]
        files = [self.write(f"many{number}.pcap", write(
            [packet for start in range(2000) for packet in
             session(servers[number], 2000 * number + start)])) for number in range(2)]
        wanted = self.check_same(*files, workers=(2,))
        self.assertGreater(wanted[2]["packets"], 2 * 16384)

    def test_lines(self):
        """to one file and one pipe: whole lines, however many write"""
        many = sorted(read(STREAM[0])) * 20
        files = [self.write(f"many{number}.pcap", write(many)) for number in range(4)]
        wanted = self.hits_of(1, *files, args=["--log", "all", "--filter", "udp"])[0]
        done = self.nsmx("replay", "--workers", "4", "-r", harness.RULES, "--log", "all",
                         "--filter", "udp", "-o", "-", "-o", "file:out.json", *files)
        self.assertEqual(done.status, 0, done.err)
        found = [event for event in events(done.out) if harness.is_hit(event)]
        self.assertEqual(hit_keys(found), wanted)
        self.assertEqual(sorted(self.read("out.json").splitlines()),
                         sorted(done.out.splitlines()))

    def test_redis(self):
        """into Redis: each once"""
        redis = harness.Redis(self)
        done = self.nsmx("replay", "--workers", "2", "-r", harness.RULES, "-o", redis.url(),
                         *map(pcap, STREAM))
        self.assertEqual(done.status, 0, done.err)
        found = [events(entry["event"] + b"\n")[0] for entry in redis.stream()]
        self.assertEqual(hit_keys(found), self.hits_of(1, *map(pcap, STREAM))[0])
        self.assertFalse([entry for entry in os.listdir(self.folder) if entry.startswith("nsmx-")])

    def test_redis_down(self):
        """Redis away: status 1; the events wait in the state, and are delivered by one worker"""
        redis = harness.Redis(self, start=False)
        args = ["-r", harness.RULES, "--state", "state", "-o", redis.url()]
        process = self.start("replay", "--workers", "2", *args, *map(pcap, STREAM))
        wanted = self.hits_of(1, *map(pcap, STREAM))[0]
        wait_for(lambda: harness.journaled(self.path("state")) == sum(wanted.values()),
                 "all events in journals")
        self.assertEqual(process.stop(signal.SIGINT, 20), 1)
        self.assertEqual([name for name in sorted(os.listdir(self.path("state")))
                          if os.path.isdir(self.path(f"state/{name}"))], ["incidents", "worker-1"])
        redis.start()
        self.assertEqual(self.nsmx("replay", *args, pcap("before-mta")).status, 0)
        found = [events(entry["event"] + b"\n")[0] for entry in redis.stream()]
        self.assertEqual(hit_keys(found), wanted)

    def test_incidents_down(self):
        """the same for incidents, whose process has a journal of its own"""
        redis = harness.Redis(self, start=False)
        args = ["--alerts", "both", "-r", harness.RULES, "--state", "state", "-o", redis.url()]
        process = self.start("replay", "--workers", "2", *args, *map(pcap, STREAM))
        wait_for(lambda: harness.journaled(self.path("state/incidents")), "an incident in its journal")
        self.assertEqual(process.stop(signal.SIGINT, 20), 1)
        waiting = harness.journaled(self.path("state/incidents"))
        redis.start()
        self.assertEqual(self.nsmx("replay", *args, pcap("before-mta")).status, 0)
        self.assertGreater(waiting, 0)
        self.assertEqual(len(redis.stream("nsmx:incidents")), waiting)
        self.assertFalse(os.path.exists(self.path("state/incidents")))

    def test_damaged(self):
        """a file that cannot be read: named, status 1, and the others are read"""
        cut = self.write("cut.pcap", self.read_capture(STREAM[0])[:-10])
        done = self.nsmx("replay", "--workers", "3", "-r", harness.RULES, "-o", "-", cut,
                         pcap(STREAM[1]), "nosuch.pcap")
        self.assertEqual(done.status, 1)
        self.assertIn("cut.pcap", done.err)
        self.assertIn("nosuch.pcap", done.err)
        self.assertGreater(len(events(done.out)), 50)

    def read_capture(self, which):
        with open(pcap(which), "rb") as file:
            return file.read()

    def test_died(self):
        """a worker that dies is named, the others go on, status 1"""
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        process = self.start("replay", "--workers", "2", "-r", harness.RULES, "-o", "-", fifo,
                             pcap(STREAM[1]), pcap(STREAM[0]))
        with process.feed_fifo(fifo) as feed:
            feed.write(self.read_capture(STREAM[0])[:24])
            feed.flush()
            waiting = wait_for(lambda: [pid for pid in process.workers() if self.holds(pid, fifo)],
                               "the worker at the pipe")
            os.kill(waiting[0], signal.SIGKILL)
            self.assertEqual(process.wait(), 1)
        self.assertIn("ended by signal 9 (Killed)", process.err())
        self.assertTrue(events(process.out()))

    def test_outputs_gone(self):
        """standard output closed from the start: status 1"""
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start("replay", "--workers", "2", "-r", harness.RULES, "-o", "-",
                             *(pcap(name) for name in STREAM), stdout=writer)
        os.close(writer)
        self.assertEqual(process.wait(), 1, process.err())
        self.assertIn("standard output: Broken pipe", process.err())

    def holds(self, pid, path):
        folder = f"/proc/{pid}/fd"
        try:
            return any(os.readlink(os.path.join(folder, fd)) == path
                       for fd in os.listdir(folder))
        except FileNotFoundError:              # closed meanwhile
            return False

    def test_interrupted(self):
        """SIGINT: hits of the packets read are reported; status 130, and where it stopped"""
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        process = self.start("replay", "--workers", "2", "-r", harness.RULES, "-o", "-", fifo,
                             pcap(STREAM[0]))
        with process.feed_fifo(fifo):
            wait_for(process.out, "hits")
            self.assertEqual(process.stop(signal.SIGINT, 10), 130, process.err())
        self.assertTrue(events(process.out()))
        self.assertRegex(process.err(), r"(resolver.pcap: interrupted after packet \d+|while a capture was opened)\n")


if __name__ == "__main__":
    harness.main()
