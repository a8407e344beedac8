"""Samples, run through the real endpoint."""

from __future__ import annotations

import zlib

import pytest

from wstool.services.estimate.message import Packed
from wstool.services.estimate.sample import (
    SETTINGS,
    Setting,
    find_setting,
    pack_sample,
    try_settings,
)
from wstool.wire.opcode import Opcode


LINE = b'{"user": "ann", "text": "hello"}'
REPEATED = [(Opcode.TEXT, LINE * 40)] * 3
COUNT = len(LINE) * 40


def deflate(payload, bits=15):
    """Compress a message by itself (RFC 7692, 7.2.1); tell its size."""
    compressor = zlib.compressobj(wbits=-bits)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return len(data) - 4


def test_none():
    """Without deflate a payload travels as it is."""
    packed = pack_sample(REPEATED, Setting("none", "none"), compress_min=0)

    assert packed == [Packed(COUNT, COUNT, compressed=False)] * 3


@pytest.mark.parametrize("bits", [9, 15])
def test_message(bits):
    """By themselves, equal messages take the same."""
    packed = pack_sample(REPEATED, Setting("", "message", bits), compress_min=0)

    size = deflate(LINE * 40, bits)
    assert packed == [Packed(COUNT, size, compressed=True)] * 3


def test_takeover():
    """With the window kept, a message that came before takes next to nothing."""
    packed = pack_sample(REPEATED, Setting("", "takeover"), compress_min=0)

    assert packed[0].payload == deflate(LINE * 40)
    assert packed[1].payload < packed[0].payload / 2


def test_small():
    """Messages below the least size, and empty ones, aren't compressed."""
    messages = [
        (Opcode.TEXT, b""),
        (Opcode.BINARY, bytes(99)),
        (Opcode.TEXT, b"a" * 100),
    ]
    packed = pack_sample(messages, Setting("", "message"), compress_min=100)

    assert [each.compressed for each in packed] == [False, False, True]
    assert [each.payload for each in packed[:2]] == [0, 99]


def test_clock():
    """Each setting's time is taken by the clock that is given."""
    times = iter([1.0, 1.5, 10.0, 12.0])
    trials = try_settings(
        REPEATED, SETTINGS[:2], compress_min=0, clock=lambda: next(times)
    )

    assert [(trial.setting, trial.seconds) for trial in trials] == [
        (SETTINGS[0], 0.5),
        (SETTINGS[1], 2.0),
    ]


@pytest.mark.parametrize(
    ("deflate", "bits", "name"),
    [
        pytest.param("none", 15, "none", id="none"),
        pytest.param("none", 9, "none", id="none-with-window"),
        pytest.param("message", 15, "message", id="message"),
        pytest.param("takeover", 12, "takeover, 2^12", id="listed"),
        pytest.param("takeover", 11, "takeover, 2^11", id="other"),
    ],
)
def test_find_setting(deflate, bits, name):
    """The plan's own setting is one of those listed, or joins them."""
    setting = find_setting(deflate, bits)

    assert setting.name == name
    assert setting.deflate == deflate
