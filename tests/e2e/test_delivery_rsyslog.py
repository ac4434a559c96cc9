#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real rsyslog as a consumer of Redis: it writes what the sensor sent, byte for byte.

Of rsyslog's modules for Redis, Debian 12 packages the one that writes only. From
a stream, `nsmx tail --group` brings events to it. From a list or a channel, imhiredis
does: the tests of it need the module, which `make check-delivery` builds from the
source of Debian's rsyslog, if it can.
"""
import os
import signal

import harness
from harness import RULES, pcap, wait_for

NAMES = ("hijack-resolver", "hijack-mta", "starttls-mta")
MODULES = (os.path.join(os.path.dirname(harness.NSMX), "imhiredis.so"),
           "/usr/lib/x86_64-linux-gnu/rsyslog/imhiredis.so")


class Rsyslog(harness.Case):
    """A sensor, a Redis, and an rsyslogd."""

    def setUp(self):
        super().setUp()
        harness.need_programs("rsyslogd")
        self.redis = harness.Redis(self)

    def deliver(self, rest):
        """Delivers twice the hits of some captures; their bytes."""
        done = self.nsmx("replay", "-r", RULES, "--log", "all", "-o", self.redis.url(rest), "-o",
                         "file:sent.json", *map(pcap, 2 * NAMES))
        self.assertEqual(done.status, 0, done.err)

    def hits(self):
        return b"".join(line + b"\n" for line in self.read("sent.json").split(b"\n")[:-1]
                        if b'"kind":"alert"' in line)

    def rsyslog(self, config):
        """Starts rsyslogd; it writes what it gets to out.json."""
        path = self.write("rsyslog.conf", f"""
global(workDirectory="{self.folder}" maxMessageSize="1m")
{config}
ruleset(name="keep") {{
    action(type="omfile" file="{self.path('out.json')}" template="line")
}}
""")
        return harness.Process(self, ["rsyslogd", "-n", "-f", path, "-i", self.path("pid")])

    def check(self, rsyslog):
        wanted = self.hits()
        self.assertGreater(wanted.count(b"\n"), 150)

        def whole():
            assert rsyslog.popen.poll() is None, rsyslog.out() + rsyslog.err().encode()
            return os.path.exists(self.path("out.json")) \
                and os.path.getsize(self.path("out.json")) >= len(wanted)
        wait_for(whole, "what rsyslog writes")
        self.assertEqual(rsyslog.stop(), 0)
        self.assertTrue(self.read("out.json") == wanted)

    def test_stream(self):
        """a stream, by nsmx tail --group and imfile"""
        rsyslog = self.rsyslog(f"""
module(load="imfile")
template(name="line" type="string" string="%msg%\\n")
input(type="imfile" file="{self.path('spool.json')}" tag="nsmx" ruleset="keep")
""")
        with open(self.path("spool.json"), "ab") as spool:
            tail = self.start("tail", "--since", "0", "--group", "rsyslog", "--json",
                              self.redis.url(), stdout=spool)
        self.deliver("")
        self.check(rsyslog)
        self.assertEqual(tail.stop(signal.SIGINT), 0)
        pending = self.redis.client().xpending("nsmx:hits", "rsyslog")["pending"]
        self.assertEqual(pending, 0)

    def test_list(self):
        """a list, by imhiredis in its queue mode"""
        rsyslog = self.rsyslog(self.imhiredis("queue", 'uselpop="on"'))
        self.deliver("?as=list")
        self.check(rsyslog)

    def test_channel(self):
        """a channel, by imhiredis in its subscribe mode"""
        rsyslog = self.rsyslog(self.imhiredis("subscribe"))
        client = self.redis.client()
        wait_for(lambda: client.pubsub_numsub("nsmx:hits")[0][1] == 1, "a subscriber")
        self.deliver("?as=channel")
        self.check(rsyslog)

    def test_stream_mode(self):
        """a stream, by imhiredis in its stream mode, which came after Debian 12"""
        rsyslog = self.rsyslog(self.imhiredis("stream", """stream.consumerGroup="rsyslog"
            stream.consumerName="here" stream.readFrom="0-0" stream.consumerACK="on" """, "$!event"))
        self.deliver("")
        self.check(rsyslog)
        pending = self.redis.client().xpending("nsmx:hits", "rsyslog")["pending"]
        self.assertEqual(pending, 0)

    def imhiredis(self, mode, rest="", event="rawmsg"):
        module = next(filter(os.path.exists, MODULES), None)
        if module is None:
            self.skipTest("rsyslog's imhiredis is not there; Debian has no package of it")
        with open(module, "rb") as file:
            if mode == "stream" and b"stream.consumerGroup" not in file.read():
                self.skipTest("this imhiredis has no stream mode")
        return f"""
module(load="{module}")
template(name="line" type="string" string="%{event}%\\n")
input(type="imhiredis" server="127.0.0.1" port="{self.redis.port}" mode="{mode}"
      key="nsmx:hits" ruleset="keep" {rest})
"""


class Pipe(harness.Case):
    """The other consumers of docs/consumers.md that need no more than Debian."""

    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self)
        done = self.nsmx("replay", "-r", RULES, "-o", self.redis.url(), pcap(NAMES[0]))
        self.assertEqual(done.status, 0, done.err)

    def cli(self, *words):
        return self.tool("redis-cli", "-s", self.redis.socket, *words)

    def test_redis_cli(self):
        """redis-cli: a group, a member that dies, another that claims what it left"""
        self.assertEqual(self.cli("XGROUP", "CREATE", "nsmx:hits", "soc", "0").strip(), "OK")
        read = self.cli("--raw", "XREADGROUP", "GROUP", "soc", "ann", "COUNT", "2", "STREAMS",
                        "nsmx:hits", ">").splitlines()
        ids = [line for line in read if line.count("-") == 1 and line.replace("-", "").isdigit()]
        self.assertEqual(len(ids), 2)
        self.assertEqual(self.cli("XACK", "nsmx:hits", "soc", ids[0]).strip(), "1")
        claimed = self.cli("--raw", "XAUTOCLAIM", "nsmx:hits", "soc", "bob", "0", "0")
        self.assertIn(ids[1], claimed)
        self.assertNotIn(ids[0], claimed)

    def test_python(self):
        """the Python program of docs/consumers.md, killed half-way: no event is missed"""
        with open(os.path.join(harness.ROOT, "docs/consumers.md"), encoding="utf-8") as file:
            program = file.read().split("```python\n")[1].split("```")[0]
        self.write("consumer.py", program)
        wanted = {entry["id"] for entry in self.redis.stream()}

        def run():
            return harness.Process(self, ["/usr/bin/python3", self.path("consumer.py"),
                                          f"unix://{self.redis.socket}", "soc", "ann"])

        def ids(process):
            return [line.split()[0] for line in process.out().splitlines()]
        first = run()
        wait_for(lambda: ids(first), "the first event")
        first.popen.send_signal(signal.SIGKILL)
        first.wait()
        second = run()
        wait_for(lambda: len(set(ids(first)) | set(ids(second))) == len(wanted), "the rest")
        self.assertEqual(set(ids(first)) | set(ids(second)), wanted)
        client = self.redis.client()
        wait_for(lambda: client.xpending("nsmx:hits", "soc")["pending"] == 0, "the last XACK")
        second.end()


if __name__ == "__main__":
    harness.main()
