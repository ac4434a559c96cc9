#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nsmx rules push`: sensors follow the rules in a Redis, and keep what they have without it."""
import ctypes
import os
import shutil
import signal
import threading

import harness
from harness import RULES, hit_keys, wait_for
from test_run import Live

KEY = "nsmx:rules"
HOSTILE = {
    "text": b"alert ns .a.example\n",
    "binary": bytes(range(256)) * 64,
    "huge": b"nsmx-rules 1 9 7000000 0123456789abcdef\n" + b"x" * (9 << 20),
    "size": b"nsmx-rules 1 9 18446744073709551615 0123456789abcdef\n",
    "cut": b"nsmx-rules 1 9 100 0123456789abcdef\nfile 60 a.rules\nalert ns .a",
}


def as_set(version, **files):
    """A set as nsmx rules push writes it, without its checks."""
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH64.restype = ctypes.c_uint64
    body = b"".join(b"file %d %s.rules\n%s\n" % (len(text), name.encode(), text.encode())
                    for name, text in files.items())
    hashed = library.XXH64(body, ctypes.c_size_t(len(body)), ctypes.c_uint64(0))
    return b"nsmx-rules 1 %d %d %016x\n%s" % (version, len(body), hashed, body)


class Fleet(Live):
    """A Redis that every user may reach, and sensors with rules from there."""

    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self, "--unixsocketperm", "777")
        self.client = self.redis.client()
        self.url = self.redis.url()

    def rules(self, name, text):
        self.write(name, text)
        return self.path(name)

    def sensor(self, name="one", *args, rules=None, **options):
        return self.sense("--sensor", name, "--state", self.path("state-" + name), "--suppress",
                          "0", "--dedup", "0", *args, rules=rules or self.url, **options)

    def push(self, *files, status=0, args=()):
        done = self.nsmx("rules", "push", *args, self.url, *files)
        self.assertEqual(done.status, status, (done.out, done.err))
        return done

    def wait_known(self, *names):
        wait_for(lambda: len(self.client.hkeys(KEY + ":sensors")) == len(names), str(names))

    def in_force(self, process):
        return process.counters()["rules_version"]


class Push(Fleet):
    def test_push(self):
        """a push reaches all workers of all sensors; their hits are those of the files"""
        wanted = self.hits("hijack-resolver")
        one, two = self.sensor("one", "--workers", "2"), self.sensor("two")
        self.assertIn("no rules have come from there yet", one.err())
        self.wait_known("one", "two")
        done = self.push(RULES)
        self.assertEqual(sorted(done.out.decode().splitlines()), ["one: took", "two: took"])
        self.play("hijack-resolver")
        for process in (one, two):
            self.wait_hits(process, len(wanted))
            self.assertEqual(self.in_force(process), 1)
            self.assertEqual(hit_keys(self.stop(process)), hit_keys(wanted))

    def test_restart_without_redis(self):
        """after a restart without Redis the last good set is in force; Redis may come later"""
        wanted = self.hits("hijack-resolver")
        first = self.sensor()
        self.wait_known("one")
        self.push(RULES)
        self.stop(first)
        self.redis.kill()
        again = self.sensor()
        again.wait_err("; of the rules, version 1 stays in force")
        self.play("hijack-resolver")
        self.wait_hits(again, len(wanted))
        self.redis.start()
        again.wait_err("connected for rules")
        self.push(self.rules("more.rules", "alert ns .more.example id=more\n"), RULES)
        self.assertEqual(self.in_force(again), 1)
        self.assertEqual(hit_keys(self.stop(again)), hit_keys(wanted))

    def test_late(self):
        """a sensor that comes late takes the set that is there, beside its own files"""
        own = self.rules("own.rules", "alert ns .own.example\n")
        done = self.push(self.rules("a.rules", "alert ns .a.example\nalert ns .b.example\n"))
        self.assertIn("no sensor has been connected", done.err)
        process = self.sensor("late", "-r", own)
        process.wait_err("3 rules reloaded")
        self.stop(process)

    def test_two_pushers(self):
        """pushers at the same time: the last version is in force everywhere"""
        sensors = [self.sensor("one"), self.sensor("two")]
        self.wait_known("one", "two")
        files = [self.rules(f"{i}.rules", f"alert ns .a{i}.example\n" * (i + 1))
                 for i in range(4)]
        threads = [threading.Thread(target=self.nsmx, args=("rules", "push", "--wait", "0",
                                                            self.url, file)) for file in files]
        self.nsmx("rules", "push", self.url, files[0])
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.client.get(KEY).split()[2], b"5")
        for process in sensors:
            process.wait_err("version 5 of the rules is in force")
            with open(self.path(f"state-{'one' if process is sensors[0] else 'two'}/pushed-rules"),
                      "rb") as file:
                self.assertEqual(file.read(), self.client.get(KEY))
            self.stop(process)


