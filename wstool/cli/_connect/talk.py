"""The conversation on a terminal, from the first prompt to the restored terminal."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from typing import Any, NamedTuple

from wstool.cli._color import wants_color
from wstool.cli._connect.completing import KeyStore, LineCompleter
from wstool.cli._connect.context import Context
from wstool.cli._connect.dialing import Dialer, Home
from wstool.cli._connect.facts import HandshakeLog
from wstool.cli._connect.feed import Feed, FeedPainter
from wstool.cli._connect.history import make_history
from wstool.cli._connect.line import Line, wants_vi_keys
from wstool.cli._connect.screen import Screen, print_above, wants_unicode
from wstool.cli._connect.settings import Settings, Timestamps
from wstool.cli._connect.snippets import find_snippets
from wstool.cli._connect.starting import perform_lines
from wstool.cli._connect.toolbar import render_toolbar
from wstool.cli._connect.view import TalkView
from wstool.cli._event_lines import render_error
from wstool.cli._loop import Stop
from wstool.cli._messages import MessageArguments
from wstool.cli._options import ClientArguments
from wstool.cli._talk_options import TalkArguments
from wstool.connection.waiting import first_of
from wstool.errors import WstoolError
from wstool.services.interactive import BackoffRetry, Conversation, Phase, Retry
from wstool.wire.batch import Batch


__all__ = ["Opening", "talk"]

# Who presses Ctrl-C twice doesn't want to wait for a peer that doesn't close.
_STOPPED_PATIENCE = 0.5


class Opening(NamedTuple):
    """What is sent and done before anything is typed."""

    greeting: tuple[Batch, ...] = ()
    """Messages to send on each connection to the server."""
    lines: tuple[str, ...] = ()
    """Lines as if they were typed, once."""


async def talk(
    home: Home,
    client: ClientArguments,
    messages: MessageArguments,
    talking: TalkArguments,
    *,
    opening: Opening,
    stop: Stop,
) -> None:
    """
    Talk with a server until the user leaves.

    Args:
        client: The options for other servers than the first one.

    Raises:
        WstoolError: If the first connection can't be made, if the last one ended badly,
            or at a signal.
    """
    parts = _Parts(home, client, messages, talking, stop)
    if talking.record is not None:
        parts.record(talking.record)
    try:
        await parts.run(opening)
    finally:
        await parts.finish()


class _Parts:
    """The parts of a conversation on a terminal, put together."""

    def __init__(
        self,
        home: Home,
        client: ClientArguments,
        messages: MessageArguments,
        talking: TalkArguments,
        stop: Stop,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._take_exception)
        self._stop = stop
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._keys = KeyStore()
        self._screen = Screen(
            failed=self._fail, unicode=wants_unicode(), color=wants_color(talking.color)
        )
        self._context = self._make_context(home, client, messages, talking)
        self._conversation = self._context.conversation
        self._feed = self._context.feed
        self._line = Line(
            output=self._screen.output,
            history=make_history(home.uri.host, keep=not talking.no_history),
            completer=LineCompleter(self._keys, find_snippets),
            submit=self._submit,
            interrupt=self._interrupt,
            toolbar=self._render_toolbar,
            vi=wants_vi_keys(),
        )
        self._context.typed = self._line.typed

    def record(self, path: str) -> None:
        """
        Record from the beginning.

        Raises:
            OutputFailed: If the file can't be written.
        """
        from wstool.cli._connect.showing import start_recording

        start_recording(self._context, path)

    async def run(self, opening: Opening) -> None:
        """Take lines until the user leaves, and close."""
        self._context.greeting = opening.greeting
        typing = asyncio.ensure_future(self._line.run(lambda: self._start(opening)))
        try:
            await first_of(typing, self._stop.requested, self._over)
        finally:
            self._view.is_leaving = True
            self._line.leave()
            # A line that hasn't begun can't be left.
            await asyncio.wait({typing}, timeout=_STOPPED_PATIENCE)
            typing.cancel()
            await asyncio.wait({typing})
        try:
            if not typing.cancelled():
                typing.result()
        except EOFError:
            # The terminal has gone: that is for the signal to say, or for its output.
            pass
        await self._close()

    def _start(self, opening: Opening) -> None:
        """Connect, and import what the first prompt did not have to wait for."""
        self._conversation.connect(self._context.dial(self._context.uri))
        self._context.start(perform_lines(self._context, opening.lines))
        self._loop.call_soon(self._feed.prepare)

    async def finish(self) -> None:
        """Let go of everything, whatever happened."""
        self._context.stop_tasks()
        self._conversation.abandon()
        try:
            self._feed.settle()
        finally:
            await self._screen.finish()

    async def _close(self) -> None:
        """Close, finish the transcript, and raise what was wrong."""
        self._context.stop_tasks()
        self._feed.settle()
        stopped = self._stop.requested
        error = self._over.exception() if self._over.done() else None
        hurries = stopped.done() or self._over.done()
        try:
            await self._conversation.leave(limit=_STOPPED_PATIENCE if hurries else None)
        except WstoolError as ending_error:
            error = error or ending_error
        if stopped.done() and error is not None:
            self._context.tell_error(str(error))
        if stopped.done():
            raise stopped.result()
        if error is not None:
            raise error

    def _make_context(
        self,
        home: Home,
        client: ClientArguments,
        messages: MessageArguments,
        talking: TalkArguments,
    ) -> Context:
        feed = Feed(
            self._make_painter, self._print, is_behind=lambda: self._screen.is_behind
        )
        self._view = view = TalkView(
            quiet=client.quiet,
            verbose=client.verbose,
            first_failed=lambda: self._fail(self._conversation.error),
        )
        conversation = Conversation(
            view,
            close=client.close,
            ok_close=client.ok_close,
            retry=self._make_retry(client),
            render_error=render_error,
        )
        handshake = HandshakeLog()
        settings = Settings(
            timestamps=Timestamps(talking.timestamps), binary=messages.binary
        )
        view.context = Context(
            uri=home.uri,
            conversation=conversation,
            feed=feed,
            settings=settings,
            messages=messages,
            handshake=handshake,
            dial=self._make_dialer(home, client, conversation, handshake).make,
            copy=self._copy,
            leave=lambda: self._line.leave(),
            snippets=find_snippets,
        )
        return view.context

    def _make_dialer(
        self,
        home: Home,
        client: ClientArguments,
        conversation: Conversation,
        handshake: HandshakeLog,
    ) -> Dialer:
        return Dialer(
            home,
            client,
            conversation=conversation,
            handshake=handshake,
            note=lambda text: None if client.quiet else self._context.tell(text),
        )

    def _make_retry(self, client: ClientArguments) -> Retry | None:
        policy = client.reconnect.policy
        return None if policy is None else BackoffRetry(policy, now=self._loop.time)

    def _submit(self, line: str) -> bool:
        from wstool.cli._connect.actions import perform

        return perform(self._context, line)

    def _make_painter(self) -> FeedPainter:
        from wstool.cli._connect.painting import Painter

        return Painter(
            self._context.settings,
            size=lambda: (self._screen.columns, self._screen.rows),
            color=self._screen.color,
            unicode=self._screen.unicode,
            learn=self._keys.learn,
            started=time.time(),
        )

    def _print(self, text: str) -> None:
        print_above(self._line.app, self._screen, text)

    def _copy(self, text: str) -> None:
        # OSC 52: the terminal's own clipboard, through ssh too.
        code = b64encode(text.encode()).decode()
        self._screen.write(f"\x1b]52;c;{code}\x07")

    def _render_toolbar(self) -> str:
        return render_toolbar(
            self._conversation,
            self._feed,
            url=str(self._context.uri),
            now=self._loop.time(),
            columns=self._screen.columns,
        )

    def _interrupt(self, again: bool) -> None:
        """Take Ctrl-C on an empty line."""
        if self._conversation.phase is Phase.WAITING:
            self._conversation.close()
            self._context.tell("not reconnecting; Enter reconnects, Ctrl-D leaves")
        elif self._context.stop_repeating():
            return
        elif again:
            self._stop.receive_interrupt()
        else:
            self._context.tell("Ctrl-C again leaves, Ctrl-D closes politely")

    def _fail(self, error: BaseException | None) -> None:
        if not self._over.done():
            self._over.set_exception(error or AssertionError("failed without a reason"))

    def _take_exception(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        """End with what a callback raised: it's a bug, and the prompt must not stay."""
        error = context.get("exception")
        # What a transport says of its socket comes to its connection anyway.
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self._fail(error)
