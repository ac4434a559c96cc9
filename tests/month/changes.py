# SPDX-License-Identifier: GPL-3.0-or-later
"""The ordinary changes of the generated month.

A function of CHANGES plans one change of a domain, which begins at a time in seconds: it calls
`plan.at(time, action)` for each step, and `plan.note(kind, time, value)` for what the file of
truth shall have. The rates are shares of all domains in a month. They are higher than those of
the Internet, where a change of name servers concerns about one domain of 200 in a month, so that
each kind happens often enough to be measured.
"""
HOUR, DAY = 3600, 86400


def stays(domain, until, share=0.3):
    """Servers that the domain has left answer for a while, to resolvers that have the old set."""
    domain.old = (domain.zone, until, share)


# Name servers

def move(plan, domain, at, provider, kind, zone=None):
    """A planned move: a lower TTL before it, the old one after it; a signed domain goes insecure
    first (RFC 6781, 4.3.5), and is signed again if the new provider does that."""
    usual = (zone or {}).get("ttl", domain.zone.ttl)
    hosts = tuple(provider.new_set())
    if plan.rng.random() < 0.6:
        plan.at(at - 2 * DAY, lambda: domain.uses({"ttl": 300}))
        plan.at(at + 2 * DAY, lambda: domain.uses({"ttl": usual}))
    if domain.delegation.ds:
        plan.at(at - 2 * DAY, lambda: domain.uses(None, {"ds": ()}))
        plan.note("dnssec-removed-for-move", at - 2 * DAY, "")

    def change():
        stays(domain, at + 2 * DAY)
        domain.provider = provider
        domain.uses({"ns": hosts, "ns_ttl": provider.ttl, "primary": hosts[0],
                     "minimal": not provider.shows_ns, **(zone or {})},
                    {"ns": hosts, "glue": ()})
    plan.at(at, change)
    plan.note(kind, at, hosts)
    if provider.signs and plan.rng.random() < 0.3:
        plan.at(at + 3 * DAY, lambda: domain.uses(None, {"ds": (plan.rng.randrange(1 << 30),)}))


def with_web(plan, provider):
    """Half of the moves take the web server along."""
    if plan.rng.random() < 0.5:
        return None
    network = provider.network
    return {"web": (network.address(),), "web6": (), "shown": 1,
            "ttl": plan.rng.choice((300, 3600, 14400))}


def move_large(plan, domain, at):
    provider = plan.rng.choice([p for p in plan.net.large if p is not domain.provider])
    move(plan, domain, at, provider, "move-large", with_web(plan, provider))


def move_middle(plan, domain, at):
    provider = plan.rng.choice([p for p in plan.net.middle if p is not domain.provider])
    move(plan, domain, at, provider, "move-middle", with_web(plan, provider))


def move_small(plan, domain, at):
    provider = plan.rng.choice([p for p in plan.net.small if p is not domain.provider])
    move(plan, domain, at, provider, "move-small", with_web(plan, provider))


def move_unknown(plan, domain, at):
    """To a provider without other domains here: nothing but time distinguishes it from a hijack."""
    provider = plan.net.new_small("unknown")
    move(plan, domain, at, provider, "move-unknown", with_web(plan, provider))


def move_unsigned_at_once(plan, domain, at):
    """The registrar removes DS when the name servers are replaced."""
    if not domain.delegation.ds:
        domain.uses(None, {"ds": (plan.rng.randrange(1 << 30),)})
    provider = plan.rng.choice([p for p in plan.net.large if p is not domain.provider])
    hosts = tuple(provider.new_set())

    def change():
        stays(domain, at + DAY)
        domain.uses({"ns": hosts, "primary": hosts[0]}, {"ns": hosts, "ds": (), "glue": ()})
    plan.at(at, change)
    plan.note("move-dnssec-at-once", at, hosts)


def vanity(plan, domain, at):
    """Names below the domain for the servers of the same provider."""
    old = domain.zone.ns
    hosts = tuple(f"ns{step + 1}.{domain.name}" for step in range(len(old)))
    for host, was in zip(hosts, old):
        plan.net.hosts[host] = plan.net.hosts.get(was, domain.provider.network.address())
    plan.at(at, lambda: domain.uses({"ns": hosts, "primary": hosts[0]}, {"ns": hosts}))
    plan.note("vanity-servers", at, hosts)


