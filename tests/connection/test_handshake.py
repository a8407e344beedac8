"""The client's opening handshake: requests, and responses that make a connection."""

from __future__ import annotations

import pytest

from wstool.connection.handshake import Agreement, ClientHandshake
from wstool.connection.request import make_request
from wstool.errors import HandshakeInvalid, UsageError
from wstool.wire.deflate import DeflateParams

from support.connecting import make_connect_options
from support.feeding import feeding_ways
from support.handshakes import (
    ACCEPT,
    ACCEPTING,
    CONNECTION,
    KEY,
    UPGRADE,
    make_good,
    make_head,
    receive,
)


FRAME = b"\x81\x05Hello"


def test_request():
    """The request of a plain connection, byte by byte."""
    options = make_connect_options(compression=True)

    assert ClientHandshake(options, KEY).request_bytes == (
        b"GET /chat HTTP/1.1\r\n"
        b"Host: server.example\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        b"\r\n"
    )


OURS = {
    "Host": "server.example",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"origin": "https://a"}, {"Origin": "https://a"}, id="origin"),
        pytest.param({"origin": ""}, {"Origin": ""}, id="empty-origin"),
        pytest.param(
            {"subprotocols": ("chat", "superchat")},
            {"Sec-WebSocket-Protocol": "chat, superchat"},
            id="subprotocols",
        ),
        pytest.param(
            {"url": "ws://server.example:81/"},
            {"Host": "server.example:81"},
            id="port",
        ),
        pytest.param({"url": "ws://[::1]:80/"}, {"Host": "[::1]"}, id="ipv6"),
        pytest.param(
            {"url": "wss://server.example:443/"}, {}, id="default-port-of-wss"
        ),
        pytest.param(
            {"url": "ws://me:p%40ss@server.example/"},
            {"Authorization": "Basic bWU6cEBzcw=="},
            id="credentials",
        ),
        pytest.param(
            {"url": "ws://me@server.example/"},
            {"Authorization": "Basic bWU6"},
            id="user-without-password",
        ),
        pytest.param({"headers": (("X-A", "1"),)}, {"X-A": "1"}, id="one-more"),
    ],
)
def test_headers(options, changes):
    """Each option has its header, behind those that every request has."""
    request = make_request(make_connect_options(**options), KEY)

    assert request.headers == list({**OURS, **changes}.items())


def test_user_headers_replace_ours():
    """A header of the user's takes the place of ours; it may come more than once."""
    headers = (("host", "other"), ("X-A", "1"), ("X-A", "2"), ("ORIGIN", "null"))
    request = make_request(
        make_connect_options(headers=headers, origin="https://a"), KEY
    )

    ours = [(name, value) for name, value in OURS.items() if name != "Host"]
    assert request.headers == [*ours, *headers]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        pytest.param(
            ("X-A", "1\r\nX-B: 2"),
            "value of header X-A holds a line break or NUL",
            id="crlf",
        ),
        pytest.param(
            ("X-A", "1\nX-B: 2"),
            "value of header X-A holds a line break or NUL",
            id="lf",
        ),
        pytest.param(
            ("X-A", "1\r"), "value of header X-A holds a line break or NUL", id="cr"
        ),
        pytest.param(
            ("X-A", "\0"), "value of header X-A holds a line break or NUL", id="nul"
        ),
        pytest.param(
            ("X A", "1"), "header name 'X A' isn't a token", id="name-with-space"
        ),
        pytest.param(
            ("X\r\nA", "1"), "header name 'X\\r\\nA' isn't a token", id="name-with-crlf"
        ),
        pytest.param(("", "1"), "header name '' isn't a token", id="no-name"),
    ],
)
def test_header_injection(header, text):
    """What would break out of its header is refused before anything is sent."""
    with pytest.raises(UsageError) as caught:
        ClientHandshake(make_connect_options(headers=(header,)), KEY)

    assert str(caught.value) == text


@pytest.mark.parametrize("option", ["origin", "subprotocols"])
def test_injection_by_other_options(option):
    """Other options get no line break into the request either."""
    value = "a\r\nX-B: 2"
    options = {option: (value,) if option == "subprotocols" else value}

    with pytest.raises(UsageError, match="holds a line break or NUL"):
        ClientHandshake(make_connect_options(**options), KEY)


