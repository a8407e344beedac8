"""The options of a load."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise

import click
import pytest

from wstool.cli._bench.options import LoadArguments, parse_moment
from wstool.errors import InputInvalid
from wstool.services.bench import STAMP_SIZE, Kind
from wstool.traffic.profiles import PROFILES
from wstool.wire.opcode import Opcode


def make_arguments(**fields):
    """Make arguments."""
    defaults = {
        **{"kind": None, "connections": 1, "publishers": 1, "duration": None},
        **{"limit": None, "rate": None, "depth": 1, "size": (64, 64), "binary": False},
        **{"profile": None, "workers": 1, "drain": 5.0, "any_reply": False},
        "greeting": (),
    }
    return LoadArguments(**{**defaults, **fields})


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_profiles(name):
    """A profile measures deliveries, at the rate of its shape and in its bursts."""
    arguments = make_arguments(profile=name)
    supply, pace = arguments.make_supply()

    assert arguments.make_kind() is Kind.FANOUT
    wanted = {"chat": 5, "trading": 5000, "game": 60, "collab": 30}[name]
    assert pace.rate == pytest.approx(wanted, rel=0.25)
    assert len(pace.pattern) == len(supply.payloads)
    spaced = [*pairwise(pace.pattern)]
    assert any(first == second for first, second in spaced) == (name != "game")
    text = name in ("chat", "collab")
    assert supply.opcode is (Opcode.TEXT if text else Opcode.BINARY)
    if text:
        assert all(json.loads(payload)["stamp"] for payload in supply.payloads)
    else:
        assert all(len(payload) >= STAMP_SIZE + 26 for payload in supply.payloads)


def test_profile_of_another_kind():
    """A kind that is given goes before that of the profile."""
    assert make_arguments(profile="chat", kind="echo").make_kind() is Kind.ECHO


def test_fanout_size():
    """A message has room for its time stamp."""
    supply, _ = make_arguments(kind="fanout", size=(1, 5)).make_supply()
    assert {len(payload) for payload in supply.payloads} == {STAMP_SIZE}


def test_samples(tmp_path):
    """The lines of a file are messages."""
    path = tmp_path / "samples"
    path.write_bytes(b"one\n\nthree\n")
    supply, rate = make_arguments(size=f"@{path}").make_supply()
    assert (supply.payloads, rate) == ([b"one", b"", b"three"], None)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "has no line, so there is nothing to send"),
        (b"a\n\xff\n", r"line 2, byte 0: text isn't valid UTF-8 \(try --binary\)"),
    ],
)
def test_bad_samples(tmp_path, data, problem):
    """What can't be sent is named with its line."""
    path = tmp_path / "samples"
    path.write_bytes(data)
    with pytest.raises(InputInvalid, match=problem):
        make_arguments(size=f"@{path}").make_supply()


def test_moment():
    """A time is a time of day, a date with one, or a number."""
    assert parse_moment(None, None, "1000.5", clock=lambda: 999) == 1000.5
    spelled = "1970-01-01T00:01:00Z"
    assert parse_moment(None, None, spelled, clock=lambda: 0) == 60.0
    today = f"{datetime.now():%Y-%m-%d}"
    noon = datetime.fromisoformat(f"{today}T12:30:00").timestamp()
    assert parse_moment(None, None, "12:30:00", clock=lambda: noon - 60) == noon
    assert parse_moment(None, None, None) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("999", "is over"),
        ("90000", "is more than a day away"),
        ("1e300", "is more than a day away"),
        ("nan", "isn't a time"),
        ("inf", "isn't a time"),
        ("25:00", "isn't a time"),
        ("", "isn't a time"),
    ],
)
def test_no_start(text, problem):
    """A start that doesn't come soon is no start."""
    with pytest.raises(click.BadParameter, match=problem):
        parse_moment(None, None, text, clock=lambda: 1000)
