# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets of a recorded capture, put into every wrapping that a tap may deliver them in.

A wrapping takes the frame of an Ethernet packet that holds IP, and its number in the
capture, and gives a list of frames: more than one where it fragments."""
import collections
import struct

import traffic

MACS = b"\2\0\0\0\3\1" + b"\2\0\0\0\3\2"
IPV4, IPV6, TEB = 0x0800, 0x86dd, 0x6558
OUTER4 = bytes([203, 0, 113, 1]), bytes([203, 0, 113, 2])
OUTER6 = bytes.fromhex("20010db8000000000000000000000001"), \
         bytes.fromhex("20010db8000000000000000000000002")

Packet = collections.namedtuple("Packet", "time_us frame")


def read(path):
    """The packets of a pcap file, little-endian, with microseconds."""
    with open(path, "rb") as file:
        whole = file.read()
    assert whole[:4] == b"\xd4\xc3\xb2\xa1", path
    packets, at = [], 24
    while at < len(whole):
        seconds, micros, size = struct.unpack_from("<III", whole, at)
        packets.append(Packet(seconds * 1000000 + micros, whole[at + 16:at + 16 + size]))
        at += 16 + size
    return packets


def write(packets, link=1, snaplen=262144):
    """A pcap file; packets are cut to `snaplen` octets."""
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, snaplen, link)]
    for packet in packets:
        seconds, micros = divmod(packet.time_us, 1000000)
        kept = packet.frame[:snaplen]
        parts.append(struct.pack("<IIII", seconds, micros, len(kept), len(packet.frame)) + kept)
    return b"".join(parts)


# Layers

def ip_of(frame):
    """The IP packet of a frame, without what pads it."""
    if frame[12:14] == b"\x86\xdd":
        return frame[14:54 + int.from_bytes(frame[18:20], "big")]
    assert frame[12:14] == b"\x08\x00"
    return frame[14:14 + int.from_bytes(frame[16:18], "big")]


def ethernet(payload, ethertype=IPV4):
    return MACS + ethertype.to_bytes(2, "big") + payload


def ip4(protocol, payload, number=0, fragment=0, ends=OUTER4, ttl=64):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), number & 0xffff, fragment, ttl,
                       protocol, 0) + ends[0] + ends[1]
    return head[:10] + struct.pack("!H", traffic.checksum(head)) + head[12:] + payload


def ip6(protocol, payload, ends=OUTER6):
    return struct.pack("!IHBB", 0x60000000, len(payload), protocol, 64) + ends[0] + ends[1] \
        + payload


def udp(port, payload):
    return struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload


def in_gre(ethertype, payload, flags=0, fields=b""):
    return ethernet(ip4(47, struct.pack("!HH", flags, ethertype) + fields + payload))


def in_udp(port, payload):
    return ethernet(ip4(17, udp(port, payload)))


def pieces(payload, size):
    """Offset, piece, and whether more follow; the last first."""
    offsets = range(0, len(payload), size)
    return [(at, payload[at:at + size], at + size < len(payload)) for at in reversed(offsets)]


def fragments4(packet, number, size):
    head = packet[:20]
    assert head[0] == 0x45
    for at, piece, more in pieces(packet[20:], size):
        yield ethernet(ip4(head[9], piece, number, at // 8 | (0x2000 if more else 0),
                           (head[12:16], head[16:20])))


def fragments6(packet, number, size):
    ends = packet[8:24], packet[24:40]
    for at, piece, more in pieces(packet[40:], size):
        head = struct.pack("!BBHI", packet[6], 0, at | more, number)
        yield ethernet(ip6(44, head + piece, ends), IPV6)


def with_options(packet, kinds=(0, 60)):
    """IPv6 with headers of options, which hold padding: 0 hop-by-hop, 60 destination."""
    ends = packet[8:24], packet[24:40]
    protocol, payload = packet[6], packet[40:]
    for kind in reversed(kinds):
        payload = bytes([protocol, 1, 1, 12]) + bytes(12) + payload
        protocol = kind
    return ip6(protocol, payload, ends)


def erspan(version, ip_frame):
    session = struct.pack("!HH", version << 12 | 100, 77)
    return session + (bytes(4) if version == 1 else bytes(8)) + ip_frame


def tag(ethertype, fields):
    """A tag of these octets after the addresses, whose last field is the frame's EtherType."""
    return lambda f, n: [f[:12] + ethertype.to_bytes(2, "big") + fields + f[12:]]


