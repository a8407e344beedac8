"""Proxies that do what a test tells them, and certificates for them."""

from __future__ import annotations

import asyncio
import ssl

from wstool.connection.options import Observer, ProxyOptions
from wstool.connection.reach import reach

from support.connecting import make_connect_options
from support.connections import accept_request, dialed
from support.frames import TEXT, frame


__all__ = [
    "ESTABLISHED",
    "answering",
    "connecting",
    "find_route",
    "greet",
    "make_server_context",
    "receive_greeting",
    "through",
]

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def make_server_context(authority, name="127.0.0.1"):
    """Make a server's TLS context with a certificate for a name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def through(url, scheme="http", user="", **options):
    """Make the options for a proxy that listens where a URL says."""
    place = url.partition("://")[2].rstrip("/")
    return ProxyOptions(proxy=f"{scheme}://{user}{place}", **options)


def connecting(answer=ESTABLISHED, asked=None):
    """
    Make the script of an HTTP proxy that connects to where it is told to.

    Args:
        asked: Takes the requests.
    """

    async def script(peer):
        head = await peer.receive_head()
        if asked is not None:
            asked.append(head)
        host, _, port = head.split()[1].decode().rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        await peer.send(answer)
        await asyncio.gather(_relay(peer.reader, writer), _relay(reader, peer.writer))

    return script


def answering(*exchanges):
    """
    Make the script of a proxy that answers whatever it is asked.

    Args:
        exchanges: Number of bytes to await, or None for the head of a request, and
            what to answer then.
    """

    async def script(peer):
        for count, answer in exchanges:
            if count is None:
                await peer.receive_head()
            else:
                await peer.reader.readexactly(count)
            await peer.send(answer)
        await peer.wait_for_end()

    return script


async def greet(peer):
    """Open a WebSocket connection and say hello."""
    await accept_request(peer, behind=frame(TEXT, b"hello"))
    await peer.wait_for_end()


async def receive_greeting(url, **options):
    """Connect, and take what the server says."""
    async with dialed(url, **options) as (_, recorder):
        await recorder.until(lambda: recorder.messages)
        return recorder.messages


async def _relay(source, target):
    """Hand on what comes, up to the end of the stream."""
    try:
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    except ConnectionError:
        return
    finally:
        target.transport.abort()


def find_route(run, url, **options):
    """Reach a server; give what is told of the route, and our end of the socket."""
    routes = []
    observer = Observer(connected=routes.append)

    async def scenario():
        made = make_connect_options(url, observer=observer, **options)
        with await reach(made, lambda doing: None) as sock:
            return sock.getsockname()

    local = run(scenario())
    (route,) = routes
    return route, local
