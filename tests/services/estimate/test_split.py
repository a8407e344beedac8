"""Sharing a cost out between a message and its bytes."""

from __future__ import annotations

import pytest

from wstool.services.estimate.split import (
    MAX_SIZE,
    Cost,
    Point,
    choose_size,
    resize,
    split_cost,
)
from wstool.wire.opcode import Opcode


@pytest.mark.parametrize(
    ("size", "least", "chosen"),
    [
        pytest.param(0, 0, 32768, id="empty"),
        pytest.param(100, 0, 32768, id="small"),
        pytest.param(4000, 0, 32768, id="rather-small"),
        pytest.param(5000, 0, 64, id="rather-large"),
        pytest.param(100_000, 0, 64, id="large"),
        pytest.param(100_000, 1027, 1027, id="compressed"),
        pytest.param(100_000, 60_000, 400_000, id="just-compressed"),
        pytest.param(16 << 20, 10 << 20, None, id="none"),
    ],
)
def test_choose(size, least, chosen):
    """Other messages are far from the load's, and of the same sort."""
    assert choose_size(size, least, MAX_SIZE) == chosen


def test_choose_most():
    """There are none that are larger than can be made."""
    assert choose_size(2000, 1027, 32767) is None
    assert choose_size(2000, 1027, 32768) == 32768


def test_split():
    """What two sizes cost tells what a byte does."""
    assert split_cost(Point(100, 12), Point(1100, 22)) == Cost(11, 0.01)
    assert split_cost(Point(1100, 22), Point(100, 12)) == Cost(11, 0.01)


@pytest.mark.parametrize(
    "far", [Point(1100, 3), Point(1100, 1e6), Point(10, 200), Point(10, 1e-6)]
)
def test_noise(far):
    """However wrong the other measurement is, nothing is negative or lost."""
    cost = split_cost(Point(100, 12), far)

    assert min(cost) >= 0
    assert cost.each + 100 * cost.byte == pytest.approx(12)


def test_empty():
    """Of a message without bytes all is for the message."""
    assert split_cost(Point(0, 12), Point(1000, 22)) == Cost(12, 0.01)


def test_shorten():
    """Shorter messages begin as those do that they are made from."""
    messages = [(Opcode.BINARY, b"abcdef"), (Opcode.BINARY, b"uvwxyz")]

    assert resize(messages, 4) == [(Opcode.BINARY, b"abcd"), (Opcode.BINARY, b"uvwx")]


def test_lengthen():
    """Longer ones go on with what follows, over and over."""
    messages = [(Opcode.TEXT, b"ab"), (Opcode.TEXT, b"cde")]

    assert resize(messages, 8) == [
        (Opcode.TEXT, b"abcdeabc"),
        (Opcode.TEXT, b"cdeabcde"),
    ]


def test_characters():
    """Text is cut where a character ends; binary anywhere."""
    text = "aéé".encode()

    assert resize([(Opcode.TEXT, text)], 4) == [(Opcode.TEXT, "aé".encode())]
    assert resize([(Opcode.BINARY, text)], 4) == [(Opcode.BINARY, text[:4])]


def test_one_kind():
    """All are of the kind of the first; even from nothing something is made."""
    messages = [(Opcode.TEXT, b""), (Opcode.BINARY, b"\xff\xff")]

    assert resize(messages, 3) == [(Opcode.TEXT, b"000")]


def test_bounded():
    """Together they take no more than a bounded amount of memory."""
    messages = [(Opcode.BINARY, bytes(10))] * 1000

    made = resize(messages, 1 << 20)
    assert sum(len(payload) for _, payload in made) == MAX_SIZE
