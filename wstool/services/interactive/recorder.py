"""What goes to a transcript, while there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wstool.errors import WstoolError
from wstool.services.interactive.messages import Run
from wstool.wire.close import Close


if TYPE_CHECKING:
    from wstool.services.interactive.transcript import Transcript


__all__ = ["Recorder"]


class Recorder:
    """
    Hand what happens to a transcript, if anything is recorded now.

    Args:
        time: Clock, in seconds since the epoch.
        render_error: Makes a line of an error; None for one with the sentence only.
    """

    def __init__(
        self,
        time: Callable[[], float],
        render_error: Callable[[WstoolError], bytes] | None,
    ) -> None:
        self._time = time
        self._render_error = render_error
        self.transcript: Transcript | None = None
        """Where it's recorded."""
        self._former: list[Transcript] = []

    def switch(self, transcript: Transcript | None) -> None:
        """Record elsewhere from now on; what the former transcript has is written."""
        if self.transcript is not None:
            self._former.append(self.transcript)
        self.transcript = transcript

    def add_run(self, run: Run) -> None:
        """Record messages."""
        if self.transcript is not None:
            self.transcript.add_run(run)

    def add(
        self,
        type_: str,
        *,
        sent: bool | None,
        payload: bytes | None = None,
        close: Close | None = None,
        **extra: object,
    ) -> None:
        """Record a control frame, or the opening."""
        if self.transcript is not None:
            self.transcript.add_event(
                type_, self._time(), sent=sent, payload=payload, close=close, **extra
            )

    def add_error(self, error: WstoolError | None) -> None:
        """Record what went wrong, if anything did."""
        if error is None or self.transcript is None:
            return
        if self._render_error is None:
            self.add("error", sent=None, message=str(error))
        else:
            self.transcript.add_line(self._render_error(error))

    async def finish(self) -> WstoolError | None:
        """Write what is left; give what kept the last transcript from being whole."""
        for former in self._former:
            await former.finish()
        return None if self.transcript is None else await self.transcript.finish()
