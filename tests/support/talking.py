"""A conversation without a network: a connection that the test plays, and a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

from wstool.cli._connect.context import Context
from wstool.cli._connect.entries import Entry, Note, Rows
from wstool.cli._connect.facts import HandshakeLog
from wstool.cli._connect.feed import Feed
from wstool.cli._connect.settings import Settings, Timestamps
from wstool.cli._connect.view import TalkView
from wstool.cli._messages import MessageArguments
from wstool.connection.handler import Ending
from wstool.errors import WstoolError
from wstool.services.interactive import Conversation, Phase
from wstool.streams.framing import Encoding, Framing
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.fake_connection import FakeConnection


__all__ = ["Line", "PlainPainter", "Stage", "WatchingView", "play"]

URL = "ws://example.test/"
MESSAGES = MessageArguments(
    input=Framing.LINES,
    output=Framing.LINES,
    binary=False,
    encoding=Encoding.RAW,
    max_input=1 << 20,
)


class Line(FakeConnection):
    """A connection to a peer that the test speaks for."""

    def __init__(self, handler: Any, subprotocol: str | None = None) -> None:
        super().__init__()
        self.handler = handler
        self.subprotocol = subprotocol
        self.closed_with: Close | None = None
        self.aborted = False
        self.ping_sent: Callable[[bytes], None] = lambda payload: None
        """Is told of each ping before it goes out."""
        self.endpoint = SimpleNamespace(
            peer_closed_first=False,
            deflater=None,
            send_fragments=self._send_fragments,
        )

    def receive(self, *payloads: bytes, opcode: Opcode = Opcode.TEXT) -> None:
        """Let messages arrive in one read."""
        self.handler.batch_received(self, opcode, list(payloads))

    def send_ping(self, payload: bytes = b"") -> None:
        """Send a ping."""
        self.ping_sent(payload)
        super().send_ping(payload)

    def close(self, close: Close) -> None:
        """Keep what our close frame says."""
        if self.is_open:
            self.closed_with = close
            self.is_open = False

    def answer_close(self) -> None:
        """Let the peer answer our close frame, and end."""
        answer = Close(self.closed_with.code)
        self.handler.close_received(self, answer)
        self.end(close_received=answer, close_sent=self.closed_with)

    def close_by_peer(self, close: Close) -> None:
        """Let the peer close."""
        self.is_open = False
        self.endpoint.peer_closed_first = True
        self.handler.close_received(self, close)
        self.end(
            close_received=close, close_sent=Close(close.code), closed_by_peer=True
        )

    def end(
        self,
        error: WstoolError | None = None,
        *,
        close_received: Close | None = None,
        close_sent: Close | None = None,
        closed_by_peer: bool = False,
    ) -> None:
        """Let the connection end."""
        self.is_open = False
        ending = Ending(error, close_received, close_sent, closed_by_peer)
        self.handler.connection_ended(self, ending)

    def abort(self, error: WstoolError | None = None) -> None:
        """End at once."""
        if not self.aborted:
            self.aborted = True
            self.end(error)

    def _send_fragments(self, opcode: Opcode, payloads: list[bytes], size: int) -> None:
        for payload in payloads:
            pieces = [payload[i : i + size] for i in range(0, len(payload), size)]
            self.sent += [(opcode, piece) for piece in pieces]


class WatchingView:
    """A view that keeps what it's told."""

    def __init__(self) -> None:
        self.runs: list[Any] = []
        self.controls: list[tuple[Opcode, bytes, bool]] = []
        self.steps: list[str] = []

    def run_added(self, run: Any) -> None:
        """Keep messages."""
        self.runs.append(run)

    def control_received(
        self, opcode: Opcode, payload: bytes, round_trip: float | None
    ) -> None:
        """Keep a ping or pong, and whether it ended a round trip."""
        self.controls.append((opcode, payload, round_trip is not None))

    def opened(self) -> None:
        """Keep the opening."""
        self.steps.append("opened")

    def ended(self) -> None:
        """Keep the end."""
        self.steps.append("ended")

    def retrying(self, delay: float) -> None:
        """Keep the pause."""
        self.steps.append(f"retrying in {delay:g} s")


class PlainPainter:
    """Paint entries as a test likes to read them."""

    def paint(self, entries: list[Entry], *, whole: bool = False) -> str:
        """Make lines."""
        return "".join(f"{self._paint(entry, whole)}\n" for entry in entries)

    def _paint(self, entry: Entry, whole: bool) -> str:
        if isinstance(entry, Note):
            return f"{'error' if entry.is_error else 'note'}: {entry.text}"
        if isinstance(entry, Rows):
            return "\n".join(" | ".join(row) for row in entry.rows)
        mark = ">" if entry.sent else "<"
        text = entry.payload.decode(errors="backslashreplace")
        return f"#{entry.number} {mark} {text}{' (whole)' if whole else ''}"


class Stage:
    """Everything that commands work with, and what they leave behind."""

    def __init__(self, *, snippets: tuple[str, ...] = (), quiet: bool = False) -> None:
        self.screen: list[str] = []
        self.lines: list[Line] = []
        self.dialed: list[str] = []
        self.refusal: WstoolError | None = None
        """What dialing raises, if anything."""
        self.copied: list[str] = []
        self.has_left = False
        self.first_failed = False
        feed = Feed(PlainPainter, self.screen.append, is_behind=lambda: False)
        self.view = TalkView(
            quiet=quiet, verbose=False, first_failed=self._note_first_failed
        )
        self.conversation = Conversation(
            self.view,
            close=Close(1000),
            ok_close=frozenset({1000, 1001}),
            time=lambda: 1_700_000_000.0,
        )
        self.context = self.view.context = Context(
            uri=parse_uri(URL),
            conversation=self.conversation,
            feed=feed,
            settings=Settings(timestamps=Timestamps.OFF, binary=False),
            messages=MESSAGES,
            handshake=HandshakeLog(),
            dial=self._make_dial,
            copy=self.copied.append,
            leave=self._leave,
            snippets=lambda: list(snippets),
        )

    @property
    def line(self) -> Line:
        """The connection there is now."""
        return self.lines[-1]

    @property
    def sent(self) -> list[tuple[Opcode, bytes]]:
        """What was sent on it."""
        return self.line.sent

    async def open(self) -> None:
        """Connect, and clear the screen of that."""
        self.conversation.connect(self.context.dial(self.context.uri))
        await self.conversation.wait_until(Phase.OPEN, Phase.CLOSED)
        await asyncio.sleep(0)
        self.take_screen()

    def take_screen(self) -> str:
        """Draw what is queued, and give what was drawn since the last time."""
        self.context.feed.settle()
        text = "".join(self.screen)
        self.screen.clear()
        return text

    def _make_dial(self, uri: Any) -> Callable[[Any], Coroutine[Any, Any, Line]]:
        async def dial(handler: Any) -> Line:
            self.dialed.append(str(uri))
            if self.refusal is not None:
                raise self.refusal
            self.lines.append(Line(handler))
            self.line.ping_sent = self.conversation.note_ping
            return self.line

        return dial

    def _leave(self) -> None:
        self.has_left = True

    def _note_first_failed(self) -> None:
        self.first_failed = True


def play(scene: Callable[[Stage], Coroutine[Any, Any, None]], **options: Any) -> None:
    """Run a scene on an open stage, with a limit."""

    async def run() -> None:
        async with asyncio.timeout(20):
            stage = Stage(**options)
            await stage.open()
            try:
                await scene(stage)
            finally:
                stage.context.stop_tasks()
                stage.context.feed.forget()

    asyncio.run(run())
