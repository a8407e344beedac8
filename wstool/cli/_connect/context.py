"""What the slash commands work with."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

from wstool.cli._connect.entries import Note
from wstool.cli._connect.facts import HandshakeLog
from wstool.cli._connect.feed import Feed
from wstool.cli._connect.settings import Settings
from wstool.cli._messages import MessageArguments
from wstool.errors import WstoolError
from wstool.services.interactive import Conversation, Dial, Message
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode
from wstool.wire.uri import WebSocketURI


__all__ = ["CommandError", "Context"]


class CommandError(Exception):
    """A command can't be carried out; the text says why."""


class Context:
    """
    The conversation, what shows it, and what else commands change.

    Args:
        dial: Makes what connects to a URI.
        copy: Puts text on the terminal's clipboard.
        leave: Ends it all, politely.
    """

    def __init__(
        self,
        *,
        uri: WebSocketURI,
        conversation: Conversation,
        feed: Feed,
        settings: Settings,
        messages: MessageArguments,
        handshake: HandshakeLog,
        dial: Callable[[WebSocketURI], Dial],
        copy: Callable[[str], None],
        leave: Callable[[], None],
        snippets: Callable[[], list[str]],
    ) -> None:
        self.uri = uri
        self.conversation = conversation
        self.feed = feed
        self.settings = settings
        self.messages = messages
        self.handshake = handshake
        self.dial = dial
        self.copy = copy
        self.leave = leave
        self.snippets = snippets
        self.greeting: tuple[Batch, ...] = ()
        """Messages to send on each connection to the first server."""
        self.home = uri
        """The first server."""
        self.typed: Callable[[], list[str]] = list
        """Gives the lines that were typed, the oldest first."""
        self.repeating: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def opcode(self) -> Opcode:
        """The kind of message that a typed line is sent as."""
        return Opcode.BINARY if self.settings.binary else Opcode.TEXT

    def greet(self) -> None:
        """Send what is to be sent first; it's for the first server only."""
        if self.uri == self.home:
            for batch in self.greeting:
                self.conversation.send(batch)

    def tell(self, text: str) -> None:
        """Show a sentence."""
        self.feed.add(Note(text))

    def tell_error(self, error: WstoolError | str) -> None:
        """Show what went wrong."""
        detail = error.detail.rstrip("\r\n") if isinstance(error, WstoolError) else ""
        lines = [line.rstrip("\r") for line in detail.split("\n")] if detail else []
        self.feed.add(Note("\n".join([str(error), *lines]), is_error=True))

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something that takes a while."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def stop_repeating(self) -> bool:
        """Stop what is being repeated; say whether something was."""
        task, self.repeating = self.repeating, None
        if task is None or task.done():
            return False
        task.cancel()
        self.tell("stopped repeating")
        return True

    def stop_tasks(self) -> None:
        """Stop what is still going on."""
        for task in list(self._tasks):
            task.cancel()

    def find_message(self, text: str) -> Message:
        """
        Find the message whose number was typed.

        Raises:
            CommandError: If there is none.
        """
        digits = text.removeprefix("#")
        if not re.fullmatch(r"[0-9]{1,18}", digits):
            raise CommandError(f"{text or 'nothing'!r} isn't the number of a message")
        store = self.conversation.store
        message = store.find(int(digits))
        if message is not None:
            return message
        if 1 <= int(digits) <= store.count:
            raise CommandError(
                f"message {digits} is no longer kept; the oldest is {store.first_kept}"
            )
        raise CommandError(f"there is no message {digits}")
