#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled rules: a file in place of the rules, and one load for all workers at a reload."""
import os
import re
import signal

import harness
from harness import RULES, pcap, wait_for

INDICATORS = 150000
RELOADED = "rules reloaded"
REFUSED = "the current rules stay in use"
TICKS = os.sysconf("SC_CLK_TCK")


def bulk(count, first=0):
    """Rules as feeds have them; none is in the captures."""
    return "".join(f"alert ns .bulk-{i}.example id=bulk-{i}\n" for i in range(first, first + count))


class File(harness.Case):
    def compile(self, *paths, name="all.image"):
        done = self.nsmx("rules", "compile", "-o", name, *paths)
        self.assertEqual(done.status, 0, done.err)
        return self.path(name)

    def timeless(self, out):
        return [harness.timeless(event) for event in harness.events(out)]

    def refused(self, reason, *options, status=2):
        done = self.nsmx("replay", "-o", "null", *options, pcap("hijack-resolver"))
        self.assertEqual(done.status, status, done.err)
        self.assertIn(reason, done.err)

    def test_same_events(self):
        """a replay, a hunt and a list have the same results as with the files that were compiled"""
        image = self.compile(RULES)
        for name in ("hijack-resolver", "refused-resolver"):
            args = ("replay", "--log", "all", "--sensor", "s", "--history", self.path("seen"), "-o", "-",
                    pcap(name))
            wanted = self.nsmx(*args, "-r", RULES)
            found = self.nsmx(*args, "-r", image)
            self.assertIn(b'"rule"', wanted.out)
            self.assertEqual(self.timeless(found.out), self.timeless(wanted.out))
            self.assertEqual(found.status, 0, found.err)
        hunt = ("hunt", "--history", self.path("seen"), "-o", "-", "-r")
        wanted = self.nsmx(*hunt, RULES).out
        self.assertIn(b"hunt-match", wanted)
        self.assertEqual(self.timeless(self.nsmx(*hunt, image).out), self.timeless(wanted))
        self.assertEqual(self.nsmx("rules", "list", image).out, self.nsmx("rules", "list", RULES).out)
        self.assertEqual(self.nsmx("rules", "check", image).status, 0)

    def test_damage(self):
        """a file that is cut, changed, of another version, or that others may write to is refused"""
        self.write("own.rules", bulk(100))
        image = self.compile("own.rules")
        with open(image, "rb") as file:
            octets = file.read()
        flipped = bytearray(octets)
        flipped[len(octets) // 2] ^= 1
        older = bytearray(octets)
        older[12] ^= 1
        for content, reason in (
                (octets[:-1], "the file is cut"), (octets[:20], "the file is cut"),
                (octets + b"x", "octets follow the rules"),
                (bytes(flipped), "the file is damaged: its checksum is wrong"),
                (bytes(older), "another version of nsmx has compiled these rules; compile them again")):
            with open(self.path("bad.image"), "wb") as file:
                file.write(content)
            self.refused(f"bad.image: {reason}", "-r", "bad.image")
        os.chmod(image, 0o666)
        self.refused("all.image: others may write to this file of compiled rules", "-r", image)

    def test_use(self):
        """compiled rules are used alone; broken rules write no file, and none is left in part"""
        self.write("own.rules", bulk(10))
        image = self.compile("own.rules")
        self.refused("compiled rules cannot be combined with other rules", "-r", image, "-r", "own.rules")
        self.refused("compiled rules cannot be combined with other rules", "-r", "own.rules", "-r", image)
        self.write("bad.rules", "alert ns bad..example\n")
        done = self.nsmx("rules", "compile", "-o", "bad.image", "bad.rules")
        self.assertEqual(done.status, 2)
        self.assertIn("bad.rules:1:10: ", done.err)
        done = self.nsmx("rules", "compile", "own.rules")
        self.assertEqual(done.status, 2)
        self.assertIn("--output FILE is missing", done.err)
        done = self.nsmx("rules", "compile", "-o", "none/x.image", "own.rules")
        self.assertEqual(done.status, 1)
        self.assertIn("none/x.image: the compiled rules could not be written: No such file", done.err)
        self.assertEqual([name for name in os.listdir(self.folder) if "image" in name], ["all.image"])


class Sensor(harness.Case):
    """A live sensor whose rules are read again."""

    def setUp(self):
        super().setUp()
        harness.need_root()
        self.network = harness.Network(self)
        self.network.pair("veth0", "veth1")

    def sense(self, rules, *args):
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "-r", self.path(rules),
                             "-o", "null", *args, prefix=self.network.prefix)
        process.wait_err("capturing on veth0")
        return process

    def reload(self, process, verdict):
        before = process.err().count(verdict)
        process.popen.send_signal(signal.SIGHUP)
        wait_for(lambda: process.err().count(verdict) > before, f"{verdict!r} in {process.err()}")

    def cpu(self, process):
        """Seconds of all processes of the sensor, those that have ended included."""
        ticks = 0
        for pid in (process.pid, *process.workers()):
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:13 if pid != process.pid else 15]))
        return ticks / TICKS

    def shared(self, process):
        """MiB of all workers, pages that several have counted once."""
        total = 0
        for pid in process.workers():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += int(re.search(r"(?m)^Pss: +(\d+)", file.read())[1])
        return total / 1024

    def measure(self, workers):
        process = self.sense("bulk.rules", "--workers", str(workers))
        memory, cpu = self.shared(process), self.cpu(process)
        self.reload(process, RELOADED)
        wait_for(lambda: all(self.maps(pid) for pid in process.workers()), "the rules in each worker")
        result = self.cpu(process) - cpu, self.shared(process) - memory
        self.assertEqual(process.stop(), 0, process.err())
        return result

    def maps(self, pid):
        with open(f"/proc/{pid}/maps", encoding="ascii") as file:
            return "memfd:nsmx-rules" in file.read()


