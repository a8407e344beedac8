"""Tokens and passwords of a server's clients."""

from __future__ import annotations

import base64
import hmac

import pytest

from wstool.connection import credentials
from wstool.connection.credentials import Secrets, find_password, find_tokens

from support.visitors import visit


def test_secrets():
    """One of the secrets has to be known, whole."""
    secrets = Secrets(("one", "zwö\udcff"))

    assert len(secrets) == 2
    assert [secrets.know(text) for text in ("one", "zwö\udcff", "on", "one ", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert secrets.know_any(["x", "one"])
    assert not secrets.know_any([])


def test_secrets_are_compared_in_constant_time(monkeypatch):
    """Every secret is compared, by digests of one length, even after a match."""
    seen = []

    def compare(first, second):
        seen.append((len(first), len(second)))
        return hmac.compare_digest(first, second)

    monkeypatch.setattr(
        credentials, "hmac", type("Hmac", (), {"compare_digest": compare})
    )
    secrets = Secrets(("a", "bb", "ccc"))

    assert secrets.know("a")
    assert secrets.know_any(["bb", "a very long candidate"])
    assert seen == [(32, 32)] * 9


@pytest.mark.parametrize(
    ("visitor", "tokens"),
    [
        pytest.param(visit(), [], id="none"),
        pytest.param(visit(Authorization="Bearer abc"), ["abc"], id="bearer"),
        pytest.param(visit(authorization="bearer  abc "), ["abc"], id="other-case"),
        pytest.param(visit(Authorization="Basic abc"), [], id="basic"),
        pytest.param(visit("/?token=a%2Bb&token=c"), ["a+b", "c"], id="query"),
        pytest.param(
            visit(Sec_WebSocket_Protocol="chat, bearer.abc"),
            ["chat", "chat", "bearer.abc", "abc"],
            id="subprotocol",
        ),
        pytest.param(visit("/?" + "token=x&" * 50), ["x"] * 10, id="many"),
    ],
)
def test_find_tokens(visitor, tokens):
    """A token comes as Bearer, in the query or as a subprotocol; not too many."""
    assert find_tokens(visitor) == tokens


@pytest.mark.parametrize(
    ("value", "password"),
    [
        pytest.param(
            "Basic " + base64.b64encode(b"me:pw").decode(), "me:pw", id="good"
        ),
        pytest.param(
            "basic " + base64.b64encode(b"a:b:c").decode(), "a:b:c", id="colons"
        ),
        pytest.param("Bearer abc", None, id="bearer"),
        pytest.param("Basic !", None, id="not-base64"),
        pytest.param(
            "Basic " + base64.b64encode(b"\xff").decode(), None, id="not-utf-8"
        ),
        pytest.param("Basic ü", None, id="not-ascii"),
    ],
)
def test_find_password(value, password):
    """User and password come as RFC 7617 says; rubbish is none."""
    assert find_password(visit(Authorization=value)) == password
