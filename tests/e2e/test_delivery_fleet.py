#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""More than one Redis: a cluster whose slot moves and whose master dies, and a
master known to sentinels that dies."""
import subprocess

import delivery
import harness
from harness import free_port, wait_for

PACKETS = 12000
PER_PACKET = 4


class Fleet(delivery.Case):
    """Servers, and a replay that lasts as long as something is done to them."""

    def feed(self, target):
        process = self.start("replay", "-r", "long.rules", "-o", target, "--summary",
                             "summary.json", "-", stdin=subprocess.PIPE)
        self.feeder = delivery.Feeder(process, self.read("long.pcap"), 1000)
        return process

    def wait_length(self, server, least):
        def length():
            return server.client().xlen("nsmx:hits") >= least
        wait_for(length, f"{least} events")
        self.assertTrue(self.feeder.is_alive(), "the replay was over too soon")

    def finish(self, process):
        self.feeder.join(harness.PATIENCE)
        self.assertEqual(process.wait(), 0, process.err())
        self.assertEqual(self.summary()["events_delivered"], len(self.wanted))
        self.assertEqual(self.summary()["events_dropped"], 0)


class Cluster(Fleet):
    """Three masters and three replicas."""

    def setUp(self):
        super().setUp()
        self.nodes = []
        for number in range(6):
            bus = free_port()
            node = harness.Redis(self, "--cluster-enabled", "yes", "--cluster-port", str(bus),
                                 "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay",
                                 "0", name=f"node{number}")
            node.bus = bus
            self.nodes.append(node)
        for number, node in enumerate(self.nodes):
            node.id = self.ask(node, "MYID").decode()
            self.ask(node, "SET-CONFIG-EPOCH", number + 1)
            self.ask(self.nodes[0], "MEET", "127.0.0.1", node.port, node.bus)
        for number, slots in enumerate(((0, 5460), (5461, 10922), (10923, 16383))):
            self.ask(self.nodes[number], "ADDSLOTSRANGE", *slots)
        for node in self.nodes:
            wait_for(lambda: self.info(node)["cluster_known_nodes"] == "6", "all nodes to meet")
        for master, replica in zip(self.nodes, self.nodes[3:]):
            self.ask(replica, "REPLICATE", master.id)
        for node in self.nodes:
            wait_for(lambda: self.info(node)["cluster_state"] == "ok", "the cluster")
        for replica in self.nodes[3:]:
            wait_for(lambda: replica.client().info("replication")["master_link_status"] == "up",
                     "the replicas")

    @staticmethod
    def ask(node, *words):
        return node.client().execute_command("CLUSTER " + words[0], *words[1:])

    @staticmethod
    def info(node):
        return {name: value for name, value in node.client().cluster("INFO").items()}

    def owner(self, slot):
        """The node that has the slot, by its own word."""
        for node in self.nodes:
            if node.process.popen.poll() is None and self.owns(node, slot):
                return node
        return None

    def owns(self, node, slot):
        for line in self.ask(node, "NODES").values():
            if "myself,master" in line["flags"]:
                return any(int(first) <= slot <= int(last)
                           for first, last in ((part[0], part[-1]) for part in line["slots"]))
        return False

    def move(self, slot, source, target):
        """Moves a slot as redis-cli does, but waits in between."""
        self.ask(target, "SETSLOT", slot, "IMPORTING", source.id)
        self.ask(source, "SETSLOT", slot, "MIGRATING", target.id)
        moved = set()
        while True:
            keys = self.ask(source, "GETKEYSINSLOT", slot, 1)
            if not keys:
                break
            moved.update(keys)
            source.client().execute_command("MIGRATE", "127.0.0.1", target.port, keys[0], 0,
                                            10000)
        # Neither node would say MOVED now: who is sent on by ASK gets through.
        self.wait_length_asking(target, 1 + self.length_asking(target))
        for node in (target, source):
            self.ask(node, "SETSLOT", slot, "NODE", target.id)
        self.assertIn("nsmx:hits", moved)

    @staticmethod
    def length_asking(node):
        client = node.client(single_connection_client=True)
        client.execute_command("ASKING")
        return client.xlen("nsmx:hits")

    def wait_length_asking(self, node, least):
        wait_for(lambda: self.length_asking(node) >= least, "events by ASK")

    def test_moved_and_killed(self):
        """the slot moves, its master is killed and comes back: each event once"""
        self.traffic(PACKETS, PER_PACKET)
        slot = self.ask(self.nodes[0], "KEYSLOT", "nsmx:hits")
        source = self.owner(slot)
        others = [node for node in self.nodes[:3] if node is not source]
        seeds = ",".join(f"127.0.0.1:{node.port}" for node in others)
        process = self.feed(f"redis+cluster://{seeds}?wait=1&flush=20")
        self.wait_length(source, 2000)
        self.move(slot, source, others[0])
        self.wait_length(others[0], 12000)
        others[0].kill()
        heir = wait_for(lambda: self.owner(slot), "a replica to become master")
        others[0].start()
        self.finish(process)
        self.assertIn(heir, self.nodes[3:])
        self.check_ids(self.stream_ids(heir))
        # All in one slot: hits, position, the sensor's counters.
        keys = heir.client().keys("*")
        self.assertEqual({self.ask(heir, "KEYSLOT", key) for key in keys}, {slot})
        self.assertEqual(len(keys), 3, keys)

    def test_own_tag(self):
        """a key with a tag of its own, logs with it; a node that does not know the key"""
        self.traffic(10, 1)
        for number, node in enumerate(self.nodes[:3]):
            with self.subTest(node=number):
                key = f"my{{tag{number}}}hits"
                done = self.nsmx("replay", "-r", "long.rules", "--log", "dns", "-o",
                                 f"redis+cluster://127.0.0.1:{node.port}?key={key}", "long.pcap")
                self.assertEqual(done.status, 0, done.err)
                slot = self.ask(node, "KEYSLOT", key)
                owner = self.owner(slot)
                self.check_ids(self.stream_ids(owner, key))
                self.assertEqual(len(owner.stream(f"nsmx:log{{tag{number}}}")), 10)


def sentinel(port):
    """A client. By address: a bare Debian has no name for it."""
    return harness.redis_module().Redis(host="127.0.0.1", port=port)


class Sentinel(Fleet):
    """A master, two replicas and three sentinels."""

    def setUp(self):
        super().setUp()
        self.master = harness.Redis(self, name="master")
        self.replicas = [
            harness.Redis(self, "--replicaof", "127.0.0.1", str(self.master.port),
                          "--repl-diskless-sync-delay", "0", name=f"replica{number}")
            for number in range(2)]
        for replica in self.replicas:
            wait_for(lambda: replica.client().info("replication")["master_link_status"] == "up",
                     "the replicas")
        self.ports = [free_port() for _ in range(3)]
        self.sentinels = [self.watch(port) for port in self.ports]
        for port in self.ports:
            wait_for(lambda: self.knows_all(port), "the sentinels to know all")

    def watch(self, port):
        config = self.write(f"sentinel{port}.conf", f"""port {port}
