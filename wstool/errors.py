"""
What can go wrong, one leaf for each row of the table of exit statuses.

::

    WstoolError
    ├── ExpectationFailed      a reply did not come, a check said no
    ├── UsageError             arguments that don't fit
    ├── ConnectFailed          DNS, TCP, Unix socket, proxy
    ├── TLSFailed              certificate or TLS handshake
    ├── HandshakeRefused       an HTTP status other than 101
    ├── HandshakeInvalid       a response that makes no WebSocket connection
    ├── ProtocolViolation      the peer broke RFC 6455 or RFC 7692
    │   └── ViolationsFound    what was inspected breaks them
    ├── ConnectionLost         the stream ended without a close frame
    ├── ClosedWithError        the peer closed with an error code
    ├── Undelivered            the peer closed before all input was sent
    ├── InputInvalid           input that doesn't fit its framing or kind
    ├── OutputFailed           output refuses data or cannot carry it
    ├── OutputGone             the reader of our output went away
    ├── MessageTooBig          a message over our limit
    ├── TimedOut               a time limit, by name
    └── Stopped                a signal

Exceptions carry data; ``str()`` of one is the sentence for the user. The sentences say
nothing of exit statuses: those are the command line's.
"""

from __future__ import annotations

from wstool.phrases import describe_progress


__all__ = [
    "ClosedWithError",
    "ConnectFailed",
    "ConnectionLost",
    "ExpectationFailed",
    "HandshakeInvalid",
    "HandshakeRefused",
    "InputInvalid",
    "MessageTooBig",
    "OutputFailed",
    "OutputGone",
    "ProtocolViolation",
    "Stopped",
    "TLSFailed",
    "TimedOut",
    "Undelivered",
    "UsageError",
    "ViolationsFound",
    "WstoolError",
]


# What a peer would say again: protocol error, unsupported data, invalid data, policy
# violation, message too big, mandatory extension; unauthorized and forbidden of the
# registry (RFC 6455, 11.7).
_PERMANENT_CODES = frozenset({1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003})
# Statuses from 300 to 499 that pass: timeout, too early, too many requests. Those from
# 500 on all do, but for what the server will never know how to do.
_PASSING_STATUSES = frozenset({408, 425, 429})
_LASTING_STATUSES = frozenset({501, 505})


class WstoolError(Exception):
    """Something that the user has to know about; never raised itself."""

    detail: str = ""
    """More lines for the user, such as the body of a refusal; escape before use."""
    permanent: bool = True
    """Whether the same would come of another attempt to connect."""


class ExpectationFailed(WstoolError):
    """A reply that was waited for did not come, or a check said no."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(expected, got)
        self.expected = expected
        self.got = got

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.got}"


class UsageError(WstoolError):
    """Arguments that don't fit."""


class ConnectFailed(WstoolError):
    """The server could not be reached, or an address not be had to listen on."""

    def __init__(
        self,
        target: str,
        problem: str,
        *,
        doing: str = "connect to",
        detail: str = "",
        permanent: bool = False,
        retry_after: str | None = None,
    ) -> None:
        """
        Say what was tried, and why it failed.

        Args:
            detail: More lines, such as the body of a proxy's refusal.
            permanent: Whether trying again can't help: credentials, rules.
            retry_after: When a proxy says to try again (RFC 9110, 10.2.3).
        """
        super().__init__(target, problem, doing)
        self.target = target
        self.problem = problem
        self.doing = doing
        self.detail = detail
        self.permanent = permanent
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"can't {self.doing} {self.target}: {self.problem}"


class TLSFailed(WstoolError):
    """The TLS handshake failed, or the certificate isn't good."""

    def __init__(
        self, target: str, problem: str, *, permanent: bool = False, detail: str = ""
    ) -> None:
        """
        Say with whom, and why.

        Args:
            permanent: Whether another attempt would fail in the same way: True for
                certificates, pins, names, versions and ciphers, False where the
                connection just broke.
            detail: What the certificate holds; a line for each fact.
        """
        super().__init__(target, problem)
        self.target = target
        self.problem = problem
        self.permanent = permanent
        self.detail = detail

    def __str__(self) -> str:
        return f"TLS with {self.target} failed: {self.problem}"


class HandshakeRefused(WstoolError):
    """The server answered the opening handshake with an HTTP status other than 101."""

    def __init__(
        self,
        status: int,
        reason: str,
        *,
        detail: str = "",
        location: str | None = None,
        retry_after: str | None = None,
    ) -> None:
        """
        Say what it answered.

        Args:
            location: Value of its Location header, in Latin-1.
            retry_after: Value of its Retry-After header, for ``parse_retry_after``.
        """
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.location = location
        self.retry_after = retry_after
        self.remark = ""
        """What else the user should know, such as why a redirect isn't followed."""
        passing = status in _PASSING_STATUSES or status >= 500
        self.permanent = not passing or status in _LASTING_STATUSES

    def __str__(self) -> str:
        words = f"HTTP {self.status} {self.reason}".rstrip()
        remark = f" ({self.remark})" if self.remark else ""
        return f"the server refused the handshake: {words}{remark}"


