"""The server that sends as fast as its clients read."""

from __future__ import annotations

import asyncio

from wstool.services.bench.source import Source
from wstool.wire.opcode import Opcode

from support.fake_connection import FakeConnection
from support.frames import decode_frames


class Client(FakeConnection):
    """Keep what comes."""

    def __init__(self):
        super().__init__()
        self.data = b""

    def send_serialized(self, data):
        """Keep frames."""
        self.data += data


def test_flow():
    """It sends until the client doesn't read, and goes on when it does."""

    async def play():
        source = Source(Opcode.TEXT, [b"tick", b"tock"])
        client = Client()
        sizes = []
        source.connection_opened(client, None)
        for call in (source.writing_paused, source.writing_resumed, None):
            for _ in range(3):
                await asyncio.sleep(0)
            sizes.append(len(client.data))
            if call is not None:
                call(client)
        source.connection_ended(client, None)
        await asyncio.sleep(0)
        frames, rest = decode_frames(client.data)
        assert (frames[:2], rest) == ([(0x81, b"tick"), (0x81, b"tock")], b"")
        return sizes

    first, second, third = asyncio.run(play())
    assert 0 < first <= second < third
