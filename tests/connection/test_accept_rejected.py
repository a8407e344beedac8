"""The server's opening handshake: what makes no connection, and what is answered."""

from __future__ import annotations

import pytest

from wstool.connection.accept import Rejected, ServerHandshake

from support.feeding import feeding_ways
from support.handshakes import (
    KEY,
    make_request_bytes,
    receive_request,
    split_response,
)


START = "GET /chat?x=1 HTTP/1.1"
PLAIN_TEXT = "Content-Type: text/plain; charset=utf-8"


def make_refusal(status, body, *lines):
    """Write the head of a refusal of our own, with its body."""
    head = [
        f"HTTP/1.1 {status}",
        *lines,
        PLAIN_TEXT,
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return head, body


def make_foreign_refusal(status, problem, *lines):
    """Write the head of a refusal that websockets makes, with its body."""
    body = f"Failed to open a WebSocket connection: {problem}.\n"
    if lines:
        body += (
            "\nYou cannot access a WebSocket server directly with a browser. "
            "You need a WebSocket client.\n"
        )
    head = [
        f"HTTP/1.1 {status}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        PLAIN_TEXT,
        *lines,
    ]
    return head, body


UPGRADE = "Upgrade: websocket"
TOO_LARGE = "431 Request Header Fields Too Large"
NOT_HTTP = make_refusal("400 Bad Request", "this is not HTTP\n")
VERSIONS = (UPGRADE, "Sec-WebSocket-Version: 13")
HIXIE = (
    b"GET /demo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nOrigin: http://example.com\r\n"
    b"\r\n^n:ds[4U"
)


@pytest.mark.parametrize(
    ("request_bytes", "response", "came"),
    [
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            make_foreign_refusal(
                "426 Upgrade Required", "missing Connection header", UPGRADE
            ),
            "GET / HTTP/1.1: missing Connection header",
            id="plain-get",
        ),
        pytest.param(
            make_request_bytes(upgrade="h2c"),
            make_foreign_refusal(
                "426 Upgrade Required", "invalid Upgrade header: h2c", UPGRADE
            ),
            f"{START}: invalid Upgrade header: h2c",
            id="other-upgrade",
        ),
        pytest.param(
            b"POST /form HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi",
            make_refusal(
                "405 Method Not Allowed",
                "only GET opens a WebSocket\n",
                "Allow: GET, HEAD",
            ),
            "POST /form HTTP/1.1: only GET opens a WebSocket",
            id="post",
        ),
        pytest.param(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            make_refusal(
                "405 Method Not Allowed",
                "only GET opens a WebSocket\n",
                "Allow: GET, HEAD",
            ),
            "PRI * HTTP/2.0: only GET opens a WebSocket",
            id="http-2",
        ),
        pytest.param(
            make_request_bytes(start="HEAD / HTTP/1.1"),
            (
                make_refusal(
                    "405 Method Not Allowed",
                    "only GET opens a WebSocket\n",
                    "Allow: GET, HEAD",
                )[0],
                "",
            ),
            "HEAD / HTTP/1.1: only GET opens a WebSocket",
            id="head-that-upgrades",
        ),
        pytest.param(
            b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
            (
                make_foreign_refusal(
                    "426 Upgrade Required", "missing Connection header", UPGRADE
                )[0],
                "",
            ),
            "HEAD / HTTP/1.1: missing Connection header",
            id="plain-head",
        ),
        pytest.param(
            make_request_bytes(host=None),
            make_refusal("400 Bad Request", "missing Host header\n"),
            f"{START}: missing Host header",
            id="no-host",
        ),
        pytest.param(
            make_request_bytes("Host: other.example"),
            make_refusal("400 Bad Request", "invalid Host header: multiple values\n"),
            f"{START}: invalid Host header: multiple values",
            id="two-hosts",
        ),
        *(
            pytest.param(
                make_request_bytes(host=host),
                make_refusal("400 Bad Request", f"invalid Host header: {host}\n"),
                f"{START}: invalid Host header: {host}",
                id=f"host-{number}",
            )
            for number, host in enumerate(
                ("a b", "a/b", "user@a", "a:b", "::1", "[::1", "a:1:2", "a?")
            )
        ),
        pytest.param(
            make_request_bytes(start="GET / HTTP/1.0", host=None),
            make_foreign_refusal(
                "505 HTTP Version Not Supported", "unsupported HTTP version: HTTP/1.0"
            ),
            "GET / HTTP/1.0: unsupported HTTP version: HTTP/1.0",
            id="http-1.0-without-host",
        ),
        pytest.param(
            make_request_bytes(start="GET / HTTP/1.0"),
            make_foreign_refusal(
                "505 HTTP Version Not Supported", "unsupported HTTP version: HTTP/1.0"
            ),
            "GET / HTTP/1.0: unsupported HTTP version: HTTP/1.0",
            id="http-1.0",
        ),
        *(
            pytest.param(
                make_request_bytes(sec_websocket_version=version),
                make_refusal(
                    "426 Upgrade Required",
                    f"WebSocket version {version} isn't 13\n",
                    *VERSIONS,
                ),
                f"{START}: WebSocket version {version} isn't 13",
                id=f"version-{version}",
            )
            for version in ("8", "14", "13, 8")
        ),
        pytest.param(
            make_request_bytes(sec_websocket_version=None),
            make_foreign_refusal(
                "400 Bad Request", "missing Sec-WebSocket-Version header"
            ),
            f"{START}: missing Sec-WebSocket-Version header",
            id="no-version",
        ),
        pytest.param(
            make_request_bytes(sec_websocket_key=None),
            make_foreign_refusal("400 Bad Request", "missing Sec-WebSocket-Key header"),
            f"{START}: missing Sec-WebSocket-Key header",
            id="no-key",
        ),
        pytest.param(
            make_request_bytes(sec_websocket_key="AAAAAAAAAAAAAAAAAAAA"),
            make_foreign_refusal(
                "400 Bad Request",
                "invalid Sec-WebSocket-Key header: AAAAAAAAAAAAAAAAAAAA",
            ),
            f"{START}: invalid Sec-WebSocket-Key header: AAAAAAAAAAAAAAAAAAAA",
            id="key-of-15-bytes",
        ),
        pytest.param(
            make_request_bytes(f"Sec-WebSocket-Key: {KEY}"),
            make_foreign_refusal(
                "400 Bad Request", "invalid Sec-WebSocket-Key header: multiple values"
            ),
            f"{START}: invalid Sec-WebSocket-Key header: multiple values",
            id="two-keys",
        ),
        pytest.param(
            HIXIE,
            make_foreign_refusal("400 Bad Request", "missing Sec-WebSocket-Key header"),
            "GET /demo HTTP/1.1: missing Sec-WebSocket-Key header",
            id="hixie-76",
        ),
        pytest.param(
            make_request_bytes("Content-Length: 2") + b"hi",
            make_refusal("400 Bad Request", "unsupported request body\n"),
            f"{START}: unsupported request body",
            id="get-with-a-body",
        ),
        pytest.param(
            make_request_bytes("no colon"),
            make_refusal("400 Bad Request", "invalid HTTP header line: no colon\n"),
            f"{START}: invalid HTTP header line: no colon",
            id="malformed-header",
        ),
        pytest.param(
            make_request_bytes().replace(b"\r\nHost", b"\nHost"),
            make_refusal("400 Bad Request", "a line ends with LF alone, without CR\n"),
            f"{START}: a line ends with LF alone, without CR",
            id="one-lf",
        ),
        pytest.param(
            make_request_bytes().replace(b"\r\n", b"\n"),
            make_refusal("400 Bad Request", "a line ends with LF alone, without CR\n"),
            f"{START}: a line ends with LF alone, without CR",
            id="lf-only",
        ),
        pytest.param(
            make_request_bytes("X: " + "y" * 8190),
            make_refusal(
                TOO_LARGE,
                "request headers are too large: "
                "read 8195 bytes, expected no more than 8192 bytes\n",
            ),
            f"{START}: request headers are too large: "
            "read 8195 bytes, expected no more than 8192 bytes",
            id="header-line-over-8-kib",
        ),
        pytest.param(
            make_request_bytes(*(f"X-{i}: 1" for i in range(124))),
            make_refusal(
                TOO_LARGE,
                "request headers are too large: expected no more than 128 headers\n",
            ),
            f"{START}: request headers are too large: "
            "expected no more than 128 headers",
            id="129-headers",
        ),
        pytest.param(
            make_request_bytes("Sec-WebSocket-Extensions: permessage-deflate; ="),
            make_foreign_refusal(
                "400 Bad Request",
                "invalid Sec-WebSocket-Extensions header: "
                "expected token at 20 in permessage-deflate; =",
            ),
            f"{START}: invalid Sec-WebSocket-Extensions header: "
            "expected token at 20 in permessage-deflate; =",
            id="malformed-extensions",
        ),
    ],
)
def test_rejected(request_bytes, response, came):
    """A request that makes no connection gets an answer, and the log what came."""
    for way, pieces in feeding_ways(request_bytes, b"more").items():
        outcome, _ = receive_request(pieces)

        assert isinstance(outcome, Rejected), way
        assert split_response(outcome.response) == response, way
        assert outcome.came == came, way


