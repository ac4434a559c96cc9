#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nsmx rules fetch`: collections of TAXII 2.1 and MISP feeds with a manifest."""
import json
import os
import urllib.parse
import uuid

import feeds
import harness

TAXII = "application/taxii+json;version=2.1"


def indicator(number, modified="2026-01-01T00:00:00.000Z", **more):
    return {"type": "indicator", "spec_version": "2.1", "modified": modified,
            "id": f"indicator--00000000-0000-4000-8000-{number:012d}",
            "created": "2026-01-01T00:00:00.000Z", "valid_from": "2026-01-01T00:00:00Z",
            "pattern": f"[domain-name:value = 'x{number}.evil.example']",
            "pattern_type": "stix", **more}


class Taxii:
    """A server of TAXII 2.1. `pages` has the objects of each page, and when they were added."""

    def __init__(self, server):
        self.server = server
        self.pages = []
        self.sends_next = True
        self.collections = [{"id": "c1", "title": "Hijacks", "alias": "h", "can_read": True}]
        self.root = "/api/"
        self.type = TAXII
        server.answers["/taxii2/"] = lambda handler: self.send(
            handler, {"title": "x", "default": self.root, "api_roots": [self.root]})
        server.answers["/api/"] = lambda handler: self.send(
            handler, {"title": "root", "versions": [TAXII], "max_content_length": 1000})
        server.answers["/api/collections/"] = lambda handler: self.send(
            handler, {"collections": self.collections})
        server.answers["/api/collections/c1/objects/"] = self.objects

    def send(self, handler, value, **fields):
        assert handler.headers["Accept"] == TAXII
        handler.reply(json.dumps(value), Content_Type=self.type, **fields)

    def objects(self, handler):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(handler.path).query))
        after = query.get("added_after", "")
        pages = [page for page in self.pages if page[0] > after]
        at = int(query.get("next", "0"))
        added, objects = pages[at] if pages else (None, [])
        envelope = {"objects": objects} if objects else {}
        if at + 1 < len(pages):
            envelope["more"] = True
            if self.sends_next:
                envelope["next"] = str(at + 1)
        self.send(handler, envelope, X_TAXII_Date_Added_Last=added)

    def queries(self):
        return [dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
                for path, _ in self.server.requests if "/objects/" in path]


