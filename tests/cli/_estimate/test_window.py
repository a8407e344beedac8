"""What counts of a load."""

from __future__ import annotations

import asyncio

import pytest

from wstool.cli._estimate.window import Window
from wstool.errors import ExpectationFailed, UsageError
from wstool.services.bench import Failure, Sample


def take(samples, begin=1.0, end=2.0, **options):
    """Let a window take samples with the numbers of their parts."""

    async def scenario():
        window = Window(begin, end, **options)
        for number, sample in samples:
            window.take(number, sample)
        came = window.came.done()
        return window.finish(), came

    return asyncio.run(scenario())


def make_samples(*ends):
    """Make samples of a part, in each of which 10 messages came."""
    return [
        (0, Sample(start, end, received=10))
        for start, end in zip((0.0, *ends), ends, strict=False)
    ]


def test_counted():
    """What comes between the first samples at either moment or behind it counts."""
    samples = make_samples(0.5, 1.2, 1.7, 2.1, 2.6)

    driven, _ = take(samples)
    assert driven.received == 20
    assert driven.seconds == pytest.approx(0.9)


def test_from_start():
    """A window that begins with the load has its first sample, too."""
    driven, _ = take(make_samples(0.5, 1.2, 2.1), begin=0.0)

    assert driven == (30, 2.1)


def test_looks():
    """There are two looks, each with the sample that it belongs to."""
    looks = []

    async def scenario():
        taken = []
        window = Window(1.0, 2.0, look=lambda: looks.append(taken[-1]))
        for _, sample in make_samples(0.5, 1.2, 1.7, 2.1, 2.6):
            taken.append(sample.end)
            window.take(0, sample)
            window.take(1, sample)

    asyncio.run(scenario())
    assert looks == [1.2, 2.1]


def test_parts():
    """What several parts get is added up, and counts from each one's own samples."""
    one = make_samples(1.0, 2.0)
    other = [(1, sample) for _, sample in make_samples(0.9, 1.1, 1.9, 2.2)]

    driven, _ = take([*one, *other])
    assert driven.received == 10 + 20
    assert driven.seconds == pytest.approx(1.1)


@pytest.mark.parametrize(("wanted", "came"), [(0, True), (30, True), (31, False)])
def test_wanted(wanted, came):
    """It is said when all has come."""
    assert take(make_samples(1.0, 2.0, 3.0), 0.0, 9.0, wanted=wanted)[1] is came


def test_errors():
    """Errors of the load are the end of it, by their names."""
    errors = {
        "closed_early": Failure(2, "the peer closed with 1011"),
        "unanswered": Failure(1000, "the connection ended first"),
    }

    with pytest.raises(ExpectationFailed) as caught:
        take([(0, Sample(0.0, 0.5, errors=errors))])
    assert str(caught.value) == (
        "expected a calibration without errors, got 2 × closed early: the peer closed "
        "with 1011; 1,000 × unanswered: the connection ended first"
    )


def test_blind():
    """A look that fails is the end of it, too; what was wrong first counts."""

    def look():
        raise UsageError("can't look")

    errors = {"unanswered": Failure(1, "late")}
    samples = [*make_samples(0.5, 1.2, 2.2), (0, Sample(2.2, 2.3, errors=errors))]
    with pytest.raises(UsageError, match="can't look"):
        take(samples, look=look)
