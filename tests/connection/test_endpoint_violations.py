"""What breaks the rules, and how an endpoint fails the connection over it."""

from __future__ import annotations

import struct
import tracemalloc

import pytest

from wstool.connection.endpoint import Role, State
from wstool.wire.close import Close
from wstool.wire.deflate import DeflateParams, Deflater
from wstool.wire.opcode import Opcode

from support.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    decode_frames,
    frame,
)
from support.pairs import make_endpoint, take_output


KEY = b"\x12\x34\x56\x78"
FIN = 0x80
RSV1, RSV2, RSV3 = 0b100, 0b010, 0b001
ROLES = [pytest.param(role, id=role.value) for role in Role]
SECTION_5_2, SECTION_5_4, SECTION_5_5 = (
    f"RFC 6455, {section}" for section in ("5.2", "5.4", "5.5")
)


def write(role, frames):
    """Write frames, each an opcode, a payload and bits, as the peer of this role."""
    key = KEY if role is Role.SERVER else None
    return b"".join(
        frame(opcode, payload, masking_key=key, **bits)
        for opcode, payload, bits in frames
    )


def expect_violation(role, data, size, **options):
    """Feed what breaks a rule; give section, text and the close frame written."""
    endpoint, heard = make_endpoint(role, **options)
    for start in range(0, len(data), size):
        endpoint.receive_data(data[start : start + size])
    ((name, violation),) = heard.events
    assert name == "violation"
    assert endpoint.state is State.CLOSED
    ((first, payload),), rest = decode_frames(take_output(endpoint))
    assert (first, rest) == (FIN | CLOSE, b"")
    (code,) = struct.unpack_from("!H", payload)
    reason = payload[2:].decode()
    assert endpoint.close_sent == Close(code, reason)
    assert endpoint.close_received is None
    return violation.section, violation.text, code, reason


VIOLATIONS = [
    pytest.param(
        [(0x3, b"", {})],
        SECTION_5_2,
        "opcode 0x3 is reserved for further data frames",
        1002,
        id="reserved-data-opcode",
    ),
    pytest.param(
        [(0xB, b"", {})],
        SECTION_5_2,
        "opcode 0xb is reserved for further control frames",
        1002,
        id="reserved-control-opcode",
    ),
    pytest.param(
        [(TEXT, b"x", {"rsv": RSV1})],
        SECTION_5_2,
        "RSV1 set, which no negotiated extension allows",
        1002,
        id="rsv1",
    ),
    pytest.param(
        [(PING, b"x", {"rsv": RSV2 | RSV3})],
        SECTION_5_2,
        "RSV2 and RSV3 set, which no negotiated extension allows",
        1002,
        id="rsv2-and-rsv3",
    ),
    pytest.param(
        [(PING, b"", {"fin": False})],
        SECTION_5_5,
        "ping frame is fragmented",
        1002,
        id="fragmented-ping",
    ),
    pytest.param(
        [(PING, b"x" * 126, {})],
        SECTION_5_5,
        "ping frame has 126 bytes, more than 125",
        1002,
        id="long-ping",
    ),
    pytest.param(
        [(CONTINUATION, b"x", {})],
        SECTION_5_4,
        "continuation frame without a message to continue",
        1002,
        id="continuation-without-start",
    ),
    pytest.param(
        [(TEXT, b"x", {"fin": False}), (BINARY, b"y", {})],
        SECTION_5_4,
        "binary frame inside a fragmented message",
        1002,
        id="message-inside-message",
    ),
    pytest.param(
        [(TEXT, b"ab\xff", {})],
        "RFC 6455, 8.1",
        "text message is not valid UTF-8 at byte 2",
        1007,
        id="text-not-utf-8",
    ),
    pytest.param(
        [(TEXT, b"ab\xc3", {"fin": False}), (CONTINUATION, b"x", {})],
        "RFC 6455, 8.1",
        "text message is not valid UTF-8 at byte 2",
        1007,
        id="text-not-utf-8-across-fragments",
    ),
    pytest.param(
        [(CLOSE, b"\x03", {})],
        "RFC 6455, 5.5.1",
        "close frame has a payload of 1 byte, too short for a close code",
        1002,
        id="close-of-one-byte",
    ),
    *(
        pytest.param(
            [(CLOSE, struct.pack("!H", code), {})],
            "RFC 6455, 7.4",
            f"close code {code} must not be sent in a close frame",
            1002,
            id=f"close-code-{code}",
        )
        for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)
    ),
    pytest.param(
        [(CLOSE, b"\x03\xe8ok\xff", {})],
        "RFC 6455, 5.5.1",
        "close reason is not valid UTF-8 at byte 2",
        1007,
        id="close-reason-not-utf-8",
    ),
]


