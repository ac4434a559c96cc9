# SPDX-License-Identifier: GPL-3.0-or-later
"""The domains of the generated month as they are on its first day."""
from domains import Delegation, Domain, Zone

TTLS = [60, 300, 300, 600, 1800, 3600, 3600, 3600, 14400, 86400]
LABELS = ["webmail", "vpn", "portal", "shop", "blog", "api", "dev", "intranet", "files", "remote"]


class Population:
    def __init__(self, net):
        self.net, self.rng = net, net.rng
        self.domains = [self.new_domain() for _ in range(net.domains)]
        for domain in self.rng.sample(self.domains, max(2, net.domains // 15)):
            domain.begins = self.rng.randrange(2, 38)

    def rate(self):
        """Look-ups a day: few domains have most, many are seen every few days."""
        return min(8.0, 0.15 + self.rng.paretovariate(1.2) * 0.3)

    def new_domain(self):
        domain = Domain(self.net.new_name(), self.rate())
        self.delegate(domain)
        self.host_web(domain)
        self.host_mail(domain)
        self.trouble(domain)
        return domain

    # Name servers

    def delegate(self, domain):
        dice = self.rng.random()
        if dice < 0.08:
            self.park(domain)
            return
        if dice < 0.57:
            provider = self.rng.choices(self.net.large,
                                        [1 / (at + 1) for at in range(len(self.net.large))])[0]
        elif dice < 0.85:
            provider = self.rng.choice(self.net.middle)
        elif dice < 0.92:
            provider = self.rng.choice(self.net.small)
        else:
            provider = self.own_servers(domain)
        self.served_by(domain, provider, provider.new_set())

    def own_servers(self, domain):
        network = self.rng.choice(self.net.carriers + self.net.rented)
        return self.net.provider("own", network,
                                 lambda: [f"ns1.{domain.name}", f"ns2.{domain.name}"])

    def served_by(self, domain, provider, hosts):
        domain.provider = provider
        provider.customers.append(domain)
        ns = tuple(hosts)
        if provider.kind != "own" and self.rng.random() < 0.04:
            other = self.rng.choice(self.net.middle).new_set()
            ns += (other[0],)
        primary = ns[0] if self.rng.random() < 0.8 else f"hidden.{ns[0].split('.', 1)[1]}"
        domain.zone = Zone(ns=ns, ns_ttl=provider.ttl, web=(), shown=9, ttl=300, primary=primary,
                           minimal=not provider.shows_ns)
        signed = provider.signs and self.rng.random() < 0.15
        domain.delegation = Delegation(ns=ns, ds=(self.rng.randrange(1 << 30),) if signed else ())

    def park(self, domain):
        provider = self.rng.choice(self.net.parking)
        self.served_by(domain, provider, provider.new_set())
        domain.trait = "parked"

    # Web servers

    def host_web(self, domain):
        if domain.trait == "parked":
            web = tuple(domain.provider.network.address() for _ in range(12))
            domain.uses({"web": web, "shown": 1, "ttl": 600})
            return
        ttl = self.rng.choice(TTLS)
        dice = self.rng.random()
        if dice < 0.20:
            self.anycast(domain)
        elif dice < 0.28:
            self.balanced(domain)
        else:
            network = self.web_network()
            web = self.web_addresses(network)
            six = (network.address6(),) if self.rng.random() < 0.25 else ()
            domain.uses({"web": web, "web6": six, "ttl": ttl})
        if self.rng.random() < 0.12:
            self.add_cdn(domain)
        if self.rng.random() < 0.5:
            self.add_subdomains(domain)

    def web_network(self):
        dice = self.rng.random()
        if dice < 0.35:
            return self.rng.choice(self.net.clouds)
        if dice < 0.50:
            return self.rng.choice(self.net.rented)
        return self.rng.choice(self.net.hosters if dice < 0.75 else self.net.carriers)

    def web_addresses(self, network):
        if network in self.net.hosters or network in self.net.carriers:
            return (network.shared_address(),)
        return tuple(network.address() for _ in range(self.rng.choice((1, 1, 1, 2))))

    def anycast(self, domain):
        """The same addresses everywhere, out of two blocks of a CDN."""
        network = self.rng.choice(self.net.cdns)
        web = tuple(network.address(block) for block in network.blocks[:2])
        domain.uses({"web": web, "web6": (network.address6(), network.address6()), "ttl": 300})
        domain.trait = "anycast"

    def balanced(self, domain):
        """Many addresses of a cloud, some of them in each answer; or those that are near."""
        network = self.rng.choice(self.net.clouds + self.net.cdns)
        web = tuple(network.address() for _ in range(self.rng.choice((4, 8, 30))))
        domain.uses({"web": web, "shown": self.rng.choice((1, 2, 3)), "ttl": 60})
        domain.trait = "cdn-rotation"

    def add_cdn(self, domain):
        network = self.rng.choice(self.net.cdns)
        alias = f"{domain.name.replace('.', '-')}.edge.{self.cdn_name(network)}"
        domain.uses({"alias": alias, "alias_web": tuple(network.address() for _ in range(16))})

    def cdn_name(self, network):
        if not hasattr(network, "name"):
            network.name = self.net.new_name("net")
        return network.name

    def add_subdomains(self, domain):
        network = self.web_network()
        added = [(label, network.address()) for label in self.rng.sample(LABELS, 3)]
        if self.rng.random() < 0.2:
            added.append(("app", self.cloud_app(domain, self.rng.random() < 0.97)))
        domain.uses({"subdomains": domain.zone.subdomains + tuple(added)})

    def cloud_app(self, domain, exists):
        """A name at a cloud service, which has an address until it is deleted."""
        target = f"{domain.name.split('.', 1)[0]}-{self.rng.randrange(99)}.azurewebsites.net"
        if exists:
            self.net.place(target, self.net.clouds[1])
        return target

    # Mail

    def host_mail(self, domain):
        dice = self.rng.random()
        if domain.trait == "parked" or dice < 0.12:
            return
        if dice < 0.55:
            self.mailed_by(domain, self.rng.choice(self.net.mail_large))
        elif dice < 0.80:
            self.mailed_by(domain, self.rng.choice(self.net.mail_middle))
        else:
            self.own_exchanger(domain, self.rng.choice(self.net.carriers + self.net.rented))
        domain.mails = self.rng.random() < 0.25

    def mailed_by(self, domain, mailer):
        domain.mailer = mailer
        domain.uses({"mx": tuple(mailer.new_set(domain.name)),
                     "mx_ttl": self.rng.choice((300, 3600, 3600, 14400, 86400))})

    def own_exchanger(self, domain, network):
        host = f"{self.rng.choice(('mail', 'mx', 'mx1', 'smtp'))}.{domain.name}"
        self.net.place(host, network)
        domain.mailer = None
        domain.uses({"mx": ((10, host),), "mx_ttl": self.rng.choice((3600, 14400, 86400))})

    # Faults that last

    def trouble(self, domain):
        dice = self.rng.random()
        if domain.trait == "parked":
            return
        if dice < 0.02 and len(domain.zone.ns) > 1:
            domain.lame = frozenset(domain.zone.ns[-1:])
            domain.trait = "lame-secondary"
        elif dice < 0.032:
            domain.dead = self.rng.choice((2, 5))
            domain.trait = "lame"
        elif dice < 0.06:
            self.differ(domain)
        elif dice < 0.0603:
            gone = self.net.new_name("com")
            domain.uses({"ns": domain.zone.ns + (f"ns2.{gone}",)},
                        {"ns": domain.delegation.ns + (f"ns2.{gone}",)})
            domain.trait = "dangling"

    def differ(self, domain):
        """The child has more or fewer servers than the parent, or glue is out of date."""
        if self.rng.random() < 0.3:
            host = domain.delegation.ns[0]
            domain.uses(None, {"glue": ((host, self.rng.choice(self.net.carriers).address()),)})
        elif self.rng.random() < 0.5 and len(domain.zone.ns) > 2:
            domain.uses(None, {"ns": domain.delegation.ns[:2]})
        else:
            other = self.rng.choice(self.net.middle + self.net.small).new_set()
            domain.uses({"ns": domain.zone.ns + (other[0],)})
        domain.trait = "glue-differs"
