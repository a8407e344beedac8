"""What a conversation tells, in words above the line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wstool.cli._connect.context import Context
from wstool.cli._connect.entries import Note
from wstool.cli._connect.stats import describe_seconds
from wstool.cli._render import escape_bytes
from wstool.phrases import count_bytes
from wstool.services.interactive import Phase, Run
from wstool.wire.opcode import Opcode, opcode_name


__all__ = ["TalkView"]

_MAX_SHOWN = 60


class TalkView:
    """
    Show what happens.

    Args:
        quiet: Whether only messages and errors are shown.
        verbose: Whether the opening handshake is shown.
        first_failed: Told when the first attempt to connect fails for good.
    """

    def __init__(
        self, *, quiet: bool, verbose: bool, first_failed: Callable[[], None]
    ) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._first_failed = first_failed
        self._loop = asyncio.get_running_loop()
        self.is_leaving = False
        """Whether the user leaves: how it ends is told at the very end then."""
        self.context: Context | None = None
        """What it shows; to be set before anything happens."""

    def run_added(self, run: Run, /) -> None:
        """Show messages."""
        self._found.feed.add_run(run)

    def control_received(
        self, opcode: Opcode, payload: bytes, round_trip: float | None, /
    ) -> None:
        """Show the pong of a ping that was asked for, and all others if told to."""
        context = self._found
        asked = round_trip is not None and bool(payload)
        if not asked and not context.settings.pings:
            return
        text = opcode_name(opcode)
        if round_trip is not None:
            text += f" after {describe_seconds(round_trip)}"
        if payload:
            shown = escape_bytes(payload[:_MAX_SHOWN])
            text += f", {count_bytes(len(payload))}: {shown}"
        context.feed.add_control(Note(text))

    def opened(self) -> None:
        """Say that it's open, and how to go on."""
        context = self._found
        if self._verbose:
            context.feed.add(context.handshake.render(context.conversation.connection))
        if not self._quiet:
            context.tell(f"connected to {context.uri}; Ctrl-D closes, /help lists more")
        context.greet()

    def ended(self) -> None:
        """Say how it ended, and how to go on."""
        context = self._found
        if self.is_leaving:
            return
        context.feed.settle()
        conversation = context.conversation
        ending = conversation.ending
        if conversation.error is not None:
            if conversation.counters.connections:
                context.tell_error(conversation.error)
        elif ending is not None and ending.closed_by_peer:
            context.tell(f"the peer closed the connection: {ending.close_received}")
        elif ending is not None:
            context.tell(f"closed: {ending.close_received or 'no close frame came'}")
        # Whether it's dialed again is decided after this.
        self._loop.call_soon(self._offer)

    def retrying(self, delay: float, /) -> None:
        """Say when it's dialed again."""
        context = self._found
        error = context.conversation.error
        if error is not None and not context.conversation.counters.connections:
            context.tell_error(error)
        if not self._quiet:
            seconds = describe_seconds(delay)
            context.tell(f"reconnecting in {seconds}; Enter does it now, Ctrl-C stops")

    def _offer(self) -> None:
        context = self._found
        conversation = context.conversation
        if conversation.phase is not Phase.CLOSED or self.is_leaving:
            return
        if not conversation.counters.connections and conversation.error is not None:
            self._first_failed()
        elif not self._quiet:
            context.tell("Enter reconnects, Ctrl-D leaves")

    @property
    def _found(self) -> Context:
        if self.context is None:
            raise AssertionError("there is nothing to show yet")
        return self.context
