#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of packaging/ for other programs: each is read by its program where that is installed,
and names only fields and counters that there are. What rsyslog and syslog-ng send to Elasticsearch
is compared with the events."""
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import tomllib
import unittest

import harness
import traffic
from harness import field, need_programs, wait_for

PACKAGING = os.path.join(harness.ROOT, "packaging")
SIEM = os.path.join(PACKAGING, "siem")
EVENTS = "/var/log/nsmx/events.json"            # in the files, and replaced by the test's
SERVER = "127.0.0.1:9200"


def source(*path):
    with open(os.path.join(PACKAGING, *path), encoding="utf-8") as file:
        return file.read()


def need_yaml():
    try:
        import yaml
    except ImportError:
        raise unittest.SkipTest("python3-yaml is not installed") from None
    return yaml


def mapped(mapping, path=""):
    """The paths of the fields in a mapping of Elasticsearch."""
    for name, inner in mapping.get("properties", {}).items():
        if "type" in inner:
            yield path + name
        yield from mapped(inner, f"{path}{name}.")


class Files(harness.Case):
    """Files that belong to this program: its events and counters are those that they name."""

    def setUp(self):
        super().setUp()
        self.hits("hijack-mta")                 # a program that has events

    def fields(self):
        """Fields of events, without the brackets of arrays."""
        return set(mapped(json.loads(source("siem", "nsmx-mappings.json"))["template"]["mappings"]))

    def metrics(self):
        """The names of counters for Prometheus, by the summary of a replay."""
        self.replay("--summary", "summary.json", harness.pcap("hijack-mta"))
        gauges = {"events_pending", "rules", "history_files", "history_bytes", "history_written"}
        summary = {name for name, value in self.summary().items() if isinstance(value, int)}
        return {"nsmx_" + name + ("" if name in gauges else "_total") for name in summary}

    def test_json(self):
        """each JSON file is JSON, without a name twice"""
        for name in os.listdir(SIEM):
            if name.endswith(".json"):
                harness.STRICT.decode(source("siem", name))

    def test_mappings(self):
        """Elasticsearch: the index template is composed of the mappings; addresses, times and numbers have types"""
        template = json.loads(source("siem", "nsmx-template.json"))
        self.assertEqual(template["composed_of"], ["nsmx-mappings"])
        mapping = json.loads(source("siem", "nsmx-mappings.json"))["template"]["mappings"]

        def kind(path):
            inner = mapping
            for name in path.split("."):
                inner = inner["properties"][name]
            return inner["type"]
        for path, wanted in (("dns.authorities", "object"), ("dns.authorities.ttl", "long"),
                             ("smtp.rcpt_to.accepted", "boolean"), ("nsmx.cached_until", "date"),
                             ("nsmx.incident.resolvers.ip", "ip"), ("@timestamp", "date"),
                             ("threat.enrichments", "nested"), ("rule.id", "keyword")):
            self.assertEqual(kind(path), wanted, path)
        limit = template["template"]["settings"]["index"]["mapping"]["total_fields"]["limit"]
        self.assertLess(len(list(mapped(mapping))), limit / 2)

    def test_kibana(self):
        """Kibana: saved objects refer to each other, and to fields of events"""
        objects = [harness.STRICT.decode(line) for line in source("siem", "nsmx.kibana.ndjson").splitlines()]
        known = {(item["type"], item["id"]) for item in objects}
        self.assertEqual(len(known), len(objects))
        names = set()
        for item in objects:
            for reference in item["references"]:
                self.assertIn((reference["type"], reference["id"]), known)
            attributes = item["attributes"]
            names.update(attributes.get("columns", ()))
            for aggregation in json.loads(attributes.get("visState", "{}")).get("aggs", ()):
                names.update({aggregation["params"].get("field")} - {None})
            search = attributes.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", "{}")
            query = json.loads(search).get("query", {}).get("query", "")
            names.update(re.findall(r"([\w.@]+) :", query))
            json.loads(attributes.get("panelsJSON", "[]"))
        self.assertGreater(len(names), 20)
        self.assertEqual(names - self.fields(), set())

    def test_pages(self):
        """pages about other programs name fields that there are"""
        fields = self.fields()
        objects = {name.split(".")[0] for name in fields if "." in name}
        found = set()
        for page in ("consumers", "syslog"):
            with open(os.path.join(harness.ROOT, f"docs/{page}.md"), encoding="utf-8") as file:
                found.update(re.findall(r"`([a-z_]+(?:\.[a-z_0-9]+)+)(?:\[\])?`", file.read()))
        named = {name for name in found if name.split(".")[0] in objects}
        self.assertGreater(len(named), 15)
        self.assertEqual({name for name in named
                          if not any(f"{path}.".startswith(f"{name}.") for path in fields)}, set())

    def test_grafana(self):
        """Grafana: counters that there are, keys of Redis, panels that do not overlap"""
        dashboard = json.loads(source("siem", "nsmx.grafana.json"))
        metrics, used, taken = self.metrics(), set(), set()
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken or at["x"] + at["w"] > 24, panel["title"])
            taken |= cells
            for target in panel["targets"]:
                used.update(re.findall(r"nsmx_\w+", target.get("expr", "")))
                if target["datasource"]["type"] == "redis-datasource":
                    self.assertRegex(json.dumps(target), r"nsmx:(hits|incidents)\b")
        self.assertGreater(len(used), 20)
        self.assertEqual(used - metrics, set())

    def test_grafana_expressions(self):
        """Grafana: promtool accepts each expression"""
        need_programs("promtool")
        dashboard = json.loads(source("siem", "nsmx.grafana.json"))
        rules = [{"record": "a:b", "expr": target["expr"].replace("$instance", ".*"), "labels": {"n": str(number)}}
                 for number, target in enumerate(target for panel in dashboard["panels"]
                                                 for target in panel["targets"] if "expr" in target)]
        self.write("rules.json", json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
        self.assertIn("SUCCESS", self.tool("promtool", "check", "rules", self.path("rules.json")))

    def test_filebeat(self):
        """Filebeat: YAML with the id of a document"""
        config = need_yaml().safe_load(source("siem", "nsmx.filebeat.yml"))
        entry, = config["filebeat.inputs"]
        self.assertEqual(entry["paths"], [EVENTS])
        self.assertEqual(entry["parsers"][0]["ndjson"]["document_id"], "event.id")
        if shutil.which("filebeat"):
            self.tool("filebeat", "test", "config", "-c", os.path.join(SIEM, "nsmx.filebeat.yml"))

    def test_vector(self):
        """Vector: TOML whose parts name each other"""
        config = tomllib.loads(source("siem", "nsmx.vector.toml"))
        for part in (*config["transforms"].values(), *config["sinks"].values()):
            self.assertLessEqual(set(part["inputs"]), {*config["sources"], *config["transforms"]})
        if shutil.which("vector"):
            self.tool("vector", "validate", "--no-environment", os.path.join(SIEM, "nsmx.vector.toml"))

    def test_fluent_bit(self):
        """Fluent Bit: sections of names and values; the parser is that of the other file"""
        texts = source("siem", "nsmx.fluent-bit.conf"), source("siem", "nsmx.fluent-bit-parsers.conf")
        for line in "".join(texts).splitlines():
            self.assertRegex(line, r"^(|#.*|\[[A-Z]+\]|    \w+ +\S.*|    # .*)$")
        self.assertEqual(*(re.search(pattern, text)[1] for pattern, text in
                           zip((r"Parser +(\w+)", r"Name +(\w+)"), texts)))
        if shutil.which("fluent-bit"):
            self.tool("fluent-bit", "--dry-run", "-c", os.path.join(SIEM, "nsmx.fluent-bit.conf"))

    def test_logstash(self):
        """Logstash: braces in pairs, and the id of a document"""
        text = re.sub(r"^ *#.*$", "", source("siem", "nsmx.logstash.conf"), flags=re.MULTILINE)
        bare = re.sub(r'"[^"]*"', "", text)
        self.assertNotIn('"', bare)
        self.assertEqual(bare.count("{"), bare.count("}"))
        self.assertIn('document_id => "%{[event][id]}"', text)
        if shutil.which("logstash"):
            self.tool("logstash", "-t", "-f", os.path.join(SIEM, "nsmx.logstash.conf"))

    def test_logrotate(self):
        """logrotate -d accepts its file"""
        need_programs("logrotate")
        folder = os.path.join(self.folder, "log")
        os.mkdir(folder)
        self.write("log/events.json", "{}\n")
        text = source("nsmx.logrotate").replace("/var/log/nsmx", folder)
        path = self.write("conf", text.replace("su nsmx nsmx", f"su {os.geteuid()} {os.getegid()}"))
        os.chmod(path, 0o644)
        done = subprocess.run(["logrotate", "-d", "-s", self.path("state"), path], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn(b"error", done.stdout)
        self.assertIn(f"considering log {folder}/events.json".encode(), done.stdout)

    def test_apparmor(self):
        """apparmor_parser accepts the profile"""
        need_programs("apparmor_parser")
        self.tool("apparmor_parser", "-Q", "-K", "-T", os.path.join(PACKAGING, "nsmx.apparmor"))

    def test_compose(self):
        """docker-compose accepts its file; the commands are options of the program"""
        text = source("docker", "compose.yaml")
        for service in need_yaml().safe_load(text)["services"].values():
            command = service["command"]
            if service["image"] == "nsmx":
                known = self.nsmx("help", command[0])
                self.assertEqual(known.status, 0, known.err)
                for word in command[1:]:
                    if word.startswith("--"):
                        self.assertIn(word, known.out.decode())
        need_programs("docker-compose")
        self.write("token", "x")
        self.write("compose.yaml", text)
        done = subprocess.run(["docker-compose", "-f", self.path("compose.yaml"), "config"], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_dockerfile(self):
        """Dockerfile: instructions; the target and the packages of the build exist"""
        lines = source("docker", "Dockerfile").replace("\\\n", " ").splitlines()
        words = {line.split()[0] for line in lines if line and not line.startswith("#")}
        self.assertEqual(words, {"FROM", "RUN", "WORKDIR", "COPY", "VOLUME", "ENTRYPOINT", "CMD"})
        with open(os.path.join(harness.ROOT, "Makefile"), encoding="utf-8") as file:
            self.assertIn("\ndeb: deb-deps\n", file.read())


class Zeek(harness.Case):
    def test_log(self):
        """log events as a log of Zeek: a row for each, whose columns have the values of the event"""
        need_programs("jq")
        records = [traffic.dns_record("a.test", 16, b"\5a,b\tc"), traffic.dns_record("a.test", 1, b"\xc0\0\2\1")]
        response = traffic.dns_response([traffic.dns_name("a.test") + b"\0\x10\0\1"], records)
        self.write("x.pcap", traffic.pcap([traffic.datagram(response)]))
        done = self.nsmx("replay", "-r", harness.RULES, "--log", "all", "-o", "file:log.json",
                         self.path("x.pcap"), *map(harness.pcap, ("hijack-resolver", "hijack-mta")))
        self.assertEqual(done.status, 0, done.err)
        logged = [event for event in harness.events(self.read("log.json"))
                  if event["event"]["kind"] == "event"]
        for log in ("dns", "smtp"):
            text = self.tool("sh", "-c", 'exec jq -rn --arg log "$0" -f "$1" <"$2"', log,
                             os.path.join(SIEM, "nsmx-zeek.jq"), self.path("log.json"))
            lines = text.splitlines()
            names = next(line.split("\t")[1:] for line in lines if line.startswith("#fields\t"))
            types = next(line.split("\t")[1:] for line in lines if line.startswith("#types\t"))
            self.assertEqual(len(types), len(names))
            rows = [dict(zip(names, line.split("\t"), strict=True))
                    for line in lines if not line.startswith("#")]
            wanted = [event for event in logged if event["event"]["dataset"] == f"nsmx.{log}"]
            self.assertEqual([row["uid"] for row in rows], [event["event"]["id"] for event in wanted])
            self.assertGreater(len(rows), 1)
            for row, event in zip(rows, wanted):
                self.assertEqual(row["id.orig_h"], event["client"]["ip"])
                self.assertEqual(row["ts"][10:], event["@timestamp"][19:26])
                self.assertEqual(row.get("query"), field(event, "dns.question.name"))
                if log == "smtp" and field(event, "smtp.rcpt_to"):
                    self.assertEqual(row["rcptto"].split(","),
                                     [entry["address"] for entry in field(event, "smtp.rcpt_to")])
            if log == "dns":
                own, = (row for row in rows if row["query"] == "a.test")
                self.assertEqual(own["answers"], r'"a\x2cb\\009c",192.0.2.1')
                self.assertEqual((own["TTLs"], own["RA"], own["AA"]), ("300,300", "T", "F"))


class Elasticsearch(http.server.BaseHTTPRequestHandler):
    """Accepts what is sent to its bulk API."""
    protocol_version = "HTTP/1.1"

    def answer(self, text=b"{}"):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_HEAD = answer

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bulk.append((self.path, body))
        items = [{"index": {"status": 201}}] * (body.count(b"\n") // 2)
        self.answer(json.dumps({"took": 1, "errors": False, "items": items}).encode())

    def log_message(self, *_):
        """Not to standard error."""


class Shippers(harness.Case):
    """Programs that send the events of a file to Elasticsearch."""

    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elasticsearch)
        self.server.bulk = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        # Longer than what both programs accept by default.
        records = [traffic.dns_record("a.test", 1, number.to_bytes(4, "big")) for number in range(1500)]
        self.write("long.pcap", traffic.pcap([traffic.datagram(traffic.dns_response((), records))]))
        done = self.nsmx("replay", "--alerts", "both", "--log", "all", "-r", harness.RULES,
                         "-o", "file:events.json", self.path("long.pcap"),
                         *map(harness.pcap, ("hijack-resolver", "hijack-mta")))
        self.assertEqual(done.status, 0, done.err)

    def config(self, name):
        port = self.server.server_address[1]
        return source("siem", name).replace(EVENTS, self.path("events.json")).replace(
            '"9200"', f'"{port}"').replace(SERVER, f"127.0.0.1:{port}")

    def check(self, *argv):
        """Each event arrives as it was written, under its id, in the index of its month."""
        process = harness.Process(self, argv)
        wanted = self.read("events.json").splitlines()
        self.assertGreater(len(wanted), 50)
        self.assertGreater(max(map(len, wanted)), 100 << 10)

        def arrived():
            assert process.popen.poll() is None, process.out() + process.err().encode()
            lines = [line for _, body in list(self.server.bulk) for line in body.splitlines()]
            return lines if len(lines) >= 2 * len(wanted) else None
        lines = wait_for(arrived, "all events")
        self.assertEqual(process.stop(), 0, process.err())
        self.assertEqual({path for path, _ in self.server.bulk}, {"/_bulk"})
        self.assertEqual(lines[1::2], wanted)
        for head, line in zip(lines[::2], wanted):
            event = json.loads(line)
            month = event["@timestamp"][:7].replace("-", ".")
            self.assertEqual(json.loads(head),
                             {"index": {"_index": f"nsmx-{month}", "_id": event["event"]["id"]}})

    def test_rsyslog(self):
        """rsyslog, with its module for Elasticsearch"""
        need_programs("rsyslogd")
        path = self.write("rsyslog.conf",
                          self.config("nsmx.rsyslog.conf").replace("/var/spool/rsyslog", self.folder))
        done = subprocess.run(["rsyslogd", "-N1", "-f", path], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if b"omelasticsearch" in done.stdout:
            self.skipTest("rsyslog-elasticsearch is not installed")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.check("rsyslogd", "-n", "-f", path, "-i", self.path("pid"))

    def test_syslog_ng(self):
        """syslog-ng, with its module for HTTP"""
        need_programs("syslog-ng")
        path = self.write("syslog-ng.conf", self.config("nsmx.syslog-ng.conf"))
        done = subprocess.run(["syslog-ng", "-s", "--no-caps", "-f", path], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if b"http" in done.stdout and done.returncode != 0:
            self.skipTest("syslog-ng-mod-http is not installed")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.check("syslog-ng", "-F", "--no-caps", "-f", path, "-R", self.path("persist"),
                   "-c", self.path("control"), "-p", self.path("pid"))


if __name__ == "__main__":
    harness.main()