def new_set(plan, domain, at):
    """The zone is made anew at the same provider, which gives it other servers."""
    hosts = tuple(domain.provider.new_set())
    plan.at(at, lambda: domain.uses({"ns": hosts, "primary": hosts[0]}, {"ns": hosts}))
    plan.note("same-provider-new-set", at, hosts)


def secondary(plan, domain, at):
    """A server of a second provider is added to the set."""
    host = plan.rng.choice(plan.net.middle + plan.net.large).new_set()[-1]
    if host not in domain.zone.ns:
        hosts = domain.zone.ns + (host,)
        plan.at(at, lambda: domain.uses({"ns": hosts}, {"ns": hosts}))
        plan.note("secondary-added", at, [host])


def third_server(plan, domain, at):
    """The provider adds a server under its own name."""
    host = "ns9." + domain.zone.ns[0].split(".", 1)[1]
    plan.net.place(host, domain.provider.network)
    hosts = domain.zone.ns + (host,)
    plan.at(at, lambda: domain.uses({"ns": hosts}, {"ns": hosts}))
    plan.note("server-added", at, [host])


def fewer_servers(plan, domain, at):
    if len(domain.zone.ns) > 2:
        hosts = domain.zone.ns[:-1]
        plan.at(at, lambda: domain.uses({"ns": hosts}, {"ns": hosts}))
        plan.note("server-removed", at, hosts)


def expired(plan, domain, at):
    """Not paid for: the registrar parks it, half of the owners pay within days."""
    zone, delegation, provider = domain.zone, domain.delegation, plan.rng.choice(plan.net.parking)
    hosts = tuple(provider.new_set())
    web = tuple(provider.network.address() for _ in range(4))
    plan.at(at, lambda: domain.uses({"ns": hosts, "primary": hosts[0], "web": web, "shown": 1,
                                     "web6": (), "mx": (), "alias": "", "ttl": 600},
                                    {"ns": hosts, "ds": ()}))
    plan.note("expired", at, hosts)
    if plan.rng.random() < 0.5:
        back = at + plan.rng.uniform(1, 5) * DAY

        def renew():
            domain.zone, domain.delegation = zone, delegation
        plan.at(back, renew)


# DNSSEC

def rollover(plan, domain, at):
    """A new key: both DS records for two days (RFC 6781, 4.1.2)."""
    old, new = domain.delegation.ds, (plan.rng.randrange(1 << 30),)
    if old:
        plan.at(at, lambda: domain.uses(None, {"ds": old + new}))
        plan.at(at + 2 * DAY, lambda: domain.uses(None, {"ds": new}))
        plan.note("key-rollover", at, "")


def signed(plan, domain, at):
    if not domain.delegation.ds:
        plan.at(at, lambda: domain.uses(None, {"ds": (plan.rng.randrange(1 << 30),)}))
        plan.note("dnssec-introduced", at, "")


def unsigned(plan, domain, at):
    if domain.delegation.ds:
        plan.at(at, lambda: domain.uses(None, {"ds": ()}))
        plan.note("dnssec-removed", at, "")


# Web servers

def web_change(plan, domain, at, network, kind):
    usual = domain.zone.ttl
    if plan.rng.random() < 0.6:
        plan.at(at - DAY, lambda: domain.uses({"ttl": min(300, usual)}))
        plan.at(at + DAY, lambda: domain.uses({"ttl": usual}))
    web = (network.address(),)
    plan.at(at, lambda: domain.uses({"web": web, "web6": (), "shown": 1}))
    plan.note(kind, at, web)


def web_large(plan, domain, at):
    network = plan.rng.choice(plan.net.clouds + plan.net.cdns + plan.net.rented)
    web_change(plan, domain, at, network, "web-moved-to-large")


def web_small(plan, domain, at):
    network = plan.rng.choice(plan.net.carriers + plan.net.hosters)
    web_change(plan, domain, at, network, "web-moved-to-small")


def web_unknown(plan, domain, at):
    """To a network in which no other domain of this site is."""
    network = type(plan.net.carriers[0])(plan.net, 1)
    web_change(plan, domain, at, network, "web-moved-to-unknown")


def renumbered(plan, domain, at):
    """Other addresses of the same block."""
    block = domain.zone.web[0].rsplit(".", 2)[0]
    web = tuple(f"{block}.{plan.rng.randrange(256)}.{plan.rng.randrange(1, 255)}"
                for _ in domain.zone.web)
    plan.at(at, lambda: domain.uses({"web": web}))
    plan.note("renumbered-in-block", at, web)


