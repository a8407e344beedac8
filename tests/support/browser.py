"""Chromium without a screen, driven through its DevTools protocol."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect


__all__ = ["Page", "browse"]

LIMIT = 30


class Page:
    """A page of the browser."""

    def __init__(self, connection):
        self._connection = connection
        self._last = 0
        self.events = []
        """What the browser has told, in order."""

    def call(self, method, **parameters):
        """Call a method of the protocol; give its result."""
        self._last += 1
        call = {"id": self._last, "method": method, "params": parameters}
        self._connection.send(json.dumps(call))
        while True:
            answer = json.loads(self._connection.recv(timeout=LIMIT))
            if answer.get("id") == self._last:
                return answer["result"]
            self.events.append(answer)

    def evaluate(self, expression):
        """Evaluate JavaScript in the page; of a promise, wait for what it gives."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True)
        return answer["result"].get("value")

    def wait_for(self, expression):
        """Wait until JavaScript in the page comes out true."""
        deadline = time.monotonic() + LIMIT
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise AssertionError(f"{expression} doesn't come true")
            time.sleep(0.02)

    def find_requests(self):
        """Find the URLs that the page has asked for."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        ]


@contextmanager
def browse(url: str) -> Iterator[Page]:
    """
    Open a page.

    Raises:
        RuntimeError: If there is no Chromium.
    """
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("chromium isn't on the path: install Debian's package")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-port=0",
            f"--user-data-dir={folder}",
            "about:blank",
        ]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            with connect(_find_page(Path(folder)), max_size=None) as connection:
                page = Page(connection)
                for domain in ("Log", "Network", "Page", "Runtime"):
                    page.call(f"{domain}.enable")
                page.call("Page.navigate", url=url)
                page.wait_for("document.readyState === 'complete'")
                yield page
        finally:
            process.kill()
            process.wait()


def _find_page(folder: Path) -> str:
    """Find where the browser lets its page be driven."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        try:
            port = (folder / "DevToolsActivePort").read_text().split("\n")[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                pages = json.load(answer)
        except (OSError, ValueError):
            time.sleep(0.02)
            continue
        for page in pages:
            if page["type"] == "page":
                return page["webSocketDebuggerUrl"]
    raise AssertionError("the browser didn't start")
