"""Charts."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from wstool.cli._bench.charts import draw_histogram, draw_percentiles, draw_timeline
from wstool.measure.histogram import Histogram


def make_histogram():
    """Make a histogram."""
    histogram = Histogram()
    for value in range(1, 1000):
        histogram.record(value * 10_000)
    return histogram


def test_well_formed():
    """Every chart is an SVG with a name, and all of it lies inside."""
    rows = [
        {"second": n, "sent": n, "received": 2 * n, "p99_ms": float(n)}
        for n in range(5)
    ]
    charts = [
        draw_histogram(make_histogram()),
        draw_percentiles(make_histogram()),
        draw_timeline(rows),
        draw_timeline([{"second": 3, "sent": 0, "received": 0}]),
    ]
    for chart in charts:
        (root,) = ElementTree.fromstring(chart)
        assert root.get("aria-label")
        for points in re.findall(r'points="([^"]*)"', chart):
            for point in points.split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= 900
                assert 0 <= y <= 260


def test_bars():
    """The bars together are all durations."""
    chart = draw_histogram(make_histogram())

    assert sum(map(int, re.findall(r": (\d+)</title>", chart))) == 999


def test_several_percentiles():
    """Several curves share the axes, each in a colour that its name has, too."""
    fast, slow = Histogram(), Histogram()
    fast.record(1_000_000, 100)
    slow.record(500_000_000, 100)
    chart = draw_percentiles(fast, slow, names=["WebSocket", "<polling>"])

    assert chart.count("<polyline") == 2
    assert '<tspan class="first-word">WebSocket</tspan>' in chart
    assert '<tspan class="second-word">&lt;polling&gt;</tspan>' in chart
    # The slow one is near the top, the fast one near the bottom.
    heights = re.findall(r'<polyline class="\w+" points="[\d.]+,([\d.]+)', chart)
    assert float(heights[1]) < 40 < 200 < float(heights[0])
