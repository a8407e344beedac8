"""
What only both directions of a connection show together.

Pongs belong to pings, close frames answer one another, nothing follows a close frame;
and what only many frames of a side show: how it chooses masking keys and fragments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from wstool.wire.dissected import DissectedFrame
from wstool.wire.opcode import Opcode
from wstool.wire.violations import (
    Violation,
    close_code_not_echoed,
    close_unanswered,
    data_after_close,
    fragments_tiny,
    masking_key_predictable,
    ping_unanswered,
    pong_unsolicited,
    second_close,
)


__all__ = ["NOTHING", "Answer", "Dialogue", "Said"]

_MAX_PINGS = 1 << 10
_MAX_CONTROL = 125
_CLOSE = int(Opcode.CLOSE)
_TINY_FRAGMENTS = 3
# A key that counts goes in small steps; random keys do that once in 2 ** 24 frames,
# and must do it twice.
_MAX_KEY_STEP = 1 << 8
# Who fails the connection (7.1.7) answers nothing.
_FAILING = frozenset({1002, 1003, 1007, 1009, 1010})
# A peer has this long to answer a ping; one after whose end none comes owes nothing.
_PONG_PATIENCE = 5.0


class Answer(NamedTuple):
    """What a frame answers."""

    number: int
    """Number of the frame that it answers."""
    delay: float | None
    """Seconds between the two; None if nobody knows."""


class Said(NamedTuple):
    """What the dialogue says of a frame."""

    violations: tuple[Violation, ...] = ()
    answer: Answer | None = None


class _Ping(NamedTuple):
    number: int
    identity: tuple[bytes, int]
    time: float | None


class _Answered(NamedTuple):
    """The latest pong that answered a ping of one side."""

    identity: tuple[bytes, int]
    last: int
    """Number of the latest ping that had been sent by then."""
    time: float | None


class _Side:
    """What one side has sent so far."""

    __slots__ = (
        "answered",
        "close",
        "close_number",
        "close_time",
        "key",
        "pings",
        "step",
        "tiny",
    )

    def __init__(self) -> None:
        self.pings: deque[_Ping] = deque(maxlen=_MAX_PINGS)
        """Pings that a pong may still answer."""
        self.answered: _Answered | None = None
        self.close: DissectedFrame | None = None
        self.close_number = 0
        self.close_time: float | None = None
        self.key: int | None = None
        self.step = 0
        self.tiny = 0


NOTHING = Said()
"""What there is to say of most frames."""


class Dialogue:
    """Follow a connection's frames in the order in which they passed."""

    __slots__ = ("_partial", "_sides", "_time")

    def __init__(self, *, partial: bool = False) -> None:
        """
        Start before the first frame.

        Args:
            partial: Whether frames are missing, so that a pong may answer one of them.
        """
        self._partial = partial
        self._sides = {True: _Side(), False: _Side()}
        self._time: float | None = None

    @property
    def unclosed(self) -> bool:
        """Whether it is known that no side has sent a close frame."""
        sides = self._sides.values()
        return not self._partial and all(side.close is None for side in sides)

    def lose(self) -> None:
        """Take note that frames are missing."""
        self._partial = True

    def take_plain(
        self, client: bool, frames: list[DissectedFrame], time: float | None
    ) -> bool:
        """
        Take whole messages of one frame each, if there is nothing to say of any.

        Returns:
            Whether that is so; if not, none is taken.
        """
        side = self._sides[client]
        if side.close is not None or side.tiny:
            return False
        previous, step = side.key, side.step
        for frame in frames:
            opcode, _, fin, _, _, _, key, _ = frame.header
            if not fin or not 0 < opcode < _CLOSE:
                return False
            if key is None:
                continue
            value = int.from_bytes(key, "big")
            if previous is not None:
                latest = value - previous
                if _is_predictable(latest, step):
                    return False
                step = latest
            previous = value
        side.key, side.step = previous, step
        self._time = time
        return True

    def take(
        self, client: bool, number: int, frame: DissectedFrame, time: float | None
    ) -> Said:
        """Take a frame of the client or of the server; say what it is to the others."""
        side = self._sides[client]
        self._time = time
        header = frame.header
        violations: list[Violation] = []
        answer = None
        if header.masking_key is not None:
            _check_key(side, header.masking_key, violations)
        if header.opcode < _CLOSE:
            if side.close is not None:
                violations.append(data_after_close(header.opcode))
            if not header.fin or side.tiny or header.opcode == Opcode.CONTINUATION:
                _check_fragment(side, frame, violations)
        elif header.opcode == Opcode.PING:
            _add_ping(side, _Ping(number, _identify(frame), time))
        elif header.opcode == Opcode.PONG:
            answer = self._find_ping(self._sides[not client], frame, time, violations)
        elif header.opcode == Opcode.CLOSE:
            answer = self._take_close(client, number, frame, violations)
            side.close_time = side.close_time or time
        if violations or answer is not None:
            return Said(tuple(violations), answer)
        return NOTHING

    def finish(self, time: float | None = None) -> list[tuple[bool, Violation]]:
        """
        Say what each side owes at the connection's end: whose fault, and what.

        Args:
            time: When that was; None for the time of the last frame.
        """
        found: list[tuple[bool, Violation]] = []
        end = self._time if time is None else time
        for client, side in self._sides.items():
            other = self._sides[not client]
            found += ((not client, owed) for owed in self._find_owed_pongs(side, end))
            if _awaits_answer(side) and other.close is None and not self._partial:
                waited = _measure(side.close_time, end)
                owed = close_unanswered(side.close_number, waited)
                found.append((not client, owed))
        return found

    def _find_owed_pongs(self, side: _Side, end: float | None) -> Iterator[Violation]:
        """Find the pings that had no pong for long, or for the rest of the life."""
        for ping in side.pings:
            waited = _measure(ping.time, end)
            if waited is None or _may_be_answered(side, ping):
                continue
            if waited >= _PONG_PATIENCE:
                yield ping_unanswered(ping.number, waited)
            elif self.unclosed:
                yield ping_unanswered(ping.number, waited, legal=True)

    def _find_ping(
        self,
        asker: _Side,
        frame: DissectedFrame,
        time: float | None,
        violations: list[Violation],
    ) -> Answer | None:
        """
        Find the ping of a pong; what came before it is answered with it (5.5.3).

        Of pings with the same payload it is the earliest: who pings often gets a pong
        for each of them.
        """
        pings, identity = asker.pings, _identify(frame)
        for index, ping in enumerate(pings):
            if ping.identity == identity:
                asker.answered = _Answered(identity, pings[-1].number, time)
                for _ in range(index + 1):
                    pings.popleft()
                return Answer(ping.number, _measure(ping.time, time))
        if not self._partial:
            violations.append(pong_unsolicited(bool(pings)))
        return None

    def _take_close(
        self,
        client: bool,
        number: int,
        frame: DissectedFrame,
        violations: list[Violation],
    ) -> Answer | None:
        side, other = self._sides[client], self._sides[not client]
        if side.close is not None:
            violations.append(second_close())
            return None
        side.close, side.close_number = frame, number
        if other.close is None:
            return None
        asked = other.close.close and other.close.close.code
        told = frame.close and frame.close.code
        if asked != told and told not in _FAILING:
            violations.append(close_code_not_echoed(asked, told))
        return Answer(other.close_number, None)