def renumbered_system(plan, domain, at):
    """Another block of the same autonomous system, if the domain is in one that has more."""
    for network in plan.net.clouds + plan.net.rented + plan.net.hosters + plan.net.carriers:
        if any(domain.zone.web[0].startswith(block + ".") for block in network.blocks):
            web = tuple(network.other_block(domain.zone.web[0]) for _ in domain.zone.web)
            plan.at(at, lambda: domain.uses({"web": web}))
            plan.note("renumbered-in-system", at, web)
            return


def failover(plan, domain, at):
    """The reserve site, which is in another network, for hours."""
    usual = domain.zone.web
    web = (plan.rng.choice(plan.net.carriers + plan.net.hosters).address(),)
    plan.at(at, lambda: domain.uses({"web": web}))
    plan.at(at + plan.rng.uniform(1, 12) * HOUR, lambda: domain.uses({"web": usual}))
    plan.note("failover", at, web)


def blocked(plan, domain, at):
    """The site's resolvers answer with the address of a page about that."""
    plan.at(at, lambda: setattr(domain, "blocked", True))
    plan.note("blocked-by-resolver", at, "")


def cdn_adopted(plan, domain, at):
    network = plan.rng.choice(plan.net.cdns)
    alias = f"{domain.name.replace('.', '-')}.edge.{plan.population.cdn_name(network)}"
    web = tuple(network.address() for _ in range(16))
    plan.at(at, lambda: domain.uses({"alias": alias, "alias_web": web}))
    plan.note("cdn-adopted", at, [alias])


def ipv6_added(plan, domain, at):
    if not domain.zone.web6:
        six = (plan.rng.choice(plan.net.clouds + plan.net.hosters).address6(),)
        plan.at(at, lambda: domain.uses({"web6": six}))
        plan.note("ipv6-added", at, six)


def subdomain_added(plan, domain, at):
    label = f"{plan.rng.choice(('new', 'app', 'test', 'track', 'go'))}{plan.rng.randrange(9)}"
    value = plan.population.web_network().address()
    plan.at(at, lambda: domain.uses({"subdomains": domain.zone.subdomains + ((label, value),)}))
    plan.note("subdomain-added", at, [f"{label}.{domain.name}"])


def app_deleted(plan, domain, at):
    """A cloud service is given up, and its CNAME is forgotten."""
    target = plan.population.cloud_app(domain, True)
    plan.at(at - 9 * DAY, lambda: domain.uses(
        {"subdomains": domain.zone.subdomains + (("cloud", target),)}))
    plan.at(at, lambda: plan.net.hosts.pop(target, None))
    plan.note("app-deleted", at, [target])


def ttl_raised(plan, domain, at):
    longer = plan.rng.choice((3600, 14400, 86400))
    if longer > domain.zone.ttl:
        plan.at(at, lambda: domain.uses({"ttl": longer}))
        plan.note("ttl-raised", at, [str(longer)])


# Mail

def mail_change(plan, domain, at, mailer, kind):
    hosts = tuple(mailer.new_set(domain.name))
    plan.at(at, lambda: domain.uses({"mx": hosts}))
    plan.note(kind, at, [host for _, host in hosts])


def mail_large(plan, domain, at):
    others = [m for m in plan.net.mail_large if m is not domain.mailer]
    mail_change(plan, domain, at, plan.rng.choice(others), "mail-moved-to-large")


def mail_middle(plan, domain, at):
    others = [m for m in plan.net.mail_middle if m is not domain.mailer]
    mail_change(plan, domain, at, plan.rng.choice(others), "mail-moved-to-middle")


def exchanger_added(plan, domain, at):
    """A second exchanger below the owner's name, in the network of the first."""
    if domain.zone.mx and not domain.mailer:
        host = f"backup-mx.{domain.name}"
        near = plan.net.hosts[domain.zone.mx[0][1]].rsplit(".", 1)[0]
        plan.net.hosts[host] = f"{near}.{plan.rng.randrange(1, 255)}"
        hosts = domain.zone.mx + ((20, host),)
        plan.at(at, lambda: domain.uses({"mx": hosts}))
        plan.note("exchanger-added", at, [host])


