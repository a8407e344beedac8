"""What is due, and when."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from random import Random

import pytest

from wstool.services.bench.metronome import Metronome, make_random_pattern

from support.virtual import TURN, run_virtually


def test_due():
    """Each number is due once, not before its time and hardly after it."""
    seen = []

    async def run(clock):
        ended = asyncio.get_running_loop().create_future()

        def due(first, after, now):
            for number in range(first, after):
                seen.append((number, now - metronome.intended(number)))
            if after == 50:
                ended.set_result(None)

        metronome = Metronome(100.0, due, clock=clock)
        metronome.begin(clock() + 5_000_000, 50)
        await ended

    run_virtually(run)
    assert [number for number, _ in seen] == list(range(50))
    assert all(0 <= late < 100_000 for _, late in seen)


def test_catches_up():
    """After a stall all that has become due is said at once."""
    seen = []

    async def run(clock):
        metronome = Metronome(
            1000.0, lambda first, after, now: seen.append((first, after)), clock=clock
        )
        metronome.begin(clock() - 500_000_000, None)
        metronome.stop()
        await asyncio.sleep(1)

    run_virtually(run)
    assert seen == [(0, 501)]


@pytest.mark.parametrize(
    ("pattern", "moments"),
    [
        ((0.0,), [0, 10, 20, 30, 40, 50]),
        ((0.0, 0.0, 2.5), [0, 0, 25, 30, 30, 55]),
        ((1.5, 1.5), [15, 15, 35, 35, 55, 55]),
    ],
)
def test_pattern(pattern, moments):
    """Bursts and pauses come round again, at the rate on average."""
    seen = []

    async def run(clock):
        start = clock()

        def due(first, after, now):
            seen.extend([round((now - start) / 1e6)] * (after - first))

        metronome = Metronome(100.0, due, pattern=pattern, clock=clock)
        metronome.begin(start, 6)
        intended = [metronome.intended(number) - start for number in range(6)]
        assert intended == [moment * 1_000_000 for moment in moments]
        for seconds in (0.0, 0.01, 0.0151, 0.03, 0.0551):
            before = sum(moment < seconds * 1000 for moment in moments)
            assert metronome.count_before(seconds) == before
        await asyncio.sleep(1)

    run_virtually(run)
    assert seen == moments


def test_random():
    """Random moments are in order, and a round of them is as long as it should be."""
    pattern = make_random_pattern(4000, Random(1))

    assert (pattern[0], len(pattern)) == (0.0, 4000)
    gaps = [later - earlier for earlier, later in pairwise((*pattern, 4000))]
    assert min(gaps) > 0
    # Of an exponential distribution, the deviation is the mean, which is 1.
    assert sum(gap * gap for gap in gaps) / 4000 - 1 == pytest.approx(1, rel=0.1)
    assert sum(gap > 3 for gap in gaps) / 4000 == pytest.approx(0.0498, rel=0.2)
    assert make_random_pattern(1, Random(1)) == (0.0,)


@pytest.mark.parametrize(
    ("awake", "most", "least"), [(False, 0.1, 0), (True, 1.1, 0.9)]
)
def test_awake(awake, most, least):
    """Who is to stay awake asks for the time on every turn."""
    asked = 0

    async def run(clock):
        def count():
            nonlocal asked
            asked += 1
            return clock()

        metronome = Metronome(
            10.0, lambda first, after, now: None, awake=awake, clock=count
        )
        metronome.begin(clock(), None)
        await asyncio.sleep(1)
        metronome.stop()

    run_virtually(run)
    turns = 1e9 / TURN
    assert least * turns <= asked <= most * turns
