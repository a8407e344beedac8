"""
Both directions of a connection, dissected into one sequence of frames.

The bytes come from a live connection, as they pass, or from anywhere else; then it may
be unknown which side sent them and what the opening handshake agreed on. Directions are
the client's: what it sends is `sent`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import NamedTuple, Protocol

from wstool.connection.options import Observer
from wstool.wire.deflate import DeflateParams, Inflater
from wstool.wire.dissector import DissectedFrame, Dissector, Leftover
from wstool.wire.handshake import Request, Response, agree_deflate, find_values
from wstool.wire.tracker import Part


__all__ = [
    "Direction",
    "InspectedFrame",
    "LiveInspector",
    "OfflineInspector",
    "Remainder",
    "Report",
]


class Direction(enum.Enum):
    """Which way a frame went, as the client sees it."""

    SENT = "sent"
    RECEIVED = "received"


class InspectedFrame(NamedTuple):
    """A frame in the course of a connection."""

    number: int
    """From 1, over both directions."""
    direction: Direction
    frame: DissectedFrame
    time: float | None = None
    """Seconds since the epoch; None if nobody knows."""
    compression_assumed: bool = False
    """Whether compression is a guess from RSV1, the negotiation being unknown."""


class Remainder(NamedTuple):
    """What is missing at the end of a direction."""

    direction: Direction
    leftover: Leftover | None = None
    """Bytes that make no whole frame."""
    unfinished: Part | None = None
    """The latest part of a message that has not ended."""


class Report(Protocol):
    """What an inspector hands its findings to."""

    def request_sent(self, request: Request, /) -> None:
        """Take the opening handshake's request."""

    def response_received(self, response: Response, /) -> None:
        """Take a response to it."""

    def frames_found(self, frames: list[InspectedFrame], /) -> None:
        """Take the next frames."""

    def remainder_found(self, remainder: Remainder, /) -> None:
        """Take what is missing at the end of a direction."""


class OfflineInspector:
    """
    Inspect bytes without their opening handshake.

    They come in runs, each of one direction. Which one the MASK bit of a run's first
    frame tells: a client's frames are masked. Within a frame the direction stays.
    """

    def __init__(
        self,
        report: Report,
        *,
        compression: bool = True,
        direction: Direction | None = None,
    ) -> None:
        """
        Start before the first run.

        Args:
            compression: Whether RSV1 may mean a compressed message.
            direction: Direction of all runs, where it is known.
        """
        params = DeflateParams() if compression else None
        self._conversation = _Conversation(report, params, assume_compression=True)
        self._known = direction
        self._direction = direction
        self._head = b""

    def start_run(self) -> None:
        """Begin a run of bytes."""
        if self._known is not None:
            return
        if self._direction and not self._conversation.in_frame(self._direction):
            self._direction = None

    def feed(self, data: bytes) -> None:
        """Take bytes of the run."""
        if self._direction is None:
            data = self._head + data
            self._head = b""
            if len(data) < 2:
                self._head = data
                return
            masked = data[1] & 0b1000_0000
            self._direction = Direction.SENT if masked else Direction.RECEIVED
        self._conversation.feed(self._direction, data)

    def finish(self) -> None:
        """Report what is missing at the end."""
        if self._head:
            self._conversation.feed(Direction.RECEIVED, self._head)
        self._conversation.finish()


class LiveInspector:
    """Inspect a connection as its bytes pass."""

    def __init__(self, report: Report, *, clock: Callable[[], float]) -> None:
        """
        Start before the opening handshake.

        Args:
            clock: Tells the time in seconds since the epoch.
        """
        self._report = report
        self._clock = clock
        self._conversation: _Conversation | None = None

    @property
    def observer(self) -> Observer:
        """The callbacks for the connection's options."""
        return Observer(
            request_sent=self._report.request_sent,
            response_received=self._receive_response,
            bytes_received=self._receive_bytes,
            bytes_sent=self._send_bytes,
        )

    def finish(self) -> None:
        """Report what is missing at the end."""
        if self._conversation is not None:
            self._conversation.finish()

    def _receive_response(self, response: Response) -> None:
        self._report.response_received(response)
        extensions = ", ".join(
            find_values(response.headers, "Sec-WebSocket-Extensions")
        )
        try:
            params = agree_deflate(extensions)
        except ValueError:
            # The handshake fails, and says why.
            return
        self._conversation = _Conversation(self._report, params, clock=self._clock)

    def _receive_bytes(self, data: bytes) -> None:
        if self._conversation is not None:
            self._conversation.feed(Direction.RECEIVED, data)

    def _send_bytes(self, data: bytes) -> None:
        if self._conversation is not None:
            self._conversation.feed(Direction.SENT, data)


class _Conversation:
    """Two directions, one numbering."""

    def __init__(
        self,
        report: Report,
        params: DeflateParams | None,
        *,
        assume_compression: bool = False,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._report = report
        self._clock = clock
        self._assume_compression = assume_compression
        self._count = 0
        self._dissectors = {
            direction: Dissector(
                masked=direction is Direction.SENT,
                new_inflater=_make_new_inflater(params, direction),
                assume_compression=assume_compression,
            )
            for direction in Direction
        }

    def in_frame(self, direction: Direction) -> bool:
        """Tell whether a frame has begun and not ended."""
        return self._dissectors[direction].in_frame

    def feed(self, direction: Direction, data: bytes) -> None:
        """Take bytes of one direction."""
        frames = self._dissectors[direction].feed(data)
        if frames:
            self._report_frames(direction, frames)

    def finish(self) -> None:
        """Report what is missing at the end of each direction."""
        for direction, dissector in self._dissectors.items():
            leftover = dissector.finish()
            unfinished = dissector.unfinished
            if leftover is not None and leftover.frame is not None:
                self._report_frames(direction, [leftover.frame])
                # A fragment that is cut off says enough about its message.
                unfinished = None if leftover.frame.part else unfinished
            if leftover is not None or unfinished is not None:
                self._report.remainder_found(Remainder(direction, leftover, unfinished))

    def _report_frames(
        self, direction: Direction, frames: list[DissectedFrame]
    ) -> None:
        time = self._clock() if self._clock else None
        first = self._count + 1
        self._count += len(frames)
        self._report.frames_found(
            [
                InspectedFrame(number, direction, frame, time, self._assume_compression)
                for number, frame in enumerate(frames, first)
            ]
        )


def _make_new_inflater(
    params: DeflateParams | None, direction: Direction
) -> Callable[[], Inflater] | None:
    if params is None:
        return None
    if direction is Direction.SENT:
        window_bits = params.client_max_window_bits
        no_context_takeover = params.client_no_context_takeover
    else:
        window_bits = params.server_max_window_bits
        no_context_takeover = params.server_no_context_takeover
    return lambda: Inflater(
        window_bits=window_bits, context_takeover=not no_context_takeover
    )
