"""Feed a decoder in every way that a read can cut a stream."""

from __future__ import annotations

from wstool.wire.decoder import Decoder
from wstool.wire.deflate import Inflater
from wstool.wire.opcode import Opcode


__all__ = ["Recorder", "cut", "decode", "feeding_ways"]


class Recorder:
    """
    Keep what a decoder finds, as one flat list in the order of the bytes.

    Messages and control frames are pairs of opcode and payload; a violation stands for
    itself. Stops the decoder at a close frame, as an endpoint does.
    """

    def __init__(self):
        self.findings = []
        self.decoder = None

    def batch_received(self, opcode, payloads):
        """Keep messages."""
        self.findings += [(opcode, payload) for payload in payloads]

    def control_received(self, opcode, payload):
        """Keep a control frame."""
        self.findings.append((opcode, payload))
        if opcode is Opcode.CLOSE:
            self.decoder.stop()

    def violation_found(self, violation):
        """Keep a violation."""
        self.findings.append(violation)


def decode(
    pieces,
    *,
    masked=False,
    fast=True,
    max_size=0,
    compression=False,
    context_takeover=True,
    window_bits=15,
):
    """Feed pieces to a decoder; give all that it finds."""
    recorder = Recorder()
    inflater = Inflater(window_bits=window_bits, context_takeover=context_takeover)
    recorder.decoder = Decoder(
        recorder,
        masked=masked,
        max_size=max_size,
        inflater=inflater if compression else None,
        fast=fast,
    )
    for piece in pieces:
        recorder.decoder.feed(piece)
    return recorder.findings


def cut(data, positions):
    """Cut data at positions, which may come in any order."""
    ends = [*sorted(positions), len(data)]
    return [data[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def feeding_ways(data, trailing=b""):
    """Give the ways to feed a vector: whole, in pieces, and with trailing bytes."""
    bytewise = [data[i : i + 1] for i in range(len(data))]
    half = len(data) // 2
    ways = {"whole": [data], "bytewise": bytewise, "halves": cut(data, [half])}
    if trailing:
        ways["with trailing bytes"] = [data + trailing]
        ways["halves with trailing bytes"] = [data[:half], data[half:] + trailing]
        ways["bytewise, then trailing bytes"] = [*bytewise, trailing]
    return ways
