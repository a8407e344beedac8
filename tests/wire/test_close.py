"""Close codes and close payloads (RFC 6455, sections 5.5.1 and 7.4)."""

from __future__ import annotations

import pytest

from wstool.wire.close import (
    MAX_REASON_SIZE,
    Close,
    CloseCode,
    close_code_name,
    find_close_violation,
    is_sendable,
    parse_close,
)
from wstool.wire.violations import (
    close_code_reserved,
    close_payload_too_short,
    close_reason_invalid,
)


VALID = [
    pytest.param(b"", Close(), "no close code", id="empty"),
    pytest.param(
        b"\x03\xe8", Close(1000), "1000 (normal closure)", id="without reason"
    ),
    pytest.param(
        b"\x03\xe9bye", Close(1001, "bye"), "1001 (going away) bye", id="with reason"
    ),
    pytest.param(
        b"\x0f\xa0\xc3\xa9", Close(4000, "é"), "4000 (private use) é", id="utf-8"
    ),
    pytest.param(
        b"\x03\xf3" + 123 * b"x",
        Close(1011, 123 * "x"),
        "1011 (internal error) " + 123 * "x",
        id="longest reason",
    ),
]


@pytest.mark.parametrize(("payload", "close", "text"), VALID)
def test_valid_close(payload, close, text):
    """A valid payload is parsed and serialized, and breaks no rule."""
    assert parse_close(payload) == close
    assert close.serialize() == payload
    assert find_close_violation(payload) is None
    assert str(close) == text


@pytest.mark.parametrize(
    ("payload", "close", "violation"),
    [
        pytest.param(b"\x03", Close(), close_payload_too_short(), id="one byte"),
        pytest.param(
            b"\x03\xed", Close(1005), close_code_reserved(1005), id="internal code"
        ),
        pytest.param(
            b"\x03\xe8ok\xff",
            Close(1000, "ok\\xff"),
            close_reason_invalid(2),
            id="reason not utf-8",
        ),
        pytest.param(
            b"\x03\xe8\xe2\x82",
            Close(1000, "\\xe2\\x82"),
            close_reason_invalid(0),
            id="reason cut off",
        ),
        pytest.param(
            b"\x00\x00\xff",
            Close(0, "\\xff"),
            close_code_reserved(0),
            id="code comes before reason",
        ),
    ],
)
def test_invalid_close(payload, close, violation):
    """An invalid payload is shown as far as can be, with the rule that it breaks."""
    assert parse_close(payload) == close
    assert find_close_violation(payload) == violation


@pytest.mark.parametrize(
    ("first", "last", "sendable"),
    [
        (0, 999, False),
        (1000, 1003, True),
        (1004, 1006, False),
        (1007, 1014, True),
        (1015, 2999, False),
        (3000, 4999, True),
        (5000, 65535, False),
    ],
)
def test_sendable_codes(first, last, sendable):
    """7.4: unassigned, reserved and internal codes must not travel."""
    for code in range(first, last + 1):
        payload = code.to_bytes(2, "big")
        violation = None if sendable else close_code_reserved(code)

        assert is_sendable(code) is sendable
        assert find_close_violation(payload) == violation


@pytest.mark.parametrize(
    ("close", "problem"),
    [
        pytest.param(
            Close(1005), "close code 1005 must not be sent", id="internal code"
        ),
        pytest.param(
            Close(None, "bye"), "a close reason needs a close code", id="reason alone"
        ),
        pytest.param(
            Close(1000, 62 * "é"),
            "close reason has 124 bytes, more than 123",
            id="reason too long",
        ),
    ],
)
def test_serialize_refuses(close, problem):
    """What must not travel is not serialized."""
    with pytest.raises(ValueError) as caught:
        close.serialize()

    assert str(caught.value) == problem


def test_longest_reason_fills_a_control_frame():
    """5.5: a control frame has at most 125 bytes, two of which are the code."""
    assert MAX_REASON_SIZE == 125 - 2


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (999, "unassigned"),
        (1000, "normal closure"),
        (1002, "protocol error"),
        (1004, "reserved"),
        (1005, "no status received [internal]"),
        (1006, "abnormal closure [internal]"),
        (1009, "message too big"),
        (1014, "bad gateway"),
        (1015, "TLS handshake [internal]"),
        (1016, "unassigned"),
        (2999, "unassigned"),
        (3000, "unauthorized"),
        (3001, "registered use"),
        (3999, "registered use"),
        (4000, "private use"),
        (4999, "private use"),
        (5000, "unassigned"),
    ],
)
def test_close_code_name(code, name):
    """A code shows IANA's name or its range; those that never travel say so."""
    assert close_code_name(code) == name


def test_registered_codes():
    """RFC 6455, 11.7: the codes that IANA has registered."""
    assert {code.name: int(code) for code in CloseCode} == {
        "NORMAL_CLOSURE": 1000,
        "GOING_AWAY": 1001,
        "PROTOCOL_ERROR": 1002,
        "UNSUPPORTED_DATA": 1003,
        "NO_STATUS_RECEIVED": 1005,
        "ABNORMAL_CLOSURE": 1006,
        "INVALID_DATA": 1007,
        "POLICY_VIOLATION": 1008,
        "MESSAGE_TOO_BIG": 1009,
        "MANDATORY_EXTENSION": 1010,
        "INTERNAL_ERROR": 1011,
        "SERVICE_RESTART": 1012,
        "TRY_AGAIN_LATER": 1013,
        "BAD_GATEWAY": 1014,
        "TLS_HANDSHAKE": 1015,
        "UNAUTHORIZED": 3000,
        "FORBIDDEN": 3003,
        "TIMEOUT": 3008,
    }


def test_every_registered_code_has_a_name():
    """No code of the enum falls back to its range."""
    fallbacks = {"unassigned", "registered use", "private use"}

    assert not fallbacks & {close_code_name(code) for code in CloseCode}
