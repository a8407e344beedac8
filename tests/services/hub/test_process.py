"""A process that serves one client, on its own."""

from __future__ import annotations

import pytest

from wstool.services.hub.process import Process
from wstool.wire.opcode import Opcode

from support.connections import until
from support.fake_connection import FakeConnection


pytestmark = pytest.mark.usefixtures("descriptors")


class Client(FakeConnection):
    """A connection that keeps how it was closed."""

    peer = "client"
    closed = None

    def close(self, close):
        """Keep a close."""
        self.closed = close
        self.is_open = False


def test_early_messages(run):
    """What comes before the process runs waits, and reading pauses meanwhile."""

    async def scenario():
        client = Client()
        process = Process(client, max_line=1000, log=lambda event: None)
        process.write([b"one"])
        assert client.reading_is_paused
        await process.start(("cat",), {})
        assert not client.reading_is_paused
        process.write([b"two"])
        await until(lambda: len(client.sent) == 2)
        process.end(lambda ended: None)
        await process.wait()
        return client.sent

    assert run(scenario()) == [(Opcode.TEXT, b"one"), (Opcode.TEXT, b"two")]
