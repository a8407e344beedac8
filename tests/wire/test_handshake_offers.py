"""What a client offers of permessage-deflate, and what a server may make of it."""

from __future__ import annotations

import pytest

from wstool.wire.deflate import DeflateParams
from wstool.wire.handshake import (
    DeflateOffer,
    offer_deflate,
    read_deflate_offers,
    settle_deflate,
)


DEFLATE = "permessage-deflate"

OFFERS = [
    pytest.param(DeflateParams(), "client_max_window_bits", id="default"),
    pytest.param(
        DeflateParams(client_max_window_bits=9), "client_max_window_bits=9", id="client"
    ),
    pytest.param(
        DeflateParams(server_max_window_bits=8),
        "server_max_window_bits=8; client_max_window_bits",
        id="server",
    ),
    pytest.param(
        DeflateParams(True, True, 10, 11),
        "server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=10; client_max_window_bits=11",
        id="all",
    ),
]


@pytest.mark.parametrize(("params", "text"), OFFERS)
def test_offer(params, text):
    """RFC 7692, 7.1: what is offered is read back as it was meant."""
    assert offer_deflate(params) == f"{DEFLATE}; {text}"
    assert read_deflate_offers(f"{DEFLATE}; {text}") == [DeflateOffer(params, True)]


@pytest.mark.parametrize(
    ("value", "offers"),
    [
        pytest.param("", [], id="none"),
        pytest.param("x-other; a=b", [], id="other"),
        pytest.param(f"{DEFLATE}; =", [], id="malformed"),
        pytest.param(DEFLATE, [DeflateOffer(DeflateParams(), False)], id="plain"),
        pytest.param(
            f"x, {DEFLATE}; server_max_window_bits=9, {DEFLATE}",
            [
                DeflateOffer(DeflateParams(server_max_window_bits=9), False),
                DeflateOffer(DeflateParams(), False),
            ],
            id="two",
        ),
        pytest.param(
            f"{DEFLATE}; server_max_window_bits=99; client_max_window_bits=x; y",
            [DeflateOffer(DeflateParams(), True)],
            id="wrong-values",
        ),
    ],
)
def test_offers_of_the_user(value, offers):
    """What a user's own header says wrongly isn't offered."""
    assert read_deflate_offers(value) == offers


@pytest.mark.parametrize(
    ("offer", "response", "params"),
    [
        pytest.param("", "", DeflateParams(), id="plain"),
        pytest.param(
            "; client_no_context_takeover",
            "",
            DeflateParams(client_no_context_takeover=True),
            id="our-takeover-ignored",
        ),
        pytest.param(
            "; client_max_window_bits=10",
            "",
            DeflateParams(client_max_window_bits=10),
            id="our-window-ignored",
        ),
        pytest.param(
            "; client_max_window_bits=10",
            "; client_max_window_bits=12",
            DeflateParams(client_max_window_bits=10),
            id="our-window-widened",
        ),
        pytest.param(
            "; client_max_window_bits=10",
            "; client_max_window_bits=9",
            DeflateParams(client_max_window_bits=9),
            id="our-window-narrowed",
        ),
        pytest.param(
            "; server_max_window_bits=10",
            "; server_max_window_bits=9",
            DeflateParams(server_max_window_bits=9),
            id="its-window-narrowed",
        ),
        pytest.param(
            "",
            "; server_no_context_takeover; server_max_window_bits=9",
            DeflateParams(server_no_context_takeover=True, server_max_window_bits=9),
            id="more-than-asked",
        ),
        pytest.param(
            f"; server_max_window_bits=9, {DEFLATE}; client_no_context_takeover",
            "",
            DeflateParams(client_no_context_takeover=True),
            id="second-offer",
        ),
    ],
)
def test_settle(offer, response, params):
    """Our side keeps to what we offered, whether or not the server mentions it."""
    offers = read_deflate_offers(f"{DEFLATE}{offer}")
    assert settle_deflate(f"{DEFLATE}{response}", offers) == params


@pytest.mark.parametrize(
    ("offer", "response", "problem"),
    [
        pytest.param(
            "; server_no_context_takeover",
            "",
            "'server_no_context_takeover' is missing",
            id="takeover-ignored",
        ),
        pytest.param(
            "; server_max_window_bits=10",
            "",
            "'server_max_window_bits' should be at most 10, but is 15",
            id="window-ignored",
        ),
        pytest.param(
            "; server_max_window_bits=10",
            "; server_max_window_bits=11",
            "'server_max_window_bits' should be at most 10, but is 11",
            id="window-widened",
        ),
        pytest.param(
            "",
            "; client_max_window_bits=9",
            "'client_max_window_bits' wasn't offered",
            id="client-window",
        ),
        pytest.param(
            f"; server_max_window_bits=9, {DEFLATE}; server_no_context_takeover",
            "; server_max_window_bits=10",
            "'server_max_window_bits' should be at most 9, but is 10",
            id="no-offer-fits",
        ),
    ],
)
def test_no_answer_to_the_offer(offer, response, problem):
    """RFC 7692, 7.1: a server takes an offer as it is, or declines it."""
    offers = read_deflate_offers(f"{DEFLATE}{offer}")
    with pytest.raises(ValueError, match="extension parameter") as caught:
        settle_deflate(f"{DEFLATE}{response}", offers)
    assert str(caught.value) == f"extension parameter {problem}"


def test_not_offered():
    """Without an offer there is nothing to agree to; declining is always allowed."""
    assert settle_deflate("", []) is None
    assert settle_deflate("", read_deflate_offers(DEFLATE)) is None
    with pytest.raises(ValueError, match="'permessage-deflate' wasn't offered"):
        settle_deflate(DEFLATE, [])
