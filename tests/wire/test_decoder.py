"""An endpoint's incoming bytes, decoded."""

from __future__ import annotations

import contextlib
import gc
import sys

import pytest
from websockets.speedups import apply_mask

from wstool.wire.batch import serialize_batch
from wstool.wire.decoder import Decoder
from wstool.wire.frame import serialize_frame
from wstool.wire.opcode import Opcode

from support.feeding import Recorder, decode, feeding_ways


TEXT, BINARY = Opcode.TEXT, Opcode.BINARY
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG
KEY = "37fa213d"
NO_KEY = "00000000"

# What comes behind a vector: a ping, and some of another frame.
TRAILING = {False: bytes.fromhex("8900 8105"), True: bytes.fromhex("898000000000 8185")}


RFC_6455_EXAMPLES = [
    pytest.param("8105 48656c6c6f", False, [(TEXT, b"Hello")], id="unmasked text"),
    pytest.param(
        "8185 37fa213d 7f9f4d5158", True, [(TEXT, b"Hello")], id="masked text"
    ),
    pytest.param(
        "0103 48656c 8002 6c6f", False, [(TEXT, b"Hello")], id="fragmented text"
    ),
    pytest.param("8905 48656c6c6f", False, [(PING, b"Hello")], id="ping"),
    pytest.param(
        "8a85 37fa213d 7f9f4d5158", True, [(PONG, b"Hello")], id="masked pong"
    ),
    pytest.param(
        "827e0100" + 256 * "ab", False, [(BINARY, 256 * b"\xab")], id="256 bytes"
    ),
    pytest.param(
        "827f0000000000010000" + 65536 * "ab",
        False,
        [(BINARY, 65536 * b"\xab")],
        id="64 KiB",
    ),
]
VALID = [
    *RFC_6455_EXAMPLES,
    pytest.param("8100 8200", False, [(TEXT, b""), (BINARY, b"")], id="empty"),
    pytest.param(
        f"8180{KEY} 8280{KEY}", True, [(TEXT, b""), (BINARY, b"")], id="empty, masked"
    ),
    pytest.param("0100 0000 8000", False, [(TEXT, b"")], id="empty fragments"),
    pytest.param(
        "8101 61 8101 62 8201 63 8101 64",
        False,
        [(TEXT, b"a"), (TEXT, b"b"), (BINARY, b"c"), (TEXT, b"d")],
        id="kinds in turn",
    ),
    pytest.param(
        "0101 61 8901 62 0001 63 8a00 8001 64 8101 65",
        False,
        [(PING, b"b"), (PONG, b""), (TEXT, b"acd"), (TEXT, b"e")],
        id="control frames between fragments",
    ),
    pytest.param(
        f"0181{KEY}56 8981{KEY}55 8081{KEY}54",
        True,
        [(PING, b"b"), (TEXT, b"ac")],
        id="control frame between fragments, masked",
    ),
    pytest.param(
        "897d" + 125 * "61", False, [(PING, 125 * b"a")], id="longest control frame"
    ),
    pytest.param(
        "827d" + 125 * "00" + "827e007e" + 126 * "00",
        False,
        [(BINARY, bytes(125)), (BINARY, bytes(126))],
        id="7 and 16 bits",
    ),
    pytest.param(
        "827effff" + 65535 * "00" + "827f0000000000010000" + 65536 * "00",
        False,
        [(BINARY, bytes(65535)), (BINARY, bytes(65536))],
        id="16 and 64 bits",
    ),
    pytest.param(
        f"81fe007e{NO_KEY}" + 126 * "61", True, [(TEXT, 126 * b"a")], id="masked 126"
    ),
    pytest.param(
        f"81fd{NO_KEY}" + 125 * "61", True, [(TEXT, 125 * b"a")], id="masked 125"
    ),
    pytest.param(
        f"8182{NO_KEY}c3a9", True, [(TEXT, "é".encode())], id="masked, not ASCII"
    ),
    pytest.param(
        "8104 f0908080 8102 c3a9",
        False,
        [(TEXT, "\U00010000".encode()), (TEXT, "é".encode())],
        id="not ASCII",
    ),
    pytest.param(
        "0102 e282 8001 ac", False, [(TEXT, "€".encode())], id="character across frames"
    ),
    pytest.param("8201 ff", False, [(BINARY, b"\xff")], id="binary not utf-8"),
]
# Nothing is decoded behind a close frame.
VALID_CLOSES = [
    pytest.param("8800", b"", id="empty"),
    pytest.param("8802 03e8", b"\x03\xe8", id="1000"),
    pytest.param("8802 03f6", b"\x03\xf6", id="1014"),
    pytest.param("8802 0bb8", b"\x0b\xb8", id="3000"),
    pytest.param("8805 1387 627965", b"\x13\x87bye", id="4999 with reason"),
    pytest.param(
        "887d 03e8" + 123 * "61", b"\x03\xe8" + 123 * b"a", id="longest reason"
    ),
]


