"""Bytes of which only their content tells what they are."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.services.inspector import AnyInspector, Event
from wstool.streams.hextext import HexInvalid

from support.captures import Talk, pcap
from support.frames import PING, TEXT, frame
from support.inspecting import (
    KEY,
    RECEIVED,
    REQUEST_HEAD,
    RESPONSE_HEAD,
    SENT,
    Recorder,
)


CAPTURE = pcap(
    *Talk()
    .send(REQUEST_HEAD)
    .receive(RESPONSE_HEAD)
    .receive(frame(TEXT, b"hi"))
    .packets
)
LINES = b'{"direction": "received", "type": "text", "data": "hi"}\n'
HAR = {
    "log": {
        "entries": [
            {
                "request": {},
                "response": {},
                "_webSocketMessages": [{"type": "receive", "opcode": 1, "data": "hi"}],
            }
        ]
    }
}

SOURCES = {
    "raw": frame(TEXT, b"hi"),
    "hex": b"81 02 68 69\n",
    "hex without an end of line": b"81026869",
    "base64": b"gQJoaQ==",
    "C array": b"{ 0x81, 0x02, 0x68, 0x69 }",
    "capture": CAPTURE,
    "capture in gzip": gzip.compress(CAPTURE),
    "capture in two members": gzip.compress(CAPTURE[:99]) + gzip.compress(CAPTURE[99:]),
    "JSON of Node": b'{"type":"Buffer","data":[129,2,104,105]}\n',
    "lines": LINES,
    "line without an end": LINES.rstrip(),
    "lines in gzip": gzip.compress(LINES),
    "HAR": json.dumps(HAR).encode(),
    "HAR over lines": json.dumps(HAR, indent=2).encode(),
    "HAR with a byte order mark": b"\xef\xbb\xbf" + json.dumps(HAR).encode(),
    "server's bytes": RESPONSE_HEAD + frame(TEXT, b"hi"),
}


def inspect(data, step=None, **options):
    """Inspect data, perhaps in pieces; give what is found."""
    recorder = Recorder()
    inspector = AnyInspector(recorder, **options)
    for start in range(0, len(data), step or len(data) or 1):
        inspector.feed(data[start : start + (step or len(data))])
    inspector.finish()
    return recorder


@pytest.mark.parametrize("data", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("step", [None, 1, 7])
def test_sources(data, step):
    """The first bytes tell what it is, in whatever pieces they come."""
    (item,) = inspect(data, step).items()

    assert (item.direction, item.frame.payload) == (RECEIVED, b"hi")


def dump(packet):
    """Dump a packet as tcpdump -X does."""
    lines = ["12:00:01.596 IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], length 4"]
    for start in range(0, len(packet), 16):
        piece = packet[start : start + 16]
        words = " ".join(piece[at : at + 2].hex() for at in range(0, len(piece), 2))
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        lines.append(f"\t0x{start:04x}:  {words:<39}  {text}")
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize(
    "skipped", [pytest.param(0, id="Ethernet"), pytest.param(14, id="IP")]
)
def test_dumped_packets(skipped):
    """Of packets that are dumped whole, what carries the frames is taken off."""
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    talk.send(frame(TEXT, b"yo", masking_key=KEY)).receive(frame(TEXT, b"hi"))
    dumps = [dump(packet[skipped:]) for packet in talk.packets]

    whole, middle = inspect(b"".join(dumps)), inspect(b"".join(dumps[-2:]))

    frames = [(1, SENT, 0, b"yo"), (2, RECEIVED, 0, b"hi")]
    assert whole.frames() == middle.frames() == frames
    assert [item.time for item in whole.items()] == [None, None]
    assert len(whole.findings) == 5


def test_clients_bytes():
    """Bytes of one side may begin with its part of the handshake."""
    data = REQUEST_HEAD + frame(TEXT, b"hi", masking_key=b"abcd")

    (item,) = inspect(data, 5).items()

    assert (item.direction, item.frame.payload) == (SENT, b"hi")


def test_known_direction():
    """The sender of raw bytes can be told."""
    (item,) = inspect(frame(PING), direction=SENT).items()

    assert item.direction is SENT


@pytest.mark.parametrize("data", [b"", b"\n", b"\x81", b"8", b"{", b"\x1f\x8b"])
def test_little(data):
    """Hardly any bytes are enough to say something, or nothing."""
    told = []
    try:
        found = inspect(data, tell=told.append).findings
    except HexInvalid:
        assert data == b"8"
    else:
        assert found or told or not data.strip()


def test_text_that_is_nothing():
    """Text that spells no bytes is taken as bytes, and said so."""
    told = []

    inspect(b"hello world", tell=told.append)

    oddity = "character 1: 'h' isn't a hex digit"
    assert told == [f"is taken as raw bytes, not as hex: {oddity}"]


def test_gzip_that_is_broken():
    """Bytes that can't be inflated are told, after what came before them."""
    data = bytearray(gzip.compress(CAPTURE))
    data[-30:] = bytes(30)

    events = [item for item in inspect(bytes(data)).findings if isinstance(item, Event)]

    assert events[-1].text.startswith("gzip can't be inflated: ")


@given(st.binary(), st.sampled_from([1, 3, None]))
def test_any_bytes(data, step):
    """Any bytes at all are taken, or refused as hex text with half a byte."""
    try:
        inspect(data, step)
    except HexInvalid:
        pass


@given(st.text(alphabet='0123456789abcdef {}[]",:\\x\n"', max_size=40))
def test_any_text(text):
    """Any text at all is taken, or refused as hex text with half a byte."""
    try:
        inspect(text.encode())
    except HexInvalid:
        pass