class Reload(Sensor):
    def test_once_for_all(self):
        """four workers: a reload costs little more than with one, in time and in memory"""
        if harness.is_sanitized():
            self.skipTest("AddressSanitizer changes what memory and time cost")
        self.write("bulk.rules", bulk(INDICATORS))
        cpu, memory = self.measure(1)
        cpu4, memory4 = self.measure(4)
        # The rules have 12 MiB. A load in each worker would give 4.
        self.assertGreater(memory, 8)
        self.assertLess(memory4, 1.5 * memory)
        self.assertGreater(cpu, 0.04)
        self.assertLess(cpu4, 2 * cpu)

    def test_compiled_file(self):
        """a new file of compiled rules is taken over at a reload; one that is damaged changes nothing"""
        self.write("own.rules", bulk(100))
        self.assertEqual(self.nsmx("rules", "compile", "-o", "own.image", "own.rules").status, 0)
        process = self.sense("own.image", "--summary", self.path("summary.json"))
        os.truncate(self.path("own.image"), 4096)        # the sensor has a copy
        self.write("own.rules", bulk(120))
        self.assertEqual(self.nsmx("rules", "compile", "-o", "own.image", "own.rules").status, 0)
        self.reload(process, "120 " + RELOADED)
        with open(self.path("own.image"), "rb") as file:
            octets = file.read()
        with open(self.path("new.image"), "wb") as file:
            file.write(octets[:-7])
        os.chmod(self.path("new.image"), 0o644)
        os.rename(self.path("new.image"), self.path("own.image"))
        self.reload(process, REFUSED)
        self.assertIn("own.image: the file is cut", process.err())
        self.assertEqual(process.stop(), 0, process.err())
        summary = self.summary()
        self.assertEqual((summary["reloads"], summary["rules"], summary["rules_errors"]), (1, 120, 1))


if __name__ == "__main__":
    harness.main()
