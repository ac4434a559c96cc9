#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Syslog receivers: every event arrives, over TCP, TLS and UDP, as JSON and as CEF; what holds when
a receiver is busy or away; and what real rsyslog and syslog-ng make of the messages."""
import os
import re
import socket
import ssl
import threading

import harness
from harness import RULES, events, free_port, pcap, timeless, wait_for
from authority import Authority

HEADER = re.compile(rb"<(\d+)>1 (\S+) (\S+) nsmx - (hit|incident|log) - (.*)", re.DOTALL)


class Receiver:
    """A receiver of TCP. It ends its first `resets` connections without reading, and reads from
    later ones when `ready` is set."""

    def __init__(self, case, resets=0, context=None, buffer=None):
        self.octets, self.connections, self.resets = [], 0, resets
        self.context, self.ready = context, threading.Event()
        self.ready.set()
        self.listener = socket.socket()
        if buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        case.addCleanup(self.end)

    def end(self):
        if self.listener.fileno() >= 0:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.thread.join()
            self.listener.close()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                if self.connections > self.resets:
                    try:
                        self.read(connection)
                    except ssl.SSLError:
                        pass                            # the sensor refuses the certificate

    def read(self, connection):
        if self.context is not None:
            connection = self.context.wrap_socket(connection, server_side=True)
        self.octets.append(b"")
        self.ready.wait()
        while piece := connection.recv(65536):
            self.octets[-1] += piece
        connection.close()

    def counted(self):
        """The messages of all connections, each after its size (RFC 6587, 3.4.1)."""
        for octets in self.octets:
            while octets:
                size, _, octets = octets.partition(b" ")
                yield octets[:int(size)]
                octets = octets[int(size):]


class Case(harness.Case):
    def deliver(self, url, *args, names=("hijack-mta", "hijack-resolver"), status=0):
        """Replays captures to a receiver and to sent.json."""
        done = self.nsmx("replay", "-r", RULES, "-o", url, "-o", "file:sent.json", *args,
                         *map(pcap, names))
        self.assertEqual(done.status, status, done.err)
        return done.err

    def sent(self):
        lines = self.read("sent.json").split(b"\n")[:-1]
        self.assertGreater(len(lines), 20)
        return lines

    def check_json(self, messages):
        """The messages are those of all events, in their order."""
        matches = [HEADER.fullmatch(message) for message in messages]
        self.assertEqual([match[5] for match in matches], self.sent())
        for match, event in zip(matches, events(self.read("sent.json"))):
            self.assertEqual(match[2].decode(), event["@timestamp"])
            self.assertEqual(match[3].decode(), event["observer"]["name"])
            self.assertEqual(int(match[1]) // 8, 16)


class Forms(Case):
    def test_octets(self):
        """TCP: the octets of each message are counted, and its text is the JSON of the event"""
        receiver = Receiver(self)
        err = self.deliver(f"syslog://127.0.0.1:{receiver.port}?as=json")
        self.assertIn(f"events: {2 * len(self.sent())} delivered, 0 pending, 0 dropped", err)
        wait_for(lambda: len(list(receiver.counted())) == len(self.sent()), "all messages")
        self.check_json(list(receiver.counted()))

    def test_lines(self):
        """framing=lines, facility=: a message is a line"""
        receiver = Receiver(self)
        self.deliver(f"syslog://127.0.0.1:{receiver.port}?as=json&framing=lines&facility=4")
        wait_for(lambda: receiver.octets[0].count(b"\n") == len(self.sent()), "all messages")
        matches = [HEADER.fullmatch(line) for line in receiver.octets[0].split(b"\n")[:-1]]
        self.assertEqual([match[5] for match in matches], self.sent())
        self.assertEqual({int(match[1]) // 8 for match in matches}, {4})

    def test_cef(self):
        """CEF: severities, ids and addresses are those of the events"""
        receiver = Receiver(self)
        self.deliver(f"syslog://127.0.0.1:{receiver.port}", "--log", "all")
        wait_for(lambda: len(list(receiver.counted())) == len(self.sent()), "all messages")
        scale = {25: ("3", 5), 50: ("5", 4), 75: ("8", 3), 99: ("10", 2), None: ("0", 6)}
        seen = set()
        for message, event in zip(receiver.counted(), events(self.read("sent.json"))):
            match = HEADER.fullmatch(message)
            parts = re.split(r"(?<!\\)\|", match[5].decode(), maxsplit=7)
            severity, level = scale[event["event"].get("severity")]
            seen.add(severity)
            self.assertEqual(int(match[1]) % 8, level)
            self.assertEqual(parts[:4], ["CEF:0", "nsmx", "nsmx", event["observer"]["version"]])
            self.assertEqual(parts[4], event["rule"]["id"] if "rule" in event
                             else event["event"]["dataset"])
            self.assertEqual(parts[6], severity)
            found = dict(re.findall(r"(\w+)=((?:\\.|[^\\=])*?)(?= \w+=|$)", parts[7]))
            self.assertEqual(found["externalId"], event["event"]["id"])
            self.assertEqual(found["msg"], event["event"]["reason"])
            self.assertEqual(found["src"], event["client"]["ip"])
            self.assertEqual(found["dpt"], str(event["server"]["port"]))
        self.assertLessEqual({"0", "5", "10"}, seen)

    def test_udp(self):
        """UDP: a message is a datagram"""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            receiver.bind(("127.0.0.1", 0))
            receiver.settimeout(harness.PATIENCE)
            self.deliver(f"syslog+udp://127.0.0.1:{receiver.getsockname()[1]}?as=json")
            self.check_json([receiver.recv(65536) for _ in self.sent()])

    def test_udp_without_receiver(self):
        """UDP: nothing waits for a receiver, and the log states so"""
        err = self.deliver(f"syslog+udp://127.0.0.1:{free_port()}?as=json")
        self.assertEqual(err.count("nothing receives the datagrams; events are lost"), 1, err)
        self.assertIn("0 pending, 0 dropped", err)
        self.assertTrue(self.sent())

    def test_tls(self):
        """TLS: the certificate is verified"""
        authority = Authority(self.folder, "authority")
        certificate, key = authority.issue("server", "IP:127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        receiver = Receiver(self, context=context)
        self.deliver(f"syslogs://127.0.0.1:{receiver.port}?as=json&ca={authority.cert}")
        wait_for(lambda: len(list(receiver.counted())) == len(self.sent()), "all messages")
        self.check_json(list(receiver.counted()))
        other = Authority(self.folder, "other")
        err = self.deliver(f"syslogs://127.0.0.1:{receiver.port}?ca={other.cert}", status=1)
        self.assertIn("certificate", err)

    def test_mistakes(self):
        """a wrong URL is explained; a target cannot be given twice"""
        for url, part in (("syslog://", "the host is missing or invalid: write syslog://HOST[:PORT]"),
                          ("syslog://h?as=xml", "as: must be cef or json"),
                          ("syslog:h", "redis+unix:///SOCKET or syslog://HOST")):
            done = self.nsmx("replay", "-r", RULES, "-o", url, pcap("hijack-mta"))
            self.assertEqual((done.status, part in done.err), (2, True), done.err)
        done = self.nsmx("replay", "-r", RULES, "-o", "syslog://h", "-o", "syslog://h:514",
                         pcap("hijack-mta"))
        self.assertEqual(done.status, 2)
        self.assertIn("syslog://h:514?as=cef: the target is given twice\n", done.err)


class Trouble(Case):
    def ids(self, receiver):
        return [events(HEADER.fullmatch(message)[5] + b"\n")[0]["event"]["id"]
                for message in receiver.counted()]

    def check_ids(self, receiver):
        """Every event has arrived once."""
        wanted = [event["event"]["id"] for event in events(self.read("sent.json"))]
        wait_for(lambda: len(list(receiver.counted())) >= len(wanted), "all messages")
        self.assertEqual(self.ids(receiver), wanted)

    def test_reset(self):
        """a receiver that ends connections gets the unread events again"""
        receiver = Receiver(self, resets=2)
        err = self.deliver(f"syslog://127.0.0.1:{receiver.port}?as=json")
        self.assertEqual(receiver.connections, 3, err)
        self.check_ids(receiver)

    def test_away(self):
        """events wait in the journal while there is no receiver, and arrive in the next run"""
        port = free_port()
        url = f"syslog://127.0.0.1:{port}?as=json"
        stopped = self.start("replay", "-r", RULES, "-o", url, "-o", "file:sent.json", "--state",
                             "state", pcap("hijack-mta"), pcap("hijack-resolver"))
        stopped.wait_err("unreachable: Connection refused; events wait in")
        wait_for(lambda: harness.journaled(self.path("state")) > 20, "events in the journal")
        self.assertEqual(stopped.wait(), 1)
        self.assertIn("events wait in", stopped.err())
        sent = self.read("sent.json")
        receiver = Receiver(self)
        url = url.replace(str(port), str(receiver.port))
        done = self.nsmx("replay", "-r", RULES, "-o", url, "--state", "state", pcap("before-mta"))
        self.assertEqual(done.status, 0, done.err)
        self.write("sent.json", sent)
        self.check_ids(receiver)

    def test_gone(self):
        """a receiver that has gone: only what it did not get is waiting"""
        receiver = Receiver(self)
        url = f"syslog://127.0.0.1:{receiver.port}?as=json"
        self.deliver(url, "--state", "state")
        self.check_ids(receiver)
        delivered = len(self.sent())
        receiver.end()
        err = self.deliver(url, "--state", "state", names=["hijack-resolver"], status=1)
        waiting = re.search(r": (\d+) events were not delivered", err)
        self.assertEqual(int(waiting[1]), len(self.sent()) - delivered, err)

    def test_busy(self):
        """a receiver that does not read stops the delivery, and gets each event once"""
        receiver = Receiver(self, buffer=4096)
        receiver.ready.clear()
        process = self.start("replay", "-r", RULES, "--log", "all", "-o",
                             f"syslog://127.0.0.1:{receiver.port}?as=json", "-o", "file:sent.json",
                             *12 * [pcap("hijack-resolver")])
        process.wait_err("coincheck.com: ")                 # all packets are read
        self.assertIsNone(process.popen.poll())
        receiver.ready.set()
        self.assertEqual(process.wait(), 0, process.err())
        self.assertEqual(receiver.connections, 1)
        self.check_ids(receiver)


class Programs(Case):
    """Real receivers write what they get, with the JSON as it was sent."""

    def check_program(self, argv, url, transport):
        program = harness.Process(self, argv)

        def listens():
            assert program.popen.poll() is None, program.err()
            with open(f"/proc/net/{transport}", encoding="ascii") as file:
                return f"0100007F:{self.port:04X}" in file.read()
        wait_for(listens, f"{argv[0]} to listen")
        self.deliver(url)
        wanted = b"".join(line + b"\n" for line in self.sent())

        def is_whole():
            assert program.popen.poll() is None, program.err()
            return os.path.exists(self.path("out.json")) and \
                self.read("out.json").count(b"\n") >= wanted.count(b"\n")
        wait_for(is_whole, f"what {argv[0]} writes")
        self.assertEqual(self.read("out.json"), wanted)
        self.assertEqual(program.stop(), 0)

    def rsyslog(self, module, parameters):
        harness.need_programs("rsyslogd")
        self.port = free_port()
        config = self.write("rsyslog.conf", f"""