@pytest.mark.parametrize(
    ("offers", "problem"),
    [
        pytest.param([], "missing subprotocol", id="none"),
        pytest.param(["x"], "invalid subprotocol; expected one of a, b", id="another"),
        pytest.param(
            ["A"], "invalid subprotocol; expected one of a, b", id="other-case"
        ),
    ],
)
def test_subprotocol_that_does_not_fit(offers, problem):
    """A server with subprotocols rejects a client that speaks none of them."""
    lines = [f"Sec-WebSocket-Protocol: {offer}" for offer in offers]
    outcome, _ = receive_request([make_request_bytes(*lines)], subprotocols=("a", "b"))

    response = make_foreign_refusal("400 Bad Request", problem)
    assert split_response(outcome.response) == response
    assert outcome.came == f"{START}: {problem}"


# What isn't HTTP.


@pytest.mark.parametrize(
    ("first", "came"),
    [
        pytest.param(b"\x00", "not HTTP: \x00", id="nul"),
        pytest.param(b"GE\xff", "not HTTP: GE\\xff", id="inside-the-method"),
        pytest.param(b"get ", "not HTTP: get ", id="lower-case"),
        pytest.param(b" GET", "not HTTP:  GET", id="leading-space"),
        pytest.param(b"\r\n", "not HTTP: \r\n", id="leading-line-end"),
        pytest.param(b"A" * 21, f"not HTTP: {'A' * 21}", id="long-method"),
        pytest.param(b"x" * 50, f"not HTTP: {'x' * 40}", id="long-garbage"),
    ],
)
def test_garbage(first, came):
    """What can't begin a request is rejected at once, and its beginning logged."""
    outcome, _ = receive_request([first])

    assert split_response(outcome.response) == NOT_HTTP
    assert outcome.came == came


