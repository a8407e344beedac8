"""A server's clients that don't speak WebSocket, or take their time to."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import AsyncExitStack, ExitStack
from ipaddress import ip_network

import pytest

from wstool.connection import listen as listen_module
from wstool.connection.http_answer import HTTPAnswer
from wstool.connection.quota import QuotaOptions
from wstool.connection.rate import Rate

from support.connections import (
    ConnectionRecorder,
    echo,
    greet,
    listening,
    raw_client,
    strip_peers,
    until,
)
from support.frames import CLOSE, TEXT, frame
from support.handshakes import make_request_bytes


KEY = b"\x12\x34\x56\x78"
FIN = 0x80
REQUEST = make_request_bytes()
HELLO = frame(TEXT, b"hello", masking_key=KEY)

pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.mark.parametrize(
    ("request_bytes", "status", "came"),
    [
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"426 Upgrade Required",
            "GET / HTTP/1.1: missing Connection header",
            id="plain-get",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000),
            b"405 Method Not Allowed",
            "POST / HTTP/1.1: only GET opens a WebSocket",
            id="post-with-a-large-body",
        ),
        pytest.param(
            b"\x00" * 100_000,
            b"400 Bad Request",
            f"not HTTP: {chr(0) * 40}",
            id="garbage",
        ),
        pytest.param(
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
            b"400 Bad Request",
            "a TLS handshake on a port without TLS",
            id="tls",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000,
            b"431 Request Header Fields Too Large",
            "request headers over 65536 bytes",
            id="huge-headers",
        ),
    ],
)
def test_rejected_client(run, request_bytes, status, came):
    """The answer reaches the client, however much it sends, and the stream ends."""

    async def scenario():
        log = []
        recorder = ConnectionRecorder(echo)
        async with (
            listening(recorder, log=log) as listener,
            raw_client(listener, request=request_bytes) as peer,
        ):
            response = await peer.reader.read()
            await greet(listener)
        return response.split(b"\r\n")[0], strip_peers(log)[0], len(recorder.opened)

    assert run(scenario()) == (b"HTTP/1.1 " + status, ("rejected", came), 1)


def test_rejected_client_that_stays(run_with_clock):
    """A rejected client has two seconds to read the answer and to leave."""

    async def scenario():
        loop = asyncio.get_running_loop()
        log = []
        async with (
            listening(log=log) as listener,
            raw_client(listener, request=b"POST / HTTP/1.1\r\n\r\n") as peer,
        ):
            await peer.receive_head()
            await loop.put_forward(1)
            await peer.send(b"more")
            await loop.put_forward(3)
            with pytest.raises(ConnectionResetError):
                while True:
                    await peer.send(b"more")
                    await asyncio.sleep(0.001)
        return strip_peers(log)

    text = "POST / HTTP/1.1: only GET opens a WebSocket"
    assert run_with_clock(scenario()) == [("rejected", text)]


# Opening handshakes that take their time.


def test_request_byte_by_byte(run):
    """A request may come in any number of pieces, with frames right behind it."""

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with (
            listening(recorder) as listener,
            raw_client(listener, request=b"") as peer,
        ):
            for byte in REQUEST[:-1]:
                await peer.send(bytes([byte]))
                await asyncio.sleep(0)
            assert recorder.opened == []
            await peer.send(REQUEST[-1:] + HELLO + HELLO[:3])
            await peer.send(HELLO[3:])
            head = await peer.receive_head()
            return head.split(b"\r\n")[0], await peer.receive_frames(2)

    assert run(scenario()) == (
        b"HTTP/1.1 101 Switching Protocols",
        [(FIN | TEXT, b"hello")] * 2,
    )


@pytest.mark.parametrize(
    ("sent", "came"),
    [
        pytest.param(b"", "nothing", id="nothing"),
        pytest.param(b"GET / HT", "8 bytes of a request", id="a-little"),
        pytest.param(REQUEST[:-1], f"{len(REQUEST) - 1} bytes of a request", id="most"),
    ],
)
def test_handshake_timeout(run_with_clock, sent, came):
    """A handshake that takes too long is cut, and the log says how far it came."""

    async def scenario():
        loop = asyncio.get_running_loop()
        log = []
        async with (
            listening(log=log, handshake_timeout=10) as listener,
            raw_client(listener, request=sent) as peer,
        ):
            await asyncio.sleep(0.02)
            await loop.put_forward(9)
            assert log == []
            await loop.put_forward(2)
            assert await peer.reader.read() == b""
        return strip_peers(log)

    text = f"handshake timed out after {came}"
    assert run_with_clock(scenario()) == [("rejected", text)]


def test_connection_outlives_the_handshake_timeout(run_with_clock):
    """The time limit of the handshake ends with the handshake."""

    async def scenario():
        loop = asyncio.get_running_loop()
        async with (
            listening(ConnectionRecorder(echo), ping_interval=0) as listener,
            raw_client(listener) as peer,
        ):
            await loop.put_forward(30)
            await peer.send(HELLO)
            return await peer.receive_frames(1)

    assert run_with_clock(scenario()) == [(FIN | TEXT, b"hello")]


def test_many_handshakes_half_open(run_with_clock):
    """500 clients that never finish do no harm, and are cut in time."""

    async def scenario():
        loop = asyncio.get_running_loop()
        log = []
        with ExitStack() as stack:
            async with listening(ConnectionRecorder(echo), log=log) as listener:
                for number in range(500):
                    sock = stack.enter_context(
                        socket.create_connection(listener.address)
                    )
                    sock.send(REQUEST[: number % len(REQUEST)])
                    if number % 50 == 0:
                        await greet(listener)
                await greet(listener)
                await loop.put_forward(12)
                await until(lambda: count("rejected", log) == 500)
                await greet(listener)
                return count("opened", log), count("rejected", log)

    def count(kind, log):
        return sum(event.kind == kind for event in log)

    assert run_with_clock(scenario()) == (12, 500)


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "end-of-stream"])
def test_connections_cut_in_every_phase(run, reset):
    """A client may leave at any byte; the server goes on, and keeps nothing of it."""
    stream = REQUEST + HELLO + frame(CLOSE, b"\x03\xe8", masking_key=KEY)

    async def scenario():
        log = []
        recorder = ConnectionRecorder(echo)
        async with listening(recorder, log=log) as listener:
            for size in range(0, len(stream) + 1, 3):
                async with raw_client(listener, request=stream[:size]) as peer:
                    if reset:
                        peer.reset()
                    else:
                        peer.end()
                        await peer.wait_for_end()
            await greet(listener)
            await until(lambda: not listener.connections)
            kinds = {event.kind for event in log}
            return kinds, len(recorder.opened) >= 1

    assert run(scenario()) == ({"opened", "closed"}, True)


# Limits.


@pytest.mark.parametrize("trusted", [(), (ip_network("127.0.0.0/8"),)])
def test_streams_without_a_request_count(run, trusted):
    """One address can't hold more streams than connections, unless it is a proxy's."""

    async def scenario():
        log = []
        options = {"quota": QuotaOptions(max_per_ip=1), "trusted_proxies": trusted}
        async with (
            listening(log=log, **options) as listener,
            raw_client(listener, request=b"GET"),
            raw_client(listener, request=b"GET") as second,
        ):
            if trusted:
                return strip_peers(log)
            return await second.reader.read(), strip_peers(log)

    outcome = run(scenario())
    if trusted:
        assert outcome == []
        return
    answer, log = outcome
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert log == [("rejected", "full for 127.0.0.1: 1 connections")]


def test_more_streams_than_descriptors(run, monkeypatch):
    """When descriptors run out, the oldest handshake that isn't done makes room."""
    monkeypatch.setattr(listen_module, "find_capacity", lambda: 3)

    async def scenario():
        log = []
        recorder = ConnectionRecorder(echo)
        async with AsyncExitStack() as stack:
            listener = await stack.enter_async_context(listening(recorder, log=log))
            halves = [
                await stack.enter_async_context(raw_client(listener, request=b"GET"))
                for _ in range(4)
            ]
            await halves[0].wait_for_end()
            await greet(listener)
            await halves[1].wait_for_end()
        return strip_peers(log)[:1]

    reason = "too many handshakes that aren't done"
    assert run(scenario()) == [("rejected", reason)]


