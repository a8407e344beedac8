"""Stamps, and the room for them."""

from __future__ import annotations

import json

import pytest

from wstool.services.bench.stamp import (
    STAMP_SIZE,
    find_stamp,
    make_room,
    make_stamp,
    read_time,
    split_at_room,
)
from wstool.wire.opcode import Opcode


RUN = b"abcdef01"
STAMP = make_stamp(RUN, 1_700_000_000_000_000_000)


def put_in(payload):
    """Put the stamp into a payload."""
    before, behind = split_at_room(payload)
    return before + STAMP + behind


@pytest.mark.parametrize("payload", [b'{"a":[1,"\xc3\xa9"]}', b"{}", b'{ "a": 1 }'])
def test_json(payload):
    """A JSON object stays one, with the stamp as a field."""
    message = put_in(make_room(Opcode.TEXT, payload))

    stamp = {"stamp": STAMP.decode()}
    assert json.loads(message) == stamp | json.loads(payload)
    assert find_stamp(RUN, message) == STAMP


@pytest.mark.parametrize("payload", [b"gr\xc3\xbc\xc3\x9fe", b"", b"0" * 100, b"[1]"])
def test_text(payload):
    """A text is whole behind the stamp."""
    message = put_in(make_room(Opcode.TEXT, payload))

    assert message == STAMP + b" " + payload
    assert find_stamp(RUN, message) == STAMP


def test_binary():
    """So is what is binary, whatever it looks like."""
    assert put_in(make_room(Opcode.BINARY, b"{\xff}")) == STAMP + b"{\xff}"


def test_made_up():
    """What means nothing keeps its size."""
    assert put_in(b"x" * 40) == STAMP + b"x" * 16


@pytest.mark.parametrize("message", [b"", RUN, RUN + b"0" * 15, b"x" * 65 + STAMP])
def test_foreign(message):
    """What has no whole stamp near its front is somebody else's."""
    assert find_stamp(RUN, message) is None


def test_size():
    """A stamp has its size until the clocks of this world overflow."""
    assert len(make_stamp(RUN, 0)) == len(make_stamp(RUN, 2**64 - 1)) == STAMP_SIZE


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        (STAMP, 1_700_000_000_000_000_000),
        (make_stamp(RUN, 0), 0),
        (b"00000000" + STAMP[8:], None),
        (STAMP[:-1], None),
        (STAMP + b"0", None),
        (RUN + b"x" * 16, None),
    ],
)
def test_time(stamp, time):
    """A stamp of the run has a time; nothing else has one."""
    assert read_time(RUN, stamp) == time