def exchanger_moved(plan, domain, at):
    """The owner's mail server goes to another access provider, under its old name."""
    if domain.zone.mx and not domain.mailer:
        host = domain.zone.mx[0][1]
        found = plan.rng.choice(plan.net.carriers + plan.net.hosters).address()
        old = plan.net.hosts[host]

        def change():
            plan.net.hosts[host] = found
            plan.site.servers[found] = dict(plan.site.servers.get(old) or
                                            plan.site.new_server(host))
        plan.at(at, change)
        plan.note("exchanger-moved", at, [found])


def certificate(plan, domain, at):
    def change():
        shown = server_of(plan, domain)
        if shown and shown["key"] is not None:
            shown["key"] = plan.rng.randrange(1, 1 << 30)
    if domain.mails:
        plan.at(at, change)
        plan.note("certificate-renewed", at, "")


def banner(plan, domain, at):
    """The host is replaced, and greets with the name of the new one."""
    def change():
        shown = server_of(plan, domain)
        if shown:
            shown["greeting"] = f"srv{plan.rng.randrange(99)}.{domain.name}"
    if domain.mails and not domain.mailer:
        plan.at(at, change)
        plan.note("greeting-changed", at, "")


def server_of(plan, domain):
    for _, host in domain.zone.mx[:1]:
        found = plan.net.hosts.get(host)
        return plan.site.servers.setdefault(found, plan.site.new_server(host)) if found else None
    return None


# Faults

def outage(plan, domain, at):
    """All servers fail for hours, then they answer as before."""
    code = plan.rng.choice((2, 5))
    plan.at(at, lambda: setattr(domain, "dead", code))
    plan.at(at + plan.rng.uniform(0.5, 30) * HOUR, lambda: setattr(domain, "dead", 0))
    plan.note("outage", at, "")


def lame_repaired(plan, domain, at):
    if len(domain.zone.ns) > 1:
        domain.lame = frozenset(domain.zone.ns[-1:])
        plan.at(at, lambda: setattr(domain, "lame", frozenset()))
        plan.note("lame-server-repaired", at, "")


CHANGES = {
    move_large: 0.008, move_middle: 0.006, move_small: 0.0015, move_unknown: 0.0003,
    move_unsigned_at_once: 0.0004, vanity: 0.001, new_set: 0.002, secondary: 0.002,
    third_server: 0.002, fewer_servers: 0.002, expired: 0.005, rollover: 0.05, signed: 0.005,
    unsigned: 0.01, web_large: 0.01, web_small: 0.002, web_unknown: 0.0003, renumbered: 0.005,
    renumbered_system: 0.005, failover: 0.0005, blocked: 0.002, cdn_adopted: 0.005,
    ipv6_added: 0.007, subdomain_added: 0.03, app_deleted: 0.0005, ttl_raised: 0.003,
    mail_large: 0.006, mail_middle: 0.003, exchanger_added: 0.005, exchanger_moved: 0.005,
    certificate: 0.2, banner: 0.02, outage: 0.01, lame_repaired: 0.002,
}


def shared_server_moved(plan, network, address, at):
    """A hoster moves a server with many web sites into another network."""
    fresh = type(network)(plan.net, 1).address()
    for domain in plan.population.domains:
        if domain.zone.web == (address,) and domain not in plan.actions:
            plan.of(domain).at(at, lambda domain=domain: domain.uses({"web": (fresh,)}))
            plan.note("shared-server-moved", at, [fresh])


def server_readdressed(plan, provider, at):
    """A provider's name server gets an address in another network."""
    host = next(iter(provider.customers[0].delegation.ns))
    found = plan.rng.choice(plan.net.clouds).address()
    plan.of(provider.customers[0]).at(at, lambda: plan.net.hosts.__setitem__(host, found))
    plan.truth_of(host.split(".", 1)[1], "name-server-readdressed", at, [found])
    for domain in provider.customers:
        if host in domain.delegation.ns:
            plan.of(domain).note("name-server-readdressed", at, [found])


def merged_provider(plan, provider, at, host_names):
    """A provider renames its servers for all customers, within hours."""
    for domain in provider.customers:
        if domain.provider is provider and not domain.attack:
            begin = at + plan.rng.uniform(0, 8) * HOUR

            def change(domain=domain):
                domain.uses({"ns": host_names, "primary": host_names[0]}, {"ns": host_names})
            plan.of(domain).at(begin, change)
            plan.of(domain).note("provider-renamed", begin, host_names)