class Users(Fleet):
    """The users of docs/fleet.md, and one that may only read."""

    def setUp(self):
        super().setUp()
        with open(os.path.join(harness.ROOT, "docs/fleet.md"), encoding="utf-8") as file:
            lines = [line.split() for line in file if line.startswith("    ACL SETUSER ")]
        for words in lines:
            self.client.execute_command(*[word.replace(">...", ">pw") for word in words])
        self.assertEqual([words[2] for words in lines], ["sensor", "pusher"])
        self.client.execute_command("ACL", "SETUSER", "reader", "on", ">pw", "resetkeys",
                                    "%R~" + KEY, "-@all", "+getrange")

    def test_users(self):
        """users with no rights but those that are documented; one without reports has the rules"""
        sensors = [self.sensor("one", rules=self.redis.url(auth="sensor:pw")),
                   self.sensor("two", rules=self.redis.url(auth="reader:pw"))]
        self.wait_known("one")
        done = self.nsmx("rules", "push", self.redis.url(auth="pusher:pw"),
                         self.rules("a.rules", "alert ns .a.example\n"))
        self.assertEqual((done.status, done.out), (0, b"one: took\n"), done.err)
        sensors[1].wait_err("version 1 of the rules is in force")
        sensors[1].wait_err("the sensor cannot report which rules it has: NOPERM")
        for process in sensors:
            self.stop(process)

    def test_silent(self):
        """a sensor that is away is silent, and one of long ago is no longer listed"""
        process = self.sensor()
        self.wait_known("one")
        self.stop(process)
        self.client.hset(KEY + ":sensors", "old", "took 1 0000000000000001 1 1600000000")
        self.client.hset(KEY + ":sensors", "\x1b[2Jjunk", b"\0")
        done = self.push(self.rules("a.rules", "alert ns .a.example\n"), status=1,
                         args=["--wait", "0"])
        self.assertRegex(done.out.decode(),
                         r"\Aone: silent, last seen 20..-..-..T..:..:..Z with version 0\n\Z")
        self.assertEqual(self.client.hkeys(KEY + ":sensors"), [b"one"])


class Cluster(Fleet):
    def test_cluster(self):
        """a cluster with a password: all keys are in one slot; other nodes are followed"""
        nodes = [harness.Redis(self, "--cluster-enabled", "yes", "--cluster-port",
                               str(harness.free_port()), "--requirepass", "pw",
                               name=f"node{i}") for i in range(2)]
        first, second = [node.client(password="pw") for node in nodes]
        first.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
        second.execute_command("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
        first.execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[1].port,
                              nodes[1].options[3])
        wait_for(lambda: all(b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO")
                             for client in (first, second)), "the cluster")
        owner = second if first.execute_command("CLUSTER", "KEYSLOT", "nsmx:rules") > 8191 \
            else first
        other = nodes[0] if owner is second else nodes[1]
        url = f"redis+cluster://:pw@127.0.0.1:{other.port}?redirect=127.0.0.0/8"
        done = self.nsmx("rules", "push", url,
                         self.rules("a.rules", "alert ns .a.example id=a\n"))
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(owner.get("{nsmx:rules}").split()[2], b"1")
        self.assertEqual(self.nsmx("rules", "list", url).out, b"alert ns .a.example id=a\n")


