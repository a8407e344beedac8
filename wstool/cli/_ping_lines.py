"""What `ping` prints: a line for each ping, a summary, a plot."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from wstool.measure.spread import Spread


__all__ = ["JSONLines", "Plot", "TextLines", "render_milliseconds"]

_BARS = "▁▂▃▄▅▆▇█"
_LOST = "×"
_PLOT_COLUMNS = 60
_SCALE_COLUMNS = len("1234.5 to 1234.5 ms")
_GAP = "  "
_NS_PER_MS = 1_000_000


def render_milliseconds(duration: float) -> str:
    """Render nanoseconds as milliseconds, with three digits that count."""
    value = duration / _NS_PER_MS
    return (
        f"{value:.3f}"
        if value < 10
        else f"{value:.2f}"
        if value < 100
        else f"{value:.1f}"
    )


class TextLines:
    """Lines for people."""

    def __init__(self, noun: str, wait: float) -> None:
        """
        Choose the words.

        Args:
            noun: What a reply is called: ``pong`` or ``reply``.
            wait: Seconds after which a ping counts as lost.
        """
        self._noun = noun
        self._wait = wait

    def render_reply(self, number: int, duration: int) -> str:
        """Render a round trip."""
        return f"{self._noun} {number}: {render_milliseconds(duration)} ms\n"

    def render_merged(self, number: int, duration: int, by: int) -> str:
        """Render a round trip whose answer is that of a later ping, too."""
        took = render_milliseconds(duration)
        return f"{self._noun} {number}: {took} ms, merged with {by}\n"

    def render_lost(self, number: int) -> str:
        """Render a loss."""
        return f"{self._noun} {number}: none within {self._wait:g} s\n"

    def render_late(self, number: int, duration: int) -> str:
        """Render what came too late."""
        took = render_milliseconds(duration)
        return f"{self._noun} {number}: {took} ms, too late\n"

    def render_summary(
        self, url: str, sent: int, lost: int, spread: Spread, waiting: int = 0
    ) -> str:
        """Render the numbers at the end."""
        settled = sent - waiting
        share = 100 * lost / settled if settled else 0.0
        rest = f", {waiting} still awaited" if waiting else ""
        noun = self._noun
        if spread.count != 1:
            noun = "replies" if noun == "reply" else f"{noun}s"
        lines = [
            f"--- {url} ---",
            f"{sent} sent, {spread.count} {noun}, {lost} lost ({share:.3g} %){rest}",
        ]
        if spread.count:
            shown = ", ".join(
                f"{name} {render_milliseconds(value)}"
                for name, value in _list_numbers(spread)
            )
            lines.append(f"round trip in ms: {shown}")
        return "\n".join([*lines, ""])


class JSONLines:
    """Lines for programs."""

    def render_reply(self, number: int, duration: int) -> str:
        """Render a round trip."""
        return _dump("reply", number=number, ms=_to_ms(duration))

    def render_merged(self, number: int, duration: int, by: int) -> str:
        """Render a round trip whose answer is that of a later ping, too."""
        return _dump("reply", number=number, ms=_to_ms(duration), merged_with=by)

    def render_lost(self, number: int) -> str:
        """Render a loss."""
        return _dump("lost", number=number)

    def render_late(self, number: int, duration: int) -> str:
        """Render what came too late."""
        return _dump("late", number=number, ms=_to_ms(duration))

    def render_summary(
        self, url: str, sent: int, lost: int, spread: Spread, waiting: int = 0
    ) -> str:
        """Render the numbers at the end."""
        numbers = {name: _to_ms(value) for name, value in _list_numbers(spread)}
        return _dump(
            "summary",
            url=url,
            sent=sent,
            received=spread.count,
            lost=lost,
            waiting=waiting or None,
            ms=numbers if spread.count else None,
        )


class Plot:
    """The last round trips, as a row of bars."""

    def __init__(self) -> None:
        self._values: deque[int | None] = deque(maxlen=_PLOT_COLUMNS)

    def add(self, duration: int | None) -> None:
        """Take a round trip, or None for a loss."""
        self._values.append(duration)

    def render(self, columns: int = 80) -> str:
        """Render the last of it as a row with its scale; empty without a round trip."""
        room = max(columns - len(_GAP) - _SCALE_COLUMNS, 1)
        values = list(self._values)[-room:]
        known = [value for value in values if value is not None]
        if not known:
            return ""
        bars = "".join(_choose_bar(value, known) for value in values)
        low, high = render_milliseconds(min(known)), render_milliseconds(max(known))
        return f"{bars}{_GAP}{low} to {high} ms\n"


def _choose_bar(value: int | None, known: Sequence[int]) -> str:
    if value is None:
        return _LOST
    low, high = min(known), max(known)
    share = (value - low) / (high - low) if high > low else 0.0
    return _BARS[min(int(share * len(_BARS)), len(_BARS) - 1)]


def _list_numbers(spread: Spread) -> list[tuple[str, float]]:
    return [
        ("min", spread.minimum),
        ("median", spread.percentile(50)),
        ("p99", spread.percentile(99)),
        ("max", spread.maximum),
        ("mdev", spread.mdev),
    ]


def _to_ms(duration: float) -> float:
    return round(duration / _NS_PER_MS, 6)


def _dump(type_: str, **fields: object) -> str:
    import json

    from wstool.streams.jsonl import render_time

    event = {"time": render_time(time.time()), "type": type_, **fields}
    return json.dumps({k: v for k, v in event.items() if v is not None}) + "\n"