def test_requests_that_are_not_whole_are_bounded(run, monkeypatch):
    """What all clients together leave unfinished is bounded; the oldest has to go."""
    monkeypatch.setattr(listen_module, "_MAX_HELD", 100_000)
    request = b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000

    async def scenario():
        log = []
        recorder = ConnectionRecorder(echo)
        async with AsyncExitStack() as stack:
            listener = await stack.enter_async_context(listening(recorder, log=log))
            peers = [
                await stack.enter_async_context(raw_client(listener, request=request))
                for _ in range(3)
            ]
            await peers[0].wait_for_end()
            await greet(listener)
            listener.abort()
            await until(lambda: not listener._arrivals)
            return listener._held, strip_peers(log)[0]

    reason = "too many handshakes that aren't done"
    assert run(scenario()) == (0, ("rejected", reason))


# Before the request.


def test_proxy_header_in_pieces(run):
    """A PROXY header is taken however it is cut, and what is behind it too."""

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with (
            listening(recorder, proxied=True) as listener,
            raw_client(listener, request=b"PROXY TCP4 192.0.2.1 ") as peer,
        ):
            await asyncio.sleep(0.01)
            await peer.send(b"192.0.2.2 1 2\r\n" + REQUEST + HELLO)
            await peer.receive_head()
            frames = await peer.receive_frames(1)
            visitor = recorder.visitors[0]
            return frames, (visitor.host, visitor.port, visitor.peer)

    client = ("192.0.2.1", 1, "192.0.2.1:1")
    assert run(scenario()) == ([(FIN | TEXT, b"hello")], client)


