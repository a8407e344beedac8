"""Captures of programs by others, dissected by `inspect` and by tshark."""

from __future__ import annotations

import json
import subprocess

import pytest
from websockets.sync.client import connect

from support.browser import browse
from support.capturing import capturing, compare, find_port
from support.command import serving
from support.node import wscat
from support.servers import serve_with


pytestmark = pytest.mark.peers

TEXTS = ["hello", "grüße 🎈", "x" * 126, "long " * 500]
STATE = "document.getElementById('state').textContent"
COUNT = "document.querySelectorAll('#log li').length"


def click(name):
    """Write a click on something."""
    return f"document.getElementById('{name}').click()"


def test_wscat(tmp_path):
    """What wscat says, and how it says it, is seen as tshark sees it."""
    path = tmp_path / "a.pcapng"
    with serving("-q") as (url, _), capturing(path, find_port(url)):
        command = [*wscat(), "-c", url, "-x", "hello", "-w", "1"]
        pipe = subprocess.PIPE
        # It leaves at the end of its stdin, so that stays open.
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
            assert process.stdout.read() == b"hello\n"

    lines = compare(path)
    assert [line["data"] for line in lines if line["type"] == "text"] == ["hello"] * 2


def test_chromium(tmp_path):
    """What a browser says is seen as tshark sees it, compressed messages too."""
    path = tmp_path / "a.pcapng"
    with (
        serving("-q") as (url, _),
        browse(url.replace("ws:", "http:")) as page,
        capturing(path, find_port(url)),
    ):
        page.evaluate(click("toggle"))
        page.wait_for(f"{STATE}.startsWith('Connected to {url}')")
        for number, text in enumerate(TEXTS, 1):
            typed = f"document.getElementById('message').value = {json.dumps(text)}"
            page.evaluate(f"{typed}; {click('submit')}")
            page.wait_for(f"{COUNT} === {1 + 2 * number}")
        page.evaluate(click("toggle"))
        page.wait_for(f"{STATE} === 'Closed with 1000.'")

    lines = compare(path)
    sent = [line for line in lines if line["direction"] == "sent"]
    assert [line["data"] for line in sent if line["type"] == "text"] == TEXTS
    assert any(line["rsv1"] for line in sent)
    assert sent[-1]["code"] == 1000


def test_websocat_as_a_server(tmp_path):
    """What websocat's server says is seen as tshark sees it."""
    path = tmp_path / "a.pcapng"
    # It answers no close frame.
    with (
        serve_with("websocat") as url,
        capturing(path, find_port(url), closes=1),
        connect(url, compression=None, close_timeout=0.2) as client,
    ):
        for message in TEXTS:
            client.send(message)
            client.recv()
        client.ping(b"hi").wait(10)
        client.close(4001, "that's all")

    lines = compare(path)
    assert [line["type"] for line in lines].count("text") == 2 * len(TEXTS)
