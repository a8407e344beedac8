"""What a service implements, and how a connection tells it that it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from wstool.errors import ClosedWithError, WstoolError
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


if TYPE_CHECKING:
    from wstool.connection.transport import Connection


__all__ = ["Ending", "Handler", "QuietHandler"]


class Ending(NamedTuple):
    """How a connection ended."""

    error: WstoolError | None
    """What went wrong; None after a closing handshake, whatever its code."""
    close_received: Close | None
    close_sent: Close | None
    closed_by_peer: bool = False
    """Whether the peer's close frame came before ours."""

    def find_error(self, ok_codes: frozenset[int]) -> WstoolError | None:
        """Find out what was wrong with it; None if nothing was."""
        return self.error or self.find_close_error(ok_codes)

    def find_close_error(self, ok_codes: frozenset[int]) -> ClosedWithError | None:
        """
        Find out whether the peer closed with a code that means an error.

        A code of ours that the peer just echoed doesn't.
        """
        close = self.close_received
        if close is None or close.code is None or close.code in ok_codes:
            return None
        sent = self.close_sent
        if not self.closed_by_peer and sent is not None and sent.code == close.code:
            return None
        return ClosedWithError(close.code, str(close))


class Handler(Protocol):
    """What a service does with its connections. Calls are synchronous and quick."""

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Take messages, in order."""

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Take note of a ping; it's answered already."""

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Take a pong."""

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Take note of the peer's close frame; it's answered already."""

    def writing_paused(self, connection: Connection, /) -> None:
        """Stop sending: the peer reads too slowly."""

    def writing_resumed(self, connection: Connection, /) -> None:
        """Go on sending."""

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Take the end; nothing comes after it."""


class QuietHandler:
    """A handler that does nothing with what comes; the others say what they do."""

    __slots__ = ()

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Need no messages."""

    def ping_received(self, connection: Connection, payload: bytes, /) -> None:
        """Need nothing: pings are answered already."""

    def pong_received(self, connection: Connection, payload: bytes, /) -> None:
        """Need nothing: keep-alive sees to pongs."""

    def close_received(self, connection: Connection, close: Close, /) -> None:
        """Need nothing: close frames are answered already, and the end follows."""

    def writing_paused(self, connection: Connection, /) -> None:
        """Need nothing: little is sent, or who sends looks at the connection."""

    def writing_resumed(self, connection: Connection, /) -> None:
        """Need nothing."""

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Need nothing: there is no state."""
