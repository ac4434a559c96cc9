#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays SMTP sessions to the TCP of this kernel, segment by segment, and records them.

usage: receiver.py SEED SESSIONS CAPTURE RESULT

In a network namespace of its own, a TUN device leads to a small SMTP server on a socket.
The client is made here: it cuts its text into segments at random, and disturbs them with
copies of other content, disorder, loss, damage and forged segments. CAPTURE has all packets
as a tap before the receiver sees them; RESULT the recipients that the server read, a list
for each session, as JSON. Exit status 77, and a reason, without the rights for this.

Ways to disturb, one for each session:
  received  the kernel gets every segment of the capture, and takes or drops it
  lost      it does not get some segments, which are then sent again with other content
  damaged   segments of other content have a wrong checksum
"""
import ctypes
import fcntl
import ipaddress
import json
import os
import random
import re
import select
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 0x0001, 0x1000
FIN, SYN, RST, PSH, ACK, URG = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
PORT = 25
SERVER = {4: ipaddress.ip_address("192.0.2.1"), 6: ipaddress.ip_address("2001:db8::1")}
CLIENT = {4: ipaddress.ip_address("192.0.2.9"), 6: ipaddress.ip_address("2001:db8::9")}
PATIENCE = 5
FIRST_PORT = 20000             # of the clients: one for each session
WAYS = ("received", "lost", "damaged")
RCPT = re.compile(rb"RCPT TO:<(\w+@victim\.test)>\r?\n")


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Tap:
    """The TUN device; everything that passes is recorded, and so is what is lost after it."""

    def __init__(self, path):
        self.device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.device, TUNSETIFF, struct.pack("16sH", b"tun0", IFF_TUN | IFF_NO_PI))
        for command in ("addr add 192.0.2.1/24 dev tun0", "link set lo up", "link set tun0 up",
                        "addr add 2001:db8::1/64 dev tun0 nodad"):
            subprocess.run(["ip", *command.split()], check=True)
        self.file = open(path, "wb")  # closed with the process
        self.file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 101))

    def record(self, packet):
        seconds, nanos = divmod(time.time_ns(), 10**9)
        self.file.write(struct.pack("<IIII", seconds, nanos, len(packet), len(packet)) + packet)

    def send(self, packet, lost=False):
        self.record(packet)
        if not lost:
            os.write(self.device, packet)

    def receive(self, seconds=0):
        """The next packet of the kernel, None after a time."""
        if not select.select([self.device], [], [], seconds)[0]:
            return None
        packet = os.read(self.device, 65536)
        self.record(packet)
        return packet


class Server(threading.Thread):
    """Reads commands as they come from the socket and answers each."""

    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection = connection
        self.recipients = []

    def run(self):
        try:
            self.serve()
        except OSError:
            pass

    def serve(self):
        content, text = False, b""
        self.connection.sendall(b"220 mx.test ESMTP\r\n")
        while True:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            more = self.connection.recv(65536)
            if not more:
                self.connection.close()
                return
            *lines, text = (text + more).split(b"\n")
            for line in lines:
                content = self.answer(line + b"\n", content)

    def answer(self, line, content):
        """Answers a line; True if content follows."""
        if content:
            if line not in (b".\r\n", b".\n"):
                return True
            self.connection.sendall(b"250 taken\r\n")
            return False
        found = RCPT.fullmatch(line)
        if found:
            self.recipients.append(found.group(1).decode())
        verb = line[:4].upper()
        if verb == b"DATA" and line.strip() == b"DATA":
            self.connection.sendall(b"354 go on\r\n")
            return True
        good = found or verb in (b"EHLO", b"MAIL", b"NOOP", b"RSET")
        self.connection.sendall(b"250 ok\r\n" if good else b"500 what\r\n")
        return False


class Client:
    """One session: what is sent, and how it is disturbed."""

    def __init__(self, tap, rng, family, port, way):
        self.tap, self.rng, self.family, self.way = tap, rng, family, way
        self.port = port
        self.next = rng.randrange(1 << 32)
        self.una = self.next        # first octet that the server has not acknowledged
        self.peer = 0               # first octet of the server that is not acknowledged
        self.ended = False
        self.server = None

    def packet(self, flags, seq, payload=b"", ack=None, urgent=0, damaged=False):
        ack = self.peer if ack is None else ack
        tcp = struct.pack("!HHIIBBHHH", self.port, PORT, seq & 0xffffffff,
                          ack & 0xffffffff if flags & ACK else 0, 0x50, flags, 64000, 0, urgent)
        source, target = CLIENT[self.family].packed, SERVER[self.family].packed
        pseudo = source + target + struct.pack("!II", len(tcp) + len(payload), 6)
        total = checksum(pseudo + tcp + payload) ^ (0x5555 if damaged else 0)
        tcp = tcp[:16] + struct.pack("!H", total) + tcp[18:] + payload
        if self.family == 6:
            return struct.pack("!IHBB", 6 << 28, len(tcp), 6, 64) + source + target + tcp
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0)
        ip += source + target
        return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp

    def send(self, flags, seq, payload=b"", lost=False, **options):
        self.tap.send(self.packet(flags, seq, payload, **options), lost)
        while self.take(self.tap.receive()):
            pass

    def take(self, packet):
        """Takes a packet of the server; False without one."""
        if packet is None:
            return False
        head = 40 if packet[0] >> 4 == 6 else 20
        if packet[6 if head == 40 else 9] != 6:
            return True
        tcp = packet[head:]
        if struct.unpack_from("!H", tcp, 2)[0] != self.port:
            return True
        seq, ack = struct.unpack_from("!II", tcp, 4)
        flags, size = tcp[13], len(tcp) - (tcp[12] >> 4) * 4
        self.ended |= bool(flags & (RST | FIN))
        if flags & SYN:
            self.peer = (seq + 1) & 0xffffffff
        elif (seq - self.peer) & 0xffffffff == 0:
            self.peer = (seq + size) & 0xffffffff
        if flags & ACK and (ack - self.una) & 0xffffffff < 1 << 31:
            self.una = ack
        return True

    def wait(self, condition):
        limit = time.monotonic() + PATIENCE
        while not condition() and not self.ended:
            if time.monotonic() > limit:
                raise TimeoutError("the server does not answer")
            self.take(self.tap.receive(0.01))

    def connect(self, listener):
        begin, limit = self.next, time.monotonic() + PATIENCE
        self.next = self.una = (begin + 1) & 0xffffffff
        while self.peer == 0 and time.monotonic() < limit:  # the device may not be up yet
            self.tap.send(self.packet(SYN, begin))
            self.take(self.tap.receive(0.2))
        self.wait(lambda: self.peer != 0)
        self.send(ACK, self.next)
        self.server = Server(listener.accept()[0])
        self.server.start()

    def other_content(self, size):
        kind = self.rng.randrange(4)
        if kind == 0:
            return bytes(self.rng.choices(b"XYZ", k=size))
        if kind == 1:
            return self.rng.randbytes(size)
        line = self.rng.choice([b"RCPT TO:<fake@victim.test>\r\n", b"RSET\r\n", b"NOOP x\r\n",
                                b"DATA\r\n", b"QUIT\r\n", b"\r\n", b"MAIL FROM:<x@y.test>\r\n"])
        at = self.rng.randrange(len(line)) if kind == 3 else 0
        return ((line[at:] + line * size)[:size])

    def pieces(self, size):
        """Cuts of a text: (from, to)."""
        most = self.rng.choice([1, 4, 20, size])
        cuts, at = [], 0
        while at < size:
            end = min(size, at + self.rng.randint(1, most))
            cuts.append((at, end))
            at = end
        return cuts

    def span(self, size):
        """Any part of a text."""
        begin = self.rng.randrange(size)
        return begin, self.rng.randint(begin + 1, size)

    def forge(self):
        """A segment that no receiver takes."""
        kind = self.rng.randrange(5)
        if kind == 0:
            self.send(PSH | ACK, self.next + (2 << 20) + self.rng.randrange(99), b"far away\r\n")
        elif kind == 1:
            self.send(RST, self.next + self.rng.randint(70000, 1 << 30))
        elif kind == 2:
            self.send(SYN, self.next + self.rng.randint(70000, 1 << 30))
        elif kind == 3:
            self.send(PSH | ACK, self.next, self.other_content(20),
                      ack=self.peer + self.rng.randint(100, 100000))
        else:
            self.send(PSH, self.next, self.other_content(20))

    def disturbances(self, text):
        """Segments with other content: (order, from, content, options)."""
        found = []
        for _ in range(self.rng.choice([0, 1, 1, 2, 5])):
            begin, end = self.span(len(text))
            options = {"damaged": True} if self.way == "damaged" else {}
            found.append((self.rng.uniform(-1, len(text)), begin,
                          self.other_content(end - begin), options))
        return found

    def say(self, text):
        """Sends a text, somehow, until the server has all of it."""
        delays = [0] if self.way == "lost" else [0, 0, 0, 1, 3, 40]
        segments = [(begin + self.rng.choice(delays), begin, text[begin:end], {})
                    for begin, end in self.pieces(len(text))]
        if self.way == "lost":
            # In order, as two readings are not all that there are: each copy that is lost
            # comes before the one that arrives.
            segments += [(order - 0.5, begin, self.other_content(len(content)), {"lost": True})
                         for order, begin, content, _ in segments if self.rng.random() < 0.4]
        else:
            segments = [segment for segment in segments if self.rng.random() > 0.1]
            segments += self.disturbances(text)
        for _, begin, content, options in sorted(segments, key=lambda segment: segment[0]):
            if self.rng.random() < 0.05:
                self.forge()
            for _ in range(self.rng.choice([1, 1, 1, 1, 2])):
                self.send(PSH | ACK, self.next + begin, content, **options)
        for begin in range(0, len(text), 500):
            self.send(PSH | ACK, self.next + begin, text[begin:begin + 500])
        self.next = (self.next + len(text)) & 0xffffffff
        self.wait(lambda: self.una == self.next)

    def say_urgent(self, text):
        """One segment, with an octet that the server does not read."""
        at = self.rng.randrange(len(text))
        self.send(PSH | ACK | URG, self.next, text[:at] + b"U" + text[at:], urgent=at + 1)
        self.next = (self.next + len(text) + 1) & 0xffffffff
        # Of two urgent octets that are not read yet, Linux takes out the second one only.
        self.wait(lambda: self.una == self.next and not self.unread())

    def unread(self):
        """Octets that wait in the socket of the server."""
        count = fcntl.ioctl(self.server.connection, termios.FIONREAD, b"\0" * 4)
        return struct.unpack("i", count)[0]

    def run(self, number, listener):
        """Plays the session. The recipients that the server read."""
        texts = [b"EHLO a.test\r\n", b"MAIL FROM:<a@a.test>\r\n"]
        texts += [b"RCPT TO:<r%dx%d@victim.test>\r\n" % (number, i) for i in range(8)]
        self.connect(listener)
        while texts and not self.ended:
            count = self.rng.choice([1, 1, 2, 4])
            text, texts = b"".join(texts[:count]), texts[count:]
            if self.rng.random() < 0.1:
                self.say_urgent(text)
            else:
                self.say(text)
            if self.rng.random() < 0.5:
                self.take(self.tap.receive(0.02))
                self.send(ACK, self.next)
        if not self.ended:
            self.send(FIN | ACK, self.next)
            self.next = (self.next + 1) & 0xffffffff
            self.wait(lambda: self.una == self.next)
        self.send(RST, self.next)
        self.server.join(PATIENCE)
        return self.server.recipients


def isolate():
    """A network namespace of our own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        print(f"no network namespace: {os.strerror(ctypes.get_errno())}")
        sys.exit(77)
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        print("no access to /dev/net/tun")
        sys.exit(77)


def main(seed, sessions, capture, result):
    isolate()
    rng = random.Random(seed)
    try:
        tap = Tap(capture)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no TUN device: {error}")
        sys.exit(77)
    listeners = {}
    for family, kind in ((4, socket.AF_INET), (6, socket.AF_INET6)):
        listeners[family] = socket.create_server((str(SERVER[family]), PORT), family=kind)
    found = []
    for number in range(sessions):
        family, way = rng.choice((4, 6)), rng.choice(WAYS)
        client = Client(tap, rng, family, FIRST_PORT + number, way)
        found.append(client.run(number, listeners[family]))
    with open(result, "w", encoding="ascii") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
