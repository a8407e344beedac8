"""Extensions in the opening handshake (RFC 6455, 9.1; RFC 7692, 7.1)."""

from __future__ import annotations

import pytest

from wstool.wire.deflate import DeflateParams
from wstool.wire.handshake import agree_deflate, offer_deflate, parse_extensions


@pytest.mark.parametrize(
    ("value", "extensions"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(" , ,", [], id="empty items"),
        pytest.param("a", [("a", [])], id="one"),
        pytest.param("a, b", [("a", []), ("b", [])], id="two"),
        pytest.param(
            'a; x; y=1 ; z = "2", b;x=\t3',
            [("a", [("x", None), ("y", "1"), ("z", "2")]), ("b", [("x", "3")])],
            id="parameters",
        ),
        pytest.param(
            offer_deflate(DeflateParams()),
            [("permessage-deflate", [("client_max_window_bits", None)])],
            id="our offer",
        ),
    ],
)
def test_parse_extensions(value, extensions):
    """RFC 6455, 9.1: extensions with parameters, values quoted or not."""
    assert parse_extensions(value) == extensions


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        pytest.param("a b", "extension name 'a b' isn't a token", id="space"),
        pytest.param("; x", "extension name '' isn't a token", id="no name"),
        pytest.param(
            "\xa0a", "extension name '\\xa0a' isn't a token", id="other space"
        ),
        pytest.param("a;", "extension parameter '' is malformed", id="no parameter"),
        pytest.param("a; =1", "extension parameter '=1' is malformed", id="no key"),
        pytest.param("a; x=", "extension parameter 'x=' is malformed", id="no value"),
        pytest.param(
            'a; x=""', "extension parameter 'x=\"\"' is malformed", id="empty quotes"
        ),
        pytest.param(
            'a; x="', "extension parameter 'x=\"' is malformed", id="half a quote"
        ),
        pytest.param(
            "a; x=1=2", "extension parameter 'x=1=2' is malformed", id="two values"
        ),
    ],
)
def test_malformed_extensions(value, problem):
    """What doesn't follow the grammar is refused with the part that is wrong."""
    with pytest.raises(ValueError) as caught:
        parse_extensions(value)

    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("value", "params"),
    [
        pytest.param("", None, id="declined"),
        pytest.param("permessage-deflate", DeflateParams(), id="plain"),
        pytest.param(
            "permessage-deflate; server_no_context_takeover",
            DeflateParams(server_no_context_takeover=True),
            id="server without context takeover",
        ),
        pytest.param(
            "permessage-deflate; client_no_context_takeover",
            DeflateParams(client_no_context_takeover=True),
            id="client without context takeover",
        ),
        pytest.param(
            "permessage-deflate; server_max_window_bits=8",
            DeflateParams(server_max_window_bits=8),
            id="smallest window",
        ),
        pytest.param(
            'permessage-deflate; client_max_window_bits="15"',
            DeflateParams(client_max_window_bits=15),
            id="largest window, quoted",
        ),
        pytest.param(
            "permessage-deflate; client_max_window_bits=9;"
            " server_no_context_takeover; server_max_window_bits=10;"
            " client_no_context_takeover",
            DeflateParams(True, True, 10, 9),
            id="all, in any order",
        ),
    ],
)
def test_agree_deflate(value, params):
    """RFC 7692, 7.1: each parameter of permessage-deflate."""
    assert agree_deflate(value) == params


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        pytest.param("other", "extension 'other' wasn't offered", id="not offered"),
        pytest.param(
            "permessage-deflate, permessage-deflate",
            "extension 'permessage-deflate' is there twice",
            id="twice",
        ),
        pytest.param(
            "permessage-deflate; other",
            "extension parameter 'other' is unknown",
            id="unknown parameter",
        ),
        pytest.param(
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
            "extension parameter 'server_max_window_bits' is there twice",
            id="parameter twice",
        ),
        pytest.param(
            "permessage-deflate; client_no_context_takeover=1",
            "extension parameter 'client_no_context_takeover' takes no value",
            id="value not taken",
        ),
        pytest.param(
            "permessage-deflate; client_max_window_bits",
            "extension parameter 'client_max_window_bits' has no value",
            id="value missing",
        ),
        *(
            pytest.param(
                f"permessage-deflate; server_max_window_bits={bits}",
                "extension parameter 'server_max_window_bits' isn't from 8 to 15:"
                f" {bits}",
                id=f"window of {bits}",
            )
            for bits in ("7", "16", "08", "1e1", "-9")
        ),
        pytest.param(
            "permessage-deflate;", "extension parameter '' is malformed", id="malformed"
        ),
    ],
)
def test_agree_deflate_refuses(value, problem):
    """RFC 7692, 7.1: a response that was not offered or isn't valid is refused."""
    with pytest.raises(ValueError) as caught:
        agree_deflate(value)

    assert str(caught.value) == problem
