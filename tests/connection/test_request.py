"""Which headers a request has, and which of them are secret."""

from __future__ import annotations

import pytest

from wstool.connection.request import (
    encode_basic,
    holds_credentials,
    is_credential,
    make_request,
)
from wstool.wire.deflate import DeflateParams

from support.connecting import make_connect_options


BASIC = {"me:pw": "Basic bWU6cHc=", "you:pw": "Basic eW91OnB3"}
ME, YOU = BASIC.values()


def find_rest(**options):
    """Give the headers behind those that every request has."""
    return make_request(make_connect_options(**options), "key").headers[5:]


@pytest.mark.parametrize(
    ("credentials", "value"),
    [
        *BASIC.items(),
        pytest.param("ä:\u20ac", "Basic w6Q64oKs", id="utf-8"),
        pytest.param("\udcff:", "Basic /zo=", id="not-utf-8"),
    ],
)
def test_encode_basic(credentials, value):
    """RFC 7617: the credentials as bytes, in base64."""
    assert encode_basic(credentials) == value


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"user_agent": "x/1"}, [("User-Agent", "x/1")], id="user-agent"),
        pytest.param({"user_agent": ""}, [], id="no-user-agent"),
        pytest.param(
            {"url": "ws://you:pw@h/"}, [("Authorization", YOU)], id="userinfo"
        ),
        pytest.param(
            {
                "url": "ws://you:pw@h/",
                "credentials": (("Authorization", ME),),
                "stored": lambda uri: (("Authorization", "stored"),),
            },
            [("Authorization", ME)],
            id="given-over-userinfo",
        ),
        pytest.param(
            {
                "url": "ws://you:pw@h/",
                "stored": lambda uri: (("Authorization", "stored"),),
            },
            [("Authorization", YOU)],
            id="userinfo-over-stored",
        ),
        pytest.param(
            {
                "credentials": (("Authorization", ME), ("Cookie", "a=1")),
                "headers": (("authorization", "mine"), ("Cookie", None)),
            },
            [("authorization", "mine")],
            id="headers-over-all",
        ),
        pytest.param(
            {
                "credentials": (("Cookie", "a=1"), ("Cookie", "b=2")),
                "stored": lambda uri: (("Cookie", f"c={uri.host}"),),
            },
            [("Cookie", "a=1; b=2; c=server.example")],
            id="one-cookie-header",
        ),
        pytest.param(
            {"compression": True, "server_max_window_bits": 9},
            [
                (
                    "Sec-WebSocket-Extensions",
                    "permessage-deflate; server_max_window_bits=9; "
                    "client_max_window_bits",
                )
            ],
            id="deflate",
        ),
    ],
)
def test_rest(options, headers):
    """A user's headers win over given credentials, those over the URL's and stored."""
    assert find_rest(**options) == headers


def test_edits():
    """A header of the user's replaces or removes ours; theirs keep their order."""
    options = make_connect_options(
        headers=(("X-B", "1"), ("host", None), ("X-A", ""), ("UPGRADE", "h2c"))
    )
    request = make_request(options, "key")
    assert [name for name, _ in request.headers] == [
        *("Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"),
        *("X-B", "X-A", "UPGRADE"),
    ]
    assert b"\r\nX-A: \r\n" in request.serialize()


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("Authorization", True),
        ("COOKIE", True),
        ("proxy-authorization", True),
        ("X-Api-Key", True),
        ("x-auth-token", True),
        ("CF-Access-Client-Secret", True),
        ("Origin", False),
        ("Sec-WebSocket-Key", False),
        ("X-Author", False),
    ],
)
def test_credentials(name, secret):
    """Some headers prove who we are, however they are written."""
    request = make_request(make_connect_options(headers=((name, "x"),)), "key")
    assert is_credential(name) is secret
    assert holds_credentials(request) is secret


def test_default_offer():
    """Compression is offered unless it's turned off."""
    assert DeflateParams() == DeflateParams(False, False, 15, 15)
    assert find_rest(compression=True) == [
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
    ]
