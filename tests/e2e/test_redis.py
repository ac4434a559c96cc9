#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events arrive in Redis: in every form, by every transport, and exactly once after any failure."""
import os
import signal
import subprocess

import harness
from harness import RULES, events, hit_keys, is_hit, pcap, timeless, wait_for


def split(name):
    """A capture as its header and its packets, for a pipe."""
    with open(pcap(name), "rb") as file:
        whole = file.read()
    packets, at = [], 24
    while at < len(whole):
        size = 16 + int.from_bytes(whole[at + 8:at + 12], "little")
        packets.append(whole[at:at + size])
        at += size
    return whole[:24], packets


def writes_to_a_pipe(pid):
    """Whether a process has the write end of a pipe open."""
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as file:
                flags = dict(line.split(":", 1) for line in file)["flags"]
        except FileNotFoundError:
            continue                                # closed meanwhile
        if target.startswith("pipe:") and int(flags, 8) & os.O_ACCMODE == os.O_WRONLY:
            return True
    return False


class Case(harness.Case):
    """A replay of a recorded capture into Redis."""

    capture = "hijack-resolver"

    def deliver(self, *targets, status=0, names=None, args=(), **options):
        """Replays; returns standard error."""
        outputs = [word for target in targets for word in ("-o", target)]
        done = self.nsmx("replay", "-r", RULES, *outputs, *args,
                         *map(pcap, names or [self.capture]), **options)
        self.assertEqual((done.status, done.out), (status, b""), done.err)
        return done.err

    def check(self, jsons, name=None):
        """The events are those of a plain replay, in its order, each once."""
        found = [timeless(event) for json in jsons for event in events(json + b"\n")]
        wanted = [timeless(event) for event in self.hits(name or self.capture)]
        self.assertEqual(len(found), len(wanted))
        self.assertEqual(found, wanted)

    def check_stream(self, redis, key="nsmx:hits", field="event", name=None, **client):
        entries = redis.stream(key, redis.client(**client))
        self.check([entry[field] for entry in entries], name)
        return entries


