#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""rules test: which rules match a value, and which allow silences them."""
import json

import harness

RULES = """
alert ns .evil.example id=a sev=high
alert any evil.example id=any
allow ns ok.evil.example id=ok
alert rcpt x@evil.example id=box
pin example.com ns ns1.example.net id=p
pin example.com ip 192.0.2.0/24 id=pip
pin example.com rcpt 192.0.2.0/24 id=prcpt
pin example.com ds any id=pds
pin .example.com txt "v=spf1 -all" id=ptxt
pin example.com banner mx.example.com id=pb
protect google.com id=g
learn .example.com ns id=l
allow server 203.0.113.1 id=srv
alert ns .old.example until=2020-01-01 id=old
"""
NAMES = ["ns", "mx", "cname", "name", "banner", "helo", "sni", "from", "rcpt"]


class Test(harness.Case):
    def test_json(self):
        """JSON, one object for each value: all verbs, kinds, what silences"""
        for words, hit, wanted in (
                (["ok.evil.example"], False, [("silenced", "a", [], ["ns"], "ok"),
                                              ("allow", "ok", ["ns"], [], None)]),
                (["evil.example"], True, [("hit", "a", ["ns"], [], None),
                                          ("hit", "any", NAMES, [], None)]),
                (["--what", "mx,ip", "Evil[.]Example."], True, [("hit", "any", ["mx"], [], None)]),
                (["X@evil.example"], True, [("hit", "any", ["from", "rcpt"], [], None),
                                            ("hit", "box", ["rcpt"], [], None)]),
                (["sub.example.com"], False, [("owner", "ptxt", [], [], None),
                                              ("owner", "l", [], [], None)]),
                (["g00gle.com"], True, [("hit", "g", ["ns", "mx", "cname", "banner", "helo", "sni",
                                                      "from", "rcpt"], [], None)]),
                (["a.old.example"], False, []),
                (["--ignore-dates", "a.old.example"], True, [("hit", "old", ["ns"], [], None)]),
                (["--owner", "example.com", "198.51.100.1"], True,
                 [("hit", "pip", ["ip"], [], None), ("hit", "prcpt", ["rcpt"], [], None)]),
                (["--owner", "example.com", "192.0.2.1"], False, []),
                (["--owner", "example.com", "--what", "rcpt,server", "203.0.113.1"], False,
                 [("silenced", "prcpt", [], ["rcpt"], "srv"), ("allow", "srv", ["server"], [], None)]),
                (["--owner", "example.com", "--what", "ns,banner", "n.example"], True,
                 [("hit", "p", ["ns"], [], None), ("hit", "pb", ["banner"], [], None)]),
                (["--owner", "example.com", "--what", "ds", "none"], True,
                 [("hit", "pds", ["ds"], [], None)]),
                (["--owner", "example.com", "--what", "ds", "1 8 2 AB"], False, []),
                (["--owner", "a.example.com", "--what", "txt", "v=spf1 +all"], True,
                 [("hit", "ptxt", ["txt"], [], None)]),
                (["--owner", "a.example.com", "--what", "txt", "x v=spf1 -all"], False, [])):
            done = self.nsmx("rules", "test", "-r", self.rules(), *words)
            self.assertEqual(done.status, 0, done.err)
            found = json.loads(done.out)
            self.assertEqual(found["value"], words[-1])
            rules = [(rule["result"], rule["id"], rule.get("what", []),
                      rule.get("silenced_what", []), rule.get("silenced_by"))
                     for rule in found.get("rules", [])]
            self.assertEqual((rules, found["hit"]), (wanted, hit), words)

    def rules(self):
        return self.write("own.rules", RULES)

    def test_rule(self):
        """the rule: its text, verb, indicator and severity"""
        done = self.nsmx("rules", "test", "-r", self.rules(), "x.evil.example", "192.0.2.9")
        first, second = (json.loads(line) for line in done.out.splitlines())
        self.assertEqual(first["rules"], [{
            "result": "hit", "what": ["ns"], "verb": "alert", "id": "a",
            "rule": "alert ns .evil.example id=a sev=high", "indicator": ".evil.example",
            "severity": 75}])
        self.assertEqual(second, {"value": "192.0.2.9", "hit": False})

    def test_terminal(self):
        """text on a terminal, JSON with --json; the installed rules without -r"""
        lines = self.on_terminal("rules", "test", "-r", self.rules(), "ok.evil.example",
                                 "b.example")[0].split("\n")
        self.assertEqual([line.rstrip() for line in lines], [
            "ok.evil.example",
            "  silenced  high      a: alert ns .evil.example id=a sev=high (as ns), silenced by ok",
            "  allow               ok: allow ns ok.evil.example id=ok (as ns)",
            "b.example", "  no rule", ""])
        text = self.nsmx("rules", "test", "--json", "ns-1515.awsdns-061.org",
                         program=self.beside_sets()).out
        self.assertIn("lookalike-route53", [rule["id"] for rule in json.loads(text)["rules"]])

    def test_usage(self):
        """values that are not valid, kinds that do not fit, texts without owner, broken rules"""
        for words, part in ((([], "no value is given")), ((["*.a.example"], "many values")),
                            ((["192.0.2.0/24"], "many values")), ((["@a.example"], "many values")),
                            ((["a..example"], "empty label")),
                            ((["--what", "ip", "a.example"], "no kind that --what names")),
                            ((["--what", "txt", "a"], "add --owner")),
                            ((["--what", "nss", "a"], "'nss'")),
                            ((["--what", "mail", "a"], "'mail': expected ns")),
                            ((["--owner", "192.0.2.1", "a.example"], "write one name"))):
            done = self.nsmx("rules", "test", "-r", self.rules(), *words)
            self.assertEqual((done.status, done.out), (2, b""), words)
            self.assertIn(part, done.err)
        done = self.nsmx("rules", "test", "-r", self.write("bad.rules", "alert x"), "a.example")
        self.assertEqual(done.status, 2)
        self.assertIn("bad.rules:1:7", done.err)


if __name__ == "__main__":
    harness.main()
