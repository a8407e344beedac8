"""What is said of a result."""

from __future__ import annotations

import pytest

from wstool.cli._bench.output import Judge
from wstool.errors import ExpectationFailed, UsageError
from wstool.services.bench.meter import Failure
from wstool.services.bench.options import Kind

from support.reports import make_report


def test_condition():
    """A condition that holds is told with its numbers; one that doesn't is silent."""
    Judge(("p99 > 50ms",), ()).check(make_report(1, 2))
    with pytest.raises(ExpectationFailed) as caught:
        Judge(("p99 > 1ms or errors > 0",), ()).check(make_report(5))
    text = str(caught.value)
    assert text.startswith("expected not (p99 > 1ms or errors > 0), got p99 5.0")
    assert text.endswith(" ms, errors 0")


def test_verdict():
    """A bar that isn't reached is a failure."""
    report = make_report(1)
    report["load"]["profile"] = "chat"
    report["verdict"] = {"passed": False, "text": "not good enough: p99"}
    with pytest.raises(ExpectationFailed, match="expected what chat needs, got not"):
        Judge((), ()).check(report)


def test_nothing():
    """A load that got nothing back is one, with the reasons."""
    with pytest.raises(ExpectationFailed, match=r"got none \(unanswered\)"):
        Judge((), ()).check(make_report(errors={"unanswered": Failure(1, "x")}))
    with pytest.raises(ExpectationFailed, match=r"got none \(silence\)"):
        Judge((), ()).check(make_report())


@pytest.mark.parametrize(
    ("kind", "fell", "passes"),
    [
        (Kind.IDLE, 2, False),
        (Kind.SEND, 2, False),
        (Kind.ECHO, 2, False),
        (Kind.ECHO, 1, True),
        (Kind.RECEIVE, 2, True),
        (Kind.CONNECT, 2, True),
    ],
)
def test_all_fell(kind, fell, passes):
    """A load none of whose connections stayed to the end is a failure."""
    errors = {"connection_lost": Failure(fell, "x")}
    report = make_report(1, kind=kind, errors=errors)
    report["connections"]["fell"] = fell
    if passes:
        Judge((), ()).check(report)
        return
    with pytest.raises(ExpectationFailed) as caught:
        Judge((), ()).check(report)
    assert str(caught.value) == (
        "expected connections that stay, got none of 2 (connection_lost)"
    )


def test_read_beforehand():
    """Conditions and names are read before anything is run."""
    with pytest.raises(UsageError) as caught:
        Judge(("errors > 0 or p99 > x",), ())
    assert str(caught.value) == (
        "--fail-if 'errors > 0 or p99 > x': 'x' isn't a number\n\n"
        "  errors > 0 or p99 > x\n"
        "                      ^"
    )
    with pytest.raises(UsageError, match=r"--report a\.txt"):
        Judge((), ("a.txt",))