bind 127.0.0.1
dir {self.folder}
sentinel monitor main 127.0.0.1 {self.master.port} 2
sentinel down-after-milliseconds main 1000
sentinel failover-timeout main 5000
""")
        return harness.Process(self, ["redis-server", config, "--sentinel"])

    @staticmethod
    def knows_all(port):
        try:
            with sentinel(port) as client:
                main = client.sentinel_master("main")
                return main["num-slaves"] == 2 and main["num-other-sentinels"] == 2
        except harness.redis_module().exceptions.ConnectionError:
            return False

    @staticmethod
    def is_master(server):
        try:
            return server.client().info("replication")["role"] == "master"
        except harness.redis_module().exceptions.ConnectionError:
            return False            # a sentinel that gives it a role hangs up its clients

    def target(self, rest):
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"redis+sentinel://{hosts}/main{rest}"

    def test_killed(self):
        """the master is killed in mid-run, with wait=1: each event once, at its heir"""
        self.traffic(PACKETS, PER_PACKET)
        process = self.feed(self.target("?wait=1&flush=20"))
        self.wait_length(self.master, 8000)
        self.master.kill()

        def heir():
            return next((replica for replica in self.replicas if self.is_master(replica)), None)
        new = wait_for(heir, "a replica to become master")
        self.finish(process)
        self.check_ids(self.stream_ids(new))

    def test_sentinels(self):
        """the first sentinel is down, the second knows no such master: the third is asked"""
        self.traffic(10, 1)
        self.sentinels[0].end()
        with sentinel(self.ports[1]) as client:
            client.execute_command("SENTINEL REMOVE", "main")
        done = self.nsmx("replay", "-r", "long.rules", "-o", self.target("/3"), "long.pcap")
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(self.master.client(db=3).xlen("nsmx:hits"), 10)

    def test_no_such_master(self):
        """a name that no sentinel knows: refused, status 1"""
        self.traffic(1, 1)
        done = self.nsmx("replay", "-r", "long.rules", "-o",
                         self.target("").replace("/main", "/other"), "long.pcap")
        self.assertEqual(done.status, 1, done.err)
        self.assertIn("refused: the sentinel does not know this master", done.err)


if __name__ == "__main__":
    harness.main()
