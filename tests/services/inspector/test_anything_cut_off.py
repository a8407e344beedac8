"""Whatever is cut off, at any byte at all."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from wstool.services.inspector import AnyInspector, Remainder
from wstool.services.inspector.captured import CaptureInspector
from wstool.services.interactive.messages import Run
from wstool.services.interactive.transcript import Transcript
from wstool.streams.hextext import HexInvalid
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.captures import Talk, pcapng
from support.frames import BINARY, PING, PONG, TEXT, close_frame, frame
from support.inspecting import (
    KEY,
    RECEIVED,
    REQUEST_HEAD,
    RESPONSE_HEAD,
    SENT,
    Recorder,
)
from support.rendering import JSONL, render_into


FRAMES = [
    frame(TEXT, b"hi"),
    frame(PING, b"x"),
    frame(BINARY, bytes(range(20))),
    frame(TEXT, b"", fin=False),
    frame(0, b"yo"),
    close_frame(1000, "bye"),
]
CONTENTS = [
    (RECEIVED, TEXT, b"hi"),
    (RECEIVED, PING, b"x"),
    (RECEIVED, BINARY, bytes(range(20))),
    (RECEIVED, TEXT, b""),
    (RECEIVED, 0, b"yo"),
    (RECEIVED, 8, b"\x03\xe8bye"),
]
ENDS = list(itertools.accumulate(map(len, FRAMES)))
WHOLE = b"".join(FRAMES)


def inspect(data):
    """Inspect data; give what is found, what is told, and what is refused."""
    recorder = Recorder()
    told = []
    inspector = AnyInspector(recorder, tell=told.append)
    try:
        inspector.feed(data)
        inspector.finish()
    except HexInvalid as error:
        told.append(str(error))
    return recorder, told


def whole_frames(recorder):
    """Give the contents of the frames that are whole, in order."""
    cut = [
        found.leftover.frame
        for found in recorder.findings
        if isinstance(found, Remainder) and found.leftover is not None
    ]
    return [
        (item.direction, item.frame.header.opcode, item.frame.payload)
        for item in recorder.items()
        if not any(item.frame is frame for frame in cut)
    ]


def is_told(recorder, told, *, known):
    """Tell whether it shows that something is missing, beside what is known."""
    left = any(isinstance(found, Remainder) for found in recorder.findings)
    return bool(left or told or set(recorder.texts()) - set(known))


def check_every_cut(data, ends, contents, *, quiet=()):
    """
    Cut data at every byte, and check what is shown.

    Args:
        ends: Where each frame is whole.
        contents: The frames.
        quiet: Where else nothing is missing, beside blanks.
    """
    known = inspect(data)[0].texts()
    assert whole_frames(inspect(data)[0]) == contents
    for size in range(1, len(data)):
        recorder, told = inspect(data[:size])
        count = sum(end <= size for end in ends)

        assert whole_frames(recorder) == contents[:count], data[:size]
        if data[:size].strip() and size not in ends and size not in quiet:
            assert is_told(recorder, told, known=known), data[:size]


def test_raw_bytes():
    """Of raw bytes, each frame is shown whose last byte is there."""
    check_every_cut(WHOLE, ENDS, CONTENTS)


def test_raw_bytes_with_their_handshake():
    """So it is behind a response, and of that it is told where it is cut itself."""
    ends = [len(RESPONSE_HEAD) + end for end in ENDS]
    check_every_cut(RESPONSE_HEAD + WHOLE, ends, CONTENTS, quiet={len(RESPONSE_HEAD)})


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng(order):
    """Of blocks, each frame is shown whose packet is there."""
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    talk.send(frame(PONG, b"p", masking_key=KEY))
    for data in FRAMES:
        talk.receive(data)
    packets = talk.packets
    blocks = [
        len(pcapng(*packets[:count], order=order)) for count in range(len(packets) + 1)
    ]

    check_every_cut(
        pcapng(*packets, order=order),
        blocks[-1 - len(FRAMES) :],
        [(SENT, PONG, b"p"), *CONTENTS],
        quiet={28, *blocks},
    )


def test_lines_of_inspect():
    """Of lines, each frame is shown whose line is there."""
    texts = []
    inspector = CaptureInspector(render_into(texts, format=JSONL))
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    for data in FRAMES:
        talk.receive(data)
    inspector.feed(pcapng(*talk.end().packets))
    inspector.finish()
    lines = "".join(texts).encode().splitlines(keepends=True)
    ends = list(itertools.accumulate(map(len, lines)))

    check_every_cut(
        b"".join(lines),
        [end - 1 for end, line in zip(ends, lines, strict=True) if b'"header"' in line],
        CONTENTS,
        quiet={*ends, *(end - 1 for end in ends)},
    )


def write_transcript(path):
    """Record messages as connect does."""

    async def scene():
        transcript = Transcript(str(path), held=lambda _: None, failed=lambda _: None)
        transcript.add_event("open", 1.0, subprotocol="chat")
        transcript.add_run(Run(1, 2.0, False, Opcode.TEXT, [b"hi", '\n"ü'.encode()]))
        transcript.add_run(Run(3, 3.0, True, Opcode.BINARY, [b"\xff"]))
        transcript.add_event("ping", 4.0, sent=True, payload=b"p")
        transcript.add_event("close", 5.0, sent=False, close=Close(1001, "bye"))
        assert await transcript.finish() is None

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_transcript(tmp_path):
    """Of a transcript, each message is shown whose line is there."""
    path = tmp_path / "log"
    write_transcript(path)
    lines = path.read_bytes().splitlines(keepends=True)
    ends = list(itertools.accumulate(map(len, lines)))

    check_every_cut(
        b"".join(lines),
        [end - 1 for end in ends[1:]],
        [
            (RECEIVED, TEXT, b"hi"),
            (RECEIVED, TEXT, '\n"ü'.encode()),
            (SENT, BINARY, b"\xff"),
            (SENT, PING, b"p"),
            (RECEIVED, 8, b"\x03\xe9bye"),
        ],
        quiet={*ends, *(end - 1 for end in ends)},
    )


@pytest.mark.parametrize(
    ("text", "width", "between"),
    [
        pytest.param(WHOLE.hex(), 2, 0, id="hex"),
        pytest.param(WHOLE.hex(" "), 2, 1, id="blanks"),
        pytest.param(", ".join(f"0x{byte:02X}" for byte in WHOLE), 4, 2, id="prefixes"),
        pytest.param("".join(f"\\x{byte:02x}" for byte in WHOLE), 4, 0, id="escapes"),
    ],
)
def test_hex(text, width, between):
    """Of hex, each frame is shown whose last digit is there."""
    ends = [end * (width + between) - between for end in ENDS]
    quiet = {end + more for end in ends for more in range(between + 1)}

    check_every_cut(text.encode(), ends, CONTENTS, quiet=quiet)


DUMPS = {
    "xxd": """\
