"""The decoder finds the same in the same bytes, whatever lane, cuts and pauses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wstool.wire.decoder import Decoder
from wstool.wire.deflate import Inflater

from support.feeding import Recorder, cut, decode, feeding_ways
from support.frame_streams import any_streams, faulty_streams, valid_streams


pytestmark = pytest.mark.timeout(120)

PROPERTY = settings(max_examples=300, deadline=None)
LIMITS = st.sampled_from([0, 1, 3, 100, 125, 126, 1000, 1 << 20])
CUTS = st.lists(st.integers(0, 200) | st.integers(0, 1 << 17), max_size=6)
STREAMS = st.one_of(valid_streams(), faulty_streams(), any_streams())


class Pauser(Recorder):
    """Pause, resume and go on as told by a list of choices."""

    def __init__(self, choices):
        super().__init__()
        self._choices = choices
        self.paused = False

    def batch_received(self, opcode, payloads):
        """Keep messages, and perhaps pause."""
        assert not self.paused
        super().batch_received(opcode, payloads)
        self._choose()

    def control_received(self, opcode, payload):
        """Keep a control frame, and perhaps pause."""
        assert not self.paused
        super().control_received(opcode, payload)
        self._choose()

    def toggle(self):
        """Perhaps resume or pause."""
        if self._choices and self._choices.pop():
            self.set_paused(not self.paused)

    def set_paused(self, paused):
        """Pause or resume."""
        self.paused = paused
        if paused:
            self.decoder.pause()
        else:
            self.decoder.resume()

    def _choose(self):
        choice = self._choices.pop() if self._choices else False
        if choice:
            self.paused = True
            self.decoder.pause()
            if choice == "at once":
                self.paused = False
                self.decoder.resume()


def feed_bytewise(stream, max_size):
    """Decode byte by byte on the exact path: what everything else is compared to."""
    pieces = feeding_ways(stream.data)["bytewise"]
    return decode(pieces, max_size=max_size, fast=False, **stream.options)


@PROPERTY
@given(valid_streams(), CUTS, st.booleans())
def test_valid_streams_give_what_is_in_them(stream, cuts, fast):
    """What was put into frames comes out of them, whatever the cuts."""
    pieces = cut(stream.data, [min(at, len(stream.data)) for at in cuts])

    assert decode(pieces, fast=fast, **stream.options) == stream.findings


@PROPERTY
@given(STREAMS, CUTS, LIMITS)
def test_lanes_and_cuts_agree(stream, cuts, max_size):
    """Both lanes and any cuts give the same messages and the same violation."""
    pieces = cut(stream.data, [min(at, len(stream.data)) for at in cuts])
    expected = feed_bytewise(stream, max_size)

    assert decode(pieces, max_size=max_size, **stream.options) == expected
    assert decode(pieces, max_size=max_size, fast=False, **stream.options) == expected
    assert decode([stream.data], max_size=max_size, **stream.options) == expected


@PROPERTY
@given(
    STREAMS,
    CUTS,
    LIMITS,
    st.lists(st.sampled_from([False, True, "at once"]), max_size=30),
    st.booleans(),
)
def test_pauses_change_nothing(stream, cuts, max_size, choices, fast):
    """Pauses at any moment change nothing, and nothing is handed on during one."""
    recorder = Pauser(choices)
    inflater = Inflater(window_bits=15, context_takeover=stream.context_takeover)
    recorder.decoder = decoder = Decoder(
        recorder,
        masked=stream.masked,
        max_size=max_size,
        inflater=inflater if stream.compression else None,
        fast=fast,
    )

    for piece in cut(stream.data, [min(at, len(stream.data)) for at in cuts]):
        decoder.feed(piece)
        recorder.toggle()
    while recorder.paused:
        recorder.set_paused(False)

    assert recorder.findings == feed_bytewise(stream, max_size)