@pytest.mark.parametrize(("vector", "masked", "findings"), VALID)
def test_valid_frames(vector, masked, findings, fast):
    """Valid frames give messages and control frames, however they are cut."""
    data = bytes.fromhex(vector)
    trailing = TRAILING[masked]

    for way, pieces in feeding_ways(data, trailing).items():
        expected = findings + ([(PING, b"")] if "trailing" in way else [])

        assert decode(pieces, masked=masked, fast=fast) == expected, way


@pytest.mark.parametrize("before", ["", "0101 61"], ids=["", "inside a message"])
@pytest.mark.parametrize(("vector", "payload"), VALID_CLOSES)
def test_close(vector, payload, before, fast):
    """A close frame is handed on, also inside a message; what follows it is not."""
    data = bytes.fromhex(before + vector)

    for way, pieces in feeding_ways(data, TRAILING[False]).items():
        assert decode(pieces, fast=fast) == [(CLOSE, payload)], way


@pytest.mark.parametrize(
    ("vector", "findings"),
    [
        pytest.param("c107 f248cdc9c90700", [(TEXT, b"Hello")], id="one frame"),
        pytest.param("4103 f248cd 8004 c9c90700", [(TEXT, b"Hello")], id="fragmented"),
        pytest.param(
            "c107 f248cdc9c90700 c105 f200110000",
            2 * [(TEXT, b"Hello")],
            id="context takeover",
        ),
        pytest.param(
            "c10b 000500faff48656c6c6f00", [(TEXT, b"Hello")], id="not compressed"
        ),
        pytest.param("c108 f348cdc9c9070000", [(TEXT, b"Hello")], id="BFINAL set"),
        pytest.param(
            "c10d f248050000 00ffff cac9c90700", [(TEXT, b"Hello")], id="two blocks"
        ),
        pytest.param(
            "8105 48656c6c6f c107 f248cdc9c90700 8103 627965",
            [(TEXT, b"Hello"), (TEXT, b"Hello"), (TEXT, b"bye")],
            id="between messages that aren't",
        ),
        pytest.param(
            "4103 f248cd 8900 8004 c9c90700",
            [(PING, b""), (TEXT, b"Hello")],
            id="ping between fragments",
        ),
        pytest.param("c101 00 c200", [(TEXT, b""), (BINARY, b"")], id="empty"),
    ],
)
def test_compressed_messages(vector, findings, fast):
    """The examples of RFC 7692, 7.2.3, and messages around them."""
    for way, pieces in feeding_ways(bytes.fromhex(vector), TRAILING[False]).items():
        expected = findings + ([(PING, b"")] if "trailing" in way else [])

        assert decode(pieces, compression=True, fast=fast) == expected, way


