"""
The rules that a frame, a message or a byte stream can break.

Each function names one rule and gives the violation as a value: what was broken,
where the RFC says so, and the close code for failing the connection because of it.
What the RFC allows, but hardly anybody means to do, is a remark: `legal` is true.
"""

from __future__ import annotations

from typing import NamedTuple

from wstool.wire.opcode import is_control, opcode_name


__all__ = [
    "Violation",
    "close_code_not_echoed",
    "close_code_reserved",
    "close_payload_too_short",
    "close_reason_invalid",
    "close_unanswered",
    "compressed_continuation",
    "compressed_control",
    "compressed_data_invalid",
    "continuation_without_start",
    "control_fragmented",
    "control_too_long",
    "data_after_close",
    "extension_not_agreed",
    "fragments_tiny",
    "handshake_header_wrong",
    "length_not_minimal",
    "length_out_of_range",
    "mask_missing",
    "mask_unexpected",
    "masking_key_predictable",
    "message_inside_message",
    "message_too_big",
    "ping_unanswered",
    "pong_unsolicited",
    "reserved_opcode",
    "rsv_not_negotiated",
    "second_close",
    "subprotocol_not_offered",
    "text_invalid",
]

_PROTOCOL_ERROR = 1002
_INVALID_DATA = 1007
_MESSAGE_TOO_BIG = 1009


class Violation(NamedTuple):
    """A rule that the bytes break."""

    rule: str
    """Stable name for programs, such as ``reserved_opcode``."""
    section: str
    """Where the rule stands, such as ``RFC 6455, 5.2``."""
    text: str
    """What is wrong with these bytes."""
    close_code: int = _PROTOCOL_ERROR
    """Close code for failing the connection."""
    legal: bool = False
    """Whether no rule forbids it, so that it is only worth a remark."""

    def __str__(self) -> str:
        return f"{self.text} ({self.section})"


def reserved_opcode(opcode: int) -> Violation:
    """Report an opcode without a meaning."""
    kind = "control" if is_control(opcode) else "data"
    text = f"opcode 0x{opcode:x} is reserved for further {kind} frames"
    return Violation("reserved_opcode", "RFC 6455, 5.2", text)


def rsv_not_negotiated(bits: str) -> Violation:
    """Report reserved bits to which no extension gave a meaning."""
    text = f"{bits} set, which no negotiated extension allows"
    return Violation("rsv_not_negotiated", "RFC 6455, 5.2", text)


def compressed_control(opcode: int) -> Violation:
    """Report the compressed bit on a control frame."""
    text = f"RSV1 (compressed) set on a {opcode_name(opcode)} frame"
    return Violation("compressed_control", "RFC 7692, 6.1", text)


def compressed_continuation() -> Violation:
    """Report the compressed bit on a fragment that is not the first."""
    text = "RSV1 (compressed) set on a continuation frame"
    return Violation("compressed_continuation", "RFC 7692, 6.1", text)


def control_fragmented(opcode: int) -> Violation:
    """Report a control frame without FIN."""
    text = f"{opcode_name(opcode)} frame is fragmented"
    return Violation("control_fragmented", "RFC 6455, 5.5", text)


def control_too_long(opcode: int, payload_length: int) -> Violation:
    """Report a control frame with more than 125 bytes of payload."""
    text = f"{opcode_name(opcode)} frame has {payload_length} bytes, more than 125"
    return Violation("control_too_long", "RFC 6455, 5.5", text)


def length_not_minimal(payload_length: int, length_bits: int) -> Violation:
    """Report a payload length spelled with more bits than it needs."""
    text = f"payload length {payload_length} spelled with {length_bits} bits"
    return Violation("length_not_minimal", "RFC 6455, 5.2", text)


def length_out_of_range(payload_length: int) -> Violation:
    """Report a 64-bit payload length whose most significant bit is set."""
    text = f"most significant bit of payload length {payload_length} is set"
    return Violation("length_out_of_range", "RFC 6455, 5.2", text)


def mask_missing() -> Violation:
    """Report a client's frame that is not masked."""
    return Violation("mask_missing", "RFC 6455, 5.1", "client frame is not masked")


def mask_unexpected() -> Violation:
    """Report a server's frame that is masked."""
    return Violation("mask_unexpected", "RFC 6455, 5.1", "server frame is masked")


def continuation_without_start() -> Violation:
    """Report a continuation frame with no message to continue."""
    text = "continuation frame without a message to continue"
    return Violation("continuation_without_start", "RFC 6455, 5.4", text)


def message_inside_message(opcode: int) -> Violation:
    """Report a new message before the fragmented one has ended."""
    text = f"{opcode_name(opcode)} frame inside a fragmented message"
    return Violation("message_inside_message", "RFC 6455, 5.4", text)


