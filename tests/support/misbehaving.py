"""
Servers that do exactly what a script says, however wrong: steps on a raw socket.

A script is a list of steps; a step takes a ``Stream``. At the end of the script the
stream is closed. A step that fails, or takes too long, fails the test.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable

from support.command import Outcome, run
from support.frames import CLOSE, TEXT, close_frame, decode_frames, frame


__all__ = [
    "Peer",
    "Stream",
    "accept",
    "answer_close",
    "await_end",
    "await_frames",
    "await_request",
    "close",
    "end_stream",
    "mark",
    "meet",
    "reply",
    "reset",
    "send",
    "texts",
    "wait_for",
]

LIMIT = 15
"""Seconds that any step may take."""

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Stream:
    """A connection that a client opened, and what has come on it."""

    def __init__(self, sock: socket.socket, peer: Peer) -> None:
        self.socket = sock
        self.peer = peer
        self.request = b""
        self._rest = b""

    def receive(self, size: int = 1 << 16) -> bytes:
        """Take what arrives next; empty at the end of the stream."""
        if self._rest:
            data, self._rest = self._rest, b""
            return data
        return self.socket.recv(size)

    def receive_request(self) -> bytes:
        """Take the HTTP request; what is behind it is kept."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.receive()
            if not more:
                raise AssertionError(f"the client ended the stream after {data!r}")
            data += more
        head, _, self._rest = data.partition(b"\r\n\r\n")
        self.request = head + b"\r\n\r\n"
        return self.request

    def receive_frames(self, enough: Callable[[list[tuple[int, bytes]]], bool]) -> None:
        """Take frames until there are enough; the peer keeps them."""
        data = b""
        frames = self.peer.frames
        while not enough(frames):
            more = self.receive()
            if not more:
                raise AssertionError(f"the client ended the stream after {frames!r}")
            taken, data = decode_frames(data + more)
            frames += taken
        self._rest = data


Step = Callable[[Stream], object]


class Peer:
    """A server on a free port of the loopback interface, to be used in ``with``."""

    def __init__(
        self,
        *script: Step,
        then: tuple[list[Step], ...] = (),
        context: ssl.SSLContext | None = None,
    ) -> None:
        """
        Listen; the script runs for the first connection.

        Args:
            then: Scripts for the connections after it, one after another.
            context: With TLS.
        """
        self._scripts = [script, *then]
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(LIMIT)
        host, port = self._listener.getsockname()
        self.target = f"{host}:{port}"
        """Host and port."""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._error: BaseException | None = None
        self.marked = threading.Event()
        """Is set by the step ``mark``."""
        self.released = threading.Event()
        """Is awaited by the step ``wait_for``."""
        self.frames: list[tuple[int, bytes]] = []
        """First byte and payload of all frames that steps have waited for."""
        self.request = b""
        """The client's request."""

    @property
    def url(self) -> str:
        """Its URL."""
        return f"{'wss' if self._context else 'ws'}://{self.target}/"

    def __enter__(self) -> Peer:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.released.set()
        if exc_info[0] is None:
            self._thread.join(LIMIT)
        self._listener.close()
        if self._error is not None and exc_info[0] is None:
            raise AssertionError("the script went wrong") from self._error

    def wait(self) -> None:
        """Wait for the end of the script, and of the stream."""
        self._thread.join(LIMIT)

    def wait_for_mark(self) -> None:
        """Wait until the script is at the step ``mark``."""
        if not self.marked.wait(LIMIT):
            raise AssertionError("the script didn't come that far")

    def _serve(self) -> None:
        try:
            self._play()
        except (ssl.SSLError, ConnectionError) as error:
            # A client that doesn't like the certificate; so there is no script.
            self._error = error if any(self._scripts) else None
        except BaseException as error:
            self._error = error

    def _play(self) -> None:
        for script in self._scripts:
            sock = self._listener.accept()[0]
            sock.settimeout(LIMIT)
            with sock if self._context is None else self._wrap(sock) as wrapped:
                stream = Stream(wrapped, self)
                for step in script:
                    step(stream)

    def _wrap(self, sock: socket.socket) -> socket.socket:
        if self._context is None:
            raise AssertionError("there is no context")
        return self._context.wrap_socket(sock, server_side=True)


def meet(
    script: list[Step],
    command: str,
    *arguments: str,
    then: tuple[list[Step], ...] = (),
    context: ssl.SSLContext | None = None,
    **options: object,
) -> Outcome:
    """
    Run a client command against a peer that plays a script, and others behind it.

    The peer's address is ``PEER`` in the outcome.
    """
    with Peer(*script, then=then, context=context) as peer:
        outcome = run(command, peer.url, *arguments, **options)
    return outcome.mask(peer.target, "PEER")


def await_request(stream: Stream) -> None:
    """Take the request and don't answer."""
    stream.peer.request = stream.receive_request()


def accept(*headers: str, rest: bytes = b"") -> Step:
    """
    Answer the request with a good 101.

    Args:
        headers: More headers.
        rest: What is sent right behind it.
    """

    def step(stream: Stream) -> None:
        await_request(stream)
        lines = stream.peer.request.decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if line)
        digest = hashlib.sha1(fields["Sec-WebSocket-Key"].encode() + _GUID).digest()
        answer = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
            *headers,
        ]
        stream.socket.sendall("\r\n".join([*answer, "", ""]).encode() + rest)

    return step


def reply(data: bytes) -> Step:
    """Answer the request with these bytes, whatever they are."""

    def step(stream: Stream) -> None:
        await_request(stream)
        stream.socket.sendall(data)

    return step


def send(data: bytes) -> Step:
    """Send bytes."""
    return lambda stream: stream.socket.sendall(data)


def texts(*payloads: bytes) -> Step:
    """Send text messages, all at once."""
    return send(b"".join(frame(TEXT, payload) for payload in payloads))


def close(code: int | None = None, reason: str = "") -> Step:
    """Send a close frame, and wait for the client's."""

    def step(stream: Stream) -> None:
        stream.socket.sendall(close_frame(code, reason))
        stream.receive_frames(_has_close)

    return step


def answer_close(stream: Stream) -> None:
    """Wait for the client's close frame, and send it back."""
    stream.receive_frames(_has_close)
    stream.socket.sendall(frame(CLOSE, stream.peer.frames[-1][1]))


def await_frames(count: int) -> Step:
    """Wait for so many frames in all."""
    return lambda stream: stream.receive_frames(lambda frames: len(frames) >= count)


def await_end(stream: Stream) -> None:
    """Wait until the client ends the stream, whatever it still sends."""
    try:
        while stream.receive():
            pass
    except ConnectionResetError:
        return


def mark(stream: Stream) -> None:
    """Tell the test that the script has come this far."""
    stream.peer.marked.set()


def wait_for(stream: Stream) -> None:
    """Wait until the test goes on."""
    if not stream.peer.released.wait(LIMIT):
        raise AssertionError("the test didn't go on")


def end_stream(stream: Stream) -> None:
    """End our stream without a close frame (FIN), and wait for the client's end."""
    stream.socket.shutdown(socket.SHUT_WR)
    await_end(stream)


def reset(stream: Stream) -> None:
    """Reset the connection (RST)."""
    stream.socket.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    stream.socket.close()


def _has_close(frames: list[tuple[int, bytes]]) -> bool:
    return any(first & 0x0F == CLOSE for first, _ in frames)
