"""Sending a message again and again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wstool.wire.batch import Batch


if TYPE_CHECKING:
    from wstool.services.interactive.conversation import Conversation


__all__ = ["repeat"]

# Without a delay so many go out together, and the keys get their turn in between.
_AT_ONCE = 500


async def repeat(
    conversation: Conversation, batch: Batch, count: int, delay: float
) -> int:
    """
    Send a message several times.

    A peer that reads slowly holds it up, and the end of the connection ends it.

    Args:
        batch: The message.
        delay: Seconds between two of them; 0 for as fast as the peer takes them.

    Returns:
        How many were sent.
    """
    done = 0
    while done < count:
        await conversation.writable()
        now = 1 if delay else min(_AT_ONCE, count - done)
        if not conversation.send(Batch(batch.opcode, batch.payloads * now)):
            break
        done += now
        if done < count:
            await asyncio.sleep(delay)
    return done