global(workDirectory="{self.folder}" maxMessageSize="64k")
module(load="{module}")
template(name="text" type="string" string="%msg%\\n")
ruleset(name="keep") {{
    action(type="omfile" file="{self.path('out.json')}" template="text")
}}
input(type="{module}" address="127.0.0.1" port="{self.port}" ruleset="keep" {parameters})
""")
        return ["rsyslogd", "-n", "-f", config, "-i", self.path("pid")]

    def test_rsyslog_tcp(self):
        """rsyslog, imtcp: octets are counted"""
        argv = self.rsyslog("imtcp", "")
        self.check_program(argv, f"syslog://127.0.0.1:{self.port}?as=json", "tcp")

    def test_rsyslog_lines(self):
        """rsyslog, imptcp: lines"""
        argv = self.rsyslog("imptcp", "")
        self.check_program(argv, f"syslog://127.0.0.1:{self.port}?as=json&framing=lines", "tcp")

    def test_rsyslog_udp(self):
        """rsyslog, imudp"""
        argv = self.rsyslog("imudp", 'rcvbufSize="4m"')
        self.check_program(argv, f"syslog+udp://127.0.0.1:{self.port}?as=json", "udp")

    def test_syslog_ng(self):
        """syslog-ng: octets are counted"""
        harness.need_programs("syslog-ng")
        self.port = free_port()
        config = self.write("syslog-ng.conf", f"""@version: 3.38
options {{ stats-freq(0); }};
source s {{ syslog(ip("127.0.0.1") port({self.port}) transport("tcp") log-msg-size(65536)); }};
destination d {{ file("{self.path('out.json')}" template("${{MSG}}\\n")); }};
log {{ source(s); destination(d); }};
""")
        self.check_program(["syslog-ng", "-F", "--no-caps", "-f", config, "-R", self.path("persist"),
                            "-p", self.path("pid"), "-c", self.path("control")],
                           f"syslog://127.0.0.1:{self.port}?as=json", "tcp")


if __name__ == "__main__":
    harness.main()