class Forms(Case):
    """What the events become."""

    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self, "--stream-node-max-entries", "1")

    def test_stream(self):
        """a stream: the events of -o -, in order; the fields of the contract"""
        done = self.nsmx("replay", "-r", RULES, "-o", "-", "-o", self.redis.url(),
                         pcap(self.capture))
        self.assertEqual(done.status, 0, done.err)
        entries = self.check_stream(self.redis)
        self.assertEqual(b"".join(entry["event"] + b"\n" for entry in entries), done.out)
        for entry in entries:
            event, = events(entry["event"] + b"\n")
            self.assertEqual(list(entry), ["event", "id", "sev", "rule"])
            self.assertEqual(entry["id"].decode(), event["event"]["id"])
            self.assertEqual(int(entry["sev"]), event["event"]["severity"])
            self.assertEqual(entry["rule"].decode(), event["rule"]["id"])

    def test_tcp(self):
        """over TCP, by address"""
        self.deliver(self.redis.tcp_url())
        self.check_stream(self.redis)

    def test_tcp_name(self):
        """over TCP, by name"""
        harness.need_localhost()
        self.deliver(f"redis://localhost:{self.redis.port}")
        self.check_stream(self.redis)

    def test_maxlen(self):
        """maxlen: a stream keeps the newest; 0 keeps all"""
        self.deliver(self.redis.url("?maxlen=10"))
        newest = [entry["event"] for entry in self.redis.stream()]
        wanted = self.hits(self.capture)[-10:]
        self.assertEqual([timeless(event) for json in newest for event in events(json + b"\n")],
                         [timeless(event) for event in wanted])
        self.redis.client().delete("nsmx:hits")
        self.deliver(self.redis.url("?maxlen=0"))
        self.check_stream(self.redis)

    def test_list(self):
        """as=list: the oldest first"""
        self.deliver(self.redis.url("?as=list"))
        self.check(self.redis.client().lrange("nsmx:hits", 0, -1))

    def test_lpush(self):
        """as=lpush: the newest first"""
        self.deliver(self.redis.url("?as=lpush"))
        self.check(self.redis.client().lrange("nsmx:hits", 0, -1)[::-1])

    def test_list_maxlen(self):
        """as=list and as=lpush with maxlen: the newest are kept"""
        wanted = [timeless(event) for event in self.hits(self.capture)[-10:]]
        for form, order in (("list", 1), ("lpush", -1)):
            with self.subTest(form):
                self.deliver(self.redis.url(f"?as={form}&maxlen=10&batch=7&key={form}"))
                kept = self.redis.client().lrange(form, 0, -1)[::order]
                self.assertEqual([timeless(event) for json in kept
                                  for event in events(json + b"\n")], wanted)

    def test_channel(self):
        """as=channel: subscribers hear them in order"""
        listener = self.redis.client().pubsub()
        self.addCleanup(listener.close)
        listener.subscribe("nsmx:hits")
        self.assertEqual(listener.get_message(timeout=harness.PATIENCE)["type"], "subscribe")
        self.deliver(self.redis.url("?as=channel"))
        heard = [listener.get_message(timeout=harness.PATIENCE)["data"] for _ in range(72)]
        self.check(heard)
        self.assertEqual(self.redis.client().exists("nsmx:hits"), 0)

    def test_key_and_field(self):
        """key= and field=, also percent-encoded"""
        self.deliver(self.redis.url("?key=mine&field=json"))
        self.check_stream(self.redis, "mine", "json")
        self.deliver(self.redis.url("?key=a%20b%26c"))
        self.check_stream(self.redis, "a b&c")
        self.assertEqual(self.redis.client().exists("nsmx:hits"), 0)

    def test_database(self):
        """a database: /N over TCP, db=N over a socket"""
        self.deliver(self.redis.tcp_url("/3"))
        self.check_stream(self.redis, db=3)
        self.deliver(self.redis.url("?db=4"))
        self.check_stream(self.redis, db=4)
        self.assertEqual(self.redis.client().dbsize(), 0)

    def test_log(self):
        """--log: into nsmx:log, for any key="""
        self.deliver(self.redis.url("?key=mine"), args=["--log", "all"],
                     names=["hijack-resolver", "before-mta"])
        logged = self.redis.stream("nsmx:log")
        self.assertEqual(len(logged), 56 + 2)
        for entry in logged:
            event, = events(entry["event"] + b"\n")
            self.assertFalse(is_hit(event))
            self.assertEqual(list(entry), ["event", "id"])
            self.assertEqual(entry["id"].decode(), event["event"]["id"])
        self.assertEqual(len(self.redis.stream("mine")), 72)

    def test_sensor(self):
        """nsmx:sensor:NAME: the counters of --summary, with an expiry"""
        self.deliver(self.redis.url(), args=["--sensor", "here", "--summary", "summary.json"])
        client = self.redis.client()
        counters = {name.decode(): int(value)
                    for name, value in client.hgetall("nsmx:sensor:here").items()}
        summary = self.summary()
        summary.pop("dns_malformed_by")
        summary.pop("undecoded_by")
        self.assertEqual(counters, summary)
        self.assertEqual(counters["hits"], 72)
        self.assertTrue(1 <= client.ttl("nsmx:sensor:here") <= 60)

    def test_wrong_type(self):
        """a key of another type: refused once with the key's name, status 1, nothing lost"""
        self.redis.client().set("nsmx:hits", "x")
        log = self.deliver(self.redis.url(), status=1, args=["--state", "state"])
        self.assertEqual(log.count("refused: WRONGTYPE"), 1, log)
        self.assertIn("nsmx:hits", log)
        self.redis.client().delete("nsmx:hits")
        self.deliver(self.redis.url(), args=["--state", "state"], names=["before-mta"])
        self.check_stream(self.redis)


class Users(Case):
    """Who may."""

    def setUp(self):
        super().setUp()
        self.redis = harness.Redis(self, "--requirepass", "open sesame")
        self.admin = self.redis.client(password="open sesame")

    def check_here(self):
        self.check_stream(self.redis, password="open sesame")
        self.admin.delete("nsmx:hits")

    def test_password(self):
        """the default user's password, over both ways"""
        for url in (self.redis.url, self.redis.tcp_url):
            self.deliver(url(auth=":open%20sesame"))
            self.check_here()

    def test_environment(self):
        """NSMX_REDIS_PASSWORD, which one in the URL overrides"""
        self.deliver(self.redis.url(), env={"NSMX_REDIS_PASSWORD": "open sesame"})
        self.check_here()
        self.deliver(self.redis.url(auth=":open%20sesame"), env={"NSMX_REDIS_PASSWORD": "wrong"})
        self.check_here()

    def test_acl(self):
        """a user of an ACL who may do no more than is needed"""
        self.admin.execute_command("ACL", "SETUSER", "sensor", "on", ">p@ss:w/rd?", "~nsmx:*",
                                   "-@all", "+@connection", "+@transaction", "+xadd", "+set",
                                   "+get", "+type", "+hset", "+expire")
        self.deliver(self.redis.url(auth="sensor:p%40ss%3aw%2frd%3f"))
        self.check_here()
        self.deliver(self.redis.tcp_url(auth="sensor"), env={"NSMX_REDIS_PASSWORD": "p@ss:w/rd?"})
        self.check_here()

    def test_acl_forbids(self):
        """a user who may not write: refused, status 1, nothing lost"""
        self.admin.execute_command("ACL", "SETUSER", "reader", "on", ">x", "~*", "+@read",
                                   "+@connection", "+@transaction")
        log = self.deliver(self.redis.url(auth="reader:x"), status=1, args=["--state", "state"])
        self.assertIn("refused: NOPERM", log)
        self.deliver(self.redis.url(auth=":open%20sesame"), names=["before-mta"],
                     args=["--state", "state"])
        self.check_here()


