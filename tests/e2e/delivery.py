# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of delivery share: traffic with as many hits as one likes, and a
look at whether each of them arrived exactly once."""
import functools
import os
import re
import signal
import struct
import subprocess
import threading
import time

import harness
import traffic
from harness import wait_for
from traffic import dns_name

RULE_COUNT = 10
EVENT_ID = re.compile(rb'"dataset":"nsmx.dns","id":"([^"]+)"')


def rules(count=RULE_COUNT):
    """So many hits a packet."""
    return "".join(f"alert ns ns.bad.example id=rule-{i}\n" for i in range(count))


PADDING = 1150
ID_AT = 14 + 20 + 8                     # after the headers of Ethernet, IPv4 and UDP


@functools.cache
def response_to(port):
    """The frame of a DNS response that names ns.bad.example. It is padded (RFC 7830), so that the
    budget of events has room for a hit by each rule."""
    question = dns_name("www.victim.example")
    answer = b"\xc0\x0c" + struct.pack("!HHIH", 2, 1, 300, 16) + dns_name("ns.bad.example")
    message = (struct.pack("!HHHHHH", 0, 0x8180, 1, 1, 0, 1) + question
               + struct.pack("!HH", 2, 1) + answer
               + struct.pack("!BHHIHHH", 0, 41, 1232, 0, 4 + PADDING, 12, PADDING)
               + bytes(PADDING))
    udp = struct.pack("!HHHH", 53, port, 8 + len(message), 0) + message
    ip = traffic.ip_header(bytes([192, 0, 2, 53]), bytes([198, 51, 100, 7]), 17, len(udp))
    return bytes(6) + b"\2" + bytes(5) + b"\x08\x00" + ip + udp


def dns_response(number):
    """Frame `number`: another id than all others, or another port."""
    frame = response_to(1024 + (number >> 16))
    return frame[:ID_AT] + struct.pack("!H", number & 0xffff) + frame[ID_AT + 2:]


def capture(numbers):
    """A pcap file of these frames, a millisecond between two."""
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)]
    for number in numbers:
        frame = dns_response(number)
        seconds, rest = divmod(number, 1000)
        parts.append(struct.pack("<IIII", 1600000000 + seconds, rest * 1000, len(frame),
                                 len(frame)) + frame)
    return b"".join(parts)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def kill_tree(process):
    """The sensor and its publishers, all at once, as if the machine had stopped."""
    pids = [process.pid, *children(process.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not any(is_running(pid) for pid in pids), "the publishers' end")


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Case(harness.Case):
    """Traffic, and what must come of it."""

    def traffic(self, packets, per_packet=RULE_COUNT):
        """Writes long.pcap and long.rules; keeps the ids of its hits, in order."""
        self.write("long.pcap", capture(range(packets)))
        self.write("long.rules", rules(per_packet))
        done = self.nsmx("replay", "-r", "long.rules", "-o", "file:wanted.json", "long.pcap")
        self.assertEqual(done.status, 0, done.err)
        self.wanted = self.ids(self.read("wanted.json").split(b"\n"))
        self.assertEqual(len(self.wanted), packets * per_packet)
        self.assertEqual(len(set(self.wanted)), len(self.wanted))

    @staticmethod
    def ids(jsons):
        """event.id of each line that is an event."""
        return [EVENT_ID.search(json).group(1) for json in jsons if json[:1] == b"{"]

    def stored_ids(self, server, *command):
        """The ids of the events that a command returns, by redis-cli: there are many."""
        harness.need_programs("redis-cli")
        done = subprocess.run(["redis-cli", "-s", server.socket, "--raw", *command],
                              stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              timeout=harness.PATIENCE, check=True)
        return self.ids(done.stdout.split(b"\n"))

    def stream_ids(self, server, key="nsmx:hits"):
        return self.stored_ids(server, "XRANGE", key, "-", "+")

    def list_ids(self, server, key):
        return self.stored_ids(server, "LRANGE", key, "0", "-1")

    def small_disk(self, name):
        """How to run a program that has a disk of 2 MB at this folder: a prefix."""
        harness.need_root()
        harness.need_programs("unshare", "mount")
        os.mkdir(self.path(name))
        prefix = ["unshare", "--mount", "sh", "-c",
                  'mount -t tmpfs -o size=2m nsmx "$0" && exec "$@"', self.path(name)]
        done = subprocess.run([*prefix, "true"], stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            self.skipTest("no disk of its own: " + done.stdout.decode().strip())
        return prefix

    def check_ids(self, found, wanted=None):
        """Each once, in order. Without a difference of a hundred thousand lines."""
        wanted = self.wanted if wanted is None else wanted
        if found == wanted:
            return
        at = next((i for i, (a, b) in enumerate(zip(found, wanted)) if a != b),
                  min(len(found), len(wanted)))
        self.fail(f"{len(found)} events instead of {len(wanted)}, {len(set(found))} different; "
                  f"they differ from number {at} on")


class Live(Case):
    """A sensor on a cable in a network namespace, and a player at its other end."""

    def setUp(self):
        super().setUp()
        harness.need_programs("tcpreplay")
        self.network = harness.Network(self)
        self.network.pair("veth0", "veth1")

    def sense(self, *outputs, args=(), prefix=(), **options):
        """Starts the sensor with long.rules, and waits until it captures."""
        targets = [word for target in outputs for word in ("-o", target)]
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "--suppress", "0",
                             "--dedup", "0", "-r", self.path("long.rules"), "--user", "root",
                             "--state", self.path("state"), *targets, *args,
                             prefix=[*self.network.prefix, *prefix], **options)
        process.wait_err("capturing on veth0")
        return process

    def play(self, packets_a_second):
        """Plays long.pcap in the background."""
        return harness.Process(self, [*self.network.prefix, "tcpreplay", "--quiet",
                                      f"--pps={packets_a_second}", "-i", "veth1",
                                      self.path("long.pcap")])


class Feeder(threading.Thread):
    """Gives a capture to a replay that reads standard input, at a steady pace."""

    def __init__(self, process, whole, packets_a_second):
        super().__init__(daemon=True)
        self.process, self.whole, self.pace = process, whole, packets_a_second
        self.start()

    def run(self):
        size = 16 + len(dns_response(0))
        part = max(1, self.pace // 100) * size
        for at in range(0, len(self.whole), part):
            self.process.stdin.write(self.whole[at:at + part])
            self.process.stdin.flush()
            time.sleep(0.01)
        self.process.stdin.close()
