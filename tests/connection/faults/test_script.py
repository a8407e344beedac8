"""What the faults make of a connection's frames."""

from __future__ import annotations

from random import Random

import pytest

from wstool.connection.faults.options import FaultOptions
from wstool.connection.faults.script import Script, Step

from support.frames import CLOSE, PING, PONG, TEXT, close_frame, frame


A, B, C, D = (frame(TEXT, letter) for letter in (b"a", b"b", b"c", b"d"))


def make_script(rate=1.0, seed=1, **values):
    """Make a script; faults are named with underscores."""
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return Script(FaultOptions(named, rate), Random(seed))


def written(steps):
    """Join what is written."""
    return b"".join(step.data for step in steps)


def test_no_faults():
    """Without faults everything passes as it is, in order."""
    data = A + frame(PING, b"p") + frame(CLOSE, b"\x03\xe8")
    assert written(make_script().feed(data)) == data


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_cut_frames(size):
    """Frames that come in pieces pass when they are whole."""
    script, data = make_script(), A + B + frame(TEXT, b"x" * 300)
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert b"".join(written(script.feed(piece)) for piece in pieces) == data


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        pytest.param({"drop": 0}, b"", id="drop"),
        pytest.param({"duplicate": 0}, A + A + B + B + C + C + D + D, id="duplicate"),
        pytest.param({"reorder": 0}, B + A + D + C, id="reorder"),
        pytest.param(
            {"oversize_control": 0},
            b"".join(frame(PING, b"x" * 126) + each for each in (A, B, C, D)),
            id="oversize-control",
        ),
        pytest.param({"fin": 0}, b"", id="fin"),
        pytest.param({"close": 4000}, close_frame(4000), id="close"),
        pytest.param({"close": 1006}, frame(CLOSE, b"\x03\xee"), id="reserved-code"),
        pytest.param({"truncate": 0}, A[:2], id="truncate"),
        pytest.param({"close_after": 2}, A + B + close_frame(1000), id="close-after"),
        pytest.param(
            {"close_after": 2, "close": 1011},
            A + B + close_frame(1011),
            id="close-after-with-code",
        ),
        pytest.param({"close_after": 3, "reset": 0}, A + B + C, id="reset-after"),
    ],
)
def test_messages(faults, expected):
    """Each fault of messages does what it is called."""
    assert written(make_script(**faults).feed(A + B + C + D)) == expected


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        ("truncate", "fin"),
        ("close", "close"),
        ("reset", "reset"),
        ("fin", "fin"),
        ("half_open", "half-open"),
    ],
)
def test_endings(fault, ending):
    """An ending stands in place of a message, and nothing comes after it."""
    script = make_script(**{fault: 1000})
    assert [step.ending for step in script.feed(A + B)] == [ending]
    assert script.has_ended
    assert script.feed(C) == []


def test_end_at_once():
    """After no message at all it ends before anything is sent."""
    script = make_script(close_after=0, close=1013)
    assert script.start() == [Step(close_frame(1013), ending="close")]
    assert script.feed(A) == []


def test_start_without_an_end():
    """Otherwise nothing is written of its own."""
    assert make_script(close_after=1).start() == []


def test_held_message():
    """A message that nothing overtakes is released; what else is sent goes after it."""
    script = make_script(reorder=0)
    assert script.feed(A) == []
    assert script.holds
    assert written(script.release()) == A
    assert not script.holds
    assert script.feed(B) == []
    assert written(script.feed(frame(PING, b"p"))) == B + frame(PING, b"p")


def test_control_frames():
    """Pongs and close replies are swallowed; pings and closes of our own are not."""
    script = make_script(no_pong=0, no_close_reply=0)
    pong, ping, close = frame(PONG, b"p"), frame(PING, b"q"), close_frame(1000)
    assert written(script.feed(pong + ping + close)) == ping + close
    assert script.feed(close, is_reply=True) == []
    assert script.struck == {"no-pong": 1, "no-close-reply": 1}


def test_delay():
    """Messages wait for the delay, and for up to the jitter more."""
    steps = make_script(delay=0.5, jitter=0.25).feed(A + B)
    assert all(0.5 <= step.delay <= 0.75 for step in steps)
    assert len({step.delay for step in steps}) == 2


def test_several_faults():
    """Faults add up: a doubled message is twice in fragments."""
    script = make_script(fragment=1, duplicate=0)
    fragments = frame(TEXT, b"x", fin=False) + frame(0, b"y")
    assert written(script.feed(frame(TEXT, b"xy"))) == fragments * 2


def test_rate():
    """At a rate a part of the messages is hit, and counted."""
    script = make_script(rate=0.25, drop=0)
    passed = len(written(script.feed(A * 4000))) // len(A)
    assert 2800 < passed < 3200
    assert script.struck["drop"] == 4000 - passed


def test_rate_for_connections():
    """A fault of a whole connection hits a part of the connections."""
    hit = [
        "no-pong" in make_script(rate=0.25, seed=seed, no_pong=0).whole
        for seed in range(400)
    ]
    assert 60 < sum(hit) < 140


def test_rate_of_nothing():
    """At rate 0 nothing happens."""
    script = make_script(rate=0, drop=0, close=1000, no_pong=0)
    data = A + frame(PONG, b"p")
    assert written(script.feed(data)) == data
    assert script.struck == {}


@pytest.mark.parametrize("size", [3, 7, 1000])
def test_same_seed(size):
    """The same seed gives the same bytes, however the writes fall."""
    data = (A + B + C + D) * 50
    faults = {"drop": 0, "bad_utf8": 0, "masked": 0, "duplicate": 0}
    whole = written(make_script(rate=0.3, **faults).feed(data))
    script = make_script(rate=0.3, **faults)
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert b"".join(written(script.feed(piece)) for piece in pieces) == whole
    assert written(make_script(rate=0.3, seed=2, **faults).feed(data)) != whole


def test_fault_that_can_do_nothing():
    """What could not be altered is not counted."""
    script = make_script(split_utf8=0)
    script.feed(A)
    assert script.struck["split-utf8"] == 0
