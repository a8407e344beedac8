"""Writing to stdout in the background, for a loop that nothing may hold up."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable

from wstool.errors import WstoolError


__all__ = ["BackgroundWriter"]

_HIGH, _LOW = 8 << 20, 1 << 20
_PATIENCE = 2.0
# Each time the thread wakes, the loop waits for it; nobody sees so short a delay.
_DELAY = 0.01


class BackgroundWriter:
    """Hand bytes to a thread that writes them, and say when it can't follow."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        *,
        pause: Callable[[], None],
        resume: Callable[[], None],
        fail: Callable[[WstoolError], None],
    ) -> None:
        """
        Start the thread; on a running loop.

        Args:
            write: Writes bytes, however long that takes.
            pause: Is called when too much waits.
            resume: Is called when little waits again.
            fail: Takes the error that ends the writing.
        """
        self._write = write
        self._pause, self._resume, self._fail = pause, resume, fail
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes] = []
        self._size = 0
        self._paused = False
        self._closed = False
        self._broken = False
        self._waking: asyncio.TimerHandle | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Take bytes to be written."""
        with self._changed:
            if self._broken:
                return
            self._waiting.append(data)
            self._size += len(data)
            full = self._size > _HIGH
        if self._waking is None:
            self._waking = self._loop.call_later(_DELAY, self._wake)
        if full and not self._paused:
            self._paused = True
            self._pause()

    def close(self, patience: float = _PATIENCE) -> int:
        """
        Wait until all is written, but not for long where nobody reads.

        Returns:
            How many bytes are not written.
        """
        if self._waking is not None:
            self._waking.cancel()
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(patience)
        with self._changed:
            return 0 if self._broken else self._size

    def _wake(self) -> None:
        self._waking = None
        with self._changed:
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if not self._waiting:
                    return
                pieces, self._waiting = self._waiting, []
            if len(pieces) > 1 and sum(map(len, pieces)) <= _LOW:
                pieces = [b"".join(pieces)]
            try:
                for piece in pieces:
                    self._write(piece)
                    self._take_off(len(piece))
            except WstoolError as error:
                with self._changed:
                    self._broken = True
                    self._waiting.clear()
                self._call(functools.partial(self._fail, error))
                return

    def _take_off(self, size: int) -> None:
        with self._changed:
            before, self._size = self._size, self._size - size
            low = self._size <= _LOW < before
        if low:
            self._call(self._ease)

    def _ease(self) -> None:
        if self._paused:
            self._paused = False
            self._resume()

    def _call(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            # The loop is closed: nobody cares any more.
            pass
