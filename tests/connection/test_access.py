"""Who gets in."""

from __future__ import annotations

import base64
from ipaddress import ip_network

import pytest

from wstool.connection.access import AccessOptions, Gate, check_path_pattern
from wstool.connection.visitor import Admission, Refusal

from support.visitors import visit


BASIC = "Basic " + base64.b64encode(b"me:pw").decode()
BEARER_CHALLENGE = ("WWW-Authenticate", 'Bearer realm="wstool"')
WRONG_CHALLENGE = (
    "WWW-Authenticate",
    'Bearer realm="wstool", error="invalid_token"',
)
BASIC_CHALLENGE = ("WWW-Authenticate", 'Basic realm="wstool", charset="UTF-8"')


def admit(visitor, **options):
    """Let a visitor through a gate, or not."""
    return Gate(AccessOptions(**options)).admit(visitor)


def test_gate_without_options():
    """Whoever comes gets in where nothing is asked for."""
    assert admit(visit("/any", Origin="https://evil.example")) == Admission()


@pytest.mark.parametrize(
    ("host", "networks", "allowed"),
    [
        pytest.param("10.1.2.3", ["10.0.0.0/8"], True, id="inside"),
        pytest.param("11.1.2.3", ["10.0.0.0/8"], False, id="outside"),
        pytest.param("11.1.2.3", ["10.0.0.0/8", "11.1.2.3"], True, id="second"),
        pytest.param("::ffff:10.1.2.3", ["10.0.0.0/8"], True, id="mapped"),
        pytest.param("fe80::1%eth0", ["fe80::/10"], True, id="scope"),
        pytest.param("::1", ["127.0.0.1"], False, id="other-family"),
        pytest.param("", ["10.0.0.0/8"], True, id="unix-socket"),
    ],
)
def test_networks(host, networks, allowed):
    """A client comes from one of the networks, or gets 403."""
    networks = tuple(map(ip_network, networks))
    outcome = admit(visit(host=host), networks=networks)

    shown = host.removeprefix("::ffff:")
    refusal = Refusal(403, f"address {shown} isn't allowed")
    assert outcome == (Admission() if allowed else refusal)


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        pytest.param("/", "/", True, id="root"),
        pytest.param("/", "/x", False, id="not-root"),
        pytest.param("/room/*", "/room/one", True, id="star"),
        pytest.param("/room/*", "/room/one/two", False, id="star-ends-at-a-slash"),
        pytest.param("/room/*", "/room/one%2Ftwo", False, id="encoded-slash"),
        pytest.param("/api/**", "/api/a/b", True, id="two-stars"),
        pytest.param("/a.b", "/axb", False, id="escaped"),
        pytest.param("/room/*", "/room/x?y=/z", True, id="query"),
    ],
)
def test_paths(pattern, path, found):
    """A path that no pattern fits gets 404."""
    check_path_pattern(pattern)
    refusal = Refusal(404, "there is nothing at this path")

    outcome = admit(visit(path), paths=(pattern,))

    assert outcome == (Admission() if found else refusal)


def test_path_pattern_without_slash():
    """A pattern that no path can match is refused."""
    with pytest.raises(ValueError, match="'room' doesn't begin with a slash"):
        check_path_pattern("room")


def test_origins():
    """A foreign origin gets 403 with the reason; who sends none is no browser."""
    origins = ("https://a.example",)

    assert admit(visit(), origins=origins) == Admission()
    assert admit(visit(Origin="https://a.example"), origins=origins) == Admission()
    assert admit(visit(Origin="https://b.example"), origins=origins) == Refusal(
        403, "origin 'https://b.example' isn't allowed"
    )


@pytest.mark.parametrize(
    ("visitor", "problem", "challenge"),
    [
        pytest.param(visit(), "missing token", BEARER_CHALLENGE, id="missing"),
        pytest.param(
            visit(Authorization="Bearer x"), "wrong token", WRONG_CHALLENGE, id="bearer"
        ),
        pytest.param(visit("/?token=x"), "wrong token", WRONG_CHALLENGE, id="query"),
        pytest.param(visit("/?token="), "wrong token", WRONG_CHALLENGE, id="empty"),
        pytest.param(
            visit(Sec_WebSocket_Protocol="x"),
            "wrong token",
            WRONG_CHALLENGE,
            id="subprotocol",
        ),
    ],
)
def test_token_refused(visitor, problem, challenge):
    """Without the token a client gets 401, and is told how to come back."""
    assert admit(visitor, tokens=("secret",)) == Refusal(401, problem, (challenge,))


@pytest.mark.parametrize(
    ("visitor", "subprotocols"),
    [
        pytest.param(visit(Authorization="Bearer secret"), (), id="bearer"),
        pytest.param(visit("/?token=secret"), (), id="query"),
        pytest.param(
            visit(Sec_WebSocket_Protocol="chat, secret"), ("secret",), id="subprotocol"
        ),
        pytest.param(
            visit(Sec_WebSocket_Protocol="bearer.secret"),
            ("bearer.secret",),
            id="bearer-subprotocol",
        ),
    ],
)
def test_token(visitor, subprotocols):
    """The token lets a client in; as a subprotocol it can be chosen as one."""
    assert admit(visitor, tokens=("other", "secret")) == Admission(subprotocols)


def test_user():
    """User and password let a client in, and wrong ones get 401."""
    users = ("me:pw",)

    assert admit(visit(Authorization=BASIC), users=users) == Admission()
    assert admit(visit(), users=users) == Refusal(
        401, "missing user and password", (BASIC_CHALLENGE,)
    )
    assert admit(visit(Authorization=BASIC), users=("me:other",)) == Refusal(
        401, "wrong user and password", (BASIC_CHALLENGE,)
    )


def test_token_or_user():
    """With tokens and users, either will do, and both are asked for."""
    options = {"tokens": ("secret",), "users": ("me:pw",)}

    assert admit(visit(Authorization=BASIC), **options) == Admission()
    assert admit(visit("/?token=secret"), **options) == Admission()
    assert admit(visit(), **options) == Refusal(
        401,
        "missing token or user and password",
        (BEARER_CHALLENGE, BASIC_CHALLENGE),
    )


def test_order():
    """Addresses come first and credentials last: who isn't allowed learns nothing."""
    options = {
        "networks": (ip_network("10.0.0.0/8"),),
        "paths": ("/a",),
        "origins": ("https://a.example",),
        "tokens": ("secret",),
    }
    visitors = [
        visit("/b", Origin="x"),
        visit("/b", host="10.0.0.1", Origin="x"),
        visit("/a", host="10.0.0.1", Origin="x"),
        visit("/a", host="10.0.0.1"),
    ]

    statuses = [admit(visitor, **options).status for visitor in visitors]

    assert statuses == [403, 404, 403, 401]
