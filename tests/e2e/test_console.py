#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console: APIs of CIRCL and DNSDB that answer as `nsmx history` does, and who may ask."""
import atexit
import base64
import datetime
import http.client
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile

import harness
from clickhouse import ClickHouse

CAPTURES = [harness.pcap(name) for name in harness.captures()]
TOKEN = "0123456789abcdef-token"
NAMES = ("coincheck.com", "*.coincheck.com", "*.org", "ns-1515.*", "ns-1515.awsdns-061.org",
         "www.*", "nothing.example", "example.com")
NETWORKS = ("45.77.24.0-45.77.24.255", "45.77.24.250", "45.77.24.0/24", "192.0.0.0/5", "2001:db8::/16", "203.0.113.77")
FOLDER = []                             # the folder with the history and the events of all captures
RECORDS = {"child", "parent", "cache", "glue"}


def plain(row):
    """What both APIs have of a row, so that it can be compared and counted."""
    data = row["rdata"] if isinstance(row["rdata"], list) else [row["rdata"]]
    return (row["rrname"], str(row["rrtype"]).removeprefix("TYPE"), *data, row["time_first"],
            row["time_last"], row["count"], row.get("origin"), row.get("ttl_min"))


PROCESSES = ["nsmx-console", "nsmx-events", "nsmx-query-1", "nsmx-query-2"]


class Case(harness.Case):
    def setUp(self):
        super().setUp()
        if not FOLDER:
            place = tempfile.mkdtemp(prefix="nsmx-console-")
            atexit.register(shutil.rmtree, place, ignore_errors=True)
            os.chmod(place, 0o755)
            done = self.nsmx("replay", "--alerts", "both", "--history", f"{place}/seen", "--sensor",
                             "s", "-r", harness.RULES, "-o", f"file:{place}/events.json",
                             "--history-mail", "mailboxes", *CAPTURES)
            self.assertEqual(done.status, 0, done.err)
            for folder, _, names in os.walk(place):
                os.chmod(folder, 0o755)
                for name in names:
                    os.chmod(os.path.join(folder, name), 0o644)
            FOLDER.append(place)
        self.seen = f"{FOLDER[0]}/seen"
        self.console = None

    def serve(self, *args, history=None):
        self.port = harness.free_port()
        self.console = self.start("serve", "--history", history or self.seen, "--listen",
                                  f"127.0.0.1:{self.port}", *args)
        harness.wait_for(self.listens, "the console")
        # It answers before the last process that it has started has its name.
        harness.wait_for(lambda: self.names() == PROCESSES, "its processes")
        return self.console

    def names(self):
        return sorted(harness.status(pid)["Name"]
                      for pid in harness.named_children(self.console.pid, "nsmx-"))

    def listens(self):
        self.assertIsNone(self.console.popen.poll(), self.console.err())
        try:
            return self.ask("/dnsdb/v2/ping")[0] > 0
        except ConnectionError:
            return False

    def ask(self, target, method="GET", body=None, **headers):
        """Status, headers and body of a reply; `x_api_key` is the header X-API-Key."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
        try:
            client.request(method, target, body, {
                name.replace("_", "-"): value for name, value in headers.items()})
            reply = client.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            client.close()

    def lines(self, target):
        status, headers, body = self.ask(target)
        self.assertEqual((status, headers["Content-Type"]), (200, "application/x-ndjson"), body)
        return [json.loads(line) for line in body.splitlines()]

    def objects(self, path, parameters="", end="succeeded"):
        """The objects of a lookup in DNSDB's framing."""
        lines = self.lines(f"/dnsdb/v2/{path}?{parameters}")
        self.assertEqual(lines[0], {"cond": "begin"})
        self.assertEqual(lines[-1]["cond"], end)
        return [line["obj"] for line in lines[1:-1]]

    def history(self, *words):
        done = self.nsmx("history", "--json", *words, "--history", self.seen)
        self.assertEqual(done.status, 0, done.err)
        return [json.loads(line) for line in done.out.splitlines()]

    def quiet(self):
        """The console has not complained, so no process of it has died."""
        self.assertEqual(self.console.err(), f"nsmx: the console is at http://127.0.0.1:{self.port}/\n")


