"""Synthetic traffic."""

from __future__ import annotations

import json
import struct
from random import Random

import pytest

from wstool.traffic.profiles import PROFILES
from wstool.wire.opcode import Opcode


NOW = 1_700_000_000.0


def run(name, seconds=10.0, seed=1):
    """Give the batches of some seconds."""
    profile = PROFILES[name]
    tick = profile.start(Random(seed))
    count = round(seconds / profile.interval)
    return [tick(NOW + number * profile.interval) for number in range(count)]


def list_messages(name, **options):
    """Give the messages of some seconds."""
    return [payload for batch in run(name, **options) for payload in batch.payloads]


@pytest.mark.parametrize("name", PROFILES)
def test_same_seed(name):
    """The same random numbers give the same traffic, others give other traffic."""
    assert run(name) == run(name)
    assert run(name) != run(name, seed=2)


@pytest.mark.parametrize(
    ("name", "opcode", "least", "most"),
    [
        ("chat", Opcode.TEXT, 2, 10),
        ("trading", Opcode.BINARY, 5000, 5000),
        ("game", Opcode.BINARY, 60, 60),
        ("collab", Opcode.TEXT, 20, 40),
    ],
)
def test_shape(name, opcode, least, most):
    """Each kind has its number of messages a second, text or binary."""
    assert {batch.opcode for batch in run(name)} == {opcode}
    assert least <= len(list_messages(name)) / 10 <= most


def test_chat():
    """People type, and say something; what they say is numbered."""
    events = [json.loads(message) for message in list_messages("chat", seconds=60)]
    said = [event for event in events if event["type"] == "message"]
    assert [event["id"] for event in said] == list(range(1, len(said) + 1))
    assert {event["type"] for event in events} == {"message", "typing"}
    assert all(event["from"] and event["time"] >= NOW for event in events)


def test_trading():
    """A quote has a bid below its ask, and the time."""
    for message in list_messages("trading", seconds=1):
        symbol, bid, ask, *sizes, time = struct.unpack("!HIIIId", message)
        assert 0 < bid < ask
        assert symbol < 200
        assert min(sizes) > 0
        assert NOW <= time < NOW + 1


def test_game():
    """A snapshot has all players, each in the arena, and a number."""
    snapshots = list_messages("game", seconds=2)
    for number, message in enumerate(snapshots, 1):
        tick, time, players = struct.unpack_from("!IdB", message)
        assert (tick, players) == (number, 16)
        assert NOW <= time < NOW + 2
        positions = list(struct.iter_unpack("!Bfff", message[13:]))
        assert [position[0] for position in positions] == list(range(16))
        assert all(0 <= x < 100.001 and 0 <= y < 100.001 for _, x, y, _ in positions)


def test_collab():
    """Edits are numbered and small; there are cursors too, all inside the text."""
    events = [json.loads(message) for message in list_messages("collab", seconds=60)]
    edits = [event for event in events if event["type"] == "edit"]
    assert [edit["version"] for edit in edits] == list(range(1, len(edits) + 1))
    assert {event["type"] for event in events} == {"cursor", "edit"}
    length = 0
    for event in events:
        assert 0 <= event["at"] <= length
        length += len(event.get("insert", "")) - event.get("delete", 0)
    assert length >= 0


@pytest.mark.parametrize("name", PROFILES)
def test_bar(name):
    """Each kind says what it is like, and the bar it is held to."""
    profile = PROFILES[name]
    assert profile.text
    assert 0 < profile.limit <= 0.1
    assert profile.percentile == 99.0
