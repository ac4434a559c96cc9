# SPDX-License-Identifier: GPL-3.0-or-later
"""A parser of STIX patterns, written from the grammar of STIX 2.1 (section 9): it accepts what any
other platform accepts."""
import re

TOKENS = re.compile(r"""
    (?P<space>[ \t\r\n]+)
  | (?P<string>'(?:[^'\\]|\\'|\\\\)*')
  | (?P<number>[+-]?(?:0|[1-9][0-9]*)(?![0-9.]))
  | (?P<path>[a-zA-Z_][a-zA-Z0-9_-]*:[a-zA-Z_][a-zA-Z0-9_-]*
            (?:\.[a-zA-Z_][a-zA-Z0-9_-]*|\[(?:[0-9]+|\*)\])*)
  | (?P<word>[A-Za-z]+)
  | (?P<sign>!=|<>|==|<=|>=|[=<>\[\]()])
""", re.VERBOSE)
COMPARE = {"=", "==", "!=", "<>", "<", "<=", ">", ">="}
WORDS = {"LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"}


def tokens(pattern):
    found, place = [], 0
    while place < len(pattern):
        match = TOKENS.match(pattern, place)
        assert match, f"no token at {pattern[place:place + 40]!r}"
        if match.lastgroup != "space":
            found.append((match.lastgroup, match.group()))
        place = match.end()
    return found + [("end", "")]


class Parser:
    def __init__(self, pattern):
        self.left = tokens(pattern)
        self.values = []

    def take(self, kind, text=None):
        is_it = self.left[0][0] == kind and text in (None, self.left[0][1])
        return self.left.pop(0)[1] if is_it else None

    def need(self, kind, text=None):
        found = self.take(kind, text)
        assert found, f"{text or kind} expected, not {self.left[0]}"
        return found

    def observations(self):
        self.observation()
        while any(self.take("word", word) for word in ("AND", "OR", "FOLLOWEDBY")):
            self.observation()

    def observation(self):
        if self.take("sign", "("):
            self.observations()
            self.need("sign", ")")
        else:
            self.need("sign", "[")
            self.comparisons()
            self.need("sign", "]")

    def comparisons(self):
        self.comparison()
        while self.take("word", "AND") or self.take("word", "OR"):
            self.comparison()

    def comparison(self):
        if self.take("sign", "("):
            self.comparisons()
            self.need("sign", ")")
            return
        path = self.need("path")
        kind, text = self.left.pop(0)
        assert (kind == "sign" and text in COMPARE) or (kind == "word" and text in WORDS), text
        string = self.need("string")
        self.values.append((path, text, re.sub(r"\\(.)", r"\1", string[1:-1])))


def parse(pattern):
    """The comparisons of a pattern: [(path, operator, value)...]; fails if it is not one."""
    parser = Parser(pattern)
    parser.observations()
    assert parser.left == [("end", "")], f"not read: {parser.left}"
    return parser.values