def wlan(ip):
    return b"\x08\x01" + bytes(22) + b"\xaa\xaa\x03\0\0\0\x08\0" + ip


def nsh(protocol, payload):
    return struct.pack("!HBBI", 0x0fc2, 2, protocol, 0x1ff) + payload


GTP = struct.pack("!BBHI", 0x30, 255, 0, 0x01020304)
GTP_NUMBERED = struct.pack("!BBHIHBB", 0x32, 255, 4, 0x01020304, 7, 0, 0)
TEREDO_ORIGIN = bytes([0, 0, 0x9c, 0x40, 1, 2, 3, 4])                # RFC 4380, 5.1.1
TEREDO_AUTHENTICATION = bytes([0, 1, 0, 0]) + bytes(9)

# name: (link type, wrapping, VLAN, tunnel, its id)
ALL = {
    "802.1Q": (1, lambda f, n: [f[:12] + b"\x81\0\0\x07" + f[12:]], "7", None, None),
    "QinQ": (1, lambda f, n: [f[:12] + b"\x88\xa8\0\x65\x81\0\0\x07" + f[12:]], "101", None, None),
    "three tags": (1, lambda f, n: [f[:12] + b"\x91\0\0\x01\x88\xa8\0\x02\x81\0\0\x03" + f[12:]],
                   "1", None, None),
    "MPLS": (1, lambda f, n: [ethernet(b"\0\x01\0\x40\0\x02\x01\x40" + ip_of(f), 0x8847)],
             None, None, None),
    "MPLS pseudowire": (1, lambda f, n: [ethernet(b"\0\x01\x01\x40" + bytes(4) + f, 0x8847)],
                        None, None, None),
    "PPPoE": (1, lambda f, n: [ethernet(struct.pack("!BBHHH", 0x11, 0, 5, len(ip_of(f)) + 2, 0x21)
                                        + ip_of(f), 0x8864)], None, None, None),
    "GRE": (1, lambda f, n: [in_gre(IPV4, ip_of(f))], None, "gre", None),
    "GRE key, number, checksum": (
        1, lambda f, n: [in_gre(TEB, f, 0xb000, struct.pack("!III", 0, 1234, n))],
        None, "gre", "1234"),
    "GRE routes": (1, lambda f, n: [in_gre(IPV4, ip_of(f), 0x4000, bytes(4) + b"\x08\0\0\4"
                                           + bytes(8))], None, "gre", None),
    "Aruba": (1, lambda f, n: [in_gre(0x8200, wlan(ip_of(f)))], None, "gre", None),
    "ERSPAN I": (1, lambda f, n: [in_gre(0x88be, f)], None, "erspan", None),
    "ERSPAN II": (1, lambda f, n: [in_gre(0x88be, erspan(1, f), 0x1000, struct.pack("!I", n))],
                  "100", "erspan", "77"),
    "ERSPAN III": (1, lambda f, n: [in_gre(0x22eb, erspan(2, f), 0x1000, struct.pack("!I", n))],
                   "100", "erspan", "77"),
    "VXLAN": (1, lambda f, n: [in_udp(4789, struct.pack("!II", 0x08000000, 5001 << 8) + f)],
              None, "vxlan", "5001"),
    "GENEVE": (1, lambda f, n: [in_udp(6081, struct.pack("!BBHII", 1, 0, TEB, 5002 << 8, 0) + f)],
               None, "geneve", "5002"),
    "GTP-U": (1, lambda f, n: [in_udp(2152, GTP + ip_of(f))], None, "gtp", str(0x01020304)),
    "GTP-U numbered": (1, lambda f, n: [in_udp(2152, GTP_NUMBERED + ip_of(f))],
                       None, "gtp", str(0x01020304)),
    "IP in IP": (1, lambda f, n: [ethernet(ip4(4, ip_of(f)))], None, "ip", None),
    "4in6": (1, lambda f, n: [ethernet(ip6(4, ip_of(f)), IPV6)], None, "ip", None),
    "EtherIP": (1, lambda f, n: [ethernet(ip4(97, b"\x30\0" + f))], None, "etherip", None),
    "VLAN in VXLAN in VLAN": (
        1, lambda f, n: [MACS + b"\x81\0\0\x09" + in_udp(
            4789, struct.pack("!II", 0x08000000, 6 << 8) + f[:12] + b"\x81\0\0\x0a" + f[12:])[12:]],
        "9", "vxlan", "6"),
    "40 tags": (1, lambda f, n: [f[:12] + 40 * b"\x81\0\0\x07" + f[12:]], "7", None, None),
    "0x9200": (1, tag(0x9200, b"\0\x05\x81\0\0\x06"), "5", None, None),
    "VN-Tag": (1, tag(0x8926, b"\x80\0\0\0"), None, None, None),
    "802.1BR": (1, tag(0x893f, bytes(6)), None, None, None),
    "802.1ah": (1, lambda f, n: [MACS + b"\x88\xe7\0\0\0\x07" + f], None, None, None),
    "HSR": (1, tag(0x892f, b"\0\x3c\0\x01"), None, None, None),
    "PRP": (1, lambda f, n: [f + b"\0\x01\xa0\x3c\x88\xfb"], None, None, None),
    "Cisco MetaData": (1, tag(0x8909, b"\x01\x01\0\x01\0\x0f"), None, None, None),
    "FabricPath": (1, lambda f, n: [MACS + b"\x89\x03\0\x41" + f], None, None, None),
    "Cisco TTag": (1, tag(0x8988, bytes(6)), None, None, None),
    "Arista": (1, tag(0xd28b, b"\0\1\0\x10" + bytes(8)), None, None, None),
    "MACsec": (1, lambda f, n: [f[:12] + b"\x88\xe5\0\0\0\0\0\x01" + f[12:] + bytes(16)],
               None, None, None),
    "TRILL": (1, lambda f, n: [MACS + b"\x22\xf3\0\x3f\0\1\0\2" + f], None, None, None),
    "NSH": (1, lambda f, n: [ethernet(nsh(1, ip_of(f)), 0x894f)], None, None, None),
    "SNAP": (1, lambda f, n: [MACS + struct.pack("!H", 8 + len(ip_of(f)))
                              + b"\xaa\xaa\x03\0\0\0\x08\0" + ip_of(f)], None, None, None),
    "WCCP": (1, lambda f, n: [in_gre(0x883e, bytes(4) + ip_of(f))], None, "gre", None),
    "L2TPv3": (1, lambda f, n: [ethernet(ip4(115, struct.pack("!IQ", 5, 1) + f))],
               None, "l2tp", "5"),
    "L2TPv2": (1, lambda f, n: [in_udp(1701, struct.pack("!HHH", 2, 1, 2) + b"\xff\x03\0\x21"
                                       + ip_of(f))], None, "l2tp", str(0x10002)),
    "VXLAN policy": (1, lambda f, n: [in_udp(4789, struct.pack("!II", 0x8800000f, 7 << 8) + f)],
                     None, "vxlan", "7"),
    "VXLAN-GPE": (1, lambda f, n: [in_udp(4790, struct.pack("!II", 0x0c000001, 7 << 8) + ip_of(f))],
                  None, "vxlan-gpe", "7"),
    "TZSP": (1, lambda f, n: [in_udp(37008, b"\1\0\0\1\1" + f)], None, "tzsp", None),
    "GUE": (1, lambda f, n: [in_udp(6080, b"\0\4\0\0" + ip_of(f))], None, "gue", None),
    "HP ERM": (1, lambda f, n: [in_udp(7932, struct.pack("!QI", 0, 5 << 8 | 0x80) + f)],
               "5", "hp-erm", None),
    "LISP": (1, lambda f, n: [in_udp(4341, struct.pack("!II", 0xc0000001, 7 << 8) + ip_of(f))],
             None, "lisp", "7"),
    "CAPWAP": (1, lambda f, n: [in_udp(5247, b"\0\x10\3" + bytes(5) + wlan(ip_of(f)))],
               None, "capwap", None),
    "GRE in UDP": (1, lambda f, n: [in_udp(4754, struct.pack("!HH", 0, IPV4) + ip_of(f))],
                   None, "gre", None),
    "MPLS in UDP": (1, lambda f, n: [in_udp(6635, b"\0\1\1\x40" + ip_of(f))],
                    None, "mpls", None),
    "MPLS in IP": (1, lambda f, n: [ethernet(ip4(137, b"\0\1\1\x40" + ip_of(f)))],
                   None, "mpls", None),
    "MPLS in IPv4 fragments": (1, lambda f, n: fragments4(ip_of(ethernet(
        ip4(137, b"\0\1\1\x40" + ip_of(f)))), n, 64), None, "mpls", None),
    "SLL": (113, lambda f, n: [struct.pack("!HHH8sH", 0, 1, 6, bytes(8), IPV4) + ip_of(f)],
            None, None, None),
    "SLL2": (276, lambda f, n: [struct.pack("!HHIHBB8s", IPV4, 0, 2, 1, 0, 6, bytes(8)) + ip_of(f)],
             None, None, None),
    "raw IP": (101, lambda f, n: [ip_of(f)], None, None, None),
    "NULL, little-endian": (0, lambda f, n: [b"\2\0\0\0" + ip_of(f)], None, None, None),
    "NULL, big-endian": (0, lambda f, n: [b"\0\0\0\2" + ip_of(f)], None, None, None),
    "loopback": (108, lambda f, n: [b"\0\0\0\2" + ip_of(f)], None, None, None),
    "PPP": (9, lambda f, n: [b"\xff\x03\0\x21" + ip_of(f)], None, None, None),
    "radiotap": (127, lambda f, n: [b"\0\0\x08\0\0\0\0\0" + b"\x08\x01" + bytes(22)
                                    + b"\xaa\xaa\x03\0\0\0\x08\0" + ip_of(f)], None, None, None),
    "NFLOG": (239, lambda f, n: [b"\2\0\0\0" + struct.pack("<HH", 4 + len(ip_of(f)), 9)
                                 + ip_of(f)], None, None, None),
    "NFLOG, big-endian": (239, lambda f, n: [b"\2\0\0\0" + struct.pack(">HH", 4 + len(ip_of(f)), 9)
                                             + ip_of(f)], None, None, None),
    "PPI": (192, lambda f, n: [struct.pack("<BBHI", 0, 0, 8, 1) + f], None, None, None),
    "PFLOG": (117, lambda f, n: [b"\x3d\2\0\0em0" + bytes(57) + ip_of(f)], None, None, None),
    "ERF": (197, lambda f, n: [struct.pack("<Q", n) + struct.pack("!BBHHH", 2, 4, len(f) + 18, 0,
                                                                 len(f)) + bytes(2) + f],
            None, None, None),
    "PKTAP": (258, lambda f, n: [struct.pack("<III", 108, 1, 1) + bytes(96) + f],
              None, None, None),
    "Frame Relay": (107, lambda f, n: [b"\x18\x41\3\xcc" + ip_of(f)], None, None, None),
    "DSA": (284, lambda f, n: [f[:12] + b"\xe0\0\0\5" + f[12:]], "5", None, None),
    "IPv4 fragments": (1, lambda f, n: fragments4(ip_of(f), n, 24), None, None, None),
    "GRE in IPv4 fragments": (
        1, lambda f, n: fragments4(ip_of(in_gre(IPV4, ip_of(f))), n, 64), None, "gre", None),
    "VXLAN in IPv4 fragments": (1, lambda f, n: fragments4(ip_of(in_udp(
        4789, struct.pack("!II", 0x08000000, 5001 << 8) + f)), n, 64), None, "vxlan", "5001"),
    "4in6 in IPv6 fragments": (1, lambda f, n: fragments6(ip6(4, ip_of(f)), n, 64),
                               None, "ip", None),
    "tagged fragments": (1, lambda f, n: [x[:12] + b"\x81\0\0\x07" + x[12:]
                                          for x in fragments4(ip_of(f), n, 64)], "7", None, None),
}

# The same for packets that hold IPv6.
ALL6 = {
    "6in4": (1, lambda f, n: [ethernet(ip4(41, ip_of(f)))], None, "ip", None),
    "Teredo": (1, lambda f, n: [in_udp(3544, ip_of(f))], None, "teredo", None),
    "Teredo with its headers": (
        1, lambda f, n: [in_udp(3544, TEREDO_AUTHENTICATION + TEREDO_ORIGIN + ip_of(f))],
        None, "teredo", None),
    "IPv6 fragments": (1, lambda f, n: fragments6(ip_of(f), n, 24), None, None, None),
    "IPv6 options": (1, lambda f, n: [ethernet(with_options(ip_of(f)), IPV6)],
                     None, None, None),
    "options in fragments in 6in4": (
        1, lambda f, n: [ethernet(ip4(41, ip_of(x)))
                         for x in fragments6(with_options(ip_of(f), [60]), n, 32)],
        None, "ip", None),
}


def wrapped(wrapping, packets):
    """All packets wrapped; what is not IP is left out."""
    return [Packet(packet.time_us, frame) for number, packet in enumerate(packets)
            if packet.frame[12:14] in (b"\x08\x00", b"\x86\xdd")
            for frame in wrapping(packet.frame, number)]
