"""A HAR that Chromium's own DevTools export."""

from __future__ import annotations

import json

import pytest

from support.command import run, serving
from support.devtools import open_devtools


pytestmark = pytest.mark.peers

TALK = """\
new Promise((resolve, reject) => {
    const socket = new WebSocket(URL);
    const bytes = new Uint8Array([0, 255, 7]);
    const messages = ['gr\\u00fc\\u00dfe', '', 'x'.repeat(70000), bytes];
    let missing = messages.length;
    socket.onopen = () => messages.forEach((message) => socket.send(message));
    socket.onmessage = () => --missing || socket.close(4001, 'bye');
    socket.onclose = (event) => resolve(event.code);
    socket.onerror = () => reject('error');
})
"""
MESSAGES = [("text", "grüße"), ("text", ""), ("text", "x" * 70_000), ("binary", None)]


def test_exported_har(tmp_path):
    """
    Each message is shown as the page sent and got it, with the handshake.

    No method of the protocol exports a HAR; the panel's own export is called, in the
    front end that Chromium brings along.
    """
    path = tmp_path / "a.har"
    with serving("-q") as (url, _), open_devtools() as (page, devtools):
        page.call("Page.navigate", url=url.replace("ws:", "http:"))
        page.wait_for("document.readyState === 'complete'")
        assert page.evaluate(TALK.replace("URL", json.dumps(url))) == 4001
        devtools.wait_for_frames(2 * len(MESSAGES))
        path.write_text(devtools.export_har())

    outcome = run("inspect", "--format", "jsonl", path)

    assert (outcome.status, outcome.stderr) == (0, "")
    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    halves = [line for line in lines if line["type"] in ("request", "response")]
    assert [half.get("status") for half in halves] == [None, 101]
    headers = {name.lower(): value for name, value in halves[0]["headers"]}
    assert headers["upgrade"] == "websocket"
    frames = [line for line in lines if "number" in line]
    for direction in ("sent", "received"):
        side = [frame for frame in frames if frame["direction"] == direction]
        shown = [(frame["type"], frame.get("data")) for frame in side]
        assert shown == MESSAGES
        assert side[-1]["payload"] == "00ff07"
    times = [frame["time"] for frame in frames]
    assert times == sorted(times)
