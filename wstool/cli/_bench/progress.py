"""The line that shows on a terminal how a bench is going."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from wstool.cli._bench.words import render_count, render_duration, render_rate
from wstool.cli._output import STDERR, find_columns, is_terminal
from wstool.measure.histogram import Histogram
from wstool.services.bench.options import Kind, Load
from wstool.services.bench.tally import Tally
from wstool.streams.descriptors import write_bounded


__all__ = ["Progress", "render_progress"]

_INTERVAL = 0.2
# The cursor waits in front of the line: a terminal that gets narrower breaks the line
# in two, and only from there are both parts erased.
_HOME = "\r"
_CLEAR = "\r\x1b[J"
# The bar takes this part of the line, and no more columns than that.
_BAR_SHARE = 8
_BAR_COLUMNS = 20
_GAP = "  "
_PATIENCE = 0.2


class Progress:
    """Show the progress on stderr, if that is a terminal and nobody wants quiet."""

    def __init__(
        self,
        load: Load,
        *,
        quiet: bool,
        title: str = "",
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[bytes], object] | None = None,
    ) -> None:
        self._load = load
        self._title = title
        self._clock = clock
        self._write = write or _write
        self._is_shown = not quiet and (write is not None or _can_show())
        self._next = 0.0
        self._before = (0.0, 0)
        self._has_line = False

    def show(self, tally: Tally, seconds: float) -> None:
        """Show how far it is, now and then."""
        now = self._clock()
        if not self._is_shown or now < self._next:
            return
        self._next = now + _INTERVAL
        count = tally.received or tally.sent
        before, count_before = self._before
        rate = (count - count_before) / (now - before) if before else 0.0
        if count < count_before:
            rate = 0.0
        self._before = (now, count)
        columns = find_columns(STDERR)
        title = f"{self._title}  " if self._title else ""
        columns -= len(title)
        line = title + render_progress(self._load, tally, seconds, rate, columns)
        self._has_line = True
        self._write(f"{_CLEAR}{line}{_HOME}".encode())

    def clear(self) -> None:
        """Remove the line."""
        if self._has_line:
            self._has_line = False
            self._before = (0.0, 0)
            self._write(_CLEAR.encode())


def render_progress(
    load: Load, tally: Tally, seconds: float, rate: float, columns: int
) -> str:
    """
    Render bar, rate, recent percentiles and errors, as far as there is room.

    Where there is little, the rate and the percentiles have it, without a bar.
    """
    recent: Histogram = tally.recent if tally.recent.count else tally.latency
    share = _find_share(load, tally, seconds)
    percent = f"{share * 100:3.0f} %"
    start = [f"{_render_bar(share, columns)} {percent}", f"{seconds:.0f} s"]
    rates = [] if load.kind is Kind.IDLE else [render_rate(rate)]
    delays = [
        f"p{part} {render_duration(recent.percentile(part))}"
        for part in ((50, 99) if recent.count else ())
    ]
    kinds = [
        f"{kind} {render_count(failure.times)}"
        for kind, failure in tally.errors.items()
    ]
    # If all of them have no room, they are at least counted.
    total = [f"errors {render_count(tally.error_count)}"] if kinds else []
    for parts in (
        [*start, *rates, *delays, *kinds],
        [*start, *rates, *total, *delays],
    ):
        if len(_GAP.join(parts)) < columns:
            opened = f"{render_count(tally.open)} open"
            return _join([*parts, opened], columns, _GAP)
    return _join([percent.strip(), *rates, *total, *delays], columns, " ")


def _join(parts: list[str], columns: int, gap: str) -> str:
    line = parts[0]
    for part in parts[1:]:
        if len(line) + len(gap) + len(part) >= columns:
            break
        line += f"{gap}{part}"
    return line


def _find_share(load: Load, tally: Tally, seconds: float) -> float:
    shares = []
    if load.duration:
        shares.append(seconds / load.duration)
    if load.limit:
        shares.append(max(tally.received, tally.sent) / load.limit)
    return min(max(shares, default=0.0), 1.0)


def _render_bar(share: float, columns: int) -> str:
    size = min(max(columns // _BAR_SHARE, 1), _BAR_COLUMNS)
    full = round(share * size)
    return "━" * full + "╌" * (size - full)


def _can_show() -> bool:
    """Tell whether stderr is a terminal on which a line can be drawn again."""
    return is_terminal(STDERR) and os.environ.get("TERM") != "dumb"


def _write(data: bytes) -> None:
    # A terminal that is held up must not hold up what is measured.
    write_bounded(STDERR, data, timeout=_PATIENCE)