class Broken(Fleet):
    def test_first(self):
        """the first set is broken: the messages state that none is in force"""
        self.client.set(KEY, as_set(7, a="alert ns b..c\n"))
        process = self.sensor()
        process.wait_err("version 7 of the rules is refused, no set is in force: a.rules:1:")
        self.redis.kill()
        process.wait_err("; of the rules, no set is in force")
        self.stop(process)

    def test_errors(self):
        """a broken file is not sent; a set that a sensor cannot use is refused with its line"""
        process = self.sensor()
        self.wait_known("one")
        good = self.rules("a.rules", "alert ns .a.example id=a\n")
        self.push(good)
        done = self.push(good, self.rules("b.rules", "\nalert ns bad..example\n"), status=2)
        self.assertIn("b.rules:2:10: ", done.err)
        self.assertEqual(self.client.get(KEY).split()[2], b"1")
        learn = self.push(good, self.rules("c.rules", "learn * all\n"), status=1)
        self.assertIn("one: refused, version 1 stays in force: rules: `learn` rules are only for",
                      learn.out.decode())
        self.client.set(KEY, as_set(7, a="alert ns .a.example id=a\n", d="alert\n\nalert ns b..c"))
        process.wait_err("version 7 of the rules is refused, version 1 stays in force: "
                         "d.rules:1:")
        wait_for(lambda: b"refused 7 " in self.client.hget(KEY + ":sensors", "one"), "its report")
        self.assertIn(b"(and 1 more)", self.client.hget(KEY + ":sensors", "one"))
        self.assertEqual((self.in_force(process), process.counters()["rules_refused"]), (1, 2))
        self.stop(process)

    def test_shrunk(self):
        """a file that lost most of its indicators is not sent, unless the pusher accepts it"""
        many = "".join(f"alert ns .a{i}.example\n" for i in range(10))
        path = self.rules("a.rules", many)
        self.push(path, self.rules("b.rules", "alert ns .b.example\n"))
        self.rules("a.rules", many[:63])
        done = self.push(path, status=2)
        self.assertIn("a.rules: the file has 3 indicators, and had 10 when", done.err)
        self.assertIn("b.rules was pushed before", done.err)
        self.assertEqual(self.client.get(KEY).split()[2], b"1")
        process = self.sensor()
        self.wait_known("one")
        wait_for(lambda: self.in_force(process) == 1, "version 1")
        self.push(path, args=["--min-ratio", "0"])
        process.wait_err("3 rules reloaded")
        self.stop(process)

    def test_hostile(self):
        """octets in the key that are no set: refused, and the next set is taken"""
        process = self.sensor()
        self.wait_known("one")
        good = self.rules("a.rules", "alert ns .a.example id=a\n")
        self.push(good)
        for count, content in enumerate(HOSTILE.values(), 1):
            self.client.set(KEY, content)
            self.client.xadd(KEY + ":news", {"version": 9})
            wait_for(lambda: process.err().count("the rules are refused: ") == count,
                     process.err())
        self.client.delete(KEY)
        self.client.rpush(KEY, "a list")
        process.wait_err("WRONGTYPE")
        self.client.delete(KEY)
        self.assertEqual(self.in_force(process), 1)
        self.assertEqual(len(harness.named_children(process.pid, "nsmx-follow")), 1)
        self.stop(process)

    def test_state_is_hostile(self):
        """what is in the file of the state folder is checked; a link is not followed"""
        state = self.path("state-one")
        os.mkdir(state)
        harness.need_root()
        shutil.chown(state, "nobody")
        os.symlink("/etc/shadow", os.path.join(state, "pushed-rules"))
        process = self.sensor()
        self.assertIn("pushed-rules: Too many levels of symbolic links", process.err())
        self.stop(process)
        os.unlink(os.path.join(state, "pushed-rules"))
        self.write("state-one/pushed-rules", as_set(3, a="alert ns b..c\n"))
        os.chmod(os.path.join(state, "pushed-rules"), 0o644)
        process = self.sensor()
        self.assertIn("a.rules:1:10: ", process.err())
        self.assertIn("are not used, until Redis has others", process.err())
        self.stop(process)


