#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters while the sensor runs: --metrics for Prometheus, --stats."""
import collections
import http.client
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request

import harness
from harness import RULES, pcap, wait_for

GAUGES = {"events_pending", "history_files", "history_bytes", "history_written", "rules",
          "rules_version"}
SPLIT = {"hits": "severity", "dns_malformed": "reason", "undecoded_packets": "reason", "events_delivered": "output", "events_pending": "output",
         "events_dropped": "output"}


def series(text):
    """{name: {labels: value}} of an exposition."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r'(\w+)(?:\{(.*)\})? (\d+)', line).groups()
            assert labels not in found.setdefault(name, {}), line
            found[name][labels] = int(value)
    return found


class Case(harness.Case):
    """A sensor that replays a pipe, so that it lives as long as the test wants."""

    capture = "hijack-resolver"

    def serve(self, *args, outputs=("null",), packets=True):
        self.port = harness.free_port()
        words = [word for target in outputs for word in ("-o", target)]
        process = self.start("replay", "-r", RULES, "--sensor", "probe", *words, "--metrics",
                             f"127.0.0.1:{self.port}", *args, "-", stdin=subprocess.PIPE)
        if packets:
            with open(pcap(self.capture), "rb") as file:
                process.stdin.write(file.read())
            process.stdin.flush()
            self.wait_hits()
        return process

    def wait_hits(self):
        wanted = len(self.hits(self.capture))
        wait_for(lambda: self.total("hits") >= wanted, f"{wanted} hits")

    def get(self, path="/metrics", method="GET"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        with urllib.request.urlopen(request, timeout=harness.PATIENCE) as reply:
            return reply.read().decode(), reply.headers

    def total(self, name):
        try:
            return sum(series(self.get()[0])[f"nsmx_{name}_total"].values())
        except (urllib.error.URLError, ConnectionError):
            return 0                                # it does not listen yet

    def end(self, process, status=0):
        process.stdin.close()
        self.assertEqual(process.wait(), status, process.err())


class Metrics(Case):
    """What Prometheus reads."""

    def test_promtool(self):
        """promtool check metrics has nothing to say"""
        harness.need_programs("promtool")
        process = self.serve()
        done = subprocess.run(["promtool", "check", "metrics"], input=self.get()[0].encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.end(process)

    def test_counters(self):
        """every counter of the summary under its name, with its value"""
        process = self.serve("--summary", "summary.json", outputs=["null", "null", "file:x"])
        found = series(self.get()[0])
        self.end(process)
        summary = self.summary()
        reasons = summary.pop("dns_malformed_by")
        undecoded = summary.pop("undecoded_by")
        for name, value in summary.items():
            values = found[f"nsmx_{name}" + ("" if name in GAUGES else "_total")]
            self.assertEqual(sum(values.values()), value, name)
            label = SPLIT.get(name)
            self.assertTrue(all((labels or "").startswith(f'{label}="') if label
                                else labels is None for labels in values), name)
        by_rule = collections.Counter(
            (harness.SEVERITIES[event["event"]["severity"]], event["rule"]["id"])
            for event in self.hits(self.capture))
        self.assertEqual({labels: count for labels, count in found["nsmx_hits_total"].items()
                          if count > 0}, {f'severity="{severity}",rule="{rule}"': count
                                          for (severity, rule), count in by_rule.items()})
        self.assertEqual(set(found) - {"nsmx_build_info"}, {
            f"nsmx_{name}" + ("" if name in GAUGES else "_total") for name in summary})
        self.assertEqual(sum(reasons.values()), summary["dns_malformed"])
        self.assertEqual(sum(undecoded.values()), summary["undecoded_packets"])
        self.assertEqual(found["nsmx_events_delivered_total"],
                         {'output="null"': summary["hits"], 'output="null #2"': summary["hits"],
                          'output="file:x"': summary["hits"]})

    def test_redis(self):
        """an output in Redis: delivered and pending by target, no password in its name"""
        redis = harness.Redis(self, "--requirepass", "secret", name="up")
        down = harness.Redis(self, name="down", start=False)
        urls = [redis.url("?flush=0", auth=":secret"), down.url("?flush=0")]
        process = self.serve(outputs=urls)
        wanted = len(self.hits(self.capture))
        wait_for(lambda: self.total("events_delivered") == wanted, "delivery")
        text = self.get()[0]
        self.assertNotIn("secret", text)
        pending = {(redis.socket in labels, down.socket in labels): value
                   for labels, value in series(text)["nsmx_events_pending"].items()}
        self.assertEqual(pending, {(True, False): 0, (False, True): wanted})
        down.start()
        wait_for(lambda: self.total("events_delivered") == 2 * wanted, "delivery to both")
        self.end(process)

    def test_http(self):
        """its type; HEAD; other paths and methods are refused"""
        process = self.serve()
        self.assertEqual(self.get()[1]["Content-Type"],
                         "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(self.get(method="HEAD")[0], "")
        for path, method, status in (("/", "GET", 404), ("/metricsx", "GET", 404),
                                     ("/metrics", "POST", 405), ("/metrics", "DELETE", 405)):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                self.get(path, method)
            self.assertEqual(refused.exception.code, status)
            refused.exception.close()
        self.end(process)

    def test_nonsense(self):
        """no HTTP at all, a request without end: the next scrape is answered"""
        process = self.serve()
        for junk in (b"\0" * 100, b"GET /" + b"x" * 100000, b"GET /metrics HTTP/1.1\r\nA: " +
                     b"y" * 100000, b"\r\n" * 1000, b"GET"):
            with socket.create_connection(("127.0.0.1", self.port)) as peer:
                try:
                    peer.sendall(junk)
                except ConnectionError:
                    pass                            # enough for it
        self.assertIn("nsmx_packets_total", self.get()[0])
        self.end(process)

    def scrape(self, peer, body=None, headers=None):
        """One request over a connection that is open: how many packets its reply counts, and
        whether the server closes the connection."""
        peer.request("GET", "/metrics", body, headers or {})
        reply = peer.getresponse()
        self.assertEqual(reply.status, 200)
        return series(reply.read().decode())["nsmx_packets_total"][None], reply.will_close

    def connect(self):
        """A connection that is not opened again when the server closes it."""
        peer = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
        peer.connect()
        peer.auto_open = 0
        self.addCleanup(peer.close)
        return peer

    def test_keep_alive(self):
        """fifty scrapes over one connection; the counters move meanwhile"""
        process = self.serve()
        peer = self.connect()
        local = peer.sock.getsockname()
        first, closes = self.scrape(peer)
        self.assertFalse(closes)
        for _ in range(48):
            self.scrape(peer, body=b"ignored")
        with open(pcap(self.capture), "rb") as file:
            process.stdin.write(file.read()[24:])
        process.stdin.flush()
        wait_for(lambda: self.scrape(peer)[0] > first, "more packets")
        self.assertEqual(peer.sock.getsockname(), local)
        peer.close()
        self.end(process)

    def test_close(self):
        """a scrape that asks for it closes the connection; another one opens"""
        process = self.serve()
        peer = self.connect()
        self.assertTrue(self.scrape(peer, headers={"Connection": "close"})[1])
        with self.assertRaises(http.client.NotConnected):
            self.scrape(peer)
        self.assertGreater(self.scrape(self.connect())[0], 0)
        self.end(process)

    def test_crowd(self):
        """idle connections by the dozen hold up neither the replay nor, in the end, the exit"""
        process = self.serve()
        peers = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(40)]
        with open(pcap(self.capture), "rb") as file:
            process.stdin.write(file.read()[24:])
        self.end(process)
        self.assertIn("nsmx: 240 packets", process.err())
        for peer in peers:
            peer.close()


class Alerts(Case):
    """The alerting rules that come along."""

    FILE = os.path.join(harness.ROOT, "packaging/nsmx.alerts.yml")

    def test_alerts(self):
        """promtool check rules accepts them; each series that they name is exported"""
        process = self.serve()
        exported = set(series(self.get()[0]))
        self.end(process)
        self.assertIn("SUCCESS", self.tool("promtool", "check", "rules", self.FILE))
        with open(self.FILE, encoding="utf-8") as file:
            named = set(re.findall(r"\bnsmx_\w+", file.read()))
        self.assertGreater(len(named), 5)
        self.assertEqual(named - exported, set())

    def test_first_hit(self):
        """the first hit of a rule, whose series begins with it, is an alert; hits of low severity are not"""
        harness.need_programs("promtool")
        process = self.serve()
        self.assertIn("nsmx_hits_total", series(self.get()[0]))
        self.end(process)
        self.write("test.yml", f"""