def text_invalid(offset: int) -> Violation:
    """Report text that is not UTF-8, at this byte of the message."""
    text = f"text message is not valid UTF-8 at byte {offset}"
    return Violation("text_invalid", "RFC 6455, 8.1", text, _INVALID_DATA)


def compressed_data_invalid(problem: str) -> Violation:
    """Report a compressed message that cannot be inflated."""
    # What zlib says about itself before that is nothing to anybody else.
    problem = problem.rpartition("while decompressing data: ")[2]
    text = f"compressed message cannot be inflated: {problem}"
    return Violation("compressed_data_invalid", "RFC 7692, 7.2.2", text, _INVALID_DATA)


def message_too_big(size: int | None, max_size: int) -> Violation:
    """Report a message over the receiver's limit; no size when it is not known."""
    many = "message" if size is None else f"message of at least {size} bytes"
    text = f"{many} is over the limit of {max_size} bytes"
    return Violation("message_too_big", "RFC 6455, 7.4.1", text, _MESSAGE_TOO_BIG)


def close_payload_too_short() -> Violation:
    """Report a close frame whose payload cannot hold a close code."""
    text = "close frame has a payload of 1 byte, too short for a close code"
    return Violation("close_payload_too_short", "RFC 6455, 5.5.1", text)


def close_code_reserved(code: int) -> Violation:
    """Report a close code that must not travel."""
    text = f"close code {code} must not be sent in a close frame"
    return Violation("close_code_reserved", "RFC 6455, 7.4", text)


def close_reason_invalid(offset: int) -> Violation:
    """Report a close reason that is not UTF-8, at this byte of the reason."""
    text = f"close reason is not valid UTF-8 at byte {offset}"
    return Violation("close_reason_invalid", "RFC 6455, 5.5.1", text, _INVALID_DATA)


def data_after_close(opcode: int) -> Violation:
    """Report data that a side sent after its close frame."""
    text = f"{opcode_name(opcode)} frame after this side's close frame"
    return Violation("data_after_close", "RFC 6455, 5.5.1", text)


def second_close() -> Violation:
    """Report a close frame of a side that has sent one."""
    text = "close frame after this side's close frame"
    return Violation("second_close", "RFC 6455, 5.5.1", text)


def close_code_not_echoed(sent: int | None, echoed: int | None) -> Violation:
    """Remark an answer to a close frame with another code than it typically echoes."""
    sent_text = "no close code" if sent is None else f"close code {sent}"
    echoed_text = "none" if echoed is None else str(echoed)
    text = f"{sent_text} is answered with {echoed_text}, not echoed"
    return Violation("close_code_not_echoed", "RFC 6455, 5.5.1", text, legal=True)


def close_unanswered(number: int, seconds: float | None = None) -> Violation:
    """Report a close frame to which none came in answer before the end."""
    waited = "" if seconds is None else f"; that was {seconds:.1f} s later"
    text = f"close frame #{number} was not answered before the connection ended{waited}"
    return Violation("close_unanswered", "RFC 6455, 5.5.1", text)


def pong_unsolicited(outstanding: bool) -> Violation:
    """Remark a pong that answers no ping; it may be a heartbeat, and is ignored."""
    text = "pong answers no ping"
    if outstanding:
        text = "pong has another payload than the pings that wait for one"
    return Violation("pong_unsolicited", "RFC 6455, 5.5.3", text, legal=True)


def ping_unanswered(number: int, seconds: float, *, legal: bool = False) -> Violation:
    """Report a ping to which no pong came; remark it if one may still have come."""
    text = f"ping #{number} got no pong in {seconds:.1f} s"
    return Violation("ping_unanswered", "RFC 6455, 5.5.2", text, legal=legal)


def masking_key_predictable(how: str) -> Violation:
    """Report masking keys that are not chosen at random."""
    return Violation("masking_key_predictable", "RFC 6455, 5.3", f"masking key {how}")


def fragments_tiny(number: int) -> Violation:
    """Remark a message in fragments of a byte or none."""
    text = f"message comes in fragments of a byte or none, {number} in a row so far"
    return Violation("fragments_tiny", "RFC 6455, 5.4", text, legal=True)


def handshake_header_wrong(section: str, problem: str) -> Violation:
    """Report a part of the opening handshake that breaks its rules."""
    return Violation("handshake_header_wrong", f"RFC 6455, {section}", problem)


def subprotocol_not_offered(name: str) -> Violation:
    """Report a response with a subprotocol that the request doesn't name."""
    text = f"subprotocol {name!r} was not offered"
    return Violation("subprotocol_not_offered", "RFC 6455, 4.1", text)


def extension_not_agreed(problem: str) -> Violation:
    """Report a response with an extension that doesn't answer the offer."""
    return Violation("extension_not_agreed", "RFC 6455, 9.1", problem)
