"""Close codes and close payloads (RFC 6455, sections 5.5.1 and 7.4)."""

from __future__ import annotations

import enum
from typing import NamedTuple

from wstool.wire.violations import (
    Violation,
    close_code_reserved,
    close_payload_too_short,
    close_reason_invalid,
)


__all__ = [
    "MAX_REASON_SIZE",
    "Close",
    "CloseCode",
    "close_code_name",
    "find_close_violation",
    "is_sendable",
    "parse_close",
    "shorten_reason",
]

MAX_REASON_SIZE = 123
"""Bytes of UTF-8 that a close reason can have: a control frame less the code."""


class CloseCode(enum.IntEnum):
    """The close codes that IANA has registered (RFC 6455, 11.7)."""

    NORMAL_CLOSURE = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS_RECEIVED = 1005
    ABNORMAL_CLOSURE = 1006
    INVALID_DATA = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE = 1015
    UNAUTHORIZED = 3000
    FORBIDDEN = 3003
    TIMEOUT = 3008


class Close(NamedTuple):
    """What a close frame says."""

    code: int | None = None
    """Close code; None when the close frame has no payload."""
    reason: str = ""
    """Close reason."""

    def __str__(self) -> str:
        if self.code is None:
            return "no close code"
        named = f"{self.code} ({close_code_name(self.code)})"
        return f"{named} {self.reason}" if self.reason else named

    def serialize(self) -> bytes:
        """
        Serialize the payload of a close frame.

        Raises:
            ValueError: If the code must not travel, or the reason is too long.
        """
        if self.code is None:
            if self.reason:
                raise ValueError("a close reason needs a close code")
            return b""
        if not is_sendable(self.code):
            raise ValueError(f"close code {self.code} must not be sent")
        reason = self.reason.encode()
        if len(reason) > MAX_REASON_SIZE:
            raise ValueError(
                f"close reason has {len(reason)} bytes, more than {MAX_REASON_SIZE}"
            )
        return self.code.to_bytes(2, "big") + reason


def shorten_reason(reason: str) -> str:
    """Make a close reason fit a close frame (5.5), whole characters of it."""
    data = reason.encode(errors="backslashreplace")
    if len(data) <= MAX_REASON_SIZE:
        return data.decode()
    return data[: MAX_REASON_SIZE - 3].decode(errors="ignore") + "..."


def parse_close(payload: bytes) -> Close:
    """Parse the payload of a close frame; what isn't UTF-8 shows as escapes."""
    if len(payload) < 2:
        return Close()
    reason = payload[2:].decode(errors="backslashreplace")
    return Close(int.from_bytes(payload[:2], "big"), reason)


def find_close_violation(payload: bytes) -> Violation | None:
    """Find the rule that the payload of a close frame breaks."""
    if not payload:
        return None
    if len(payload) == 1:
        return close_payload_too_short()
    code = int.from_bytes(payload[:2], "big")
    if not is_sendable(code):
        return close_code_reserved(code)
    try:
        payload[2:].decode()
    except UnicodeDecodeError as error:
        return close_reason_invalid(error.start)
    return None


def is_sendable(code: int) -> bool:
    """Tell whether a close code may travel in a close frame (7.4.2)."""
    return 3000 <= code <= 4999 or (
        1000 <= code <= 1014 and code not in _RESERVED_BELOW_1015
    )


def close_code_name(code: int) -> str:
    """Name a close code as IANA does, or its range; internal ones say so."""
    if code in _INTERNAL:
        return f"{_NAMES[code]} [internal]"
    if code in _NAMES:
        return _NAMES[code]
    if 3000 <= code <= 3999:
        return "registered use"
    if 4000 <= code <= 4999:
        return "private use"
    return "unassigned"


# 7.4.1: 1004 is reserved; 1005, 1006 and 1015 say how a connection ended where no
# close frame did, so they never travel.
_RESERVED_BELOW_1015 = frozenset({1004, 1005, 1006})
_INTERNAL = frozenset({1005, 1006, 1015})
_NAMES = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1004: "reserved",
    1005: "no status received",
    1006: "abnormal closure",
    1007: "invalid frame payload data",
    1008: "policy violation",
    1009: "message too big",
    1010: "mandatory extension",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS handshake",
    3000: "unauthorized",
    3003: "forbidden",
    3008: "timeout",
}
