#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published hijacks in a few packets each, and one rule: `learn * all after=0 min=1`.

Each scene is what the owner showed before, and what was seen in the hijack. Before it nothing is
reported, then the record that was changed, with its reasons."""
import os
import sys

import harness
from harness import ROOT, field, matched

sys.path.insert(0, os.path.join(ROOT, "tests/month"))
import wire                             # pylint: disable=wrong-import-position

REGISTRY, CHILD, THEIRS = "192.5.6.30", "198.51.100.53", "185.20.187.8"
RESOLVER = "192.0.2.53"
DAY = 86400


def answer(question, answers, authority=(), additional=(), server=CHILD, flags=None, at=0):
    flags = wire.AUTHORITATIVE if flags is None else flags
    return at, wire.response(server, RESOLVER, 4000, wire.message(flags, question, answers,
                                                                  authority, additional))


def referral(owner, hosts, ds=(), glue=(), at=0):
    authority = [wire.ns(owner, host, 172800) for host in hosts]
    authority += [wire.ds(owner, key, 86400) for key in ds]
    additional = [wire.host(host, text, 172800) for host, text in glue]
    return answer((owner, wire.NS), (), authority, additional, REGISTRY, wire.REFERRAL, at)


def a_record(owner, text, ttl=60, ns=(), at=0):
    return answer((owner, wire.A), [wire.host(owner, text, ttl)],
                  [wire.ns(owner, host, 3600) for host in ns], at=at)


def mx_record(owner, hosts, addresses=(), at=0):
    return answer((owner, wire.MX), [wire.mx(owner, 10, host, 3600) for host in hosts], (),
                  [wire.host(host, text, 3600) for host, text in addresses], at=at)


def refusal(owner, at, server=CHILD):
    return answer((owner, wire.A), (), server=server, flags=0x8005, at=at)


def missing(target, at):
    suffix = target.rsplit(".", 1)[1]
    return answer((target, wire.A), (), [wire.soa(suffix, f"a.nic.{suffix}", 900)],
                  server=REGISTRY, flags=wire.AUTHORITATIVE | wire.NXDOMAIN, at=at)


GOOGLE = ["ns-cloud-b1.googledomains.com", "ns-cloud-b2.googledomains.com"]
TYPO = ["a22-65.akam.net", "a1-29.akam.net", "a22-65.akam.ne"]

# name: (before, hijack, owner, value, reasons that there must be)
SCENES = {
    "name servers replaced at the registrar": (
        [referral("victim-gov.com", ["ns1.isp-gov.net", "ns2.isp-gov.net"]),
         a_record("mail.victim-gov.com", "203.0.113.10")],
        [referral("victim-gov.com", ["ns1.cloudipnameserver.com", "ns2.cloudipnameserver.com"],
                  glue=[("ns1.cloudipnameserver.com", THEIRS)], at=DAY)],
        "victim-gov.com", "ns1.cloudipnameserver.com",
        {"new-name-server", "unknown-provider", "set-replaced"}),
    "an exchanger below the owner's name": (
        [mx_record("fox-victim.com", ["mail.fox-victim.com"],
                   [("mail.fox-victim.com", "203.0.113.25")])],
        [mx_record("fox-victim.com", ["mx2.fox-victim.com"], [("mx2.fox-victim.com", THEIRS)],
                   at=DAY)],
        "fox-victim.com", "mx2.fox-victim.com", {"new-exchanger", "network-changed"}),
    "an address with a long TTL": (
        [a_record("wallet-victim.com", "54.192.85.80")],
        [a_record("wallet-victim.com", "46.161.42.42", ttl=9831, at=DAY)],
        "wallet-victim.com", "46.161.42.42", {"network-changed", "ttl-raised"}),
    "a member of the set with a typing error": (
        [referral("card-victim.com", TYPO[:2])],
        [referral("card-victim.com", TYPO, at=DAY)],
        "card-victim.com", "a22-65.akam.ne",
        {"new-name-server", "name-server-added", "imitates-known", "unknown-provider"}),
    "exchangers of another provider": (
        [mx_record("mine-victim.com", ["aspmx.l.google.com"])],
        [mx_record("mine-victim.com", ["mx1.privateemail.com", "mx2.privateemail.com"], at=DAY)],
        "mine-victim.com", "mx1.privateemail.com", {"new-exchanger", "set-replaced"}),
    "a zone that no server had": (
        [referral("duck-victim.com", ["ns1.hoster-one.net", "ns2.hoster-one.net"]),
         *[refusal("duck-victim.com", day * DAY) for day in range(20)]],
        [a_record("duck-victim.com", THEIRS, at=21 * DAY)],
        "duck-victim.com", None, {"lame-then-answers"}),
    "name servers replaced and DNSSEC removed": (
        [referral("defi-victim.finance", GOOGLE, ds=[7])],
        [referral("defi-victim.finance", ["carl.ns.cloudflare.com", "lola.ns.cloudflare.com"],
                  at=DAY)],
        "defi-victim.finance", "carl.ns.cloudflare.com",
        {"new-name-server", "set-replaced", "ds-removed"}),
    "a name server added": (
        [referral("news-victim.com", ["ns1.isp-news.net", "ns2.isp-news.net"])],
        [referral("news-victim.com", ["ns1.isp-news.net", "ns2.isp-news.net", "ns1.rogue-ns.com"],
                  at=DAY)],
        "news-victim.com", "ns1.rogue-ns.com",
        {"new-name-server", "name-server-added", "unknown-provider"}),
    "an exchanger whose domain is not registered": (
        [mx_record("old-victim.com", ["mx.gone-provider.com"])],
        [missing("gone-provider.com", DAY)],
        "old-victim.com", None, {"target-unregistered"}),
    "an alias of the hijacker's server": (
        [a_record("www.shop-victim.com", "203.0.113.20")],
        [answer(("www.shop-victim.com", wire.A),
                [wire.cname("www.shop-victim.com", "login.rogue-shop.com", 60),
                 wire.host("login.rogue-shop.com", THEIRS, 60)], flags=wire.CACHED, at=DAY)],
        "www.shop-victim.com", THEIRS, {"network-changed"}),
    "an alias first, and its address from a resolver": (
        [a_record("www.toys-victim.com", "203.0.113.20")],
        [answer(("www.toys-victim.com", wire.A),
                [wire.cname("www.toys-victim.com", "login.rogue-toys.com", 60)], at=DAY),
         answer(("www.toys-victim.com", wire.A),
                [wire.cname("www.toys-victim.com", "login.rogue-toys.com", 60),
                 wire.host("login.rogue-toys.com", THEIRS, 60)], flags=wire.CACHED, at=DAY)],
        "www.toys-victim.com", THEIRS, {"network-changed"}),
    "an exchanger whose address is seen after its name": (
        [mx_record("law-victim.com", ["mail.law-victim.com"]),
         a_record("mail.law-victim.com", "203.0.113.25")],
        [mx_record("law-victim.com", ["mail.law-victim.com", "mx2.law-victim.com"], at=DAY),
         a_record("mx2.law-victim.com", THEIRS, at=DAY)],
        "mx2.law-victim.com", THEIRS, {"new-exchanger", "network-changed"}),
    "an alias whose service did not exist for days": (
        [],
        [answer(("app.city-victim.com", wire.A),
                [wire.cname("app.city-victim.com", "city-app.azurewebsites.net", 300)]),
         missing("city-app.azurewebsites.net", DAY),
         a_record("city-app.azurewebsites.net", THEIRS, at=9 * DAY)],
        "app.city-victim.com", "city-app.azurewebsites.net", {"lame-then-answers"}),
    "a zone whose first answer has no such record": (
        [referral("goose-victim.com", ["ns1.hoster-one.net", "ns2.hoster-one.net"]),
         *[refusal("goose-victim.com", day * DAY) for day in range(20)]],
        [answer(("goose-victim.com", wire.AAAA), (),
                [wire.soa("goose-victim.com", "ns1.hoster-one.net", 3600)], at=21 * DAY)],
        "goose-victim.com", None, {"lame-then-answers"}),
    "an alias whose service does not exist": (
        [answer(("app.univ-victim.com", wire.A),
                [wire.cname("app.univ-victim.com", "univ-app.azurewebsites.net", 300)])],
        [missing("univ-app.azurewebsites.net", DAY)],
        "app.univ-victim.com", None, {"target-unregistered"}),
}


@harness.expand
class Signatures(harness.Case):
    def replay(self, name, packets):
        begin = 1500000000
        capture = wire.PCAP_HEADER + b"".join(
            wire.record((begin + at) * 1000000 + step, frame)
            for step, (at, frame) in enumerate(packets))
        done = self.nsmx("replay", "--history", self.path("history"), "-r",
                         self.write("rules", "learn * all after=0 min=1\n"), "-o", "-",
                         self.write(name, capture))
        self.assertEqual(done.status, 0, done.err)
        return [event for event in harness.events(done.out)
                if event["event"]["action"] == "baseline-change"]

    @harness.for_each(list(SCENES), "{}")
    def test_scene(self, name):
        before, hijack, owner, value, reasons = SCENES[name]
        self.assertEqual(self.replay("before", before), [])
        found = self.replay("hijack", hijack)
        self.assertNotEqual(found, [])
        right = [event for event in found if field(event, "nsmx.owner") == owner and
                 value in (None, matched(event)) and reasons <= set(event["nsmx"]["reasons"])]
        self.assertNotEqual(right, [], [(field(e, "nsmx.owner"), matched(e), e["nsmx"]["reasons"])
                                        for e in found])

    def test_missing_twice(self):
        """an exchanger and an alias in one domain that does not exist: each has its own owner"""
        found = self.replay("missing", [
            mx_record("mail-victim.com", ["mx.gone-service.com"]),
            answer(("www.web-victim.com", wire.A),
                   [wire.cname("www.web-victim.com", "cdn.gone-service.com", 300)]),
            missing("gone-service.com", DAY)])
        self.assertEqual(
            sorted((field(event, "nsmx.owner"), matched(event)) for event in found),
            [("mail-victim.com", "mx.gone-service.com"),
             ("www.web-victim.com", "cdn.gone-service.com")])

    def test_renamed(self):
        """a provider that renames its servers is known after two of its customers"""
        owners = [f"customer-{number}.com" for number in range(6)]
        old = [referral(owner, ["ns1.old-name.net", "ns2.old-name.net"]) for owner in owners]
        new = [referral(owner, ["ns1.fresh-brand.org", "ns2.fresh-brand.org"], at=DAY + step)
               for step, owner in enumerate(owners)]
        found = self.replay("renamed", old + new)
        unknown = [field(event, "nsmx.owner") for event in found
                   if "unknown-provider" in event["nsmx"]["reasons"]]
        self.assertEqual(unknown, [owner for owner in owners[:2] for _ in range(2)])
        self.assertEqual({event["event"]["severity"] for event in found[4:]}, {25})

    def test_moved_server(self):
        """a server of many owners in another network is known after two of them"""
        owners = [f"tenant-{number}.com" for number in range(6)]
        old = [a_record(owner, "203.0.113.80", at=step * 7200) for step, owner in
               enumerate(owners * 3)]
        new = [a_record(owner, THEIRS, at=3 * DAY + step) for step, owner in enumerate(owners)]
        found = self.replay("moved", old + new)
        self.assertEqual([event["event"]["severity"] for event in found], [75] * 2 + [25] * 4)


if __name__ == "__main__":
    harness.main()
