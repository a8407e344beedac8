"""The line of the progress."""

from __future__ import annotations

import pyte
import pytest

from wstool.cli._bench.progress import Progress, render_progress
from wstool.measure.recorder import Recorder
from wstool.services.bench import Failure, Kind, Load, Sample
from wstool.services.bench.tally import Tally


def make_tally():
    """Make a tally of a run that has trouble."""
    tally = Tally()
    errors = {"unanswered": Failure(3, "x"), "connection_lost": Failure(12, "y")}
    tally.add(Sample(0, 1, sent=500, received=400, open=7, errors=errors))
    return tally


def test_line():
    """Bar, time, rate, connections and errors by kind stand in it."""
    line = render_progress(Load(duration=4.0), make_tally(), 1.0, 1234.0, 160)

    assert line == (
        "━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  25 %  1 s  1,234/s  unanswered 3  connection_lost 12  "
        "7 open"
    )


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (
            80,
            "━━╌╌╌╌╌╌╌╌  25 %  1 s  1,234/s  unanswered 3  connection_lost 12  7 open",
        ),
        (60, "━━╌╌╌╌╌  25 %  1 s  1,234/s  errors 15  7 open"),
        (40, "━╌╌╌╌  25 %  1 s  1,234/s  errors 15"),
        (20, "25 % 1,234/s"),
        (1, "25 %"),
    ],
)
def test_narrow(columns, line):
    """What doesn't fit is left out; errors that don't are counted in one number."""
    assert (
        render_progress(Load(duration=4.0), make_tally(), 1.0, 1234.0, columns) == line
    )


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (66, "━━╌╌╌╌╌╌  25 %  1 s  123,456/s  p50 76.4 µs  p99 1.24 ms  0 open"),
        (56, "━━╌╌╌╌╌  25 %  1 s  123,456/s  p50 76.4 µs  p99 1.24 ms"),
        (40, "25 % 123,456/s p50 76.4 µs p99 1.24 ms"),
        (38, "25 % 123,456/s p50 76.4 µs"),
    ],
)
def test_percentiles_before_the_bar(columns, line):
    """The percentiles stay when there is no room for a bar."""
    tally = Tally()
    recorder = Recorder()
    for duration in [76_400] * 98 + [1_240_000] * 2:
        recorder.record(duration)
    tally.add(Sample(0, 1, latency=recorder.take()))

    rendered = render_progress(Load(duration=4.0), tally, 1.0, 123_456.0, columns)

    assert rendered == line


def test_idle():
    """Connections that are only held have no rate."""
    load = Load(kind=Kind.IDLE, duration=4.0)
    line = render_progress(load, Tally(), 1.0, 0.0, 80)

    assert line == "━━╌╌╌╌╌╌╌╌  25 %  1 s  0 open"


def test_count():
    """With a count, that is what the bar shows."""
    load = Load(duration=None, limit=500)
    assert "100 %" in render_progress(load, make_tally(), 1.0, 0.0, 80)


def test_shown_now_and_then():
    """The line is drawn a few times a second, and removed at the end."""
    now = [10.0]
    written = []
    progress = Progress(Load(), quiet=False, clock=lambda: now[0], write=written.append)
    tally = make_tally()
    for _ in range(10):
        progress.show(tally, 1.0)
        now[0] += 0.05
    assert len(written) == 3
    progress.clear()
    progress.clear()
    assert written[3:] == [b"\r\x1b[J"]


def test_narrowing_terminal():
    """The cursor waits in front of the line, so that it is erased if it is broken."""
    screen = pyte.Screen(80, 4)
    stream = pyte.ByteStream(screen)
    now = [10.0]
    progress = Progress(Load(), quiet=False, clock=lambda: now[0], write=stream.feed)
    progress.show(make_tally(), 1.0)

    assert (screen.cursor.x, screen.cursor.y) == (0, 0)
    assert screen.display[0].strip()
    # This is what a terminal that gets narrower makes of it.
    stream.feed(b"\x1b[2;1Hrest of the line\x1b[1;1H")
    progress.clear()
    assert not "".join(screen.display).strip()


def test_quiet():
    """With -q there is no line."""
    written = []
    progress = Progress(Load(), quiet=True, write=written.append)
    progress.show(make_tally(), 1.0)
    progress.clear()
    assert written == []


def test_title():
    """A title stands in front, and takes its room."""
    written = []
    progress = Progress(
        Load(),
        quiet=False,
        title="long-polling",
        clock=lambda: 10.0,
        write=written.append,
    )
    progress.show(make_tally(), 1.0)

    line = written[0].decode().strip("\r").removeprefix("\x1b[J")
    assert line.startswith("long-polling  ━")
    assert len(line) < 80
