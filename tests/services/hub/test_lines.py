"""Lines of stdin on their way to clients."""

from __future__ import annotations

import asyncio
import os
import tempfile

import pytest

from wstool.services.hub.lines import LineFeed

from support.connections import until


pytestmark = pytest.mark.usefixtures("descriptors")


def collect(run, data, *, full=(), at_once=True):
    """Feed a file's lines; give what was taken, and what ended it."""
    taken, ends = [], []

    async def scenario():
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            fullness = list(full)
            feed = LineFeed(
                file.fileno(),
                take=lambda batches: taken.extend(
                    line for batch in batches for line in batch.payloads
                ),
                is_full=lambda: bool(fullness and fullness.pop(0)),
                ended=ends.append,
                at_once=at_once,
            )
            feed.resume()
            while not ends:
                await asyncio.sleep(0)
                feed.resume()
                if not at_once:
                    taken.extend(line for b in feed.take_one() for line in b.payloads)

    run(scenario())
    return taken, ends


@pytest.mark.parametrize("at_once", [True, False], ids=["at-once", "one-by-one"])
def test_all_lines(run_with_clock, at_once):
    """Every line comes, in order, and then the end, however often it was full."""
    lines = [b"%d" % number for number in range(30_000)]
    data = b"\n".join(lines)
    full = [False, True, False, True] * 3
    assert collect(run_with_clock, data, full=full, at_once=at_once) == (lines, [None])


def test_nothing(run_with_clock):
    """An empty input is its end."""
    assert collect(run_with_clock, b"") == ([], [None])


def test_folder(run_with_clock):
    """What can't be read ends it with the reason."""

    async def scenario():
        ends = []
        folder = os.open("/", os.O_RDONLY)
        try:
            feed = LineFeed(
                folder,
                take=lambda batches: None,
                is_full=lambda: False,
                ended=ends.append,
                at_once=True,
            )
            feed.resume()
            await until(lambda: ends)
        finally:
            os.close(folder)
        return [str(end) for end in ends]

    (problem,) = run_with_clock(scenario())
    assert "stdin" in problem
    assert "is a directory" in problem
