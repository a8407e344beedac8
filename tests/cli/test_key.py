"""The handshake's key and accept values."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from support.command import Outcome, run


# RFC 6455, 1.3.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def usage_error(problem):
    """Write what a usage error looks like."""
    return Outcome(
        2,
        b"",
        "Usage: wstool key [OPTIONS] [KEY]\n"
        f"Try 'wstool key --help' for help.\n\nError: {problem}\n",
    )


def test_accept():
    """The accept value of a key is printed alone."""
    assert run("key", KEY) == Outcome(0, f"{ACCEPT}\n".encode(), "")


def test_fresh_pair():
    """Without a key there is a fresh one each time, and its accept value."""
    outcomes = [run("key") for _ in range(2)]
    pairs = [
        re.fullmatch(
            r"Sec-WebSocket-Key: (.*)\nSec-WebSocket-Accept: (.*)\n",
            outcome.stdout.decode(),
        ).groups()
        for outcome in outcomes
    ]
    for key, accept in pairs:
        digest = hashlib.sha1((key + GUID).encode()).digest()
        assert accept == base64.b64encode(digest).decode()
        assert len(base64.b64decode(key, validate=True)) == 16
    assert pairs[0] != pairs[1]


def test_verify():
    """An accept value that fits is printed; one that doesn't is status 1."""
    assert run("key", KEY, "--verify", ACCEPT) == Outcome(0, f"{ACCEPT}\n".encode(), "")
    assert run("key", KEY, "--verify", "other") == Outcome(
        1, b"", f"wstool: expected Sec-WebSocket-Accept {ACCEPT}, got other\n"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(
            ["c2hvcnQ="],
            "Invalid value for KEY: 'c2hvcnQ=' is 5 bytes in base64, not 16.",
            id="short",
        ),
        pytest.param(
            ["not base64"],
            "Invalid value for KEY: 'not base64' isn't base64: "
            "only base64 data is allowed.",
            id="not-base64",
        ),
        pytest.param(["--verify", ACCEPT], "--verify needs a KEY.", id="verify-what"),
    ],
)
def test_usage_errors(arguments, problem):
    """What is no key is refused."""
    assert run("key", *arguments) == usage_error(problem)
