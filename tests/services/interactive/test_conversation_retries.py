"""A conversation that dials again."""

from __future__ import annotations

import asyncio

import pytest

from wstool.errors import (
    ConnectFailed,
    ConnectionLost,
)
from wstool.services.interactive import Phase
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode

from support.conversing import Pauses, converse


LOST = ConnectionLost("gone")
HELLO = Batch(Opcode.TEXT, [b"hello"])


def test_refused():
    """When the first attempt fails, the error is there."""

    async def scene(talk):
        refusal = ConnectFailed("x", "connection refused")
        talk.refusals.append(refusal)
        talk.conversation.connect(talk.dial)
        await talk.conversation.wait_until(Phase.CLOSED)
        assert talk.conversation.error is refusal
        assert talk.view.steps == ["ended"]
        assert talk.conversation.counters.connections == 0

    converse(scene)


def test_retries():
    """After a loss it's dialed again, with the pauses of the policy."""
    retry = Pauses(2, 5)

    async def scene(talk):
        loop = asyncio.get_running_loop()
        await talk.open()
        talk.refusals.append(ConnectFailed("x", "connection refused"))
        talk.line.end(LOST)
        assert talk.conversation.phase is Phase.WAITING
        assert 1 < talk.conversation.dial_at - loop.time() <= 2
        await loop.put_forward(2)
        assert talk.conversation.phase is Phase.WAITING
        await loop.put_forward(5)
        assert talk.conversation.phase is Phase.OPEN
        assert talk.view.steps == [
            *("opened", "ended", "retrying in 2 s"),
            *("ended", "retrying in 5 s", "opened"),
        ]
        assert [type(error) for error in retry.errors] == [
            ConnectionLost,
            ConnectFailed,
        ]
        assert retry.openings == 2
        assert talk.conversation.error is None

    converse(scene, retry=retry)


def test_no_retry_after_our_close():
    """Who closes doesn't want to be connected again."""

    async def scene(talk):
        await talk.open()
        talk.conversation.close()
        talk.line.answer_close()
        assert talk.conversation.phase is Phase.CLOSED

    converse(scene, retry=Pauses(1))


@pytest.mark.parametrize("by", ["close", "leave"])
def test_waiting_is_given_up(by):
    """While it waits to dial again, the user can give that up, or leave."""

    async def scene(talk):
        await talk.open()
        talk.line.end(LOST)
        if by == "close":
            talk.conversation.close()
        else:
            with pytest.raises(ConnectionLost):
                await talk.conversation.leave()
        await asyncio.get_running_loop().put_forward(100, step=10)
        assert talk.conversation.phase is Phase.CLOSED
        assert len(talk.lines) == 1

    converse(scene, retry=Pauses(1, 1))
