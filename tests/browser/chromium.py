# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's headless Chromium, driven by the DevTools protocol over a pipe.

No driver and no library is needed: messages are JSON, each ends with NUL. The browser
has no network but the files of the test: all names resolve to nothing, and each request
is recorded.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile

PATIENCE = int(os.environ.get("PATIENCE", 60))
PROGRAMS = ("chromium-headless-shell", "chromium")


def find():
    """The path of a browser; None if there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One process. Its windows are Pages."""

    def __init__(self, program, zone="Asia/Tokyo"):
        self.folder = tempfile.mkdtemp(prefix="nsmx-browser-")
        to_browser, self.to = self.pipe()
        self.answers, from_browser = self.pipe()

        def connect():
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)
        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--force-color-profile=srgb",
             f"--user-data-dir={self.folder}", "--remote-debugging-pipe", "about:blank"],
            close_fds=False, preexec_fn=connect, env=dict(os.environ, TZ=zone, LANG="C.UTF-8"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest = b""
        self.number = 0
        self.events = []

    @staticmethod
    def pipe():
        """A pipe whose ends are not 3 and 4, which they become in the browser one after the other."""
        ends = os.pipe()
        high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
        for end in ends:
            os.close(end)
        return high

    def receive(self):
        while b"\0" not in self.rest:
            ready = select.select([self.answers], [], [], PATIENCE)[0]
            part = os.read(self.answers, 1 << 20) if ready else b""
            if not part:
                raise RuntimeError("the browser ended" if ready else "the browser does not answer")
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def call(self, method, session=None, **params):
        """The result of a call; the events before it are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method, session):
        """The first event of this kind that was not yet waited for."""
        while True:
            for event in self.events:
                if event.get("method") == method and event.get("sessionId") == session and \
                        not event.get("waited"):
                    event["waited"] = True
                    return event["params"]
            self.events.append(self.receive())

    def close(self):
        try:
            self.call("Browser.close")      # so that it ends its own processes
            self.process.wait(PATIENCE)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.answers)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Page:
    """A window with a file, or with the page of a URL, in it."""

    def __init__(self, browser, path, scripts=True, width=1200, media="screen", scheme="light"):
        self.browser, self.path = browser, path
        self.width = width
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target,
                                    flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(domain + ".enable")
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.show(media, scheme)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                  deviceScaleFactor=1, mobile=width < 600)
        self.go(path if "://" in path else "file://" + os.path.abspath(path))

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.browser.wait("Page.loadEventFired", self.session)

    def follow(self, expression):
        """Runs what leads to another page, and waits for it."""
        self.ask(expression)
        self.browser.wait("Page.loadEventFired", self.session)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def show(self, media="screen", scheme="light"):
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def ask(self, expression):
        """The value of an expression of JavaScript, also where the page may run none."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           userGesture=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def events_of(self, method):
        return [event["params"] for event in self.browser.events
                if event.get("sessionId") == self.session and event.get("method") == method]

    def complaints(self):
        """What a console would show, also what the policy refused."""
        self.ask("0")
        return [entry["entry"].get("text") for entry in self.events_of("Log.entryAdded")] + \
            [entry["exceptionDetails"]["text"] for entry in self.events_of("Runtime.exceptionThrown")] + \
            [str(entry["args"]) for entry in self.events_of("Runtime.consoleAPICalled")] + \
            [entry["issue"]["code"] for entry in self.events_of("Audits.issueAdded")]

    def requests(self):
        self.ask("0")
        return [event["request"]["url"] for event in self.events_of("Network.requestWillBeSent")]

    def picture(self, path, first=None, last=None):
        """The whole page as PNG, or from an element to another."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        top, bottom = 0, size["height"]
        if first:
            top = self.ask(f"document.querySelector({first!r}).getBoundingClientRect().top") - 24
            bottom = self.ask(f"document.querySelector({last!r}).getBoundingClientRect().bottom") + 24
        clip = {"x": 0, "y": top, "width": self.width, "height": bottom - top, "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", clip=clip,
                         captureBeyondViewport=True)["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))

    def pdf(self, path):
        self.show(media="print")
        data = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))
