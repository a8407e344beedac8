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
    (
        violations.data_after_close(0x1),
        "data_after_close",
        1002,
        "text frame after this side's close frame (RFC 6455, 5.5.1)",
    ),
    (
        violations.second_close(),
        "second_close",
        1002,
        "close frame after this side's close frame (RFC 6455, 5.5.1)",
    ),
    (
        violations.close_code_not_echoed(1000, 1001),
        "close_code_not_echoed",
        1002,
        "close code 1000 is answered with 1001, not echoed (RFC 6455, 5.5.1)",
    ),
    (
        violations.close_code_not_echoed(None, 1000),
        "close_code_not_echoed",
        1002,
        "no close code is answered with 1000, not echoed (RFC 6455, 5.5.1)",
    ),
    (
        violations.close_code_not_echoed(1000, None),
        "close_code_not_echoed",
        1002,
        "close code 1000 is answered with none, not echoed (RFC 6455, 5.5.1)",
    ),
    (
        violations.close_unanswered(7),
        "close_unanswered",
        1002,
        "close frame #7 was not answered before the connection ended (RFC 6455, 5.5.1)",
    ),
    (
        violations.pong_unsolicited(False),
        "pong_unsolicited",
        1002,
        "pong answers no ping (RFC 6455, 5.5.3)",
    ),
    (
        violations.pong_unsolicited(True),
        "pong_unsolicited",
        1002,
        "pong has another payload than the pings that wait for one (RFC 6455, 5.5.3)",
    ),
    (
        violations.ping_unanswered(7, 6.04),
        "ping_unanswered",
        1002,
        "ping #7 got no pong in 6.0 s (RFC 6455, 5.5.2)",
    ),
    (
        violations.masking_key_predictable("repeats"),
        "masking_key_predictable",
        1002,
        "masking key repeats (RFC 6455, 5.3)",
    ),
    (
        violations.fragments_tiny(3),
        "fragments_tiny",
        1002,
        "message comes in fragments of a byte or none, 3 in a row so far"
        " (RFC 6455, 5.4)",
    ),
    (
        violations.handshake_header_wrong("4.1", "no key"),
        "handshake_header_wrong",
        1002,
        "no key (RFC 6455, 4.1)",
    ),
    (
        violations.subprotocol_not_offered("chat"),
        "subprotocol_not_offered",
        1002,
        "subprotocol 'chat' was not offered (RFC 6455, 4.1)",
    ),
    (
        violations.extension_not_agreed("x"),
        "extension_not_agreed",
        1002,
        "x (RFC 6455, 9.1)",
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


def test_remarks():
    """What the RFC allows is a remark; all else breaks a rule."""
    legal = {violation.rule for violation, _, _, _ in TABLE if violation.legal}

    assert legal == {"close_code_not_echoed", "fragments_tiny", "pong_unsolicited"}
    assert violations.ping_unanswered(3, 1.0, legal=True).legal


def test_close_unanswered_for_how_long():
    """How long nobody answered a close frame is told where it is known."""
    assert violations.close_unanswered(3, 0.25).text == (
        "close frame #3 was not answered before the connection ended;"
        " that was 0.2 s later"
    )
