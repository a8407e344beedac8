"""The mode ``stream``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random

from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.connection.visitor import Visitor
from wstool.services.hub.fanout import Fanout, Post
from wstool.services.hub.lines import LineFeed
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.traffic.profiles import PROFILES
from wstool.traffic.template import Template, Values, render_all
from wstool.wire.batch import Batch


__all__ = ["StreamMode"]

# A loop that was held up catches up on at most so many ticks.
_MAX_TICKS = 100


class StreamMode(Mode):
    """
    Send messages of the server's own to all clients.

    They come at an interval, from templates or of a profile; or from stdin. As long as
    there are no clients, nothing is made and nothing is read.
    """

    def __init__(
        self,
        options: ModeOptions,
        tools: ModeTools,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; ``start`` begins."""
        self._options = options
        self._tools = tools
        self._clock = clock
        self._fanout = Fanout(
            include_sender=True,
            compress_min=options.compress_min,
            queue_limit=options.queue_limit,
            slow_consumer=options.slow_consumer,
            log=tools.log,
        )
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self._interval = options.every
        self._feed: LineFeed | None = None
        self._tick: Callable[[float], list[Batch]] = self._make_tick()

    async def start(self) -> None:
        """Begin, if there are clients already."""
        self._wake()

    async def stop(self) -> None:
        """Send no more."""
        self._rest()
        if self._feed is not None:
            self._feed.close()

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Let a client have what comes from now on."""
        self._fanout.add(connection)
        self._wake()

    def writing_resumed(self, connection: Connection, /) -> None:
        """Send what waits, and read on where all clients were behind."""
        self._fanout.resume(connection)
        if self._feed is not None:
            self._feed.resume()

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client."""
        self._fanout.remove(connection)
        if not len(self._fanout):
            self._rest()

    def _make_tick(self) -> Callable[[float], list[Batch]]:
        options = self._options
        if options.profile is not None:
            profile = PROFILES[options.profile]
            self._interval = options.every or profile.interval
            ticker = profile.start(Random(options.seed))
            return lambda now: [ticker(now)]
        if options.lines is not None:
            self._feed = LineFeed(
                options.lines,
                take=self._send,
                is_full=lambda: self._fanout.is_behind(),
                ended=self._tools.end,
                at_once=not self._interval,
            )
            return lambda now: self._feed.take_one() if self._feed else []
        self._interval = self._interval or 1.0
        templates = [Template(message) for message in options.messages]
        number = 0

        def tick(now: float) -> list[Batch]:
            nonlocal number
            number += 1
            template = templates[(number - 1) % len(templates)]
            return render_all([template.render(Values(b"", number, now))])

        return tick

    def _wake(self) -> None:
        if not len(self._fanout):
            return
        if self._feed is not None:
            self._feed.resume()
        if self._interval and self._timer is None:
            self._next = self._loop.time() + self._interval
            self._timer = self._loop.call_at(self._next, self._run_ticks)

    def _rest(self) -> None:
        if self._feed is not None:
            self._feed.pause()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run_ticks(self) -> None:
        """Do the ticks that are due, and send what they bring at once."""
        now, batches = self._loop.time(), []
        for _ in range(_MAX_TICKS):
            batches += self._tick(self._clock())
            self._next += self._interval
            if self._next > now:
                break
        else:
            self._next = now + self._interval
        self._timer = self._loop.call_at(self._next, self._run_ticks)
        self._send(batches)

    def _send(self, batches: list[Batch]) -> None:
        posts = [Post(None, batch.opcode, batch.payloads) for batch in batches]
        self.delivered += self._fanout.deliver([post for post in posts if post[2]])
