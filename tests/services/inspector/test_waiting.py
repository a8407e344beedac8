"""Responses that come late."""

from __future__ import annotations

import pytest

from wstool.services.inspector import Event, EventKind, HandshakeHalf
from wstool.services.inspector.waiting import SLOW, note_wait

from support.inspecting import RECEIVED, respond


def test_slow():
    """A slow response is told of, and a sum-up has it."""
    half = HandshakeHalf(RECEIVED, respond(), time=10 + SLOW + 1, connection=3)

    assert note_wait(10, half) == Event(
        EventKind.NOTE,
        "the response came 3.0 s after the request",
        3,
        RECEIVED,
        time=13.0,
        notable=True,
    )


@pytest.mark.parametrize(
    ("asked", "answered"), [(10, 10 + SLOW), (None, 99), (0, None)]
)
def test_usual(asked, answered):
    """A response in time is nothing to tell of, nor is one of an unknown time."""
    assert note_wait(asked, HandshakeHalf(RECEIVED, respond(), time=answered)) is None
