"""From bytes to batches."""

from __future__ import annotations

import pytest

from wstool.streams.cutters import SeparatorCutter
from wstool.streams.splitters import Splitter, make_raw_converter
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


@pytest.fixture(name="splitter")
def make_splitter():
    """Make a splitter of lines of text with at most 8 bytes."""
    cutter = SeparatorCutter(b"\n", 8)
    return Splitter(cutter, make_raw_converter(Opcode.TEXT), source="@file")


def test_one_chunk_is_one_batch(splitter):
    """The messages of a chunk come as one batch; none come as none."""
    assert splitter.feed(b"a\nb\nc") == [Batch(Opcode.TEXT, [b"a", b"b"])]
    assert splitter.feed(b"c") == []
    assert splitter.finish() == [Batch(Opcode.TEXT, [b"cc"])]
    assert splitter.error is None


def test_error_comes_after_good_messages(splitter):
    """The good messages are handed out before the error counts."""
    assert splitter.feed(b"a\n") == [Batch(Opcode.TEXT, [b"a"])]
    assert splitter.feed(b"b\n\xff\nc\n") == [Batch(Opcode.TEXT, [b"b"])]
    assert splitter.error is not None
    assert str(splitter.error) == "@file, line 3, byte 4: text isn't valid UTF-8"


@pytest.mark.parametrize(
    "bad", [pytest.param(b"\xff\n", id="fault"), pytest.param(b"x" * 9, id="problem")]
)
def test_nothing_comes_after_an_error(splitter, bad):
    """After an error nothing is handed out, and the error stays the first one."""
    splitter.feed(bad)
    error = splitter.error

    assert error is not None
    assert splitter.feed(b"good\n\xff\n") == []
    assert splitter.finish() == []
    assert splitter.error is error
