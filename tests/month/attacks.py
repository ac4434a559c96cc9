# SPDX-License-Identifier: GPL-3.0-or-later
"""The hijacks that are hidden in the generated month, after published ones.

A function of ATTACKS plans the hijack of one domain at a time in seconds. `variant` counts the
hijacks of a kind, so that each kind has several forms. `plan.attack()` begins and ends it;
`shown` has the values by which an answer of the hijacker is recognized.
"""
import dataclasses
import re

from changes import DAY, HOUR
from internet import Network

MINUTE = 60


def imitation(rng, domain, variant):
    """Another registrable domain that looks like this one."""
    label, suffix = domain.split(".", 1)
    found = re.search(r"\d+", label)
    if found:
        return f"{label[:found.start()]}0{label[found.start():]}.{suffix}"
    at = rng.randrange(2, len(label) - 1)
    forms = [label[:at] + label[at + 1:], label[:at] + label[at] + label[at:],
             label[:at] + "-" + label[at:], label.replace("o", "0", 1).replace("l", "1", 1)]
    picked = forms[variant % len(forms)]
    return f"{picked if picked != label else forms[1]}.{suffix}"


def their_network(plan, variant):
    """Rented servers, where others are as well, or a network that was not seen before."""
    return plan.rng.choice(plan.net.rented) if variant % 2 else Network(plan.net, 1)


def their_servers(plan, domain, variant, alike):
    """Names and addresses of the hijacker's name servers."""
    network = their_network(plan, variant)
    old = domain.zone.ns
    hosts = []
    other = plan.net.new_name("com")
    for step, host in enumerate(old[:3]):
        head, rest = host.split(".", 1)
        hosts.append(f"{head}.{imitation(plan.rng, rest, variant)}" if alike and
                     rest.count(".") == 1 else f"ns{step + 1}.{other}")
    for host in hosts:
        plan.net.place(host, network)
    return tuple(hosts), network


def their_zone(domain, hosts, network, ttl, mail):
    zone = dataclasses.replace(domain.zone, ns=hosts, ns_ttl=ttl, primary=hosts[0], minimal=False,
                               subdomains=(("mail", network.address()),))
    if mail:
        zone = dataclasses.replace(zone, mx=((10, f"mail.{domain.name}"),), mx_ttl=60)
    else:
        zone = dataclasses.replace(zone, web=(network.address(),), shown=1)
    return zone


def servers_replaced(plan, domain, at, variant):
    """The account at the registrar: look-alikes (Coincheck 2020), or plain ones (DNSpionage)."""
    hosts, network = their_servers(plan, domain, variant, variant != 3)
    mail = variant % 2 == 0
    if mail:
        plan.net.place(f"mail.{domain.name}", network)
    plan.at(at + 1, lambda: plan.site.resolve_server(hosts[0], at + 1))
    zone = their_zone(domain, hosts, network, (360000, 3600, 60)[variant % 3], mail)
    delegation = dataclasses.replace(domain.delegation, ns=hosts, ds=(), glue=())
    plan.attack(domain, at, plan.rng.uniform(6, 40) * HOUR, hosts, share=0.6, zone=zone,
               delegation=delegation)


def server_added(plan, domain, at, variant):
    """A member more in the set (Nikkei, Hatena 2014)."""
    hosts, network = their_servers(plan, domain, variant, variant % 2 == 0)
    plan.at(at + 1, lambda: plan.site.resolve_server(hosts[0], at + 1))
    added = domain.zone.ns + hosts[:1]
    zone = dataclasses.replace(domain.zone, ns=added, web=(network.address(),), shown=1,
                               minimal=False)
    delegation = dataclasses.replace(domain.delegation, ns=added)
    plan.attack(domain, at, plan.rng.uniform(2, 72) * HOUR, hosts[:1], share=0.4, zone=zone,
               delegation=delegation)


def exchanger_replaced(plan, domain, at, variant):
    """The exchanger alone, for minutes: below the victim's own name (Fox-IT 2017), or not."""
    network = their_network(plan, variant)
    host = (f"{('mail2', 'mx-in', 'relay')[variant % 3]}.{domain.name}" if variant < 3 else
            f"mx.{plan.net.new_name('com')}")
    plan.net.place(host, network)
    zone = dataclasses.replace(domain.zone, mx=((10, host),), mx_ttl=60,
                               minimal=variant % 2 == 1)
    plan.attack(domain, at, (10 * MINUTE, 2 * HOUR, 5 * HOUR)[variant % 3], [host], share=0.8,
               zone=zone)


