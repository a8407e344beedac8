"""Pausing, resuming and stopping a decoder."""

from __future__ import annotations

import zlib
from itertools import chain

import pytest

from wstool.wire import violations
from wstool.wire.decoder import Decoder
from wstool.wire.deflate import Inflater
from wstool.wire.frame import serialize_frame
from wstool.wire.opcode import Opcode

from support.feeding import Recorder, feeding_ways


TEXT, BINARY = Opcode.TEXT, Opcode.BINARY
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG


class Interrupter(Recorder):
    """Call a method of the decoder each time that it hands something on."""

    def __init__(self, name):
        super().__init__()
        self._name = name

    def batch_received(self, opcode, payloads):
        """Keep messages, and interrupt."""
        super().batch_received(opcode, payloads)
        getattr(self.decoder, self._name)()

    def control_received(self, opcode, payload):
        """Keep a control frame, and interrupt."""
        super().control_received(opcode, payload)
        getattr(self.decoder, self._name)()


# In runs as the fast lane takes them: kinds in turn, fragments, control frames.
RUNS = "8101 61 8101 62 8201 63 0101 64 8900 8001 65 8201 66 8a00 8802 03e8"
RUN_FINDINGS = [
    [(TEXT, b"a"), (TEXT, b"b")],
    [(BINARY, b"c")],
    [(PING, b"")],
    [(TEXT, b"de")],
    [(BINARY, b"f")],
    [(PONG, b"")],
    [(CLOSE, b"\x03\xe8")],
]


def test_pause(fast):
    """A pause counts at once: nothing more is handed on until it ends."""
    recorder = Interrupter("pause")
    recorder.decoder = decoder = Decoder(recorder, masked=False, fast=fast)
    decoder.feed(bytes.fromhex(RUNS))
    decoder.feed(b"behind the close frame")

    for findings in RUN_FINDINGS:
        assert recorder.findings == findings
        recorder.findings.clear()
        assert decoder.in_message is (findings != RUN_FINDINGS[-1])
        decoder.resume()

    assert recorder.findings == []


def test_paused_decoder_keeps_bytes(fast):
    """What is fed during a pause is decoded after it, in order."""
    recorder = Recorder()
    recorder.decoder = decoder = Decoder(recorder, masked=False, fast=fast)
    data = bytes.fromhex(RUNS)

    decoder.feed(data[:7])
    decoder.pause()
    for octet in data[7:]:
        decoder.feed(bytes([octet]))
    paused = list(recorder.findings)
    decoder.resume()

    assert paused == RUN_FINDINGS[0]
    assert recorder.findings == [*chain.from_iterable(RUN_FINDINGS)]


def test_resume_without_a_pause(fast):
    """Resuming what isn't paused changes nothing."""
    recorder = Interrupter("resume")
    recorder.decoder = decoder = Decoder(recorder, masked=False, fast=fast)

    for piece in feeding_ways(bytes.fromhex(RUNS))["bytewise"]:
        decoder.feed(piece)
        decoder.resume()

    assert recorder.findings == [*chain.from_iterable(RUN_FINDINGS)]


def test_violation_during_a_pause(fast):
    """A violation right behind messages handed on is told even during a pause."""
    recorder = Interrupter("pause")
    recorder.decoder = Decoder(recorder, masked=False, fast=fast)

    recorder.decoder.feed(bytes.fromhex("8101 61 8101 ff"))

    assert recorder.findings == [(TEXT, b"a"), violations.text_invalid(0)]


@pytest.mark.parametrize(
    ("vector", "findings"),
    [
        pytest.param(RUNS, RUN_FINDINGS[0], id="at a message"),
        pytest.param("8900 8101 61", [(PING, b"")], id="at a control frame"),
        pytest.param("8101 61 8900", [(TEXT, b"a")], id="before a control frame"),
        pytest.param("8101 61 8101 ff", [(TEXT, b"a")], id="before invalid text"),
        pytest.param("8101 61 8300", [(TEXT, b"a")], id="before a violation"),
    ],
)
def test_stop(vector, findings, fast):
    """Stopping counts at once, and for good."""
    recorder = Interrupter("stop")
    recorder.decoder = decoder = Decoder(recorder, masked=False, fast=fast)

    decoder.feed(bytes.fromhex(vector))
    decoder.feed(bytes.fromhex(vector))
    decoder.resume()

    assert recorder.findings == findings
    assert not decoder.in_message


def test_messages_that_grow_are_handed_on_one_by_one():
    """A pause takes hold between compressed messages that grow a thousandfold."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(bytes(1 << 19)) + packer.flush(zlib.Z_SYNC_FLUSH)
    recorder = Interrupter("pause")
    recorder.decoder = decoder = Decoder(
        recorder,
        masked=False,
        inflater=Inflater(window_bits=15, context_takeover=False),
    )

    decoder.feed(3 * serialize_frame(0x2, packed[:-4], rsv1=True))

    for count in (1, 2, 3):
        assert recorder.findings == count * [(BINARY, bytes(1 << 19))]
        decoder.resume()
