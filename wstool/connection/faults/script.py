"""
What the faults make of one connection, without I/O.

Whatever is random comes out of the connection's own random numbers, in the order of
the frames, so that the same seed gives the same faults however reads and writes fall.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple

from wstool.connection.faults.frames import (
    ALTERATIONS,
    Frame,
    make_frame,
    make_oversize_ping,
)
from wstool.connection.faults.options import (
    CONNECTION_FAULTS,
    ENDINGS,
    HANDSHAKE_FAULTS,
    FaultOptions,
)
from wstool.wire.frame import FrameHeader, parse_header
from wstool.wire.opcode import Opcode, is_control


__all__ = ["Script", "Step"]

_NORMAL_CLOSURE = 1000


class Step(NamedTuple):
    """Something to write."""

    data: bytes
    delay: float = 0.0
    """Seconds to wait before it."""
    ending: str = ""
    """How the stream ends behind it: ``close``, ``fin``, ``reset``, ``half-open``."""


class Script:
    """The faults of one connection."""

    def __init__(self, options: FaultOptions, random: Random) -> None:
        """
        Decide what is decided once for a connection.

        Args:
            random: Random numbers for this connection alone.
        """
        self._values = options.values
        self._rate = options.rate
        self._random = random
        self._buffer = b""
        self._held: list[Step] = []
        self.struck: Counter[str] = Counter()
        """How often each fault has struck."""
        self.whole: Mapping[str, float] = {
            name: self._values[name]
            for name in (*HANDSHAKE_FAULTS, *CONNECTION_FAULTS)
            if name in self._values and random.random() < self._rate
        }
        """The faults of this connection as a whole, and their values."""
        self._messages_left = self.whole.get("close-after")
        self.has_ended = False
        """Whether nothing is sent any more."""

    @property
    def holds(self) -> bool:
        """Whether a message is held back to be overtaken."""
        return bool(self._held)

    def note_handshake(self) -> None:
        """Count the faults of the opening handshake, which is answered now."""
        self.struck.update(name for name in HANDSHAKE_FAULTS if name in self.whole)

    def start(self) -> list[Step]:
        """Give what is due before anything is sent."""
        return [] if self._messages_left != 0 else list(self._end_after())

    def feed(self, data: bytes, *, is_reply: bool = False) -> list[Step]:
        """
        Take frames that are to be sent.

        Args:
            is_reply: Whether a close frame among them answers the peer's.
        """
        if self.has_ended:
            return []
        data = self._buffer + data
        steps: list[Step] = []
        position = 0
        while (header := parse_header(data, position)) is not None:
            start = position + header.size
            end = start + header.payload_length
            if end > len(data):
                break
            position = end
            steps += self._take(header, data[start:end], is_reply)
            if self.has_ended:
                return steps
        self._buffer = data[position:]
        return steps

    def release(self) -> list[Step]:
        """Give up holding a message back: nothing came to overtake it."""
        steps, self._held = self._held, []
        return steps

    def _strikes(self, name: str) -> bool:
        if name not in self._values or self._random.random() >= self._rate:
            return False
        self.struck[name] += 1
        return True

    def _take(
        self, header: FrameHeader, payload: bytes, is_reply: bool
    ) -> Iterator[Step]:
        frame = Frame(header, payload)
        if not is_control(header.opcode):
            yield from self._take_message(frame)
            return
        fault = ""
        if header.opcode == Opcode.PONG:
            fault = "no-pong"
        elif header.opcode == Opcode.CLOSE and is_reply:
            fault = "no-close-reply"
        if fault in self.whole:
            self.struck[fault] += 1
        else:
            yield from (*self.release(), Step(frame.serialize()))

    def _take_message(self, frame: Frame) -> Iterator[Step]:
        if self._strikes("drop"):
            return
        if self._messages_left is None:
            for name in ENDINGS:
                if self._strikes(name):
                    yield self._end(name, frame)
                    return
        steps = self._alter(frame)
        if self._strikes("duplicate"):
            steps = steps * 2
        if self._held:
            yield from (*steps, *self.release())
        elif self._strikes("reorder"):
            self._held = steps
        else:
            yield from steps
        if self._messages_left is not None:
            self._messages_left -= 1
            if self._messages_left <= 0:
                yield from self._end_after()

    def _alter(self, frame: Frame) -> list[Step]:
        frames = [frame]
        for name, alter in ALTERATIONS.items():
            if self._strikes(name):
                altered = alter(frames, self._values[name], self._random)
                if altered == frames:
                    # It can do nothing to this message, such as ASCII without a
                    # character to be split.
                    self.struck[name] -= 1
                frames = altered
        if self._strikes("oversize-control"):
            frames.insert(0, make_oversize_ping())
        data = b"".join(frame.serialize() for frame in frames)
        return [Step(data, self._find_delay())]

    def _find_delay(self) -> float:
        delay = self._values["delay"] if self._strikes("delay") else 0.0
        if self._strikes("jitter"):
            delay += self._random.uniform(0, self._values["jitter"])
        return delay

    def _end_after(self) -> Iterator[Step]:
        """End as many messages later as were asked for."""
        self.struck["close-after"] += 1
        yield from self.release()
        name = next((name for name in ENDINGS if name in self._values), "close")
        yield self._end(name, make_frame(Opcode.TEXT, b"cut off"))

    def _end(self, name: str, frame: Frame) -> Step:
        self.has_ended = True
        if name == "truncate":
            data = frame.serialize()
            return Step(data[: (len(data) + 1) // 2], ending="fin")
        if name == "close":
            code = int(self._values.get("close", _NORMAL_CLOSURE))
            payload = code.to_bytes(2, "big")
            return Step(make_frame(Opcode.CLOSE, payload).serialize(), ending="close")
        return Step(b"", ending=name)
