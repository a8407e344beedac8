"""An opening handshake, read for a person."""

from __future__ import annotations

import pytest

from wstool.wire.handshake import Request, Response
from wstool.wire.reading import read_request, read_response


KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

GOOD_REQUEST = {
    "Host": "example.com",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}
GOOD_RESPONSE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Accept": ACCEPT,
}


def request(changes=None, **fields):
    """Make a request; a header that is None is left out."""
    headers = {**GOOD_REQUEST, **(changes or {})}
    return Request("/", [pair for pair in headers.items() if pair[1]], **fields)


def response(changes=None, status=101):
    """Make a response; a header that is None is left out."""
    headers = {**GOOD_RESPONSE, **(changes or {})}
    return Response(
        "HTTP/1.1", status, "", [pair for pair in headers.items() if pair[1]], []
    )


def texts(reading):
    """Give the wording of violations, with their sections."""
    return [str(violation) for violation in reading.violations]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param(request(), [], id="good"),
        pytest.param(
            request(method="POST"),
            ["method is POST, not GET (RFC 6455, 4.1)"],
            id="post",
        ),
        pytest.param(
            request(version="HTTP/1.0"),
            ["version is HTTP/1.0, older than HTTP/1.1 (RFC 6455, 4.1)"],
            id="version",
        ),
        pytest.param(
            request({"Host": None}),
            ["header Host is missing (RFC 6455, 4.1)"],
            id="host",
        ),
        pytest.param(
            request({"Upgrade": "h2c", "Connection": "close"}),
            [
                "header Upgrade doesn't say websocket (RFC 6455, 4.1)",
                "header Connection doesn't say Upgrade (RFC 6455, 4.1)",
            ],
            id="upgrade",
        ),
        pytest.param(
            request({"Sec-WebSocket-Key": None}),
            ["header Sec-WebSocket-Key is missing (RFC 6455, 4.1)"],
            id="no-key",
        ),
        pytest.param(
            request({"Sec-WebSocket-Key": "abc"}),
            ["Sec-WebSocket-Key is not 16 bytes in base64 (RFC 6455, 4.1)"],
            id="bad-key",
        ),
        pytest.param(
            request({"Sec-WebSocket-Key": "é", "Sec-WebSocket-Version": "8"}),
            [
                "Sec-WebSocket-Key is not 16 bytes in base64 (RFC 6455, 4.1)",
                "Sec-WebSocket-Version is 8, not 13 (RFC 6455, 4.1)",
            ],
            id="old-version",
        ),
        pytest.param(
            request({"Sec-WebSocket-Version": None}),
            ["header Sec-WebSocket-Version is missing (RFC 6455, 4.1)"],
            id="no-version",
        ),
    ],
)
def test_request_violations(given, found):
    """Each rule that a request breaks is named."""
    assert texts(read_request(given)) == found


def test_repeated_key():
    """A key may be there once only."""
    given = request()
    given.headers.append(("Sec-WebSocket-Key", KEY))

    assert texts(read_request(given)) == [
        "header Sec-WebSocket-Key is there twice (RFC 6455, 11.3.1)"
    ]


DEFLATE = "permessage-deflate"
OFFER = {"Sec-WebSocket-Extensions": DEFLATE, "Sec-WebSocket-Protocol": "a, b"}


