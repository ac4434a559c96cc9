#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of capture file: the same packets give the same events."""
import bz2
import gzip
import lzma
import os
import random
import shutil
import struct
import subprocess

import harness
from harness import RULES, events, hit_keys, need_programs, pcap, timeless, wait_for

SOURCE = "hijack-resolver"


def records(name):
    """A recorded capture's packets, with their headers of 16 octets; and its file header."""
    with open(pcap(name), "rb") as file:
        whole = file.read()
    found, at = [], 24
    while at < len(whole):
        end = at + 16 + int.from_bytes(whole[at + 8:at + 12], "little")
        found.append(whole[at:end])
        at = end
    return whole[:24], found


def block(order, kind, body):
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order, *interfaces):
    """A pcapng section's header, and interfaces: (link type, time resolution)."""
    head = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    for link, resolution in interfaces:
        head += block(order, 1, struct.pack(order + "HHI", link, 0, 0)
                      + struct.pack(order + "HHBxxx", 9, 1, resolution)
                      + struct.pack(order + "HH", 0, 0))
    return head


def enhanced(order, interface, units, record, strip=0):
    """A packet of a recorded capture as a pcapng block; `units`: ticks in a second."""
    seconds, fraction = struct.unpack("<II", record[:8])
    payload = record[16 + strip:]
    ticks = (seconds * 1000000 + fraction) * units // 1000000
    return block(order, 6, struct.pack(order + "5I", interface, ticks >> 32, ticks & 0xFFFFFFFF,
                                       len(payload), len(payload)) + payload)


class Files(harness.Case):
    """What these tests share: the source's own events."""

    def setUp(self):
        super().setUp()
        with open(pcap(SOURCE), "rb") as file:
            self.whole = file.read()
        self.expected = [timeless(event) for event in self.replay(pcap(SOURCE))]
        self.assertTrue(self.expected)

    def same(self, *files, **options):
        found = [timeless(event) for event in self.replay(*files, **options)]
        self.assertEqual(found, self.expected)

    def pack(self, program, name, content):
        """Compresses with the program that people have."""
        need_programs(program)
        done = subprocess.run([program, "-c"], input=content, stdout=subprocess.PIPE, check=True)
        return self.write(name, done.stdout)


