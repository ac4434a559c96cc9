# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains of the generated month, and the traffic of those who look them up.

The sensor sees the link of a site: what name servers answer its two resolvers, what these answer
their clients, and its outgoing mail. One resolver validates (DO, AD), the other asks without
EDNS. Zones and delegations are values: a change replaces them, so that an old one can live on at
the servers that a domain has left.
"""
import dataclasses

import wire
from internet import PARENT_TTL

RESOLVERS = [("192.0.2.53", True), ("192.0.2.54", False)]
MTAS = [("198.51.100.25", True), ("198.51.100.26", False)]  # the second one never uses TLS
BLOCK_PAGE = "146.112.61.104"   # the answer of the resolvers for names that they block
SEEN = 0.35             # how many of the look-ups need a referral


@dataclasses.dataclass(frozen=True)
class Zone:
    """What the name servers of a domain answer."""
    ns: tuple
    ns_ttl: int
    web: tuple              # addresses of the apex; a subset of them in each answer
    shown: int              # how many of them
    ttl: int
    web6: tuple = ()
    alias: str = ""         # www is a CNAME of this
    alias_web: tuple = ()
    mx: tuple = ()
    mx_ttl: int = 3600
    primary: str = ""       # of the SOA record
    subdomains: tuple = ()  # (label, address or name)
    minimal: bool = False   # without authority and additional section


@dataclasses.dataclass(frozen=True)
class Delegation:
    """What the parent's servers answer. `glue` replaces addresses that are out of date."""
    ns: tuple
    ds: tuple = ()
    glue: tuple = ()


class Domain:
    def __init__(self, name, rate):
        self.name, self.rate = name, rate
        self.suffix = name.split(".", 1)[1]
        self.zone = self.delegation = None
        self.provider = None
        self.old = None             # (zone, until, share of the look-ups)
        self.dead = 0               # the response code of all servers, while they are lame
        self.lame = frozenset()     # servers that refuse
        self.mailer = None
        self.mails = False          # whether this site sends mail to it
        self.trait = "nothing"
        self.attack = None           # Attack
        self.blocked = False        # whether the site's resolvers block it
        self.begins = 0             # when the site looks it up for the first time

    def uses(self, zone=None, delegation=None):
        """Changes members of the zone or the delegation."""
        if zone:
            self.zone = dataclasses.replace(self.zone, **zone)
        if delegation:
            self.delegation = dataclasses.replace(self.delegation, **delegation)


@dataclasses.dataclass
class Attack:
    """What a hijacker answers in place of the owner, in `share` of the look-ups."""
    truth: dict
    share: float
    zone: Zone = None
    delegation: Delegation = None
    mail: dict = None           # members of a mail server that differ
    shown: tuple = ()           # the values by which an answer is recognized


