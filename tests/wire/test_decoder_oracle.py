"""
The decoder against an independent one: websockets' Sans-I/O layer.

It checks no UTF-8 and no over-long lengths, and takes a close frame inside a message
for a violation, so the streams here have none of these.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.protocol import Protocol, Side, State

from wstool.wire.close import CloseCode
from wstool.wire.opcode import Opcode
from wstool.wire.violations import Violation

from support import frame_streams
from support.feeding import cut, decode
from support.frame_streams import faulty_streams, valid_streams


pytestmark = pytest.mark.timeout(120)

PROPERTY = settings(max_examples=200, deadline=None)
CUTS = st.lists(st.integers(0, 200) | st.integers(0, 1 << 17), max_size=6)
# Rules that websockets checks on a frame, or on the order of frames.
SHARED_FAULTS = [
    frame_streams.flip_bit,
    frame_streams.set_opcode,
    frame_streams.flip_mask,
    frame_streams.repeat,
    frame_streams.leave_out,
    frame_streams.put_close_before,
    frame_streams.put_long_control_before,
]
# The other one has no UTF-8 check, and another close code for broken DEFLATE data.
UNSHARED_RULES = {"text_invalid", "compressed_data_invalid"}
# A compressed message of no bytes at all (RFC 7692, 7.2.3.6, wants one) spoils the
# other one's inflater for the messages that follow.
EMPTY_COMPRESSED = (b"\xc1\x00", b"\xc2\x00", b"\xc1\x80", b"\xc2\x80")


def decode_by_oracle(stream, pieces):
    """Give what is found, a failure's close code, and whether a message is open."""
    side = Side.SERVER if stream.masked else Side.CLIENT
    protocol = Protocol(side, state=State.OPEN, max_size=None)
    if stream.compression:
        protocol.extensions = [
            PerMessageDeflate(
                remote_no_context_takeover=not stream.context_takeover,
                local_no_context_takeover=False,
                remote_max_window_bits=15,
                local_max_window_bits=15,
            )
        ]
    findings, message, opcode = [], [], None
    for piece in pieces:
        protocol.receive_data(piece)
        for frame in protocol.events_received():
            if frame.opcode >= Opcode.CLOSE:
                findings.append((Opcode(frame.opcode), bytes(frame.data)))
                continue
            opcode = frame.opcode or opcode
            message.append(bytes(frame.data))
            if frame.fin:
                findings.append((Opcode(opcode), b"".join(message)))
                message.clear()
        protocol.data_to_send()
    return findings, find_close_code(protocol), bool(message)


def find_close_code(protocol):
    """Find the close code with which the oracle failed the connection, if it did."""
    protocol.receive_eof()
    error = protocol.close_exc
    failed = error.sent is not None and not error.rcvd_then_sent
    return error.sent.code if failed else None


@PROPERTY
@given(valid_streams(), CUTS)
def test_valid_streams(stream, cuts):
    """Another implementation finds the same messages and control frames."""
    pieces = cut(stream.data, [min(at, len(stream.data)) for at in cuts])

    assert decode_by_oracle(stream, pieces) == (stream.findings, None, False)
    assert decode(pieces, **stream.options) == stream.findings


@PROPERTY
@given(faulty_streams(faults=SHARED_FAULTS), CUTS)
def test_violations(stream, cuts):
    """Another implementation fails the connection at the same place, with that code."""
    assume(not any(start in stream.data for start in EMPTY_COMPRESSED))
    pieces = cut(stream.data, [min(at, len(stream.data)) for at in cuts])
    findings = decode(pieces, **stream.options)
    failed = findings and isinstance(findings[-1], Violation)
    violation = findings.pop() if failed else None
    assume(violation is None or violation.rule not in UNSHARED_RULES)

    found, close_code, in_message = decode_by_oracle(stream, pieces)

    assume(not in_message or not is_about_close(findings, violation))
    assert found == findings
    if violation is not None and violation.rule == "close_code_reserved":
        # The reason can be bad too, and the other one looks at it first.
        assert close_code in (CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA)
    else:
        assert close_code == (violation and violation.close_code)


def is_about_close(findings, violation):
    """Tell whether a stream ends with a close frame, be it valid or not."""
    if violation is not None:
        return violation.rule.startswith("close_")
    return bool(findings) and findings[-1][0] is Opcode.CLOSE
