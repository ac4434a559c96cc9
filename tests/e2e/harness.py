# SPDX-License-Identifier: GPL-3.0-or-later
"""What the end-to-end tests share: a runner that speaks TAP, the program under
test, a Redis server and a network namespace of a test's own.

Everything that a test starts ends with it, whichever way the test goes. Nothing
sleeps in place of a condition: see wait_for(). The program is $NSMX, else
build/nsmx.
"""
import atexit
import collections
import ctypes
import errno
import functools
import importlib
import json
import os
import pty
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NSMX = os.path.abspath(os.environ.get("NSMX", os.path.join(ROOT, "build/nsmx")))
SETS = os.path.join(ROOT, "rules/sets")
PCAPS = os.path.join(ROOT, "tests/pcaps")
CAP_NET_RAW = 13
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def incident_rules():
    """A folder with the sets of the incidents in the recorded captures, whose text files count
    their hits; what protects providers from imitation has tests of its own."""
    folder = tempfile.mkdtemp(prefix="nsmx-sets-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    for name in ("coincheck-2020.rules", "jp-2018-2019.rules"):
        shutil.copy(os.path.join(SETS, name), folder)
    return folder


RULES = incident_rules()

# Seconds: far more than anything takes, for slow machines and builds with sanitizers.
PATIENCE = int(os.environ.get("PATIENCE", 180))

Result = collections.namedtuple("Result", "status out err")


# Captures and events

def captures(part=""):
    """The names of the recorded captures, or of those with `part` in the name."""
    return sorted(name[:-5] for name in os.listdir(PCAPS)
                  if name.endswith(".pcap") and part in name)


def pcap(name):
    return os.path.join(PCAPS, name + ".pcap")


def no_constant(word):
    raise AssertionError(f"{word} is no JSON")


def no_name_twice(pairs):
    made = dict(pairs)
    assert len(made) == len(pairs), f"a name twice in an object: {pairs}"
    return made


STRICT = json.JSONDecoder(object_pairs_hook=no_name_twice, parse_constant=no_constant)


# An event of each set of fields that were seen in this process: test_event_fields.py validates them.
SHAPES = {}


@functools.cache
def event_schema():
    with open(os.path.join(ROOT, "packaging/siem/nsmx-event.schema.json"), encoding="utf-8") as file:
        return json.load(file)


TYPES = {"string": str, "integer": int, "boolean": bool}


def is_typed(value, schema):
    """Whether a value has the type that the schema gives, or is one of its words."""
    if "enum" in schema:
        return value in schema["enum"]
    return type(value) is TYPES[schema.get("type", "string")]


def fields(value, schema, path=""):
    """The paths of all values in an event; one that its schema does not have is an error."""
    if isinstance(value, dict):
        for name, inner in value.items():
            inner_path = f"{path}.{name}" if path else name
            assert name in schema.get("properties", ()), \
                f"docs/event-fields.txt does not have {inner_path}"
            yield from fields(inner, schema["properties"][name], inner_path)
    elif isinstance(value, list):
        assert value and "items" in schema, f"no array, or an empty one: {path}"
        for inner in value:
            yield from fields(inner, schema["items"], path + "[]")
    else:
        assert is_typed(value, schema), f"{path} is {value!r}"
        yield path


def check_fields(event):
    """An event of the program has no field that is not in the table."""
    if isinstance(event, dict) and "ecs" in event:
        SHAPES.setdefault(frozenset(fields(event, event_schema())), event)


def events(text):
    """JSON lines as objects; strict about UTF-8, names and numbers, and the fields of events."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    assert text == "" or text.endswith("\n"), "the last line is cut"
    found = [STRICT.decode(line) for line in text.split("\n")[:-1]]
    for event in found:
        check_fields(event)
    return found


def field(event, path):
    """The value at a dotted path, None if it is not there."""
    for name in path.split("."):
        if not isinstance(event, dict) or name not in event:
            return None
        event = event[name]
    return event


def matched(event):
    """The observed value of a hit."""
    return event["threat"]["enrichments"][0]["matched"]["atomic"]


def is_hit(event):
    return event["event"]["kind"] == "alert" and event["event"]["action"] != "incident"


def timeless(event):
    """An event without the moment when it was written."""
    inner = {name: value for name, value in event["event"].items() if name != "created"}
    return dict(event, event=inner)


def hit_keys(found):
    """What must be the same wherever and whenever the same traffic is seen."""
    return collections.Counter((e["event"]["id"], e["rule"]["id"], matched(e)) for e in found)


def journaled(folder):
    """How many events the journals in a folder hold."""
    count = 0
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".seg"):
                with open(os.path.join(place, name), "rb") as file:
                    count += file.read().count(b'"@timestamp"')
    return count


# Waiting, and what the machine offers

def wait_for(condition, name, seconds=PATIENCE):
    """Returns the first true value of condition(); fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"timed out after {seconds} s: {name}")
        time.sleep(0.01)


