"""What inspectors find, kept for tests."""

from __future__ import annotations

import itertools

from wstool.services.inspector import (
    Direction,
    Event,
    InspectedFrame,
    LiveInspector,
    OfflineInspector,
)
from wstool.wire.handshake import Response


__all__ = [
    "COMPRESSED",
    "COMPRESSED_AGAIN",
    "KEY",
    "RECEIVED",
    "REQUEST_HEAD",
    "RESPONSE_HEAD",
    "SENT",
    "Recorder",
    "inspect_live",
    "inspect_runs",
    "respond",
]

KEY = b"abcd"
COMPRESSED = bytes.fromhex("f248cdc9c90700")
COMPRESSED_AGAIN = bytes.fromhex("f200110000")
REQUEST_HEAD = (
    b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
RESPONSE_HEAD = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"\r\n"
)
SENT, RECEIVED = Direction.SENT, Direction.RECEIVED


class Recorder:
    """Keep what an inspector finds."""

    def __init__(self):
        self.findings = []

    def handshake_found(self, half):
        """Keep a half of the opening handshake."""
        self.findings.append(half)

    def frames_found(self, frames):
        """Keep frames."""
        self.findings += frames

    def event_found(self, event):
        """Keep an event, unless it is nothing to show."""
        if not event.silent:
            self.findings.append(event)

    def remainder_found(self, remainder):
        """Keep a remainder."""
        self.findings.append(remainder)

    def frames(self):
        """Give the frames in short: number, direction, offset, payload."""
        return [
            (found.number, found.direction, found.frame.offset, found.frame.payload)
            for found in self.items()
        ]

    def items(self):
        """Give the frames."""
        return [item for item in self.findings if isinstance(item, InspectedFrame)]

    def contents(self):
        """Give direction, opcode and payload of each frame."""
        return [
            (found.direction, found.frame.header.opcode, found.frame.payload)
            for found in self.items()
        ]

    def texts(self):
        """Give the texts of events."""
        return [found.text for found in self.findings if isinstance(found, Event)]

    def rules(self):
        """Give the rules that each frame breaks."""
        return [[found.rule for found in item.violations] for item in self.items()]


def inspect_runs(*runs, **options):
    """Inspect runs of bytes, which may come in pieces."""
    recorder = Recorder()
    inspector = OfflineInspector(recorder, **options)
    for run in runs:
        inspector.start_run()
        for piece in [run] if isinstance(run, bytes) else run:
            inspector.feed(piece)
    inspector.finish()
    return recorder


def respond(status=101, extensions=()):
    """Make a response."""
    headers = [("Sec-WebSocket-Extensions", value) for value in extensions]
    return Response("HTTP/1.1", status, "", headers, [])


def inspect_live(*extensions):
    """Begin to inspect a connection; give what is found and the callbacks."""
    recorder = Recorder()
    inspector = LiveInspector(recorder, clock=itertools.count(100).__next__)
    inspector.observer.response_received(respond(extensions=extensions))
    recorder.findings.clear()
    return recorder, inspector.observer, inspector
