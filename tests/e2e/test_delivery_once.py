#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exactly once, when any process is killed with SIGKILL any number of times."""
import json
import os
import random
import signal

import delivery
import harness
from harness import wait_for


class RedisKilled(delivery.Case):
    """The server."""

    def test_replay(self):
        """a replay of 200,000 hits, Redis killed 20 times: each once, in stream and list"""
        self.traffic(20000)
        server = harness.Redis(self, *harness.DURABLE)
        process = self.start(
            "replay", "-r", "long.rules", "-o", server.url("?maxlen=0"),
            "-o", server.url("?as=list&key=list&maxlen=0"), "--summary", "summary.json",
            "long.pcap")
        for kill in range(1, 21):
            least = kill * len(self.wanted) // 22
            wait_for(lambda: server.client().xlen("nsmx:hits") >= least, f"{least} events")
            server.kill()
            server.start()
        self.assertEqual(process.wait(300), 0, process.err())
        self.check_ids(self.stream_ids(server))
        self.check_ids(self.list_ids(server, "list"))
        summary = self.summary()
        self.assertEqual(summary["events_delivered"], 2 * len(self.wanted))
        self.assertEqual((summary["events_pending"], summary["events_dropped"]), (0, 0))


    def test_cut(self):
        """Redis killed while it wrote a batch to its file, twice started: each once"""
        self.traffic(50)
        server = harness.Redis(self, *harness.DURABLE)
        args = ["replay", "-r", "long.rules", "--state", "state", "-o", server.url()]
        self.assertEqual(self.nsmx(*args, "long.pcap").status, 0)
        server.kill()
        folder = os.path.join(server.folder, "appendonlydir")
        name, = (name for name in os.listdir(folder) if ".incr." in name)
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            whole = file.read()
        os.truncate(path, whole.rindex(b"XADD") + 2)
        server.start()
        self.assertEqual(len(self.stream_ids(server)), len(self.wanted) - 100)
        done = self.nsmx(*args, self.write("none.pcap", delivery.capture([])))
        self.assertEqual(done.status, 0, done.err)
        self.assertIn("has lost events", done.err)
        server.kill()
        server.start()
        self.check_ids(self.stream_ids(server))


class SensorKilled(delivery.Live):
    """The sensor's own processes, in a live run."""

    VICTIMS = ["sensor"] * 6 + ["worker"] * 4 + ["publisher"] * 10
    PART = 1400                         # packets of a part of the traffic, which takes 1.4 s

    def test_live(self):
        """sensor, worker, publisher killed 20 times at random: what was seen is there, once"""
        chance = random.Random(6)
        victims = chance.sample(self.VICTIMS, len(self.VICTIMS))
        packets = (len(victims) + 1) * self.PART
        self.traffic(packets, per_packet=3)
        server = harness.Redis(self)
        target = server.url("?maxlen=0&flush=10")
        process = self.sense(target)
        for part in range(len(victims) + 1):
            # A worker captures when a part begins, and so sees its beginning.
            player = self.play_part(part)
            begin, share = part * 3 * self.PART, 3 * self.PART // 5
            if part < len(victims):
                least = begin + chance.randrange(1, share)
                wait_for(lambda: self.progress(server) >= least, f"event {least}")
                process = self.kill(victims[part], process, target, chance)
            self.assertEqual(player.wait(), 0, player.err())
        wait_for(lambda: self.progress(server) == len(self.wanted), "the last event")
        link, = json.loads(self.network.run("ip", "-s", "-j", "link", "show", "veth0"))
        self.assertEqual(link["stats64"]["rx"]["packets"], packets, "the cable lost packets")
        self.assertEqual(process.stop(), 0, process.err())
        self.check_gaps(self.stream_ids(server), len(victims) - victims.count("publisher"))

    def play_part(self, part):
        """Plays some of the packets in the background."""
        numbers = range(part * self.PART, (part + 1) * self.PART)
        self.write("long.pcap", delivery.capture(numbers))
        return self.play(1000)

    def kill(self, victim, process, target, chance):
        """Kills a process. Returns the sensor once a worker captures again."""
        if victim == "sensor":
            process.popen.kill()
            process.wait()
            return self.sense(target)
        pids = process.workers if victim == "worker" else process.publishers
        pid = chance.choice(wait_for(pids, f"a {victim}"))      # incidents have a publisher, too
        os.kill(pid, signal.SIGKILL)
        if victim == "worker":
            # A worker gives up its last right when it has opened the interface.
            wait_for(lambda: [new for new in process.workers() if new != pid and
                              not int(harness.status(new)["CapPrm"], 16)], "another worker")
        return process

    def check_gaps(self, found, deaths):
        """In order, each once, and nothing is missing but what was played while no worker
        lived, and what a worker was at: one gap a death, within a packet only if it died
        within one."""
        places = [self.numbers[event_id] for event_id in found]
        self.assertEqual(places, sorted(set(places)))
        gaps = [(a, b) for a, b in zip([-1, *places], places) if b != a + 1]
        self.assertLessEqual(len(gaps), deaths, gaps)
        self.assertEqual([gap for gap in gaps if gap[1] % 3 != 0], [])
        print(f"# {deaths} deaths, {len(gaps)} gaps, {len(found)} of {len(self.wanted)} events")
        self.assertGreater(len(found), len(self.wanted) * 0.4)

    def traffic(self, packets, per_packet=delivery.RULE_COUNT):
        super().traffic(packets, per_packet)
        self.numbers = {event_id: number for number, event_id in enumerate(self.wanted)}

    def progress(self, server):
        """How far the traffic has come, by the newest event in the stream."""
        newest = server.client().xrevrange("nsmx:hits", count=1)
        return self.numbers[newest[0][1][b"id"]] + 1 if newest else 0


class Channel(delivery.Case):
    """At most once, and to how many."""

    def test_reached(self):
        """a channel: how often an event reached a subscriber, and how many had none"""
        self.traffic(5)
        server = harness.Redis(self)
        listeners = [server.client().pubsub() for _ in range(2)]
        for count in (0, 1, 2):
            for listener in listeners[:count]:
                self.addCleanup(listener.close)
                listener.subscribe("nsmx:hits")
                self.assertEqual(listener.get_message(timeout=harness.PATIENCE)["type"],
                                 "subscribe")
            wait_for(lambda: server.client().pubsub_numsub("nsmx:hits")[0][1] == count,
                     f"{count} subscribers")
            done = self.nsmx("replay", "-r", "long.rules", "-o", server.url("?as=channel"),
                             "long.pcap")
            self.assertEqual(done.status, 0, done.err)
            self.assertIn(f"50 events were published, {0 if count else 50} of them without a subscriber; "
                          f"subscribers received {50 * count} copies", done.err)
            for listener in listeners[:count]:
                heard = [listener.get_message(timeout=harness.PATIENCE)["data"]
                         for _ in range(50)]
                self.check_ids(self.ids(heard))
                listener.unsubscribe()
                listener.get_message(timeout=harness.PATIENCE)


if __name__ == "__main__":
    harness.main()