def _add_ping(side: _Side, ping: _Ping) -> None:
    """Take note of a ping; those before it that one pong answered are over with."""
    answered = side.answered
    quiet = _measure(answered and answered.time, ping.time)
    if quiet is not None and quiet >= _PONG_PATIENCE:
        while side.pings and _may_be_answered(side, side.pings[0]):
            side.pings.popleft()
    side.pings.append(ping)


def _may_be_answered(side: _Side, ping: _Ping) -> bool:
    """Tell whether the latest pong may have been meant for this ping too (5.5.3)."""
    answered = side.answered
    return (
        answered is not None
        and answered.identity == ping.identity
        and ping.number <= answered.last
    )


def _measure(start: float | None, end: float | None) -> float | None:
    """Give the seconds between two moments; None if one of them isn't known."""
    return None if start is None or end is None else end - start


def _awaits_answer(side: _Side) -> bool:
    """Tell whether a side said goodbye, and didn't fail the connection (7.1.7)."""
    if side.close is None:
        return False
    close = side.close.close
    return close is None or close.code in (None, 1000, 1001) or (close.code or 0) > 2999


def _check_key(side: _Side, key: bytes, violations: list[Violation]) -> None:
    number = int.from_bytes(key, "big")
    previous = side.key
    side.key = number
    if previous is None:
        return
    step = number - previous
    if step == 0:
        violations.append(masking_key_predictable("repeats that of the frame before"))
    elif _is_predictable(step, side.step):
        direction = "up" if step > 0 else "down"
        violations.append(masking_key_predictable(f"counts {direction} by {abs(step)}"))
    side.step = step


def _is_predictable(step: int, previous: int) -> bool:
    """Tell whether a masking key that is a step behind another one isn't random."""
    return step == 0 or (step == previous and -_MAX_KEY_STEP <= step <= _MAX_KEY_STEP)


def _check_fragment(
    side: _Side, frame: DissectedFrame, violations: list[Violation]
) -> None:
    """Count fragments of a byte or none in a row; report them once for a message."""
    part = frame.part
    if part is None or (part.fragment == 1 and frame.header.fin):
        side.tiny = 0
        return
    if part.fragment == 1:
        side.tiny = 0
    side.tiny = side.tiny + 1 if frame.header.payload_length <= 1 else 0
    if side.tiny == _TINY_FRAGMENTS:
        violations.append(fragments_tiny(side.tiny))


def _identify(frame: DissectedFrame) -> tuple[bytes, int]:
    """Give what a ping and its pong have in common, however long they are."""
    return frame.payload[:_MAX_CONTROL], frame.received
