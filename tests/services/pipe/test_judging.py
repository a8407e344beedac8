"""What is said about the end of a connection; ``run`` tests most of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wstool.connection.handler import Ending
from wstool.errors import ConnectionLost, TimedOut, Undelivered
from wstool.services.pipe.delivery import Delivery, Proof
from wstool.services.pipe.judging import Judge
from wstool.services.pipe.options import PipeOptions
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


OK = Close(1000)
BY_PEER = Ending(None, OK, Close(1000), True)
BY_US = Ending(None, OK, OK, False)
UNANSWERED = Ending(None, None, OK, False)
LOST = Ending(ConnectionLost("reset"), None, None, False)
LATE = Ending(TimedOut("waiting", 5, "--close-timeout"), None, OK, False)


def make_judge(options=None, *, out=0, total=0, ended=True, met=False, delivery=None):
    """Make a judge of a pipe that came so far."""
    feeder = SimpleNamespace(count_out=lambda: out, total=total, has_ended=ended)
    printer = SimpleNamespace(expectation_met=met, received=0)
    return Judge(options or PipeOptions(linger=1), feeder, printer, delivery)


def make_delivery(messages, delivered=0):
    """Make a delivery of which some messages are known to be delivered."""
    delivery = Delivery(Proof.REPLY, resend=True, clock=lambda: 0.0)
    if messages:
        delivery.add(Batch(Opcode.TEXT, [b"x"] * messages), handed=True)
    delivery.take_replies(delivered)
    return delivery


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        pytest.param(BY_PEER, Undelivered, id="closed-by-the-peer"),
        pytest.param(BY_US, Undelivered, id="answered-without-replies"),
        pytest.param(UNANSWERED, Undelivered, id="unanswered"),
        pytest.param(LATE, Undelivered, id="late"),
        pytest.param(LOST, ConnectionLost, id="lost"),
    ],
)
def test_not_known_to_be_delivered(ending, kind):
    """Messages that aren't known to be delivered are no success, however it ended."""
    judge = make_judge(out=1, total=3, delivery=make_delivery(3, delivered=1))

    assert type(judge.find_error(ending)) is kind


def test_unknown_messages_are_named():
    """The error names the messages that may have been delivered or not."""
    judge = make_judge(out=1, total=3, delivery=make_delivery(3, delivered=1))

    assert str(judge.find_error(UNANSWERED)) == (
        "not all input was delivered: 1 of 3 messages known to be delivered, unknown "
        "of messages 2 to 3; the peer did not answer our close frame"
    )
    assert judge.describe_progress() == (
        "1 of 3 messages known to be delivered, unknown of messages 2 to 3"
    )


@pytest.mark.parametrize(
    ("arguments", "progress"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"out": 3, "total": 3}, "", id="all"),
        pytest.param({"out": 2, "total": 3}, "2 of 3 messages went out", id="not-all"),
        pytest.param(
            {"out": 3, "total": 3, "ended": False},
            "3 messages went out; the input was not at its end",
            id="more-to-come",
        ),
    ],
)
def test_progress(arguments, progress):
    """How far the input came is said where it didn't come to its end."""
    assert make_judge(**arguments).describe_progress() == progress


@pytest.mark.parametrize(
    ("options", "state", "ending", "more"),
    [
        pytest.param(PipeOptions(linger=1), {}, LOST, False, id="all-sent"),
        pytest.param(PipeOptions(linger=1), {"ended": False}, LOST, True, id="input"),
        pytest.param(PipeOptions(), {}, LOST, True, id="listen"),
        pytest.param(PipeOptions(linger=1, reply_count=2), {}, LOST, True, id="count"),
        pytest.param(
            PipeOptions(linger=1, reply_count=2), {"met": True}, BY_US, False, id="met"
        ),
        pytest.param(PipeOptions(linger=1), {"kept": 2}, LOST, True, id="kept"),
        pytest.param(PipeOptions(linger=1), {"kept": 2}, BY_PEER, True, id="cut-short"),
        pytest.param(PipeOptions(linger=1), {"kept": 2}, UNANSWERED, True, id="no-end"),
        pytest.param(PipeOptions(linger=1), {"kept": 2}, BY_US, False, id="answered"),
        pytest.param(PipeOptions(linger=1), {"kept": 2}, None, True, id="never-open"),
    ],
)
def test_more_to_do(options, state, ending, more):
    """Another connection is wanted as long as something is left to be done."""
    delivery = make_delivery(state.pop("kept", 0))
    judge = make_judge(options, delivery=delivery, **state)

    assert judge.has_more_to_do(ending) is more