class Trouble(Case):
    """What breaks, and comes back."""

    def feed(self, *targets, args=()):
        """A replay of a pipe, to which packets are given as the test goes on."""
        outputs = [word for target in targets for word in ("-o", target)]
        process = self.start("replay", "-r", RULES, *outputs, *args, "-", stdin=subprocess.PIPE)
        header, self.packets = split(self.capture)
        process.stdin.write(header)
        return process

    def give(self, process, count):
        process.stdin.write(b"".join(self.packets[:count]))
        process.stdin.flush()
        del self.packets[:count]

    def end(self, process, status=0):
        process.stdin.close()
        self.assertEqual(process.wait(), status, process.err())

    def wait_length(self, redis, length, key="nsmx:hits"):
        wait_for(lambda: redis.client().xlen(key) >= length, f"{length} events")

    def test_late(self):
        """Redis comes after the start: the replay waits, all arrives once"""
        redis = harness.Redis(self, start=False)
        process = self.start("replay", "-r", RULES, "-o", redis.url(), pcap(self.capture))
        process.wait_err("unreachable")
        self.assertIsNone(process.popen.poll())
        redis.start()
        self.assertEqual(process.wait(), 0, process.err())
        self.check_stream(redis)
        self.assertEqual(process.err().count("unreachable"), 1)
        self.assertEqual(process.err().count("connected"), 1)

    def test_never(self):
        """Redis never comes: status 1; events wait in the folder logged; the next run sends them"""
        redis = harness.Redis(self, start=False)
        log = self.deliver(redis.url(), status=1, args=["--summary", "summary.json"])
        folder, = [name for name in os.listdir(self.folder) if name.startswith("nsmx-")]
        self.assertIn(f"--state {self.path(folder)}", log)
        self.assertEqual(self.summary()["events_pending"], 72)
        redis.start()
        self.deliver(redis.url(), args=["--state", self.path(folder)], names=["before-mta"])
        self.check_stream(redis)

    def test_clean(self):
        """all delivered: no journal stays without --state"""
        redis = harness.Redis(self)
        self.deliver(redis.url())
        self.check_stream(redis)
        self.assertEqual([name for name in os.listdir(self.folder) if "nsmx" in name], [])

    def test_killed(self):
        """Redis killed while packets come: exactly once"""
        redis = harness.Redis(self, *harness.DURABLE)
        process = self.feed(redis.url("?flush=0"))
        self.give(process, 40)
        self.wait_length(redis, 1)
        redis.kill()
        self.give(process, 40)
        process.wait_err("unreachable")
        redis.start()
        self.give(process, 40)
        self.end(process)
        self.check_stream(redis)

    def test_killed_often(self):
        """Redis killed again and again within its work: exactly once, into stream and list"""
        with open(pcap(self.capture), "rb") as file:
            whole = file.read()
        self.write("long.pcap", whole[:24] + 40 * whole[24:])
        wanted = [timeless(event) for event in self.replay("long.pcap")]
        self.assertGreater(len(wanted), 1000)
        redis = harness.Redis(self, *harness.DURABLE)
        process = self.start("replay", "-r", RULES, "-o", redis.url("?batch=3&flush=0"),
                             "-o", redis.url("?batch=5&flush=0&as=list&key=list"), "long.pcap")
        for part in range(1, 5):
            self.wait_length(redis, part * len(wanted) // 6)
            redis.kill()
            redis.start()
        self.assertEqual(process.wait(), 0, process.err())
        stream = [entry["event"] for entry in redis.stream()]
        for jsons in (stream, redis.client().lrange("list", 0, -1)):
            found = [timeless(event) for json in jsons for event in events(json + b"\n")]
            self.assertEqual(len(found), len(wanted))
            self.assertTrue(found == wanted)

    def test_lost(self):
        """Redis back with an older state: what it has lost is sent again"""
        redis = harness.Redis(self)
        process = self.feed(redis.url("?flush=0"))
        self.give(process, 40)
        self.wait_length(redis, 1)
        redis.client().save()
        kept = redis.client().xlen("nsmx:hits")
        self.give(process, 40)
        self.wait_length(redis, kept + 10)
        redis.kill()
        redis.start()
        self.give(process, 40)
        self.end(process)
        self.assertIn("has lost events", process.err())
        self.check_stream(redis)

    def test_publisher_killed(self):
        """the publisher killed: another goes on, exactly once"""
        redis = harness.Redis(self)
        process = self.feed(redis.url("?flush=0"))
        self.give(process, 40)
        self.wait_length(redis, 1)
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            publisher, = file.read().split()
        os.kill(int(publisher), signal.SIGKILL)
        self.give(process, 80)
        self.end(process)
        self.assertIn("starting another", process.err())
        self.check_stream(redis)

    def test_publisher_killed_at_the_end(self):
        """the publisher killed when all is read: another delivers what is left"""
        redis = harness.Redis(self)
        process = self.feed(redis.url("?flush=0"))
        self.give(process, 40)
        self.wait_length(redis, 1)
        publisher, = process.publishers()
        os.kill(publisher, signal.SIGSTOP)
        self.give(process, 80)
        self.assertTrue(writes_to_a_pipe(process.pid))
        process.stdin.close()
        # It closes the pipe to the publisher, and waits for its end.
        wait_for(lambda: not writes_to_a_pipe(process.pid), "the end of the capture")
        os.kill(publisher, signal.SIGKILL)
        self.assertEqual(process.wait(), 0, process.err())
        self.assertIn("starting another", process.err())
        self.check_stream(redis)

    def test_sensor_killed(self):
        """the sensor killed: what it has seen is delivered, then or by the next run"""
        redis = harness.Redis(self)
        process = self.feed(redis.url("?flush=0"), args=["--state", "state"])
        self.give(process, 60)
        self.wait_length(redis, 10)
        process.popen.kill()
        process.wait()
        half = [timeless(event) for event in self.replay(self.cut_after(60))]
        self.deliver(redis.url("?flush=0"), args=["--state", "state"], names=["before-mta"])
        found = [timeless(event) for entry in redis.stream()
                 for event in events(entry["event"] + b"\n")]
        self.assertEqual(found, half[:len(found)])
        self.assertGreaterEqual(len(found), 10)

    def cut_after(self, count):
        header, packets = split(self.capture)
        return self.write("half.pcap", header + b"".join(packets[:count]))

    def test_out_of_memory(self):
        """Redis out of memory: logged once, and delivered when there is room"""
        redis = harness.Redis(self)
        client = redis.client()
        client.config_set("maxmemory", "1")
        process = self.feed(redis.url("?flush=0"))
        self.give(process, 60)
        process.wait_err("not ready: OOM")
        client.config_set("maxmemory", "0")
        self.give(process, 60)
        self.end(process)
        self.assertEqual(process.err().count("not ready: OOM"), 1, process.err())
        self.check_stream(redis)

    def test_two_one_down(self):
        """two outputs, one down: the other has all; the next run brings the rest, once"""
        up = harness.Redis(self, name="up")
        down = harness.Redis(self, name="down", start=False)
        targets = [up.url("?key=nsmx:mine"), down.url()]
        self.deliver(*targets, status=1, args=["--state", "state", "--summary", "summary.json"])
        self.check_stream(up, "nsmx:mine")
        summary = self.summary()
        self.assertEqual((summary["events_delivered"], summary["events_pending"]), (72, 72))
        down.start()
        self.deliver(*targets, args=["--state", "state"], names=["before-mta"])
        self.check_stream(up, "nsmx:mine")
        self.check_stream(down)

    def test_two_ways(self):
        """the same capture twice with one journal: two times all, for the traffic came twice"""
        redis = harness.Redis(self)
        for _ in range(2):
            self.deliver(redis.url(), args=["--state", "state"])
        found = [events(entry["event"] + b"\n")[0] for entry in redis.stream()]
        wanted = hit_keys(self.hits(self.capture))
        self.assertEqual(hit_keys(found), wanted + wanted)

    def test_replica(self):
        """wait=1: delivered when the replica has it"""
        redis = harness.Redis(self, name="master")
        replica = harness.Redis(self, "--replicaof", "127.0.0.1", str(redis.port), name="replica")
        wait_for(lambda: replica.client().info("replication")["master_link_status"] == "up",
                 "the replica")
        self.deliver(redis.url("?wait=1"))
        self.check_stream(replica)

    def test_interrupted(self):
        """SIGINT with Redis down: ends within its patience, the events wait"""
        redis = harness.Redis(self, start=False)
        process = self.feed(redis.url(), args=["--state", "state"])
        self.give(process, 120)
        process.wait_err("unreachable")
        wait_for(lambda: harness.journaled(self.path("state")) == 72, "all events in the journal")
        self.assertEqual(process.stop(signal.SIGINT, 20), 1, process.err())
        redis.start()
        self.deliver(redis.url(), args=["--state", "state"], names=["before-mta"])
        self.check_stream(redis)


if __name__ == "__main__":
    harness.main()
