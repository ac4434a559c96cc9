#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""rediss:// against Debian's redis-server with tls-port: what is accepted, what is
refused, and the words for it. The certificates are made here, each time anew."""
import os
import selectors
import socket
import ssl
import threading

import harness
from authority import Authority
from harness import RULES, free_port, pcap

CAPTURE = "hijack-mta"


class Splitter:
    """A server with TLS that passes on what another one sends in records of a single octet."""

    def __init__(self, case, certificate, key, server):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.server, self.octets = server, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        case.addCleanup(self.end)

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def run(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.context.wrap_socket(client, server_side=True) as client, \
                    socket.create_connection(("127.0.0.1", self.server.port)) as server:
                self.pass_on(client, server)

    def pass_on(self, client, server):
        with selectors.DefaultSelector() as either:
            either.register(client, selectors.EVENT_READ)
            either.register(server, selectors.EVENT_READ)
            while True:
                for key, _ in either.select():
                    octets = key.fileobj.recv(65536)
                    if not octets:
                        return
                    if key.fileobj is client:
                        server.sendall(octets)
                        continue
                    for octet in octets:
                        client.sendall(bytes([octet]))
                    self.octets += len(octets)


class Tls(harness.Case):
    """Each test starts a server with a certificate of its own."""

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder, "authority")
        self.wanted = [harness.timeless(event) for event in self.hits(CAPTURE)]

    def serve(self, subject="DNS:localhost,IP:127.0.0.1", expired=False, clients="no",
              protocols="TLSv1.2 TLSv1.3"):
        certificate, key = self.authority.issue("server", subject, expired)
        self.port = free_port()
        return harness.Redis(
            self, "--tls-port", str(self.port), "--tls-cert-file", certificate,
            "--tls-key-file", key, "--tls-ca-cert-file", self.authority.cert,
            "--tls-auth-clients", clients, "--tls-protocols", protocols)

    def target(self, host="127.0.0.1", **options):
        options.setdefault("ca", self.authority.cert)
        words = "&".join(f"{name.replace('_', '-')}={value}" for name, value in options.items()
                         if value is not None)
        return f"rediss://{host}:{self.port}{'?' if words else ''}{words}"

    def deliver(self, target, status=0):
        done = self.nsmx("replay", "-r", RULES, "-o", target, pcap(CAPTURE))
        self.assertEqual(done.status, status, done.err)
        return done.err

    def check(self, server):
        found = [harness.timeless(event) for entry in server.stream()
                 for event in harness.events(entry["event"] + b"\n")]
        self.assertEqual(found, self.wanted)
        server.client().flushall()

    def refused(self, server, target, words):
        """Logged once, with these words; status 1 at once, nothing delivered."""
        log = self.deliver(target, status=1)
        self.assertEqual(log.count(f"refused: {words}"), 1, log)
        self.assertEqual(server.client().exists("nsmx:hits"), 0)

    def test_right(self):
        """the right certificate: by address, by sni=, with TLS 1.2 and 1.3"""
        for protocol in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(protocol):
                server = self.serve(protocols=protocol)
                for target in (self.target(), self.target(sni="localhost")):
                    self.deliver(target)
                    self.check(server)
                server.kill()
                server.process.end()
                os.rename(server.folder, server.folder + protocol)

    def test_single_octets(self):
        """replies in records of a single octet"""
        server = harness.Redis(self)
        splitter = Splitter(self, *self.authority.issue("server", "IP:127.0.0.1"), server)
        self.port = splitter.port
        self.deliver(self.target())
        self.check(server)
        self.assertGreater(splitter.octets, 100)

    def test_right_name(self):
        """the right certificate: by name"""
        harness.need_localhost()
        server = self.serve()
        self.deliver(self.target("localhost"))
        self.check(server)

    def test_wrong_host(self):
        """a certificate for another name than the one that was asked for"""
        harness.need_localhost()
        server = self.serve("DNS:elsewhere.example,IP:127.0.0.2")
        self.refused(server, self.target("localhost"),
                     "TLS: the server's certificate is not for localhost")

    def test_folder_of_authorities(self):
        """ca= with a folder as openssl rehash makes it"""
        server = self.serve()
        os.mkdir(self.path("ca"))
        os.link(self.authority.cert, self.path("ca/one.crt"))
        self.tool("openssl", "rehash", self.path("ca"))
        self.deliver(self.target(ca=self.path("ca")))
        self.check(server)

    def test_wrong_name(self):
        """a certificate for another name, or another address"""
        server = self.serve("DNS:elsewhere.example,IP:127.0.0.2")
        words = "TLS: the server's certificate is not for "
        self.refused(server, self.target(), words + "127.0.0.1")
        self.refused(server, self.target(sni="else.example"), words + "else.example")
        self.deliver(self.target(sni="elsewhere.example"))
        self.check(server)

    def test_expired(self):
        """an expired certificate"""
        server = self.serve(expired=True)
        self.refused(server, self.target(), "TLS: the server's certificate has expired")

    def test_unknown_authority(self):
        """a certificate of an authority that nobody named"""
        server = self.serve()
        words = "TLS: the server's certificate is from an unknown authority"
        self.refused(server, self.target(ca=Authority(self.folder, "other").cert), words)
        self.refused(server, self.target(ca=None), words)
        self.refused(server, self.target(ca=self.path("none.crt")),
                     f"ca={self.path('none.crt')}: No such file")

    def test_client_certificate(self):
        """a client certificate is demanded: none, a stranger's, the right one"""
        stranger = Authority(self.folder, "stranger").issue("sensor", "DNS:sensor")
        for protocol in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(protocol):
                server = self.serve(clients="yes", protocols=protocol)
                self.refused(server, self.target(),
                             "TLS: the server demands a client certificate")
                cert, key = stranger
                self.refused(server, self.target(cert=cert, tls_key=key),
                             "TLS: the server does not accept the certificate of cert=")
                cert, key = self.authority.issue("sensor", "DNS:sensor")
                self.deliver(self.target(cert=cert, tls_key=key))
                self.check(server)
                server.kill()
                server.process.end()
                os.rename(server.folder, server.folder + protocol)

    def test_certificate_and_key(self):
        """cert= with the key of another"""
        server = self.serve(clients="yes")
        cert, _ = self.authority.issue("sensor", "DNS:sensor")
        _, key = self.authority.issue("other", "DNS:other")
        self.refused(server, self.target(cert=cert, tls_key=key), f"tls-key={key}: ")

    def test_no_tls(self):
        """a port that does not speak TLS: logged, and tried again"""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        server.settimeout(harness.PATIENCE)
        process = self.start("replay", "-r", RULES, "-o",
                             f"rediss://127.0.0.1:{server.getsockname()[1]}", pcap(CAPTURE))
        for _ in range(2):
            client, _ = server.accept()
            with client:
                client.recv(1)
                client.sendall(b"-ERR unknown command\r\n")
        process.wait_err("unreachable: the server does not speak TLS on this port")
        process.end()

    def test_killed(self):
        """the server killed and restarted: exactly once over TLS, too"""
        server = self.serve()
        server.options += ("--appendonly", "yes")
        server.kill()
        process = self.start("replay", "-r", RULES, "-o", self.target(), pcap(CAPTURE))
        process.wait_err("unreachable")
        server.start()
        self.assertEqual(process.wait(), 0, process.err())
        self.check(server)


if __name__ == "__main__":
    harness.main()
