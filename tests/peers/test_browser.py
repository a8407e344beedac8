"""The server's page, and its gate, in a browser."""

from __future__ import annotations

import json

import pytest

from support.browser import browse
from support.command import serving


pytestmark = pytest.mark.peers

STATE = "document.getElementById('state').textContent"
LOG = """Array.from(
    document.querySelectorAll('#log li'), (item) => item.lastChild.textContent
).join('|')"""
OWN = '<!doctype html><meta charset="utf-8"><title>own</title>'


def click(name):
    """Write a click on something."""
    return f"document.getElementById('{name}').click()"


def fill(name, text):
    """Write what types a text somewhere."""
    return f"document.getElementById('{name}').value = {json.dumps(text)}"


def test_page():
    """The page connects, sends, and shows what comes as text; it asks for nothing."""
    markup = '<img src="x" onerror="window.hacked = 1">'
    with serving("-q") as (url, _), browse(url.replace("ws:", "http:")) as page:
        page.evaluate(click("toggle"))
        page.wait_for(f"{STATE}.startsWith('Connected to {url}')")
        for text in ("hello", markup):
            page.evaluate(f"{fill('message', text)}; {click('submit')}")
        page.wait_for("document.querySelectorAll('#log li').length === 5")
        log = page.evaluate(LOG)
        page.evaluate(click("toggle"))
        page.wait_for(f"{STATE} === 'Closed with 1000.'")
        hacked = page.evaluate("window.hacked")
        requests = page.find_requests()
    assert sorted(log.split("|")) == sorted(
        ["connected", "hello", "hello", markup, markup]
    )
    assert hacked is None
    assert requests == [url.replace("ws:", "http:")]


def test_policy():
    """A script that gets into the page doesn't run, and can't ask elsewhere."""
    with serving("-q") as (url, _), browse(url.replace("ws:", "http:")) as page:
        page.evaluate(
            "var script = document.createElement('script');"
            "script.textContent = 'window.hacked = 1'; document.body.append(script)"
        )
        page.evaluate(
            "fetch('http://127.0.0.1:9/').catch(() => { window.refused = true })"
        )
        page.wait_for("window.refused")
        assert page.evaluate("window.hacked") is None


def test_token():
    """A token given to the page opens the door as a subprotocol."""
    with (
        serving("-q", "--token", "secret") as (url, _),
        browse(url.replace("ws:", "http:")) as page,
    ):
        page.evaluate(click("toggle"))
        page.wait_for(f"{STATE} === 'Closed with 1006.'")
        page.evaluate(f"{fill('token', 'secret')}; {click('toggle')}")
        page.wait_for(f"{STATE}.startsWith('Connected to ')")


@pytest.mark.parametrize(("host", "opens"), [("127.0.0.1", True), ("localhost", False)])
def test_origin(tmp_path, host, opens):
    """A page of another host gets no connection where only the same is allowed."""
    (tmp_path / "index.html").write_text(OWN)
    with (
        serving("-q", "--static", str(tmp_path)) as (pages, _),
        serving("--allow-origin", "same-host") as (url, running),
        browse(pages.replace("ws:", "http:").replace("127.0.0.1", host)) as page,
    ):
        page.evaluate(
            f"var socket = new WebSocket('{url}');"
            "socket.onopen = () => { window.outcome = 'open' };"
            "socket.onerror = () => { window.outcome = 'error' }"
        )
        page.wait_for("window.outcome")
        outcome = page.evaluate("window.outcome")
        running.wait_for_stderr(b"opened" if opens else b"isn't allowed")
    assert outcome == ("open" if opens else "error")
