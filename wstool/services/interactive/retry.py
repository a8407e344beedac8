"""What decides whether and when a connection is dialed again."""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING, Protocol

from wstool.connection.reconnect import Backoff, ReconnectOptions
from wstool.errors import ConnectFailed, HandshakeRefused, WstoolError
from wstool.wire.close import CloseCode


if TYPE_CHECKING:
    from wstool.connection.handler import Ending


__all__ = ["BackoffRetry", "NoRetry", "Retry"]


class Retry(Protocol):
    """A policy for dialing again."""

    def next_delay(
        self, error: WstoolError | None, ending: Ending | None, /
    ) -> float | None:
        """
        Say how long to wait before the next attempt.

        Args:
            error: What was wrong with the last attempt or connection, if anything.
            ending: How the connection ended, if there was one.

        Returns:
            Seconds; None to dial no more.
        """

    def opened(self) -> None:
        """Take note that an attempt has made a connection."""


class NoRetry:
    """Leave it to the user."""

    def next_delay(
        self, error: WstoolError | None, ending: Ending | None, /
    ) -> float | None:
        """Give up at once."""
        return None

    def opened(self) -> None:
        """Need nothing."""


class BackoffRetry:
    """
    Dial again with growing pauses, after what may pass.

    Args:
        now: Clock, in seconds.
    """

    def __init__(
        self,
        options: ReconnectOptions,
        *,
        now: Callable[[], float],
        backoff: Backoff | None = None,
    ) -> None:
        self._on_any = options.on_any
        self._backoff = backoff or Backoff(options)
        self._now = now
        self._opened_at: float | None = None

    def next_delay(
        self, error: WstoolError | None, ending: Ending | None, /
    ) -> float | None:
        """Give the pause, unless it won't heal or no attempt is left."""
        if self._opened_at is not None:
            self._backoff.note_held(self._now() - self._opened_at)
            self._opened_at = None
        wanted = self._on_any or _may_pass(error, ending)
        if not wanted or self._backoff.exhausted:
            return None
        return self._backoff.next_delay(at_least=_find_retry_after(error))

    def opened(self) -> None:
        """Take note of when the connection began to hold."""
        self._opened_at = self._now()


def _find_retry_after(error: WstoolError | None) -> float:
    """Find the seconds that the server, or a proxy, asks to wait."""
    if isinstance(error, HandshakeRefused | ConnectFailed) and error.retry_after:
        from wstool.wire.retry_after import parse_retry_after

        return parse_retry_after(error.retry_after, now=time()) or 0.0
    return 0.0


def _may_pass(error: WstoolError | None, ending: Ending | None) -> bool:
    if error is not None:
        return not error.permanent
    # A peer that closed in peace is done, unless it said that it is going away.
    close = None if ending is None else ending.close_received
    return close is not None and close.code == CloseCode.GOING_AWAY
