"""Lines of stdin on their way to clients."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from wstool.errors import InputInvalid, WstoolError
from wstool.phrases import describe_file_error
from wstool.streams.framing import Encoding, Framing, make_splitter
from wstool.streams.reader import InputReader
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["LineFeed"]

_CHUNK_SIZE = 1 << 16
_MAX_LINE = 16 << 20
# Lines that wait for their tick.
_MAX_WAITING = 1000


class LineFeed:
    """
    Read lines, as fast as they are wanted.

    It rests until ``resume``, and whenever what takes the lines is full.
    """

    def __init__(
        self,
        descriptor: int,
        *,
        take: Callable[[list[Batch]], object],
        is_full: Callable[[], bool],
        ended: Callable[[WstoolError | None], None],
        at_once: bool,
    ) -> None:
        """
        Prepare to read a descriptor.

        Args:
            take: Takes lines as they come.
            is_full: Tells whether no more lines are wanted for now.
            ended: Is called after the last line, with an error if that ended it.
            at_once: Whether lines are taken as they come, and not one by one.
        """
        self._take = take
        self._is_full = is_full
        self._ended = ended
        self._at_once = at_once
        self._waiting: deque[Batch] = deque()
        self._end: list[WstoolError | None] = []
        self._splitter = make_splitter(
            Framing.LINES,
            opcode=Opcode.TEXT,
            encoding=Encoding.RAW,
            max_input=_MAX_LINE,
            source="stdin",
        )
        self._has_started = False
        self._reader = InputReader(
            asyncio.get_running_loop(),
            descriptor,
            received=self._receive,
            ended=lambda: self._finish(None),
            failed=self._fail,
            chunk_size=_CHUNK_SIZE,
        )

    def resume(self) -> None:
        """Read, or read again, if lines are wanted."""
        if self._is_full() or len(self._waiting) >= _MAX_WAITING:
            return
        if self._has_started:
            self._reader.resume()
        else:
            self._has_started = True
            self._reader.start()

    def pause(self) -> None:
        """Read nothing until ``resume``."""
        self._reader.pause()

    def close(self) -> None:
        """Read no more, for good."""
        self._reader.close()

    def take_one(self) -> list[Batch]:
        """Give the next line, if there is one."""
        if not self._waiting:
            for end in self._end:
                self._ended(end)
            self._end.clear()
            return []
        line = self._waiting.popleft()
        if self._has_started:
            self.resume()
        return [line]

    def _receive(self, chunk: bytes) -> None:
        self._hand_on(self._splitter.feed(chunk))
        if self._splitter.error is not None:
            self._finish(self._splitter.error)

    def _hand_on(self, batches: list[Batch]) -> None:
        if self._at_once:
            self._take(batches)
        else:
            self._waiting += (
                Batch(batch.opcode, [payload])
                for batch in batches
                for payload in batch.payloads
            )
        if self._is_full() or len(self._waiting) >= _MAX_WAITING:
            self._reader.pause()

    def _fail(self, error: OSError) -> None:
        problem = f"can't be read: {describe_file_error(error)}"
        self._finish(InputInvalid("stdin", problem))

    def _finish(self, error: WstoolError | None) -> None:
        self._reader.close()
        if error is None:
            self._hand_on(self._splitter.finish())
            error = self._splitter.error
        if self._at_once or not self._waiting:
            self._ended(error)
        else:
            self._end.append(error)