@pytest.mark.parametrize("size", [1, 1 << 20], ids=["bytewise", "whole"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("frames", "section", "text", "code"), VIOLATIONS)
def test_violation(role, size, frames, section, text, code):
    """A violation is answered with its close code, and the reason says what it was."""
    data = write(role, frames)

    assert expect_violation(role, data, size) == (section, text, code, text)


@pytest.mark.parametrize(
    ("role", "data", "text"),
    [
        pytest.param(
            Role.SERVER, frame(TEXT, b"x"), "client frame is not masked", id="unmasked"
        ),
        pytest.param(
            Role.CLIENT,
            frame(TEXT, b"x", masking_key=KEY),
            "server frame is masked",
            id="masked",
        ),
    ],
)
def test_masking_is_checked(role, data, text):
    """A client's frames must be masked, a server's must not (5.1)."""
    violation = expect_violation(role, data, 1 << 20)

    assert violation == ("RFC 6455, 5.1", text, 1002, text)


def test_deflate_data_that_can_not_be_inflated():
    """Garbage in a compressed message is a violation of RFC 7692."""
    data = frame(TEXT, b"\xff\xff\xff\xff", rsv=RSV1)
    section, _, code, reason = expect_violation(
        Role.CLIENT, data, 1 << 20, deflate=DeflateParams()
    )

    assert (section, code) == ("RFC 7692, 7.2.2", 1007)
    assert reason.startswith("compressed message cannot be inflated: ")


@pytest.mark.parametrize("role", ROLES)
def test_replies_come_before_our_close_frame(role):
    """Messages before a violation are answered before it is."""
    endpoint, heard = make_endpoint(role, reply=lambda payloads: payloads)
    good = [(TEXT, b"one", {}), (PING, b"p", {}), (BINARY, b"two", {})]

    endpoint.receive_data(write(role, [*good, (TEXT, b"three", {}), (0x3, b"", {})]))

    frames, _ = decode_frames(take_output(endpoint))
    assert [payload for _, payload in frames[:-1]] == [b"one", b"p", b"two", b"three"]
    assert frames[-1][0] == FIN | CLOSE
    assert heard.events[-1][0] == "violation"


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_taken_or_sent_after_a_violation(role):
    """After it has failed, a connection neither hears nor says anything."""
    endpoint, heard = make_endpoint(role)
    good = write(role, [(TEXT, b"late", {}), (PING, b"", {})])
    endpoint.receive_data(write(role, [(0x3, b"", {})]) + good)
    take_output(endpoint)

    endpoint.receive_data(good)
    endpoint.send(Opcode.TEXT, [b"late"])
    endpoint.start_close(Close(1000))

    assert [name for name, _ in heard.events] == ["violation"]
    assert endpoint.output == []


@pytest.mark.parametrize("role", ROLES)
def test_violation_while_closing(role):
    """A violation after our close frame ends it all without a second close frame."""
    endpoint, heard = make_endpoint(role)
    endpoint.start_close(Close(1000))
    take_output(endpoint)

    endpoint.receive_data(write(role, [(0x3, b"", {})]))

    assert [name for name, _ in heard.events] == ["violation"]
    assert (endpoint.state, endpoint.output) == (State.CLOSED, [])
    assert endpoint.close_sent == Close(1000)


# Size.


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([100], id="whole"),
        pytest.param([50, 50], id="two-fragments"),
        pytest.param([0, 99, 0, 1, 0], id="many-fragments"),
    ],
)
def test_message_of_the_largest_size(role, sizes):
    """A message of just the largest size passes, as often as it comes."""
    endpoint, heard = make_endpoint(role, max_size=100)

    endpoint.receive_data(write(role, fragment(sizes)) * 2)

    assert heard.events == [(Opcode.BINARY, b"x" * 100)] * 2


def fragment(sizes):
    """Make the fragments of a message."""
    return [
        (
            CONTINUATION if index else BINARY,
            b"x" * size,
            {"fin": index == len(sizes) - 1},
        )
        for index, size in enumerate(sizes)
    ]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("read", [1, 1 << 20], ids=["bytewise", "whole"])
@pytest.mark.parametrize(
    ("sizes", "size"),
    [
        pytest.param([101], 101, id="whole"),
        pytest.param([100, 1], 101, id="two-fragments"),
        pytest.param([50, 70, 1], 120, id="three-fragments"),
        pytest.param([70_000], 70_000, id="long"),
    ],
)
def test_message_over_the_largest_size(role, read, sizes, size):
    """A message over the largest size is refused at the header that shows it."""
    data = write(role, fragment(sizes))
    violation = expect_violation(role, data, read, max_size=100)

    text = f"message of at least {size} bytes is over the limit of 100 bytes"
    assert violation == ("RFC 6455, 7.4.1", text, 1009, text)


def test_no_limit():
    """With a largest size of 0 there is none."""
    endpoint, heard = make_endpoint(Role.CLIENT, max_size=0)
    payload = bytes(70 << 20)

    endpoint.receive_data(frame(BINARY, payload))

    assert heard.events == [(Opcode.BINARY, payload)]


@pytest.mark.parametrize("size", [1, 1 << 20], ids=["bytewise", "whole"])
@pytest.mark.parametrize("role", ROLES)
def test_bomb(role, size):
    """A message that inflates past the limit is refused without being inflated."""
    deflater = Deflater(window_bits=15, context_takeover=False)
    bomb = deflater.compress(bytes(64 << 20))
    data = write(role, [(BINARY, bomb, {"rsv": RSV1})])
    assert len(data) < 1 << 17
    endpoint, heard = make_endpoint(
        role, max_size=1 << 20, deflate=DeflateParams(True, True)
    )

    tracemalloc.start()
    try:
        for start in range(0, len(data), size):
            endpoint.receive_data(data[start : start + size])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    ((name, violation),) = heard.events
    assert (name, violation.close_code) == ("violation", 1009)
    assert violation.text == "message is over the limit of 1048576 bytes"
    assert peak < 8 << 20
