#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each process of a live sensor has: secrets, descriptors, files, its memory."""
import os
import re
import unittest

import harness
from harness import NOBODY, wait_for
from test_run import Live
from test_secrets import memory_of

SECRET = "kNj2hYq8wTzLr5vBxGd1sPc7"


def named(process, name):
    """The processes of a sensor with this name; the sensor itself is `nsmx`."""
    return [process.pid] if name == "nsmx" else harness.named_children(process.pid, name)


class Processes(Live):
    NAMES = ("nsmx", "nsmx-worker", "nsmx-publisher", "nsmx-metrics", "nsmx-follow")

    def serve(self, *lines, workers=2, env=None, user=""):
        """A sensor with a configuration that has a password, and one of each kind of process."""
        port = harness.free_port()
        self.write("nsmx.conf", "".join(f"{line}\n" for line in (
            "interface = veth0", f"rules = {harness.RULES}",
            f"rules = redis+unix://{user}{self.path('away')}", f"workers = {workers}",
            f"state = {self.path('state')}", f"metrics = 127.0.0.1:{port}",
            f"output = file:{self.path('out.json')}", "suppress = 0", "dedup = 0", *lines)))
        process = self.start("run", "--config", self.path("nsmx.conf"), "--user", "nobody",
                             prefix=self.network.prefix, env=env)
        process.wait_err("capturing on veth0")
        for name in self.NAMES:
            wait_for(lambda: named(process, name), f"{name}; {process.err()}")
        # It gives up its last right when it is ready.
        wait_for(lambda: all(int(harness.status(pid)["CapPrm"], 16) == 0
                             for pid in named(process, "nsmx-worker")), "its start")
        return process

    def pids(self, process):
        return [(name, pid) for name in self.NAMES for pid in named(process, name)]

    def count_secret(self, pid):
        return sum(part.count(SECRET.encode()) for part in memory_of(pid))

    def check_secrets(self, process, *holders):
        for name, pid in self.pids(process):
            for file in ("environ", "cmdline"):
                with open(f"/proc/{pid}/{file}", "rb") as content:
                    self.assertNotIn(SECRET.encode(), content.read(), (name, file))
            if harness.is_sanitized():
                continue                                 # it keeps what is freed
            count = self.count_secret(pid)
            if name in ("nsmx", *holders):
                self.assertGreater(count, 0, name)       # the search finds it
            else:
                self.assertEqual(count, 0, name)

    def test_password_of_the_configuration(self):
        """a password in the configuration: in the memory of publishers and their parent only"""
        process = self.serve(f"output = redis+unix://:{SECRET}@{self.path('away')}")
        self.check_secrets(process, "nsmx-publisher")
        self.assertEqual(process.stop(), 0, process.err())

    def test_password_of_the_rules(self):
        """the password of the Redis with the rules: in the memory of its process and the parent"""
        process = self.serve(f"output = redis+unix://{self.path('away')}", user=f":{SECRET}@")
        self.check_secrets(process, "nsmx-follow")
        self.assertEqual(process.stop(), 0, process.err())

    def test_password_of_the_environment(self):
        """a password in the environment: gone from it after the start"""
        process = self.serve(f"output = redis+unix://{self.path('away')}",
                             env={"NSMX_REDIS_PASSWORD": SECRET})
        self.check_secrets(process, "nsmx-publisher", "nsmx-follow")
        self.assertEqual(process.stop(), 0, process.err())

    def test_memory(self):
        """no core dump; another process of the same user can read no memory"""
        if harness.is_sanitized():
            raise unittest.SkipTest("AddressSanitizer is a tracer of its own process")
        process = self.serve(f"output = redis+unix://{self.path('away')}")
        for name, pid in self.pids(process):
            with open(f"/proc/{pid}/limits", encoding="ascii") as file:
                self.assertRegex(file.read(), r"Max core file size +0 +0 ", name)
            done = self.tool_status(*NOBODY, "cat", f"/proc/{pid}/environ")
            self.assertNotEqual(done, 0, name)
        self.assertEqual(process.stop(), 0, process.err())

    def tool_status(self, *argv):
        return harness.subprocess.run(argv, stdout=harness.subprocess.DEVNULL,
                                      stderr=harness.subprocess.DEVNULL, check=False).returncode

    def test_descriptors(self):
        """a worker has its own files alone: no journal, pipe or socket of another process"""
        process = self.serve(f"output = redis+unix://{self.path('away')}",
                             f"summary = {self.path('summary.json')}")
        inodes = []
        for pid in named(process, "nsmx-worker"):
            kinds = {}
            for fd in os.listdir(f"/proc/{pid}/fd"):
                target = os.readlink(f"/proc/{pid}/fd/{fd}")
                if int(fd) > 2:
                    kind = re.sub(r":\[\d+\]", "", target.replace(self.path("state"), "STATE"))
                    kind = re.sub(r"/worker-\d+", "", re.sub(r"\d{20}", "N", kind))
                    kinds.setdefault(kind, []).append(target)
            self.assertEqual({kind: len(targets) for kind, targets in kinds.items()},
                             {"STATE": 1, "STATE/lock": 1, "STATE/N.seg": 1, "pipe": 1,
                              "socket": 3, self.path("out.json"): 1,   # packets, supervisor, incidents
                              "/memfd:nsmx-lines (deleted)": 1})
            inodes += kinds["pipe"] + kinds["socket"] + kinds["STATE"]
        self.assertEqual(len(set(inodes)), len(inodes))
        self.assertEqual(process.stop(), 0, process.err())


if __name__ == "__main__":
    harness.main()
