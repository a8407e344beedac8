"""What was seen, written as a capture."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from wstool.capture.writer import Conversation, serialize_head
from wstool.services.inspector.findings import (
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
)
from wstool.wire.handshake import Request


__all__ = ["CaptureWriter"]

_CLIENT, _SERVER = ("127.0.0.1", 40_000), ("127.0.0.1", 80)
# Programs that read captures know a WebSocket connection by its handshake; frames that
# came without one get this.
_REQUEST = (
    b"GET / HTTP/1.1\r\nHost: unknown\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
_RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
)
# Sequence numbers of TCP can't tell a wider gap from a step back.
_MAX_GAP = 1 << 31
_DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"


class CaptureWriter:
    """Write findings as a capture; a report like others."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        """
        Write the file's head.

        Args:
            write: Takes the file's bytes.
        """
        self._write = write
        self._names: dict[int, tuple[tuple[str, int], tuple[str, int]]] = {}
        self._conversations: dict[int, Conversation] = {}
        self._introduced: set[int] = set()
        self._time = 0.0
        self.unkept = 0
        """Bytes that are missing, since nobody has kept them."""
        write(serialize_head())

    def handshake_found(self, half: HandshakeHalf) -> None:
        """Write a half of the opening handshake."""
        self._introduced.add(half.connection)
        message = half.message
        if isinstance(message, Request):
            first = f"{message.method} {message.resource_name} {message.version}"
        else:
            first = f"{message.version} {message.status} {message.reason}"
        lines = [first, *(f"{name}: {value}" for name, value in message.headers)]
        head = "\r\n".join([*lines, *message.malformed, "", ""])
        data = head.encode("utf-8", "surrogateescape")
        self._add(half.connection, half.direction, data, half.time)

    def frames_found(self, frames: list[InspectedFrame]) -> None:
        """Write frames."""
        for item in frames:
            if item.connection not in self._introduced:
                self._introduce(item)
            frame = item.frame
            if frame.unkept >= _MAX_GAP:
                self.unkept += frame.received
                continue
            data = frame.raw_header + frame.raw_payload
            self._add(item.connection, item.direction, data, item.time)
            if frame.unkept:
                self.unkept += frame.unkept
                conversation = self._conversations[item.connection]
                conversation.skip(item.direction is Direction.SENT, frame.unkept)

    def event_found(self, event: Event) -> None:
        """Take the addresses of a connection, or write its end."""
        if event.time is not None:
            self._time = event.time
        if event.kind is EventKind.CONNECTION and event.connection is not None:
            names = _parse_names(event.text)
            if names is not None:
                self._names[event.connection] = names
        elif event.kind in (EventKind.END, EventKind.RESET):
            self._end(event)

    def remainder_found(self, remainder: Remainder) -> None:
        """Write what is left and is no frame."""
        leftover = remainder.leftover
        if leftover is not None and leftover.frame is None:
            self._add(remainder.connection, remainder.direction, leftover.data, None)

    def _end(self, event: Event) -> None:
        """Write how a connection ended; one without an end may go on."""
        conversation = self._conversations.pop(event.connection or 0, None)
        if conversation is None:
            return
        by_client = event.direction and event.direction is Direction.SENT
        if event.kind is EventKind.RESET:
            data = conversation.reset(self._time, by_client=bool(by_client))
        else:
            data = conversation.finish(self._time, by_client=by_client)
        self._write(data)

    def _introduce(self, item: InspectedFrame) -> None:
        """Write a handshake for frames that came without one."""
        self._introduced.add(item.connection)
        extension = _DEFLATE if item.compression_assumed else b""
        for direction, head in (
            (Direction.SENT, _REQUEST),
            (Direction.RECEIVED, _RESPONSE),
        ):
            data = head + extension + b"\r\n"
            self._add(item.connection, direction, data, item.time)

    def _add(
        self, connection: int, direction: Direction, data: bytes, time: float | None
    ) -> None:
        if time is not None:
            self._time = time
        conversation = self._conversations.get(connection)
        if conversation is None:
            port = 1024 + (_CLIENT[1] + connection) % 64_000
            client, server = self._names.get(connection, ((_CLIENT[0], port), _SERVER))
            conversation = Conversation(client, server)
            self._conversations[connection] = conversation
        from_client = direction is Direction.SENT
        self._write(conversation.write(from_client, data, self._time))


def _parse_names(text: str) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """Read the addresses of a connection; None if they are no addresses of IP."""
    ends = []
    for name in text.split(" > "):
        host, _, port = name.rpartition(":")
        try:
            ends.append((ipaddress.ip_address(host.strip("[]")), int(port)))
        except ValueError:
            return None
    if len(ends) != 2 or max(ends[0][1], ends[1][1]) > 65535:
        return None
    # A packet has one version of IP; a proxy may have a side of each.
    mapped = ends[0][0].version != ends[1][0].version
    client, server = (
        (f"::ffff:{address}" if mapped and address.version == 4 else str(address), port)
        for address, port in ends
    )
    return client, server
