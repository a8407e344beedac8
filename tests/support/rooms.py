"""Broadcast servers and their clients."""

from __future__ import annotations

from contextlib import asynccontextmanager

from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.mode import ModeOptions, ModeTools

from support.connections import listening, raw_client
from support.frames import frame


__all__ = ["Room", "broadcasting", "mask"]

_KEY = b"\x12\x34\x56\x78"


class Room:
    """A broadcast, its server, and its clients in the order of their coming."""

    def __init__(self, mode, listener, cut_off):
        self.mode = mode
        self.listener = listener
        self.cut_off = cut_off
        self.connections = []

    @property
    def fanout(self):
        """The mode's fan-out."""
        return self.mode._rooms[""].fanout

    @asynccontextmanager
    async def enter(self, *lines, **options):
        """Open a client; its connection is the next one in ``connections``."""
        before = set(self.listener.connections)
        async with raw_client(self.listener, *lines, **options) as peer:
            self.connections += set(self.listener.connections) - before
            yield peer


@asynccontextmanager
async def broadcasting(
    *, include_sender=False, compress_min=1024, queue_limit=16 << 20, log=None
):
    """Run a broadcast server; give the room."""
    cut_off = []
    mode = BroadcastMode(
        ModeOptions(
            include_sender=include_sender,
            compress_min=compress_min,
            queue_limit=queue_limit,
        ),
        ModeTools(cut_off.append, lambda error: None),
    )
    async with listening(mode, log=log, compress_min=compress_min) as listener:
        yield Room(mode, listener, cut_off)


def mask(opcode, payload):
    """Write a client's frame."""
    return frame(opcode, payload, masking_key=_KEY)
