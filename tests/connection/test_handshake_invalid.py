"""Responses to a client's opening handshake that make no connection."""

from __future__ import annotations

import pytest

from wstool.connection.handshake import Agreement, ClientHandshake
from wstool.errors import HandshakeInvalid

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
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


def expect_invalid(pieces, **options):
    """Feed a client; give the error's text and detail."""
    with pytest.raises(HandshakeInvalid) as caught:
        receive(pieces, **options)
    return caught.value.problem, caught.value.detail


@pytest.mark.parametrize(
    ("response", "options", "problem"),
    [
        pytest.param(
            make_head(
                UPGRADE,
                CONNECTION,
                ACCEPTING,
                status="HTTP/1.0 101 Switching Protocols",
            ),
            {},
            "101 with HTTP/1.0, not HTTP/1.1",
            id="http-1.0",
        ),
        pytest.param(
            make_head(CONNECTION, ACCEPTING),
            {},
            "header Upgrade should be 'websocket', but is missing",
            id="no-upgrade",
        ),
        pytest.param(
            make_head("Upgrade: h2c", CONNECTION, ACCEPTING),
            {},
            "header Upgrade should be 'websocket', but is 'h2c'",
            id="other-upgrade",
        ),
        pytest.param(
            make_head(UPGRADE, ACCEPTING),
            {},
            "header Connection should be 'Upgrade', but is missing",
            id="no-connection",
        ),
        pytest.param(
            make_head(UPGRADE, "Connection: keep-alive", ACCEPTING),
            {},
            "header Connection should be 'Upgrade', but is 'keep-alive'",
            id="other-connection",
        ),
        pytest.param(
            make_head(UPGRADE, CONNECTION),
            {},
            f"header Sec-WebSocket-Accept should be '{ACCEPT}', but is missing",
            id="no-accept",
        ),
        pytest.param(
            make_head(UPGRADE, CONNECTION, ACCEPTING.lower()),
            {},
            f"header Sec-WebSocket-Accept should be '{ACCEPT}', "
            f"but is '{ACCEPT.lower()}'",
            id="other-accept",
        ),
        pytest.param(
            make_good(ACCEPTING),
            {},
            f"header Sec-WebSocket-Accept should be '{ACCEPT}', "
            f"but is '{ACCEPT}, {ACCEPT}'",
            id="two-accepts",
        ),
        pytest.param(
            make_good("no colon"),
            {},
            "malformed header line 'no colon'",
            id="malformed-header",
        ),
        pytest.param(
            make_good("X: 1", " folded"),
            {},
            "malformed header line ' folded'",
            id="folded-header",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Protocol: chat"),
            {},
            "subprotocol 'chat' wasn't offered",
            id="subprotocol-without-offers",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Protocol: Chat"),
            {"subprotocols": ("chat",)},
            "subprotocol 'Chat' wasn't offered",
            id="subprotocol-in-other-case",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Protocol: a, b"),
            {"subprotocols": ("a", "b")},
            "subprotocol 'a, b' wasn't offered",
            id="two-subprotocols",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"),
            {"subprotocols": ("a", "b")},
            "subprotocol 'a, b' wasn't offered",
            id="two-subprotocol-headers",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Protocol:"),
            {},
            "subprotocol '' wasn't offered",
            id="empty-subprotocol",
        ),
        pytest.param(
            make_good(DEFLATE),
            {},
            "extension 'permessage-deflate' wasn't offered",
            id="deflate-not-offered",
        ),
        pytest.param(
            make_good(DEFLATE),
            {"headers": (("Sec-WebSocket-Extensions", "x-other"),)},
            "extension 'permessage-deflate' wasn't offered",
            id="deflate-among-others-not-offered",
        ),
        pytest.param(
            make_good(DEFLATE),
            {"headers": (("Sec-WebSocket-Extensions", "permessage-deflate; ="),)},
            "extension 'permessage-deflate' wasn't offered",
            id="deflate-in-a-malformed-offer",
        ),
        pytest.param(
            make_good(f"{DEFLATE}; client_max_window_bits=10"),
            {"headers": (("Sec-WebSocket-Extensions", "permessage-deflate"),)},
            "extension parameter 'client_max_window_bits' wasn't offered",
            id="client-window-not-offered",
        ),
        pytest.param(
            make_good("Sec-WebSocket-Extensions: x-webkit-deflate-frame"),
            {"compression": True},
            "extension 'x-webkit-deflate-frame' wasn't offered",
            id="other-extension",
        ),
        pytest.param(
            make_good(DEFLATE, DEFLATE),
            {"compression": True},
            "extension 'permessage-deflate' is there twice",
            id="extension-twice",
        ),
        pytest.param(
            make_good(f"{DEFLATE}; level=9"),
            {"compression": True},
            "extension parameter 'level' is unknown",
            id="unknown-parameter",
        ),
        pytest.param(
            make_good(
                f"{DEFLATE}; server_no_context_takeover; server_no_context_takeover"
            ),
            {"compression": True},
            "extension parameter 'server_no_context_takeover' is there twice",
            id="parameter-twice",
        ),
        pytest.param(
            make_good(f"{DEFLATE}; server_no_context_takeover=1"),
            {"compression": True},
            "extension parameter 'server_no_context_takeover' takes no value",
            id="takeover-with-value",
        ),
        pytest.param(
            make_good(f"{DEFLATE}; server_max_window_bits"),
            {"compression": True},
            "extension parameter 'server_max_window_bits' has no value",
            id="window-bits-without-value",
        ),
        *(
            pytest.param(
                make_good(f"{DEFLATE}; {side}_max_window_bits={bits}"),
                {"compression": True},
                f"extension parameter '{side}_max_window_bits' "
                f"isn't from 8 to 15: {bits}",
                id=f"{side}-window-bits-{bits}",
            )
            for side in ("server", "client")
            for bits in ("7", "16", "08", "+9")
        ),
        pytest.param(
            make_good(f"{DEFLATE}; server_max_window_bits="),
            {"compression": True},
            "extension parameter 'server_max_window_bits=' is malformed",
            id="malformed-parameter",
        ),
    ],
)
def test_101_that_makes_no_connection(response, options, problem):
    """Anything amiss in a 101 is named; nothing is believed."""
    for pieces in feeding_ways(response, FRAME).values():
        assert expect_invalid(pieces, **options) == (problem, "")