class Collections(feeds.Case):

    def setUp(self):
        super().setUp()
        self.taxii = Taxii(self.server)
        self.taxii.pages = [(f"2026-02-0{i + 1}T00:00:00.000000Z", [indicator(i)])
                            for i in range(3)]

    def read_collection(self, path="/taxii2/", more="", status=0):
        self.configure(f"[t]\nurl = URL{path}\nsource = taxii\nca = CA\n{more}")
        return self.fetch(status=status)

    def names(self):
        return [rule.split()[2] for rule in self.rules("t")]

    def test_paths(self):
        """discovery, API root and collection lead to the same objects"""
        for path in ("/taxii2/", "/api/", "/api/collections/c1/", "/api/collections/c1"):
            err = self.read_collection(path, "collection = h\n")
            self.assertEqual(self.names(), [f"x{i}.evil.example" for i in range(3)], err)
            self.assertEqual([query.get("next") for query in self.taxii.queries()[-3:]],
                             [None, "1", "2"])

    def test_new_objects(self):
        """only what was added is read again; newer versions and revocations count"""
        self.read_collection()
        self.assertIn("t: unchanged", self.fetch())
        self.assertEqual(self.taxii.queries()[-1]["added_after"], "2026-02-03T00:00:00.000000Z")
        before = self.files()
        self.fetch()
        self.assertEqual(self.files(), before)
        self.taxii.pages.append(("2026-02-09T00:00:00.000000Z", [
            indicator(7), indicator(1, "2026-02-01T00:00:00.000Z", revoked=True),
            indicator(2, "2025-02-01T00:00:00.000Z", revoked=True), {"type": "report", "id": "r"}]))
        err = self.fetch()
        self.assertIn("t: changed: 3 indicators, 1 added, 1 removed", err)
        self.assertEqual(self.names(), ["x0.evil.example", "x2.evil.example", "x7.evil.example"])
        self.assertNotIn(b"report", self.read("state/t.objects"))

    def test_settings(self):
        """other settings, or damaged rules, need no object again; another collection needs all"""
        self.read_collection()
        self.read_collection(more="sev = critical\n")
        self.assertEqual(self.read("rules/t.rules").count(b"sev=critical"), 3)
        self.assertIn("added_after", self.taxii.queries()[-1])
        good = self.read("rules/t.rules")
        self.write("rules/t.rules", good[:-20])
        self.fetch()
        self.assertEqual(self.read("rules/t.rules"), good)
        self.assertIn("added_after", self.taxii.queries()[-1])
        self.read_collection(more="sev = critical\ncollection = h\n")
        self.assertNotIn("added_after", self.taxii.queries()[-1])

    def test_damaged_objects(self):
        """objects that were changed or are missing: the collection is read anew"""
        self.read_collection()
        good = self.read("state/t.objects")
        for damage in (lambda: self.write("state/t.objects", good[:-5]),
                       lambda: os.unlink(self.path("state/t.objects"))):
            damage()
            self.fetch()
            self.assertNotIn("added_after", self.taxii.queries()[-1])
            self.assertEqual(self.read("state/t.objects"), good)

    def test_pages_by_time(self):
        """a server without `next`: pages by X-TAXII-Date-Added-Last"""
        self.taxii.sends_next = False
        self.read_collection()
        self.assertEqual(len(self.names()), 3)

    def test_loops(self):
        """pages that never end: the same `next`, several in turn, or no progress at all"""
        def send(handler, query):
            self.taxii.send(handler, {"more": True, "objects": [], **answers(query)},
                            X_TAXII_Date_Added_Last="2026-02-01T00:00:00Z")
        for answers in (lambda query: {"next": "1"},
                        lambda query: {"next": str((int(query.get("next", "0")) + 1) % 5)},
                        lambda query: {}):
            self.server.requests.clear()
            self.server.answers["/api/collections/c1/objects/"] = lambda handler: send(
                handler, dict(urllib.parse.parse_qsl(handler.path.partition("?")[2])))
            err = self.read_collection(status=1)
            self.assertIn("the server repeats a page, so its pages never end", err)
            self.assertLess(len(self.server.requests), 12)

    def test_endless(self):
        """pages that are always new: the bound of octets ends them"""
        count = [0]
        def send(handler):
            count[0] += 1
            self.taxii.send(handler, {"more": True, "next": str(count[0]),
                                      "objects": [indicator(count[0], note="x" * 5000)]})
        self.server.answers["/api/collections/c1/objects/"] = send
        err = self.read_collection(more="max-size = 100K\n", status=1)
        self.assertIn("the feed has more than 102400 octets: see max-size", err)
        self.assertLess(count[0], 30)

    def test_choice(self):
        """several collections: one must be named"""
        self.taxii.collections += [{"id": "c2", "title": "Other", "can_read": True},
                                   {"id": "c3", "title": "Secret", "can_read": False}]
        err = self.read_collection(status=1)
        self.assertIn("2 collections fit: set collection to one of: Hijacks, Other", err)
        self.assertNotIn("Secret", err)
        self.assertIn("0 collections fit", self.read_collection(
            more="collection = Secret\n", status=1))
        self.read_collection(more="collection = Hijacks\n")
        self.assertEqual(len(self.names()), 3)
        self.taxii.collections = self.taxii.collections[2:]
        self.assertIn("no collection that may be read", self.read_collection(status=1))

    def test_strange(self):
        """ids that are paths, API roots elsewhere, other types and other JSON"""
        self.taxii.collections = [{"id": "../../x", "title": "Hijacks"}]
        self.assertIn("the id of the collection is not valid", self.read_collection(status=1))
        other = feeds.Server(self)
        self.taxii.root = other.url("/api/")
        self.assertIn("its API root is on another server", self.read_collection(status=1))
        self.assertEqual(other.requests, [])
        self.taxii.type = "text/html"
        self.assertIn("the server sends text/html in place of application/taxii+json",
                      self.read_collection(status=1))
        self.taxii.type = TAXII
        for body in ('{"more":', "[]", '{"collections": 5}', "null", "[" * 100000):
            self.server.answers["/api/collections/"] = lambda handler, text=body: handler.reply(
                text, Content_Type=TAXII)
            self.assertRegex(self.read_collection("/api/", status=1),
                             "is not JSON|no collection that may be read")


def event(name, *values, timestamp="1700000000", **more):
    return {"Event": {"uuid": name, "info": "Hijack", "timestamp": timestamp, "date": "2026-01-01",
                      "threat_level_id": "1", "Attribute": [
                          {"type": "domain", "value": value, "to_ids": True,
                           "uuid": str(uuid.UUID(int=i + 1))} for i, value in enumerate(values)],
                      **more}}