def test_key_of_the_user():
    """A key given as a header is the one that the server has to answer."""
    headers = (("sec-websocket-key", "x3JJHMbDL1EzLkh9GBhXDw=="),)
    good = make_head(
        UPGRADE, CONNECTION, "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk="
    )

    assert receive([good], headers=headers).agreement == Agreement(None, None)
    with pytest.raises(HandshakeInvalid):
        receive([make_good()], headers=headers)


DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


@pytest.mark.parametrize(
    ("response", "options", "agreement"),
    [
        pytest.param(make_good(), {}, Agreement(None, None), id="plain"),
        pytest.param(
            make_head(
                "upgrade:WebSocket",
                "CONNECTION: keep-alive,  upgrade",
                f"sec-websocket-accept:\t{ACCEPT} ",
                status="HTTP/1.1 101",
            ),
            {},
            Agreement(None, None),
            id="case-and-space",
        ),
        pytest.param(
            make_head(
                "Upgrade: h2c, websocket", CONNECTION, "Connection: close", ACCEPTING
            ),
            {},
            Agreement(None, None),
            id="lists",
        ),
        pytest.param(
            make_good().replace(b"\r\n", b"\n"), {}, Agreement(None, None), id="lf-only"
        ),
        pytest.param(
            make_good("X: " + "y" * 9000), {}, Agreement(None, None), id="9-kb-line"
        ),
        pytest.param(
            make_good(*(f"X-{i}: {'y' * 100}" for i in range(600))),
            {},
            Agreement(None, None),
            id="64-kib-of-headers",
        ),
        pytest.param(
            make_good("X: \xff"), {}, Agreement(None, None), id="header-not-ascii"
        ),
        pytest.param(
            make_head(status="HTTP/1.1 100 Continue") + make_good(),
            {},
            Agreement(None, None),
            id="100-before",
        ),
        pytest.param(
            make_head(status="HTTP/1.1 100 Continue")
            + make_head("Link: </a>", status="HTTP/1.1 103 Early Hints") * 2
            + make_good(),
            {},
            Agreement(None, None),
            id="100-and-103-before",
        ),
        pytest.param(
            make_head("Link: " + "x" * 300, status="HTTP/1.1 103 Early Hints")
            + make_good(),
            {},
            Agreement(None, None),
            id="longer-103-before",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Protocol: superchat"),
            {"subprotocols": ("chat", "superchat")},
            Agreement("superchat", None),
            id="subprotocol",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Protocol: mine"),
            {"headers": (("Sec-WebSocket-Protocol", "theirs, mine"),)},
            Agreement("mine", None),
            id="subprotocol-in-the-user's-header",
        ),
        pytest.param(
            make_good(), {"subprotocols": ("chat",)}, Agreement(None, None), id="none"
        ),
        pytest.param(
            make_good(DEFLATE),
            {"compression": True},
            Agreement(None, DeflateParams()),
            id="deflate",
        ),
        pytest.param(
            make_good(
                f"{DEFLATE};server_no_context_takeover ; client_no_context_takeover"
            ),
            {"compression": True},
            Agreement(None, DeflateParams(True, True)),
            id="deflate-without-takeover",
        ),
        pytest.param(
            make_good(
                f"{DEFLATE}; server_max_window_bits=8; client_max_window_bits=15"
            ),
            {"compression": True},
            Agreement(None, DeflateParams(False, False, 8, 15)),
            id="window-bits-at-both-ends",
        ),
        pytest.param(
            make_good(f'{DEFLATE}; server_max_window_bits="10"'),
            {"compression": True},
            Agreement(None, DeflateParams(False, False, 10, 15)),
            id="quoted-window-bits",
        ),
        pytest.param(
            make_good(DEFLATE),
            {"headers": (("Sec-WebSocket-Extensions", "x-a, permessage-deflate"),)},
            Agreement(None, DeflateParams()),
            id="deflate-in-the-user's-header",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Extensions: "),
            {"compression": True},
            Agreement(None, None),
            id="empty-extensions",
        ),
    ],
)
def test_connection(response, options, agreement):
    """A response that makes a connection does so however it arrives."""
    for way, pieces in feeding_ways(response, FRAME).items():
        handshake = receive(pieces, **options)

        assert handshake.agreement == agreement, way
        assert handshake.rest == (FRAME if "trailing" in way else b""), way


def test_responses_are_kept():
    """The heads are there to be shown, the informational ones too."""
    handshake = receive([make_head(status="HTTP/1.1 103 Early Hints"), make_good()])

    assert [(r.status, r.reason) for r in handshake.responses] == [
        (103, "Early Hints"),
        (101, "Switching Protocols"),
    ]