def test_proxy_that_speaks_for_itself(run):
    """Where the header names nobody, the client is the stream's own."""

    async def scenario():
        recorder = ConnectionRecorder()
        async with (
            listening(recorder, proxied=True) as listener,
            raw_client(listener, request=b"PROXY UNKNOWN\r\n" + REQUEST) as peer,
        ):
            await peer.receive_head()
            return recorder.visitors[0].host

    assert run(scenario()) == "127.0.0.1"


def test_proxy_header_that_does_not_come(run_with_clock):
    """The time limit holds for the header too, and the log says what was missing."""

    async def scenario():
        log = []
        async with (
            listening(log=log, proxied=True, handshake_timeout=5) as listener,
            raw_client(listener, request=b"PROX") as peer,
        ):
            await asyncio.sleep(0.01)
            await asyncio.get_running_loop().put_forward(6)
            await peer.wait_for_end()
        return strip_peers(log)

    text = "handshake timed out after nothing that is a PROXY header"
    assert run_with_clock(scenario()) == [("rejected", text)]


def test_browser_behind_a_proxy(run):
    """Who wants a page that isn't there is named once, with its proxy."""
    request = b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"

    async def scenario():
        log = []
        trusted = (ip_network("127.0.0.0/8"),)
        async with listening(log=log, trusted_proxies=trusted) as listener:
            listener.site = lambda visitor: None
            async with raw_client(listener, request=request) as peer:
                await peer.receive_head()
        return log[0].peer

    assert re.fullmatch(r"192\.0\.2\.7 via 127\.0\.0\.1:\d+", run(scenario()))


def test_pages_have_a_rate(run):
    """Whoever asks for pages too often is told to wait, as who opens connections is."""
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    page = HTTPAnswer(200, "text/plain", b"page")

    async def scenario():
        quota = QuotaOptions(connect_rate=Rate(1, 3600))
        statuses = []
        async with listening(quota=quota) as listener:
            listener.site = lambda visitor: page
            for _ in range(2):
                async with raw_client(listener, request=request) as peer:
                    statuses.append((await peer.receive_head()).split()[1])
        return statuses

    assert run(scenario()) == [b"200", b"429"]
