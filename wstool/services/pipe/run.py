"""One run of a pipe, from the dialing to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from wstool.connection.handler import Ending, Handler
from wstool.connection.transport import Connection
from wstool.connection.waiting import first_of, run_unless
from wstool.errors import (
    ClosedWithError,
    ExpectationFailed,
    OutputGone,
    TimedOut,
    Undelivered,
    WstoolError,
    count_bytes,
    count_messages,
    describe_progress,
)
from wstool.services.pipe.feeder import Feeder
from wstool.services.pipe.options import Input, Output, PipeOptions
from wstool.services.pipe.printer import Printer
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


__all__ = ["Pipe"]

# After a signal, what the output doesn't take in this time is dropped.
_STOPPED_PATIENCE = 0.2
# Who writes our input may be about to end it when the peer closes after the last line.
_INPUT_PATIENCE = 0.2


class Pipe:
    """A handler of one connection that moves messages until it is over."""

    def __init__(
        self,
        options: PipeOptions,
        *,
        source: Input | None,
        target: int,
        output: Output,
        stopped: asyncio.Future[WstoolError],
        note: Callable[[str], None],
    ) -> None:
        """
        Prepare; ``run`` does the rest.

        Args:
            source: Input to send; None to send only what ``options`` say.
            target: Descriptor for what is received.
            stopped: Is done, with the reason, when it has to stop.
            note: Takes sentences for the user.
        """
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._output = output
        self._note = note
        self._outcome: asyncio.Future[WstoolError | None] = self._loop.create_future()
        self._ended: asyncio.Future[Ending] = self._loop.create_future()
        self._dropped = 0
        self._close = options.close
        self._last_active = self._last_sent = self._loop.time()
        self._connection: Connection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._feeder = Feeder(
            source,
            sent=self._note_sent,
            ended=self._watch,
            close=self._close_as_told,
            failed=self._finish,
        )
        self._printer = Printer(
            target,
            output,
            options,
            satisfied=self._satisfy,
            failed=self._finish,
            paused=self._pause_input,
            resumed=self._resume_input,
        )
        self._stopped = stopped
        stopped.add_done_callback(self._stop)

    async def run(self, dial: Callable[[Handler], Awaitable[Connection]]) -> None:
        """
        Connect, move messages, close.

        Raises:
            WstoolError: What kept it from all it was asked to do; of several errors,
                the one that caused the others.
        """
        try:
            error = await self._run(dial)
            if error is not None:
                self._printer.write(self._output.render_error(error))
            await self._flush()
        except asyncio.CancelledError:
            self._give_up()
            raise
        error = error or self._find_loss()
        if error is not None:
            raise error

    def write(self, data: bytes) -> None:
        """Write more to the output than messages and events, in its turn."""
        self._printer.write(data)

    # The handler's side.

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Print messages."""
        self._take_over(connection)
        self._last_active = self._loop.time()
        self._printer.print_batch(opcode, payloads)

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Print a ping, where the output shows them."""
        self._take_over(connection)
        self._printer.print_control(Opcode.PING, payload)

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Print a pong, where the output shows them."""
        self._take_over(connection)
        self._printer.print_control(Opcode.PONG, payload)

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Send nothing more; see only whether the input has anything more."""

    def writing_paused(self, connection: Connection, /) -> None:
        """Stop reading the input."""
        self._feeder.pause()

    def writing_resumed(self, connection: Connection, /) -> None:
        """Read the input again."""
        self._resume_input()

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Take the end of the connection."""
        if not self._ended.done():
            self._ended.set_result(ending)
        self._finish(self._printer.failure)

    # From here to there.

    async def _run(
        self, dial: Callable[[Handler], Awaitable[Connection]]
    ) -> WstoolError | None:
        try:
            connection = await run_unless(dial(self), self._outcome)
        except WstoolError as error:
            return error
        self._start(connection)
        outcome = await self._outcome
        return await self._end(connection, outcome)

    def _take_over(self, connection: Connection) -> None:
        """Open the output; the first messages may come before the dialer is done."""
        if self._connection is None:
            self._connection = connection
            self._printer.write(self._output.render_opened(connection))
            self._printer.start(connection)

    def _start(self, connection: Connection) -> None:
        self._take_over(connection)
        self._feeder.start(connection, self._options.initial)
        if self._printer.is_paused:
            self._pause_input()

    async def _end(
        self, connection: Connection, outcome: WstoolError | None
    ) -> WstoolError | None:
        """Close, wait for the peer, and find out what to say about it all."""
        if self._timer is not None:
            self._timer.cancel()
        if connection.is_open:
            self._feeder.stop()
        connection.close(self._close)
        ending = await self._ended
        if outcome is None and ending.closed_by_peer:
            await self._feeder.wait_for_end(_INPUT_PATIENCE)
        self._feeder.stop()
        self._printer.write(self._output.render_closed(ending))
        error = outcome or self._judge(ending)
        self._tell_end(ending, error)
        return error

    def _give_up(self) -> None:
        """End at once: close without waiting, and say how far it came."""
        connection = self._connection
        if connection is not None and connection.unacknowledged_bytes():
            connection.abort()
        elif connection is not None:
            connection.close(self._close)
        self._feeder.stop()
        if self._stopped.done():
            error = self._stopped.result()
            self._printer.write(self._output.render_error(error))
            self._tell_progress(error)
        self._drop_output()

    def _judge(self, ending: Ending) -> WstoolError | None:
        """Find the cause, where several things went wrong."""
        if ending.error is not None and not isinstance(ending.error, TimedOut):
            return ending.error
        close_error = ending.find_close_error(self._options.ok_close)
        if close_error is not None:
            return close_error
        undelivered = self._find_undelivered(ending)
        if undelivered is not None:
            return undelivered
        if ending.error is not None:
            return ending.error
        expects = self._options.expects
        if expects is not None and not self._printer.expectation_met:
            got = count_messages(self._printer.received)
            return ExpectationFailed(expects, f"{got} before the peer closed")
        return None

    def _find_undelivered(self, ending: Ending) -> Undelivered | None:
        feeder = self._feeder
        met = self._printer.expectation_met
        if feeder.has_ended or met or not ending.closed_by_peer:
            # A peer that answered our close frame has read all that stood before it.
            answered = not ending.closed_by_peer and ending.close_received is not None
            if answered or feeder.count_out() == feeder.ledger.total:
                return None
        cause = (
            f"the peer closed with {ending.close_received}"
            if ending.close_received is not None
            else "the peer did not take the rest"
        )
        return Undelivered(feeder.count_out(), feeder.ledger.total, cause)

    def _tell_end(self, ending: Ending, error: WstoolError | None) -> None:
        """Say how it ended, where the error itself doesn't."""
        if isinstance(error, OutputGone):
            return
        if ending.closed_by_peer and not isinstance(
            error, ClosedWithError | Undelivered
        ):
            self._note(f"the peer closed the connection: {ending.close_received}")
        if error is not None:
            self._tell_progress(error)
        elif not self._feeder.has_ended:
            total = count_messages(self._feeder.ledger.total)
            self._note(f"stopped reading the input after {total}")

    def _tell_progress(self, error: WstoolError) -> None:
        """Say how far the input came, where the error itself doesn't."""
        feeder = self._feeder
        out, total = feeder.count_out(), feeder.ledger.total
        if isinstance(error, Undelivered) or not total:
            return
        if not feeder.has_ended:
            progress = describe_progress(out, total)
            self._note(f"{progress}; the input was not at its end")
        elif out < total:
            self._note(describe_progress(out, total))

    async def _flush(self) -> None:
        """Wait for the output, unless the user wants to stop."""
        flushing = asyncio.ensure_future(self._printer.flush())
        await first_of(flushing, self._stopped)
        if not flushing.done():
            await asyncio.wait([flushing], timeout=_STOPPED_PATIENCE)
        flushing.cancel()
        self._drop_output()

    def _drop_output(self) -> None:
        """Give up what the output doesn't take, and say how much it is."""
        dropped = self._printer.discard()
        if dropped:
            self._dropped += dropped
            self._note(f"stdout did not take the last {count_bytes(dropped)} of output")

    def _find_loss(self) -> WstoolError | None:
        """Find out what kept the output from being whole, if it isn't."""
        if self._dropped and self._stopped.done():
            return self._stopped.result()
        return self._printer.failure

    def _pause_input(self) -> None:
        if self._options.shows_sent:
            self._feeder.pause()

    def _resume_input(self) -> None:
        """Read the input again, once both output and connection take what it brings."""
        output_paused = self._options.shows_sent and self._printer.is_paused
        connection = self._connection
        if connection is not None and not (
            output_paused or connection.writing_is_paused
        ):
            self._feeder.resume()

    # What ends it.

    def _finish(self, outcome: WstoolError | None) -> None:
        if not self._outcome.done():
            self._outcome.set_result(outcome)

    def _satisfy(self) -> None:
        self._finish(self._printer.failure)

    def _close_as_told(self, close: Close) -> None:
        self._close = close
        self._finish(None)

    def _stop(self, stopped: asyncio.Future[WstoolError]) -> None:
        if stopped.cancelled():
            return
        self._finish(stopped.result())
        if self._printer.is_paused:
            # The peer's close frame is behind what the output doesn't take.
            self._drop_output()

    def _note_sent(self) -> None:
        self._last_sent = self._last_active = self._loop.time()

    def _watch(self) -> None:
        """Look after the time limits that run from the end of the input."""
        options = self._options
        if options.expects is not None:
            limit, since = options.reply_timeout or None, self._last_sent
        else:
            limit, since = options.linger, self._last_active
        if limit is None or self._outcome.done():
            return
        now = self._loop.time()
        if limit and self._is_busy():
            self._last_sent = self._last_active = since = now
        if now - since < limit:
            self._timer = self._loop.call_later(since + limit - now, self._watch)
        elif options.expects is None:
            self._finish(None)
        else:
            self._finish(TimedOut("waiting for a reply", limit, "--reply-timeout"))

    def _is_busy(self) -> bool:
        """Tell whether messages may be on their way, though none arrives."""
        feeder = self._feeder
        return self._printer.is_paused or feeder.count_out() < feeder.ledger.total
