"""The way from the input to the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wstool.connection.ledger import Ledger
from wstool.connection.transport import Connection
from wstool.errors import InputInvalid, WstoolError
from wstool.phrases import describe_file_error
from wstool.services.pipe.delivery import Delivery
from wstool.services.pipe.options import Input
from wstool.streams.reader import InputReader
from wstool.wire.batch import Batch
from wstool.wire.close import Close, parse_close
from wstool.wire.opcode import Opcode


__all__ = ["Feeder"]

# Where in the connection's bytes a message stands that was not sent at all.
_NOWHERE = 1 << 63


class Feeder:
    """Send batches and what an input brings; keep account of it."""

    def __init__(
        self,
        source: Input | None,
        *,
        delivery: Delivery | None,
        sent: Callable[[], None],
        ended: Callable[[], None],
        close: Callable[[Close], None],
        failed: Callable[[WstoolError], None],
        note: Callable[[str], None],
    ) -> None:
        """
        Prepare.

        Args:
            source: What to read; None for no input.
            delivery: Keeps messages for the next connection; None to have only one.
            sent: Is called after sending.
            ended: Is called at the end of the input.
            close: Is called where the input asks to close.
            failed: Takes what is wrong with the input.
            note: Takes sentences for the user.
        """
        self._source = source
        self._delivery = delivery
        self._note = note
        self._sent = sent
        self._ended = ended
        self._close = close
        self._failed = failed
        self._connection: Connection | None = None
        self._reader: InputReader | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._has_started = False
        self._ledger = Ledger()
        self.has_ended = False
        """Whether all input has been given to the connection."""

    @property
    def is_busy(self) -> bool:
        """Whether messages may be on their way."""
        if self._delivery is not None and self._delivery.awaits_pong:
            return True
        return self._count_acknowledged() < self._ledger.total

    @property
    def total(self) -> int:
        """Messages taken from the input, on this connection or on all that were."""
        if self._delivery is not None:
            return self._delivery.total
        return self._ledger.total

    def start(
        self,
        connection: Connection,
        *,
        greeting: tuple[Batch, ...],
        initial: tuple[Batch, ...],
    ) -> None:
        """
        Send on a connection what waits, then what the input brings.

        Args:
            greeting: Messages to begin with on each connection.
            initial: Messages to begin with on the first one.
        """
        self._connection = connection
        self._ledger = Ledger()
        self._ledger.plain_size = connection.endpoint.plain_size
        for batch in greeting:
            self._send_counted(connection, batch)
        if self._delivery is not None:
            for batch in self._delivery.take_again(self._note):
                self._send_counted(connection, batch)
            self._delivery.mark(connection)
        if self._has_started:
            self._sent()
        else:
            self._has_started = True
            self._send_all(list(initial))
            self._start_reading()
        if self._over.done():
            self._ended()
        elif not connection.writing_is_paused:
            self.resume()

    def pause(self) -> None:
        """Read nothing until ``resume``."""
        if self._reader is not None:
            self._reader.pause()

    def resume(self) -> None:
        """Read again, unless too much waits to be delivered."""
        full = self._delivery is not None and self._delivery.is_full
        if self._reader is not None and not full:
            self._reader.resume()

    def rest(self) -> None:
        """Read nothing until the next connection."""
        self.pause()
        self._connection = None

    def stop(self) -> None:
        """Read nothing more."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if not self._over.done():
            self._over.set_result(None)

    async def wait_for_end(self, patience: float) -> None:
        """
        Find out whether the input was at its end when the connection closed.

        Args:
            patience: Seconds that whoever writes the input may take to end it.
        """
        if self._reader is not None:
            self._reader.resume()
            await asyncio.wait([self._over], timeout=patience)

    def count_out(self) -> int:
        """Count the messages that have gone out whole, or are known to be delivered."""
        if self._delivery is not None:
            return self._delivery.delivered
        return self._count_acknowledged()

    def _count_acknowledged(self) -> int:
        connection = self._connection
        if connection is None:
            return 0
        return self._ledger.count_out(self._count_bytes_out(connection))

    def _start_reading(self) -> None:
        if self._source is None:
            self.has_ended = True
            self.stop()
            return
        self._reader = InputReader(
            asyncio.get_running_loop(),
            self._source.descriptor,
            received=self._take,
            ended=self._finish,
            failed=self._fail,
        )
        self._reader.start()
        self._reader.pause()

    def _count_bytes_out(self, connection: Connection) -> int:
        return connection.bytes_sent - connection.unacknowledged_bytes()

    def _take(self, chunk: bytes) -> None:
        if self._source is not None:
            self._send_all(self._source.splitter.feed(chunk))
            self._check_error(self._source)
        if self._connection is not None and not self._connection.is_open:
            if self._delivery is None:
                self.stop()
            else:
                self.pause()

    def _finish(self) -> None:
        if self._source is not None:
            self._send_all(self._source.splitter.finish())
            if not self._check_error(self._source) and self._reader is not None:
                self._end()

    def _fail(self, error: OSError) -> None:
        name = "input" if self._source is None else self._source.name
        problem = f"can't be read: {describe_file_error(error)}"
        self._failed(InputInvalid(name, problem))

    def _end(self) -> None:
        self.has_ended = True
        self.stop()
        self._ended()

    def _check_error(self, source: Input) -> bool:
        """Give up at the first message that doesn't fit; those before it are sent."""
        error = source.splitter.error
        if error is not None:
            self.stop()
            self._failed(error)
        return error is not None

    def _send_all(self, batches: list[Batch]) -> None:
        for index, batch in enumerate(batches):
            if batch.opcode is Opcode.CLOSE:
                self._close_with(batch, left=len(batches) - index - 1)
                return
            self._send(batch)
        if batches:
            self._sent()

    def _close_with(self, batch: Batch, *, left: int) -> None:
        self.has_ended = not left
        self.stop()
        self._sent()
        self._close(parse_close(batch.payloads[0]))

    def _send(self, batch: Batch) -> None:
        connection = self._connection
        if connection is None:
            raise AssertionError("there is no connection yet")
        if batch.opcode is Opcode.PING:
            for payload in batch.payloads:
                connection.send_ping(payload)
        elif batch.opcode is Opcode.PONG:
            for payload in batch.payloads:
                connection.send_pong(payload)
        else:
            if self._delivery is not None:
                self._delivery.add(batch, handed=connection.is_open)
            self._send_counted(connection, batch)
            if self._delivery is not None:
                self._delivery.mark(connection)
                if self._delivery.is_full:
                    self.pause()

    def _send_counted(self, connection: Connection, batch: Batch) -> None:
        was_open = connection.is_open
        connection.send(batch.opcode, batch.payloads)
        end = connection.bytes_sent if was_open else _NOWHERE
        self._ledger.add(batch.payloads, end=end)
        self._ledger.forget(self._count_bytes_out(connection))
