"""Requests as a browser makes them."""

from __future__ import annotations

import pytest

from wstool.connection.options import RequestOptions
from wstool.errors import UsageError
from wstool.services.bench.browser import dress_handshake, make_poll, make_poll_maker
from wstool.wire.uri import parse_uri


URI = parse_uri("http://127.0.0.1:8000/")


def test_poll():
    """A poll has what Chromium sends with a fetch() of the page's own origin."""
    request = make_poll(URI, "/messages?since=12", RequestOptions())

    assert request.resource_name == "/messages?since=12"
    assert [name for name, _ in request.headers] == [
        "Host",
        "Connection",
        "sec-ch-ua-platform",
        "User-Agent",
        "sec-ch-ua",
        "sec-ch-ua-mobile",
        "Accept",
        "Sec-Fetch-Site",
        "Sec-Fetch-Mode",
        "Sec-Fetch-Dest",
        "Referer",
        "Accept-Encoding",
        "Accept-Language",
    ]
    # Chromium sent 504 bytes: two digits more of its port, and "Headless".
    assert len(request.serialize()) == 494


def test_given():
    """What the user gives comes on top, in place of ours, or takes ours away."""
    request = RequestOptions(
        headers=(("Accept", "text/plain"), ("sec-ch-ua", None), ("X-A", "1")),
        credentials=(("Cookie", "a=1"), ("Cookie", "b=2")),
        user_agent="mine",
        origin="http://h",
    )
    headers = make_poll(URI, "/messages", request).headers

    assert headers[-3:] == [
        ("Cookie", "a=1; b=2"),
        ("Accept", "text/plain"),
        ("X-A", "1"),
    ]
    assert ("User-Agent", "mine") in headers
    assert ("Origin", "http://h") in headers
    names = [name for name, _ in headers]
    assert (names.count("Accept"), names.count("sec-ch-ua")) == (1, 0)


def test_handshake():
    """An opening handshake has what Chromium sends, too, and offers no compression."""
    given = RequestOptions(headers=(("pragma", "mine"),))
    request = dress_handshake(URI, given)

    assert [name for name, _ in request.headers] == [
        "Cache-Control",
        "Accept-Encoding",
        "Accept-Language",
        "pragma",
    ]
    assert request.origin == "http://127.0.0.1:8000"
    assert request.user_agent.startswith("Mozilla/5.0")
    assert request.deflate is None
    assert dress_handshake(URI, RequestOptions(user_agent="")).user_agent == ""


def test_unsendable():
    """A header that would break out of its line is refused."""
    request = RequestOptions(headers=(("X-A", "1\r\nX-B: 2"),))
    with pytest.raises(UsageError, match="line break"):
        make_poll_maker(URI, request)("/messages")
