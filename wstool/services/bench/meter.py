"""What a load counts, and the samples in which that leaves its process."""

from __future__ import annotations

import re
from typing import NamedTuple

from wstool.connection.handler import Ending
from wstool.errors import WstoolError
from wstool.measure.recorder import Recorder


__all__ = [
    "SAMPLE_INTERVAL",
    "Failure",
    "Fall",
    "Meter",
    "Sample",
    "name_error",
]

SAMPLE_INTERVAL = 0.25
"""Seconds from one sample to the next."""

_MAX_FALLS = 100


class Failure(NamedTuple):
    """Errors of one kind."""

    times: int
    text: str
    """What the first of them said; a peer may have written it."""


class Fall(NamedTuple):
    """The end of a connection that was to stay."""

    after: float
    """Seconds since the start."""
    kind: str
    text: str


class Sample(NamedTuple):
    """What happened since the last sample; it goes from process to process."""

    start: float
    """Seconds since the start of the run."""
    end: float
    sent: int = 0
    received: int = 0
    bytes_sent: int = 0
    """Bytes of payload."""
    bytes_received: int = 0
    opened: int = 0
    """Connections opened."""
    open: int = 0
    """Connections that are open at the end of it."""
    latency: bytes = b""
    """Counts of the latencies, packed; empty without any."""
    opening: bytes = b""
    """Those of the opening handshakes."""
    lag: bytes = b""
    """Those of how late messages left, with a rate."""
    errors: dict[str, Failure] = {}  # noqa: RUF012
    fell: int = 0
    """Connections that ended too early."""
    falls: tuple[Fall, ...] = ()
    """The first of these."""
    measured: float | None = None
    """In the last sample: seconds from the start to the end of the measurement."""


class Meter:
    """Counters that any number of connections add to."""

    __slots__ = (
        "_errors",
        "_fallen",
        "_falls",
        "_fell",
        "_last",
        "bytes_received",
        "bytes_sent",
        "lag",
        "latency",
        "open",
        "opened",
        "opening",
        "received",
        "sent",
        "turned",
        "turned_size",
    )

    def __init__(self) -> None:
        """Start at 0."""
        self.latency = Recorder()
        self.opening = Recorder()
        self.lag = Recorder()
        self.open = 0
        self.turned_size = 0
        """Bytes of each message that is turned."""
        self._fallen = 0
        self._last = 0.0
        self._clear()

    def fail(self, kind: str, text: str, count: int = 1) -> None:
        """Count errors."""
        if count:
            before = self._errors.get(kind)
            if before is None:
                self._errors[kind] = Failure(count, text)
            else:
                self._errors[kind] = before._replace(times=before.times + count)

    def fail_with(self, error: WstoolError) -> None:
        """Count an error by the name of its class."""
        self.fail(name_error(error), str(error))

    def fall_with(self, after: float, ending: Ending, ok_close: frozenset[int]) -> None:
        """Count a connection that ended too early, by what its ending says."""
        error = ending.find_error(ok_close)
        if error is not None:
            self.fall(after, name_error(error), str(error))
        else:
            text = f"the peer closed with {ending.close_received}"
            self.fall(after, "closed_early", text)

    def fall(self, after: float, kind: str, text: str) -> None:
        """Count a connection that ended too early; the first ones are kept."""
        self.fail(kind, text)
        if self._fallen < _MAX_FALLS:
            self._falls.append(Fall(after, kind, text))
        self._fallen += 1
        self._fell += 1

    def take(self, now: float, measured: float | None = None) -> Sample:
        """Take what happened since the last time, in seconds since the start."""
        turned = self.turned
        turned_bytes = turned * self.turned_size
        sample = Sample(
            start=self._last,
            end=now,
            sent=self.sent + turned,
            received=self.received + turned,
            bytes_sent=self.bytes_sent + turned_bytes,
            bytes_received=self.bytes_received + turned_bytes,
            opened=self.opened,
            open=self.open,
            latency=self.latency.take(),
            opening=self.opening.take(),
            lag=self.lag.take(),
            errors=self._errors,
            fell=self._fell,
            falls=tuple(self._falls),
            measured=measured,
        )
        self._last = now
        self._clear()
        return sample

    def _clear(self) -> None:
        self.sent = self.received = self.opened = 0
        self.turned = 0
        """Messages that came back and left again: both received and sent."""
        self.bytes_sent = self.bytes_received = 0
        self._errors: dict[str, Failure] = {}
        self._fell = 0
        self._falls: list[Fall] = []


def name_error(error: WstoolError) -> str:
    """Name the kind of an error, as the exit statuses are named."""
    words = re.findall("[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]+", type(error).__name__)
    return "_".join(words).lower()
