"""The difference between reports."""

from __future__ import annotations

import pytest

from wstool.services.bench.comparison import compare_documents, describe_noise
from wstool.services.bench.report import add_runs

from support.reports import make_report


def repeat(*counts):
    """Make a report of runs with so many messages, of a latency of a millisecond."""
    return add_runs([make_report(*[1] * count) for count in counts])


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((100, 101, 102), (120, 121, 122), "better"),
        ((100, 101, 102), (80, 81, 82), "worse"),
        ((100, 110, 120), (115, 119, 130), "noise"),
        ((100, 101), (200, 201), "unknown"),
        ((100, 100, 100), (100, 100, 100), "the same"),
    ],
)
def test_verdict(before, after, verdict):
    """A difference counts where the runs of one side are all beyond the other's."""
    rate = compare_documents(repeat(*before), repeat(*after))[0]

    assert (rate.name, rate.verdict) == ("rate", verdict)


def test_less_is_better():
    """For latencies it's the other way round."""
    before = add_runs([make_report(*[5] * 10) for _ in range(3)])
    after = add_runs([make_report(*[3] * 10) for _ in range(3)])
    differences = {item.name: item for item in compare_documents(before, after)}

    assert differences["p99"].verdict == "better"
    assert differences["p99"].percent == pytest.approx(-40, abs=0.5)
    assert differences["errors"].percent is None


def test_noise():
    """How much runs vary is told, and when there are too few to tell."""
    assert "1 and 1 runs: too few" in describe_noise(make_report(1), make_report(1))
    text = describe_noise(repeat(90, 100, 110), repeat(100, 100, 100))
    assert text.startswith("3 and 3 runs, whose rates vary by 10.0 % and 0.0 %;")
