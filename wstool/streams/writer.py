"""Standard output on the event loop of the standard library."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from wstool.errors import OutputFailed, OutputGone, WstoolError
from wstool.phrases import describe_file_error
from wstool.streams.sinks import Sink, open_sink


__all__ = ["OutputWriter"]

HIGH_WATER = 1 << 20


class OutputWriter:
    """
    Write to a descriptor without ever blocking the loop.

    What can't go out at once is queued. Anything may be queued at any time; it is for
    the owner to produce no more after `paused` until `resumed`. The descriptor's
    flags stay untouched and the descriptor itself stays open.

    Args:
        paused: Called when more than `high_water` bytes are queued.
        resumed: Called when no more than a quarter of it is, after a pause.
        failed: Takes the error, once, in a later turn of the loop; nothing is written
            after it.
        high_water: Bytes.
        target: What the output is called in errors.
        opener: Chooses the way to write to the descriptor.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        *,
        paused: Callable[[], None],
        resumed: Callable[[], None],
        failed: Callable[[WstoolError], None],
        high_water: int = HIGH_WATER,
        target: str = "stdout",
        opener: Callable[[int], Sink] = open_sink,
    ) -> None:
        self._loop = loop
        self._paused = paused
        self._resumed = resumed
        self._failed = failed
        self._high_water = high_water
        self._target = target
        self._queue: deque[memoryview] = deque()
        self._waiters: list[asyncio.Future[None]] = []
        self._is_paused = False
        self._is_writing = False
        self._is_closed = False
        self.failure: WstoolError | None = None
        """What ended the writing."""
        self.pending = 0
        """Bytes queued."""
        self._sink: Sink | None = None
        self._open(descriptor, opener)

    def write(self, data: bytes) -> None:
        """Write data, now as far as possible, else as soon as possible."""
        if not data or self._sink is None:
            return
        self._queue.append(memoryview(data))
        self.pending += len(data)
        if not self._is_writing:
            self._advance()
        if self.pending > self._high_water and not self._is_paused:
            self._is_paused = True
            self._paused()

    def flushed(self) -> asyncio.Future[None]:
        """Return a future that is done when nothing is queued any more."""
        future = self._loop.create_future()
        if self.pending:
            self._waiters.append(future)
        else:
            future.set_result(None)
        return future

    def close(self) -> None:
        """Forget what is queued, and call back no more."""
        self._is_closed = True
        self._release()

    def _open(self, descriptor: int, opener: Callable[[int], Sink]) -> None:
        try:
            sink = opener(descriptor)
        except OSError as error:
            self._fail(error)
            return
        self._sink = sink
        # A watcher for reading wakes up for errors too, and the end of a pipe for
        # writing has nothing else to wake up for.
        if sink.has_reader:
            try:
                self._loop.add_reader(sink.descriptor, self._check_reader)
            except OSError:
                sink.has_reader = False

    def _check_reader(self) -> None:
        sink = self._sink
        if sink is None:
            return
        if sink.is_abandoned():
            self._fail(BrokenPipeError())
        else:
            # Something to read, which stays there: watching on would never sleep.
            self._loop.remove_reader(sink.descriptor)
            sink.has_reader = False

    def _advance(self) -> None:
        sink = self._sink
        if sink is None:
            return
        queue = self._queue
        try:
            while queue:
                data = queue[0]
                written = sink.write(data)
                self.pending -= written
                if written == len(data):
                    queue.popleft()
                else:
                    queue[0] = data[written:]
        except (BlockingIOError, InterruptedError):
            self._watch(sink)
        except OSError as error:
            self._fail(error)
        if self._sink is not None:
            self._notify(sink)

    def _watch(self, sink: Sink) -> None:
        if self._is_writing:
            return
        try:
            self._loop.add_writer(sink.descriptor, self._advance)
        except OSError as error:
            self._fail(error)
        else:
            self._is_writing = True

    def _notify(self, sink: Sink) -> None:
        if not self.pending:
            if self._is_writing:
                self._is_writing = False
                self._loop.remove_writer(sink.descriptor)
            self._wake_waiters()
        if self._is_paused and self.pending <= self._high_water // 4:
            self._is_paused = False
            self._resumed()

    def _fail(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError | ConnectionResetError):
            self.failure = OutputGone(self._target)
        else:
            self.failure = OutputFailed(self._target, describe_file_error(error))
        # Not now: the owner may be in the middle of what made it write.
        self._loop.call_soon(self._report, self.failure)
        self._release()

    def _report(self, failure: WstoolError) -> None:
        if not self._is_closed:
            self._failed(failure)

    def _release(self) -> None:
        self._queue.clear()
        self.pending = 0
        sink, self._sink = self._sink, None
        if sink is not None:
            if sink.has_reader:
                self._loop.remove_reader(sink.descriptor)
            if self._is_writing:
                self._loop.remove_writer(sink.descriptor)
            sink.close()
        self._wake_waiters()

    def _wake_waiters(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
