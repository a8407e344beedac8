"""Faults in the answer to an opening handshake."""

from __future__ import annotations

import pytest

from wstool.connection.faults.response import (
    alter_response,
    make_rejection,
    slow_down,
)

from support.handshakes import ACCEPT, make_good


GOOD = make_good("Sec-WebSocket-Protocol: chat")


def test_bad_accept():
    """The accept is that of another key, and everything else is good."""
    response = alter_response(GOOD, {"bad-accept": 0})
    assert ACCEPT.encode() not in response
    assert len(response) == len(GOOD)
    other = GOOD.replace(ACCEPT.encode(), b"MfWBUNXjRbHIVLIhrxtIPbqsDN0=")
    assert alter_response(other, {"bad-accept": 0}) != other


def test_wrong_subprotocol():
    """A subprotocol is chosen that no client offers, in place of a good one."""
    expected = make_good("Sec-WebSocket-Protocol: never-offered")
    faults = {"wrong-subprotocol": 0}
    assert alter_response(GOOD, faults) == expected
    assert alter_response(make_good(), faults) == expected


def test_no_fault():
    """Other faults leave the response alone."""
    assert alter_response(GOOD, {"drip": 10}) == GOOD


@pytest.mark.parametrize(
    ("status", "line"),
    [(503, b"HTTP/1.1 503 Service Unavailable"), (799, b"HTTP/1.1 799 Fault")],
)
def test_rejection(status, line):
    """A rejection is a whole HTTP response with a reason."""
    head, _, body = make_rejection(status).partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == line
    assert f"Content-Length: {len(body)}".encode() in head
    assert body == f"{status} on purpose (--fault reject)\n".encode()


def test_slow_down():
    """A slow response comes whole, in pieces over the time."""
    pieces = slow_down(GOOD, 4.0)
    assert b"".join(piece for piece, _ in pieces) == GOOD
    assert [delay for _, delay in pieces] == sorted(delay for _, delay in pieces)
    assert len(pieces) > 10
    assert pieces[-1][1] == 4.0
