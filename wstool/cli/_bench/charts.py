"""Charts of a bench as SVG, in the colours of the page around them."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator, Sequence

from wstool.cli._bench.plots import find_bins
from wstool.cli._bench.words import render_count, render_duration, render_rate
from wstool.measure.histogram import Histogram
from wstool.services.bench.report import Document


__all__ = ["draw_histogram", "draw_percentiles", "draw_timeline"]

_WIDTH, _HEIGHT = 900, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 60, 16, 30
_BINS = 40
# Nines on the axis of percentiles.
_NINES = ((0.0, "0 %"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (4.0, "99.99 %"))
_MAX_NINES = 4.5
# The colours of curves, one after the other.
_STYLES = ("line", "second", "third")

_Point = tuple[float, float]


def draw_histogram(histogram: Histogram) -> str:
    """Draw how often durations occur, on a scale of logarithms."""
    bins = find_bins(histogram, _BINS)
    most = max(count for _, _, count in bins)
    step = (_WIDTH - _LEFT - _RIGHT) / len(bins)
    parts = [*_draw_frame(most, render_count)]
    for index, (low, high, count) in enumerate(bins):
        tall = (_HEIGHT - _TOP - _BOTTOM) * count / most
        x, y = _LEFT + index * step, _HEIGHT - _BOTTOM - tall
        title = f"{render_duration(low)} to {render_duration(high)}: {count:,}"
        parts.append(
            f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{max(step - 1, 1):.1f}" '
            f'height="{tall:.1f}"><title>{title}</title></rect>'
        )
        if index % 8 == 0:
            parts.append(_draw_text(x, _HEIGHT - 10, render_duration(low)))
    return _wrap(parts, "Histogram of the latency")


def draw_percentiles(*histograms: Histogram, names: Sequence[str] = ()) -> str:
    """
    Draw durations over percentiles, each nine as wide as the last.

    Args:
        histograms: Three at most, none of them empty.
        names: What each is called; none without a legend.
    """
    steps = [_MAX_NINES * index / 90 for index in range(91)]
    curves = [
        [histogram.percentile(100 * (1 - 10**-nines)) for nines in steps]
        for histogram in histograms
    ]
    low = max(min(map(min, curves)), 1.0) / 1.2
    high = max(*map(max, curves), 2.0) * 1.1
    span = math.log(high / low)

    def place(value: float) -> float:
        return math.log(max(value, low) / low) / span

    parts = [*_draw_legend(names)]
    for values, style in zip(curves, _STYLES, strict=False):
        points = [
            (nines / _MAX_NINES, place(value))
            for nines, value in zip(steps, values, strict=True)
        ]
        parts.append(_draw_line(points, style))
    for nines, name in _NINES:
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * nines / _MAX_NINES
        parts.append(_draw_text(x, _HEIGHT - 10, name))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        value = render_duration(low * math.exp(span * share))
        parts += _draw_grid(share, value)
    return _wrap(parts, "Latency over percentiles")


def _draw_legend(names: Sequence[str]) -> Iterator[str]:
    if names:
        words = ", ".join(
            f'<tspan class="{style}-word">{html.escape(name)}</tspan>'
            for name, style in zip(names, ("first", *_STYLES[1:]), strict=False)
        )
        # Above the frame, where no curve is.
        yield f'<text x="{_LEFT}" y="{_TOP - 5}">{words}</text>'


def draw_timeline(rows: Sequence[Document]) -> str:
    """Draw the rate, and the p99 where it is known, second by second."""
    first, last = rows[0]["second"], rows[-1]["second"]
    span = max(last - first, 1)
    rates = [max(row["received"], row["sent"]) for row in rows]
    most = max(*rates, 1)
    places = [(row["second"] - first) / span for row in rows]
    points = [(x, rate / most) for x, rate in zip(places, rates, strict=True)]
    parts = [*_draw_frame(most, render_rate), _draw_line(points, "line")]
    tails = [row.get("p99_ms") or 0.0 for row in rows]
    legend = '<tspan class="first-word">rate</tspan>'
    if any(tails):
        highest = max(tails)
        points = [(x, tail / highest) for x, tail in zip(places, tails, strict=True)]
        parts.append(_draw_line(points, "second"))
        text = render_duration(highest * 1e6)
        parts.append(_draw_text(_WIDTH - _RIGHT + 6, _TOP + 4, text))
        legend += ' and <tspan class="second-word">p99</tspan>'
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{_HEIGHT - 10}">{legend}</text>')
    for share in (0.0, 1.0):
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * share
        parts.append(_draw_text(x, _HEIGHT - 10, f"{first + span * share:.0f} s"))
    return _wrap(parts, "Rate and p99 over time")


def _draw_frame(most: float, render: Callable[[float], str]) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        yield from _draw_grid(share, render(most * share))


def _draw_grid(share: float, text: str) -> Iterator[str]:
    y = _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share
    right = _WIDTH - _RIGHT
    yield f'<line class="axis" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
    yield (
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
        f"{html.escape(text)}</text>"
    )


def _draw_line(points: Sequence[_Point], style: str) -> str:
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    places = " ".join(
        f"{_LEFT + wide * x:.1f},{_HEIGHT - _BOTTOM - tall * y:.1f}" for x, y in points
    )
    return f'<polyline class="{style}" points="{places}"/>'


def _draw_text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{html.escape(text)}</text>'


def _wrap(parts: Sequence[str], label: str) -> str:
    inside = "\n".join(parts)
    return (
        f'<div class="wide">'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">\n'
        f"{inside}\n</svg></div>"
    )