@pytest.mark.parametrize(
    ("offer", "given", "found"),
    [
        pytest.param({}, response(), [], id="good"),
        pytest.param({}, response({"Upgrade": None}, status=403), [], id="refusal"),
        pytest.param(
            {},
            response({"Sec-WebSocket-Accept": "abc"}),
            [
                f"Sec-WebSocket-Accept is abc, but must be {ACCEPT} (RFC 6455, 4.1)",
            ],
            id="accept",
        ),
        pytest.param(
            {},
            response({"Sec-WebSocket-Accept": None, "Upgrade": None}),
            [
                "header Upgrade doesn't say websocket (RFC 6455, 4.1)",
                "header Sec-WebSocket-Accept is missing (RFC 6455, 4.1)",
            ],
            id="missing",
        ),
        pytest.param(
            {},
            response({"Sec-WebSocket-Protocol": "c"}),
            ["subprotocol 'c' was not offered (RFC 6455, 4.1)"],
            id="subprotocol",
        ),
        pytest.param(
            OFFER,
            response(
                {"Sec-WebSocket-Protocol": "b", "Sec-WebSocket-Extensions": DEFLATE}
            ),
            [],
            id="offered",
        ),
        pytest.param(
            {},
            response({"Sec-WebSocket-Extensions": DEFLATE}),
            ["extension 'permessage-deflate' was not offered (RFC 6455, 9.1)"],
            id="extension",
        ),
        pytest.param(
            OFFER,
            response(
                {"Sec-WebSocket-Extensions": f"{DEFLATE}; client_max_window_bits=9"}
            ),
            ["client_max_window_bits was not offered (RFC 6455, 9.1)"],
            id="parameter",
        ),
        pytest.param(
            OFFER,
            response({"Sec-WebSocket-Extensions": f"{DEFLATE}; what"}),
            ["extension parameter 'what' is unknown (RFC 6455, 9.1)"],
            id="unknown-parameter",
        ),
        pytest.param(
            OFFER,
            response({"Sec-WebSocket-Extensions": "a b"}),
            ["extension name 'a b' isn't a token (RFC 6455, 9.1)"],
            id="malformed",
        ),
    ],
)
def test_response_violations(offer, given, found):
    """Each rule that a response breaks is named."""
    assert texts(read_response(request(offer), given)) == found


def test_response_without_its_request():
    """What depends on an unknown request isn't held against a response."""
    given = response({"Sec-WebSocket-Protocol": "c", "Sec-WebSocket-Accept": "abc"})

    reading = read_response(None, given)

    assert reading.violations == ()
    assert reading.meanings[2].startswith("proves that the server read the key")


@pytest.mark.parametrize(
    ("name", "value", "meaning"),
    [
        (
            "Sec-WebSocket-Key",
            KEY,
            "16 random bytes in base64, for the server to prove it listens",
        ),
        ("Sec-WebSocket-Key", "x", "not 16 bytes in base64"),
        ("Sec-WebSocket-Version", "8", "not that of RFC 6455"),
        ("Sec-WebSocket-Protocol", "a,b", "offers subprotocols, the best first: a, b"),
        ("Origin", "http://a", "where the script comes from; the server may refuse it"),
        ("Cookie", "a=b", None),
        ("Sec-WebSocket-Extensions", "x; y=1; z", "offers x: y=1, z"),
        (
            "Sec-WebSocket-Extensions",
            "a b",
            "malformed: extension name 'a b' isn't a token",
        ),
        (
            "Sec-WebSocket-Extensions",
            f"{DEFLATE}; server_max_window_bits=10; client_max_window_bits",
            "offers compression: server's window is at most 2^10 bytes,"
            " client's window may be limited",
        ),
    ],
)  # fmt: skip
def test_request_meanings(name, value, meaning):
    """What a header is for is said where it matters here."""
    assert read_request(Request("/", [(name, value)])).meanings == (meaning,)


@pytest.mark.parametrize(
    ("name", "value", "meaning"),
    [
        (
            "Sec-WebSocket-Accept",
            ACCEPT,
            "right: computed again from the key, it is the same",
        ),
        ("Sec-WebSocket-Accept", "x", f"wrong: from the key, it must be {ACCEPT}"),
        ("Sec-WebSocket-Protocol", "a", "the subprotocol that is spoken from here on"),
        ("Sec-WebSocket-Version", "13", "the versions that the server speaks"),
        ("Server", "x", None),
        (
            "Sec-WebSocket-Extensions",
            f"{DEFLATE}; server_no_context_takeover",
            "agrees to compression: server starts each message with an empty window",
        ),
    ],
)  # fmt: skip
def test_response_meanings(name, value, meaning):
    """What a header of a response says is put into words."""
    given = Response("HTTP/1.1", 101, "", [(name, value)], [])

    assert read_response(request(), given).meanings == (meaning,)
