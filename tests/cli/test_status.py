"""Exit statuses: each error has one, each status has its words."""

from __future__ import annotations

import pytest

from wstool import errors
from wstool.cli._status import MEANINGS, ExitStatus, find_status, render_statuses


def make_error(kind):
    """Make an error without going through its arguments, which don't matter here."""
    return kind.__new__(kind)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.ExpectationFailed, 1),
        (errors.UsageError, 2),
        (errors.ConnectFailed, 3),
        (errors.TLSFailed, 4),
        (errors.HandshakeRefused, 5),
        (errors.HandshakeInvalid, 6),
        (errors.ProtocolViolation, 7),
        (errors.ViolationsFound, 7),
        (errors.ConnectionLost, 8),
        (errors.ClosedWithError, 9),
        (errors.Undelivered, 10),
        (errors.InputInvalid, 11),
        (errors.OutputFailed, 12),
        (errors.MessageTooBig, 13),
        (errors.TimedOut, 124),
        (errors.OutputGone, 141),
    ],
)
def test_find_status(kind, status):
    """An error has the status of its row in the table."""
    assert find_status(make_error(kind)) == status


@pytest.mark.parametrize(
    ("number", "name", "status"),
    [(1, "SIGHUP", 129), (2, "SIGINT", 130), (15, "SIGTERM", 143)],
    ids=["SIGHUP", "SIGINT", "SIGTERM"],
)
def test_find_status_of_signal(number, name, status):
    """A signal has the status that a shell gives it."""
    assert find_status(errors.Stopped(number, name)) == status


def test_every_error_has_status():
    """No error is left out, however it came to be."""
    kinds = set(errors.WstoolError.__subclasses__()) - {errors.Stopped}

    statuses = {find_status(make_error(kind)) for kind in kinds}

    assert len(statuses) == len(kinds)
    # The rest come from signals, from bugs and from what went well.
    assert {status.name for status in set(ExitStatus) - statuses} == {
        "OK",
        "HUNG_UP",
        "INTERNAL_ERROR",
        "INTERRUPTED",
        "TERMINATED",
    }


def test_every_status_has_words():
    """The words are those of all statuses, in the same order."""
    assert list(MEANINGS) == list(ExitStatus)


def test_render_statuses():
    """A line has number, name and words in columns, and fits a terminal."""
    lines = render_statuses().splitlines()

    assert lines[0] == "  0  ok                  all went as it was asked"
    assert lines[-1] == "143  terminated          SIGTERM"
    assert len(lines) == len(ExitStatus)
    assert max(map(len, lines)) <= 76
