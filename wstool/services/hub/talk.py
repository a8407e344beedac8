"""The mode ``talk``."""

from __future__ import annotations

from wstool.connection.handler import Ending
from wstool.connection.server_event import ServerEvent
from wstool.connection.transport import Connection
from wstool.connection.visitor import Visitor
from wstool.services.hub.fanout import Fanout, Post
from wstool.services.hub.lines import LineFeed
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["TalkMode"]


class TalkMode(Mode):
    """
    Let whoever runs the server talk with its clients.

    Clients have numbers, from 1. What they send is shown; what is said goes to all of
    them, or to one. Lines of a stdin that is no terminal are said by themselves.
    """

    def __init__(self, options: ModeOptions, tools: ModeTools) -> None:
        """Start without clients."""
        self._show = options.show
        self._log = tools.log
        self._fanout = Fanout(
            include_sender=True,
            compress_min=options.compress_min,
            queue_limit=options.queue_limit,
            slow_consumer=options.slow_consumer,
            log=tools.log,
        )
        self._numbers: dict[Connection, int] = {}
        self._count = 0
        self._is_full = False
        self._feed: LineFeed | None = None
        if options.lines is not None:
            self._feed = LineFeed(
                options.lines,
                take=self.say,
                is_full=self._fanout.is_behind,
                ended=tools.end,
                at_once=True,
            )

    @property
    def clients(self) -> dict[int, str]:
        """The clients' numbers and addresses."""
        return {number: c.peer for c, number in self._numbers.items() if c.is_open}

    def say(self, batches: list[Batch], *, to: int | None = None) -> int:
        """
        Send messages to all clients, or to one.

        Returns:
            How many clients they go to.
        """
        if to is None:
            posts = [Post(None, batch.opcode, batch.payloads) for batch in batches]
            self.delivered += self._fanout.deliver(posts)
            return len(self._fanout)
        found = [c for c, number in self._numbers.items() if number == to and c.is_open]
        for connection in found:
            for batch in batches:
                connection.send(batch.opcode, batch.payloads)
        return len(found)

    def pause(self) -> None:
        """Read nothing from clients: what shows it is full."""
        self._is_full = True
        for connection in self._numbers:
            connection.pause_reading()

    def resume(self) -> None:
        """Read again from clients."""
        self._is_full = False
        for connection in list(self._numbers):
            connection.resume_reading()

    async def stop(self) -> None:
        """Read no more."""
        if self._feed is not None:
            self._feed.close()

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Give a client its number."""
        self._count += 1
        self._numbers[connection] = self._count
        self._fanout.add(connection)
        self._log(ServerEvent("joined", connection.peer, f"as #{self._count}"))
        if self._is_full:
            connection.pause_reading()
        if self._feed is not None:
            self._feed.resume()

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Show messages."""
        if self._show is not None:
            self._show(self._numbers[connection], Batch(opcode, payloads))

    def writing_resumed(self, connection: Connection, /) -> None:
        """Send what waits, and read on where all clients were behind."""
        self._fanout.resume(connection)
        if self._feed is not None:
            self._feed.resume()

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client."""
        del self._numbers[connection]
        self._fanout.remove(connection)
        if self._feed is not None and not len(self._fanout):
            self._feed.pause()
