"""What was said, kept for those who come later."""

from __future__ import annotations

import pytest

from wstool.services.hub.history import Entry, History, Ring, format_id, parse_id
from wstool.wire.opcode import Opcode


FLOOR = (1, 0)


def make_entries(first, last, size=1):
    """Make entries with these numbers."""
    return [
        Entry((1, number), Opcode.TEXT, b"x" * size)
        for number in range(first, last + 1)
    ]


def numbers(entries):
    """Give the numbers of entries."""
    return [entry.id[1] for entry in entries]


def test_after():
    """Behind an id there is what came later, whether it is there itself or not."""
    ring = Ring(FLOOR)
    ring.append(make_entries(2, 3))
    ring.append(make_entries(5, 5))
    assert [numbers(ring.after((1, n), 100)) for n in range(7)] == [
        *[[2, 3, 5]] * 2,
        *([3, 5], [5], [5], [], []),
    ]
    assert (ring.last, ring.oldest, len(ring)) == ((1, 5), (1, 2), 3)


def test_after_in_pieces():
    """No more is given at once than asked for, but one at least."""
    ring = Ring(FLOOR)
    ring.append(make_entries(1, 10, size=10))
    assert numbers(ring.after(FLOOR, 25)) == [1, 2, 3]
    assert numbers(ring.after((1, 9), 1)) == [10]
    assert ring.after((1, 10), 1) == []


def test_drop():
    """What is dropped is gone, and up to where is known; the rest stays."""
    ring = Ring(FLOOR)
    added = ring.append(make_entries(1, 1000))
    freed = sum(ring.drop(count) for count in (1, 10, 300, 500))
    assert (ring.floor, ring.oldest, len(ring)) == ((1, 811), (1, 812), 189)
    assert numbers(ring.after(FLOOR, 10**6)) == list(range(812, 1001))
    assert ring.drop(1000) + freed == added
    assert (len(ring), ring.oldest, ring.floor, ring.size) == (0, None, (1, 1000), 0)


@pytest.mark.parametrize(("count", "start"), [(0, 5), (2, 3), (5, 0), (9, 0)])
def test_find_start(count, start):
    """The last messages begin behind an id."""
    ring = Ring(FLOOR)
    ring.append(make_entries(1, 5))
    assert ring.find_start(count) == (1, start)


def test_empty():
    """An empty ring begins and ends at its floor."""
    ring = Ring(FLOOR)
    assert (ring.find_start(3), ring.last, ring.oldest) == (FLOOR, FLOOR, None)
    assert ring.after(FLOOR, 1) == []


def make_history(**limits):
    """Make a history."""
    return History(**{"max_count": 3, "max_bytes": 10**6, "floor": FLOOR, **limits})


def test_count():
    """A room keeps its latest messages, whatever happens in others."""
    history = make_history()
    for number in range(1, 6):
        history.append("a", make_entries(number, number))
        history.trim("a")
    history.append("b", make_entries(6, 6))
    history.trim("b")
    assert numbers(history.find_ring("a").after(FLOOR, 100)) == [3, 4, 5]
    assert len(history) == 4


def test_bytes():
    """Over the limit, rooms that were silent longest lose their messages first."""
    history = make_history(max_count=1000, max_bytes=40_000)
    for number, room in enumerate("abac", 1):
        history.append(room, make_entries(number * 100, number * 100 + 9, size=1000))
        history.trim(room)
    assert history.size <= 40_000
    assert len(history.find_ring("c")) == 10
    assert len(history.find_ring("b")) < 10


def test_room_that_lost_all():
    """A room whose messages are all gone knows up to where they are."""
    history = make_history(max_bytes=4000)
    history.append("a", make_entries(1, 3, size=1000))
    history.trim("a")
    history.append("b", make_entries(4, 6, size=1000))
    history.trim("b")
    assert history.find_ring("a").floor == (1, 3)
    assert history.find_ring("new").floor == (1, 3)


def test_memory_is_given_back():
    """What was dropped is not kept in secret."""
    history = make_history(max_count=10)
    for number in range(1, 2000):
        history.append("a", make_entries(number, number))
        history.trim("a")
    assert len(history._rings["a"]._entries) < 200
    assert history.size == history._rings["a"].size


def test_unknown_past():
    """What was said before the floor is not known."""
    history = make_history()
    history.forget_before((5, 5))
    assert history.find_ring("a").floor == (5, 5)


@pytest.mark.parametrize(
    ("text", "id_"),
    [("1700000000000-7", (1700000000000, 7)), ("0", (0, 0)), ("12", (12, 0))],
)
def test_parse_id(text, id_):
    """An id is two numbers; the second one may be left out."""
    assert parse_id(text) == id_


def test_format_id():
    """What is written can be read."""
    assert format_id((17, 3)) == "17-3"


@pytest.mark.parametrize(
    "text", ["", "x", "1-x", "-1", "1-2-3", "\u0661", "9" * 21, "1 "]
)
def test_no_id(text):
    """Anything else is none."""
    with pytest.raises(ValueError, match="is no message id"):
        parse_id(text)
