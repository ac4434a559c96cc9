#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nsmx rules fetch`: feeds of servers that behave, and of servers that do not."""
import gzip
import os
import re
import signal
import time

import feeds
import harness

LIST = "a.evil.example\nb.evil.example\nc.evil.example\nd.evil.example\n"
def tagged(body, tag='"1"'):
    """An answer with an entity tag, and 304 to a client that has it."""
    def answer(handler):
        if handler.headers["If-None-Match"] == tag:
            handler.reply(b"", status=304, Content_Length=None)
        else:
            handler.reply(body, ETag=tag)
    return answer


class Fetch(feeds.Case):

    def test_new(self):
        """a new feed: its rules, the keys of its settings, and a line of numbers"""
        err = self.fetch_one(LIST, "sev = high\nconf = 35\nwhat = ns\nref = https://x.example/r\n")
        self.assertIn("one: new: 4 indicators, 4 added, 0 removed (read as list", err)
        self.assertIn("1 feeds: 1 new, 0 changed", err)
        self.assertEqual(self.rules(), [f"alert ns {x}.evil.example" for x in "abcd"])
        text = self.read("rules/one.rules").decode()
        self.assertIn("set feed=one ref=https://x.example/r\n", text)
        self.assertEqual(text.count(" sev=high conf=35"), 4)
        self.assertEqual(self.nsmx("rules", "check", self.path("rules")).status, 0)

    def test_unchanged(self):
        """304, or the same content: nothing is written"""
        self.fetch_one(tagged(LIST))
        before = self.files()
        self.assertIn("one: unchanged", self.fetch())
        self.assertEqual(self.server.requests[-1][1]["If-None-Match"], '"1"')
        self.assertEqual(self.files(), before)
        self.server.answers["/list"] = lambda handler: handler.reply(LIST, ETag='"1"')
        self.assertIn("one: unchanged", self.fetch())
        self.assertEqual(self.files(), before)

    def test_modified_since(self):
        """Last-Modified is sent back as If-Modified-Since"""
        date = "Sat, 30 May 2020 15:05:12 GMT"
        self.fetch_one(lambda handler: handler.reply(LIST, Last_Modified=date))
        self.fetch()
        self.assertEqual(self.server.requests[-1][1]["If-Modified-Since"], date)

    def test_changed(self):
        """a changed feed: what was added and removed; --changed marks it"""
        self.fetch_one(LIST)
        mark = self.path("mark")
        self.fetch("--changed", mark)
        self.assertFalse(os.path.exists(mark))
        self.server.answers["/list"] = LIST.replace("a.evil", "z.evil") + "192.0.2.1\n"
        err = self.fetch("--changed", mark)
        self.assertIn("one: changed: 5 indicators, 2 added, 1 removed", err)
        self.assertTrue(os.path.exists(mark))

    def test_settings(self):
        """a changed setting makes new rules, although the server has nothing new"""
        self.fetch_one(tagged(LIST))
        self.fetch_one(tagged(LIST), "sev = critical\n")
        self.assertEqual(self.read("rules/one.rules").count(b"sev=critical"), 4)

    def test_damaged(self):
        """rules that were cut or changed are noticed and fetched again"""
        for change in (lambda text: text[:len(text) // 2], lambda text: b"allow any .x.example\n"):
            self.fetch_one(tagged(LIST))
            good = self.read("rules/one.rules")
            self.write("rules/one.rules", change(good))
            err = self.fetch()
            self.assertIn("one.rules was changed or removed since the last fetch", err)
            self.assertEqual(self.read("rules/one.rules"), good)

    def test_bystanders(self):
        """a broken feed changes nothing of the others"""
        self.server.answers.update({"/a": LIST, "/c": "c.evil.example\n"})
        self.configure("[a]\nurl = URL/a\nca = CA\n[b]\nurl = URL/b?key=geheim\nca = CA\n"
                       "[c]\nurl = URL/c\nca = CA\n")
        err = self.fetch(status=1)
        self.assertIn(f"feeds.conf:7: b: {self.server.url('/b')}?...: status 404", err)
        self.assertNotIn("geheim", err)
        self.assertIn("3 feeds: 2 new, 0 changed, 0 unchanged, 0 kept, 1 failed", err)
        self.assertEqual((len(self.rules("a")), self.rules("b"), len(self.rules("c"))),
                         (4, None, 1))

    def test_keep(self):
        """a source that vanishes: the last good set stays for the time of keep"""
        self.fetch_one(LIST, "keep = 2d\n")
        err = self.fetch_one(None, "keep = 2d\n", status=1)
        self.assertIn("one: kept: the last good set stays; the feed fails since 20", err)
        before = self.files()
        self.fetch(status=1)
        self.assertEqual(self.files(), before)
        state = self.read("state/one.state").decode()
        self.write("state/one.state", re.sub(r"failing = \d+",
                                             f"failing = {int(time.time()) - 3 * 86400}", state))
        err = self.fetch(status=1)
        self.assertIn("one: removed: the feed fails for more than 2d (keep)", err)
        self.assertIsNone(self.rules())
        self.assertIn("one: new: 4 indicators", self.fetch_one(LIST, "keep = 2d\n"))

    def test_recovers(self):
        """a source that is there again: the time of its failure is forgotten"""
        self.fetch_one(tagged(LIST))
        self.fetch_one(None, status=1)
        self.assertNotIn(b"failing = 0\n", self.read("state/one.state"))
        self.assertIn("one: unchanged", self.fetch_one(tagged(LIST)))
        self.assertIn(b"failing = 0\n", self.read("state/one.state"))

    def test_shrinks(self):
        """a feed that shrinks to less than min-ratio is refused, and so is an empty one"""
        self.fetch_one(LIST)
        for body in ("a.evil.example\n", "# nothing\n"):
            err = self.fetch_one(body, status=1)
            self.assertIn("it shrinks from 4 indicators to", err)
            self.assertEqual(len(self.rules()), 4)
        self.fetch_one("a.evil.example\n", "min-ratio = 0\n")
        self.assertEqual(len(self.rules()), 1)

    def test_empty(self):
        """a new feed without indicators, and a page in place of one"""
        err = self.fetch_one("# nothing\n", status=1)
        self.assertIn("it has no indicators: check url and format", err)
        page = "<!DOCTYPE html><html><body><p>Please log in at evil.example now.</p></body></html>"
        err = self.fetch_one(page, status=1)
        self.assertRegex(err, "this is prose or a page|no indicators")
        self.assertIsNone(self.rules())
        self.fetch_one("", "min-ratio = 0\n")
        self.assertEqual(self.rules(), [])

    def test_guards(self):
        """protected names, shared hosts and resolvers are reported and left out"""
        err = self.fetch_one("docs.google.com\ncloudflare.com\n8.8.8.8\nx.evil.example\n",
                             "format = list\n")
        self.assertIn("`docs.google.com` is left out: a shared host", err)
        self.assertIn("`8.8.8.8` is left out", err)
        self.assertIn("cloudflare.com` is left out", err)
        self.assertIn("3 left out", err)

    def test_exceptions(self):
        """a feed silences other rules only if feeds.conf states so"""
        filters = "! Title: x\n||a.evil.example^\n||b.evil.example^\n@@||good.example^\n"
        self.fetch_one(filters)
        self.assertNotIn("allow any .good.example", self.rules())
        err = self.fetch_one(filters, "as = published\n")
        self.assertIn("allow any .good.example", self.rules())
        self.assertIn("1 of its rules are `allow`", err)
        self.fetch_one(filters, "as = allow\n")
        self.assertEqual(set(rule.split()[0] for rule in self.rules()), {"allow"})

    def test_removed_feed(self):
        """the rules of a feed that is not in feeds.conf any more are removed, others never"""
        self.fetch_one(LIST)
        os.makedirs(self.path("rules"), exist_ok=True)
        self.write("rules/desk.rules", "alert ip 192.0.2.1\n")
        self.configure("[desk]\nurl = URL/list\nca = CA\n[two]\nurl = URL/list\nca = CA\n")
        err = self.fetch(status=1)
        self.assertIn("one: removed: the feed is not in", err)
        self.assertIsNone(self.rules("one"))
        self.assertIn("was not written by a fetch: rename", err)
        self.assertEqual(self.read("rules/desk.rules"), b"alert ip 192.0.2.1\n")

    def test_formats(self):
        """the formats of rules import, recognised or given"""
        folder = os.path.join(harness.ROOT, "tests/feeds/good")
        names = sorted(os.listdir(folder))
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                self.server.answers[f"/{name}"] = file.read()
        self.configure("".join(f"[f{i}]\nurl = URL/{name}\nca = CA\nmin-ratio = 0\n"
                               f"as = published\nformat = {'text' if 'report' in name else 'auto'}\n"
                               for i, name in enumerate(names)))
        done = self.nsmx("rules", "fetch", "--config", self.path("feeds.conf"), env=feeds.NO_PROXY)
        for i, name in enumerate(names):
            with self.subTest(name):
                if f"f{i}: new: " not in done.err:
                    self.assertRegex(done.err, f"f{i}: http.*(warning list|prose|allow)")
                    continue
                imported = self.nsmx("rules", "import", os.path.join(folder, name)).out.decode()
                wanted = [line.split(" id=")[0] for line in imported.splitlines()
                          if re.match("alert|allow", line)]
                self.assertEqual(self.rules(f"f{i}"), wanted)
        self.assertGreater(done.err.count(": new: "), len(names) - 4, done.err)

    def test_utf16(self):
        """UTF-16, whose converter the process cannot load any more"""
        self.fetch_one(LIST.encode("utf-16"))
        self.assertEqual(len(self.rules()), 4)


class Access(feeds.Case):

    def request(self, more, token="s3cret\n"):
        path = self.write("token", token)
        err = self.fetch_one(LIST, f"token-file = {path}\n{more}")
        self.assertNotIn("s3cret", err)
        return self.server.requests[-1]

    def test_token(self):
        """a token as Bearer, as another field, and as password"""
        self.assertEqual(self.request("")[1]["Authorization"], "Bearer s3cret")
        fields = self.request("header = Auth-Key\n")[1]
        self.assertEqual((fields["Auth-Key"], fields.get("Authorization")), ("s3cret", None))
        self.assertEqual(self.request("user = me\n")[1]["Authorization"],
                         "Basic bWU6czNjcmV0")

    def test_public_token(self):
        """a token file that every user can read is reported"""
        path = self.write("token", "s3cret\n")
        for mode, warned in ((0o644, True), (0o640, False)):
            os.chmod(path, mode)
            err = self.fetch_one(LIST, f"token-file = {path}\n")
            self.assertEqual("every user can read it: chmod o= " in err, warned)

    def test_token_in_url(self):
        """a token in the URL is in the request, and in no message or file"""
        self.server.answers["/key/s3%20cret/list"] = LIST
        path = self.write("token", "s3 cret")
        self.configure(f"[one]\nurl = URL/key/{{token}}/list\nca = CA\ntoken-file = {path}\n")
        err = self.fetch()
        self.assertIn("one: new", err)
        self.assertNotIn("cret", err.replace("{token}", ""))
        self.assertNotIn(b"cret", self.read("rules/one.rules") + self.read("state/one.state"))
        self.assertNotIn("Authorization", self.server.requests[-1][1])

    def test_bad_token(self):
        """a token file that is missing, empty, or would add a field to the request"""
        for content in (None, b"", b"\nx", b"a\x01b"):
            path = self.path("token")
            if content is not None:
                self.write("token", content)
            err = self.fetch_one(LIST, f"token-file = {path}\n", status=1)
            self.assertIn("one: " + self.server.url("/list") + ": token-file", err)
        self.assertEqual(self.server.requests, [])

    def test_refused(self):
        """401 and 403 name the settings of access"""
        err = self.fetch_one(lambda handler: handler.reply(b"", status=403), status=1)
        self.assertIn("status 403: the server refuses access: see token-file", err)

    def test_redirected_token(self):
        """the token is sent to no other server"""
        other = feeds.Server(self)
        other.answers["/there"] = LIST
        for more in ("", "header = X-OTX-API-KEY\n", "user = me\n"):
            path = self.write("token", "s3cret")
            self.fetch_one(lambda handler: handler.reply(
                b"", status=302, Location=other.url("/there")), f"token-file = {path}\n{more}")
            self.assertEqual(len(self.rules()), 4)
            self.assertNotIn("s3cret", str(other.requests))
            self.assertNotIn("Authorization", str(other.requests))


@harness.expand
class Hostile(feeds.Case):

    def refused(self, answer, reason, more=""):
        """A feed that had a good set keeps it. The first fetch has no short time-out."""
        self.fetch_one(LIST)
        err = self.fetch_one(answer, more, status=1)
        self.assertRegex(err, f"one: {self.server.url('/list')}: {reason}")
        self.assertIn("one: kept", err)
        self.assertEqual(len(self.rules()), 4)
        return err

    def test_certificate(self):
        """a certificate of an unknown authority, or of another name"""
        self.server.answers["/list"] = LIST
        self.configure("[one]\nurl = URL/list\n")
        self.assertIn("the certificate is not valid", self.fetch(status=1))
        for content in (None, "nonsense\n"):
            path = self.write("ca.pem", content) if content else self.path("nowhere.pem")
            self.configure(f"[one]\nurl = URL/list\nca = {path}\n")
            self.assertIn("the certificates to trust cannot be read", self.fetch(status=1))
        if harness.has_localhost():
            self.configure(f"[one]\nurl = {self.server.url('/list')}\nca = CA\n"
                           .replace("127.0.0.1", "localhost"))
            self.assertIn("the certificate is not valid", self.fetch(status=1))
        self.assertEqual(self.server.requests, [])

    def test_cut(self):
        """an answer that is cut"""
        def answer(handler):
            handler.reply(LIST, Content_Length="5000")
            handler.close_connection = True
        self.refused(answer, "the answer was cut")

    def test_slow(self):
        """a server that sends an octet now and then, and one that sends nothing"""
        def drip(handler):
            handler.reply(b"", Content_Length="5000")
            while True:
                handler.wfile.write(b"a")
                time.sleep(0.05)
        self.refused(drip, "the server is too slow", "timeout = 1\n")

    def test_rate(self):
        """max-rate holds back what is received; the timeout is longer than that"""
        before = time.monotonic()
        self.fetch_one(LIST + "# nothing\n" * 40000, "max-rate = 200K\ntimeout = 10\n")
        self.assertGreater(time.monotonic() - before, 0.9)
        self.assertEqual(len(self.rules()), 4)

    def test_huge(self):
        """a feed larger than max-size, announced or not"""
        self.refused(lambda handler: handler.reply(b"", Content_Length=str(1 << 40)),
                     "the feed has more than 1024 octets: see max-size", "max-size = 1K\n")
        def endless(handler):
            handler.reply(b"", Content_Length=None, Connection="close")
            handler.close_connection = True
            while True:
                handler.wfile.write(b"x" * 65536)
        self.refused(endless, "the feed has more than 1048576 octets", "max-size = 1M\n")

    def test_bomb(self):
        """gzip bombs, as encoding and as file; a file of a fair size is read"""
        bomb = gzip.compress(b"\n" * (20 << 20))
        self.refused(lambda handler: handler.reply(bomb, Content_Encoding="gzip"),
                     "the feed has more than 1048576 octets", "max-size = 1M\n")
        self.refused(bomb, "the unpacked file is larger than max-size", "max-size = 1M\n")
        fair = gzip.compress(b"y.evil.example\n") + gzip.compress(LIST.encode())
        self.refused(fair[:-20], "the gzip file is damaged or cut")
        self.fetch_one(fair)
        self.assertEqual(len(self.rules()), 5)

    @harness.for_each(["http://127.0.0.1:1/x", "file:///etc/passwd", "gopher://127.0.0.1/x",
                       "ftp://127.0.0.1/x"], "a redirection to {}")
    def test_redirection(self, target):
        """leads nowhere"""
        self.refused(lambda handler: handler.reply(b"", status=302, Location=target),
                     f"the server redirects to {target.split(':')[0]}:, which is not HTTPS")

    def test_redirections(self):
        """redirections are followed five times"""
        self.server.answers["/loop"] = lambda handler: handler.reply(
            b"", status=302, Location="/loop")
        self.refused(self.server.answers["/loop"], "the server redirects more than 5 times")
        self.assertLess(len(self.server.requests), 10)
        for i in range(5):
            self.server.answers[f"/{i}"] = lambda handler, to=i: handler.reply(
                b"", status=307, Location=f"/{to - 1}" if to > 0 else "/end")
        self.server.answers["/end"] = LIST + "e.evil.example\n"
        self.fetch_one(self.server.answers["/3"])
        self.assertEqual(len(self.rules()), 5)

    def test_plain(self):
        """HTTP without TLS only with plain = yes"""
        plain = feeds.Server(self, tls=False)
        plain.answers["/list"] = LIST
        self.configure(f"[one]\nurl = {plain.url('/list')}\n")
        self.assertIn("expected https://; `plain = yes` allows http://", self.fetch(status=2))
        self.configure(f"[one]\nurl = {plain.url('/list')}\nplain = yes\n")
        self.fetch()
        self.assertEqual(len(self.rules()), 4)

    def test_fields(self):
        """header fields without end, and an entity tag that would be another field"""
        def endless(handler):
            handler.send_response(200)
            handler.end_headers = lambda: None
            while True:
                handler.wfile.write(b"X-A: " + b"x" * 60000 + b"\r\n")
        self.refused(endless, "")
        self.fetch_one(lambda handler: handler.reply(LIST, ETag='"a\x7fb"'))
        self.assertIn(b"etag = \n", self.read("state/one.state"))

    @harness.for_each([201, 204, 304, 429, 500, 503], "status {}")
    def test_status(self, status):
        """is not a feed"""
        self.refused(lambda handler: handler.reply(b"", status=status), f"status {status}")

    def test_crash(self):
        """a set of which a part was written is noticed: the state is written last"""
        self.fetch_one(tagged(LIST))
        state = self.read("state/one.state")
        self.fetch_one(tagged(LIST + "e.evil.example\n", '"2"'))
        self.write("state/one.state", state)
        self.assertIn("was changed or removed since the last fetch", self.fetch())
        self.assertEqual(len(self.rules()), 5)

    def test_damaged_state(self):
        """a damaged state: the feed is fetched again"""
        self.fetch_one(tagged(LIST))
        self.write("state/one.state", b"rules = \xff\xff\nnonsense\n")
        self.write("rules/one.rules", b"")
        err = self.fetch(status=1)
        self.assertIn("the feed is fetched again", err)
        os.unlink(self.path("rules/one.rules"))
        self.fetch()
        self.assertEqual(len(self.rules()), 4)


class Command(feeds.Case):

    def test_mistakes(self):
        """every mistake of feeds.conf with its line; nothing is fetched"""
        self.configure("[a]\nurl = URL/list\nurll = x\n[a]\nurl = URL/b\n[../x]\nurl = URL/c\n"
                       "[b]\nsev = urgent\n[c]\nurl = https://u:p@127.0.0.1/\n")
        err = self.fetch("--check", "--bogus", "x", status=2)
        for text in ("unknown option '--bogus'", ":5: 'urll' is not a setting of a feed (nearest: url)",
                     ":7: [a] has 'url' already in line 4", ":9: [../x]: a name has letters",
                     ":11: --sev 'urgent'", ":11: [b] has no url",
                     ":13: url: a user or password does not belong there"):
            self.assertIn(text, err)
        self.configure("[c]\nurl = https://u:p@127.0.0.1/\n[d]\nsev = low\n"
                       "[e]\nurl = URL/x\nuser = me\n")
        err = self.fetch(status=2)
        self.assertIn(":4: url: a user or password does not belong there", err)
        self.assertIn(":6: [d] has no url", err)
        self.assertIn(":8: [e] needs token-file", err)
        self.assertEqual(self.server.requests, [])

    def test_usage(self):
        """operands, and a file that is not there"""
        self.assertEqual(self.nsmx("rules", "fetch", "x").status, 2)
        done = self.nsmx("rules", "fetch", "--config", "nowhere")
        self.assertEqual((done.status, "nowhere: No such file" in done.err), (2, True))

    def test_lock(self):
        """two fetches at a time: the second one reports the first"""
        def wait(handler):
            handler.server.waiting = True
            time.sleep(harness.PATIENCE)
        self.server.answers["/list"] = wait
        self.configure("[one]\nurl = URL/list\nca = CA\n")
        first = self.start("rules", "fetch", "--config", self.path("feeds.conf"), env=feeds.NO_PROXY)
        harness.wait_for(lambda: self.server.requests, "the first request")
        self.assertIn("another fetch uses the folder", self.fetch(status=1))
        self.assertEqual(first.stop(signal.SIGINT), 130)
        self.assertIn("the fetch was interrupted", first.err())

    def test_progress(self):
        """the progress of long work on standard error"""
        def slow(handler):
            handler.reply(LIST[:20], Content_Length=str(len(LIST)))
            time.sleep(1)
            handler.wfile.write(LIST[20:].encode())
        self.server.answers["/list"] = slow
        self.configure("[one]\nurl = URL/list\nca = CA\n")
        self.assertIn("fetching one: 20 octets", self.fetch("--progress=always"))

    def test_owner(self):
        """what root has fetched can be fetched by the user of the service, and the other way"""
        harness.need_root()
        nobody = self.as_nobody()
        os.mkdir(self.path("var"))
        os.chown(self.path("var"), 65534, 65534)
        self.server.answers["/list"] = LIST
        text = "[one]\nurl = URL/list\nca = CA\n".replace("URL", self.server.url())
        path = self.write("feeds.conf", f"rules = {self.path('var/rules')}\n"
                          f"state = {self.path('var/state')}\n{text.replace('CA', self.ca)}")
        for how in ({}, nobody, {}, nobody):
            self.server.answers["/list"] += "z" + self.server.answers["/list"]
            done = self.nsmx("rules", "fetch", "--config", path, env=feeds.NO_PROXY, **how)
            self.assertEqual(done.status, 0, done.err)
        owners = {os.stat(os.path.join(folder, name)).st_uid
                  for folder, folders, files in os.walk(self.path("var"))
                  for name in folders + files}
        self.assertEqual(owners, {65534})

    def test_killed(self):
        """the processes end when the program is killed, also if they belong to another user"""
        self.server.answers["/list"] = lambda handler: time.sleep(harness.PATIENCE)
        self.configure("[one]\nurl = URL/list\nca = CA\n")
        process = self.start("rules", "fetch", "--config", self.path("feeds.conf"),
                             env=feeds.NO_PROXY)
        harness.wait_for(lambda: self.server.requests, "the request")
        child, = harness.named_children(process.pid, "nsmx")
        process.stop(signal.SIGKILL)
        harness.wait_for(lambda: not os.path.exists(f"/proc/{child}") or
                         harness.status(child)["State"].startswith("Z"), "the end of the child")

    def test_rights(self):
        """the processes that read what a server sends have another user and a filter"""
        harness.need_root()
        seen = {}
        def look(handler):
            parent = seen["process"].pid
            child = harness.wait_for(lambda: harness.named_children(parent, "nsmx"), "a child")[0]
            seen["status"] = harness.status(child)
            handler.reply(LIST)
        self.server.answers["/list"] = look
        self.configure("[one]\nurl = URL/list\nca = CA\n")
        os.chmod(self.folder, 0o755)
        seen["process"] = self.start("rules", "fetch", "--config", self.path("feeds.conf"),
                                     env=feeds.NO_PROXY)
        self.assertEqual(seen["process"].wait(), 0, seen["process"].err())
        self.assertNotEqual(seen["status"]["Uid"].split()[0], "0")
        self.assertEqual(int(seen["status"]["CapEff"], 16), 0)
        if not harness.is_sanitized():
            self.assertEqual(seen["status"]["Seccomp"], "2")


if __name__ == "__main__":
    harness.main()
