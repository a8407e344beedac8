"""What -v says of redirects, and of what the opening handshake settled."""

from __future__ import annotations

import pytest

from wstool.cli._verbose_http import show_agreement, show_redirect
from wstool.connection.handshake import Agreement
from wstool.connection.redirect import Redirect
from wstool.connection.request import make_request
from wstool.wire.deflate import DeflateParams

from support.connecting import make_connect_options


@pytest.mark.parametrize(
    ("dropped", "lines"),
    [
        pytest.param((), [], id="none"),
        pytest.param(
            ("Authorization", "Cookie"),
            ["* another origin, so these are left out: Authorization, Cookie"],
            id="dropped",
        ),
    ],
)
def test_redirect(capfd, dropped, lines):
    """Where it leads, without a password, and what doesn't go there."""
    options = make_connect_options("wss://me:pw@b.example/x")
    show_redirect(Redirect(307, options, dropped))
    assert capfd.readouterr().err.splitlines() == [
        "* HTTP 307 leads to wss://b.example/x",
        *lines,
    ]


@pytest.mark.parametrize(
    ("options", "agreement", "offered", "agreed"),
    [
        pytest.param(
            {},
            Agreement(None, None),
            "no subprotocol; no extension",
            "no subprotocol; no extension",
            id="nothing",
        ),
        pytest.param(
            {"compression": True, "subprotocols": ("a", "b")},
            Agreement("b", DeflateParams()),
            "subprotocol a, b; permessage-deflate; client_max_window_bits",
            "subprotocol b; permessage-deflate, "
            "sending with 15 window bits and context takeover, "
            "receiving with 15 window bits and context takeover",
            id="all",
        ),
        pytest.param(
            {"compression": True, "server_max_window_bits": 9},
            Agreement(None, DeflateParams(True, False, 9, 8)),
            "no subprotocol; permessage-deflate; server_max_window_bits=9; "
            "client_max_window_bits",
            "no subprotocol; permessage-deflate, "
            "sending uncompressed, as zlib has no window of 8 bits, "
            "receiving with 9 window bits and no context takeover",
            id="limited",
        ),
        pytest.param(
            {"headers": (("Sec-WebSocket-Extensions", "x-mine"),)},
            Agreement(None, None),
            "no subprotocol; x-mine",
            "no subprotocol; no extension",
            id="of-the-user",
        ),
    ],
)
def test_agreement(capfd, options, agreement, offered, agreed):
    """Both directions, as they will be."""
    show_agreement(make_request(make_connect_options(**options), "key"), agreement)
    assert capfd.readouterr().err == f"* offered: {offered}\n* agreed: {agreed}\n"
