"""The wording of violations, and where each rule stands."""

from __future__ import annotations

import pytest

from wstool.wire import violations
from wstool.wire.violations import Violation


TABLE = [
    (
        violations.reserved_opcode(0x3),
        "reserved_opcode",
        1002,
        "opcode 0x3 is reserved for further data frames (RFC 6455, 5.2)",
    ),
    (
        violations.reserved_opcode(0xB),
        "reserved_opcode",
        1002,
        "opcode 0xb is reserved for further control frames (RFC 6455, 5.2)",
    ),
    (
        violations.rsv_not_negotiated("RSV2 and RSV3"),
        "rsv_not_negotiated",
        1002,
        "RSV2 and RSV3 set, which no negotiated extension allows (RFC 6455, 5.2)",
    ),
    (
        violations.compressed_control(0x9),
        "compressed_control",
        1002,
        "RSV1 (compressed) set on a ping frame (RFC 7692, 6.1)",
    ),
    (
        violations.compressed_continuation(),
        "compressed_continuation",
        1002,
        "RSV1 (compressed) set on a continuation frame (RFC 7692, 6.1)",
    ),
    (
        violations.control_fragmented(0xA),
        "control_fragmented",
        1002,
        "pong frame is fragmented (RFC 6455, 5.5)",
    ),
    (
        violations.control_too_long(0x8, 126),
        "control_too_long",
        1002,
        "close frame has 126 bytes, more than 125 (RFC 6455, 5.5)",
    ),
    (
        violations.length_not_minimal(125, 16),
        "length_not_minimal",
        1002,
        "payload length 125 spelled with 16 bits (RFC 6455, 5.2)",
    ),
    (
        violations.length_out_of_range(1 << 63),
        "length_out_of_range",
        1002,
        "most significant bit of payload length 9223372036854775808 is set"
        " (RFC 6455, 5.2)",
    ),
    (
        violations.mask_missing(),
        "mask_missing",
        1002,
        "client frame is not masked (RFC 6455, 5.1)",
    ),
    (
        violations.mask_unexpected(),
        "mask_unexpected",
        1002,
        "server frame is masked (RFC 6455, 5.1)",
    ),
    (
        violations.continuation_without_start(),
        "continuation_without_start",
        1002,
        "continuation frame without a message to continue (RFC 6455, 5.4)",
    ),
    (
        violations.message_inside_message(0x2),
        "message_inside_message",
        1002,
        "binary frame inside a fragmented message (RFC 6455, 5.4)",
    ),
    (
        violations.text_invalid(5),
        "text_invalid",
        1007,
        "text message is not valid UTF-8 at byte 5 (RFC 6455, 8.1)",
    ),
    (
        violations.compressed_data_invalid("invalid block type"),
        "compressed_data_invalid",
        1007,
        "compressed message cannot be inflated: invalid block type (RFC 7692, 7.2.2)",
    ),
    (
        violations.message_too_big(11, 10),
        "message_too_big",
        1009,
        "message of at least 11 bytes is over the limit of 10 bytes (RFC 6455, 7.4.1)",
    ),
    (
        violations.message_too_big(None, 10),
        "message_too_big",
        1009,
        "message is over the limit of 10 bytes (RFC 6455, 7.4.1)",
    ),
    (
        violations.close_payload_too_short(),
        "close_payload_too_short",
        1002,
        "close frame has a payload of 1 byte, too short for a close code"
        " (RFC 6455, 5.5.1)",
    ),
    (
        violations.close_code_reserved(1005),
        "close_code_reserved",
        1002,
        "close code 1005 must not be sent in a close frame (RFC 6455, 7.4)",
    ),
    (
        violations.close_reason_invalid(0),
        "close_reason_invalid",
        1007,
        "close reason is not valid UTF-8 at byte 0 (RFC 6455, 5.5.1)",
    ),
]


@pytest.mark.parametrize(
    ("violation", "rule", "close_code", "text"), TABLE, ids=[row[3] for row in TABLE]
)
def test_violation(violation, rule, close_code, text):
    """A violation names its rule, what is wrong, the section and the close code."""
    assert violation.rule == rule
    assert violation.close_code == close_code
    assert str(violation) == text


def test_every_violation_is_in_the_table():
    """Each public function is tested, and names its rule after itself."""
    functions = set(violations.__all__) - {Violation.__name__}

    assert {rule for _, rule, _, _ in TABLE} == functions
