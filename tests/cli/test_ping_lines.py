"""The lines of ping."""

from __future__ import annotations

import json

import pytest

from wstool.cli._ping_lines import JSONLines, Plot, TextLines, render_milliseconds
from wstool.measure.spread import Spread


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0.000"),
        (123_456, "0.123"),
        (9_999_000, "9.999"),
        (10_004_000, "10.00"),
        (123_456_000, "123.5"),
    ],
)
def test_milliseconds(duration, text):
    """Milliseconds have as many digits as say something."""
    assert render_milliseconds(duration) == text


def make_spread(*durations):
    """Make the numbers of some round trips."""
    spread = Spread()
    for duration in durations:
        spread.add(duration)
    return spread


def test_text():
    """A person reads what came, what didn't, and what it sums up to."""
    lines = TextLines("reply", 2)
    spread = make_spread(1_000_000, 3_000_000)

    assert lines.render_reply(1, 1_000_000) == "reply 1: 1.000 ms\n"
    merged = lines.render_merged(1, 1_000_000, 2)
    assert merged == "reply 1: 1.000 ms, merged with 2\n"
    assert lines.render_lost(2) == "reply 2: none within 2 s\n"
    assert lines.render_late(2, 2_500_000_000) == "reply 2: 2500.0 ms, too late\n"
    assert lines.render_summary("ws://h/", 3, 1, spread) == (
        "--- ws://h/ ---\n"
        "3 sent, 2 replies, 1 lost (33.3 %)\n"
        "round trip in ms: min 1.000, median 1.000, p99 3.000, max 3.000, "
        "mdev 1.000\n"
    )


def test_stopped():
    """What is still awaited at the end is told, and isn't lost."""
    spread = make_spread(1_000_000)

    text = TextLines("pong", 2).render_summary("ws://h/", 7, 1, spread, 5)
    event = json.loads(JSONLines().render_summary("ws://h/", 7, 1, spread, 5))

    assert "\n7 sent, 1 pong, 1 lost (50 %), 5 still awaited\n" in text
    assert (event["sent"], event["lost"], event["waiting"]) == (7, 1, 5)


def test_nothing_came():
    """Without a round trip there are no numbers of them."""
    summary = TextLines("pong", 2).render_summary("ws://h/", 2, 2, Spread())

    assert summary == "--- ws://h/ ---\n2 sent, 0 pongs, 2 lost (100 %)\n"


def test_json():
    """A program reads the same, each line an object with time and type."""
    lines = JSONLines()
    events = [
        json.loads(line)
        for line in (
            lines.render_reply(1, 1_500_000),
            lines.render_lost(2),
            lines.render_late(2, 3_000_000),
            lines.render_summary("ws://h/", 2, 1, make_spread(1_500_000)),
            lines.render_summary("ws://h/", 1, 1, Spread()),
        )
    ]

    assert all(event.pop("time").endswith("Z") for event in events)
    assert events[:3] == [
        {"type": "reply", "number": 1, "ms": 1.5},
        {"type": "lost", "number": 2},
        {"type": "late", "number": 2, "ms": 3.0},
    ]
    assert events[3] == {
        "type": "summary",
        "url": "ws://h/",
        "sent": 2,
        "received": 1,
        "lost": 1,
        "ms": {"min": 1.5, "median": 1.5, "p99": 1.5, "max": 1.5, "mdev": 0.0},
    }
    assert "ms" not in events[4]


def test_plot():
    """The plot has a bar for each of the last round trips, and a mark for a loss."""
    plot = Plot()
    assert plot.render() == ""
    for duration in (1_000_000, None, 5_000_000, 9_000_000):
        plot.add(duration)
    assert plot.render() == "▁×▅█  1.000 to 9.000 ms\n"
    for _ in range(200):
        plot.add(2_000_000)
    assert plot.render(100) == f"{'▁' * 60}  2.000 to 2.000 ms\n"
    assert plot.render(40) == f"{'▁' * 19}  2.000 to 2.000 ms\n"
