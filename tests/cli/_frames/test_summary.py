"""The format of a line for each frame."""

from __future__ import annotations

import pytest

from wstool.cli._frames.formats import make_renderer
from wstool.services.inspector import Conversation

from support.frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame
from support.inspecting import RECEIVED, SENT, Recorder
from support.rendering import COMPRESSED, KEY, SUMMARY, render


SUMMARY_TEXTS = {
    "frames": (
        [
            frame(TEXT, "wörld".encode(), masking_key=KEY),
            frame(BINARY, b"\x01\xff", fin=False)
            + frame(PING, b"hi\x1b")
            + frame(PING, b"\xff")
            + frame(CONTINUATION, b"a")
            + frame(CLOSE, b"\x03\xe8bye"),
        ],
        """\
    1 > text         FIN MASK            6  wörld
    2 < binary                           2  01 ff
    3 < ping         FIN                 3  hi\\x1b
    4 < ping         FIN                 1  ff
    5 < continuation FIN                 1  61
    6 < close        FIN                 5  1000 (normal closure) bye
""",
    ),
    "long": (
        [frame(TEXT, b"x" * 70000) + frame(BINARY, b"x" * 70000)],
        """\
    1 < text         FIN             70000  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
    2 < binary       FIN             70000  78 78 78 78 78 78 78 78 78 78 78 ...
""",
    ),
    "compressed": (
        [frame(TEXT, COMPRESSED, rsv=0b100, masking_key=KEY)],
        """\
    1 > text         FIN RSV1 MASK       7  Hello
""",
    ),
    "violations": (
        [frame(PING, b"", fin=False, rsv=0b010) + b"\x81"],
        """\
    1 < ping         RSV2                0
      ! RFC 6455, 5.2: RSV2 set, which no negotiated extension allows
      ! RFC 6455, 5.5: ping frame is fragmented
< 1 byte left at offset 2, no whole header: 81
""",
    ),
    "broken": (
        [
            frame(TEXT, COMPRESSED, rsv=0b100)
            + frame(TEXT, b"\x06", rsv=0b100, fin=False)
            + frame(CONTINUATION)
        ],
        """\
    1 < text         FIN RSV1            7  Hello
    2 < text         RSV1                1
      ! RFC 7692, 7.2.2: compressed message cannot be inflated: invalid block
        type
    3 < continuation FIN                 0  (can't be inflated)
""",
    ),
}


@pytest.mark.parametrize(("runs", "text"), SUMMARY_TEXTS.values(), ids=SUMMARY_TEXTS)
def test_summary(runs, text):
    """The summary has an aligned line for each frame."""
    assert render(*runs, format=SUMMARY) == text


def test_batches_and_single_frames():
    """Frames that are rendered together look as they do one by one."""
    recorder = Recorder()
    conversation = Conversation(recorder, None, connection=1)
    texts = [b"a", b"", b"b ", b"\xff", b"x" * 8, b"x" * 24, b"x" * 99]
    for number, text in enumerate(texts):
        key = bytes((number, 7, 7, 7))
        conversation.feed(RECEIVED, frame(TEXT, text), 1_700_000_000.0 + number / 3)
        conversation.feed(SENT, frame(TEXT, text, masking_key=key), None)
        conversation.feed(RECEIVED, frame(TEXT, text, fin=False), 1_700_000_000.5)
        conversation.feed(RECEIVED, frame(0x0, text), 1_700_000_001.5)
        conversation.feed(RECEIVED, frame(BINARY, text), 1_700_000_001.5)
        conversation.feed(RECEIVED, frame(TEXT, text * 40), None)
    conversation.feed(RECEIVED, frame(PING, b"a", rsv=1), None)
    conversation.feed(SENT, frame(TEXT, b"abc", masking_key=KEY)[:-1], None)
    conversation.finish()
    renderer = make_renderer(SUMMARY)

    for first in (0, 10, 95, 10_000, 999_990, 1_000_000):
        items = [item._replace(number=first + item.number) for item in recorder.items()]
        singly = "".join(map(make_renderer(SUMMARY).render_frame, items))
        assert renderer.render_frames(items) == singly
