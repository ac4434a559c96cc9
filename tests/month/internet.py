# SPDX-License-Identifier: GPL-3.0-or-later
"""The Internet of the generated month: networks, and providers of DNS, mail and web servers.

Shares and sizes are rough: few large providers have most domains, and most providers have few.
"""
import itertools

HEADS = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "st", "tr", "br"]
TAILS = ["a", "e", "i", "o", "u", "an", "en", "or"]
SUFFIXES = ["com"] * 12 + ["net", "net", "org", "org", "de", "de", "co.uk", "jp", "co.jp", "nl",
                          "fr", "io", "com.br", "info"]
PERSONS = ["ada", "alan", "amy", "ben", "bob", "cara", "carl", "dana", "duke", "elle", "emma",
           "fred", "gina", "hal", "ines", "ivan", "jean", "josh", "kate", "kurt", "lara", "lee",
           "lola", "mark", "mia", "nina", "noel", "olga", "otto", "pam", "pete", "rita", "rob",
           "sara", "sid", "tess", "tom", "uma", "vera", "walt"]
PARENT_TTL = {"de": 86400, "jp": 86400, "co.jp": 86400, "nl": 3600, "fr": 172800, "io": 3600}
RESERVED = {0, 10, 100, 127, 169, 172, 192, 198, 203}


class Network:
    """The address blocks of one autonomous system."""

    def __init__(self, net, blocks):
        self.rng = net.rng
        self.blocks = [net.next_block() for _ in range(blocks)]
        self.shared = []        # addresses of servers with many web sites
        self.v6 = f"2a{self.rng.randrange(256):02x}:{self.rng.randrange(1, 0xffff):x}"

    def address(self, block=None):
        block = block or self.rng.choice(self.blocks)
        return f"{block}.{self.rng.randrange(256)}.{self.rng.randrange(1, 255)}"

    def shared_address(self):
        """One of few servers, each with many customers."""
        if len(self.shared) < 4:
            self.shared.append(self.address())
            return self.shared[-1]
        return self.rng.choice(self.shared)

    def other_block(self, text):
        """An address of the same system in another /16, if there is one."""
        rest = [b for b in self.blocks if not text.startswith(b + ".")]
        return self.address(self.rng.choice(rest)) if rest else self.address()

    def address6(self):
        return f"{self.v6}:{self.rng.randrange(1, 0xffff):x}::{self.rng.randrange(1, 0xffff):x}"


class Provider:
    """Operates name servers for domains. `names` makes the set of a new customer."""

    def __init__(self, net, kind, network, names, ttl):
        self.kind, self.network, self.names, self.ttl = kind, network, names, ttl
        self.net = net
        self.customers = []
        self.signs = net.rng.random() < 0.4
        self.shows_ns = net.rng.random() < 0.5      # with the authority section filled

    def new_set(self):
        hosts = self.names()
        for host in hosts:
            self.net.place(host, self.network)
        return hosts


class Mailer:
    """Operates mail exchangers for domains."""

    def __init__(self, net, network, names, large):
        self.net, self.network, self.names, self.large = net, network, names, large

    def new_set(self, domain):
        hosts = self.names(domain)
        for _, host in hosts:
            self.net.place(host, self.network)
        return hosts