00000000: 8102 6869 8901 7882 1400 0102 0304 0506  ..hi..x.........
00000010: 0708 090a 0b0c 0d0e 0f10 1112 1301 0080  ................
00000020: 0279 6f88 0503 e862 7965                 .yo....bye
""",
    "xxd -e": """\
00000000: 69680281 82780189 02010014 06050403  ..hi..x.........
00000010: 0a090807 0e0d0c0b 1211100f 80000113  ................
00000020: 886f7902 62e80305     6579           .yo....bye
""",
    "hexdump -C": """\
00000000  81 02 68 69 89 01 78 82  14 00 01 02 03 04 05 06  |..hi..x.........|
00000010  07 08 09 0a 0b 0c 0d 0e  0f 10 11 12 13 01 00 80  |................|
00000020  02 79 6f 88 05 03 e8 62  79 65                    |.yo....bye|
0000002a
""",
    "hexdump": """\
0000000 0281 6968 0189 8278 0014 0201 0403 0605
0000010 0807 0a09 0c0b 0e0d 100f 1211 0113 8000
0000020 7902 886f 0305 62e8 6579
000002a
""",
    "od": """\
0000000 81 02 68 69 89 01 78 82 14 00 01 02 03 04 05 06
0000020 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 01 00 80
0000040 02 79 6f 88 05 03 e8 62 79 65
0000052
""",
}


@pytest.mark.parametrize("dump", DUMPS.values(), ids=DUMPS)
def test_dumps(dump):
    """Of a dump, each byte is shown whose line is there, and none that is not."""
    assert whole_frames(inspect(dump.encode())[0]) == CONTENTS
    for size in range(dump.index("\n") + 1, len(dump)):
        recorder, _ = inspect(dump[:size].encode())
        shown = b"".join(
            item.frame.raw_header + item.frame.raw_payload for item in recorder.items()
        ) + b"".join(
            found.leftover.data
            for found in recorder.findings
            if isinstance(found, Remainder)
            and found.leftover is not None
            and found.leftover.frame is None
        )
        lines = dump.count("\n", 0, size)

        assert shown == WHOLE[: len(shown)], dump[:size]
        assert len(shown) >= min(16 * lines, len(WHOLE)), dump[:size]
        left = any(isinstance(found, Remainder) for found in recorder.findings)
        assert left or len(shown) in ENDS, dump[:size]