@pytest.mark.parametrize(
    ("vector", "masked", "in_message"),
    [
        ("", False, False),
        ("81", False, True),
        ("8105", False, True),
        ("8105 48", False, True),
        ("8105 48656c6c6f", False, False),
        ("0100", False, True),
        ("0100 8900", False, True),
        ("0100 8000", False, False),
        ("8185 37fa213d", True, True),
        ("8180 37fa213d", True, False),
        ("8802 03", False, True),
        ("8100 8800", False, False),
        ("0100 8800", False, False),
        ("8300", False, False),
        ("8105 ff", False, False),
    ],
)
def test_in_message(vector, masked, in_message, fast):
    """It's told whether the stream ends inside a frame or a message."""
    recorder = Recorder()
    recorder.decoder = Decoder(recorder, masked=masked, fast=fast)

    recorder.decoder.feed(bytes.fromhex(vector))

    assert recorder.decoder.in_message is in_message


@contextlib.contextmanager
def count_calls():
    """Count the Python functions called inside, methods of the receiver included."""
    calls = []
    # Hypothesis has the garbage collector call it, which would count too.
    gc.disable()
    sys.setprofile(lambda frame, event, _: event == "call" and calls.append(frame))
    try:
        yield calls
    finally:
        sys.setprofile(None)
        gc.enable()


@pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize(
    ("payloads", "most"),
    [
        pytest.param(1000 * [b"Hello"], 15, id="many"),
        pytest.param([b""], 15, id="one, empty"),
        pytest.param([125 * b"a"], 15, id="one, long"),
    ],
)
def test_cost_is_for_each_read(payloads, most, opcode, masked):
    """A read costs some calls, however many whole frames it brings."""
    new_keys = bytes if masked else None
    data = serialize_batch(opcode, payloads, new_keys=new_keys, mask=apply_mask)
    recorder = Recorder()
    decoder = Decoder(recorder, masked=masked, mask=apply_mask)

    with count_calls() as calls:
        decoder.feed(data[0])

    assert recorder.findings == [(opcode, payload) for payload in payloads]
    assert len(calls) <= most


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [0, 1, 125])
@pytest.mark.parametrize("max_size", [0, 125])
def test_cost_of_a_short_masked_read(max_size, size, opcode):
    """The commonest read of a server costs three calls, the receiver's among them."""
    data = serialize_frame(opcode, size * b"a", masking_key=bytes(4))
    recorder = Recorder()
    decoder = Decoder(recorder, masked=True, max_size=max_size, mask=apply_mask)

    with count_calls() as calls:
        decoder.feed(data)

    assert recorder.findings == [(opcode, size * b"a")]
    names = [frame.f_code.co_name for frame in calls]
    assert names[:3] == ["feed", "_take_single", "batch_received"]


def test_no_bytes(fast):
    """A read of nothing changes nothing."""
    assert decode([b"", b"\x81", b"", b"\x00", b""], fast=fast) == [(TEXT, b"")]
    assert decode([b""], masked=True, fast=fast) == []


def test_one_read_is_one_batch():
    """What one read brings is handed on as one list."""
    batches = []

    class Batches(Recorder):
        def batch_received(self, opcode, payloads):
            batches.append((opcode, payloads))

    decoder = Decoder(Batches(), masked=False)

    decoder.feed(bytes.fromhex("8101 61 8101 62 0101 63 8001 64 8101 65 81"))
    decoder.feed(bytes.fromhex("01 66 8101 67 8201 68 8201 69 8900 8201 70"))

    assert batches == [
        (TEXT, [b"a", b"b", b"cd", b"e"]),
        (TEXT, [b"f", b"g"]),
        (BINARY, [b"h", b"i"]),
        (BINARY, [b"p"]),
    ]


@pytest.mark.parametrize("size", [0, 5, 125, 126, 70000])
def test_masks_with_the_function_given(size, fast):
    """The function that unmasks is given; the one in C is what a server uses."""
    payload = bytes(i % 128 for i in range(size))
    data = serialize_frame(0x1, payload, masking_key=bytes.fromhex(KEY))
    recorder = Recorder()
    decoder = Decoder(recorder, masked=True, mask=apply_mask, fast=fast)

    for pieces in feeding_ways(data).values():
        for piece in pieces:
            decoder.feed(piece)

    assert recorder.findings == 3 * [(TEXT, payload)]
