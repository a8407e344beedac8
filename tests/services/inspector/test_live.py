"""A connection of our own, inspected as its bytes pass."""

from __future__ import annotations

import random
import zlib
from types import SimpleNamespace

import pytest

from wstool.connection.facts import Route
from wstool.services.inspector import Event, EventKind, LiveInspector, Remainder
from wstool.wire.handshake import Request

from support.frames import BINARY, PING, PONG, TEXT, frame
from support.inspecting import (
    COMPRESSED,
    COMPRESSED_AGAIN,
    KEY,
    RECEIVED,
    SENT,
    Recorder,
    inspect_live,
    respond,
)


def test_live():
    """Both directions have one numbering, and the time when their bytes passed."""
    recorder, observer, inspector = inspect_live()

    observer.bytes_received(frame(PING, b"a") + frame(PING, b"b"))
    observer.bytes_sent(frame(PONG, b"a", masking_key=KEY))
    observer.bytes_received(frame(TEXT, b"c")[:2])
    inspector.finish()

    assert [
        (item.number, item.time, item.direction, item.frame.payload)
        for item in recorder.items()
    ] == [
        (1, 101, RECEIVED, b"a"),
        (2, 101, RECEIVED, b"b"),
        (3, 102, SENT, b"a"),
        (4, 104, RECEIVED, b""),
    ]
    assert isinstance(recorder.findings[-2], Remainder)
    assert recorder.findings[-1].text == "ping #2 got no pong in 3.0 s"


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

    messages = [half.message for half in recorder.findings[:3]]
    assert messages == [request, early, response]
    assert recorder.findings[3].frame.inflated.data == b"Hello"


def test_live_connections():
    """Where there may be several connections, each is told by its addresses."""
    recorder = Recorder()
    inspector = LiveInspector(recorder, clock=lambda: 7, several=True)
    observer = inspector.observer
    for local in ("127.0.0.1:5", ""):
        observer.connected(Route("127.0.0.1:80", local))
        observer.response_received(respond())
        observer.bytes_received(frame(TEXT, b"a"))

    events = [found for found in recorder.findings if isinstance(found, Event)]
    assert events == [
        Event(EventKind.CONNECTION, "127.0.0.1:5 > 127.0.0.1:80", 1, time=7),
        Event(EventKind.CONNECTION, "127.0.0.1:80", 2, time=7),
    ]


def test_addresses_and_end():
    """Of one connection, addresses and end are for those who keep it, not to show."""
    found = []
    report = SimpleNamespace(
        event_found=found.append,
        handshake_found=lambda half: None,
    )
    inspector = LiveInspector(report, clock=lambda: 7)
    inspector.observer.connected(Route("127.0.0.1:80", "127.0.0.1:5"))
    inspector.observer.response_received(respond())
    inspector.finish()

    assert found == [
        Event(
            EventKind.CONNECTION,
            "127.0.0.1:5 > 127.0.0.1:80",
            1,
            time=7,
            silent=True,
        ),
        Event(EventKind.END, "the connection has ended", 1, time=7, silent=True),
    ]


def test_slow_response():
    """A response that was long on its way is told of."""
    recorder = Recorder()
    clock = iter((1, 9)).__next__
    observer = LiveInspector(recorder, clock=clock).observer
    observer.request_sent(Request("/", []))
    observer.response_received(respond())

    assert recorder.findings[-1].text == "the response came 8.0 s after the request"


def test_live_without_a_connection():
    """Nothing is missing where the handshake failed."""
    recorder = Recorder()
    inspector = LiveInspector(recorder, clock=lambda: 0)
    inspector.observer.response_received(respond(extensions=["bogus"]))
    inspector.finish()

    assert [half.message for half in recorder.findings] == [
        respond(extensions=["bogus"])
    ]


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
