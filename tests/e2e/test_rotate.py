#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""file: outputs that logrotate renames: SIGHUP opens them again, and no line is lost or cut."""
import grp
import os
import pwd
import signal

import flood
import harness
import traffic
from harness import events
from test_run import Live

def packet(number):
    """An answer with one hit, so large that no number of them exceeds the budget of events."""
    records = [traffic.dns_record(flood.OWNER, flood.NS, traffic.dns_name(flood.SERVERS[0]))]
    records += [traffic.dns_record(flood.OWNER, 16, b"\xc8" + b"x" * 200) for _ in range(5)]
    return traffic.datagram(traffic.dns_response(answers=records),
                            {traffic.CLIENT: flood.client(number),
                             traffic.SERVER: flood.RESOLVER})[1]


class Rotated(Live):
    def setUp(self):
        super().setUp()
        self.rules = self.write("flood.rules", flood.RULES)
        os.mkdir(self.path("log"))
        self.file = self.path("log/hits.json")
        self.cable = self.network.packet_socket("veth1")
        self.sent = 0

    def sensor(self, *args, rights="", user="root"):
        return self.sense("--suppress", "0", "--user", user, *args, rules=self.rules,
                          output=f"file:{self.file}{rights}")

    def send(self, count):
        for _ in range(count):
            self.cable.send(packet(self.sent))
            self.sent += 1

    def lines(self, path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def wait_lines(self, path, count):
        harness.wait_for(lambda: self.lines(path).count(b"\n") >= count,
                         f"{count} lines in {path}")

    def ids(self, *paths):
        """All of each line is an event."""
        return [event["event"]["id"] for path in paths for event in events(self.lines(path))]

    def rotate(self, process, number):
        os.rename(self.file, f"{self.file}.{number}")
        process.popen.send_signal(signal.SIGHUP)
        harness.wait_for(lambda: os.path.exists(self.file), "the new file")

    def test_renamed(self):
        """renamed during traffic, three times, with one worker and with two: each line is once"""
        for workers in ("1", "2"):
            with self.subTest(workers=workers):
                self.file = self.path(f"log/hits-{workers}.json")
                self.sent = 0
                process = self.sensor("--workers", workers)
                for number in range(1, 4):
                    self.send(100)
                    self.wait_lines(self.file, 1)
                    self.rotate(process, number)
                    # Other lines may still go to the old file, until the workers have the new one.
                    harness.wait_for(lambda: self.send(1) or self.lines(self.file), "new lines")
                old = [f"{self.file}.{number}" for number in range(1, 4)]
                wanted = self.sent
                harness.wait_for(lambda: len(self.ids(self.file, *old)) >= wanted, "all lines")
                self.assertEqual(process.stop(), 0, process.err())
                found = self.ids(self.file, *old)
                self.assertEqual(len(found), wanted)
                self.assertEqual(len(set(found)), wanted)
                for path in (self.file, *old):
                    self.assertTrue(self.lines(path), path)

    def test_replaced_worker(self):
        """a worker that is replaced later writes to the new file"""
        process = self.sensor()
        self.send(1)
        self.wait_lines(self.file, 1)
        self.rotate(process, 1)
        process.wait_err("rules reloaded")
        pid, = process.workers()
        os.kill(pid, signal.SIGKILL)
        harness.wait_for(lambda: [other for other in process.workers() if other != pid],
                         "a replacement")
        harness.wait_for(lambda: self.send(1) or self.lines(self.file), "new lines")
        self.assertEqual(self.lines(self.file + ".1").count(b"\n"), 1)
        process.stop()

    def test_rights(self):
        """?mode=0604&group=NAME: those of the first file and of the next"""
        group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid)
        os.chmod(self.path("log"), 0o777)
        process = self.sensor(rights=f"?mode=0604&group={group.gr_name}", user="nobody")

        def is_right():
            info = os.stat(self.file)
            return (info.st_mode & 0o777, info.st_gid) == (0o604, group.gr_gid)
        self.assertTrue(is_right())
        for number in (1, 2):
            self.rotate(process, number)
            harness.wait_for(is_right, "the rights of the new file")
        self.assertEqual(process.stop(), 0, process.err())

    def test_owner(self):
        """a file that root creates belongs to --user, so SIGHUP can open it again"""
        process = self.sensor(user="nobody")
        info = os.stat(self.file)
        user = pwd.getpwnam("nobody")
        self.assertEqual((info.st_uid, info.st_gid), (user.pw_uid, user.pw_gid))
        os.chmod(self.path("log"), 0o711)
        os.chmod(self.folder, 0o711)
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("rules reloaded")
        self.send(1)
        self.wait_lines(self.file, 1)
        self.assertEqual(process.stop(), 0, process.err())
        self.assertNotIn("cannot be opened again", process.err())

    def test_owner_of_old_file(self):
        """a file that exists keeps its owner"""
        self.write("log/hits.json", "")
        os.chown(self.file, 1, 1)
        process = self.sensor(user="nobody")
        self.assertEqual(os.stat(self.file).st_uid, 1)
        self.assertEqual(process.stop(), 0, process.err())

    def test_not_again(self):
        """a folder that is gone: named, and the open file is written on"""
        process = self.sensor()
        self.send(1)
        self.wait_lines(self.file, 1)
        moved = self.path("moved")
        os.rename(self.path("log"), moved)
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("cannot be opened again: No such file or directory")
        self.send(1)
        self.wait_lines(moved + "/hits.json", 2)
        self.assertEqual(process.stop(), 0, process.err())

    def test_logrotate(self):
        """logrotate with its ordinary rename, by packaging/nsmx.logrotate"""
        harness.need_programs("logrotate")
        process = self.sensor()
        self.send(10)
        self.wait_lines(self.file, 10)
        with open(os.path.join(harness.ROOT, "packaging/nsmx.logrotate"), encoding="utf-8") as file:
            text = file.read().replace("/var/log/nsmx/*.json", self.file)
        text = text.replace("su nsmx nsmx", "su root root").replace(
            "systemctl kill -s HUP --kill-who=main nsmx", f"kill -HUP {process.popen.pid}")
        conf = self.write("rotate.conf", text)
        os.chmod(conf, 0o644)
        self.tool("logrotate", "--force", "-s", self.path("state"), conf)
        harness.wait_for(lambda: self.send(1) or self.lines(self.file), "new lines")
        self.assertEqual(process.stop(), 0, process.err())
        found = self.ids(self.file, self.file + ".1")
        self.assertEqual(len(set(found)), self.sent)


class Targets(harness.Case):
    def test_wrong(self):
        """rights that are not valid: status 2, with the right form"""
        name = self.write("a.pcap", flood.flood(1))
        for rights in ("mode=8", "mode=", "mode=01000", "mode=rw", "group=nobody-knows", "x=1",
                       "mode=0640&x"):
            with self.subTest(rights):
                done = self.nsmx("replay", "-o", f"file:{self.path('out')}?{rights}", name)
                self.assertEqual(done.status, 2)
                self.assertIn("expected mode=MODE (octal), or group=NAME", done.err)
                self.assertFalse(os.path.exists(self.path("out")))


if __name__ == "__main__":
    harness.main()
