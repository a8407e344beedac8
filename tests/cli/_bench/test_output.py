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


def test_stalled():
    """A load that was not done because nothing came any more is a failure."""
    report = make_report(5, errors={"stalled": Failure(1, "nothing for 30 s")})

    with pytest.raises(ExpectationFailed) as caught:
        Judge((), ()).check(report)
    assert str(caught.value) == "expected all that -n asks for, got nothing for 30 s"


@pytest.mark.parametrize(
    ("kind", "fell", "cause", "passes"),
    [
        (Kind.IDLE, 2, "connection_lost", False),
        (Kind.IDLE, 2, "closed_early", False),
        (Kind.SEND, 2, "connection_lost", False),
        (Kind.ECHO, 2, "connection_lost", False),
        (Kind.ECHO, 1, "connection_lost", True),
        (Kind.RECEIVE, 2, "connection_lost", False),
        (Kind.RECEIVE, 2, "closed_early", True),
        (Kind.CONNECT, 2, "connection_lost", True),
    ],
)
def test_all_fell(kind, fell, cause, passes):
    """A load none of whose connections stayed is a failure, unless all was sent."""
    report = make_report(1, kind=kind, errors={cause: Failure(fell, "x")})
    report["connections"]["fell"] = fell
    if passes:
        Judge((), ()).check(report)
        return
    with pytest.raises(ExpectationFailed) as caught:
        Judge((), ()).check(report)
    assert str(caught.value) == (
        f"expected connections that stay, got none of 2 ({cause})"
    )


@pytest.mark.parametrize(
    ("rows", "vain"),
    [
        ([(9, 0), (9, 50), (0, 8), (0, 7)], 15),
        ([(9, 0), (0, 9)], None),
        ([(0, 50), (9, 50)], None),
        ([], None),
    ],
)
def test_last_handshakes(rows, vain):
    """Handshakes that come about no more are a failure, one bad moment isn't."""
    report = make_report(1, kind=Kind.CONNECT)
    report["timeline"] = [{"received": got, "errors": lost} for got, lost in rows]
    if vain is None:
        Judge((), ()).check(report)
        return
    with pytest.raises(ExpectationFailed) as caught:
        Judge((), ()).check(report)
    assert str(caught.value) == (
        f"expected handshakes to the end, got none in the last {vain} attempts"
    )


def test_last_handshakes_of_many():
    """With many connections, each of them has to have failed."""
    report = make_report(1, kind=Kind.CONNECT)
    report["load"]["connections"] = 100
    report["timeline"] = [{"received": 0, "errors": 99}]
    Judge((), ()).check(report)
    report["timeline"] = [{"received": 0, "errors": 100}]
    with pytest.raises(ExpectationFailed, match="last 100 attempts"):
        Judge((), ()).check(report)


@pytest.mark.parametrize(
    ("kind", "times", "runs", "passes"),
    [
        (Kind.SEND, 2, 1, False),
        (Kind.SEND, 1, 1, True),
        (Kind.SEND, 2, 2, True),
        (Kind.SEND, 4, 2, False),
        (Kind.IDLE, 2, 1, True),
    ],
)
def test_reading(kind, times, runs, passes):
    """A load that is sent to a peer which never shows that it has read is a failure."""
    report = make_report(1, kind=kind, errors={"timed_out": Failure(times, "x")})
    report["runs"] *= runs
    if passes:
        Judge((), ()).check(report)
        return
    with pytest.raises(ExpectationFailed, match="show that messages were read"):
        Judge((), ()).check(report)


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
