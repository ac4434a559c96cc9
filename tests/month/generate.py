#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generates a month of ordinary look-ups and mail for many domains, with 30 hijacks hidden in it.

usage: tests/month/generate.py [--domains N] [--days N] [--seed N] CAPTURE TRUTH

CAPTURE is a pcap file, or - for standard output. TRUTH has one JSON object a line: first the
sizes, then each change and each hijack, with `domain`, `kind`, `time`, `value`, and, of a hijack,
`packet` and `shown`: number and time of the first packet that shows it. The first eight days are
those in which a sensor learns; changes begin after them.

The same arguments give the same octets.
"""
import argparse
import heapq
import json
import random
import sys

import changes
import attacks
import wire
from domains import Attack, Site
from internet import Internet
from population import Population

START = 1767225600          # 2026-01-01T00:00:00Z
LEARN = 8                   # days
DAY = changes.DAY
GROUPS = 3 / 20000          # of each domain: changes of providers, for all of their customers


class Plan:
    """Who changes when. `at` and `note` are of the domain that was named last."""

    def __init__(self, net, population, site, days):
        self.net, self.rng, self.population, self.site = net, net.rng, population, site
        self.days = days
        self.actions = {}       # domain: [(time, number, action)]
        self.truth = []
        self.count = 0
        self.domain = None
        self.early = 0          # seconds by which a hijack began before it is shown

    def of(self, domain):
        self.domain = domain
        return self

    def at(self, time, action):
        self.count += 1
        self.actions.setdefault(self.domain, []).append((time, self.count, action))

    def note(self, kind, time, value):
        self.truth_of(self.domain.name, kind, time, value)

    def truth_of(self, domain, kind, time, value):
        self.truth.append({"domain": domain, "kind": kind, "time": START + time, "value": value})

    def visits(self, domain, begin, count):
        """Look-ups of each kind within minutes."""
        for step in range(count):
            for part, visit in enumerate((self.site.ns_visit, self.site.web_visit,
                                          self.site.mail_visit)):
                time = begin + 5 + step * 45 + part * 5
                self.at(time, lambda visit=visit, time=time: visit(domain, time))

    def attack(self, domain, begin, lasts, shown, **members):
        """Begins and ends a hijack, in which the site looks the domain up some times."""
        truth = {"domain": domain.name, "kind": self.kind, "hijack": True,
                 "time": START + begin - self.early, "value": list(shown),
                 "until": START + begin + lasts}
        self.early = 0
        self.truth.append(truth)
        attack = Attack(truth=truth, shown=tuple(shown), **members)
        self.at(begin, lambda: setattr(domain, "attack", attack))
        self.visits(domain, begin, 8)
        self.at(begin + lasts, lambda: setattr(domain, "attack", None))

    def claimed(self, domain, begin, target, address):
        """A name at a service that did not exist is registered."""
        self.attack(domain, begin, 3 * DAY, [address], share=1)
        self.at(begin, lambda: self.net.hosts.__setitem__(target, address))
        for step in range(1, 4):
            time = begin + step * 300
            self.at(time, lambda time=time: self.site.subdomain(domain, domain.zone, time,
                                                                domain.attack))


# Planning

def may_change(domain):
    return domain.trait != "parked" and not domain.dead and domain.begins == 0


def times(rng, expected):
    """A whole number, which is the expected one in the mean of many months."""
    return int(expected) + (rng.random() < expected % 1)


def plan_changes(plan, free):
    """Changes of domains that are not hijacked, each domain with one at most."""
    pool = [domain for domain in free if may_change(domain)]
    plan.rng.shuffle(pool)
    for change, share in changes.CHANGES.items():
        for _ in range(times(plan.rng, share * len(plan.population.domains))):
            if not pool:
                return
            domain = pool.pop()
            time = plan.rng.uniform(LEARN + 2.5, plan.days - 0.5) * DAY
            change(plan.of(domain), domain, time)


def plan_groups(plan):
    """Changes that concern many domains at once."""
    groups = times(plan.rng, GROUPS * len(plan.population.domains))

    def time():
        return plan.rng.uniform(LEARN + 2, plan.days - 1) * DAY
    for provider in plan.net.middle[:groups]:
        domain = plan.net.new_name()
        hosts = tuple(f"{head}.{domain}" for head in ("ns1", "ns2"))
        for host in hosts:
            plan.net.place(host, provider.network)
        changes.merged_provider(plan, provider, time(), hosts)
    for provider in plan.net.middle[groups:groups * 2]:
        changes.server_readdressed(plan, provider, time())
    for network in [*plan.net.hosters, *plan.net.carriers][:groups]:
        changes.shared_server_moved(plan, network, network.shared_address(), time())


def is_victim(domain):
    return (may_change(domain) and domain.trait == "nothing" and not domain.lame and
            domain.zone.mx and domain.provider.kind in ("large", "middle") and
            not domain.zone.alias)


def plan_attacks(plan):
    """Returns the victims, which are looked up and get mail each day."""
    pool = [domain for domain in plan.population.domains if is_victim(domain)]
    plan.rng.shuffle(pool)
    victims = []
    for hijack, kind, count in attacks.ATTACKS:
        for variant in range(count):
            domain = pool.pop()
            domain.rate, domain.mails = 5.0, True
            victims.append(domain)
            plan.kind = kind
            time = plan.rng.uniform(LEARN + 4, plan.days - 4) * DAY
            hijack(plan.of(domain), domain, time, variant)
    return victims


# The days

def day_of(plan, domain, day):
    """What happens to a domain in a day, in order of time."""
    rng = plan.rng
    events = []
    if day >= domain.begins:
        time = rng.expovariate(domain.rate)
        while time < 1:
            events.append(((day + time) * DAY, 0, None))
            time += rng.expovariate(domain.rate)
    waiting = plan.actions.get(domain)
    while waiting and waiting[0][0] < (day + 1) * DAY:
        events.append(heapq.heappop(waiting))
    return sorted(events, key=lambda event: event[:2])


def visit(plan, domain, time):
    site, dice = plan.site, plan.rng.random()
    if domain.dead:
        site.lame_visit(domain, time)
    elif dice < 0.7:
        site.web_visit(domain, time)
    elif dice < 0.9:
        site.mail_visit(domain, time)
    else:
        site.ns_visit(domain, time)


def live(plan, day):
    """Fills the frames of a day, and returns them in order of time."""
    for domain in plan.population.domains:
        for time, _, action in day_of(plan, domain, day):
            if action:
                action()
            else:
                visit(plan, domain, time)
    frames = sorted(plan.site.frames, key=lambda frame: frame[:2])
    plan.site.frames = []
    return frames


def write_day(file, frames, number):
    parts = []
    for time, _, frame, truth in frames:
        number += 1
        micros = START * 1000000 + time
        parts.append(wire.record(micros, frame))
        if truth is not None and "packet" not in truth:
            truth.update(packet=number, shown=micros / 1e6)
    file.write(b"".join(parts))
    return number


def write_truth(path, plan, options, packets):
    traits = [{"domain": domain.name, "kind": domain.trait, "time": START, "value": ""}
              for domain in plan.population.domains if domain.trait != "nothing"]
    names = {"domains": options.domains, "days": options.days, "learn": LEARN,
             "seed": options.seed, "packets": packets, "start": START}
    with open(path, "w", encoding="utf-8") as file:
        for entry in [names, *sorted(plan.truth + traits, key=lambda e: e["time"])]:
            file.write(json.dumps(entry) + "\n")


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("--domains", type=int, default=20000)
    parser.add_argument("--days", type=int, default=LEARN + 30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("capture")
    parser.add_argument("truth")
    return parser.parse_args()


def main():
    options = parse()
    rng = random.Random(options.seed)
    net = Internet(rng, options.domains)
    population = Population(net)
    plan = Plan(net, population, Site(net, rng), options.days)
    victims = set(plan_attacks(plan))
    plan_groups(plan)
    plan_changes(plan, [domain for domain in population.domains if domain not in victims and
                        domain not in plan.actions])
    for waiting in plan.actions.values():
        heapq.heapify(waiting)
    file = sys.stdout.buffer if options.capture == "-" else open(options.capture, "wb")
    with file:
        file.write(wire.PCAP_HEADER)
        packets = 0
        for day in range(options.days):
            packets = write_day(file, live(plan, day), packets)
    write_truth(options.truth, plan, options, packets)


if __name__ == "__main__":
    main()
