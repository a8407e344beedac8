"""Whether to connect again after a connection has ended, and when."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from wstool.connection.handler import Ending
from wstool.connection.reconnect import Backoff, ReconnectOptions
from wstool.errors import (
    ConnectFailed,
    ExpectationFailed,
    HandshakeRefused,
    WstoolError,
)
from wstool.wire.close import CloseCode
from wstool.wire.retry_after import parse_retry_after


__all__ = ["Retrying"]


class Retrying:
    """Decide about the next attempt, and tell of it."""

    def __init__(
        self,
        options: ReconnectOptions,
        *,
        clock: Callable[[], float],
        note: Callable[[str], None],
        spread: Callable[[], float] = random.random,
    ) -> None:
        """
        Begin before the first connection.

        Args:
            clock: Tells seconds that only go forward.
            note: Takes a sentence for each attempt.
            spread: Gives numbers from 0 to 1 for the jitter.
        """
        self._options = options
        self._backoff = Backoff(options, spread=spread)
        self._clock = clock
        self._note = note
        self._opened_at: float | None = None

    def note_opened(self) -> None:
        """Take note that a connection is open."""
        self._opened_at = self._clock()

    def find_pause(
        self, error: WstoolError | None, ending: Ending | None
    ) -> float | None:
        """
        Decide whether to connect again.

        Args:
            error: What went wrong, if anything did.
            ending: How the connection ended, if it had begun.

        Returns:
            Seconds to wait before that; None not to connect any more.
        """
        if self._opened_at is not None:
            self._backoff.note_held(self._clock() - self._opened_at)
            self._opened_at = None
        wanted = self._options.on_any or _heals(error, ending)
        if not wanted or self._backoff.exhausted:
            return None
        asked = _find_retry_after(error)
        pause = self._backoff.next_delay(at_least=asked or 0.0)
        self._tell(_describe(error, ending), pause, asked=bool(asked))
        return pause

    def _tell(self, what: str, pause: float, *, asked: bool) -> None:
        limit = self._options.limit
        number = f"{self._backoff.attempts}" + (f" of {limit}" if limit else "")
        seconds = f"{pause:.2f} s" + (" (Retry-After)" if asked else "")
        self._note(f"{what}; connecting again in {seconds}, attempt {number}")


def _heals(error: WstoolError | None, ending: Ending | None) -> bool:
    """Tell whether another connection may do better."""
    if error is not None and not isinstance(error, ExpectationFailed):
        return not error.permanent
    # A peer that closed in peace is done, unless it said that it is going away.
    close = ending.close_received if ending is not None else None
    return close is not None and close.code == CloseCode.GOING_AWAY


def _find_retry_after(error: WstoolError | None) -> float | None:
    """Find the seconds that a server or a proxy asks to wait, if it does."""
    if isinstance(error, HandshakeRefused | ConnectFailed) and error.retry_after:
        return parse_retry_after(error.retry_after, time.time())
    return None


def _describe(error: WstoolError | None, ending: Ending | None) -> str:
    """Say what happened; that something is still missing goes without saying."""
    if error is not None and not isinstance(error, ExpectationFailed):
        return str(error)
    close = ending.close_received if ending is not None else None
    return f"the peer closed the connection: {close}"
