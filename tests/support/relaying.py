"""A transparent proxy between a client and a server of a test."""

from __future__ import annotations

import asyncio
import contextlib

from wstool.connection.options import ConnectOptions, TLSOptions
from wstool.connection.relay import Relay
from wstool.wire.uri import parse_uri


__all__ = ["Watcher", "ask", "echo", "relaying"]


class Watcher:
    """Keep what passes."""

    def __init__(self, *names):
        self.names = names
        self.sent, self.received = bytearray(), bytearray()
        self.error = None
        self.over = asyncio.Event()

    def client_sent(self, data):
        """Keep bytes of the client."""
        self.sent += data

    def server_sent(self, data):
        """Keep bytes of the server."""
        self.received += data

    def failed(self, error):
        """Keep an error."""
        self.error = error

    def ended(self):
        """Take note of the end."""
        self.over.set()


@contextlib.asynccontextmanager
async def relaying(
    serve,
    *,
    scheme="ws",
    tls=None,
    context=None,
    port=None,
    own=None,
    make_watcher=Watcher,
    **options,
):
    """Run a relay to a server that runs a function for each client."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = port or server.sockets[0].getsockname()[1]
    watchers = []

    def watch(*names):
        watchers.append(make_watcher(*names))
        return watchers[-1]

    uri = parse_uri(f"{scheme}://localhost:{port}/")
    relay = Relay(
        ConnectOptions(uri=uri, tls=tls or TLSOptions(), **options),
        watch,
        context=own,
    )
    await relay.start("127.0.0.1", 0)
    try:
        yield relay, watchers
    finally:
        relay.stop()
        server.close()
        await asyncio.sleep(0)
        for watcher in watchers:
            await watcher.over.wait()


async def echo(reader, writer):
    """Send everything back."""
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
    writer.close()


async def ask(relay, data, *, ssl=None):
    """Send data through a relay, end, and give what comes back."""
    reader, writer = await asyncio.open_connection(*relay.address, ssl=ssl)
    reading = asyncio.ensure_future(reader.read())
    writer.write(data)
    await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    answer = await reading
    writer.close()
    return answer
