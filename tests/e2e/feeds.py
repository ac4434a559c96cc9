# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTPS server of feeds on the loopback address, and its certificates. It can misbehave."""
import atexit
import functools
import http.server
import os
import re
import shutil
import ssl
import tempfile
import threading

import harness
from authority import Authority

NO_PROXY = {name: None for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY",
                                    "ALL_PROXY", "no_proxy", "NO_PROXY")}


@functools.lru_cache(maxsize=None)
def certificates():
    """The certificate of an authority, and a certificate with its key for 127.0.0.1."""
    folder = tempfile.mkdtemp(prefix="nsmx-feeds-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    authority = Authority(folder, "authority")
    return authority.cert, *authority.issue("feeds", "IP:127.0.0.1")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True      # fields and body are two segments

    def log_message(self, *_):
        pass

    def do_GET(self):               # pylint: disable=invalid-name
        self.server.requests.append((self.path, dict(self.headers)))
        answer = self.server.answers.get(self.path.split("?")[0])
        try:
            if callable(answer):
                answer(self)
            elif answer is None:
                self.reply(b"", status=404)
            else:
                self.reply(answer)
        except OSError:             # the client has given up
            self.close_connection = True

    def reply(self, body, status=200, **fields):
        """Sends an answer; `_` in the names of fields is a hyphen."""
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        fields.setdefault("Content_Length", str(len(body)))
        for name, value in fields.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context):
        self.context = context
        self.answers = {}
        self.requests = []
        self.connections = 0
        super().__init__(("127.0.0.1", 0), Handler)

    def get_request(self):
        connection, address = super().get_request()
        self.connections += 1
        if self.context is None:
            return connection, address
        connection.settimeout(harness.PATIENCE)
        return self.context.wrap_socket(connection, server_side=True,
                                        do_handshake_on_connect=False), address

    def handle_error(self, *_):
        pass                        # a client that does not like the certificate


class Server:
    """A server; `answers` has a text, octets or a function of the handler for each path."""

    def __init__(self, case, tls=True):
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificates()[1:])
        self.listener = Listener(context)
        self.answers = self.listener.answers
        self.requests = self.listener.requests
        self.scheme = "https" if tls else "http"
        thread = threading.Thread(target=self.listener.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        case.addCleanup(self.listener.server_close)
        case.addCleanup(self.listener.shutdown)

    def url(self, path=""):
        return f"{self.scheme}://127.0.0.1:{self.listener.server_address[1]}{path}"


class Case(harness.Case):
    """A case with a server, and a feeds.conf in its folder."""

    def setUp(self):
        super().setUp()
        self.server = Server(self)
        self.ca = certificates()[0]

    def configure(self, text):
        """Writes feeds.conf. URL, HTTP and CA in it are replaced."""
        text = text.replace("URL", self.server.url()).replace("CA", self.ca)
        head = f"rules = {self.path('rules')}\nstate = {self.path('state')}\n"
        return self.write("feeds.conf", head + text)

    def fetch(self, *more, status=0, prefix=()):
        done = self.nsmx("rules", "fetch", "--config", self.path("feeds.conf"), *more,
                         env=NO_PROXY, prefix=prefix)
        self.assertEqual(done.status, status, done.err)
        return done.err

    def fetch_one(self, answer, more="", status=0):
        """Fetches a feed `one` with this answer at /list."""
        self.server.answers["/list"] = answer
        self.configure(f"[one]\nurl = URL/list\nca = CA\n{more}")
        return self.fetch(status=status)

    def rules(self, name="one"):
        """The rules of a feed without their keys; None: there is no file."""
        if not os.path.exists(self.path(f"rules/{name}.rules")):
            return None
        lines = self.read(f"rules/{name}.rules").decode().splitlines()
        return [line.split(" id=")[0] for line in lines if re.match("alert|allow", line)]

    def files(self):
        """All files of the folders: contents, and times of change."""
        found = {}
        for folder in ("rules", "state"):
            for name in os.listdir(self.path(folder)):
                info = os.stat(self.path(f"{folder}/{name}"))
                found[folder, name] = (info.st_ino, info.st_mtime_ns, info.st_ctime_ns)
        return found
