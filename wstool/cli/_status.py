"""Exit statuses: one enum, one table, the same in every subcommand."""

from __future__ import annotations

import enum

from wstool import errors


__all__ = ["MEANINGS", "ExitStatus", "find_status", "render_statuses"]


class ExitStatus(enum.IntEnum):
    """What the shell gets; the names are those in JSON output."""

    OK = 0
    EXPECTATION_FAILED = 1
    USAGE = 2
    CONNECT_FAILED = 3
    TLS_FAILED = 4
    HANDSHAKE_REFUSED = 5
    HANDSHAKE_INVALID = 6
    PROTOCOL_VIOLATION = 7
    CONNECTION_LOST = 8
    CLOSED_WITH_ERROR = 9
    UNDELIVERED = 10
    INPUT_INVALID = 11
    OUTPUT_FAILED = 12
    MESSAGE_TOO_BIG = 13
    INTERNAL_ERROR = 70
    TIMED_OUT = 124
    HUNG_UP = 129
    INTERRUPTED = 130
    OUTPUT_GONE = 141
    TERMINATED = 143


MEANINGS = {
    ExitStatus.OK: "all went as it was asked",
    ExitStatus.EXPECTATION_FAILED: "the reply awaited did not come; --verify says no",
    ExitStatus.USAGE: "arguments that don't fit",
    ExitStatus.CONNECT_FAILED: "no connection: DNS, TCP, Unix, proxy; a port in use",
    ExitStatus.TLS_FAILED: "certificate or TLS handshake",
    ExitStatus.HANDSHAKE_REFUSED: "an HTTP status other than 101",
    ExitStatus.HANDSHAKE_INVALID: "a response that makes no WebSocket connection",
    ExitStatus.PROTOCOL_VIOLATION: "the peer broke RFC 6455 or RFC 7692",
    ExitStatus.CONNECTION_LOST: "the stream ended without a close frame (1006)",
    ExitStatus.CLOSED_WITH_ERROR: "the peer closed with an error code",
    ExitStatus.UNDELIVERED: "the peer closed before all input was sent",
    ExitStatus.INPUT_INVALID: "input that doesn't fit its framing or kind",
    ExitStatus.OUTPUT_FAILED: "output refuses data, or can't carry a message",
    ExitStatus.MESSAGE_TOO_BIG: "a message over --max-size; closed with 1009",
    ExitStatus.INTERNAL_ERROR: "a bug in wstool, to be reported",
    ExitStatus.TIMED_OUT: "a time limit passed; the message names it",
    ExitStatus.HUNG_UP: "SIGHUP: the terminal was closed",
    ExitStatus.INTERRUPTED: "Ctrl-C",
    ExitStatus.OUTPUT_GONE: "the reader of stdout went away",
    ExitStatus.TERMINATED: "SIGTERM",
}
"""When a command ends with each, in the words of ``--help`` and of the README."""

_STATUSES: dict[type[errors.WstoolError], ExitStatus] = {
    errors.ExpectationFailed: ExitStatus.EXPECTATION_FAILED,
    errors.UsageError: ExitStatus.USAGE,
    errors.ConnectFailed: ExitStatus.CONNECT_FAILED,
    errors.TLSFailed: ExitStatus.TLS_FAILED,
    errors.HandshakeRefused: ExitStatus.HANDSHAKE_REFUSED,
    errors.HandshakeInvalid: ExitStatus.HANDSHAKE_INVALID,
    errors.ProtocolViolation: ExitStatus.PROTOCOL_VIOLATION,
    errors.ViolationsFound: ExitStatus.PROTOCOL_VIOLATION,
    errors.ConnectionLost: ExitStatus.CONNECTION_LOST,
    errors.ClosedWithError: ExitStatus.CLOSED_WITH_ERROR,
    errors.Undelivered: ExitStatus.UNDELIVERED,
    errors.InputInvalid: ExitStatus.INPUT_INVALID,
    errors.OutputFailed: ExitStatus.OUTPUT_FAILED,
    errors.OutputGone: ExitStatus.OUTPUT_GONE,
    errors.MessageTooBig: ExitStatus.MESSAGE_TOO_BIG,
    errors.TimedOut: ExitStatus.TIMED_OUT,
}


def find_status(error: errors.WstoolError) -> ExitStatus:
    """Find the exit status of an error."""
    if isinstance(error, errors.Stopped):
        return ExitStatus(128 + error.signal_number)
    return _STATUSES[type(error)]


def render_statuses() -> str:
    """Render the table of exit statuses for ``--help``, a line for each."""
    return "\n".join(
        f"{status:>3}  {status.name.lower():<18}  {MEANINGS[status]}"
        for status in ExitStatus
    )