def address_replaced(plan, domain, at, variant):
    """The account at the provider, or its routes (MyEtherWallet 2018): the addresses alone."""
    network = their_network(plan, 0 if variant < 3 else variant)
    web = (network.address(),)
    if variant % 3 == 0:
        domain.uses({"ttl": 60})
    ttl = (9831, domain.zone.ttl, 60)[variant % 3]
    changed = {"web": web, "shown": 1, "web6": (), "ttl": ttl}
    if variant == 4:
        host = f"login.{plan.net.new_name('com')}"
        changed.update(alias=host, alias_web=web)
        plan.net.hosts[host] = web[0]
    zone = dataclasses.replace(domain.zone, **changed)
    plan.attack(domain, at, plan.rng.uniform(0.5, 5) * HOUR, web, share=0.8, zone=zone)


def unsigned_and_replaced(plan, domain, at, variant):
    """DS removed, then the name servers, within the hour (Aerodrome 2025) or at once (Compound
    2024, with servers of a large provider)."""
    domain.uses(None, {"ds": (plan.rng.randrange(1 << 30),)})
    if variant % 2:
        hosts, network = their_servers(plan, domain, variant, False)
    else:
        hosts = tuple(plan.rng.choice([p for p in plan.net.large if p is not domain.provider])
                      .new_set())
        network = their_network(plan, 0)
    zone = their_zone(domain, hosts, network, 3600, False)
    delegation = dataclasses.replace(domain.delegation, ns=hosts, ds=(), glue=())
    if variant > 1:
        genuine = domain.delegation.ds
        plan.at(at - 80 * MINUTE, lambda: domain.uses(None, {"ds": ()}))
        plan.at(at + 20 * HOUR, lambda: domain.uses(None, {"ds": genuine}))
        plan.visits(domain, at - 75 * MINUTE, 3)
        plan.early = 80 * MINUTE
    plan.attack(domain, at, plan.rng.uniform(2, 8) * HOUR, hosts, share=0.7, zone=zone,
               delegation=delegation)


def abandoned(plan, domain, at, variant):
    """What the owner forgot is claimed by another: a zone that no server had (sitting ducks), a
    name at a cloud service (Hazy Hawk), the domain of a name server or an exchanger."""
    network = their_network(plan, variant)
    web = (network.address(),)
    if variant < 2:
        domain.dead = 5
        zone = dataclasses.replace(domain.zone, web=web, shown=1, minimal=True)
        plan.at(at, lambda: setattr(domain, "dead", 0))
        plan.attack(domain, at, 3 * DAY, web, share=1, zone=zone)
        return
    if variant == 2:
        target = plan.population.cloud_app(domain, False)
        domain.uses({"subdomains": (("app", target),) * 3})
        plan.claimed(domain, at, target, web[0])
        return
    gone = f"ns2.{plan.net.new_name('com')}"
    domain.uses({"ns": domain.zone.ns + (gone,)}, {"ns": domain.delegation.ns + (gone,)})
    zone = dataclasses.replace(domain.zone, ns=domain.zone.ns, web=web, shown=1)
    plan.at(at, lambda: plan.net.hosts.__setitem__(gone, web[0]))
    plan.attack(domain, at, 3 * DAY, web, share=0.3, zone=zone)


def starttls_stripped(plan, domain, at, variant):
    """On the path: the offer is overwritten or missing; another program greets."""
    mail = {"offer": ("XXXXXXXA", None, "XXXXXXXX")[variant % 3]}
    if variant == 2:
        mail["greeting"] = "localhost"
    server = plan.net.hosts[domain.zone.mx[0][1]]
    shown = plan.site.servers.setdefault(server, plan.site.new_server(domain.zone.mx[0][1]))
    shown.update(offer="STARTTLS", balanced=False)
    plan.attack(domain, at, 8 * HOUR, [server], share=1, mail=mail)


ATTACKS = [(servers_replaced, "servers-replaced", 5), (server_added, "server-added", 4),
           (exchanger_replaced, "exchanger-replaced", 5), (address_replaced, "address-replaced", 5),
           (unsigned_and_replaced, "unsigned-and-replaced", 4), (abandoned, "abandoned", 4),
           (starttls_stripped, "starttls-stripped", 3)]