class Processes(Fleet):
    def test_kill(self):
        """the process of the rules is replaced, and its replacement follows"""
        process = self.sensor()
        self.wait_known("one")
        self.push(self.rules("a.rules", "alert ns .a.example\n"))
        child, = harness.named_children(process.pid, "nsmx-follow")
        os.kill(child, signal.SIGKILL)
        process.wait_err("the process for its rules ended (signal 9); another starts in 1 s")
        self.push(self.rules("a.rules", "alert ns .a.example\nalert ns .b.example\n"))
        self.assertEqual(self.in_force(process), 2)
        self.stop(process)

    def test_rights(self):
        """the process has no capability, and no descriptor but its memory and its sockets"""
        process = self.sensor()
        self.wait_known("one")
        child, = harness.named_children(process.pid, "nsmx-follow")
        self.assertEqual(int(harness.status(child)["CapPrm"], 16), 0)
        self.assertEqual(harness.status(child)["NoNewPrivs"], "1")
        files = sorted(os.readlink(f"/proc/{child}/fd/{fd}").split(":")[0]
                       for fd in os.listdir(f"/proc/{child}/fd"))
        self.assertEqual([name for name in files if not name.endswith(".err")],
                         ["/dev/null", "/dev/null", "/memfd", "socket", "socket"])
        self.stop(process)


class Commands(Fleet):
    def test_commands(self):
        """other commands read the set once; --check needs no Redis; two URLs are a mistake"""
        missing = self.nsmx("rules", "list", self.url)
        self.assertEqual(missing.status, 1)
        self.assertIn("no rules were pushed there", missing.err)
        self.push(self.rules("a.rules", "alert ns .a.example\n"))
        self.assertEqual(self.nsmx("rules", "list", self.url).out,
                         b"alert ns .a.example id=a.rules:1\n")
        self.assertIn("no errors", self.nsmx("rules", "check", self.url).err)
        self.assertIn(b'"id":"a.rules:1"',
                      self.nsmx("rules", "test", "-r", self.url, "ns.a.example").out)
        done = self.nsmx("replay", "-r", self.url, "-o", "null", harness.pcap("hijack-mta"))
        self.assertEqual(done.status, 0, done.err)
        self.redis.kill()
        done = self.nsmx("run", "--check", "--config", "/dev/null", "-i", "lo", "-r", self.url)
        self.assertEqual(done.status, 0, done.err)
        done = self.nsmx("run", "--check", "--config", "/dev/null", "-i", "lo", "-r", self.url,
                         "-r", "redis://other")
        self.assertEqual(done.status, 2)
        self.assertIn("more than one redis://", done.err)
        self.assertEqual(self.nsmx("rules", "push", self.url, self.path("a.rules")).status, 1)
        for words in (["rules", "push", self.url], ["rules", "push", "http://a", "b"]):
            self.assertEqual(self.nsmx(*words).status, 2)

    def test_names_and_sizes(self):
        """files whose names are equal, that are too large, or compiled, are not sent"""
        os.mkdir(self.path("other"))
        one = self.rules("a.rules", "alert ns .a.example\n")
        done = self.push(one, self.rules("other/a.rules", "alert ns .b.example\n"), status=2)
        self.assertIn("two files must not have the same", done.err)
        done = self.push(self.rules("b.rules", "# comment\n" * (800 << 10)), status=2)
        self.assertIn("larger than 7 MiB", done.err)
        self.assertEqual(self.nsmx("rules", "compile", "-o", self.path("c"), one).status, 0)
        self.assertIn("has compiled rules", self.push(self.path("c"), status=2).err)
        self.assertFalse(self.client.exists(KEY))


if __name__ == "__main__":
    harness.main()