class HandshakeInvalid(WstoolError):
    """The server's response makes no WebSocket connection."""

    def __init__(
        self, problem: str, *, detail: str = "", permanent: bool = True
    ) -> None:
        """
        Say what is wrong with it.

        Args:
            permanent: Whether another attempt would fare the same; False where the
                stream ended before the response was whole.
        """
        super().__init__(problem)
        self.problem = problem
        self.detail = detail
        self.permanent = permanent

    def __str__(self) -> str:
        return f"invalid handshake response: {self.problem}"


class ProtocolViolation(WstoolError):
    """The peer broke RFC 6455 or RFC 7692."""

    def __init__(self, section: str, problem: str) -> None:
        super().__init__(section, problem)
        self.section = section
        self.problem = problem

    def __str__(self) -> str:
        return f"the peer broke the protocol: {self.problem} ({self.section})"


class ViolationsFound(ProtocolViolation):
    """What was inspected breaks RFC 6455 or RFC 7692, or is worth a remark."""

    def __init__(self, counted: str, first: str, section: str, problem: str) -> None:
        super().__init__(section, problem)
        self.counted = counted
        self.first = first

    def __str__(self) -> str:
        where = f"{self.counted}, the first at {self.first}"
        return f"{where}: {self.problem} ({self.section})"


class ConnectionLost(WstoolError):
    """The stream ended without a close frame."""

    permanent = False

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"connection lost without a close frame (1006): {self.problem}"


class ClosedWithError(WstoolError):
    """The peer closed with a code that means an error."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.permanent = code in _PERMANENT_CODES

    def __str__(self) -> str:
        return f"the peer closed the connection: {self.description}"


class Undelivered(WstoolError):
    """The connection ended before all input was sent."""

    permanent = False

    def __init__(self, sent: int, taken: int, cause: str, *, unknown: str = "") -> None:
        """
        Say how far it came.

        Args:
            sent: Messages that went out whole.
            taken: Messages that had been taken from the input.
            cause: How the connection ended.
            unknown: Names those that may have been delivered or not, if any.
        """
        super().__init__(sent, taken, cause, unknown)
        self.sent = sent
        self.taken = taken
        self.cause = cause
        self.unknown = unknown

    def __str__(self) -> str:
        progress = describe_progress(self.sent, self.taken, unknown=self.unknown)
        return f"not all input was delivered: {progress}; {self.cause}"


class InputInvalid(WstoolError):
    """Input doesn't fit the chosen framing or kind."""

    def __init__(
        self,
        source: str,
        problem: str,
        *,
        line: int | None = None,
        offset: int | None = None,
    ) -> None:
        """
        Say where and what.

        Args:
            source: Name of the input, such as ``stdin``.
            line: Number of the message, from 1.
            offset: Offset in the input, in bytes, from 0.
        """
        super().__init__(source, problem, line, offset)
        self.source = source
        self.problem = problem
        self.line = line
        self.offset = offset

    def __str__(self) -> str:
        where = self.source
        if self.line is not None:
            where += f", line {self.line}"
        if self.offset is not None:
            where += f", byte {self.offset}"
        return f"{where}: {self.problem}"


class OutputFailed(WstoolError):
    """Output refuses data, or its framing cannot carry a message."""

    def __init__(self, target: str, problem: str, *, hint: str | None = None) -> None:
        super().__init__(target, problem)
        self.target = target
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        hint = f" (try {self.hint})" if self.hint else ""
        return f"can't write to {self.target}: {self.problem}{hint}"


class OutputGone(WstoolError):
    """The reader of our output went away."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target

    def __str__(self) -> str:
        return f"the reader of {self.target} went away"


class MessageTooBig(WstoolError):
    """A message is over our limit."""

    def __init__(self, problem: str, *, option: str = "--max-size") -> None:
        super().__init__(problem)
        self.problem = problem
        self.option = option

    def __str__(self) -> str:
        return f"{self.problem}; {self.option} sets the limit"


class TimedOut(WstoolError):
    """A time limit passed."""

    permanent = False

    def __init__(self, doing: str, seconds: float, option: str) -> None:
        """
        Name the limit.

        Args:
            doing: What took too long, such as ``waiting for a reply``.
            seconds: The limit.
            option: The option that sets it.
        """
        super().__init__(doing, seconds, option)
        self.doing = doing
        self.seconds = seconds
        self.option = option

    def __str__(self) -> str:
        return f"timed out {self.doing} ({self.option} {self.seconds:g} s)"


class Stopped(WstoolError):
    """A signal asked us to stop."""

    def __init__(self, signal_number: int, signal_name: str) -> None:
        super().__init__(signal_number, signal_name)
        self.signal_number = signal_number
        self.signal_name = signal_name

    def __str__(self) -> str:
        return f"stopped by {self.signal_name}"
