# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures made by tests: one TCP connection after the other, cut as requested,
and a pcap file that holds the packets left over."""
import functools
import ipaddress
import struct

CLIENT, SERVER = "client", "server"
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
DONT_FRAGMENT = 0x4000
SECOND = 1590883512         # 2020-05-31T00:05:12Z

# Where SMTP servers, and this test, write the addresses.
V4 = {CLIENT: "198.51.100.25", SERVER: "45.77.24.250"}
V6 = {CLIENT: "2001:db8::25", SERVER: "2001:db8:1::250"}


# Tests make hundreds of thousands of packets, most of them between the same ends.
cached = functools.lru_cache(maxsize=1 << 12)
address = cached(ipaddress.ip_address)


def checksum(data):
    """The checksum of RFC 1071. A sum of words to which the carries are added is what is left when
    the words, as one number, are divided by 0xffff; that is not 0, but 0xffff."""
    number = int.from_bytes(data, "big") << 8 * (len(data) & 1)
    return 0xffff - (number % 0xffff or min(number, 0xffff))


@cached
def ip_header(source, target, protocol, size, fragment=0):
    """The header of a packet with `size` octets of payload, between packed addresses."""
    if len(source) == 16:
        return struct.pack("!IHBB", 0x60000000, size, protocol, 64) + source + target
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 0, fragment, 64, protocol, 0) + source + target
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]


class Connection:
    """One TCP connection: its packets, each (side that sent it, bytes of the frame)."""

    def __init__(self, addresses=None, port=25, client_port=50000, segment=1400):
        self.addresses = {side: address(text) for side, text in (addresses or V4).items()}
        self.ports = {CLIENT: client_port, SERVER: port}
        self.next = {CLIENT: 0xfffffe00, SERVER: 1000}      # the client's wraps around
        self.segment = segment
        self.packets = []
        self.send(CLIENT, SYN)
        self.send(SERVER, SYN | ACK)
        self.send(CLIENT, ACK)

    def send(self, side, flags, payload=b"", urgent=0):
        """One segment with any content."""
        peer = SERVER if side == CLIENT else CLIENT
        head = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[peer], self.next[side],
                           self.next[peer] if flags & ACK else 0, 0x50, flags, 65535, 0, urgent)
        self.next[side] = (self.next[side] + len(payload) + bool(flags & (SYN | FIN))) & 0xffffffff
        self.packets.append((side, self.frame(side, peer, head + payload)))

    def frame(self, side, peer, tcp):
        source, target = self.addresses[side].packed, self.addresses[peer].packed
        pseudo = source + target + struct.pack("!II", len(tcp), 6)
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        ethertype = b"\x86\xdd" if len(source) == 16 else b"\x08\x00"
        return (b"\2\0\0\0\2\1" + b"\2\0\0\0\2\2" + ethertype
                + ip_header(source, target, 6, len(tcp), DONT_FRAGMENT) + tcp)

    def say(self, side, data):
        """Data in segments, each acknowledged."""
        data = data.encode() if isinstance(data, str) else data
        peer = SERVER if side == CLIENT else CLIENT
        for start in range(0, len(data), self.segment):
            self.send(side, PSH | ACK, data[start:start + self.segment])
            self.send(peer, ACK)

    def talk(self, *lines):
        """Lines that begin with "C: " or "S: "; CRLF is added."""
        for line in lines:
            self.say(CLIENT if line.startswith("C:") else SERVER, line[3:] + "\r\n")

    def close(self):
        self.send(CLIENT, FIN | ACK)
        self.send(SERVER, FIN | ACK)
        self.send(CLIENT, ACK)
        return self


@cached
def dns_name(text):
    """A name on the wire, not compressed."""
    labels = [label.encode() for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def dns_record(owner, rtype, rdata, rclass=1, ttl=300):
    """A record; an owner in octets is taken as it is."""
    owner = owner if isinstance(owner, bytes) else dns_name(owner)
    return owner + struct.pack("!HHIH", rtype, rclass, ttl, len(rdata)) + rdata


def dns_response(questions=(), answers=(), flags=0x8180, counts=None):
    """A response; `counts` replaces the true numbers."""
    counts = counts or (len(questions), len(answers), 0, 0)
    return struct.pack("!6H", 7, flags, *counts) + b"".join(questions) + b"".join(answers)


def datagram(payload, addresses=None, port=53, client_port=40000):
    """A UDP packet from the server to the client, as (side, frame)."""
    ends = addresses or V4
    udp = struct.pack("!4H", port, client_port, 8 + len(payload), 0) + payload
    ip = ip_header(address(ends[SERVER]).packed, address(ends[CLIENT]).packed, 17, len(udp))
    return SERVER, b"\2" * 12 + b"\x08\x00" + ip + udp


def pcap(packets, spacing_us=500, second=SECOND):
    """A capture file of (side, frame) packets, evenly spaced in time from `second` on."""
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
    for number, (_, frame) in enumerate(packets):
        seconds, micros = divmod(number * spacing_us, 1000000)
        parts.append(struct.pack("<IIII", second + seconds, micros, len(frame), len(frame)))
        parts.append(frame)
    return b"".join(parts)
