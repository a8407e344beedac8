"""What a pipe can be told, and what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from wstool.connection.handler import Ending
from wstool.connection.reconnect import ReconnectOptions
from wstool.connection.transport import Connection
from wstool.errors import WstoolError
from wstool.phrases import count_messages
from wstool.services.pipe.delivery import Proof
from wstool.streams.splitters import Splitter
from wstool.wire.batch import Batch
from wstool.wire.close import Close, CloseCode
from wstool.wire.opcode import Opcode


if TYPE_CHECKING:
    import re


__all__ = ["Input", "Output", "PipeOptions"]


class PipeOptions(NamedTuple):
    """What a pipe sends by itself, and when it ends."""

    greeting: tuple[Batch, ...] = ()
    """Messages to begin with on each connection."""
    initial: tuple[Batch, ...] = ()
    """Messages to send once, before those of the input."""
    reply_count: int | None = None
    """End after this many messages received."""
    until: re.Pattern[str] | None = None
    """End after a message in which this is found."""
    linger: float | None = None
    """
    End when, after the end of the input, nothing was sent or received for this many
    seconds; None to stay until the peer closes.
    """
    reply_timeout: float = 0.0
    """Seconds to wait for what is expected after the last message; 0 for no limit."""
    close: Close = Close(CloseCode.NORMAL_CLOSURE)
    ok_close: frozenset[int] = frozenset(
        {CloseCode.NORMAL_CLOSURE, CloseCode.GOING_AWAY}
    )
    """Close codes of the peer that are no error."""
    shows_sent: bool = False
    """Whether the output tells of what is sent, so that a slow one stops the input."""

    reconnect: ReconnectOptions | None = None
    """How to connect again; None to have one connection only."""
    proof: Proof = Proof.PONG
    """What proves, to whoever connects again, that messages were delivered."""
    resend: bool = True
    """Whether what may have been delivered is sent again on the next connection."""

    @property
    def expects(self) -> str | None:
        """What has to arrive, in words; None if nothing has to."""
        if self.until is not None:
            return f"a message that matches {self.until.pattern!r}"
        if self.reply_count is not None:
            return count_messages(self.reply_count)
        return None


class Input(NamedTuple):
    """Where messages come from, besides those that are sent first."""

    descriptor: int
    splitter: Splitter
    name: str = "stdin"


class Output(Protocol):
    """How messages and events become bytes of the output."""

    def render_batch(self, batch: Batch, /) -> bytes:
        """
        Render messages received.

        Raises:
            OutputFailed: If the output can't carry them.
        """

    def render_control(self, opcode: Opcode, payload: bytes, /) -> bytes:
        """Render a ping or pong received."""

    def render_opened(self, connection: Connection, /) -> bytes:
        """Render the opening."""

    def render_closed(self, ending: Ending, /) -> bytes:
        """Render the end of the connection."""

    def render_error(self, error: WstoolError, /) -> bytes:
        """Render what ends the run."""