class Manifest(feeds.Case):

    def setUp(self):
        super().setUp()
        self.events = {}
        self.manifest = {}
        for i in range(3):
            self.publish(i, "1700000000", f"x{i}.evil.example")
        self.server.answers["/misp/manifest.json"] = lambda handler: handler.reply(
            json.dumps(self.manifest))

    def publish(self, number, timestamp, *values):
        name = str(uuid.UUID(int=number, version=4))
        self.manifest[name] = {"timestamp": timestamp, "info": "Hijack", "Orgc": {"name": "x"}}
        self.server.answers[f"/misp/{name}.json"] = json.dumps(
            event(name, *values, timestamp=timestamp, Galaxy=[{"x": "y" * 10000}]))
        return name

    def read_feed(self, more="", status=0, path="/misp/"):
        self.configure(f"[m]\nurl = URL{path}\nsource = misp\nca = CA\n{more}")
        return self.fetch(status=status)

    def names(self):
        return [rule.split()[2] for rule in self.rules("m")]

    def read_paths(self):
        found = [path for path, _ in self.server.requests]
        self.server.requests.clear()
        return found

    def test_changed_events(self):
        """only changed events are read; those that the manifest does not have are removed"""
        self.read_feed()
        self.assertEqual(self.names(), [f"x{i}.evil.example" for i in range(3)])
        self.assertIn(b"sev=high", self.read("rules/m.rules"))
        self.assertEqual(len(self.read_paths()), 4)
        before = self.files()
        self.assertIn("m: unchanged", self.fetch())
        self.assertEqual(self.read_paths(), ["/misp/manifest.json"])
        self.assertEqual(self.files(), before)
        name = self.publish(1, "1700000009", "y.evil.example", "z.evil.example")
        del self.manifest[str(uuid.UUID(int=2, version=4))]
        err = self.fetch()
        self.assertEqual(self.read_paths(), ["/misp/manifest.json", f"/misp/{name}.json"])
        self.assertIn("m: changed: 3 indicators, 2 added, 2 removed", err)
        self.assertLess(len(self.read("state/m.objects")), 5000)

    def test_url(self):
        """the folder, with or without a slash, and the manifest itself"""
        for path in ("/misp", "/misp/manifest.json"):
            self.read_feed(path=path)
            self.assertEqual(len(self.names()), 3)

    def test_thousands(self):
        """thousands of events, over one connection; the second fetch reads none of them"""
        for i in range(3, 2000):
            self.publish(i, "1700000000", f"x{i}.evil.example")
        self.read_feed()
        self.assertEqual(len(self.names()), 2000)
        self.assertEqual(len(self.read_paths()), 2001)
        self.assertEqual(self.server.listener.connections, 1)
        self.fetch()
        self.assertEqual(len(self.read_paths()), 1)

    def test_no_time(self):
        """what does not fit into timeout or max-size is read by the next fetch"""
        for i in range(3, 40):
            self.publish(i, "1700000000", *(f"x{i}-{j}.evil.example" for j in range(20)))
        err = self.read_feed("max-size = 300K\nmin-ratio = 0\n")
        self.assertRegex(err, r"m: .*: \d+ events are left for the next fetch: see timeout")
        found = len(self.names())
        self.assertLess(found, 40 * 20)
        self.assertGreater(found, 20)
        self.fetch()
        self.assertGreater(len(self.names()), found)

    def test_broken_event(self):
        """an event that is missing or broken: the others are read, and it is read again"""
        name = self.publish(1, "1700000005", "new.evil.example")
        good = self.server.answers[f"/misp/{name}.json"]
        for answer in (None, "{", "[]", '{"Event": 5}', '"Event"'):
            self.server.answers[f"/misp/{name}.json"] = answer
            for folder in ("rules", "state"):
                for file in ("m.rules", "m.state", "m.objects"):
                    if os.path.exists(self.path(f"{folder}/{file}")):
                        os.unlink(self.path(f"{folder}/{file}"))
            err = self.read_feed()
            self.assertNotIn("new.evil.example", self.names())
            self.assertEqual(len(self.names()), 2, err)
        self.server.answers[f"/misp/{name}.json"] = good
        self.fetch()
        self.assertIn("new.evil.example", self.names())

    def test_escapes(self):
        """names in a manifest that are paths or URLs are left out, and asked for nowhere"""
        for name in ("../../etc/passwd", "..%2f..%2fx", "https://127.0.0.1:1/x", "",
                     str(uuid.UUID(int=9, version=4)) + "/..", "A" * 36,
                     "x" + str(uuid.UUID(int=9, version=4))[1:]):
            self.manifest[name] = {"timestamp": "1"}
        err = self.read_feed()
        self.assertIn("7 entries of the manifest are not UUIDs, and left out", err)
        self.assertEqual(len(self.read_paths()), 4)
        self.assertEqual(len(self.names()), 3)

    def test_strange_manifest(self):
        """other JSON in place of a manifest; times that are numbers or nonsense"""
        self.read_feed()
        for body in ("[]", "5", "{", json.dumps("x")):
            self.server.answers["/misp/manifest.json"] = body
            self.assertIn("m: kept", self.fetch(status=1))
        name = next(iter(self.manifest))
        for time in (1800000000, None, "x", -5, 1e300, {"a": 1}):
            self.server.answers["/misp/manifest.json"] = json.dumps(
                {**self.manifest, name: {"timestamp": time}})
            self.fetch()
            self.assertEqual(len(self.names()), 3)


if __name__ == "__main__":
    harness.main()
