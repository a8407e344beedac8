"""Both directions of a connection, dissected into one sequence of frames."""

from __future__ import annotations

import itertools
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.services.inspector import (
    Direction,
    InspectedFrame,
    LiveInspector,
    OfflineInspector,
    Remainder,
)
from wstool.wire.dissector import DissectedFrame, Leftover
from wstool.wire.frame import FrameHeader
from wstool.wire.handshake import Request, Response
from wstool.wire.tracker import Part

from support.frames import BINARY, CONTINUATION, PING, PONG, TEXT, frame


KEY = b"abcd"
COMPRESSED = bytes.fromhex("f248cdc9c90700")
COMPRESSED_AGAIN = bytes.fromhex("f200110000")
SENT, RECEIVED = Direction.SENT, Direction.RECEIVED


class Recorder:
    """Keep what an inspector finds."""

    def __init__(self):
        self.findings = []

    def request_sent(self, request):
        """Keep a request."""
        self.findings.append(request)

    def response_received(self, response):
        """Keep a response."""
        self.findings.append(response)

    def frames_found(self, frames):
        """Keep frames."""
        self.findings += frames

    def remainder_found(self, remainder):
        """Keep a remainder."""
        self.findings.append(remainder)

    def frames(self):
        """Give the frames in short: number, direction, offset, payload."""
        return [
            (found.number, found.direction, found.frame.offset, found.frame.payload)
            for found in self.findings
        ]


def inspect_runs(*runs, compression=True):
    """Inspect runs of bytes, which may come in pieces."""
    recorder = Recorder()
    inspector = OfflineInspector(recorder, compression=compression)
    for run in runs:
        inspector.start_run()
        for piece in [run] if isinstance(run, bytes) else run:
            inspector.feed(piece)
    inspector.finish()
    return recorder


def respond(status=101, extensions=()):
    """Make a response."""
    headers = [("Sec-WebSocket-Extensions", value) for value in extensions]
    return Response("HTTP/1.1", status, "", headers, [])


def inspect_live(*extensions):
    """Begin to inspect a connection; give what is found and the callbacks."""
    recorder = Recorder()
    inspector = LiveInspector(recorder, clock=itertools.count(100).__next__)
    inspector.observer.response_received(respond(extensions=extensions))
    recorder.findings.clear()
    return recorder, inspector.observer, inspector


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(
            [frame(PING, b"a") + frame(PONG, b"b")],
            [(1, RECEIVED, 0, b"a"), (2, RECEIVED, 3, b"b")],
            id="server",
        ),
        pytest.param(
            [frame(PING, b"a", masking_key=KEY), frame(PONG, b"b", masking_key=KEY)],
            [(1, SENT, 0, b"a"), (2, SENT, 7, b"b")],
            id="client",
        ),
        pytest.param(
            [
                frame(PING, b"a"),
                frame(PONG, b"a", masking_key=KEY),
                frame(PING, b"b"),
            ],
            [(1, RECEIVED, 0, b"a"), (2, SENT, 0, b"a"), (3, RECEIVED, 3, b"b")],
            id="both",
        ),
        pytest.param(
            [[b"\x89", b"\x81abcd", b"\0"]], [(1, SENT, 0, b"a")], id="in-pieces"
        ),
        pytest.param(
            [frame(TEXT, b"\x89\x80abcd")[:2], b"\x89\x80abcd"],
            [(1, RECEIVED, 0, b"\x89\x80abcd")],
            id="frame-over-two-runs",
        ),
    ],
)
def test_directions(runs, found):
    """The MASK bit of a run's first frame tells its direction."""
    assert inspect_runs(*runs).frames() == found


def test_mask_within_a_run():
    """Within a run, a frame that is masked otherwise than the first is wrong."""
    found = inspect_runs(frame(PING) + frame(PING, masking_key=KEY)).findings

    rules = [[violation.rule for violation in item.frame.violations] for item in found]
    assert rules == [[], ["mask_unexpected"]]


def test_window_over_runs():
    """Compression is assumed, and its window goes from run to run."""
    found = inspect_runs(
        frame(TEXT, COMPRESSED, rsv=0b100), frame(TEXT, COMPRESSED_AGAIN, rsv=0b100)
    ).findings

    assert [item.frame.inflated.data for item in found] == [b"Hello", b"Hello"]
    assert [item.compression_assumed for item in found] == [True, True]


def test_no_compression():
    """Compression isn't assumed where it is known that there is none."""
    (item,) = inspect_runs(
        frame(TEXT, COMPRESSED, rsv=0b100), compression=False
    ).findings

    assert item.frame.inflated is None
    assert [found.rule for found in item.frame.violations] == ["rsv_not_negotiated"]


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        pytest.param(
            [b"\x89"], [Remainder(RECEIVED, Leftover(0, b"\x89"))], id="one-byte"
        ),
        pytest.param(
            [frame(TEXT, fin=False)],
            [Remainder(RECEIVED, unfinished=Part(1, 1, TEXT))],
            id="message",
        ),
        pytest.param(
            [
                frame(TEXT, fin=False, masking_key=KEY),
                frame(TEXT, fin=False) + b"\x80",
            ],
            [
                Remainder(SENT, unfinished=Part(1, 1, TEXT)),
                Remainder(RECEIVED, Leftover(2, b"\x80"), Part(1, 1, TEXT)),
            ],
            id="both-directions",
        ),
    ],
)
def test_remainder(runs, found):
    """What is missing at the end is told for each direction."""
    remainders = [
        item
        for item in inspect_runs(*runs).findings
        if not isinstance(item, InspectedFrame)
    ]

    assert remainders == found


