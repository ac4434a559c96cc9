#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report in a real browser: Debian's Chromium. Run by `make check-browser`.

Pages and pictures are left in browser/ in the build folder, to be looked at.
"""
import datetime
import ipaddress
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))

import chromium                                     # noqa: E402
import harness                                      # noqa: E402
import traffic                                      # noqa: E402
from traffic import dns_name, dns_record            # noqa: E402

FOLDER = os.path.join(os.path.dirname(harness.NSMX), "browser")
ZONE, HOURS = "Asia/Tokyo", 9
A4 = (595, 842)                                     # points

# Each would set window.owned, or ask a server, if it became part of the page.
MARKUP = ["<script>owned=1</script>",
          "\"><img src=http://3221225985/x onerror=owned=1>",
          "'-owned=1-'",
          "</title></style></script><svg onload=owned=1>",
          "<svg><desc></svg><iframe src=javascript:owned=1>",
          "<!--<a href=javascript:owned=1>"]
BIDI = "\u202egpj.exe\u2066\u200f\u2028"
BIDI_SHOWN = r"\u{202e}gpj.exe\u{2066}\u{200f}\u{2028}"
ELEMENTS = {"html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "h3", "h4",
            "span", "dl", "dt", "dd", "div", "time", "section", "article", "p", "b", "bdi", "ul", "li",
            "table", "caption", "thead", "tbody", "tr", "th", "td", "a", "br", "pre", "figure",
            "figcaption", "svg", "desc", "rect", "line", "path", "text", "tspan", "g", "details",
            "summary", "button", "script"}


def hostile_mail(number, attack):
    """A session in which each text of the client and the server is an attack."""
    quoted = attack.replace("\\", "\\\\").replace('"', '\\"')
    word = attack.replace(" ", "\N{NO-BREAK SPACE}")
    connection = traffic.Connection(client_port=50000 + number)
    connection.talk(f"S: 220 {word} ESMTP", f"C: EHLO {word}", "S: 250 ok",
                    f'C: MAIL FROM:<"{quoted}"@evil.test>', "S: 250 ok",
                    f'C: RCPT TO:<"{quoted}"@victim.test>', "S: 250 ok", "C: DATA", "S: 354 go",
                    f"C: Subject: {attack} {BIDI} \0\x1b[2J", f"C: From: {attack} <a@evil.test>",
                    f"C: Message-ID: <{attack}>", "C: ", "C: text", "C: .", "S: 250 ok", "C: QUIT",
                    "S: 221 bye")
    return connection.close().packets


def hostile_answer(attack):
    """A rogue name server whose name, and the name that it serves, are attacks; and the address of
    the server to which mail goes then."""
    label = bytes([len(attack)]) + attack.encode()
    owner = label + dns_name("victim.test")
    return [traffic.datagram(traffic.dns_response(
        [owner + b"\0\2\0\1"],
        [dns_record(owner, 2, label + dns_name("evil.test"), ttl=3600),
         dns_record("mx.evil.test", 1, bytes((45, 77, 24, 250)))]))]


def contrast(first, second):
    """The ratio of WCAG 2.1."""
    def luminance(colour):
        red, green, blue = (value / 255 / 12.92 if value <= 10 else ((value / 255 + .055) / 1.055) ** 2.4
                            for value in colour)
        return .2126 * red + .7152 * green + .0722 * blue
    low, high = sorted((luminance(first), luminance(second)))
    return (high + .05) / (low + .05)


COLOURS = """
(() => {
	const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
	const back = (node) => {
		for (; node; node = node.parentElement) {
			const colour = numbers(getComputedStyle(node).backgroundColor);
			if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
		}
	};
	return Array.from(document.body.querySelectorAll("*")).filter((node) =>
		!node.closest("svg, script") && node.checkVisibility() &&
		Array.from(node.childNodes).some((child) => child.nodeType === 3 && child.data.trim()))
		.map((node) => [node.outerHTML.slice(0, 100), numbers(getComputedStyle(node).color).slice(0, 3),
		                back(node)]);
})()"""

TABLE = """
Array.from(Array.from(document.querySelectorAll("caption")).find((node) =>
	node.textContent.startsWith(%r)).closest("table").tBodies[0].rows,
	(row) => Array.from(row.cells, (cell) => cell.textContent))"""

CLICK = """
Array.from(Array.from(document.querySelectorAll("caption")).find((node) =>
	node.textContent.startsWith(%r)).closest("table").querySelectorAll("th button"))[%d].click()"""


class Page(harness.Case):
    browser = None
    pages = {}              # what report() has written, by name

    @classmethod
    def setUpClass(cls):
        program = chromium.find()
        if program:
            os.makedirs(FOLDER, exist_ok=True)
            cls.browser = chromium.Browser(program, ZONE)

    def setUp(self):
        super().setUp()
        if self.browser is None:
            self.skipTest("no chromium-headless-shell, and no chromium")

    @classmethod
    def tearDownClass(cls):
        if cls.browser:
            cls.browser.close()

    def report(self, name, *args, rules=harness.SETS):
        """Writes a page, once for all tests; its path."""
        path = os.path.join(FOLDER, name + ".html")
        if name in self.pages:
            return self.pages[name]
        if os.path.exists(path):
            os.remove(path)
        result = self.nsmx("report", "-r", rules, "--format", "html", "--output", path, *args)
        self.assertEqual((result.status, result.out), (0, b""), result.err)
        self.pages[name] = path
        return path

    def recorded(self):
        return self.report("incident", *map(harness.pcap, harness.captures()))

    def hostile(self):
        packets = []
        for number, attack in enumerate(MARKUP):
            packets += hostile_answer(attack) + hostile_mail(number, attack)
        name = self.path(MARKUP[0].replace("/", "") + ".pcap")
        with open(name, "wb") as file:
            file.write(traffic.pcap(packets))
        rules = self.write("evil.rules", "alert rcpt @victim.test sev=critical\nalert ns *.evil.test\n")
        return self.report("hostile", name, rules=rules)

    def open(self, path, **options):
        return chromium.Page(self.browser, path, **options)

    def picture(self, page, name, **options):
        page.picture(os.path.join(FOLDER, name + ".png"), **options)

    def expect_quiet(self, page):
        self.assertEqual(page.complaints(), [])
        self.assertEqual(page.requests(), ["file://" + page.path])

    def test_quiet(self):
        """no complaint on the console, and no request but for the file, light and dark"""
        path = self.recorded()
        for scheme in ("light", "dark"):
            page = self.open(path, scheme=scheme)
            self.expect_quiet(page)
            self.picture(page, scheme)
        self.picture(self.open(path, width=1000), "report", first="article", last="figure")

    def test_complains(self):
        """what the test above asserts can fail: a request and a script are refused, and seen"""
        with open(self.recorded(), encoding="utf-8") as file:
            text = file.read()
        page = self.open(self.write("loud.html", text.replace("</main>", (
            "<img src='http://192.0.2.1/x'><b onclick='owned=1'>x</b><script>owned=1</script></main>"))))
        self.assertGreaterEqual(len(page.complaints()), 2)
        self.assertIsNone(page.ask("window.owned"))
        page = self.open(self.write("open.html", re.sub("<meta http-equiv[^>]*>", "", text).replace(
            "</main>", "<img src='http://192.0.2.1/x'><script>owned=1</script></main>")))
        self.assertIn("http://192.0.2.1/x", page.requests())
        self.assertEqual(page.ask("owned"), 1)

    def test_contents(self):
        """the page shows what the text files of the captures list"""
        text = self.open(self.recorded()).ask("document.body.textContent")
        for name in ("hijack-resolver", "hijack-mta"):
            with open(os.path.join(harness.PCAPS, name + ".txt"), encoding="utf-8") as file:
                for line in file:
                    if line.split()[0] in ("ns", "mx", "ip", "server", "rcpt"):
                        self.assertIn(line.split()[1], text)
        self.assertIn("本人確認書類について", text)
        self.assertIn("Re: Question about my account", text)
        self.assertEqual(self.open(self.recorded()).ask("document.title"), "Incident report: coincheck.com")

    def test_sorts(self):
        """a click on the head of a column sorts its table; a second one turns the order"""
        page = self.open(self.recorded())
        for column, key in ((0, str), (4, ipaddress.ip_address), (7, lambda text: int(text.replace(",", "")))):
            rows = page.ask(TABLE % "Hits in the order")
            self.assertGreater(len(rows), 100)
            for reverse in (False, True):
                page.ask(CLICK % ("Hits in the order", column))
                values = [key(row[column]) for row in page.ask(TABLE % "Hits in the order")]
                self.assertEqual(values, sorted(values, reverse=reverse))
                self.assertEqual(sorted(page.ask(TABLE % "Hits in the order")), sorted(rows))
                self.assertEqual(page.ask("document.querySelectorAll('th[aria-sort]').length"), 1)
        self.expect_quiet(page)

    def test_zones(self):
        """times are in UTC, and on demand in the zone of the reader"""
        page = self.open(self.recorded())
        read = "Array.from(document.querySelectorAll('[data-t]'), (n) => [n.dataset.t, n.dataset.d, n.textContent])"
        times = page.ask(read)
        self.assertGreater(len(times), 20)
        for hours in (HOURS, 0):
            page.ask("document.querySelector('#zone button').click()")
            for (iso, digits, text), (_, _, before) in zip(page.ask(read), times):
                start, end = map(int, digits.split())
                moved = datetime.datetime.fromisoformat(iso[:19]) + datetime.timedelta(hours=hours)
                shown = (moved.isoformat() + iso[19:])[start:end].replace("T", " ").replace("Z", "")
                self.assertEqual(text, shown)
                if hours == 0:
                    self.assertEqual(text, before)
            self.assertEqual(page.ask("document.querySelector('.zone').textContent"), ZONE if hours else "UTC")

    def test_copies(self):
        """the indicators of a block are copied exactly, one a line"""
        page = self.open(self.recorded())
        page.ask("Array.from(document.querySelectorAll('.copy button')).find("
                 "(n) => n.parentNode.textContent.startsWith('Names')).click()")
        names = page.ask("getSelection().toString()").split("\n")
        self.assertIn("ns-1515.awsdns-061.org", names)
        self.assertEqual(len(set(names)), len(names))
        for name in names:
            self.assertRegex(name, r"^[a-z0-9.-]+$")

    def test_without_scripts(self):
        """without scripts the page has the same text, but no buttons"""
        path = self.recorded()
        plain, full = self.open(path, scripts=False), self.open(path)
        self.assertEqual(plain.ask("document.querySelectorAll('button').length"), 0)
        self.assertGreater(full.ask("document.querySelectorAll('button').length"), 0)
        full.ask("document.querySelectorAll('#zone button, h4 button').forEach((n) => n.remove())")
        text = "document.querySelector('main').textContent.replace(/\\s/g, '')"
        self.assertGreater(len(plain.ask(text)), 1000)
        self.assertEqual(plain.ask(text), full.ask(text))
        self.expect_quiet(plain)
        self.picture(plain, "no-script")

    def test_hostile(self):
        """a banner, names, mailboxes and subjects that are attacks are text"""
        page = self.open(self.hostile())
        text = page.ask("document.querySelector('main').textContent")
        for attack in MARKUP:
            self.assertIn(attack, text)
        self.assertIn(BIDI_SHOWN, text)
        self.assertIsNone(re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text))
        self.assertIsNone(page.ask("window.owned"))
        found = page.ask("Array.from(document.querySelectorAll('*'), (n) => [n.localName, "
                         "n.getAttributeNames(), n.getAttribute('href')])")
        self.assertEqual({name for name, _, _ in found} - ELEMENTS, set())
        for name, attributes, href in found:
            self.assertFalse([a for a in attributes if a.startswith("on") or a in ("src", "style")], name)
            self.assertRegex(href or "#", "^#")
        self.assertEqual([sum(name == one for name, _, _ in found) for one in ("script", "style", "title")],
                         [1, 1, 1 + page.ask("document.querySelectorAll('svg > title').length")])
        self.expect_quiet(page)
        self.picture(page, "hostile")

    def test_phone(self):
        """on a telephone the page is as wide as the screen; tables scroll by themselves"""
        for path in (self.recorded(), self.hostile()):
            page = self.open(path, width=390)
            self.assertLessEqual(page.ask("document.documentElement.scrollWidth"), 390)
            self.assertTrue(page.ask("Array.from(document.querySelectorAll('.scroll')).some("
                                     "(n) => n.scrollWidth > n.clientWidth)"))
            self.picture(page, "phone-" + os.path.basename(path)[:-5])

    def test_contrast(self):
        """all text has the contrast of WCAG 2.1, level AA"""
        for scheme in ("light", "dark"):
            page = self.open(self.recorded(), scheme=scheme)
            page.ask("document.querySelectorAll('details').forEach((n) => { n.open = true; })")
            found = page.ask(COLOURS)
            self.assertGreater(len(found), 50)
            for node, colour, back in found:
                self.assertGreaterEqual(contrast(colour, back), 4.5, (scheme, node, colour, back))
        self.assertGreater(contrast((0, 0, 0), (255, 255, 255)), 20.9)

    def test_accessible(self):
        """headings have an order, tables captions and heads, pictures a title and a description"""
        page = self.open(self.recorded())
        levels = [int(name[1]) for name in page.ask(
            "Array.from(document.querySelectorAll('h1, h2, h3, h4'), (n) => n.localName)")]
        self.assertEqual(levels[0], 1)
        self.assertTrue(all(b <= a + 1 for a, b in zip(levels, levels[1:])), levels)
        self.assertEqual(page.ask("document.querySelectorAll('table').length"),
                         page.ask("document.querySelectorAll('table > caption').length"))
        self.assertEqual(page.ask("document.querySelectorAll('th:not([scope])').length"), 0)
        pictures = page.ask("Array.from(document.querySelectorAll('svg'), (n) => n.getAttribute('aria-labelledby')"
                            ".split(' ').map((id) => document.getElementById(id).textContent))")
        self.assertGreaterEqual(len(pictures), 1)
        for title, description in pictures:
            self.assertTrue(title and "Rogue answers from" in description or "Hits from" in description)
        self.assertEqual(page.ask("new Set(Array.from(document.querySelectorAll('[id]'), (n) => n.id)).size"),
                         page.ask("document.querySelectorAll('[id]').length"))

    def test_print(self):
        """on A4 nothing is cut, and single hits are unfolded"""
        harness.need_programs("pdftotext", "pdftoppm")
        for path in (self.recorded(), self.hostile()):
            page = self.open(path)
            pdf = path[:-5] + ".pdf"
            page.pdf(pdf)
            words = self.tool("pdftotext", "-bbox", pdf, "-")
            sizes = re.findall(r'<page width="([\d.]+)" height="([\d.]+)"', words)
            self.assertEqual({tuple(round(float(one)) for one in size) for size in sizes}, {A4})
            ends = [float(one) for one in re.findall(r'<word [^>]*xMax="([\d.]+)"', words)]
            self.assertGreater(len(ends), 200)
            self.assertLessEqual(max(ends), A4[0] - 20)
            text = re.sub(r"\s", "", self.tool("pdftotext", "-raw", pdf, "-"))
            for row in page.ask(TABLE % "Hits in the order"):
                self.assertIn(row[8], text)
        self.tool("pdftoppm", "-r", "80", "-png", os.path.join(FOLDER, "incident.pdf"),
                  os.path.join(FOLDER, "print"))


if __name__ == "__main__":
    harness.main()
