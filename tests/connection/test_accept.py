"""The server's opening handshake: whole responses to all that can come."""

from __future__ import annotations

import pytest

from wstool.connection.accept import Accepted
from wstool.connection.handshake import Agreement
from wstool.wire.deflate import DeflateParams

from support.feeding import feeding_ways
from support.handshakes import (
    make_request_bytes,
    receive_request,
    split_response,
)


FRAME = b"\x81\x85abcd\x29\x07\x0f\x08\x0e"


def make_101(*lines):
    """Write the head of a response that makes a connection."""
    return [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        *lines,
    ]


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(make_request_bytes(), id="plain"),
        pytest.param(
            make_request_bytes(upgrade="WebSocket", connection="keep-alive, upgrade"),
            id="as-browsers-write-it",
        ),
        pytest.param(make_request_bytes("X: \xff"), id="header-not-ascii"),
        *(
            pytest.param(make_request_bytes(host=host), id=f"host-{host}")
            for host in (
                "[fe80::1%25lo]:80",
                "a_b.example:",
                "%2Frun%2Fsocket",
                "127.1:1",
            )
        ),
        pytest.param(make_request_bytes("Host:", host=None), id="host-empty"),
        pytest.param(make_request_bytes("X: " + "y" * 8000), id="8-kb-line"),
        pytest.param(
            make_request_bytes(*(f"X-{i}: {'y' * 600}" for i in range(100))),
            id="60-kb-of-headers",
        ),
    ],
)
def test_connection(request_bytes):
    """A good request is answered with 101; what is behind it are frames."""
    for way, pieces in feeding_ways(request_bytes, FRAME).items():
        outcome, unseen = receive_request(pieces)

        assert isinstance(outcome, Accepted), way
        assert split_response(outcome.response) == (make_101(), ""), way
        assert outcome.agreement == Agreement(None, None)
        assert outcome.request.resource_name == "/chat?x=1"
        assert outcome.rest + unseen == (FRAME if "trailing" in way else b""), way


def test_key_is_answered():
    """The accept value is computed from the client's key."""
    request = make_request_bytes(sec_websocket_key="x3JJHMbDL1EzLkh9GBhXDw==")
    outcome, _ = receive_request([request])

    assert (
        "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk="
        in (split_response(outcome.response)[0])
    )


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        pytest.param(["a"], "a", id="the-preferred"),
        pytest.param(["b"], "b", id="another"),
        pytest.param(["b, a"], "a", id="the-server-prefers"),
        pytest.param(["x", "b"], "b", id="two-headers"),
    ],
)
def test_subprotocol(offers, chosen):
    """The first of the server's subprotocols that the client offers is chosen."""
    lines = [f"Sec-WebSocket-Protocol: {offer}" for offer in offers]
    outcome, _ = receive_request([make_request_bytes(*lines)], subprotocols=("a", "b"))

    head, _ = split_response(outcome.response)
    assert head == make_101(f"Sec-WebSocket-Protocol: {chosen}")
    assert outcome.agreement == Agreement(chosen, None)


def test_subprotocol_of_a_server_without():
    """A server without subprotocols takes any client, and chooses none."""
    request = make_request_bytes("Sec-WebSocket-Protocol: a")
    outcome, _ = receive_request([request])

    assert split_response(outcome.response)[0] == make_101()
    assert outcome.agreement.subprotocol is None


# Compression.

TAKEOVER = "server_no_context_takeover; client_no_context_takeover"


def negotiate(offer, **options):
    """Offer extensions; give the answer's header and what was agreed."""
    request = make_request_bytes(f"Sec-WebSocket-Extensions: {offer}")
    outcome, _ = receive_request([request], **options)
    head, _ = split_response(outcome.response)
    name = "Sec-WebSocket-Extensions: "
    values = [line.removeprefix(name) for line in head if line.startswith(name)]
    return values, outcome.agreement.deflate


@pytest.mark.parametrize(
    ("params", "answer", "server_bits", "client_bits"),
    [
        pytest.param("", "", 15, 15, id="bare"),
        pytest.param("; client_max_window_bits", "", 15, 15, id="as-browsers-offer"),
        pytest.param(f"; {TAKEOVER}", "", 15, 15, id="no-takeover"),
        *(
            pytest.param(
                f"; server_max_window_bits={bits}",
                f"; server_max_window_bits={bits}",
                bits,
                15,
                id=f"server-window-{bits}",
            )
            for bits in range(9, 16)
        ),
        *(
            pytest.param(
                f"; client_max_window_bits={bits}",
                f"; client_max_window_bits={bits}",
                15,
                bits,
                id=f"client-window-{bits}",
            )
            for bits in range(8, 16)
        ),
    ],
)
def test_deflate(params, answer, server_bits, client_bits):
    """Deflate is agreed without context takeover, with the windows asked for."""
    assert negotiate(f"permessage-deflate{params}") == (
        [f"permessage-deflate; {TAKEOVER}{answer}"],
        DeflateParams(True, True, server_bits, client_bits),
    )


@pytest.mark.parametrize(
    "offer",
    [
        "x-webkit-deflate-frame",
        "permessage-deflate; level=9",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_max_window_bits",
        # zlib can't compress with a window of 256 bytes.
        "permessage-deflate; server_max_window_bits=8",
        *(
            f"permessage-deflate; {side}_max_window_bits={bits}"
            for side in ("server", "client")
            for bits in ("7", "16", "08", "x")
        ),
    ],
)
def test_deflate_declined(offer):
    """An offer that isn't valid, or can't be met, is declined."""
    assert negotiate(offer) == ([], None)


def test_first_good_offer():
    """Of several offers the first that can be met is agreed to."""
    offer = (
        "permessage-deflate; level=9, permessage-deflate; server_max_window_bits=10,"
        "permessage-deflate"
    )

    answer, deflate = negotiate(offer)

    assert answer == [f"permessage-deflate; {TAKEOVER}; server_max_window_bits=10"]
    assert deflate == DeflateParams(True, True, 10, 15)


def test_server_without_compression():
    """A server told not to compress declines."""
    assert negotiate("permessage-deflate", compression=False) == ([], None)