def test_cut_off_frame():
    """A frame that is cut off is among the frames, and its message not missing."""
    cut_off = DissectedFrame(2, FrameHeader(0x0, 2), b"a", part=Part(1, 2, TEXT))

    found = inspect_runs(frame(TEXT, fin=False) + frame(CONTINUATION, b"ab")[:-1])

    assert found.findings[1:] == [
        InspectedFrame(2, RECEIVED, cut_off, compression_assumed=True),
        Remainder(RECEIVED, Leftover(2, b"\x80\x02a", cut_off)),
    ]


@given(st.lists(st.binary(max_size=12)))
def test_any_runs(runs):
    """Any runs of bytes are taken apart without loss."""
    sizes = 0
    for item in inspect_runs(*runs).findings:
        if isinstance(item, InspectedFrame):
            sizes += item.frame.size
        elif item.leftover is not None and item.leftover.frame is None:
            sizes += len(item.leftover.data)

    assert sizes == sum(map(len, runs))


def test_live():
    """Both directions have one numbering, and the time when their bytes passed."""
    recorder, observer, inspector = inspect_live()

    observer.bytes_received(frame(PING, b"a") + frame(PING, b"b"))
    observer.bytes_sent(frame(PONG, b"a", masking_key=KEY))
    observer.bytes_received(frame(TEXT, b"c")[:2])
    inspector.finish()

    assert [
        (item.number, item.time, item.direction, item.frame.payload)
        for item in recorder.findings[:-1]
    ] == [
        (1, 100, RECEIVED, b"a"),
        (2, 100, RECEIVED, b"b"),
        (3, 101, SENT, b"a"),
        (4, 102, RECEIVED, b""),
    ]
    assert isinstance(recorder.findings[-1], Remainder)


def test_live_masking():
    """Of a live connection it is known who has to mask."""
    recorder, observer, _ = inspect_live()

    observer.bytes_received(frame(PING, masking_key=KEY))
    observer.bytes_sent(frame(PING))

    assert [
        [violation.rule for violation in item.frame.violations]
        for item in recorder.findings
    ] == [["mask_unexpected"], ["mask_missing"]]


def test_live_handshake():
    """Request and responses are handed on; the last response counts."""
    recorder = Recorder()
    inspector = LiveInspector(recorder, clock=lambda: 0)
    observer = inspector.observer
    request, early = Request("/", []), respond(status=103)
    response = respond(extensions=["permessage-deflate"])

    observer.request_sent(request)
    observer.response_received(early)
    observer.response_received(response)
    observer.bytes_received(frame(TEXT, COMPRESSED, rsv=0b100))

    assert recorder.findings[:3] == [request, early, response]
    assert recorder.findings[3].frame.inflated.data == b"Hello"


def test_live_without_a_connection():
    """Nothing is missing where the handshake failed."""
    recorder = Recorder()
    inspector = LiveInspector(recorder, clock=lambda: 0)
    inspector.observer.response_received(respond(extensions=["bogus"]))
    inspector.finish()

    assert recorder.findings == [respond(extensions=["bogus"])]


@pytest.mark.parametrize(
    ("extensions", "received", "sent"),
    [
        pytest.param(
            [], ["rsv_not_negotiated"] * 2, ["rsv_not_negotiated"] * 2, id="none"
        ),
        pytest.param(["permessage-deflate"], [], [], id="takeover"),
        pytest.param(
            ["permessage-deflate; server_no_context_takeover"],
            ["compressed_data_invalid"],
            [],
            id="server-no-takeover",
        ),
        pytest.param(
            ["permessage-deflate; client_no_context_takeover"],
            [],
            ["compressed_data_invalid"],
            id="client-no-takeover",
        ),
    ],
)
def test_live_negotiation(extensions, received, sent):
    """What was negotiated holds, for each direction."""
    recorder, observer, _ = inspect_live(*extensions)
    for payload in (COMPRESSED, COMPRESSED_AGAIN):
        observer.bytes_received(frame(TEXT, payload, rsv=0b100))
        observer.bytes_sent(frame(TEXT, payload, rsv=0b100, masking_key=KEY))

    rules = {RECEIVED: [], SENT: []}
    for item in recorder.findings:
        rules[item.direction] += [found.rule for found in item.frame.violations]
        assert not item.compression_assumed
    assert rules == {RECEIVED: received, SENT: sent}


@pytest.mark.parametrize(
    ("parameter", "rules"),
    [
        pytest.param("server", {RECEIVED: ["compressed_data_invalid"], SENT: []}),
        pytest.param("client", {RECEIVED: [], SENT: ["compressed_data_invalid"]}),
    ],
)
def test_live_window_bits(parameter, rules):
    """A message that needs a larger window than was negotiated can't be inflated."""
    noise = random.Random(1).randbytes(1 << 10)
    compressor = zlib.compressobj(wbits=-15)
    recorder, observer, _ = inspect_live(
        f"permessage-deflate; {parameter}_max_window_bits=9"
    )
    for _ in range(2):
        data = compressor.compress(noise) + compressor.flush(zlib.Z_SYNC_FLUSH)
        observer.bytes_received(frame(BINARY, data[:-4], rsv=0b100))
        observer.bytes_sent(frame(BINARY, data[:-4], rsv=0b100, masking_key=KEY))

    found = {RECEIVED: [], SENT: []}
    for item in recorder.findings:
        found[item.direction] += [violation.rule for violation in item.frame.violations]
    assert found == rules
