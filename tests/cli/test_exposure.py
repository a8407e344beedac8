"""Credentials that others on the way can read are worth a warning, once."""

from __future__ import annotations

import pytest

from wstool.cli._exposure import make_credentials_warning

from support.connecting import make_connect_options


BEARER = (("Authorization", "Bearer x"),)


def warn(*options):
    """Give the warnings for one attempt after another."""
    notes = []
    warn = make_credentials_warning(notes.append)
    for option in options:
        warn(make_connect_options(**option))
    return notes


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"url": "ws://me:pw@a.example/"}, id="userinfo"),
        pytest.param({"headers": (("authorization", "x"),)}, id="header"),
        pytest.param({"headers": (("COOKIE", "x"),)}, id="cookie-header"),
        pytest.param({"credentials": BEARER}, id="given"),
        pytest.param({"stored": lambda uri: (("Cookie", "a=b"),)}, id="stored"),
        pytest.param(
            {"url": "ws://127.0.0.1.evil.example/", "credentials": BEARER},
            id="name-like-loopback",
        ),
        pytest.param(
            {"url": "ws://notlocalhost/", "credentials": BEARER}, id="other-name"
        ),
        pytest.param(
            {"url": "ws://10.0.0.1/", "credentials": BEARER}, id="other-address"
        ),
    ],
)
def test_warned(options):
    """Whatever way they came, one warning is enough for all attempts."""
    options = {"url": "ws://a.example/", **options}
    host = make_connect_options(**options).uri.host
    assert warn(options, options) == [
        f"credentials go to {host} unencrypted (try wss://)"
    ]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"url": "ws://a.example/?token=x"}, id="none"),
        pytest.param({"url": "wss://a.example/", "credentials": BEARER}, id="tls"),
        pytest.param(
            {"credentials": BEARER, "headers": (("Authorization", None),)}, id="removed"
        ),
        pytest.param({"stored": lambda uri: ()}, id="nothing-stored"),
        pytest.param({"credentials": BEARER, "unix_socket": "/x"}, id="unix-socket"),
        *(
            pytest.param({"url": f"ws://{host}/", "credentials": BEARER}, id=host)
            for host in (
                *("localhost", "LOCALHOST.", "a.localhost"),
                *("127.0.0.1", "127.9.9.9", "127.1", "[::1]"),
            )
        ),
    ],
)
def test_not_warned(options):
    """Nothing that anybody could read is worth no warning."""
    assert warn({"url": "ws://a.example/", **options}) == []


def test_after_a_redirect():
    """The first place that is exposed counts, not the first place."""
    places = ({"url": f"ws://me:pw@{host}/"} for host in ("127.0.0.1", "a", "b"))
    assert warn(*places) == ["credentials go to a unencrypted (try wss://)"]
