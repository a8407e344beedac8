"""The line of the progress."""

from __future__ import annotations

from wstool.cli._bench.progress import Progress, render_progress
from wstool.services.bench import Failure, Load, Sample
from wstool.services.bench.tally import Tally


def make_tally():
    """Make a tally of a run that has trouble."""
    tally = Tally()
    errors = {"unanswered": Failure(3, "x"), "connection_lost": Failure(12, "y")}
    tally.add(Sample(0, 1, sent=500, received=400, open=7, errors=errors))
    return tally


def test_line():
    """Bar, time, rate, connections and errors by kind stand in it."""
    line = render_progress(Load(duration=4.0), make_tally(), 1.0, 1234.0, 120)

    assert line == (
        "━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  25 %  1 s  1,234/s  7 open  unanswered 3  "
        "connection_lost 12"
    )


def test_narrow():
    """What doesn't fit is left out, so that the line stays one."""
    line = render_progress(Load(duration=4.0), make_tally(), 1.0, 1234.0, 45)

    assert len(line) < 45


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
    assert written[3:] == [b"\r\x1b[2K"]


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

    line = written[0].decode().removeprefix("\r\x1b[2K")
    assert line.startswith("long-polling  ━")
    assert len(line) < 80