def need_programs(*names):
    for name in names:
        if shutil.which(name) is None:
            raise unittest.SkipTest(f"{name} is not installed")


def has_localhost():
    """Whether the machine has a name for its loopback address: a bare Debian has no /etc/hosts."""
    try:
        return socket.gethostbyname("localhost") == "127.0.0.1"
    except OSError:
        return False


def need_localhost():
    if not has_localhost():
        raise unittest.SkipTest("the name localhost has no address here")


def is_sanitized():
    """Whether the program is built with AddressSanitizer, and so has no seccomp filter."""
    with open(NSMX, "rb") as file:
        return b"__asan_init" in file.read()


def stop_limit():
    """Seconds in which a sensor must end after a signal: 5, as users are promised. A build with
    sanitizers takes its time (see sensor/process/live.c)."""
    return 20 if is_sanitized() else 5


def need_root():
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root")


RESERVED_PORTS = []


def free_port():
    """A port that is free and stays so while its server is down: outside the range of client
    ports, and reserved among all running tests by an abstract Unix socket."""
    while True:
        port = random.randrange(20000, 32000)
        reservation = socket.socket(socket.AF_UNIX)
        try:
            reservation.bind(f"\0nsmx-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        RESERVED_PORTS.append(reservation)
        return port


def named_children(pid, start):
    """The children of a process whose names begin so."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split() if name_of(child).startswith(start)]


def name_of(pid):
    """The name of a process; "" if it has ended meanwhile."""
    try:
        return status(pid)["Name"]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def status(pid):
    """The status of a process in /proc: names and values, as texts."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


# The cases

# The names of event.severity.
SEVERITIES = {25: "low", 50: "medium", 75: "high", 99: "critical"}


class Process:
    """A program that runs while the test goes on; its output goes to files."""

    def __init__(self, case, argv, env=None, stdin=subprocess.DEVNULL, stdout=None):
        base = os.path.join(case.folder, f"process{len(os.listdir(case.folder))}")
        self.out_path, self.err_path = base + ".out", base + ".err"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.popen = subprocess.Popen(argv, stdin=stdin, stdout=stdout or out, stderr=err,
                                          env=env, cwd=case.folder)
        self.pid = self.popen.pid
        self.stdin = self.popen.stdin
        case.addCleanup(self.end)

    def workers(self):
        return named_children(self.pid, "nsmx-worker")

    def publishers(self):
        return named_children(self.pid, "nsmx-publisher")

    def counters(self):
        """The counters of a live sensor, which SIGUSR1 logs."""
        head = "stats: "
        before = self.err().count(head)
        self.popen.send_signal(signal.SIGUSR1)
        wait_for(lambda: self.err().count(head) > before, "the counters")
        words = self.err().rsplit(head, 1)[1].split("\n")[0].split()
        return {name: int(value) for name, _, value in (word.partition("=") for word in words)}

    def out(self):
        with open(self.out_path, "rb") as file:
            return file.read()

    def whole(self):
        """The events so far, without a line that is being written."""
        out = self.out()
        return events(out[:out.rfind(b"\n") + 1])

    def err(self):
        with open(self.err_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, seconds=PATIENCE):
        return self.popen.wait(seconds)

    def feed_fifo(self, path):
        """Opens a FIFO for writing once the program has opened it for reading."""
        def opened():
            assert self.popen.poll() is None, f"ended with {self.popen.returncode}: {self.err()}"
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                assert error.errno == errno.ENXIO, error
                return None
        fd = wait_for(opened, f"a reader of {path}")
        os.set_blocking(fd, True)
        return os.fdopen(fd, "wb")

    def wait_err(self, text, seconds=PATIENCE):
        """Until `text` is on standard error; fails at once when the program ends without."""
        def is_logged():
            ended = self.popen.poll() is not None
            if text in self.err():
                return True
            assert not ended, f"it ended with {self.popen.returncode}, saying: {self.err()}"
            return False
        try:
            wait_for(is_logged, repr(text), seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}; its log: {self.err()}") from None

    def stop(self, number=signal.SIGTERM, seconds=PATIENCE):
        self.popen.send_signal(number)
        return self.wait(seconds)

    def end(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        if self.stdin is not None:
            try:
                self.stdin.close()
            except BrokenPipeError:
                pass


def with_alerts(args):
    """The arguments, so that a sensor reports hits alone: incidents have tests of their own."""
    if args and args[0] in ("run", "replay") and not {"--alerts", "--help", "-h"} & set(args):
        return [args[0], "--alerts", "hits", *args[1:]]
    return list(args)


class Case(unittest.TestCase):
    """A test with a folder of its own, which other users may enter."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="nsmx-e2e-")
        self.sensors = 0
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def environment(self, **changes):
        """The test's environment, changed; None removes. Temporary files stay in the folder."""
        env = dict(os.environ, TMPDIR=self.folder)
        for name in ("NSMX_REDIS_PASSWORD", "NO_COLOR"):
            env.pop(name, None)
        for name, value in changes.items():
            env.pop(name, None)
            if value is not None:
                env[name] = value
        return env

    def nsmx(self, *args, stdin=None, env=None, prefix=(), program=None):
        """Runs the program, or a copy of it, to its end."""
        given = {"stdin": subprocess.DEVNULL} if stdin is None else (
            {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin})
        done = subprocess.run([*prefix, program or NSMX, *with_alerts(args)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.environment(**(env or {})),
                              cwd=self.folder, timeout=PATIENCE, check=False, **given)
        return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    def beside_sets(self):
        """A copy of the program that finds the sets of the source tree, as the one in its build
        folder does."""
        os.makedirs(self.path("build"), exist_ok=True)
        os.symlink(os.path.join(ROOT, "rules"), self.path("rules"))
        return shutil.copy(NSMX, self.path("build/nsmx"))

    def with_state(self, args):
        """The arguments, so that a sensor without a configuration keeps nothing in the folder of the
        machine's sensor."""
        if args[:1] == ["run"] and " --config /dev/null" in " ".join(args) and "--state" not in args:
            self.sensors += 1
            return [*args, "--state", self.path(f"state-of-{self.sensors}")]
        return args

    def start(self, *args, env=None, prefix=(), **options):
        """Starts the program, and leaves it running."""
        return Process(self, [*prefix, NSMX, *self.with_state(with_alerts(args))],
                       self.environment(**(env or {})), **options)

    def on_terminal(self, *args, env=None, prefix=()):
        """Runs the program to its end, which must be good; what it writes on a terminal, and its
        standard error."""
        ours, theirs = pty.openpty()
        with os.fdopen(ours, "rb", buffering=0) as reader:
            process = self.start(*args, stdout=theirs, env=env, prefix=prefix)
            os.close(theirs)
            text = b""
            while True:
                try:
                    part = reader.read(65536)
                except OSError:                     # EIO: the other end is closed
                    break
                if not part:
                    break
                text += part
        self.assertEqual(process.wait(), 0, process.err())
        return text.decode("utf-8").replace("\r\n", "\n"), process.err()

    def replay(self, *args, status=0, rules=RULES, **options):
        """Replays with the shipped rules; the events of standard output.

        The summary on standard error proves that packets were read: no events alone would
        also be the result of a program that reads nothing."""
        done = self.nsmx("replay", "-r", rules, "-o", "-", *args, **options)
        self.assertEqual(done.status, status, done.err)
        if status != 2:                     # bad usage reads nothing
            self.assertRegex(done.err, r"(?m)^nsmx: \d+ packets, ")
        return events(done.out)

    def hits(self, name):
        """The hits of a recorded capture that has some, by a plain replay."""
        found = self.replay(pcap(name))
        self.assertTrue(found, f"no hits in {name}")
        return found

    def summary(self, name="summary.json"):
        return json.loads(self.read(name))

    def tool(self, *argv, stdin=""):
        """Runs another program, which must succeed; its standard output."""
        need_programs(argv[0])
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              input=stdin.encode(), timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode("utf-8", "replace"))
        return done.stdout.decode("utf-8", "replace")

    def as_nobody(self):
        """How to run the program without any rights: options for nsmx()."""
        if os.geteuid() != 0:
            return {}
        need_programs("setpriv")
        copy = self.path("nsmx")                    # the build folder may be root's alone
        shutil.copy(NSMX, copy)
        os.chmod(copy, 0o755)
        done = subprocess.run([*NOBODY, copy, "--version"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd="/", check=False)
        if done.returncode != 0:
            raise unittest.SkipTest(f"user nobody cannot run it: {done.stdout.decode()}")
        return {"prefix": NOBODY, "program": copy}


# Redis

# A server that is killed in the middle of a write leaves half a transaction in its file.
# Redis 7.0 cuts off the half command alone, and takes the commands before it for the
# beginning of the next transaction when it starts another time: so it is not to.
# And while the disk is busy `appendfsync everysec` answers up to 2 s before it writes.
DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--aof-load-truncated", "no",
           "--auto-aof-rewrite-percentage", "0")


def redis_module():
    """Python's client, which is loaded where it is needed: it takes longer than most tests."""
    try:
        return importlib.import_module("redis")
    except ImportError:
        raise unittest.SkipTest("python3-redis is not installed") from None


class Redis:
    """A redis-server in the test's folder, on a unix socket and a free loopback port."""

    def __init__(self, case, *options, name="redis", start=True):
        self.module = redis_module()
        need_programs("redis-server")
        self.case = case
        self.folder = case.path(name)
        os.mkdir(self.folder)
        self.socket = os.path.join(self.folder, "s")
        self.port = free_port()
        self.options = options
        self.process = None
        if start:
            self.start()

    def start(self):
        self.launch()
        wait_for(lambda: self.answers() or self.mend(), "redis-server to answer")

    def launch(self):
        self.process = Process(self.case, [
            "redis-server", "--bind", "127.0.0.1", "--port", str(self.port),
            "--unixsocket", self.socket, "--dir", self.folder, "--save", "", *self.options])

    def answers(self):
        if not os.path.exists(self.socket):     # cheaper than a client, which could not connect
            return False
        try:
            return self.client().ping()
        except self.module.exceptions.AuthenticationError:
            return True
        except (self.module.exceptions.ConnectionError,
                self.module.exceptions.BusyLoadingError):
            return False
        except AttributeError:                 # of what it would say of a reset: it has no host
            return False

    def mend(self):
        """Cuts off what a kill left half-written, as Redis asks for: see DURABLE."""
        if self.process.popen.poll() is not None:
            assert b"redis-check-aof --fix" in self.process.out(), self.process.out()
            manifest = os.path.join(self.folder, "appendonlydir", "appendonly.aof.manifest")
            subprocess.run(["redis-check-aof", "--fix", manifest], input=b"y\n", check=True,
                           stdout=subprocess.DEVNULL)
            self.launch()
        return False

    def client(self, **options):
        client = self.module.Redis(unix_socket_path=self.socket, **options)
        self.case.addCleanup(client.close)
        return client

    def kill(self):
        self.process.popen.kill()
        self.process.wait()

    def url(self, rest="", auth=""):
        return f"redis+unix://{auth and auth + '@'}{self.socket}{rest}"

    def tcp_url(self, rest="", auth=""):
        return f"redis://{auth and auth + '@'}127.0.0.1:{self.port}{rest}"

    def stream(self, key="nsmx:hits", client=None):
        """The fields of a stream's entries."""
        client = client or self.client()
        return [{name.decode(): value for name, value in entry.items()}
                for _, entry in client.xrange(key)]


# Network

def set_namespace(fd):
    """setns(2) for a network namespace; os.setns() is new in Python 3.12."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def raising(name):
    """The commands of ip-link(8) for an interface that is to be used, and to be silent."""
    return f"set {name} addrgenmode none arp off", f"set {name} up"


class Network:
    """A network namespace without a way out, kept by a process that ends with us."""

    def __init__(self, case):
        need_root()
        need_programs("unshare", "nsenter", "ip")
        self.case = case
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        case.addCleanup(self.end)
        if not self.holder.stdout.readline():
            raise unittest.SkipTest("no network namespace: "
                                    + self.holder.stderr.read().decode().strip())
        self.prefix = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def run(self, *argv):
        return self.case.tool(*self.prefix, *argv)

    def links(self, *commands):
        """Commands of ip-link(8), all by one process: to start it takes longer than they do."""
        self.case.tool(*self.prefix, "ip", "-batch", "-",
                       stdin="".join(f"link {command}\n" for command in commands))

    def pair(self, left, right):
        """A cable: two interfaces, ready to use, silent but for what is played."""
        self.links(f"add {left} mtu 9000 type veth peer name {right} mtu 9000",
                   *raising(left), *raising(right))

    def packet_socket(self, name, protocol=0):
        """A packet socket on an interface; with a protocol it also receives."""
        made = []

        def enter():
            """A socket belongs to the namespace of the thread that makes it."""
            with open(f"/proc/{self.holder.pid}/ns/net", "rb") as namespace:
                set_namespace(namespace.fileno())
            made.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
            made[0].bind((name, protocol))
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        self.case.addCleanup(made[0].close)
        return made[0]

    def hand_over(self, name, other):
        """Moves an interface into another namespace."""
        self.links(f"set {name} netns {other.holder.pid}")
        other.links(*raising(name))

    def end(self):
        self.holder.communicate()


# TAP

class TapResult(unittest.TestResult):
    """Prints a line for every test as it ends; what went wrong as comments below."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self.failed_parts = []

    def startTest(self, test):
        super().startTest(test)
        self.number += 1
        self.failed_parts = []

    def say(self, test, verdict, skip="", detail=""):
        name = test.shortDescription() or test.id().rpartition(".")[2]
        name = name.replace("#", "").strip()
        print(f"{verdict} {self.number} - {name}{' # SKIP ' + skip if skip else ''}")
        for line in detail.splitlines():
            print("#   " + line)
        sys.stdout.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say(test, "ok")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.failed_parts.append(f"{subtest}\n{self._exc_info_to_string(err, test)}")

    def stopTest(self, test):
        if self.failed_parts:
            self.say(test, "not ok", detail="\n".join(self.failed_parts))
        super().stopTest(test)

    def addError(self, test, err):
        super().addError(test, err)
        self.say(test, "not ok", detail=self._exc_info_to_string(err, test))

    addFailure = addError

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, "ok", skip=" ".join(reason.split()))


def for_each(names, description):
    """Makes one test for each of `names`; the {} in `description` is replaced by the name."""
    def decorate(function):
        function.cases = (names, description)
        return function
    return decorate


def expand(cases):
    """Replaces what for_each() marked in a class."""
    for attribute, function in list(vars(cases).items()):
        if not hasattr(function, "cases"):
            continue
        delattr(cases, attribute)
        names, description = function.cases
        for name in names:
            def test(self, name=name, function=function):
                function(self, name)
            test.__doc__ = description.format(name)
            setattr(cases, f"{attribute}_{name}", test)
    return cases


def main():
    """Runs the tests of the calling file, or those whose name holds a word given."""
    module = sys.modules["__main__"]
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    tests = [test for group in suite for test in group]
    if sys.argv[1:]:
        tests = [test for test in tests if any(word in test.id() for word in sys.argv[1:])]
    if not os.access(NSMX, os.X_OK):
        sys.exit(f"not ok 1 - {NSMX} is not there: build it, or set NSMX")
    print(f"1..{len(tests)}")
    result = TapResult()
    unittest.TestSuite(tests).run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
