"""What the commands that measure have in common."""

from __future__ import annotations

import pytest

from wstool.cli._measuring import render_target
from wstool.wire.uri import parse_uri

from support.command import run


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("localhost:8765/a?b=c", "ws://localhost:8765/a?b=c"),
        ("wss://user:pass@h/", "wss://h/"),
        ("wss://h/?token=abc&x=1", "wss://h/?token=***&x=1"),
    ],
)
def test_target(url, text):
    """A URL is shown without what is secret in it."""
    assert render_target(parse_uri(url)) == text


def test_reconnecting_elsewhere():
    """A variable for other commands isn't in the way."""
    environment = {"WSTOOL_RECONNECT": "1"}
    outcome = run("ping", "ws://127.0.0.1:1/", environment=environment)

    assert outcome.status == 3


@pytest.mark.parametrize("name", ["bench", "ping"])
def test_reconnecting_hidden(name):
    """Options that are refused aren't in the help."""
    text = run(name, "--help").stdout.decode().lower()

    assert "--ping-interval" in text
    assert "reconnect" not in text
    assert "--resend" not in text
