"""One run of a pipe, from the first dialing to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from wstool.connection.handler import Ending, Handler
from wstool.connection.transport import Connection
from wstool.connection.waiting import first_of, run_unless
from wstool.errors import (
    ClosedWithError,
    OutputGone,
    TimedOut,
    Undelivered,
    WstoolError,
)
from wstool.phrases import count_bytes, count_messages
from wstool.services.pipe.delivery import Delivery
from wstool.services.pipe.feeder import Feeder
from wstool.services.pipe.judging import Judge
from wstool.services.pipe.link import Link
from wstool.services.pipe.options import Input, Output, PipeOptions
from wstool.services.pipe.printer import Printer
from wstool.services.pipe.retrying import Retrying
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


__all__ = ["Pipe"]

# After a signal, what the output doesn't take in this time is dropped.
_STOPPED_PATIENCE = 0.2
# Who writes our input may be about to end it when the peer closes after the last line.
_INPUT_PATIENCE = 0.2


class Pipe:
    """Move messages over one connection, or over several in turn, until it is over."""

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
        self._dropped = 0
        self._close = options.close
        self._last_active = self._last_sent = self._loop.time()
        self._connection: Connection | None = None
        self._ending: Ending | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._delivery, self._retrying = self._prepare_reconnecting()
        self._feeder = Feeder(
            source,
            delivery=self._delivery,
            sent=self._note_sent,
            ended=self._watch,
            close=self._close_as_told,
            failed=self._finish,
            note=note,
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
        self._judge = Judge(options, self._feeder, self._printer, self._delivery)
        self._stopped = stopped
        stopped.add_done_callback(self._stop)

    def _prepare_reconnecting(self) -> tuple[Delivery | None, Retrying | None]:
        options = self._options
        if options.reconnect is None:
            return None, None
        clock = self._loop.time
        retrying = Retrying(options.reconnect, clock=clock, note=self._note)
        delivery = Delivery(options.proof, resend=options.resend, clock=clock)
        return delivery, retrying

    async def run(self, dial: Callable[[Handler], Awaitable[Connection]]) -> None:
        """
        Connect, move messages, close; connect again as the options say.

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

    # What a link calls.

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Print messages."""
        self._take_over(connection)
        self._last_active = self._loop.time()
        self._printer.print_batch(opcode, payloads)
        if self._delivery is not None:
            self._take_replies(self._delivery, len(payloads))

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Print a ping, where the output shows them."""
        self._take_over(connection)
        self._printer.print_control(Opcode.PING, payload)

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Print a pong, where the output shows them, unless it is for us alone."""
        self._take_over(connection)
        if self._delivery is not None and self._delivery.take_pong(payload):
            self._delivery.mark(connection)
            self._resume_input()
        else:
            self._printer.print_control(Opcode.PONG, payload)

    def writing_paused(self, connection: Connection, /) -> None:
        """Stop reading the input."""
        self._feeder.pause()

    def writing_resumed(self, connection: Connection, /) -> None:
        """Read the input again."""
        self._resume_input()

    # From here to there.

    async def _run(
        self, dial: Callable[[Handler], Awaitable[Connection]]
    ) -> WstoolError | None:
        """Use one connection after another, until nothing is left to be done."""
        while True:
            error = await self._run_once(dial)
            pause = self._find_pause(error)
            if pause is None:
                self._feeder.stop()
                self._tell_end(error)
                return error
            if error is not None:
                self._printer.write(self._output.render_error(error))
            self._feeder.rest()
            await asyncio.wait([self._outcome], timeout=pause)
            if self._outcome.done():
                error = self._outcome.result()
                self._tell_end(error)
                return error

    async def _run_once(
        self, dial: Callable[[Handler], Awaitable[Connection]]
    ) -> WstoolError | None:
        """Use one connection up; say what was wrong with it."""
        link = Link(self)
        self._connection = self._ending = None
        try:
            connection = await run_unless(dial(link), self._outcome)
        except WstoolError as error:
            return error
        self._start(connection)
        await first_of(self._outcome, link.ended)
        return await self._end(connection, link.ended)

    def _take_over(self, connection: Connection) -> None:
        """Open the output; the first messages may come before the dialer is done."""
        if self._connection is None:
            self._connection = connection
            self._printer.write(self._output.render_opened(connection))
            self._printer.start(connection)
            if self._retrying is not None:
                self._retrying.note_opened()

    def _start(self, connection: Connection) -> None:
        self._take_over(connection)
        options = self._options
        self._feeder.start(
            connection, greeting=options.greeting, initial=options.initial
        )
        if self._printer.is_paused:
            self._pause_input()

    async def _end(
        self, connection: Connection, ended: asyncio.Future[Ending]
    ) -> WstoolError | None:
        """Close, wait for the peer, and find out what to say about it all."""
        if self._timer is not None:
            self._timer.cancel()
        outcome = self._outcome.result() if self._outcome.done() else None
        if connection.is_open:
            self._feeder.pause()
        connection.close(self._close)
        self._ending = ending = await ended
        if self._delivery is not None and not ending.closed_by_peer:
            self._delivery.take_closing(ending.close_received)
        if outcome is None and ending.closed_by_peer:
            await self._feeder.wait_for_end(_INPUT_PATIENCE)
        self._printer.write(self._output.render_closed(ending))
        return outcome or self._judge.find_error(ending)

    def _find_pause(self, error: WstoolError | None) -> float | None:
        """Decide whether to connect again; None if it's over, else the pause before."""
        if self._retrying is None or not self._judge.has_more_to_do(self._ending):
            return None
        if self._outcome.done():
            if self._outcome.result() is not None or not isinstance(error, Undelivered):
                return None
            # All was done but for what the peer is not known to have.
            self._outcome = self._loop.create_future()
        return self._retrying.find_pause(error, self._ending)

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

    def _tell_end(self, error: WstoolError | None) -> None:
        """Say how it ended, where the error itself doesn't."""
        if isinstance(error, OutputGone):
            return
        ending = self._ending
        if (
            ending is not None
            and ending.closed_by_peer
            and not isinstance(error, ClosedWithError | Undelivered)
        ):
            self._note(f"the peer closed the connection: {ending.close_received}")
        if error is not None:
            self._tell_progress(error)
        elif not self._feeder.has_ended:
            total = count_messages(self._feeder.total)
            self._note(f"stopped reading the input after {total}")

    def _tell_progress(self, error: WstoolError) -> None:
        """Say how far the input came, where the error itself doesn't."""
        progress = self._judge.describe_progress()
        if progress and not isinstance(error, Undelivered):
            self._note(progress)

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
        if self._delivery is not None and self._delivery.is_full:
            self._watch()

    def _watch(self) -> None:
        """Look after the limits that run while the input has ended or has to wait."""
        if self._timer is not None:
            self._timer.cancel()
        options, what = self._options, "a reply"
        waits = options.expects is not None or self._awaits_replies()
        if not self._feeder.has_ended:
            if self._delivery is None or not self._delivery.is_full:
                return
            # Nothing more is sent before there is a proof.
            self._last_sent = max(self._last_sent, self._delivery.confirmed_at)
            waits, what = True, self._delivery.awaited
        if waits:
            limit, since = options.reply_timeout or None, self._last_sent
        else:
            limit, since = options.linger, self._last_active
        connection = self._connection
        if limit is None or self._outcome.done() or connection is None:
            return
        if not connection.is_open:
            return
        now = self._loop.time()
        if limit and self._is_busy():
            self._last_sent = self._last_active = since = now
        if now - since < limit:
            self._timer = self._loop.call_later(since + limit - now, self._watch)
        elif waits:
            self._finish(TimedOut(f"waiting for {what}", limit, "--reply-timeout"))
        else:
            self._finish(None)

    def _take_replies(self, delivery: Delivery, count: int) -> None:
        """Take what replies prove; once nothing more is to come, other limits hold."""
        waited = delivery.awaits_replies
        delivery.take_replies(count)
        if waited and not delivery.awaits_replies and self._timer is not None:
            self._timer.cancel()
            self._watch()
        self._resume_input()

    def _awaits_replies(self) -> bool:
        return self._delivery is not None and self._delivery.awaits_replies

    def _is_busy(self) -> bool:
        """Tell whether messages may be on their way, though none arrives."""
        return self._printer.is_paused or self._feeder.is_busy