class Internet:
    def __init__(self, rng, domains):
        self.rng = rng
        self.domains = domains
        self.used, self.blocks = set(), set()
        self.hosts = {}         # addresses of name servers and exchangers
        self.networks_of = {}   # the network of such a host
        self.make_networks()
        self.make_providers()
        self.make_mailers()

    # Names and addresses

    def new_name(self, suffix=None, syllables=4):
        while True:
            text = "".join(self.rng.choice(HEADS) + self.rng.choice(TAILS)
                           for _ in range(syllables))
            text = f"{text}.{suffix or self.rng.choice(SUFFIXES)}"
            if text not in self.used:
                self.used.add(text)
                return text

    def next_block(self):
        while True:
            first = self.rng.randrange(1, 224)
            block = f"{first}.{self.rng.randrange(256)}"
            if first not in RESERVED and block not in self.blocks:
                self.blocks.add(block)
                return block

    def place(self, host, network):
        if host not in self.hosts:
            self.hosts[host] = network.address()
            self.networks_of[host] = network

    # Networks

    def scaled(self, share, least):
        return max(least, int(self.domains * share))

    def make_networks(self):
        net = self
        few = self.domains < 2000
        self.clouds = [Network(net, 4 if few else self.rng.randrange(12, 40)) for _ in range(6)]
        self.cdns = [Network(net, 4 if few else 16) for _ in range(4)]
        self.rented = [Network(net, 2 if few else self.rng.randrange(5, 14)) for _ in range(8)]
        self.hosters = [Network(net, self.rng.randrange(1, 4))
                        for _ in range(self.scaled(0.006, 4))]
        self.carriers = [Network(net, self.rng.randrange(1, 4))
                         for _ in range(self.scaled(0.02, 6))]

    # Providers

    def numbered(self, base, width):
        """ns-NNNN.BASE-NN.com, .net, .org, .co.uk: a set has one of each."""
        def names():
            return [f"ns-{self.rng.randrange(2048)}.{base}-{self.rng.randrange(width):02d}.{tld}"
                    for tld in ("com", "net", "org", "co.uk")]
        return names

    def persons(self, domain):
        return lambda: [f"{who}.ns.{domain}" for who in self.rng.sample(PERSONS, 2)]

    def pairs(self, domain):
        def names():
            number = self.rng.randrange(1, 40) * 2
            return [f"ns{number - 1:02d}.{domain}", f"ns{number:02d}.{domain}"]
        return names

    def suffixed(self, base):
        def names():
            number = self.rng.randrange(1, 10)
            return [f"ns{at + 1}-{number:02d}.{base}-dns.{tld}"
                    for at, tld in enumerate(("com", "net", "org", "info"))]
        return names

    def plain(self, domain):
        hosts = self.rng.choice([["ns1", "ns2"], ["ns1", "ns2", "ns3"], ["dns1", "dns2"],
                                 ["a.ns", "b.ns", "c.ns"]])
        return lambda: [f"{host}.{domain}" for host in hosts]

    def spread(self, base):
        return lambda: [f"{host}.{base}.{tld}"
                        for host, tld in (("ns1", "de"), ("ns2", "com"), ("ns3", "org"))]

    def base(self):
        return self.new_name("x")[:-2]

    def provider(self, kind, network, names):
        ttl = self.rng.choice([3600, 21600, 86400, 86400, 172800])
        return Provider(self, kind, network, names, ttl)

    def make_providers(self):
        few = self.domains < 2000
        new, com = self.new_name, "com"
        makers = [lambda: self.numbered(self.base(), 6 if few else 64),
                  lambda: self.persons(new(com)), lambda: self.pairs(new(com)),
                  lambda: self.suffixed(self.base()), lambda: self.spread(self.base()),
                  lambda: self.plain(new(com)), lambda: self.plain(new("net")),
                  lambda: self.persons(new(com)), lambda: self.pairs(new("net")),
                  lambda: self.plain(new("de")), lambda: self.plain(new("jp"))]
        networks = itertools.cycle([*self.clouds, *self.cdns])
        self.large = [self.provider("large", next(networks), make()) for make in makers]
        self.middle = [self.provider("middle", self.rng.choice(self.hosters),
                                     self.plain(self.new_name()))
                       for _ in range(self.scaled(0.007, 4))]
        self.small = [self.new_small() for _ in range(self.scaled(0.015, 6))]
        self.parking = [self.provider("parking", self.rng.choice(self.clouds),
                                      self.plain(self.new_name("com")))
                        for _ in range(2 if few else 4)]

    def new_small(self, kind="small"):
        network = self.rng.choice(self.carriers + self.hosters)
        return self.provider(kind, network, self.plain(self.new_name()))

    # Mail

    def make_mailers(self):
        base = [self.new_name("com") for _ in range(3)]
        self.mail_large = [
            Mailer(self, self.clouds[0], lambda _: [(1, f"aspmx.l.{base[0]}"),
                                                    (5, f"alt1.aspmx.l.{base[0]}"),
                                                    (10, f"alt2.aspmx.l.{base[0]}")], True),
            Mailer(self, self.clouds[1],
                   lambda d: [(0, f"{d.replace('.', '-')}.mail.protection.{base[1]}")], True),
            Mailer(self, self.clouds[2],
                   lambda d: [(10, f"mx{at}-{hash_of(d):05x}.gslb.{base[2]}") for at in "ab"],
                   True)]
        self.mail_middle = [self.hoster_mail() for _ in range(self.scaled(0.005, 4))]

    def hoster_mail(self):
        domain = self.new_name()
        return Mailer(self, self.rng.choice(self.hosters),
                      lambda _: [(10, f"mx1.{domain}"), (20, f"mx2.{domain}")], False)


def hash_of(text):
    """The same in each process, unlike hash()."""
    value = 7
    for letter in text:
        value = (value * 31 + ord(letter)) & 0xfffff
    return value
