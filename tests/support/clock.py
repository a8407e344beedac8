"""An event loop whose clock a test can put forward."""

from __future__ import annotations

import asyncio


__all__ = ["ClockLoop"]


class ClockLoop(asyncio.SelectorEventLoop):
    """Run timers when a test says that their time has come."""

    def __init__(self):
        """Start with the system's clock."""
        super().__init__()
        self._ahead = 0.0

    def time(self):
        """Tell the time."""
        return super().time() + self._ahead

    async def put_forward(self, seconds, *, step=1.0):
        """Put the clock forward, a step at a time, and let due timers run."""
        for _ in range(round(seconds / step)):
            self._ahead += step
            # Timers run in the next turn, what they cause in those after it.
            for _ in range(5):
                await asyncio.sleep(0)
