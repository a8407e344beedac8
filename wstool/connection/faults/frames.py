"""One message as the frames that a fault makes of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import NamedTuple

from wstool.wire.frame import FrameHeader, serialize_header, shortest_length_bits
from wstool.wire.masking import xor_mask
from wstool.wire.opcode import Opcode


__all__ = ["ALTERATIONS", "Frame", "make_frame", "make_oversize_ping"]

_OVERSIZE = 126
_LONGEST_BITS = 64


class Frame(NamedTuple):
    """A frame to be sent, right or wrong."""

    header: FrameHeader
    payload: bytes

    def serialize(self) -> bytes:
        """Serialize the frame as it is spelled."""
        key = self.header.masking_key
        payload = self.payload if key is None else xor_mask(self.payload, key)
        return serialize_header(self.header) + payload


def make_frame(
    opcode: int, payload: bytes, *, fin: bool = True, masking_key: bytes | None = None
) -> Frame:
    """Make a frame with the shortest length spelling."""
    bits = shortest_length_bits(len(payload))
    header = FrameHeader(
        opcode, len(payload), fin=fin, masking_key=masking_key, length_bits=bits
    )
    return Frame(header, payload)


def make_oversize_ping() -> Frame:
    """Make a ping with one byte more than a control frame may have (5.5)."""
    return make_frame(Opcode.PING, b"x" * _OVERSIZE)


Alteration = Callable[[list[Frame], float, Random], list[Frame]]
"""Takes a message's frames, the fault's value and random numbers; gives the frames."""


def _break_text(frames: list[Frame], value: float, random: Random) -> list[Frame]:
    """Put a byte that UTF-8 never has into the middle of a text message."""
    (frame,) = frames
    if frame.header.opcode != Opcode.TEXT:
        return frames
    middle = len(frame.payload) // 2
    payload = frame.payload[:middle] + b"\xff" + frame.payload[middle + 1 :]
    return [make_frame(Opcode.TEXT, payload)]


def _split_character(frames: list[Frame], value: float, random: Random) -> list[Frame]:
    """Cut a text message into two fragments, in the middle of a character."""
    (frame,) = frames
    payload = frame.payload
    # Bytes 2 and up of a character begin with the bits 10.
    places = [i for i, byte in enumerate(payload) if byte & 0b1100_0000 == 0b1000_0000]
    if frame.header.opcode != Opcode.TEXT or not places:
        return frames
    return _cut(frame, [0, random.choice(places), len(payload)])


def _fragment(frames: list[Frame], value: float, random: Random) -> list[Frame]:
    """Cut a message into fragments of at most a size."""
    size = max(int(value), 1)
    if len(frames) > 1 or len(frames[0].payload) <= size:
        return frames
    end = len(frames[0].payload)
    return _cut(frames[0], [*range(0, end, size), end])


def _cut(frame: Frame, places: list[int]) -> list[Frame]:
    return [
        make_frame(
            Opcode.CONTINUATION if start else frame.header.opcode,
            frame.payload[start:stop],
            fin=stop == len(frame.payload),
        )
        for start, stop in pairwise(places)
    ]


def _mask(frames: list[Frame], value: float, random: Random) -> list[Frame]:
    """Mask frames, which a server must not do (5.1)."""
    return [
        frame._replace(header=frame.header._replace(masking_key=random.randbytes(4)))
        for frame in frames
    ]


def _set_reserved(frames: list[Frame], value: float, random: Random) -> list[Frame]:
    """Set a reserved bit of the first frame that no extension has given a meaning."""
    header = frames[0].header
    return _change_first(
        frames,
        header._replace(
            rsv1=header.rsv1 or value == 1,
            rsv2=header.rsv2 or value == 2,
            rsv3=header.rsv3 or value == 3,
        ),
    )


def _change_opcode(frames: list[Frame], value: float, random: Random) -> list[Frame]:
    """Give the first frame an opcode without a meaning."""
    return _change_first(frames, frames[0].header._replace(opcode=int(value)))


def _lengthen(frames: list[Frame], value: float, random: Random) -> list[Frame]:
    """Spell the first frame's length with more bits than it needs (5.2)."""
    return _change_first(frames, frames[0].header._replace(length_bits=_LONGEST_BITS))


def _change_first(frames: list[Frame], header: FrameHeader) -> list[Frame]:
    return [frames[0]._replace(header=header), *frames[1:]]


ALTERATIONS: dict[str, Alteration] = {
    "bad-utf8": _break_text,
    "split-utf8": _split_character,
    "fragment": _fragment,
    "masked": _mask,
    "rsv": _set_reserved,
    "bad-opcode": _change_opcode,
    "long-length": _lengthen,
}
"""The faults that alter a message's frames, in the order of their doing."""
