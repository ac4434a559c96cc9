#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console under clients that are slow, many or hostile: it answers others, its memory has a
bound, and a sensor that writes the history does not notice."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time

import harness
import test_console

PAGE = "/pdns/query/coincheck.com"
CONNECTIONS = 200
REQUEST_S = 10                          # a request must be complete by then
ANSWER_S = 60                           # an answer must be taken by then
MANY = 50000                            # rows; the largest answer

# Requests as octets, and the statuses with which they may be refused; None: the connection may end.
REQUESTS = [
    (b"GET /lookup?q=" + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", {414, None}),
    (b"GET /pdns/query/" + b"a" * 5000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", {414}),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(5000)) + b"\r\n",
     {431, None}),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 30000 + b"\r\n\r\n", {431, None}),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a=b; " * 2000 + b"\r\n\r\n", {404, 431, None}),
    (b"GET / HTTP/1.1\r\n\r\n", {400, 421}),
    (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", {421}),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", {400, 404, 421}),
    (b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n", {400, 421}),
    (b"GET http://evil.example/incidents HTTP/1.1\r\nHost: localhost\r\n\r\n", {400, 404}),
    (b"GET //etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", {404}),
    (b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", {404}),
    (b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", {404}),
    (b"GET /incidents/..%2F..%2Fetc%2Fpasswd HTTP/1.1\r\nHost: localhost\r\n\r\n", {404}),
    (b"GET /pdns/query/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    (b"GET /pdns/query/%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n", {200, 400}),
    (b"GET /pdns/query/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    (b"GET /pdns/query/\xff\x00\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n", {200, 400, 414, None}),
    (b"GET /lookup?q=%25%32%65%25%32%65 HTTP/1.1\r\nHost: localhost\r\n\r\n", {200}),
    (b"GET /dnsdb/v2/lookup/rrset/name/" + b"a." * 200 + b"/A HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    (b"GET " + PAGE.encode() + b"?limit=-1 HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    (b"GET " + PAGE.encode() + b"?" + b"&" * 3000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", {200, 414, 431, None}),
    (b"DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n", {405}),
    (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", {400, 404, 405}),
    (b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", {400, 404, 405}),
    (b"PUT /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 5000, {405, 413, None}),
    (b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + b"x" * 5000, {None}),
    (b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n" + b"x" * 5000, {None}),
    (b"POST " + PAGE.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", {405}),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {400, 404, None}),
    (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", {400, 404, 505, None}),
    (b"GET /\r\n\r\n", {400, None}),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, {400, None}),
    (b"\r\n" * 5000, {400, None}),
    (b"\0" * 5000, {400, None}),
]


class Hostile(test_console.Case):
    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), harness.PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def status(self, request):
        """The status of the reply; None if the connection ended without one."""
        connection = self.connect()
        text = b""
        with contextlib.suppress(OSError):              # the reply can come before the request ends
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while b"\r\n" not in text:
                part = connection.recv(4096)
                if not part:
                    break
                text += part
        connection.close()
        return int(text.split()[1]) if text.startswith(b"HTTP/1.1 ") else None

    def pids(self):
        return sorted(harness.named_children(self.console.pid, "nsmx-"))

    def peak(self):
        """The largest memory of each process so far, in MiB."""
        return {harness.status(pid)["Name"]: int(harness.status(pid)["VmHWM"].split()[0]) // 1024
                for pid in self.pids()}

    def many_rows(self):
        """A history with the largest answer: a folder of its own."""
        rows = "".join(json.dumps({"rrname": f"host-{number}.{number % 97}.big.example",
                                   "rrtype": "TXT", "rdata": f'"{number:0100d}"',
                                   "time_first": 1590000000 + number, "time_last": 1600000000,
                                   "count": 3}) + "\n" for number in range(MANY + 1000))
        done = self.nsmx("history", "import", "--history", self.path("big"),
                         self.write("rows.json", rows))
        self.assertEqual(done.status, 0, done.err)
        for name in os.listdir(self.path("big")):
            os.chmod(os.path.join(self.path("big"), name), 0o644)
        os.chmod(self.path("big"), 0o755)
        return self.path("big")

    def test_requests(self):
        """what no browser sends is refused, and ends no process"""
        self.serve()
        before = self.pids()
        for request, allowed in REQUESTS:
            status = self.status(request)
            self.assertIn(status, allowed, request[:100])
        self.assertEqual(self.pids(), before)
        self.assertTrue(self.lines(PAGE))
        self.quiet()

    def test_pipeline(self):
        """many requests at once on a connection have as many replies"""
        self.serve()
        connection = self.connect()
        request = f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        last = b"GET /dnsdb/v2/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        connection.sendall(request * 20 + last)
        text = b""
        while part := connection.recv(1 << 16):
            text += part
        self.assertEqual(text.count(b"HTTP/1.1 200 OK\r\n"), 21)

    def test_slow_clients(self):
        """200 connections that send a request octet by octet, or nothing, or do not read: others are
        answered, the slow ones are closed, and memory stays in its bounds"""
        self.serve(history=self.many_rows())
        begun = time.monotonic()
        slow = [self.connect() for _ in range(CONNECTIONS)]
        for connection in slow[100:120]:                 # these ask for 12 MiB, and do not read
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(b"GET /dnsdb/v2/lookup/rrset/name/*.big.example?limit=0 HTTP/1.1\r\n"
                               b"Host: localhost\r\n\r\n")
        text = iter(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100000)
        waiting = slow[:100] + slow[120:]

        def others_are_answered():
            octet = bytes([next(text)])
            for connection in slow[:100]:               # again and again
                with contextlib.suppress(OSError):
                    connection.send(octet)
            self.assertEqual(self.ask("/dnsdb/v2/ping")[0], 200)
            waiting[:] = [connection for connection in waiting if not self.is_closed(connection)]
            return not waiting
        harness.wait_for(others_are_answered, "the end of slow connections")
        # Answers that are not taken fill the memory for them; the largest give way.
        self.assertEqual(len(self.lines("/dnsdb/v2/lookup/rrset/name/host-7.7.big.example")), 3)
        self.assertGreater(time.monotonic() - begun, REQUEST_S - 1)
        peak = self.peak()
        if not harness.is_sanitized():              # such a build may take longer
            self.assertLess(time.monotonic() - begun, ANSWER_S)
            self.assertLess(peak["nsmx-console"], 160, peak)
            self.assertLess(max(peak.values()), 320, peak)
        for connection in slow:
            connection.close()
        self.assertEqual(len(self.lines("/dnsdb/v2/lookup/rrset/name/host-7.7.big.example")), 3)
        self.quiet()

    def is_closed(self, connection):
        connection.setblocking(False)
        try:
            return connection.recv(1) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def test_sensor_does_not_notice(self):
        """a sensor that writes the history while 200 connections query it: the same rows, no loss"""
        plain = self.nsmx("replay", "-r", harness.RULES, "-o", "null", "--sensor", "s", "--summary",
                          "plain.json", "--history", self.path("alone"), *test_console.CAPTURES)
        self.assertEqual(plain.status, 0, plain.err)
        seen = self.path("seen")
        sensor = self.start("replay", "-r", harness.RULES, "-o", "null", "--sensor", "s", "--summary",
                            "summary.json", "--history", seen, "-", stdin=subprocess.PIPE)
        harness.wait_for(lambda: os.path.isdir(seen), "the folder")
        os.chmod(seen, 0o755)
        self.serve(history=seen)
        ended = threading.Event()
        statuses = []

        def ask():
            while not ended.is_set():
                statuses.append(self.ask("/pdns/query/*.com")[0])
        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        idle = [self.connect() for _ in range(CONNECTIONS - 20)]
        merged = self.tool("mergecap", "-w", self.path("all.pcap"), *test_console.CAPTURES)
        self.assertEqual(merged, "")
        with open(self.path("all.pcap"), "rb") as file:
            while part := file.read(20000):
                sensor.stdin.write(part)
                sensor.stdin.flush()
        sensor.stdin.close()
        self.assertEqual(sensor.wait(), 0, sensor.err())
        ended.set()
        for thread in threads:
            thread.join()
        for connection in idle:
            connection.close()
        self.assertEqual(set(statuses), {200})
        found, wanted = self.summary(), self.summary("plain.json")
        for name in "packets", "hits", "history_rows", "history_rows_dropped", "kernel_drops":
            self.assertEqual(found[name], wanted[name], name)

        def export(folder):
            done = self.nsmx("history", "export", "--history", folder)
            return sorted(done.out.splitlines())
        self.assertEqual(export(seen), export(self.path("alone")))

    def test_stuck_query(self):
        """a client whose query has no answer, because the process ends, gets an error"""
        self.serve()
        queries = harness.named_children(self.console.pid, "nsmx-query")
        for pid in queries:
            os.kill(pid, signal.SIGSTOP)
        clients = [self.connect() for _ in queries]
        for client in clients:
            client.sendall(f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        for _ in range(3):                      # then the queries have been passed on
            self.assertEqual(self.ask("/dnsdb/v2/ping")[0], 200)
        self.assertEqual(self.ask("/incidents")[0], 404)        # of another process
        os.kill(queries[0], signal.SIGKILL)
        for number in signal.SIGALRM, signal.SIGCONT:           # as after 30 s
            os.kill(queries[1], number)
        self.assertEqual(sorted(client.recv(4096).split()[1] for client in clients),
                         [b"500", b"503"])
        self.console.wait_err("a query took longer than 30 s")
        harness.wait_for(lambda: self.ask(PAGE)[0] == 200, "an answer")


if __name__ == "__main__":
    harness.main()
