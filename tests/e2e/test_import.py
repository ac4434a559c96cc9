#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nsmx rules import`: samples of every format, good and broken, and the command line."""
import os
import re
import resource
import subprocess

import harness

FEEDS = os.path.join(harness.ROOT, "tests/feeds")
GOOD = sorted(os.listdir(os.path.join(FEEDS, "good")))
BROKEN = sorted(os.listdir(os.path.join(FEEDS, "broken")))


def feed(kind, name):
    return os.path.join(FEEDS, kind, name)


def expected(kind, name):
    with open(os.path.join(FEEDS, "expected", f"{kind}-{name}.rules"), "rb") as file:
        return file.read()


def without_source(text):
    """The rules without the first line, which names the file."""
    first, rest = text.split(b"\n", 1)
    assert first.startswith(b"# Imported from "), first
    return rest


@harness.expand
class Import(harness.Case):

    @harness.for_each(GOOD, "good {}: the rules expected, which load")
    def test_good(self, name):
        done = self.nsmx("rules", "import", feed("good", name))
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(without_source(done.out), expected("good", name))
        path = self.write("imported.rules", done.out)
        checked = self.nsmx("rules", "check", path)
        self.assertEqual(checked.status, 0, checked.err)

    @harness.for_each(BROKEN, "broken {}: every mistake named, the rest imported")
    def test_broken(self, name):
        done = self.nsmx("rules", "import", feed("broken", name))
        self.assertEqual(done.status, 1, done.err)
        self.assertEqual(without_source(done.out), expected("broken", name))
        named = re.findall(re.escape(feed("broken", name)) + r":\d+:\d+: ", done.err)
        reported = int(re.search(r"(\d+) errors", done.err).group(1))
        left_out = done.err.count("` is left out: ")
        self.assertEqual(len(named), reported + left_out, done.err)
        self.assertGreater(reported, 0)
        checked = self.nsmx("rules", "check", self.write("imported.rules", done.out))
        self.assertEqual(checked.status, 0, checked.err)

    def test_twice(self):
        """what was imported is the same the next time, and listing it changes nothing"""
        first = self.nsmx("rules", "import", feed("good", "bundle.stix.json"))
        second = self.nsmx("rules", "import", feed("good", "bundle.stix.json"))
        self.assertEqual(first.out, second.out)
        listed = self.nsmx("rules", "list", self.write("a.rules", first.out))
        again = self.nsmx("rules", "list", self.write("b.rules", listed.out))
        self.assertEqual(listed.out, again.out)
        self.assertNotEqual(listed.out, b"")

    def test_several(self):
        """several files in one go; one that is not there does not stop the others"""
        done = self.nsmx("rules", "import", feed("good", "list.txt"), "nowhere.txt",
                         feed("good", "feed.csv"))
        self.assertEqual(done.status, 1)
        self.assertIn("nowhere.txt", done.err)
        self.assertIn(b"set feed=list\n", done.out)
        self.assertIn(b"set feed=feed\n", done.out)
        checked = self.nsmx("rules", "check", self.write("all.rules", done.out))
        self.assertEqual(checked.status, 0, checked.err)

    def test_standard_input(self):
        """- is standard input"""
        done = self.nsmx("rules", "import", "--feed", "desk", "-", stdin=b"a.b.example\n")
        self.assertEqual(done.status, 0, done.err)
        self.assertRegex(done.out.decode(), r"(?m)^alert any a\.b\.example id=desk-[0-9a-f]{16}$")

    def test_columns(self):
        """--column names the columns of a CSV file"""
        path = self.write("odd.csv", "Bad,When,Why\nns.evil.example,2030-01-01,seen\n")
        done = self.nsmx("rules", "import", "--column", "indicator=Bad,until=When",
                         "--column=description=Why", "--ref=https://a.example/", path)
        self.assertEqual(done.status, 0, done.err)
        self.assertIn(b"set feed=odd ref=https://a.example/\n", done.out)
        self.assertRegex(done.out.decode(), r'note="seen" until=2030-01-01\n')

    def test_format(self):
        """--format overrules the content"""
        path = self.write("a.txt", "ns1.evil.example\n")
        done = self.nsmx("rules", "import", "--format=text", path)
        self.assertEqual(done.status, 0, done.err)
        self.assertIn("read as text", done.err)
        done = self.nsmx("rules", "import", "--format", "stix", path)
        self.assertEqual(done.status, 1, done.err)

    def rules_of(self, text, *options):
        """The rules of a feed, without their keys, and the finished process."""
        path = self.write("feed.txt", text)
        done = self.nsmx("rules", "import", *options, path)
        checked = self.nsmx("rules", "check", self.write("feed.rules", done.out))
        self.assertEqual(checked.status, 0, checked.err)
        rules = re.findall(r"(?m)^(?:alert|allow) \S+ \S+", done.out.decode())
        return rules, done

    def test_verb(self):
        """--as gives the verb; what a list excepts is not turned around"""
        filters = "||evil.example^\n@@||good.example^\n"
        rules, _ = self.rules_of(filters)
        self.assertEqual(rules, ["alert any .evil.example", "allow any .good.example"])
        rules, done = self.rules_of(filters, "--as", "allow")
        self.assertEqual(rules, ["allow any .evil.example"])
        self.assertIn("1 exception", done.err)
        rules, _ = self.rules_of(filters, "--as=alert")
        self.assertEqual(rules, ["alert any .evil.example", "allow any .good.example"])

    def test_severity(self):
        """--sev gives the severity of all rules"""
        _, done = self.rules_of("192.0.2.1\n", "--sev", "critical")
        self.assertIn(b" sev=critical", done.out)
        _, done = self.rules_of("192.0.2.1\n", "--sev", "medium")
        self.assertNotIn(b"sev=", done.out)

    def test_confidence(self):
        """--conf gives the confidence of all rules, also in place of that of the feed"""
        _, done = self.rules_of("192.0.2.1\n", "--conf", "0")
        self.assertIn(b" conf=0\n", done.out)
        _, done = self.rules_of("domain,confidence\nns.evil.example,90\n", "--conf", "35")
        self.assertIn(b" conf=35\n", done.out)
        self.assertNotIn(b"conf=90", done.out)

    def test_kinds(self):
        """--what gives the kinds; an indicator that none of them takes is named"""
        rules, done = self.rules_of("192.0.2.1\nns.evil.example\n", "--what", "ns,resolver")
        self.assertEqual(rules, ["alert ns ns.evil.example", "alert resolver 192.0.2.1"])
        self.assertEqual(done.status, 0, done.err)
        rules, done = self.rules_of("192.0.2.1\nns.evil.example\n", "--what", "ns")
        self.assertEqual(rules, ["alert ns ns.evil.example"])
        self.assertEqual(done.status, 1)
        self.assertIn(":1:1: `192.0.2.1` is left out: a network does not fit --what", done.err)

    def test_shared_hosts(self):
        """--shared-hosts adds hosts whose URLs give no rule for the host"""
        urls = "http://files.corp.example/x\nhttp://evil.example/x\nhttps://bit.ly/x\n"
        rules, done = self.rules_of(urls)
        self.assertEqual(rules, ["alert any .evil.example", "alert any files.corp.example"])
        self.assertIn("1 left out (1 a URL on a shared host)", done.err)
        shared = self.write("shared", "# ours\n.corp.example\n")
        rules, done = self.rules_of(urls, "--shared-hosts", shared)
        self.assertEqual(rules, ["alert any .evil.example"])
        self.assertEqual(done.status, 1)
        bad = self.write("shared", "192.0.2.1\n")
        done = self.nsmx("rules", "import", "--shared-hosts", bad, feed("good", "list.txt"))
        self.assertEqual(done.status, 2)
        self.assertIn("shared:1:1: write a name", done.err)
        done = self.nsmx("rules", "import", "--shared-hosts=nowhere", feed("good", "list.txt"))
        self.assertEqual(done.status, 2)

    def cpu(self, *args):
        """CPU seconds of one call"""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = self.nsmx("rules", *args)
        self.assertTrue(done.out or done.err)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def test_time(self):
        """ten times the input takes at most some twelve times as long: rules and complaints"""
        makers = {
            "list.txt": lambda n: "".join(f"a{i}.evil{i % 997}.example\n" for i in range(n)),
            "bad.txt": lambda n: "ok.example\n" * n + "".join(f"a..b{i}\n" for i in range(n)),
            "feed.csv": lambda n: "ioc,type,tags\n" + "".join(
                f"a{i}.evil.example,domain,x\n" for i in range(n)),
            "bad.json": lambda n: '{"Event":{"Attribute":[' + ",\n".join(
                f'{{"type":"domain","uuid":"u{i:09d}","value":"a..b{i}"}}'
                for i in range(n)) + "]}}",
            "report.txt": lambda n: "".join(
                f"The name server ns{i}.evil{i}[.]example answered.\n" for i in range(n)),
            "good.rules": lambda n: "".join(f"alert ns a{i}.example id=r{i}\n" for i in range(n)),
            "bad.rules": lambda n: "".join(f"alert ns a..{i}.example\n" for i in range(n)),
            "same.rules": lambda n: "".join(f"allow ip 0.0.0.0/{i % 8} id=r\n" for i in range(n)),
        }
        for name, make in makers.items():
            with self.subTest(name=name):
                path = self.path(name)
                times = []
                for count in (4000, 40000):
                    self.write(name, make(count))
                    command = "check" if name.endswith(".rules") else "import"
                    times.append(min(self.cpu(command, path) for _ in range(3)))
                self.assertLess(times[1], 12 * times[0] + 0.1, times)

    def test_usage(self):
        """bad usage is reported, and the status is 2"""
        for args in ([], ["--format", "pdf", "x"], ["--format"], ["--colour=red", "x"],
                     ["--column", "colour=red", "x"], ["--ref=nowhere", "x"],
                     ["--as=deny", "x"], ["--sev=urgent", "x"], ["--conf=101", "x"], ["--what=dns", "x"], ["--what=mail", "x"]):
            with self.subTest(args=args):
                done = self.nsmx("rules", "import", *args)
                self.assertEqual(done.status, 2, done.err)
                self.assertEqual(done.out, b"")
                self.assertNotEqual(done.err, "")

    def test_full_disk(self):
        """standard output that cannot be written is reported"""
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.NSMX, "rules", "import", feed("good", "list.txt")],
                                  stdout=full, stderr=subprocess.PIPE, check=False,
                                  stdin=subprocess.DEVNULL, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output cannot be written", done.stderr)


if __name__ == "__main__":
    harness.main()
