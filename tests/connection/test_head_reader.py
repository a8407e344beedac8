"""Heads of responses, from a stream that is cut anywhere."""

from __future__ import annotations

import pytest

from wstool.connection.head_reader import (
    MAX_HEAD,
    BadHead,
    HeadProblem,
    HeadReader,
    excerpt,
)

from support.feeding import feeding_ways


HEAD = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"


def test_heads():
    """One head after another is taken, however they are cut; the rest stays."""
    for way, pieces in feeding_ways(HEAD + HEAD, b"rest").items():
        heads = HeadReader()
        taken = []
        for piece in pieces:
            heads.feed(piece)
            while len(taken) < 2 and (response := heads.take()) is not None:
                taken.append((response.status, response.headers))

        assert taken == [(200, [("A", "b")])] * 2, way
        assert heads.buffer == (b"rest" if "trailing" in way else b""), way


def test_nothing():
    """Nothing is the beginning of a head."""
    assert HeadReader().take() is None


@pytest.mark.parametrize(
    ("data", "problem", "shown"),
    [
        pytest.param(b"SSH-2.0\n", HeadProblem.FOREIGN, b"SSH-2.0\n", id="foreign"),
        pytest.param(b"HTTQ", HeadProblem.FOREIGN, b"HTTQ", id="almost"),
        pytest.param(b"\x15\x03", HeadProblem.TLS, b"\x15\x03", id="tls"),
        pytest.param(
            b"HTTP/1.1 200\r\nA: " + b"b" * MAX_HEAD,
            HeadProblem.TOO_LARGE,
            b"",
            id="large",
        ),
        pytest.param(
            b"HTTP/1.1 x\r\n\r\n",
            HeadProblem.MALFORMED,
            b"HTTP/1.1 x\r\n\r\n",
            id="malformed",
        ),
    ],
)
def test_bad_head(data, problem, shown):
    """What can't be a head is told as soon as that shows."""
    heads = HeadReader()
    heads.feed(data)
    with pytest.raises(BadHead) as caught:
        heads.take()

    assert (caught.value.problem, caught.value.data) == (problem, shown)


def test_excerpt():
    """Of much that came, the beginning is shown."""
    assert excerpt(b"\xff" + b"x" * 600) == "\\xff" + "x" * 511 + "\n[89 more bytes]"
