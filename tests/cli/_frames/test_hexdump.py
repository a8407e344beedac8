"""Frames as the bytes that were sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wstool.cli._frames.formats import FrameFormat, FrameReport
from wstool.cli._frames.hexdump import WireRenderer
from wstool.services.inspector import Event, EventKind, HandshakeHalf, OfflineInspector

from support.frames import PING, TEXT, frame
from support.inspecting import SENT
from support.rendering import KEY, REQUEST, render


def test_hexdump():
    """Header and payload are dumped as sent, with the offset of the frame."""
    data = frame(PING) + frame(TEXT, b"Hello", rsv=0b010)

    assert render(
        data, frame(TEXT, b"Hi", masking_key=KEY), format=FrameFormat.HEXDUMP
    ) == (
        "#1 < ping\n"
        "     0000  89 00                                             ..\n"
        "#2 < text\n"
        "     ! RFC 6455, 5.2: RSV2 set, which no negotiated extension allows\n"
        "     0002  a1 05 48 65 6c 6c 6f                              ..Hello\n"
        "#3 > text\n"
        "     0000  81 82 37 fa 21 3d 7f 93                           ..7.!=..\n"
    )


@given(st.binary())
def test_wire(data):
    """Any bytes come out as they went in."""
    pieces = []
    inspector = OfflineInspector(FrameReport(WireRenderer(), pieces.append))
    inspector.feed(data)
    inspector.finish()

    assert b"".join(pieces) == data


def test_wire_has_frames_only():
    """Handshakes and events are no frames."""
    renderer = WireRenderer()

    assert renderer.render_handshake(HandshakeHalf(SENT, REQUEST)) == b""
    assert renderer.render_event(Event(EventKind.NOTE, "note")) == b""
