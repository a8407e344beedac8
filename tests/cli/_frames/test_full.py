"""The format that shows everything."""

from __future__ import annotations

import pytest

from wstool.cli._frames.formats import make_renderer
from wstool.services.inspector import (
    Direction,
    InspectedFrame,
)
from wstool.wire.dissected import DissectedFrame
from wstool.wire.frame import FrameHeader
from wstool.wire.tracker import Content, Part

from support.frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame
from support.rendering import COMPRESSED, FULL, KEY, render


FULL_TEXTS = {
    "text": (
        [frame(TEXT, b"Hello", masking_key=KEY)],
        """\
#1 > text  length 5 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 1  masking key 37 fa 21 3d
     0000  48 65 6c 6c 6f                                    Hello
     text  Hello
""",
    ),
    "empty": (
        [frame(TEXT) + frame(BINARY)],
        """\
#1 < text  length 0 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 0

#2 < binary  length 0 (7 bits)  offset 2
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x2  MASK 0
""",
    ),
    "both directions": (
        [frame(PING, b"hi"), frame(0xA, b"hi", masking_key=KEY)],
        """\
#1 < ping  length 2 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x9  MASK 0
     0000  68 69                                             hi

#2 > pong  length 2 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0xa  MASK 1  masking key 37 fa 21 3d
     answers #1
     0000  68 69                                             hi
""",
    ),
    "escapes": (
        [frame(TEXT, b"\x1b[2J\nw\xc3\xb6\xff")],
        """\
#1 < text  length 9 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     ! RFC 6455, 8.1: text message is not valid UTF-8 at byte 8
     0000  1b 5b 32 4a 0a 77 c3 b6  ff                       .[2J.w...
     text  \\x1b[2J\\nwö\\xff
""",
    ),
    "fragments": (
        [
            frame(TEXT, "wö".encode()[:2], fin=False)
            + frame(CONTINUATION, "ö".encode()[1:])
        ],
        """\
#1 < text  length 2 (7 bits)  offset 0
     FIN 0  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     fragment 1 of text message 1
     0000  77 c3                                             w.
     text  w\\xc3

#2 < continuation  length 1 (7 bits)  offset 4
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x0  MASK 0
     fragment 2 of text message 1
     0000  b6                                                .
     text  \\xb6
     message 1 is whole, 3 bytes
     text  wö
""",
    ),
    "close": (
        [frame(CLOSE, b"\x03\xe8bye\x1b") + frame(CLOSE)],
        """\
#1 < close  length 6 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x8  MASK 0
     0000  03 e8 62 79 65 1b                                 ..bye.
     close  1000 (normal closure) bye\\x1b

#2 < close  length 0 (7 bits)  offset 8
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x8  MASK 0
     ! RFC 6455, 5.5.1: close frame after this side's close frame
     close  no close code
""",
    ),
    "compressed binary": (
        [frame(BINARY, COMPRESSED, rsv=0b100)],
        """\
#1 < binary  length 7 (7 bits)  offset 0
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x2  MASK 0
     0000  f2 48 cd c9 c9 07 00                              .H.....
     compressed (permessage-deflate assumed), inflates to 5 bytes
     0000  48 65 6c 6c 6f                                    Hello
""",
    ),
    "not compressed": (
        [frame(TEXT, b"Hello", rsv=0b100)],
        """\
#1 < text  length 5 (7 bits)  offset 0
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     ! RFC 6455, 5.2: RSV1 set, which no negotiated extension allows
     0000  48 65 6c 6c 6f                                    Hello
     not compressed by permessage-deflate: invalid stored block lengths
     text  Hello
""",
    ),
    "compressed and broken": (
        [
            frame(TEXT, COMPRESSED, rsv=0b100)
            + frame(TEXT, b"\x06", rsv=0b100, fin=False)
            + frame(CONTINUATION)
        ],
        """\
#1 < text  length 7 (7 bits)  offset 0
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     0000  f2 48 cd c9 c9 07 00                              .H.....
     compressed (permessage-deflate assumed), inflates to 5 bytes
     text  Hello

#2 < text  length 1 (7 bits)  offset 9
     FIN 0  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     ! RFC 7692, 7.2.2: compressed message cannot be inflated: invalid block
       type
     fragment 1 of text message 2
     0000  06                                                .
     compressed (permessage-deflate assumed), inflates to 0 bytes, then fails

#3 < continuation  length 0 (7 bits)  offset 12
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x0  MASK 0
     fragment 2 of text message 2
     compressed (permessage-deflate assumed), can't be inflated
""",
    ),
    "spellings": (
        [b"\x82\x7e\0\x01a" + b"\x82\x7f" + bytes(7) + b"\x01a"],
        """\
#1 < binary  length 1 (7+16 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x2  MASK 0
     ! RFC 6455, 5.2: payload length 1 spelled with 16 bits
     0000  61                                                a

#2 < binary  length 1 (7+64 bits)  offset 5
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x2  MASK 0
     ! RFC 6455, 5.2: payload length 1 spelled with 64 bits
     0000  61                                                a
""",
    ),
    "header cut off": (
        [frame(PING) + b"\x81\x7e\x01"],
        """\
#1 < ping  length 0 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x9  MASK 0

< 3 bytes left at offset 2, no whole header: 817e01
""",
    ),
    "payload cut off": (
        [b"\x82\x7f\x7f" + b"\xff" * 7 + b"a"],
        """\
#1 < binary  length 9223372036854775807 (7+64 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x2  MASK 0
     cut off: only 1 byte of the payload
     0000  61                                                a

< 11 bytes left at offset 0, 9223372036854775806 bytes of the frame missing
""",
    ),
    "message cut off": (
        [frame(TEXT, fin=False, masking_key=KEY)],
        """\
#1 > text  length 0 (7 bits)  offset 0
     FIN 0  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 1  masking key 37 fa 21 3d
     fragment 1 of text message 1

> text message 1 has no final fragment
""",
    ),
}


@pytest.mark.parametrize(("runs", "text"), FULL_TEXTS.values(), ids=FULL_TEXTS)
def test_full(runs, text):
    """The full format shows every bit, what is wrong, and what it means."""
    assert render(*runs, format=FULL) == text


def test_full_says_what_is_not_kept():
    """Content that is too long to keep is shown as far as it goes."""
    item = InspectedFrame(
        number=1,
        direction=Direction.SENT,
        frame=DissectedFrame(
            offset=0,
            header=FrameHeader(0x1, 1, rsv1=True),
            payload=b"x",
            part=Part(1, 1, TEXT, compressed=True),
            inflated=Content(b"Hell", 5),
        ),
    )

    assert make_renderer(FULL).render_frame(item).splitlines()[-3:] == [
        "     compressed, inflates to 5 bytes",
        "     text  Hell",
        "     ... 1 byte more, not kept (--max-payload N keeps N bytes)",
    ]
