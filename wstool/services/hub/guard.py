"""What stands between the clients and a mode: rates, and what messages must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wstool.connection.handler import Ending
from wstool.connection.rate import Buckets, Rate
from wstool.connection.transport import Connection
from wstool.services.hub.checks import MessageCheck
from wstool.services.hub.mode import Mode
from wstool.services.hub.relay import RelayMode
from wstool.wire.close import Close, CloseCode, shorten_reason
from wstool.wire.opcode import Opcode


__all__ = ["Guard", "GuardOptions"]


class GuardOptions(NamedTuple):
    """What a client's messages are held to; None asks for nothing."""

    message_rate: Rate | None = None
    byte_rate: Rate | None = None
    check: MessageCheck | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is asked for."""
        return any(option is not None for option in self)


class Guard(RelayMode):
    """
    A mode behind a guard: it gets the messages that are good.

    What comes before a bad message is handed on; the bad one closes the connection,
    and what stands behind it is dropped.
    """

    def __init__(
        self, mode: Mode, options: GuardOptions, clock: Callable[[], float]
    ) -> None:
        super().__init__(mode)
        self._options = options
        self._clock = clock
        message_rate, byte_rate = options.message_rate, options.byte_rate
        self._messages = (
            None if message_rate is None else Buckets[Connection](message_rate)
        )
        self._bytes = None if byte_rate is None else Buckets[Connection](byte_rate)

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Hand the good messages on; close at the first that isn't."""
        if not connection.is_open:
            # Our close frame is sent: whatever comes until it is read is too late.
            return
        good, close = self._judge(connection, opcode, payloads)
        if good:
            self._mode.batch_received(connection, opcode, payloads[:good])
        if close is not None:
            connection.close(close)

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Forget a client."""
        for buckets in (self._messages, self._bytes):
            if buckets is not None:
                buckets.forget(connection)
        super().connection_ended(connection, ending)

    def _judge(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes]
    ) -> tuple[int, Close | None]:
        """Count the messages that are good, and say how to close for the next one."""
        good, close = len(payloads), None
        now = self._clock()
        for buckets, amounts, rate, unit in (
            (self._messages, [1] * good, self._options.message_rate, "messages"),
            (self._bytes, [*map(len, payloads)], self._options.byte_rate, "bytes"),
        ):
            if buckets is None:
                continue
            affordable = buckets.count_affordable(connection, amounts[:good], now)
            if affordable < good:
                good = affordable
                reason = f"too fast: over {rate} {unit}"
                close = Close(CloseCode.POLICY_VIOLATION, reason)
        check = self._options.check
        if check is None:
            return good, close
        for number, payload in enumerate(payloads[:good]):
            problem = check(opcode, payload)
            if problem is not None:
                return number, Close(problem.code, shorten_reason(problem.reason))
        return good, close
