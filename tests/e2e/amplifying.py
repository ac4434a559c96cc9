# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic full of hits of the RULES here, made to cost a sensor time or to make large events: each
kind as a function that yields packets without end."""
import struct

import traffic
from traffic import Connection, dns_name, dns_record, dns_response

A, NS, CNAME, MX, TXT, SVCB = 1, 2, 5, 15, 16, 64
FEED = 2000
RULES = "".join(f"alert any .bad.example id=many-{i}\n" for i in range(40)) + """
alert ip 203.0.113.0/24 id=network
alert any .one.example id=one
alert any 203.0.113.7 id=address sev=high
pin pinned.example ns ns.pinned.example id=pin
protect google.com awsdns-[00-63].org id=lookalike
alert rcpt alarm@critical.example id=critical sev=critical
""" + "".join(f"alert any .f{i}.example id=feed-{i}\nalert any m{i}@feed.example id=box-{i}\n"
              f"alert ip 198.18.{i // 256}.{i % 256} id=ip-{i}\n" for i in range(FEED))


def question(name, rtype):
    return dns_name(name) + struct.pack("!HH", rtype, 1)


def udp(message, number):
    return traffic.datagram(message, port=53, client_port=1024 + number % 60000)[1]


def escaped(number):
    """A name of 250 octets, nearly all of which need an escape of four characters."""
    label = bytes([63]) + struct.pack("!I", number) + bytes(59)
    return label * 3 + bytes([40]) + bytes(40) + dns_name("one.example")


def feed_names(i):
    """Names of a feed, each of which is another rule."""
    return dns_response([question("q.example", NS)], [
        dns_record(b"\xc0\x0c", NS, dns_name(f"f{(i * 50 + j) % FEED}.example")[:-1] + b"\0")
        for j in range(50)])


def feed_addresses(i):
    return dns_response([question("q.example", A)], [
        dns_record(b"\xc0\x0c", A, bytes([198, 18, (i * 80 + j) % FEED // 256, (i * 80 + j) % 256]))
        for j in range(80)])


def owners(i):
    """Records of many owners, whose names are short."""
    return dns_response([question("one.example", A)], [
        dns_record(bytes([3]) + b"%03x" % ((i * 60 + j) % 4096) + b"\xc0\x0c", A, bytes([203, 0, 113, 9]))
        for j in range(60)])


def exchanges(i):
    """Mail exchangers, which are watched."""
    return dns_response([question("one.example", MX)], [
        dns_record(b"\xc0\x0c", MX, b"\0\1\4%04x\xc0\x0c" % ((i * 50 + j) % 65536))
        for j in range(50)])


def questions(i):
    """Many questions, and no records."""
    return dns_response([question(f"q{i}-{j}.one.example", A) for j in range(40)], [])


def services(i):
    """Service bindings with many keys and addresses."""
    keys = struct.pack("!HH", 0, 200) + bytes(range(200))
    hints = struct.pack("!HH", 4, 80) + bytes([203, 0, 113, 7] * 20)
    return dns_response([question(f"s{i}.one.example", SVCB)], [
        dns_record(b"\xc0\x0c", SVCB, struct.pack("!H", 1) + dns_name(f"t{j}.one.example") + keys + hints)
        for j in range(4)])


def messages(make):
    """DNS messages over UDP, made of their number."""
    return lambda: (udp(make(i), i) for i in range(1 << 30))


def over_tcp(make):
    """The same over TCP, with their length."""
    def packets():
        for i in range(1 << 30):
            message = make(i)
            c = Connection(port=53, client_port=1024 + i % 60000)
            c.say(traffic.SERVER, struct.pack("!H", len(message)) + message)
            yield from (frame for _, frame in c.packets)
    return packets


def many_rules(i):
    name = f"x{i}.bad.example"
    return dns_response([question(name, A)], [dns_record(name, A, bytes([192, 0, 2, 1]))])


def many_records(count):
    def make(i):
        return dns_response([question("q.example", NS)], [
            dns_record("q.example", NS, dns_name(f"n{i}-{j}.one.example")) for j in range(count)])
    return make


def addresses(i):
    return dns_response([question("q.example", A)], [
        dns_record("q.example", A, bytes([203, 0, 113, j])) for j in range(80)])


def escaped_names(i):
    asked = escaped(i) + struct.pack("!HH", A, 1)
    answer = b"\xc0\x0c" + struct.pack("!HHIH4B", A, 1, 300, 4, 203, 0, 113, i % 250)
    return struct.pack("!6H", 7, 0x8180, 1, 30, 0, 0) + asked + answer * 30


def long_texts(i):
    text = bytes([255]) + bytes(255)
    return dns_response([question(f"t{i}.one.example", TXT)],
                        [dns_record(f"t{i}.one.example", TXT, text * 5)])


def pins(i):
    return dns_response([question("pinned.example", NS)], [
        dns_record("pinned.example", NS, dns_name(f"n{i}-{j}.other.example")) for j in range(30)])


def lookalikes(i):
    return dns_response([question("q.example", NS)], [
        dns_record("q.example", NS, dns_name(f"a{i}-{j}.awsdns-{i % 900 + 64}.org"))
        for j in range(30)])


def small_over_tcp(make):
    """Many messages in each connection."""
    def packets():
        for i in range(1 << 30):
            c = Connection(port=53, client_port=1024 + i % 60000)
            parts = [make(100 * i + j) for j in range(100)]
            c.say(traffic.SERVER, b"".join(struct.pack("!H", len(part)) + part for part in parts))
            yield from (frame for _, frame in c.packets)
    return packets


def in_fragments(make):
    """UDP datagrams in two fragments."""
    def packets():
        for i in range(1 << 30):
            frame = udp(make(i), i)
            ip, payload = frame[14:34], frame[34:]
            first = len(payload) // 2 & ~7
            for at, part in (0, payload[:first]), (first, payload[first:]):
                more = 0x2000 if at == 0 else 0
                head = ip[:2] + struct.pack("!HHH", 20 + len(part), i % 65536, more | at // 8) + \
                    ip[8:10] + b"\0\0" + ip[12:]
                head = head[:10] + struct.pack("!H", traffic.checksum(head)) + head[12:]
                yield frame[:14] + head + part
    return packets


def mails(lines, repeated):
    """Sessions of `lines`, then `repeated` a hundred times, all sent at once."""
    def packets():
        for i in range(1 << 30):
            c = Connection(client_port=1024 + i % 60000)
            c.talk(*lines)
            for n in range(100):
                c.say(traffic.CLIENT, b"".join(line.replace(b"#", b"%d-%d" % (i, n)) for line in repeated))
                c.say(traffic.SERVER, b"250 ok\r\n" * len(repeated))
            yield from (frame for _, frame in c.packets)
    return packets


GREETING = "S: 220 mx.test ESMTP", "C: EHLO a.test", "S: 250 mx.test"
LONG = "x" * 900
CASES = {
    "many rules hit one record": messages(many_rules),
    "one rule hits many records": messages(many_records(40)),
    "addresses": messages(addresses),
    "escaped names": messages(escaped_names),
    "long texts": messages(long_texts),
    "pins": messages(pins),
    "look-alikes": messages(lookalikes),
    "large messages over TCP": over_tcp(many_records(1200)),
    "escaped names over TCP": over_tcp(escaped_names),
    "recipients": mails((*GREETING, "C: MAIL FROM:<a@a.test>", "S: 250 ok"),
                        [b"RCPT TO:<r#@one.example>\r\n"] * 20),
    "mails": mails(GREETING, [b"MAIL FROM:<s#@one.example>\r\n", b"RSET\r\n"]),
    "long banner and HELO": mails(
        (f"S: 220 {LONG}.one.example ESMTP", f"C: EHLO {LONG}", "S: 250 mx.test"),
        [b"MAIL FROM:<s#@one.example>\r\n", b"RSET\r\n"]),
    "HELO": mails(GREETING, [b"EHLO h#.one.example\r\n"] * 5),
    "names of a feed": messages(feed_names),
    "addresses of a feed": messages(feed_addresses),
    "mailboxes of a feed": mails((*GREETING, "C: MAIL FROM:<a@a.test>", "S: 250 ok"),
                                 [b"RCPT TO:<m%d@feed.example>\r\n" % i for i in range(20)]),
    "owners": messages(owners),
    "exchanges": messages(exchanges),
    "questions": messages(questions),
    "services": messages(services),
    "small messages over TCP": small_over_tcp(many_rules),
    "fragments": in_fragments(many_records(40)),
    "look-alike mailboxes": mails((*GREETING, "C: MAIL FROM:<a@a.test>", "S: 250 ok"),
                                  ["RCPT TO:<a@g\u00f6\u00f6gle#.com>\r\n".encode(),
                                   b"RCPT TO:<a@g00gle.com>\r\n"] * 10),
}


def alarm():
    """A session with the critical hit."""
    c = Connection(client_port=60999)
    c.talk(*GREETING, "C: MAIL FROM:<a@a.test>", "S: 250 ok",
           "C: RCPT TO:<alarm@critical.example>", "S: 250 ok", "C: QUIT", "S: 221 bye")
    return [frame for _, frame in c.packets]


def capture(packets, octets):
    """So many octets of packets, with the session in the middle."""
    out, size, session = [], 0, alarm()
    for frame in packets():
        out.append(frame)
        size += len(frame) + 16
        if session and size > octets / 2:
            out += session
            session = None
        if size > octets:
            break
    return traffic.pcap([("", frame) for frame in out], spacing_us=5)
