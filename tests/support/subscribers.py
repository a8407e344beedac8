"""Many clients of a broadcast, each of which checks what it gets at little cost."""

from __future__ import annotations

import asyncio
import hashlib
import re

from support.frames import TEXT, frame
from support.handshakes import make_request_bytes


__all__ = ["Publisher", "Subscriber", "read_numbers"]

_ID = re.compile(rb'\{"id":"(\d+-\d+)","type":"text","data":"(\d+)"\}')
_END = b'"}'


class Subscriber(asyncio.Protocol):
    """
    A client that takes messages with ids.

    What comes in whole frames is hashed, so that two clients can be compared whatever
    the reads were, and wherever they had to come back.
    """

    def __init__(self, *, keep=False):
        """
        Start.

        Args:
            keep: Whether to keep all that comes.
        """
        self._hash = hashlib.blake2b()
        self._rest = b""
        self._has_head = False
        self._keep = keep
        self.data = bytearray()
        self.size = 0
        """Bytes of whole frames."""
        self.last = "0"
        """Id of the latest message."""
        self.is_connected = False
        self._transport = None

    @property
    def digest(self):
        """What stands for all that came."""
        return self._hash.hexdigest()

    async def come(self, port):
        """Connect, or come back, and say what came last."""
        self._rest, self._has_head = b"", False
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", port)
        transport.write(make_request_bytes(start=f"GET /?since={self.last} HTTP/1.1"))

    def connection_made(self, transport):
        """Take note."""
        self.is_connected = True
        self._transport = transport

    def data_received(self, data):
        """Take what comes, up to the last whole frame."""
        data = self._rest + data
        if not self._has_head:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            assert head.startswith(b"HTTP/1.1 101 "), head
            self._has_head = True
        cut = data.rfind(_END) + len(_END)
        if cut < len(_END):
            self._rest = data
            return
        whole, self._rest = data[:cut], data[cut:]
        self._hash.update(whole)
        self.size += len(whole)
        start = whole.rindex(b'{"id":"')
        self.last = _ID.match(whole, start)[1].decode()
        if self._keep:
            self.data += whole

    def connection_lost(self, exc):
        """Take note."""
        self.is_connected = False

    def leave(self):
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()


def read_numbers(data):
    """Read ids and numbers of messages."""
    found = _ID.findall(data)
    ids = [tuple(map(int, id_.split(b"-"))) for id_, _ in found]
    return ids, [int(number) for _, number in found]


class Publisher:
    """A client that says numbers, as fast as the server takes them."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port):
        """Connect."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(make_request_bytes())
        await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer)

    async def say(self, first, last, *, batch=500):
        """Say the numbers of a range."""
        for start in range(first, last, batch):
            numbers = range(start, min(start + batch, last))
            self._writer.write(
                b"".join(
                    frame(TEXT, b"%06d" % number, masking_key=b"\0\0\0\0")
                    for number in numbers
                )
            )
            await self._writer.drain()

    def leave(self):
        """End the connection."""
        self._writer.transport.abort()