ALERT = bytes.fromhex("15030300020250")


@pytest.mark.parametrize(
    ("data", "problem", "detail"),
    [
        pytest.param(
            b"", "the server ended the stream without a response", "", id="nothing"
        ),
        pytest.param(
            b"SSH-2.0-OpenSSH\r\n",
            "not an HTTP response",
            "SSH-2.0-OpenSSH\r\n",
            id="ssh",
        ),
        pytest.param(
            ALERT,
            "not an HTTP response but TLS (try wss://)",
            "\x15\x03\x03\x00\x02\x02P",
            id="tls-alert",
        ),
        pytest.param(
            b"\xff\xfe\x00", "not an HTTP response", "\\xff\\xfe\x00", id="bytes"
        ),
        pytest.param(
            b"x" * 600,
            "not an HTTP response",
            "x" * 512 + "\n[88 more bytes]",
            id="long",
        ),
        pytest.param(
            b"HTTP/1.1 9999 Odd\r\n\r\n",
            "not an HTTP response",
            "HTTP/1.1 9999 Odd\r\n\r\n",
            id="status-of-four-digits",
        ),
        pytest.param(
            b"HTTP/1.1\r\n\r\n",
            "not an HTTP response",
            "HTTP/1.1\r\n\r\n",
            id="no-status",
        ),
        pytest.param(
            b"HTTP/1.1 101 Swi",
            "the server ended the stream in the middle of the response",
            "HTTP/1.1 101 Swi",
            id="cut-in-the-status-line",
        ),
        pytest.param(
            make_good()[:-2],
            "the server ended the stream in the middle of the response",
            make_good()[:-2].decode(),
            id="cut-in-the-headers",
        ),
    ],
)
def test_no_response(data, problem, detail):
    """What isn't an HTTP response is shown as far as it helps."""
    assert expect_invalid([data] if data else []) == (problem, detail)


@pytest.mark.parametrize(
    ("pieces", "permanent"),
    [
        pytest.param([], False, id="nothing"),
        pytest.param([b"HTTP/1.1 101 Swi"], False, id="cut-off"),
        pytest.param([b"SSH-2.0-OpenSSH\r\n"], True, id="garbage"),
        pytest.param([make_head(UPGRADE)], True, id="no-connection"),
    ],
)
def test_permanent(pieces, permanent):
    """Only where the stream ended too early, another attempt may fare better."""
    with pytest.raises(HandshakeInvalid) as caught:
        receive(pieces)
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("head", [b"HTTP/1.1 10", b""])
def test_partial_response(head):
    """What has come of a head is shown when time is up; a whole one is not."""
    handshake = ClientHandshake(make_connect_options(), KEY)
    handshake.receive_data(head)
    assert handshake.describe_partial() == head.decode()
    whole = ClientHandshake(make_connect_options(), KEY)
    whole.receive_data(make_head("Content-Length: 9", status="HTTP/1.1 403 No") + b"a")
    assert whole.describe_partial() == ""


@pytest.mark.parametrize("first", [b"S", b"HTTQ", b"\x16\x03\x01"])
def test_garbage_is_found_at_once(first):
    """The first byte that can't begin a response ends the handshake."""
    handshake = ClientHandshake(make_connect_options(), KEY)

    with pytest.raises(HandshakeInvalid):
        handshake.receive_data(first)


LIMIT = 1 << 18


def test_headers_over_the_limit():
    """A head that doesn't end is given up; one that ends just below is taken."""
    head = make_good("X: " + "y" * (LIMIT - len(make_good("X: "))))
    assert len(head) == LIMIT

    assert receive([head]).agreement == Agreement(None, None)
    endless = head[:-2] + b"yyy"
    assert expect_invalid([endless]) == (f"response headers are over {LIMIT} bytes", "")


def test_endless_informational_responses():
    """A server that never comes to the point is given up."""
    head = make_head(status="HTTP/1.1 102 Processing")

    assert receive([head * 100 + make_good()]).agreement is not None
    assert expect_invalid([head * 101]) == (
        "more than 100 informational responses",
        "",
    )


def test_only_informational_responses():
    """A stream that ends after an informational response brought no response."""
    problem, _ = expect_invalid([make_head(status="HTTP/1.1 100 Continue")])

    assert problem == "the server ended the stream without a response"
