"""A conversation with a peer that the test speaks for, and a policy that it chooses."""

from __future__ import annotations

import asyncio

from wstool.services.interactive import Conversation, Phase
from wstool.wire.close import Close

from support.clock import ClockLoop
from support.talking import Line, WatchingView


__all__ = ["Pauses", "Talk", "converse"]


class Pauses:
    """A policy that gives the pauses of a list, and then up."""

    def __init__(self, *pauses):
        self.pauses = list(pauses)
        self.errors = []
        self.openings = 0

    def next_delay(self, error, ending):
        """Give the next one."""
        self.errors.append(error)
        return self.pauses.pop(0) if self.pauses else None

    def opened(self):
        """Count openings."""
        self.openings += 1


class Talk:
    """A conversation, all that it tells, and the connections that it has had."""

    def __init__(self, retry=None):
        self.view = WatchingView()
        self.lines = []
        self.refusals = []
        self.conversation = Conversation(
            self.view,
            close=Close(1000, "done"),
            ok_close=frozenset({1000, 1001}),
            retry=retry,
            time=lambda: 1_700_000_000.0,
        )

    @property
    def line(self):
        """The last connection."""
        return self.lines[-1]

    async def dial(self, handler):
        """Connect, or be refused."""
        if self.refusals:
            raise self.refusals.pop(0)
        self.lines.append(Line(handler))
        self.line.ping_sent = self.conversation.note_ping
        return self.line

    async def open(self):
        """Connect, and wait for that."""
        self.conversation.connect(self.dial)
        await self.conversation.wait_until(Phase.OPEN)


def converse(scene, *, retry=None):
    """Run a scene on a loop whose clock it can move."""

    async def run():
        await scene(Talk(retry))

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(run())
