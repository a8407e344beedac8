"""Counting what a connection puts on the wire, as the kernel counts at its socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import NamedTuple


__all__ = ["SocketCount", "count_socket", "relay_tls"]

# The kernel's struct tcp_info, as far as it's needed here.
_TCP_INFO = struct.Struct("=16xI100xQQII8xII")


class SocketCount(NamedTuple):
    """What has passed through a TCP socket, without headers."""

    mss: int
    bytes_out: int
    """Those that were acknowledged."""
    bytes_in: int
    segments_out: int
    """With those that only acknowledge."""
    segments_in: int
    data_segments_in: int
    data_segments_out: int

    def since(self, before):
        """Take the difference."""
        pairs = zip(self[1:], before[1:], strict=True)
        return SocketCount(self.mss, *(now - then for now, then in pairs))


def count_socket(transport) -> SocketCount:
    """Ask the kernel about the socket of a transport."""
    sock = transport.get_extra_info("socket")
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    return SocketCount(*_TCP_INFO.unpack(info))


@contextlib.asynccontextmanager
async def relay_tls(port, context):
    """Speak TLS in front of a server on this host; give the port."""
    writers = []
    copies = []

    async def serve(reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, back))
        for source, target in ((reader, back), (there, writer)):
            copies.append(asyncio.ensure_future(_copy(source, target)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*copies, return_exceptions=True)


async def _copy(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 18):
            writer.write(data)
            await writer.drain()
        writer.close()
