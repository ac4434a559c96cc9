#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the console in a real browser: Debian's Chromium. Run by `make check-browser`.

Pictures are left in browser/ in the build folder, to be looked at.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))

import chromium                                     # noqa: E402
import harness                                      # noqa: E402
import test_console                                 # noqa: E402
import traffic                                      # noqa: E402
from test_page import COLOURS, FOLDER, MARKUP, contrast, hostile_answer, hostile_mail  # noqa: E402

WIDTHS = {"desk": 1200, "telephone": 390}


class Pages(test_console.Case):
    def setUp(self):
        super().setUp()
        program = chromium.find()
        if program is None:
            self.skipTest("no Chromium is installed")
        self.browser = chromium.Browser(program)
        self.addCleanup(self.browser.close)
        os.makedirs(FOLDER, exist_ok=True)

    def open_page(self, target, **options):
        return chromium.Page(self.browser, f"http://127.0.0.1:{self.port}{target}", **options)

    def check(self, page):
        """No complaint of the browser, no request to elsewhere, nothing wider than the window."""
        self.assertEqual([text for text in page.complaints() if "status of 40" not in text], [])
        here = f"http://127.0.0.1:{self.port}/"
        self.assertEqual([url for url in page.requests() if not url.startswith(here)], [])
        self.assertLessEqual(page.ask("document.documentElement.scrollWidth"), page.width)

    def check_contrast(self, page):
        for text, first, second in page.ask(COLOURS):
            self.assertGreaterEqual(contrast(first, second), 4.5, text)

    def shoot(self, target, name):
        """The page on a desk and on a telephone, light and dark."""
        for device, width in WIDTHS.items():
            for scheme in "light", "dark":
                page = self.open_page(target, width=width, scheme=scheme)
                self.check(page)
                self.check_contrast(page)
                page.picture(f"{FOLDER}/console-{name}-{device}-{scheme}.png")

    def serve_all(self, *args):
        self.serve("--events", f"{test_console.FOLDER[0]}/events.json", *args)

    def test_pictures(self):
        """each page, on a desk and on a telephone, light and dark"""
        self.serve_all()
        page = self.open_page("/")
        link = page.ask("""[...document.querySelectorAll("td a")]
            .find((a) => a.textContent === "coincheck.com").getAttribute("href")""")
        for name, target in (("incidents", "/incidents?refresh=0"), ("incident", link),
                             ("lookup", "/lookup?q=coincheck.com"), ("form", "/lookup"),
                             ("address", "/lookup?q=45.77.24.250"),
                             ("mail", "/lookup?q=@coincheck.com"), ("wrong", "/lookup?q=a..b"),
                             ("unknown", "/incidents/none")):
            self.shoot(target, name)
        self.quiet()

    def test_without_script(self):
        """the list, an incident and a look-up have all without a script"""
        self.serve_all()
        page = self.open_page("/", scripts=False)
        self.check(page)
        self.assertIn("coincheck.com", page.ask("document.querySelector('table').innerText"))
        page.follow("document.querySelector('td.mono a').click()")
        self.assertEqual(page.ask("document.querySelectorAll('article').length"), 1)
        self.check(page)
        page.go(f"http://127.0.0.1:{self.port}/lookup")
        page.follow("document.querySelector('input').value = 'coincheck.com';"
                    "document.querySelector('form').submit()")
        self.assertEqual(page.ask("location.search"), "?q=coincheck.com")
        self.assertGreater(page.ask("document.querySelectorAll('svg rect.row').length"), 5)
        self.assertGreater(page.ask("document.querySelectorAll('tbody tr').length"), 10)
        self.check(page)

    def test_live(self):
        """the list is shown anew by itself, with an incident that has come meanwhile"""
        with open(f"{test_console.FOLDER[0]}/events.json", encoding="utf-8") as file:
            lines = file.readlines()
        path = self.write("live.json", "")
        self.serve("--events", path)
        page = self.open_page("/")
        self.assertIn("no incident", page.ask("document.querySelector('main').innerText"))
        self.write("live.json", "".join(lines))
        self.browser.wait("Page.loadEventFired", page.session)
        self.assertIn("coincheck.com", page.ask("document.querySelector('table').innerText"))
        page.follow("document.querySelector('.live a').click()")
        self.assertEqual(page.ask("document.querySelector('meta[http-equiv=refresh]')"), None)
        self.check(page)

    def test_login(self):
        """the form, a wrong token, the right one, the cookie, the end"""
        self.serve_all("--token", self.write("token", test_console.TOKEN + "\n"))
        page = self.open_page("/")
        self.assertEqual(page.ask("location.pathname"), "/login")
        self.shoot("/login", "login")
        for token, path in ("wrong", "/login"), (test_console.TOKEN, "/incidents"):
            page.follow(f"document.querySelector('input').value = {token!r};"
                        "document.querySelector('button').click()")
            self.assertIn(page.ask("location.pathname"), (path, "/"))
        self.assertEqual(page.ask("document.cookie"), "")
        page.go(f"http://127.0.0.1:{self.port}/lookup?q=coincheck.com")
        self.assertGreater(page.ask("document.querySelectorAll('tbody tr').length"), 10)
        self.check_contrast(page)
        page.follow("document.querySelector('.site button').click()")
        self.assertEqual(page.ask("location.pathname"), "/login")
        page.go(f"http://127.0.0.1:{self.port}/lookup")
        self.assertEqual(page.ask("location.pathname"), "/login")

    def test_hostile(self):
        """names, mail and queries that are markup stay text"""
        packets = [packet for number, attack in enumerate(MARKUP)
                   for packet in hostile_mail(number, attack) + hostile_answer(attack)]
        capture = self.path("hostile.pcap")
        with open(capture, "wb") as file:
            file.write(traffic.pcap(packets))
        rules = self.write("hostile.rules", "alert ns .evil.test\nalert rcpt @victim.test\n")
        done = self.nsmx("replay", "--alerts", "both", "-r", rules, "--history", self.path("seen"),
                         "--history-mail", "mailboxes", "-o", f"file:{self.path('hostile.json')}",
                         capture)
        self.assertEqual(done.status, 0, done.err)
        for folder, _, names in os.walk(self.folder):
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)
            os.chmod(folder, 0o755)
        self.serve("--events", self.path("hostile.json"), history=self.path("seen"))
        page = self.open_page("/incidents?refresh=0")
        links = page.ask("[...document.querySelectorAll('td a')].map((a) => a.getAttribute('href'))")
        self.assertTrue(links)
        quoted = [f"/lookup?q={''.join(f'%{octet:02x}' for octet in attack.encode())}"
                  for attack in MARKUP]
        for target in [*links, *quoted, "/lookup?q=.test", "/lookup?q=@victim.test",
                       "/lookup?q=45.77.24.250"]:
            page.go(f"http://127.0.0.1:{self.port}{target}")
            self.assertFalse(page.ask("'owned' in window"), target)
            self.assertEqual(page.ask("document.querySelectorAll('img, iframe').length"), 0)
            self.check(page)


if __name__ == "__main__":
    harness.main()
