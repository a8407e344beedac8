"""
The stamp in each message of a fan-out: whose it is, and when it was to leave.

It is eight hex digits of the run and 16 of the time in nanoseconds. Made-up payloads
have it in place of their first bytes. Those that mean something get room for it: as a
field if they are JSON objects, else in front.
"""

from __future__ import annotations

from wstool.wire.opcode import Opcode


__all__ = [
    "STAMP_SIZE",
    "find_stamp",
    "make_room",
    "make_stamp",
    "read_time",
    "split_at_room",
]

STAMP_SIZE = 24
"""Bytes of a stamp."""

_ROOM = b"0" * STAMP_SIZE
_FIELD = b'{"stamp":"'
# A server may add a few bytes in front, such as those of an envelope.
_SEARCHED = 64


def make_room(opcode: Opcode, payload: bytes) -> bytes:
    """Make room for a stamp in a payload, which stays what it was: JSON, or text."""
    if opcode is not Opcode.TEXT:
        return _ROOM + payload
    if not payload.startswith(b"{"):
        return b"%b %b" % (_ROOM, payload)
    rest = payload[1:]
    comma = b"" if rest.lstrip().startswith(b"}") else b","
    return b'%b%b"%b%b' % (_FIELD, _ROOM, comma, rest)


def split_at_room(payload: bytes) -> tuple[bytes, bytes]:
    """Give what is before and behind the stamp of a payload."""
    for place in (0, len(_FIELD)):
        if payload.startswith(_ROOM, place):
            return payload[:place], payload[place + STAMP_SIZE :]
    return b"", payload[STAMP_SIZE:]


def make_stamp(run_id: bytes, time: int) -> bytes:
    """Make a stamp; the time is in nanoseconds."""
    return b"%b%016x" % (run_id, time)


def find_stamp(run_id: bytes, payload: bytes) -> bytes | None:
    """Find the stamp in a message; None if it is none of this run."""
    place = payload.find(run_id, 0, _SEARCHED)
    stamp = payload[place : place + STAMP_SIZE]
    return stamp if place >= 0 and len(stamp) == STAMP_SIZE else None


def read_time(run_id: bytes, stamp: bytes) -> int | None:
    """Read the time of a stamp, in nanoseconds; None if it is none of this run."""
    if len(stamp) != STAMP_SIZE or not stamp.startswith(run_id):
        return None
    try:
        return int(stamp[len(run_id) :], 16)
    except ValueError:
        return None
