"""The way from the connection to the output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wstool.connection.transport import Connection
from wstool.errors import OutputFailed, WstoolError
from wstool.services.pipe.options import Output, PipeOptions
from wstool.streams.writer import OutputWriter
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["Printer"]


class Printer:
    """Write what arrives, and tell when what was waited for is there."""

    def __init__(
        self,
        target: int,
        output: Output,
        options: PipeOptions,
        *,
        satisfied: Callable[[], None],
        failed: Callable[[WstoolError], None],
        paused: Callable[[], None],
        resumed: Callable[[], None],
    ) -> None:
        """
        Prepare.

        Args:
            target: Descriptor to write to.
            satisfied: Is called once the count is reached or the match is found.
            failed: Takes what is wrong with the output.
            paused: Is called when the output takes less than what arrives.
            resumed: Is called when it takes more again.
        """
        self._output = output
        self._options = options
        self._satisfied = satisfied
        self._failed = failed
        self._paused = paused
        self._resumed = resumed
        self._connection: Connection | None = None
        self._enough = False
        self._failure: OutputFailed | None = None
        self.received = 0
        """Messages that were waited for: all up to the count or the match."""
        self.is_paused = False
        """Whether the output takes less than what arrives."""
        self._writer = OutputWriter(
            asyncio.get_running_loop(),
            target,
            paused=self._pause,
            resumed=self._resume,
            failed=self._fail,
        )

    @property
    def expectation_met(self) -> bool:
        """Whether what was waited for has come."""
        return self._enough

    @property
    def failure(self) -> WstoolError | None:
        """What keeps the output from being written, if anything does."""
        return self._failure or self._writer.failure

    def start(self, connection: Connection) -> None:
        """Take messages of this connection from now on."""
        self._connection = connection
        if self.is_paused:
            connection.pause_reading()

    def write(self, data: bytes) -> None:
        """Write bytes that are rendered already."""
        self._writer.write(data)

    def print_batch(self, opcode: Opcode, payloads: list[bytes]) -> None:
        """Write messages, up to the one that makes it enough."""
        if self._failure or (self._enough and self._options.expects is not None):
            return
        payloads = self._take_wanted(payloads)
        self.received += len(payloads)
        try:
            self._writer.write(self._output.render_batch(Batch(opcode, payloads)))
        except OutputFailed as error:
            # Nothing may follow, or there would be a hole that nobody sees.
            self._failure = error
            self._failed(error)
            return
        if self._enough:
            self._satisfied()

    def print_control(self, opcode: Opcode, payload: bytes) -> None:
        """Write a ping or pong, where the output shows them."""
        self._writer.write(self._output.render_control(opcode, payload))

    async def flush(self) -> None:
        """Wait until everything is written, or can't be."""
        await self._writer.flushed()

    def discard(self) -> int:
        """Drop what is not written yet and all that follows; count its bytes."""
        pending = self._writer.pending
        self._writer.close()
        self._resume()
        return pending

    def _take_wanted(self, payloads: list[bytes]) -> list[bytes]:
        options = self._options
        if options.reply_count is not None:
            payloads = payloads[: options.reply_count - self.received]
            self._enough = self.received + len(payloads) >= options.reply_count
        if options.until is not None:
            for index, payload in enumerate(payloads):
                if options.until.search(payload.decode(errors="replace")):
                    self._enough = True
                    return payloads[: index + 1]
        return payloads

    def _fail(self, error: WstoolError) -> None:
        # All that arrives from now on is dropped; the peer's close frame is behind it.
        if self.is_paused:
            self._resume()
        self._failed(error)

    def _pause(self) -> None:
        self.is_paused = True
        if self._connection is not None:
            self._connection.pause_reading()
        self._paused()

    def _resume(self) -> None:
        self.is_paused = False
        if self._connection is not None:
            self._connection.resume_reading()
        self._resumed()