def test_tls():
    """A TLS hello on a plain port is told from its first byte."""
    outcome, _ = receive_request([b"\x16"])

    body = "this port speaks ws://, not wss://\n"
    assert split_response(outcome.response) == make_refusal("400 Bad Request", body)
    assert outcome.came == "a TLS handshake on a port without TLS"


@pytest.mark.parametrize("method", [b"G", b"GET", b"A" * 20, b"OPTIONS /"])
def test_beginning_of_a_request(method):
    """What may yet become a request is waited for."""
    assert receive_request([method]) == (None, b"")


@pytest.mark.parametrize("ends", [True, False], ids=["ends", "goes-on"])
def test_headers_over_the_limit(ends):
    """A head over 64 KiB is rejected, whether or not it ends."""
    lines = [f"X-{i}: {'y' * 1020}" for i in range(70)]
    request = make_request_bytes(*lines)
    pieces = [request] if ends else [request[:60000], request[60000:65537]]
    outcome, _ = receive_request(pieces)

    body = "request headers over 65536 bytes\n"
    assert split_response(outcome.response) == make_refusal(TOO_LARGE, body)
    assert outcome.came == "request headers over 65536 bytes"


def test_head_at_the_limit():
    """64 KiB of head that go on are waited for."""
    assert receive_request([b"GET / HTTP/1.1\r\nX: ".ljust(1 << 16, b"y")]) == (
        None,
        b"",
    )


def test_progress_for_the_log():
    """How far a request has come can be told when it takes too long."""
    handshake = ServerHandshake()
    assert handshake.describe() == "nothing"

    handshake.receive_data(b"GET / HT")

    assert handshake.describe() == "8 bytes of a request"
