#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares two binaries in which names they take for imitations.

usage: tests/bench/verdicts.py OLD/nsmx NEW/nsmx [COUNT]

Makes 300,000 names, or COUNT, out of those that the shipped rules protect: each with one to three
changes of the kinds that imitations have, and some that imitations do not have. Both binaries
replay a capture in which each name is a name server. Prints the first names about which they
differ, and ends with status 1 if there are any. The names are the same in each run.
"""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
import costly       # noqa: E402  pylint: disable=wrong-import-position
import traffic      # noqa: E402  pylint: disable=wrong-import-position

SETS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "rules/sets")
COUNT = 300000
A_MESSAGE = 8               # few enough that the bound of the work for a message is not reached
A_CAPTURE = 30000           # few enough that no hit is gathered
NS = 2
SHOWN = 10
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"
ALIKE = (("o", "0"), ("l", "1"), ("i", "l"), ("m", "rn"), ("w", "vv"), ("rn", "m"), ("vv", "w"),
         ("1", "i"), ("a", "а"), ("e", "é"), ("u", "ü"), ("-", ""))
HOSTS = ("www", "mail", "smtp", "ns", "mx", "ns1", "a", "protection", "x-1")
SUFFIXES = ("com", "net", "org", "co.uk", "jp", "co.jp", "de", "io", "cloudfront.net", "example")


CREATED = re.compile(rb',"created":"[^"]*"')


def protected():
    """Names of the shipped rules, families by some of their members."""
    text = ""
    for name in sorted(os.listdir(SETS)):
        with open(os.path.join(SETS, name), encoding="utf-8") as file:
            text += file.read()
    return costly.protected(text)


def any_place(text):
    return random.randrange(len(text) + 1)


def insert(text):
    at = any_place(text)
    return text[:at] + random.choice(LETTERS) + text[at:]


def drop(text):
    at = any_place(text)
    return text[:at] + text[at + 1:]


def change(text):
    at = any_place(text)
    return text[:at] + random.choice(LETTERS) + text[at + 1:]


def swap(text):
    at = any_place(text)
    return text[:at] + text[at + 1:at + 2] + text[at:at + 1] + text[at + 2:]


def disguise(text):
    seen, other = random.choice(ALIKE)
    return text.replace(seen, other, 1)


def hyphen(text):
    at = any_place(text)
    return text[:at] + "-" + text[at:]


def dot(text):
    at = any_place(text)
    return text[:at] + "." + text[at:] if random.random() < 0.5 else text.replace(".", "", 1)


def host(text):
    return random.choice(HOSTS) + random.choice((".", ".", "")) + text


def suffix(text):
    return text.split(".")[0] + "." + random.choice(SUFFIXES)


def below(text):
    return text + "." + random.choice(SUFFIXES)


def number(text):
    digits = [i for i, c in enumerate(text) if c.isdigit()]
    at = random.choice(digits) if digits else any_place(text)
    return text[:at] + str(random.randrange(200)) + text[at + random.randrange(2):]


CHANGES = (insert, drop, change, swap, disguise, disguise, hyphen, dot, host, host, suffix, below,
           number)


def wire(name):
    """A name in wire format, A-labels where it is not ASCII; None if no host has it."""
    octets = b""
    for label in name.split("."):
        if not label.isascii():
            label = "xn--" + label.encode("punycode").decode()
        if not 0 < len(label) < 64:
            return None
        octets += bytes([len(label)]) + label.encode()
    return octets + b"\0" if len(octets) < 250 else None


def names(count):
    """Different names with their wire formats."""
    bases, made = protected(), {}
    while len(made) < count:
        name = random.choice(bases)
        for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
            name = random.choice(CHANGES)(name)
        octets = wire(name)
        if octets is not None:
            made[octets] = name
    return list(made)


def capture(made):
    packets = []
    for at in range(0, len(made), A_MESSAGE):
        records = [traffic.dns_record("q.example", NS, octets) for octets in made[at:at + A_MESSAGE]]
        question = traffic.dns_name("q.example") + bytes([0, NS, 0, 1])
        packets.append(traffic.datagram(traffic.dns_response([question], records), port=53,
                                        client_port=1024 + at % 60000))
    return traffic.pcap(packets)


def hits(nsmx, path, folder):
    """The events of a replay."""
    summary = os.path.join(folder, "summary")
    done = subprocess.run(
        [nsmx, "replay", "--progress", "never", "--alerts", "hits", "--summary", summary,
         "-o", "-", "-r", SETS, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    with open(summary, encoding="utf-8") as text:
        counters = json.load(text)
    if counters["names_unjudged"] or counters["hits_gathered"] or counters["dns_malformed"]:
        sys.exit(f"{nsmx} did not compare all names: {counters}")
    return CREATED.sub(b"", done.stdout).splitlines()


def compare(old, new, made, folder):
    """(events of `old`, events that only one of the binaries wrote) for these names."""
    path = os.path.join(folder, "capture")
    with open(path, "wb") as file:
        file.write(capture(made))
    before, after = (hits(os.path.abspath(nsmx), path, folder) for nsmx in (old, new))
    return before, sorted(set(before) ^ set(after))


def main(arguments):
    if len(arguments) not in (2, 3):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    random.seed("verdicts")
    count = int(arguments[2]) if len(arguments) > 2 else COUNT
    made, events, differ = names(count), 0, []
    with tempfile.TemporaryDirectory(prefix="nsmx-verdicts-") as folder:
        for at in range(0, count, A_CAPTURE):
            before, other = compare(*arguments[:2], made[at:at + A_CAPTURE], folder)
            events += len(before)
            differ += other
    for line in differ[:SHOWN]:
        print(line.decode(errors="replace")[:1000])
    print(f"{count} names, {events} hits, {len(differ)} events differ")
    return 1 if differ or not events else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
