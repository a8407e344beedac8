"""
Where the messages of a pipe begin and end.

A cutter is fed chunks and hands out the messages that are complete. What is left
over waits in a list of pieces, joined once, so that a message of any size costs
time in proportion to its size however it arrives.
"""

from __future__ import annotations


__all__ = ["Cutter", "LengthCutter", "SeparatorCutter", "WholeCutter"]

_PREFIX_SIZE = 4


class Cutter:
    """
    Cut a stream of bytes into messages.

    Once `problem` is set the cutter must not be fed again.
    """

    def __init__(
        self, max_input: int, *, prefix_size: int = 0, suffix_size: int = 0
    ) -> None:
        self._max_input = max_input
        self._held: list[bytes] = []
        self._held_size = 0
        self._received = 0
        self.prefix_size = prefix_size
        """Bytes of framing before each payload."""
        self.suffix_size = suffix_size
        """Bytes of framing after each payload."""
        self.problem: str | None = None
        """What is wrong with the message after the ones handed out last."""
        self.known_ascii = False
        """Whether the messages handed out last are ASCII for sure."""

    @property
    def offset(self) -> int:
        """Tell how far into the input the next message begins."""
        return self._received - self._held_size

    def cut(self, chunk: bytes) -> list[bytes]:
        """Take a chunk and hand out the messages it completes."""
        raise NotImplementedError

    def finish(self) -> list[bytes]:
        """Take the end of the input and hand out the message it completes."""
        return [self._release()] if self._held else []

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._held.append(piece)
            self._held_size += len(piece)

    def _release(self) -> bytes:
        data = b"".join(self._held)
        self._held = []
        self._held_size = 0
        return data

    def _refuse_size(self) -> None:
        self.problem = f"message is longer than --max-input ({self._max_input} bytes)"


class SeparatorCutter(Cutter):
    """
    Cut after each separator.

    What follows the last separator is a message too, unless it is empty.
    """

    def __init__(self, separator: bytes, max_input: int) -> None:
        super().__init__(max_input, suffix_size=len(separator))
        self._separator = separator
        self._held_ascii = True

    def cut(self, chunk: bytes) -> list[bytes]:
        """Take a chunk and hand out the messages it completes."""
        self._received += len(chunk)
        may_be_long = self._held_size + len(chunk) > self._max_input
        payloads = chunk.split(self._separator)
        tail = payloads.pop()
        # One look at the chunk spares a look at each message in it.
        is_ascii = chunk.isascii()
        self.known_ascii = is_ascii and self._held_ascii
        if payloads:
            if self._held:
                self._held.append(payloads[0])
                payloads[0] = self._release()
            self._held_ascii = is_ascii or tail.isascii()
        else:
            self._held_ascii = self.known_ascii
        self._hold(tail)
        if may_be_long:
            self._check_sizes(payloads)
        return payloads

    def finish(self) -> list[bytes]:
        """Take the end of the input and hand out a message without separator."""
        self.known_ascii = self._held_ascii
        return super().finish()

    def _check_sizes(self, payloads: list[bytes]) -> None:
        for index, payload in enumerate(payloads):
            if len(payload) > self._max_input:
                del payloads[index:]
                self._refuse_size()
                return
        if self._held_size > self._max_input:
            self._refuse_size()


class LengthCutter(Cutter):
    """Cut messages that have their length before them, as 4 bytes big-endian."""

    def __init__(self, max_input: int) -> None:
        super().__init__(max_input, prefix_size=_PREFIX_SIZE)
        self._needed = _PREFIX_SIZE

    def cut(self, chunk: bytes) -> list[bytes]:
        """Take a chunk and hand out the messages it completes."""
        self._received += len(chunk)
        self._hold(chunk)
        if self._held_size < self._needed:
            return []
        data = self._release()
        payloads: list[bytes] = []
        start = 0
        while (body := start + _PREFIX_SIZE) <= len(data):
            length = int.from_bytes(data[start:body], "big")
            if length > self._max_input:
                self._refuse_size()
                break
            self._needed = _PREFIX_SIZE + length
            if len(data) - start < self._needed:
                break
            start += self._needed
            self._needed = _PREFIX_SIZE
            payloads.append(data[body:start])
        self._hold(data[start:])
        return payloads

    def finish(self) -> list[bytes]:
        """Take the end of the input, which must not come inside a message."""
        if 0 < self._held_size < _PREFIX_SIZE:
            self.problem = (
                "input ends inside a length prefix: "
                f"{self._held_size} of {_PREFIX_SIZE} bytes"
            )
        elif self._held_size:
            self.problem = (
                "input ends inside a message: "
                f"{self._held_size - _PREFIX_SIZE} of "
                f"{self._needed - _PREFIX_SIZE} bytes"
            )
        return []


class WholeCutter(Cutter):
    """Cut nothing: all of the input is one message; an empty input is none."""

    def cut(self, chunk: bytes) -> list[bytes]:
        """Take a chunk; the message is complete at the end of the input only."""
        self._received += len(chunk)
        self._hold(chunk)
        if self._held_size > self._max_input:
            self._refuse_size()
        return []
