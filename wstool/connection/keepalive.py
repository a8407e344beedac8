"""
Keep-alive: pings at an interval, and a limit for the silence after one.

Any byte counts as life, so a busy line is never taken for a dead one; and it rests
while we have paused reading, because the pong may be waiting unread.
"""

from __future__ import annotations

import enum


__all__ = ["Action", "KeepAlive"]


class Action(enum.Enum):
    """What is due now."""

    NOTHING = 0
    PING = 1
    GIVE_UP = 2


class KeepAlive:
    """Decide when to ping and when to give up; the clock is the caller's."""

    __slots__ = ("_give_up_at", "_interval", "_ping_at", "_timeout")

    def __init__(self, *, interval: float, timeout: float, now: float) -> None:
        """
        Start at the opening.

        Args:
            interval: Seconds between pings; 0 for none.
            timeout: Seconds of silence allowed after a ping; 0 for no limit.
        """
        self._interval = interval
        self._timeout = timeout
        self._ping_at = now + interval
        self._give_up_at = 0.0

    def check(self, now: float, *, heard: bool, resting: bool) -> Action:
        """
        Say what is due; call it about once a second.

        Args:
            heard: Whether anything arrived since the last call.
            resting: Whether we have paused reading.
        """
        if heard or resting:
            self._give_up_at = 0.0
        elif self._give_up_at and now >= self._give_up_at:
            return Action.GIVE_UP
        if not self._interval or resting or now < self._ping_at:
            return Action.NOTHING
        self._ping_at = now + self._interval
        if self._timeout and not self._give_up_at:
            self._give_up_at = now + self._timeout
        return Action.PING

    def postpone(self, now: float) -> None:
        """Wait once more for the answer to the last ping."""
        self._give_up_at = now + self._timeout