class Clients(Case):
    """dnsdbq, the client of DNSDB, which also asks CIRCL."""

    def dnsdbq(self, system, *words, key="none"):
        harness.need_programs("dnsdbq")
        config = self.write("dnsdbq.conf", f'CIRCL_SERVER="http://127.0.0.1:{self.port}/pdns/query"\n'
                            f'CIRCL_AUTH="user:{key}"\nDNSDB_API_KEY="{key}"\n'
                            f'DNSDB_SERVER="http://127.0.0.1:{self.port}"\n')
        done = subprocess.run(["dnsdbq", "-u", system, "-j", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=harness.PATIENCE,
                              env=self.environment(DNSDBQ_CONFIG_FILE=config))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(done.stderr, (b"", b"Query status: NOERROR (no results found for query.)\n"))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_circl(self):
        """dnsdbq -u circl lists exactly what nsmx history lists"""
        self.serve()
        for name in NAMES:
            self.assertEqual(self.dnsdbq("circl", "-r", name), self.history(name), name)
        for network in NETWORKS:
            self.assertEqual(self.dnsdbq("circl", "-i", network), self.history(network), network)
        self.quiet()

    def test_dnsdb(self):
        """dnsdbq -u dnsdb2, and -u dnsdb, list what nsmx history lists: names by owner, and by data"""
        self.serve()
        for system in "dnsdb2", "dnsdb":
            for name in NAMES:
                found = self.dnsdbq(system, "-r", name) + self.dnsdbq(system, "-n", name)
                self.assertEqual(set(map(plain, found)), set(map(plain, self.history(name))), name)
            for network in NETWORKS:
                self.assertEqual(list(map(plain, self.dnsdbq(system, "-i", network))),
                                 list(map(plain, self.history(network))), network)
        self.assertTrue(self.dnsdbq("dnsdb2", "-r", "coincheck.com"))
        self.quiet()

    def test_types(self):
        """a type, a bailiwick, a time"""
        self.serve()
        wanted = self.history("coincheck.com", "--type", "NS")
        found = self.dnsdbq("dnsdb2", "-r", "coincheck.com/NS")
        self.assertEqual(set(map(plain, found)),
                         {plain(row) for row in wanted if row["rrname"] == "coincheck.com"})
        self.assertEqual({row["bailiwick"] for row in found if row["origin"] == "child"},
                         {"coincheck.com"})
        self.assertTrue(self.dnsdbq("dnsdb2", "-r", "coincheck.com/NS/coincheck.com"))
        self.assertFalse(self.dnsdbq("dnsdb2", "-r", "coincheck.com/NS/example"))
        since = self.dnsdbq("dnsdb2", "-r", "coincheck.com", "-A", "2020-06-02")
        self.assertEqual({plain(row) for row in since},
                         {plain(row) for row in self.history("coincheck.com", "--since", "2020-06-02")
                          if row["rrname"] == "coincheck.com"})

    def test_token(self):
        """with a token: in the header of DNSDB's clients, as the password of CIRCL's"""
        self.serve("--token", self.write("token", TOKEN + "\n"))
        for system in "dnsdb2", "circl":
            self.assertTrue(self.dnsdbq(system, "-r", "coincheck.com", key=TOKEN))


class Parameters(Case):
    PATH = "lookup/rrset/name/*.com"

    def test_limits(self):
        """limit and offset cut the same list, and the frame states it"""
        self.serve()
        whole = self.objects(self.PATH)
        self.assertGreater(len(whole), 10)
        self.assertEqual(self.objects(self.PATH, f"limit={len(whole)}"), whole)
        self.assertEqual(self.objects(self.PATH, "limit=4", "limited"), whole[:4])
        self.assertEqual(self.objects(self.PATH, "limit=4&offset=3", "limited"), whole[3:7])
        self.assertEqual(self.objects(self.PATH, "offset=5"), whole[5:])
        self.assertEqual(self.objects(self.PATH, f"offset={len(whole)}"), [])
        self.assertEqual(self.objects(self.PATH, "limit=0"), whole)
        path = "lookup/rdata/ip/45.77.24.250"           # records, and rows of mail
        whole = self.objects(path)
        for limit in range(1, len(whole)):
            self.assertEqual(self.objects(path, f"limit={limit}", "limited"), whole[:limit])
            self.assertEqual(self.objects(path, f"offset={limit}"), whole[limit:])
        self.assertEqual({row["rrtype"] for row in self.objects(path + "/A")}, {"A"})

    def test_times(self):
        """the four bounds of time, each against all objects"""
        self.serve()
        whole = self.objects(self.PATH)
        for end in "first", "last":
            times = sorted(row[f"time_{end}"] for row in whole)
            middle = times[len(times) // 2]
            after = self.objects(self.PATH, f"time_{end}_after={middle}")
            before = self.objects(self.PATH, f"time_{end}_before={middle}")
            self.assertEqual(after, [row for row in whole if row[f"time_{end}"] >= middle])
            self.assertEqual(before, [row for row in whole if row[f"time_{end}"] <= middle])
            self.assertTrue(after and before)
            self.assertEqual(self.objects(self.PATH, f"time_{end}_after=-60"), [])

    def test_dates(self):
        """humantime gives dates; version 1 has no frame; summarize adds up"""
        self.serve()
        whole = self.objects(self.PATH)
        dates = self.objects(self.PATH, "humantime=t&aggr=f&swclient=test&version=1")
        for row, dated in zip(whole, dates, strict=True):
            for name in "time_first", "time_last":
                date = datetime.datetime.fromisoformat(dated[name].replace("Z", "+00:00"))
                self.assertEqual(date.timestamp(), row[name])
        self.assertEqual(self.lines("/" + self.PATH), whole)
        self.assertEqual(self.objects("summarize/rrset/name/*.com"), [{
            "count": sum(row["count"] for row in whole), "num_results": len(whole),
            "time_first": min(row["time_first"] for row in whole),
            "time_last": max(row["time_last"] for row in whole)}])
        self.assertEqual(self.objects("summarize/rrset/name/nothing.example"), [])

    def test_raw(self):
        """names and data as hexadecimal digits"""
        self.serve()
        wire = b"\x09coincheck\x03com\0".hex()
        self.assertEqual(self.objects(f"lookup/rrset/raw/{wire}/NS"),
                         self.objects("lookup/rrset/name/coincheck.com/NS"))
        found = self.objects(f"lookup/rdata/raw/{bytes((45, 77, 24, 250)).hex()}/A")
        self.assertTrue(found)
        self.assertEqual(found, self.objects("lookup/rdata/ip/45.77.24.250/A"))

    def test_info(self):
        """ping and rate_limit"""
        self.serve()
        self.assertEqual(json.loads(self.ask("/dnsdb/v2/ping")[2]), {"ping": "ok"})
        self.assertEqual(json.loads(self.ask("/dnsdb/v2/rate_limit")[2])["rate"]["limit"],
                         "unlimited")


class Sources(Case):
    def test_clickhouse(self):
        """a history in ClickHouse gives the same answers"""
        server = ClickHouse(self)
        url = f"clickhouse://127.0.0.1:{server.port}/seen"
        done = self.nsmx("history", "import", "--history", url, self.seen)
        self.assertEqual(done.status, 0, done.err)
        targets = [f"/pdns/query/{name.replace('/', '%2F')}" for name in NAMES + NETWORKS] + \
            ["/dnsdb/v2/lookup/rrset/name/*.com?limit=5", "/dnsdb/v2/lookup/rdata/name/*.org",
             "/dnsdb/v2/lookup/rdata/ip/45.77.24.0,24?time_last_before=1591000000"]
        self.serve()
        wanted = [self.lines(target) for target in targets]
        self.serve(history=url)
        self.assertEqual([self.lines(target) for target in targets], wanted)
        self.quiet()
        server.kill()
        self.assertEqual(self.ask(targets[0])[0], 500)

    def test_nothing_is_there(self):
        """a folder that does not exist is an error at the start"""
        done = self.nsmx("serve", "--history", self.path("nothing"), "--listen",
                         f"127.0.0.1:{harness.free_port()}")
        self.assertEqual(done.status, 1)
        self.assertIn("No such file", done.err)

    def test_wrong_kind(self):
        """events that are no file, a history that is no folder: errors at the start"""
        os.mkfifo(self.path("pipe"))
        os.mkdir(self.path("folder"))
        listen = "--listen", f"127.0.0.1:{harness.free_port()}"
        for place in map(self.path, ("pipe", "folder")):
            done = self.nsmx("serve", "--history", self.seen, "--events", place, *listen)
            self.assertEqual(done.status, 2, done.err)
            self.assertIn(f"--events {place}: it is not a file: expected a file of -o file:PATH",
                          done.err)
        for mode in 0o644, 0o755:
            history = self.write("history", b"")
            os.chmod(history, mode)
            done = self.nsmx("serve", "--history", history, *listen)
            self.assertEqual(done.status, 1, done.err)
            self.assertIn(f"history folder {history}: Not a directory", done.err)

    def test_unreadable(self):
        """what its user cannot read: the user and what helps are in the messages"""
        root = os.geteuid() == 0
        name = "nobody" if root else pwd.getpwuid(os.geteuid()).pw_name
        secret = self.path("secret")
        os.mkdir(secret, 0)
        self.addCleanup(os.chmod, secret, 0o700)
        done = self.nsmx("serve", "--history", secret, "--events", f"{secret}/events", "--listen",
                         f"127.0.0.1:{harness.free_port()}", *(["--user", name] if root else []))
        self.assertEqual(done.status, 1)
        for place in f"warning: --events {secret}/events", f"history folder {secret}":
            self.assertIn(f"{place}: Permission denied: user {name} cannot read it; change its "
                          "permissions or those of the folders above it, or start nsmx as root "
                          "with another --user\n", done.err)

    def test_address_in_use(self):
        """another program listens at the address: the address is in the error"""
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
            done = self.nsmx("serve", "--history", self.seen, "--listen", address)
        self.assertEqual(done.status, 1)
        self.assertIn(f"--listen {address}: Address already in use", done.err)

    def test_nothing_is_changed(self):
        """queries leave all files as they are"""
        def state():
            return {name: os.stat(os.path.join(self.seen, name))[:9]
                    for name in os.listdir(self.seen)}
        before = {name: value[:7] + value[8:] for name, value in state().items()}
        self.serve()
        self.lines("/pdns/query/*.com")
        self.lines("/pdns/query/coincheck.com")
        self.assertEqual({name: value[:7] + value[8:] for name, value in state().items()}, before)


class Pages(Case):
    """What the pages have; tests/browser/test_console_pages.py shows them in a browser."""

    def texts(self, target, status=200, **headers):
        """The texts of the cells of the tables of a page."""
        answered, headers, body = self.ask(target, **headers)
        self.assertEqual(answered, status, body)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        page = body.decode()
        self.assertNotIn("http:", page)
        return [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", page)]

    def ids(self):
        page = self.ask("/incidents")[2].decode()
        return set(re.findall(r'href="/incidents/([0-9a-f]+)"', page))

    def wanted(self):
        with open(f"{FOLDER[0]}/events.json", encoding="utf-8") as file:
            events = map(json.loads, file)
            return {event["nsmx"]["incident"]["id"] for event in events
                    if event["event"]["dataset"] == "nsmx.incident"}

    def test_incidents(self):
        """all incidents of a file of events, and each as its report, with what the history adds"""
        self.serve("--events", f"{FOLDER[0]}/events.json")
        self.assertTrue(self.wanted())
        self.assertEqual(self.ids(), self.wanted())
        for name in self.wanted():
            self.assertTrue(self.texts(f"/incidents/{name}"))
        pages = [self.ask(f"/incidents/{name}")[2] for name in sorted(self.wanted())]
        self.assertEqual(sum(b"ns-650.awsdns-17.net" in page for page in pages), 1)
        self.texts("/incidents/none", 404)
        self.quiet()

    def test_file_grows(self):
        """events that are added, a line that is being written, another file of the same name"""
        with open(f"{FOLDER[0]}/events.json", "rb") as file:
            lines = file.readlines()
        path = self.write("events.json", b"")
        self.serve("--events", path)
        self.assertEqual(self.ids(), set())
        self.write("events.json", b"".join(lines)[:-10])
        harness.wait_for(lambda: len(self.ids()) >= len(self.wanted()) - 1, "most incidents")
        self.write("next.json", b"".join(lines))
        os.replace(self.path("next.json"), path)
        harness.wait_for(lambda: self.ids() == self.wanted(), "all incidents")
        os.remove(path)
        self.texts("/incidents", 503)
        self.quiet()

    def test_damaged_history(self):
        """a look-up, an incident and DNSDB state that a file of the history is damaged"""
        shutil.copytree(self.seen, self.path("damaged"))
        rows, = (name for name in os.listdir(self.path("damaged")) if name.endswith(".rows"))
        os.truncate(self.path(f"damaged/{rows}"), 1000)
        self.serve("--events", f"{FOLDER[0]}/events.json", history=self.path("damaged"))
        self.assertEqual(self.objects("lookup/rrset/name/coincheck.com", end="limited"), [])
        self.assertIn(b"A file of the history is damaged", self.ask("/lookup?q=coincheck.com")[2])
        pages = [self.ask(f"/incidents/{name}")[2].decode() for name in self.wanted()]
        self.assertTrue(any(f"{rows} is damaged or cannot be read" in page for page in pages))

    def test_file_becomes_folder(self):
        """the page states that the events could not be read, not that there is no incident"""
        path = self.path("events.json")
        self.serve("--events", path)
        os.mkdir(path, 0o755)
        status, _, body = self.ask("/incidents")
        self.assertEqual(status, 503)
        self.assertIn(b"The events could not be read: ", body)
        self.assertNotIn(b"There is no incident", body)

    def test_redis(self):
        """incidents and hits in Redis, whose password is in no argument"""
        redis = harness.Redis(self, "--requirepass", "secret")
        url = redis.tcp_url(auth=":secret")
        self.nsmx("replay", "--alerts", "both", "-r", harness.RULES, "-o", url, *CAPTURES)
        self.serve("--events", url)
        self.assertEqual(self.ids(), self.wanted())
        self.assertTrue(self.texts(f"/incidents/{sorted(self.wanted())[0]}"))
        for pid in [self.console.pid, *harness.named_children(self.console.pid, "nsmx-")]:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                self.assertNotIn(b"secret", file.read())
        redis.kill()
        self.assertIn(b"could not be read",
                      harness.wait_for(lambda: self.unreadable(), "an error")[2])

    def unreadable(self):
        answer = self.ask("/incidents")
        return answer if answer[0] == 503 else None

    def test_lookup(self):
        """a name has the rows of nsmx history; a query is shown as it was written"""
        self.serve()
        cells = self.texts("/lookup?q=coincheck.com")
        self.assertEqual(len(cells) / 7, len(self.history("coincheck.com")))
        page = self.ask("/lookup?q=coincheck.com")[2].decode()
        types = {row["rrtype"] for row in self.history("coincheck.com")
                 if row["rrname"] == "coincheck.com" and row["origin"] in RECORDS}
        self.assertEqual(set(re.findall(r'class="type">(\w+)<', page)), types)
        self.assertTrue(self.texts("/lookup?q=support%40coincheck.com"))
        self.assertEqual(self.texts("/lookup"), [])
        self.assertEqual(self.texts("/lookup?q=nothing.example"), [])
        page = self.ask("/lookup?q=%22%3E%3Cscript%3E")[2].decode()
        self.assertIn("&quot;&gt;&lt;script&gt;", page)
        self.assertNotIn('"><script>', page)
        self.texts("/incidents", 404)

    def test_login(self):
        """the cookie of a browser: its attributes, who gets it, and its end"""
        self.serve("--token", self.write("token", TOKEN + "\n"))
        status, headers, _ = self.ask("/lookup")
        self.assertEqual((status, headers["Location"]), (303, "/login"))
        self.texts("/login")
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        for body in "token=wrong", "", "token=", f"tokens={TOKEN}", "token=%00", "token=" + "a" * 2000:
            status, headers, _ = self.ask("/login", "POST", body, **form)
            self.assertEqual((status, headers["Set-Cookie"]), (403, None), body)
        status, headers, _ = self.ask("/login", "POST", f"token={TOKEN}", **form)
        self.assertEqual((status, headers["Location"]), (303, "/"))
        cookie, *attributes = headers["Set-Cookie"].split("; ")
        self.assertEqual(set(attributes), {"Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict"})
        self.assertNotIn(TOKEN, cookie)
        self.assertTrue(self.texts("/lookup?q=coincheck.com", Cookie=cookie))
        self.assertEqual(self.ask("/lookup", Cookie=cookie + "0")[0], 303)
        self.assertEqual(self.ask("/login", "POST", f"token={TOKEN}", Origin="http://evil.example",
                                  **form)[0], 403)
        status, headers, _ = self.ask("/logout", "POST", "", Cookie=cookie)
        self.assertEqual((status, headers["Set-Cookie"][:6]), (303, "nsmx=;"))


class Access(Case):
    def test_other_addresses_need_a_token(self):
        """another address than one of loopback is refused without a token"""
        for address in "0.0.0.0:1", ":1", "192.0.2.1:1", "[2001:db8::1]:1":
            done = self.nsmx("serve", "--history", self.seen, "--listen", address)
            self.assertEqual(done.status, 2)
            self.assertIn("add --token FILE", done.err)
        done = self.nsmx("serve", "--history", self.seen, "--token", self.write("short", "abc\n"))
        self.assertEqual(done.status, 2)
        self.assertIn("openssl rand", done.err)
        self.assertEqual(self.nsmx("serve").status, 2)

    def test_token(self):
        """each way to show the token; without it nothing is answered"""
        self.serve("--token", self.write("token", TOKEN + "\n"))
        target = "/pdns/query/coincheck.com"
        basic = base64.b64encode(f"any:{TOKEN}".encode()).decode()
        wrong = base64.b64encode(b"any:wrong").decode()
        for headers in ({"X_API_Key": TOKEN}, {"Authorization": f"Bearer {TOKEN}"},
                        {"Authorization": f"Basic {basic}"}):
            self.assertEqual(self.ask(target, **headers)[0], 200, headers)
        for headers in ({}, {"X_API_Key": TOKEN[:-1]}, {"X_API_Key": ""},
                        {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Basic {wrong}"},
                        {"Authorization": "Basic ===="}, {"Cookie": "nsmx=1"},
                        {"Cookie": f"nsmx={TOKEN}"}):
            status, answered, body = self.ask(target, **headers)
            self.assertEqual(status, 401, headers)
            self.assertIn("Basic", answered["WWW-Authenticate"])
            self.assertNotIn(b"rrname", body)
            self.assertEqual(self.ask("/dnsdb/v2/lookup/rrset/name/com", **headers)[0], 403)
        self.assertEqual(self.ask("/dnsdb/v2/ping")[0], 403)
        self.assertNotIn(TOKEN, self.console.err())

    def test_hosts(self):
        """a page whose name points here has another Host, a page of others another Origin"""
        self.serve()
        target = "/pdns/query/coincheck.com"
        for host in f"127.0.0.1:{self.port}", "localhost", "[::1]":
            self.assertEqual(self.ask(target, Host=host)[0], 200)
        for host in "attacker.example", f"attacker.example:{self.port}", "", "192.0.2.1":
            self.assertEqual(self.ask(target, Host=host)[0], 421, host)
        here = f"127.0.0.1:{self.port}"
        self.assertEqual(self.ask(target, Origin=f"http://{here}")[0], 200)
        for origin in "http://attacker.example", "null", "http://127.0.0.1:1":
            self.assertEqual(self.ask(target, Origin=origin)[0], 403, origin)

    def test_rights(self):
        """no process has rights or may use other system calls, and none has the wrong user"""
        self.serve()
        self.lines("/pdns/query/coincheck.com")
        children = harness.named_children(self.console.pid, "nsmx-")
        self.assertEqual(self.names(), PROCESSES)
        for pid in [self.console.pid, *children]:
            found = harness.status(pid)
            self.assertEqual(int(found["CapEff"], 16) | int(found["CapPrm"], 16), 0)
            self.assertNotEqual(found["Uid"].split()[0], "0")
            self.assertEqual(found["NoNewPrivs"], "1")
            if not harness.is_sanitized():
                self.assertEqual(found["Seccomp"], "2")

    def test_death(self):
        """a process that dies is replaced"""
        self.serve()
        for name in "nsmx-query-1", "nsmx-query-2", "nsmx-events", "nsmx-console":
            for pid in harness.named_children(self.console.pid, name):
                os.kill(pid, 9)
            harness.wait_for(lambda name=name: harness.named_children(self.console.pid, name), name)
        harness.wait_for(self.listens, "the console")
        self.assertTrue(self.lines("/pdns/query/coincheck.com"))
        self.assertEqual(self.console.stop(), 0)


if __name__ == "__main__":
    harness.main()