class Site:
    """Emits the frames of look-ups and mails of one day."""

    def __init__(self, net, rng):
        self.net, self.rng = net, rng
        self.frames = []
        self.servers = {}       # address of a mail server: what it shows
        self.port = 1024

    def emit(self, at, frame, mark=None):
        self.frames.append((int(at * 1000000), len(self.frames), frame, mark))

    def next_port(self):
        self.port = 1024 + (self.port - 1023) % 60000
        return self.port

    # Parts of messages

    def glue(self, hosts, ttl, old=()):
        stale = dict(old)
        return [wire.host(host, stale.get(host, self.net.hosts[host]), ttl) for host in hosts
                if host in self.net.hosts]

    def sections(self, domain, zone):
        """The authority and additional sections of an answer."""
        if zone.minimal:
            return [], []
        return ([wire.ns(domain.name, host, zone.ns_ttl) for host in zone.ns],
                self.glue(zone.ns, zone.ns_ttl))

    def web(self, zone):
        if zone.shown >= len(zone.web):
            return zone.web
        return self.rng.sample(zone.web, zone.shown)

    # Answers

    def referral(self, domain, at, question, attack):
        delegation = domain.delegation
        mark = None
        if attack and attack.delegation:
            delegation, mark = attack.delegation, attack
        resolver, secure = self.rng.choices(RESOLVERS, (4, 1))[0]
        ttl = PARENT_TTL.get(domain.suffix, 172800)
        authority = [wire.ns(domain.name, host, ttl) for host in delegation.ns]
        if secure:
            authority += [wire.ds(domain.name, key, ttl) for key in delegation.ds]
        own = [host for host in delegation.ns if host.endswith("." + domain.suffix)]
        additional = self.glue(own, ttl, delegation.glue)
        if secure:
            additional.append(wire.opt(True))
        payload = wire.message(wire.REFERRAL, question, (), authority, additional)
        server = f"192.5.{6 + len(domain.suffix)}.30"
        self.emit(at, wire.response(server, resolver, self.next_port(), payload),
                  self.marked(mark, delegation.ns))

    def marked(self, attack, values):
        theirs = attack and not attack.mail and set(values) & set(attack.shown)
        return attack.truth if theirs else None

    def authoritative(self, domain, zone, at, question, answers, attack, values=(), extra=()):
        """An answer of one of the zone's servers, after the refusal of a lame one."""
        resolver, secure = self.rng.choices(RESOLVERS, (4, 1))[0]
        hosts = [host for host in zone.ns if host in self.net.hosts]
        host = self.rng.choice(hosts)
        if host in domain.lame:
            self.refuse(host, resolver, at - 0.02, question, wire.REFUSED)
            host = self.rng.choice([h for h in hosts if h not in domain.lame])
        authority, additional = self.sections(domain, zone)
        if not answers:
            authority, additional = [wire.soa(domain.name, zone.primary, 3600)], []
        additional = [*extra, *additional]
        if secure:
            additional = [*additional, wire.opt(True)]
        payload = wire.message(wire.AUTHORITATIVE, question, answers, authority, additional)
        shown = [*values, *(zone.ns if authority and answers else ())]
        self.emit(at, wire.response(self.net.hosts[host], resolver, self.next_port(), payload),
                  self.marked(attack, shown))

    def refuse(self, host, resolver, at, question, code):
        payload = wire.message(0x8000 | code, question)
        self.emit(at, wire.response(self.net.hosts[host], resolver, self.next_port(), payload))

    def cached(self, domain, at, question, make, ttl, attack, values=()):
        """The answer of a resolver to its client, with what is left of the TTL. Some clients set the
        DO bit; of the others some ask for validation."""
        resolver, secure = self.rng.choices(RESOLVERS, (4, 1))[0]
        signed = secure and domain.delegation.ds and not attack
        asked = signed and self.rng.random() < 0.5
        answers = make(max(1, int(ttl * self.rng.random())))
        if domain.blocked and question[1] == wire.A:
            answers, signed = [wire.host(question[0], BLOCK_PAGE, 10)], False
        number = self.rng.randrange(8), self.rng.randrange(1, 255)
        has_do = number[1] % 3 == 0
        validated = signed and (asked or has_do)
        payload = wire.message(wire.VALIDATED if validated else wire.CACHED, question, answers, (),
                               [wire.opt(True)] if has_do else ())
        client = f"10.1.{number[0]}.{number[1]}"
        self.emit(at, wire.response(resolver, client, self.next_port(), payload),
                  self.marked(attack, values))

    # Look-ups

    def view(self, domain, at):
        """The zone that answers now, and the hijacker, if it is his."""
        if domain.attack and self.rng.random() < domain.attack.share:
            return domain.attack.zone or domain.zone, domain.attack
        if domain.old and at < domain.old[1] and self.rng.random() < domain.old[2]:
            return domain.old[0], None
        return domain.zone, None

    def web_visit(self, domain, at):
        zone, attack = self.view(domain, at)
        www = self.rng.random() < 0.5
        owner = "www." + domain.name if www else domain.name
        if zone.subdomains and self.rng.random() < 0.1:
            self.subdomain(domain, zone, at, attack)
            return
        if self.rng.random() < SEEN:
            self.referral(domain, at - 0.1, (owner, wire.A), attack)
        if www and zone.alias:
            values = [zone.alias, *zone.alias_web]

            def make(ttl):
                end = zone.alias
                picked = self.rng.sample(zone.alias_web, min(2, len(zone.alias_web)))
                return [wire.cname(owner, end, ttl)] + [wire.host(end, a, min(ttl, 60))
                                                        for a in picked]
        else:
            values = self.web(zone)

            def make(ttl):
                return [wire.host(owner, text, ttl) for text in values]
        answers = make(zone.ttl)[:1] if www and zone.alias else make(zone.ttl)
        shown = [zone.alias] if www and zone.alias else values
        self.authoritative(domain, zone, at, (owner, wire.A), answers, attack, shown)
        if self.rng.random() < 0.35:
            six = [wire.host(owner, text, zone.ttl) for text in zone.web6]
            if not (www and zone.alias):
                self.authoritative(domain, zone, at + 0.05, (owner, wire.AAAA), six, attack)
            if not six and not zone.alias:
                self.synthesized(owner, values[0], at + 0.07)
        if self.rng.random() < 0.6:
            self.cached(domain, at + 0.1, (owner, wire.A), make, zone.ttl, attack, values)

    def synthesized(self, owner, text, at):
        """DNS64 (RFC 6147) for the clients of a network without IPv4."""
        if self.rng.random() < 0.2:
            packed = wire.address(text)
            six = f"64:ff9b::{packed[0]:02x}{packed[1]:02x}:{packed[2]:02x}{packed[3]:02x}"
            payload = wire.message(wire.CACHED, (owner, wire.AAAA), [wire.host(owner, six, 300)])
            self.emit(at, wire.response(RESOLVERS[0][0], "10.1.9.9", self.next_port(), payload))

    def subdomain(self, domain, zone, at, attack):
        label, value = self.rng.choice(zone.subdomains)
        owner = f"{label}.{domain.name}"
        if value[0].isdigit():
            self.authoritative(domain, zone, at, (owner, wire.A),
                               [wire.host(owner, value, zone.ttl)], attack, [value])
            return
        self.authoritative(domain, zone, at, (owner, wire.A),
                           [wire.cname(owner, value, zone.ttl)], attack, [value])
        self.target(value, at + 0.05, attack)

    def target(self, target, at, attack=None):
        """The look-up of a name at a provider of cloud services; NXDOMAIN if it has no address."""
        found = self.net.hosts.get(target)
        parent = target.split(".", 1)[1]
        answers = [wire.host(target, found, 60)] if found else []
        authority = [] if found else [wire.soa(parent, "ns1." + parent, 300)]
        flags = wire.AUTHORITATIVE | (0 if found else wire.NXDOMAIN)
        payload = wire.message(flags, (target, wire.A), answers, authority)
        self.emit(at, wire.response("20.10.1.53", RESOLVERS[0][0], self.next_port(), payload),
                  self.marked(attack, [found]))

    def missing(self, target, at):
        """The registry answers that the registrable domain of a target does not exist."""
        suffix = target.rsplit(".", 1)[1]
        payload = wire.message(wire.AUTHORITATIVE | wire.NXDOMAIN, (target, wire.A), (),
                               [wire.soa(suffix, f"a.nic.{suffix}", 900)])
        self.emit(at, wire.response("192.5.9.30", RESOLVERS[0][0], self.next_port(), payload))

    def ns_visit(self, domain, at):
        zone, attack = self.view(domain, at)
        self.referral(domain, at - 0.1, (domain.name, wire.NS), attack)
        answers = [wire.ns(domain.name, host, zone.ns_ttl) for host in zone.ns]
        dice = self.rng.random()
        if dice < 0.5:
            self.authoritative(domain, zone, at, (domain.name, wire.NS), answers, attack, zone.ns)
        elif dice < 0.7:
            self.authoritative(domain, zone, at, (domain.name, wire.SOA),
                               [wire.soa(domain.name, zone.primary, 3600)], attack)
        self.ds_answer(domain, at + 0.1, attack)
        for host in zone.ns:
            if host not in self.net.hosts:
                self.missing(host, at + 0.2)
            elif self.rng.random() < 0.1 and not attack:
                self.server_address(host, at + 0.3)

    def ds_answer(self, domain, at, attack):
        """The parent's answer to a validating resolver that asks for DS."""
        keys = attack.delegation.ds if attack and attack.delegation else domain.delegation.ds
        ttl = PARENT_TTL.get(domain.suffix, 86400)
        answers = [wire.ds(domain.name, key, ttl) for key in keys]
        authority = [] if keys else [wire.soa(domain.suffix, f"a.nic.{domain.suffix}", 900)]
        payload = wire.message(wire.AUTHORITATIVE, (domain.name, wire.DS), answers, authority,
                               [wire.opt(True)])
        self.emit(at, wire.response(f"192.5.{6 + len(domain.suffix)}.30", RESOLVERS[0][0],
                                    self.next_port(), payload))

    def server_address(self, host, at):
        found = self.net.hosts[host]
        payload = wire.message(wire.AUTHORITATIVE, (host, wire.A), [wire.host(host, found, 86400)])
        self.emit(at, wire.response(found, RESOLVERS[0][0], self.next_port(), payload))

    def resolve_server(self, host, at):
        """A resolver finds a name server that serves its own domain, as hijackers set it up."""
        domain = host.split(".", 1)[1]
        found = self.net.hosts[host]
        payload = wire.message(wire.REFERRAL, (host, wire.A), (), [wire.ns(domain, host, 172800)],
                               [wire.host(host, found, 172800)])
        self.emit(at, wire.response("192.5.9.30", RESOLVERS[0][0], self.next_port(), payload))
        payload = wire.message(wire.AUTHORITATIVE, (host, wire.A), [wire.host(host, found, 3600)],
                               [wire.ns(domain, host, 3600)])
        self.emit(at + 0.1, wire.response(found, RESOLVERS[0][0], self.next_port(), payload))

    def lame_visit(self, domain, at):
        """Each server refuses, and the resolver fails."""
        question = ("www." + domain.name, wire.A)
        self.referral(domain, at - 0.1, question, None)
        for step, host in enumerate(domain.zone.ns):
            if host in self.net.hosts:
                self.refuse(host, RESOLVERS[0][0], at + step / 50, question, domain.dead)
        payload = wire.message(wire.CACHED | wire.SERVFAIL, question)
        self.emit(at + 0.2, wire.response(RESOLVERS[0][0], "10.1.2.3", self.next_port(), payload))

    # Mail

    def mail_visit(self, domain, at):
        zone, attack = self.view(domain, at)
        if not zone.mx:
            self.web_visit(domain, at)
            return
        question = (domain.name, wire.MX)
        hosts = [host for _, host in zone.mx]

        def make(ttl):
            return [wire.mx(domain.name, preference, host, ttl) for preference, host in zone.mx]
        near = [] if zone.minimal else [host for host in hosts if host.endswith(domain.name)]
        self.authoritative(domain, zone, at, question, make(zone.mx_ttl), attack, hosts,
                           extra=self.glue(near, zone.ttl))
        for host in hosts:
            if host not in self.net.hosts:
                self.missing(host, at + 0.02)
        host = hosts[0]
        if host in self.net.hosts:
            self.exchanger_address(domain, zone, host, at + 0.05, attack)
        if self.rng.random() < 0.5:
            self.cached(domain, at + 0.1, question, make, zone.mx_ttl, attack, hosts)
        if domain.mails and host in self.net.hosts:
            self.mail(domain, host, at + 0.3, attack)

    def exchanger_address(self, domain, zone, host, at, attack):
        found = self.net.hosts[host]
        if host.endswith("." + domain.name):
            self.authoritative(domain, zone, at, (host, wire.A), [wire.host(host, found, zone.ttl)],
                               attack, [found])
            return
        payload = wire.message(wire.AUTHORITATIVE, (host, wire.A), [wire.host(host, found, 300)])
        self.emit(at, wire.response("20.10.2.53", RESOLVERS[0][0], self.next_port(), payload))

    def mail(self, domain, host, at, attack):
        mta, may = self.rng.choices(MTAS, (9, 1))[0]
        server = self.net.hosts[host]
        shown = self.servers.setdefault(server, self.new_server(host))
        if attack and attack.mail:
            shown = {**shown, **attack.mail}
        if shown.get("balanced") and self.rng.random() < 0.3:
            shown = {**shown, "offer": None}
        frames = wire.mail_session(mta, server, self.next_port(), shown["greeting"],
                                   shown["offer"], may, shown["key"],
                                   f"info{self.rng.randrange(5)}@{domain.name}")
        theirs = attack and (attack.mail or server in attack.shown)
        for step, frame in enumerate(frames):
            # A session has shown everything when it ends.
            last = step + 1 == len(frames)
            self.emit(at + step / 200, frame, attack.truth if theirs and last else None)

    def new_server(self, host):
        modern = self.rng.random() < 0.5
        return {"greeting": host, "offer": None if self.rng.random() < 0.08 else "STARTTLS",
                "key": None if modern else self.rng.randrange(1, 1 << 30),
                "balanced": self.rng.random() < 0.002}
