"""Connections over real sockets, and peers that do what a test tells them."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager

from wstool.connection.dial import dial
from wstool.connection.endpoint import Role
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.options import EndpointOptions
from wstool.wire.handshake import accept_key
from wstool.wire.opcode import Opcode

from support.connecting import make_connect_options
from support.frames import decode_frames
from support.handshakes import make_request_bytes


__all__ = [
    "BLOCK",
    "ConnectionRecorder",
    "RawPeer",
    "WrittenStream",
    "accept_request",
    "answer_close",
    "connected",
    "describe_ending",
    "dialed",
    "echo",
    "fill",
    "greet",
    "listening",
    "raw_client",
    "raw_server",
    "strip_peers",
    "until",
]

BLOCK = bytes(1 << 16)
_ENDPOINT_FIELDS = EndpointOptions._fields


class ConnectionRecorder:
    """Keep what connections tell their handler, in order; wait for what comes."""

    delivered = 0

    def __init__(self, on_batch=None):
        """
        Record.

        Args:
            on_batch: Called with connection, opcode and payloads of each batch.
        """
        self.events = []
        self.opened = []
        self.visitors = []
        self.ending = None
        self._on_batch = on_batch
        self._changed = asyncio.Event()

    @property
    def messages(self):
        """Payloads of all messages."""
        return [payload for kind, payload in self.events if kind in (1, 2)]

    async def until(self, condition):
        """Wait until something holds that is changed by what is told."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def until_ended(self):
        """Wait for the end of a connection, and give it."""
        await self.until(lambda: self.ending is not None)
        return self.ending

    def _keep(self, *events):
        self.events += events
        self._changed.set()

    def refuse(self, visitor):
        """Refuse nobody."""

    def connection_opened(self, connection, visitor):
        """Keep a connection and who opened it."""
        self.opened.append(connection)
        self.visitors.append(visitor)
        self._changed.set()

    def batch_received(self, connection, opcode, payloads):
        """Keep messages."""
        self._keep(*((opcode, payload) for payload in payloads))
        if self._on_batch is not None:
            self._on_batch(connection, opcode, payloads)

    def ping_received(self, connection, payload):
        """Keep a ping."""
        self._keep(("ping", payload))

    def pong_received(self, connection, payload):
        """Keep a pong."""
        self._keep(("pong", payload))

    def close_received(self, connection, close):
        """Keep a close frame."""
        self._keep(("close", close))

    def writing_paused(self, connection):
        """Keep a pause."""
        self._keep(("writing", "paused"))

    def writing_resumed(self, connection):
        """Keep the end of a pause."""
        self._keep(("writing", "resumed"))

    def connection_ended(self, connection, ending):
        """Keep the end."""
        self.ending = ending
        self._keep(("ended", ending))


class WrittenStream:
    """A transport that keeps what is written."""

    def __init__(self):
        self.written = b""
        self.aborted = False

    def write(self, data):
        """Keep data."""
        self.written += data

    def abort(self):
        """Take note of an end at once."""
        self.aborted = True


class RawPeer:
    """One end of a stream, for bytes as a test writes them."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self._rest = b""

    async def send(self, data):
        """Send bytes, and wait until the system has taken them."""
        self.writer.write(data)
        await self.writer.drain()

    async def receive_head(self):
        """Take the head of a request or a response."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def receive_frames(self, count):
        """Take frames: first byte and payload of each."""
        frames = []
        while len(frames) < count:
            data = await self.reader.read(1 << 16)
            if not data:
                raise AssertionError(f"the stream ended after {frames}")
            taken, self._rest = decode_frames(self._rest + data)
            frames += taken
        return frames

    async def receive_until_end(self):
        """Take all frames up to the end of the stream."""
        frames, rest = decode_frames(self._rest + await self.reader.read())
        assert rest == b""
        return frames

    async def wait_for_end(self):
        """Take what comes up to the end of the stream, or until it is reset."""
        try:
            while await self.reader.read(1 << 16):
                pass
        except ConnectionResetError:
            return

    def end(self):
        """End the stream in this direction (FIN)."""
        self.writer.write_eof()

    def reset(self):
        """Reset the connection (RST)."""
        sock = self.writer.get_extra_info("socket")
        linger = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


@asynccontextmanager
async def dialed(url, recorder=None, **options):
    """Connect a client; give the connection and its recorder."""
    recorder = recorder or ConnectionRecorder()
    options = {"connect_timeout": 5, **options}
    connection = await dial(make_connect_options(url, **options), recorder)
    try:
        yield connection, recorder
    finally:
        connection.abort()
        await recorder.until_ended()