rule_files: [{self.FILE}]
evaluation_interval: 30s
tests:
  - interval: 30s
    input_series:
      - series: nsmx_hits_total{{job="nsmx",instance="s",severity="critical",rule="other"}}
        values: 0x60
      - series: nsmx_hits_total{{job="nsmx",instance="s",severity="critical",rule="a"}}
        values: _x20 1x40
      - series: nsmx_hits_total{{job="nsmx",instance="s",severity="low",rule="a"}}
        values: 1+1x60
    alert_rule_test:
      - {{eval_time: 9m30s, alertname: NsmxHits, exp_alerts: []}}
      - eval_time: 12m
        alertname: NsmxHits
        exp_alerts:
          - exp_labels: {{job: nsmx, instance: s, severity: critical}}
            exp_annotations:
              summary: "s has critical hits: nsmx tail, or its incidents"
      - {{eval_time: 29m, alertname: NsmxHits, exp_alerts: []}}
""")
        self.assertIn("SUCCESS", self.tool("promtool", "test", "rules", self.path("test.yml")))


class Life(Case):
    """Start and end of the process that answers."""

    def is_free(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
                return True
            except OSError:
                return False

    def test_taken(self):
        """the port is taken: named, status 1"""
        process = self.serve(packets=False)
        wait_for(lambda: not self.is_free(), "the listener")
        done = self.nsmx("replay", "-r", RULES, "-o", "null", "--metrics",
                         f"127.0.0.1:{self.port}", pcap(self.capture))
        self.assertEqual(done.status, 1)
        self.assertIn(f"--metrics 127.0.0.1:{self.port}: Address already in use", done.err)
        process.popen.kill()

    def test_no_endpoint(self):
        """what is no address is bad usage"""
        for text in ("9153", "localhost:9153", "127.0.0.1:0", "127.0.0.1:65536", ""):
            done = self.nsmx("replay", "-o", "null", "--metrics", text, pcap(self.capture))
            self.assertEqual(done.status, 2, text)
            self.assertIn("expected ADDR:PORT", done.err)

    def test_ends(self):
        """the port is free when the sensor has ended"""
        self.end(self.serve())
        self.assertTrue(self.is_free())

    def test_killed(self):
        """the sensor killed: its listener ends, too"""
        process = self.serve()
        process.popen.kill()
        process.wait()
        wait_for(self.is_free, "the port")

    def test_process_killed(self):
        """its process killed: logged once, and the rest goes on"""
        process = self.serve()
        child, = self.children(process.pid)
        os.kill(int(child), signal.SIGKILL)
        with open(pcap(self.capture), "rb") as file:
            whole = file.read()

        def is_logged():
            process.stdin.write(100 * whole[24:])
            return "--metrics: the process ended (signal 9)" in process.err()
        wait_for(is_logged, "a warning")
        self.end(process)
        self.assertEqual(process.err().count("--metrics"), 1)

    def test_output_ends(self):
        """standard output ends with the sensor's last event, while a scraper is still connected"""
        process = self.serve(outputs=["-"])
        with socket.create_connection(("127.0.0.1", self.port)):
            self.end(process)
        self.assertEqual(len(process.whole()), len(self.hits(self.capture)))

    def children(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return file.read().split()

    def test_rights(self):
        """run: it is nobody, holds its socket alone; killed, it has a successor"""
        network = harness.Network(self)
        network.pair("veth0", "veth1")
        self.port = 9153
        process = self.start("run", "--config", "/dev/null", "-i", "veth0", "-r", RULES, "-o",
                             "null", "--user", "nobody", "--metrics", ":9153",
                             prefix=network.prefix)
        process.wait_err("capturing on")
        fetch = ["/usr/bin/python3", "-c", "import urllib.request as r; "
                 "print(r.urlopen('http://127.0.0.1:9153/metrics').read().decode())"]
        self.assertIn("nsmx_rules 23\n", network.run(*fetch))
        child, = [pid for pid in self.children(process.pid) if self.listens(pid)]
        with open(f"/proc/{child}/status", encoding="ascii") as file:
            status = file.read()
        self.assertRegex(status, r"Uid:\t65534\t65534\t65534\t65534\n")
        self.assertRegex(status, r"CapPrm:\t0+\n")
        self.assertRegex(status, r"NoNewPrivs:\t1\n")
        if b"__asan_init" not in self.program():
            self.assertRegex(status, r"Seccomp:\t2\n")
        process.popen.send_signal(signal.SIGHUP)
        process.wait_err("rules reloaded")
        self.assertIn("nsmx_reloads_total 1", network.run(*fetch))
        listener = os.readlink(f"/proc/{child}/fd/3")
        for pid in process.workers():
            self.assertNotIn(listener, [os.readlink(f"/proc/{pid}/fd/{fd}")
                                        for fd in os.listdir(f"/proc/{pid}/fd")])
        os.kill(int(child), signal.SIGKILL)
        process.wait_err("--metrics: the process ended (signal 9); starting another")
        self.assertIn("nsmx_reloads_total 1", network.run(*fetch))
        self.assertEqual(process.stop(seconds=harness.stop_limit()), 0, process.err())

    def program(self):
        with open(harness.NSMX, "rb") as file:
            return file.read()

    def listens(self, pid):
        """True for the process whose descriptors are null, null, standard error, a socket."""
        links = {fd: os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        return links["0"] == links["1"] == "/dev/null" and links["3"].startswith("socket:")


class Elsewhere(Case):
    """The same counters in words; for those in Redis see test_redis.py."""

    def test_stats(self):
        """--stats: every counter in a replay, too, though nothing is hit"""
        process = self.start("replay", "-r", self.write("none.rules", ""), "-o", "null",
                             "--stats", "1", "-", stdin=subprocess.PIPE)
        with open(pcap(self.capture), "rb") as file:
            whole = file.read()
        process.stdin.write(whole[:24])

        def is_reported():
            process.stdin.write(100 * whole[24:])
            return "stats: " in process.err()
        wait_for(is_reported, "statistics")
        self.end(process)
        line, *_ = [line for line in process.err().splitlines() if "stats: " in line]
        names = [word.partition("=")[0] for word in line.partition("stats: ")[2].split()]
        self.nsmx("replay", "-r", RULES, "-o", "null", "--summary", "summary.json", pcap(self.capture))
        self.assertEqual(names, [name for name in self.summary() if not name.endswith("_by")])


if __name__ == "__main__":
    harness.main()
