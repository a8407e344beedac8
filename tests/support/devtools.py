"""Chromium's DevTools as a page of their own, beside the page they show."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from contextlib import contextmanager

from websockets.sync.client import connect

from support.browser import LIMIT, Page
from support.chromium import serve_devtools


__all__ = ["DevTools", "open_devtools"]

# The front end is made of modules, which it has loaded itself.
REQUESTS = """\
const {NetworkLog} = await import('/devtools/models/logs/logs.js');
const requests = NetworkLog.NetworkLog.instance().requests();
"""
EXPORT = """\
const {Writer} = await import('/devtools/models/har/har.js');
const progress = {createSubProgress: () => ({worked: 0})};
return Writer.Writer.harStringForRequests(requests, {sanitize: false}, progress);
"""
COUNT = "return requests.reduce((sum, request) => sum + request.frames().length, 0);"
WATCHED = """\
const {TargetManager, NetworkManager} = await import('/devtools/core/sdk/sdk.js');
const manager = TargetManager.TargetManager.instance();
return manager.models(NetworkManager.NetworkManager).length > 0;
"""


class DevTools:
    """DevTools that watch a page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def wait_for_frames(self, count):
        """Wait until they have seen so many frames of WebSocket."""
        self._page.wait_for(f"{wrap(REQUESTS + COUNT)}.then(seen => seen >= {count})")

    def export_har(self):
        """Export what was said on the network, as a person does in the panel."""
        return self._page.evaluate(wrap(REQUESTS + EXPORT))


def wrap(body):
    """Make an expression of statements."""
    return f"(async () => {{ {body} }})()"


@contextmanager
def open_devtools():
    """Run Chromium; give a page, and DevTools that watch it."""
    with serve_devtools("--remote-allow-origins=*") as url:
        host = urllib.parse.urlsplit(url).netloc
        page = call(f"http://{host}/json/new?about:blank")
        target = page["webSocketDebuggerUrl"].removeprefix("ws://")
        front_end = f"http://{host}/devtools/devtools_app.html?ws={target}"
        quoted = urllib.parse.quote(front_end, safe="")
        front = call(f"http://{host}/json/new?{quoted}")
        with (
            connect(page["webSocketDebuggerUrl"], max_size=None) as to_page,
            connect(front["webSocketDebuggerUrl"], max_size=None) as to_front,
        ):
            tools = Page(to_front)
            tools.wait_for(f"{wrap(WATCHED)}.catch(() => false)")
            yield Page(to_page), DevTools(tools)


def call(url):
    """Ask Chromium to open something."""
    request = urllib.request.Request(url, method="PUT")
    with urllib.request.urlopen(request, timeout=LIMIT) as answer:
        return json.load(answer)