@harness.expand
class Formats(Files):
    """Packings and formats."""

    @harness.for_each(["gzip", "zstd", "xz", "lz4"], "a capture packed by {}: the same events")
    def test_packed(self, program):
        path = self.pack(program, "plain-name", self.whole)
        self.same(path)
        with open(path, "rb") as file:
            self.same("-", stdin=file.read())

    def test_members(self):
        """gzip and xz members one after the other: read as one capture"""
        half = len(self.whole) // 2
        for module in (gzip, lzma):
            self.same(self.write("members", module.compress(self.whole[:half])
                                 + module.compress(self.whole[half:])))

    @harness.for_each(["pcap and pcap", "pcap and pcapng", "pcapng and pcap",
                       "pcapng and pcapng", "nsecpcap and modpcap"],
                      "{} joined by cat: read as one capture")
    def test_joined(self, kinds):
        self.tool("editcap", "-r", pcap(SOURCE), self.path("first.pcap"), "1-40")
        self.tool("editcap", pcap(SOURCE), self.path("second.pcap"), "1-40")
        joined = b""
        for name, kind in zip(("first", "second"), kinds.split(" and ")):
            self.tool("editcap", "-F", kind, self.path(f"{name}.pcap"), self.path(name))
            joined += self.read(name)
        self.same(self.write("joined", joined))
        self.same(self.write("joined.gz", gzip.compress(joined)))

    @harness.for_each(["pcapng", "nsecpcap", "modpcap"], "editcap's {}: the same events")
    def test_converted(self, kind):
        self.tool("editcap", "-F", kind, pcap(SOURCE), self.path("converted"))
        self.same("converted")

    def test_byte_order(self):
        """a pcap of the other byte order: the same events"""
        _, found = records(SOURCE)
        swapped = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        for record in found:
            swapped += struct.pack(">4I", *struct.unpack("<4I", record[:16])) + record[16:]
        self.same(self.write("swapped.pcap", swapped))

    def test_sections(self):
        """pcapng: sections of either byte order, interfaces of their own time resolution"""
        _, found = records(SOURCE)
        out, third = b"", len(found) // 3
        for order, part in (("<", found[:third]), (">", found[third:2 * third]),
                            ("<", found[2 * third:])):
            out += section(order, (1, 6), (1, 9))
            for i, record in enumerate(part):
                out += enhanced(order, i % 2, (1000000, 1000000000)[i % 2], record)
                out += block(order, 0x0BAD, b"unknown")
        self.same(self.write("sections.pcapng", out))

    def test_link_types(self):
        """pcapng: one of mergecap's with other link types in it: the same events, one warning"""
        header, found = records(SOURCE)
        # The same moment, as packets of a link type that nobody can decode.
        self.write("private.pcap", header[:20] + struct.pack("<I", 147) + found[0] + found[1])
        self.tool("mergecap", "-F", "pcapng", "-w", self.path("mixed.pcapng"),
                  self.path("private.pcap"), pcap(SOURCE))
        done = self.nsmx("replay", "-r", RULES, "-o", "-", "--summary", "s.json", "mixed.pcapng")
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual([timeless(event) for event in events(done.out)], self.expected)
        self.assertEqual(done.err.count("is not supported"), 1, done.err)
        self.assertIn("mixed.pcapng: link type 147", done.err)
        self.assertEqual(self.summary("s.json")["packets"], len(found) + 2)
        self.assertGreaterEqual(self.summary("s.json")["undecoded_packets"], 2)

    def test_since_until(self):
        """--since and --until: packets of that time alone"""
        times = [event["@timestamp"] for event in self.expected]
        middle = times[len(times) // 2]
        early = self.replay("--until", middle, "--summary", "e.json", pcap(SOURCE))
        late = self.replay("--since", middle, "--summary", "l.json", pcap(SOURCE))
        self.assertEqual([event["@timestamp"] for event in early],
                         [time for time in times if time < middle])
        self.assertEqual([event["@timestamp"] for event in late],
                         [time for time in times if time >= middle])
        self.assertEqual(self.summary("e.json")["packets"] + self.summary("l.json")["packets"],
                         len(records(SOURCE)[1]))
        self.assertEqual(self.replay("--since", "1h", pcap(SOURCE)), [])
        self.assertEqual(len(self.replay("--until", times[-1][:10], pcap(SOURCE))), len(times))
        done = self.nsmx("replay", "--since", "lunch", pcap(SOURCE))
        self.assertEqual(done.status, 2)
        self.assertIn("--since 'lunch': expected an age (90s, 10m, 2h, 7d) or a date", done.err)

    def test_filter(self):
        """--filter holds for every link type of a file"""
        _, found = records(SOURCE)
        out = section("<", (1, 6), (101, 6))
        for i, record in enumerate(found):
            out += enhanced("<", i % 2, 1000000, record, strip=14 * (i % 2))
        self.write("two.pcapng", out)
        self.replay("--filter", "tcp and udp port 1", "--summary", "s.json", "two.pcapng", status=2)
        self.replay("--filter", "udp port 53", "--summary", "s.json", "two.pcapng")
        self.replay("--filter", "udp port 53", "--summary", "t.json", pcap(SOURCE))
        self.assertEqual(self.summary("s.json")["packets"], self.summary("t.json")["packets"])


@harness.expand
class Order(Files):
    """Folders, and many files."""

    def split(self, folder, parts):
        """The source cut into files; their names are in no order of time."""
        header, found = records(SOURCE)
        size = -(-len(found) // parts)
        names = [f"{(i * 7) % parts}-{'deep/' * (i % 3)}part" for i in range(parts)]
        for i, name in enumerate(names):
            path = os.path.join(self.folder, folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            content = header + b"".join(found[i * size:(i + 1) * size])
            self.write(path, gzip.compress(content) if i % 2 else content)
        return [os.path.join(folder, name) for name in names]

    def test_folder(self):
        """a folder of folders: in the order of the first packets"""
        self.split("captures", 10)
        self.write("captures/notes.txt", "what is this?")
        done = self.nsmx("replay", "-r", RULES, "-o", "-", "captures")
        self.assertEqual(done.status, 0, done.err)
        self.assertIn("warning: captures/notes.txt: not a capture", done.err)
        self.assertEqual([timeless(event) for event in events(done.out)], self.expected)

    def test_empty_folder(self):
        """a folder without captures: that is logged, because it looks like a clean one"""
        os.mkdir(self.path("none"))
        done = self.nsmx("replay", "-r", harness.RULES, "-o", "-", "none")
        self.assertEqual((done.status, done.out), (0, b""))
        self.assertIn("warning: none: the folder contains no captures", done.err)

    def test_damage_in_folder(self):
        """a cut capture in a folder: named, exit status 1; the others are read"""
        os.mkdir(self.path("captures"))
        shutil.copy(pcap(SOURCE), self.path("captures/good"))
        self.write("captures/cut", self.whole[:3000])
        done = self.nsmx("replay", "-r", RULES, "-o", "-", "captures")
        self.assertEqual(done.status, 1)
        self.assertIn("captures/cut: packet ", done.err)
        self.assertGreaterEqual(hit_keys(events(done.out)), hit_keys(self.replay(pcap(SOURCE))))

    def test_many(self):
        """more files than fit any list: in the order given"""
        self.same(*self.split("captures", 100))

    def test_input_among_files(self):
        """standard input among files, once; a second time is bad usage"""
        _, found = records(SOURCE)
        parts = self.split("captures", 3)
        self.same(parts[0], "-", parts[2], stdin=self.read(parts[1]))
        done = self.nsmx("replay", "-r", RULES, "-", "-", stdin=self.whole)
        self.assertEqual(done.status, 2)
        self.assertIn("standard input", done.err)

    @harness.for_each(["plain", "gzip"], "a pipe that stays open, {}: events come at once")
    def test_live_pipe(self, packing):
        process = self.start("replay", "-r", RULES, "-o", "-", "-", stdin=subprocess.PIPE)
        content = gzip.compress(self.whole) if packing == "gzip" else self.whole
        process.stdin.write(content)
        process.stdin.flush()
        wait_for(lambda: process.whole(), "the first event")
        process.stdin.close()
        self.assertEqual(process.wait(), 0, process.err())
        self.assertEqual([timeless(event) for event in process.whole()], self.expected)


@harness.expand
class Damage(Files):
    """What can be read is used, what cannot is named."""

    def cut(self, name, content, *words_wanted):
        """The file gives the first of the events, all of its own, and status 1. A question whose
        answer is cut off counts as unanswered: its hit is left out here."""
        self.write(name, content)
        done = self.nsmx("replay", "-r", RULES, "-o", "-", name)
        self.assertEqual(done.status, 1, done.err)
        for words in (f"{name}: packet ", *words_wanted):
            self.assertIn(words, done.err)
        return [timeless(event) for event in events(done.out)
                if event["nsmx"].get("connection") != "attempted"]

    @harness.for_each(["gzip", "zstd", "xz", "lz4"], "a cut {} file: what was whole is used")
    def test_cut_packing(self, program):
        with open(self.pack(program, "whole", self.whole), "rb") as file:
            packed = file.read()
        found = self.cut("cut", packed[:-5], program, "ends too early")
        self.assertEqual(found, self.expected[:len(found)])

    def test_cut_pcapng(self):
        """a pcapng file cut anywhere: every whole packet is used"""
        self.tool("editcap", "-F", "pcapng", pcap(SOURCE), self.path("whole.pcapng"))
        whole = self.read("whole.pcapng")
        for part in (1, 2, 3):
            found = self.cut("cut.pcapng", whole[:len(whole) * part // 4 // 4 * 4 + 1],
                             "the file ends inside this packet")
            self.assertEqual(found, self.expected[:len(found)])

    def test_one_block(self):
        """pcapng: damage inside one block costs that packet alone"""
        _, found = records(SOURCE)
        out = section("<", (1, 6))
        for i, record in enumerate(found):
            out += enhanced("<", 0, 1000000, record)
            if i == 4:
                out += enhanced("<", 9, 1000000, record)
        self.assertEqual(self.cut("block.pcapng", out, "packet 6: the packet refers to an interface"),
                         self.expected)

    def test_lost(self):
        """pcapng: when lengths lie, reading continues at blocks whose lengths agree"""
        _, found = records(SOURCE)
        good = section("<", (1, 6)) + enhanced("<", 0, 1000000, found[0])
        rest = b"".join(enhanced("<", 0, 1000000, record) for record in found[1:])
        self.assertEqual(self.cut("lost.pcapng", good + b"junk" * 10 + rest, "packet 2: ",
                                  "40 octets are left out"), self.expected)
        self.assertEqual(self.cut("none.pcapng", good + b"junk" * 10, "packet 2: ",
                                  "no further packet was found"), [])

    @harness.for_each([16, 7, 12000],
                      "pcap: damage of {} octets between packets costs what it covers")
    def test_pcap_damage(self, size):
        junk = size * b"\xff"
        header, found = records(SOURCE)
        done = self.cut("junk.pcap", header + b"".join(found[:9]) + junk + b"".join(found[9:]),
                        "packet 10: ")
        missing = [event for event in self.expected if event not in done]
        self.assertLessEqual(len(missing), 2)
        self.assertEqual([event for event in done if event not in self.expected], [])

    def test_longer_than_it_was(self):
        """a packet of which more was captured than its length: what was captured is read"""
        header, found = records(SOURCE)
        for order in ("pcap", "pcapng"):
            with self.subTest(order):
                if order == "pcap":
                    whole = header + b"".join(record[:12] + b"\x1e\0\0\0" + record[16:]
                                              for record in found)
                else:
                    whole = section("<", (1, 6)) + b"".join(
                        one[:24] + b"\x1e\0\0\0" + one[28:] for one in
                        (enhanced("<", 0, 1000000, record) for record in found))
                self.same(self.write(f"short.{order}", whole))

    def test_noise(self):
        """random damage of any format: an answer, and never more than status 1"""
        need_programs("zstd")
        self.tool("editcap", "-F", "pcapng", pcap(SOURCE), self.path("whole.pcapng"))
        seed = random.randrange(1 << 32)
        noise = random.Random(seed)
        for content in (self.whole, self.read("whole.pcapng"), gzip.compress(self.whole),
                        lzma.compress(self.whole)):
            for _ in range(10):
                bad = bytearray(content)
                for _ in range(noise.randrange(1, 20)):
                    bad[noise.randrange(len(bad))] = noise.randrange(256)
                self.write("noise", bytes(bad))
                done = self.nsmx("replay", "-r", RULES, "-o", "null", "noise")
                self.assertIn(done.status, (0, 1), f"seed {seed}: {done.err}")

    def test_other_packing(self):
        """a packing that is not read: no capture"""
        self.write("capture.bz2", bz2.compress(self.whole))
        done = self.nsmx("replay", "-r", RULES, "capture.bz2")
        self.assertEqual(done.status, 1)
        self.assertIn("capture.bz2: not a capture", done.err)


if __name__ == "__main__":
    harness.main()