@asynccontextmanager
async def listening(handler=None, *, log=None, **options):
    """Run a listener on a free port; give it, and abort it in the end."""
    endpoint = {name: options.pop(name) for name in _ENDPOINT_FIELDS if name in options}
    listener = await listen(
        handler or ConnectionRecorder(),
        ListenOptions(
            **{"port": 0, "endpoint": EndpointOptions(**endpoint), **options}
        ),
        ([] if log is None else log).append,
    )
    try:
        yield listener
    finally:
        listener.abort()


@asynccontextmanager
async def raw_client(listener, *lines, request=None, receive_buffer=None):
    """
    Open a stream to a listener, and the WebSocket connection on it.

    Args:
        lines: More headers for the request.
        request: Bytes to send instead of a good request; no response is awaited then.
        receive_buffer: Bytes that the system is to keep for us.
    """
    sock = socket.socket()
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, listener.address)
    peer = RawPeer(*await asyncio.open_connection(sock=sock))
    try:
        await peer.send(make_request_bytes(*lines) if request is None else request)
        if request is None:
            await peer.receive_head()
        yield peer
    finally:
        peer.writer.transport.abort()


@asynccontextmanager
async def raw_server(script, *, context=None, host="127.0.0.1"):
    """
    Run a server that does for each stream what a script says; give its URL.

    Args:
        script: Coroutine function that takes a ``RawPeer``.
        context: TLS context.
    """
    scripts = set()

    async def serve(reader, writer):
        running = asyncio.ensure_future(script(RawPeer(reader, writer)))
        scripts.add(running)
        await asyncio.wait([running])
        writer.transport.abort()

    server = await asyncio.start_server(serve, host, 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    named = f"[{host}]" if ":" in host else host
    try:
        yield f"{'wss' if context else 'ws'}://{named}:{port}/"
    finally:
        server.close()
        for running in scripts:
            running.cancel()
        for running in scripts:
            await _finish(running)


async def _finish(script):
    """Wait for a script; that its peer left, or the test, is no mistake of its own."""
    try:
        await script
    except (asyncio.CancelledError, ConnectionError):
        return


async def accept_request(peer, *lines, behind=b""):
    """Take a request and answer it with a good 101, and with bytes behind it."""
    head = (await peer.receive_head()).decode()
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    response = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_key(headers['Sec-WebSocket-Key'])}",
        *lines,
    ]
    await peer.send("\r\n".join([*response, "", ""]).encode() + behind)


async def answer_close(peer):
    """Take frames up to the close frame, answer that, and give them all."""
    frames = []
    while not frames or frames[-1][0] != 0x88:
        frames += await peer.receive_frames(1)
    await peer.send(bytes((0x88, len(frames[-1][1]))) + frames[-1][1])
    return frames


@asynccontextmanager
async def connected(role, recorder=None, *lines, receive_buffer=None, **options):
    """
    Connect an endpoint of ours to a raw peer; give connection, recorder and peer.

    Args:
        role: Role of ours.
        lines: More headers that the peer sends in its part of the opening handshake.
        receive_buffer: Bytes that the system is to keep for a peer that is a client.
    """
    recorder = recorder or ConnectionRecorder()
    if role is Role.SERVER:
        async with (
            listening(recorder, **options) as listener,
            raw_client(listener, *lines, receive_buffer=receive_buffer) as peer,
        ):
            yield recorder.opened[0], recorder, peer
        return
    accepted = asyncio.get_running_loop().create_future()
    released = asyncio.Event()

    async def script(peer):
        await accept_request(peer, *lines)
        accepted.set_result(peer)
        await released.wait()

    async with raw_server(script) as url:
        try:
            async with dialed(url, recorder, **options) as (connection, _):
                yield connection, recorder, await accepted
        finally:
            released.set()


def describe_ending(ending):
    """Give an ending with its error as text."""
    error = None if ending.error is None else str(ending.error)
    return ending._replace(error=error)


def echo(connection, opcode, payloads):
    """Send messages back."""
    connection.send(opcode, payloads)


async def fill(connection, block=BLOCK):
    """Send until the peer's side takes no more; give the number of messages."""
    count = 0
    while not connection.writing_is_paused:
        connection.send(Opcode.BINARY, [block])
        count += 1
        assert count < 10_000
    return count


def strip_peers(log):
    """Give kinds and texts of a log; who it was differs from run to run."""
    return [(event.kind, event.text) for event in log]


async def greet(listener):
    """Check that the server serves a good client."""
    async with dialed(listener.url) as (connection, recorder):
        connection.send(Opcode.TEXT, [b"hello"])
        await recorder.until(lambda: recorder.messages == [b"hello"])


async def until(condition):
    """Wait until something holds that nobody tells."""
    while not condition():
        await asyncio.sleep(0.001)
