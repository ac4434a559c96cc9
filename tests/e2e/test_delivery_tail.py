#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""nsmx tail: the hits of a stream, as lines for a person or as they are."""
import contextlib
import json
import os
import pty
import signal
import socket
import subprocess
import threading

import harness
import traffic
from harness import RULES, NSMX, pcap, wait_for

CAPTURE = "hijack-resolver"

# NUL, controls, DEL, C1, surrogates in UTF-8, and octets that are not UTF-8.
HIDDEN = (b"\0", b"a\0b\0", b"\x01", b"\x1b[2J", b"\x7f", b"\xc2\x9b", b"\xed\xa0\x80",
          b"\xed\xb0\x80", b"\xff", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae")


class Files(harness.Case):
    """Events that were saved."""

    def setUp(self):
        super().setUp()
        done = self.nsmx("replay", "-r", RULES, "-o", "file:hits.json", pcap(CAPTURE))
        self.assertEqual(done.status, 0, done.err)
        self.text = self.nsmx("replay", "-r", RULES, "-o", "text", pcap(CAPTURE)).out
        self.assertTrue(self.text)

    def shown(self, *args, status=0, **options):
        done = self.nsmx("tail", *args, **options)
        self.assertEqual(done.status, status, done.err)
        return done.out

    def test_file(self):
        """a file, two, and standard input: the lines of -o text"""
        self.assertEqual(self.shown("hits.json"), self.text)
        self.assertEqual(self.shown("hits.json", "hits.json"), 2 * self.text)
        self.assertEqual(self.shown("-", stdin=self.read("hits.json")), self.text)
        self.assertEqual(self.shown("--json", "hits.json"), self.read("hits.json"))

    def test_filters(self):
        """the filters, and --since by the time of the packet"""
        whats = [json.loads(line)["nsmx"]["what"] for line in self.read("hits.json").splitlines()]
        found = self.shown("--what", "ns", "hits.json").count(b"\n")
        self.assertEqual(found, whats.count("ns"))
        self.assertLess(found, len(whats))
        hits = [json.loads(line) for line in self.read("hits.json").splitlines()]
        some = hits[0]["rule"]["id"]
        for args, wanted in ((("--severity", "critical"), lambda hit: hit["event"]["severity"] >= 99),
                             (("--rule", some), lambda hit: hit["rule"]["id"] == some)):
            left = [hit for hit in hits if wanted(hit)]
            self.assertTrue(0 < len(left) < len(hits))
            for found in (self.shown(*args, "--json", "hits.json"),
                          self.shown(*args, "--json", "-", stdin=self.read("hits.json"))):
                self.assertEqual([json.loads(line) for line in found.splitlines()], left)
        times = [json.loads(line)["@timestamp"] for line in self.read("hits.json").splitlines()]
        for size in (19, 23):                       # a second, a millisecond
            since = times[len(times) // 2][:size]
            wanted = [time for time in times if time[:size] >= since]
            self.assertEqual(self.shown("--since", since + "Z", "hits.json").count(b"\n"),
                             len(wanted))
        self.assertLess(len(wanted), len(times))

    def test_damaged(self):
        """a line that is no event is shown as it is, escaped; a file that is not there is named"""
        self.write("bad.json", b"\x1b[2J{\n\n" + self.read("hits.json"))
        lines = self.shown("bad.json").splitlines()
        self.assertIn(b"\\x1b[2J{", lines[0])
        self.assertEqual(lines[1:], self.text.splitlines())
        done = self.nsmx("tail", "none.json", "hits.json")
        self.assertEqual((done.status, done.out), (1, self.text))
        self.assertIn("none.json: No such file", done.err)
        done = self.nsmx("tail", "--group", "x", "hits.json")
        self.assertEqual(done.status, 2)


class Tail(harness.Case):
    """A server, hits in it, and somebody who follows."""

    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self)

    def deliver(self, rest="", name=CAPTURE, args=()):
        done = self.nsmx("replay", "-r", RULES, "-o", self.redis.url(rest), *args, pcap(name))
        self.assertEqual(done.status, 0, done.err)

    def tail(self, *args, rest="", **options):
        return self.start("tail", *args, self.redis.url(rest), **options)

    def lines(self, process, count):
        """So many lines, and after SIGINT no more; status 0."""
        wait_for(lambda: process.out().count(b"\n") >= count, f"{count} lines")
        self.assertEqual(process.stop(signal.SIGINT, 10), 0, process.err())
        found = process.out().decode().splitlines()
        self.assertEqual(len(found), count)
        return found

    def wait_reading(self, count=1):
        """Until so many tails wait for news."""
        wait_for(lambda: self.redis.client().info("clients")["blocked_clients"] >= count,
                 f"{count} blocked clients")

    def text(self):
        """The lines of -o text."""
        done = self.nsmx("replay", "-r", RULES, "-o", "text", pcap(CAPTURE))
        self.assertTrue(done.out, done.err)
        return done.out.decode().splitlines()

    def test_from_now(self):
        """from now on: the lines of -o text, as they come"""
        self.deliver()
        process = self.tail()
        self.wait_reading()
        self.deliver(name="hijack-mta")
        found = self.lines(process, 5)
        done = self.nsmx("replay", "-r", RULES, "-o", "text", pcap("hijack-mta"))
        self.assertEqual(found, done.out.decode().splitlines())

    def test_since(self):
        """--since: 0, so long ago, a date"""
        self.deliver()
        for since in ("0", "5m", "2020-05-31", "2020-05-31T00:00:00Z"):
            with self.subTest(since):
                self.assertEqual(self.lines(self.tail("--since", since), 72), self.text())
        process = self.tail("--since", "2099-01-01")
        self.wait_reading()
        self.lines(process, 0)

    def test_json(self):
        """--json: the events, byte for byte"""
        self.deliver()
        process = self.tail("--since", "0", "--json")
        self.lines(process, 72)
        self.assertEqual(process.out(),
                         b"".join(entry["event"] + b"\n" for entry in self.redis.stream()))

    def test_hostile_events(self):
        """what others write into the stream: one line an event, which controls no terminal"""
        hidden = "\u009b31m\u202e\u2028\U000e0041"
        event = {"@timestamp": hidden, "event": {"severity": 75, "reason": hidden}}
        for text in (json.dumps(event, ensure_ascii=False), json.dumps(event, indent=1)):
            self.redis.client().xadd("nsmx:hits", {"event": text})
        for args in ([], ["--json"]):
            with self.subTest(args):
                for line in self.lines(self.tail("--since", "0", *args), 2):
                    self.assertTrue(line.isprintable(), line)
        for line in self.lines(self.tail("--since", "0", "--json"), 2):
            self.assertEqual(json.loads(line), event)

    def hidden_octets(self):
        """A capture of sessions in which octets that text readers stop at or refuse are in the
        banner, the HELO, the mailbox and the subject; and rules that each of them hits."""
        packets = []
        for number, octets in enumerate(HIDDEN):
            c = traffic.Connection(client_port=40000 + number)
            c.say(traffic.SERVER, b"220 mx%b.evil.example ESMTP\r\n" % octets)
            c.say(traffic.CLIENT, b"EHLO c%b.evil.example\r\n" % octets)
            c.say(traffic.SERVER, b"250 ok\r\n")
            c.say(traffic.CLIENT, b"MAIL FROM:<s%by@evil.example>\r\n" % octets)
            c.say(traffic.SERVER, b"250 ok\r\n")
            c.say(traffic.CLIENT, b"RCPT TO:<r%bt@evil.example>\r\n" % octets)
            c.say(traffic.SERVER, b"250 ok\r\n")
            c.talk("C: DATA", "S: 354 go")
            c.say(traffic.CLIENT, b"Subject: a%bb\r\n\r\n.\r\n" % octets)
            c.talk("S: 250 ok", "C: QUIT", "S: 221 bye")
            packets += c.close().packets
        rule = self.write("hidden.rules", "alert any .evil.example sev=high id=hidden\n")
        return rule, self.write("hidden.pcap", traffic.pcap(packets))

    def test_hidden_octets(self):
        """NUL, controls, surrogates, what is not UTF-8: shown, and then acknowledged"""
        rule, capture = self.hidden_octets()
        client = self.redis.client()
        for group in ("lines", "json"):
            client.xgroup_create("nsmx:hits", group, "0", mkstream=True)
        done = self.nsmx("replay", "-r", rule, "-o", self.redis.url(), capture)
        self.assertEqual(done.status, 0, done.err)
        hits = [json.loads(entry["event"]) for entry in self.redis.stream()]
        self.assertEqual(len(hits), 4 * len(HIDDEN))
        done = self.nsmx("replay", "-r", rule, "-o", "text", capture)
        found = self.lines(self.tail("--group", "lines"), len(hits))
        text = done.out.decode().splitlines()
        self.assertEqual(len(text), len(hits))
        for line in found + text:
            self.assertTrue(line.isprintable(), line)
            self.assertTrue(line.endswith(": rule hidden"), line)
        found = self.lines(self.tail("--group", "json", "--severity", "high", "--what",
                                     "banner,helo,from,rcpt", "--rule", "hid*", "--json"),
                           len(hits))
        self.assertEqual([json.loads(line) for line in found], hits)
        for group in ("lines", "json"):
            self.assertEqual(client.xpending("nsmx:hits", group)["pending"], 0)

    def test_unreadable(self):
        """what is not JSON: shown as it is, regardless of the filters"""
        texts = [b"{", b"not JSON", b'{"event":{"reason":"\\ud800"}}', b"\xff\x1b[2J\n"]
        for text in texts:
            self.redis.client().xadd("nsmx:hits", {"event": text})
        for args in (["--severity", "high"], ["--what", "ns"], ["--json"]):
            with self.subTest(args):
                found = self.lines(self.tail("--since", "0", *args), len(texts))
                for line in found:
                    self.assertTrue(line.isprintable(), line)
                self.assertIn("not JSON", found[1])
                self.assertIn("\\ud800", found[2])

    def test_other_field(self):
        """an entry without the field: its first one"""
        self.deliver()
        found = self.lines(self.tail("--since", "0", rest="?field=nothing"), 72)
        self.assertEqual(found, self.text())

    def test_disk_full(self):
        """standard output cannot be written: status 1, and nothing is acknowledged"""
        client = self.redis.client()
        client.xgroup_create("nsmx:hits", "night", "0", mkstream=True)
        self.deliver()
        for args in ([], ["--json"]):
            with self.subTest(args), open("/dev/full", "wb") as full:
                process = self.tail("--group", "night", "--consumer", "me", *args, stdout=full)
                self.assertEqual(process.wait(), 1)
                self.assertIn("standard output: No space left", process.err())
                self.assertGreater(client.xpending("nsmx:hits", "night")["pending"], 0)

    def test_filters(self):
        """--severity, --what and --rule, alone and together"""
        self.deliver()
        hits = [harness.events(entry["event"] + b"\n")[0] for entry in self.redis.stream()]
        some = hits[0]["rule"]["id"]
        for args, wanted in (
                (("--severity", "critical"), lambda hit: hit["event"]["severity"] >= 99),
                (("--severity", "high"), lambda hit: hit["event"]["severity"] >= 75),
                (("--what", "ns"), lambda hit: hit["nsmx"]["what"] == "ns"),
                (("--what", "ip,mx"), lambda hit: hit["nsmx"]["what"] in ("ip", "mx")),
                (("--rule", some), lambda hit: hit["rule"]["id"] == some),
                (("-r", some[:-1] + "*", "--what", "ns"),
                 lambda hit: hit["rule"]["id"].startswith(some[:-1])
                 and hit["nsmx"]["what"] == "ns")):
            with self.subTest(args):
                left = [hit["event"]["reason"] for hit in hits if wanted(hit)]
                found = self.lines(self.tail("--since", "0", *args), len(left))
                self.assertEqual([line.split("  ", 2)[2].strip() for line in found], left)

    def test_group(self):
        """--group: each hit to one member, acknowledged; what a dead one left comes first"""
        client = self.redis.client()
        client.xgroup_create("nsmx:hits", "night", "0", mkstream=True)
        self.deliver()
        client.xreadgroup("night", "me", {"nsmx:hits": ">"}, count=10)     # and dies
        first = self.tail("--group", "night", "--consumer", "me")
        wait_for(lambda: first.out().count(b"\n") == 72, "all lines")
        self.assertEqual(first.out().decode().splitlines(), self.text())
        second = self.tail("--group", "night", "--consumer", "you")
        self.wait_reading(2)
        for _ in range(4):
            self.deliver()
        wait_for(lambda: first.out().count(b"\n") + second.out().count(b"\n") >= 5 * 72,
                 "the rest")
        for process in (first, second):
            self.assertEqual(process.stop(signal.SIGINT, 10), 0, process.err())
        self.assertEqual(first.out().count(b"\n") + second.out().count(b"\n"), 5 * 72)
        self.assertEqual(client.xpending("nsmx:hits", "night")["pending"], 0)

    def test_group_is_made(self):
        """--group of a stream that is not there yet; the stream deleted under it"""
        process = self.tail("--group", "new")
        self.wait_reading()
        self.deliver()
        wait_for(lambda: process.out().count(b"\n") == 72, "the lines")
        self.redis.client().delete("nsmx:hits")
        self.deliver()
        self.assertEqual(self.lines(process, 144), 2 * self.text())

    def test_restart(self):
        """Redis goes and comes back: logged once, and nothing is missed"""
        self.redis.options = harness.DURABLE
        self.redis.kill()
        process = self.tail("--since", "0")
        process.wait_err("; retrying")
        self.redis.start()
        self.deliver()
        wait_for(lambda: process.out().count(b"\n") == 72, "the lines")
        self.redis.kill()
        self.redis.start()
        self.deliver()
        self.assertEqual(self.lines(process, 144), 2 * self.text())
        self.assertLessEqual(process.err().count("; retrying"), 2)

    def test_log(self):
        """log events, by key="""
        self.deliver(args=["--log", "dns"])
        found = self.lines(self.tail("--since", "0", rest="?key=nsmx:log"), 56)
        for line in found:
            self.assertIn("  log  ", line)

    def test_colour(self):
        """colours on a terminal, and none with NO_COLOR"""
        self.deliver()
        for variable, coloured in ((None, True), ("1", False)):
            with self.subTest(NO_COLOR=variable):
                master, slave = pty.openpty()
                tail = subprocess.Popen([NSMX, "tail", "-v", "--since", "0", self.redis.url()],
                                        stdout=slave, stdin=subprocess.DEVNULL,
                                        env=self.environment(NO_COLOR=variable))
                os.close(slave)
                self.addCleanup(os.close, master)
                self.addCleanup(tail.wait)
                self.addCleanup(tail.kill)
                text = b""
                while text.count(b"\n") < 72:
                    text += os.read(master, 65536)
                self.assertEqual(b"\x1b[" in text, coloured)

    def test_reader_gone(self):
        """standard output closed, as head does: it ends"""
        self.deliver()
        pipe = subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)
        process = self.tail("--since", "0", stdout=pipe.stdin)
        pipe.stdin.close()
        with pipe.stdout:
            self.assertEqual(pipe.stdout.read().decode().splitlines(), self.text()[:1])
        pipe.wait()
        self.deliver()
        self.assertEqual(process.wait(), 0, process.err())

    def test_redirections(self):
        """nodes that redirect in a circle: reported, with pauses between the attempts"""
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        self.addCleanup(listener.close)
        connections = []

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connections.append(listener.accept()[0])
                    connections[-1].recv(4096)
                    connections[-1].sendall(f"-MOVED 1 127.0.0.1:{port}\r\n".encode())
                    connections[-1].close()
        threading.Thread(target=serve, daemon=True).start()
        process = self.start("tail", f"redis+cluster://127.0.0.1:{port}")
        process.wait_err("retrying")
        self.assertLess(len(connections), 100)
        self.assertIn("MOVED", process.err())
        process.stop()

    def test_usage(self):
        """bad usage: status 2, and what is wrong"""
        for words, message in (
                (["--since", "yesterday"], "--since 'yesterday': expected"),
                (["--severity", "worst"], "--severity 'worst': expected low"),
                (["--what", "ns,nx"], "--what 'ns,nx': expected ns"),
                (["--what"], "'--what'"), (["--nothing"], "'--nothing'"),
                (["redis://a", "redis://b"], "more than one Redis URL is given"),
                (["redis://a?as=list"], "only a stream"),
                (["http://a"], "must start with redis://")):
            with self.subTest(words):
                done = self.nsmx("tail", *words)
                self.assertEqual((done.status, done.out), (2, b""))
                self.assertIn(message, done.err)

    def test_refused(self):
        """a key of another type, a password that is missing: status 1"""
        self.redis.client().set("nsmx:hits", "x")
        done = self.nsmx("tail", self.redis.url())
        self.assertEqual(done.status, 1)
        self.assertIn("WRONGTYPE", done.err)
        self.redis.client().config_set("requirepass", "secret")
        done = self.nsmx("tail", self.redis.url())
        self.assertEqual(done.status, 1)
        self.assertIn("NOAUTH", done.err)


if __name__ == "__main__":
    harness.main()
