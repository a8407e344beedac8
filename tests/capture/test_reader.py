"""Packets out of a capture, whatever its format."""

from __future__ import annotations

import pytest

from wstool.capture.reader import CaptureReader, is_capture

from support.captures import pcap, pcapng


@pytest.mark.parametrize("write", [pcap, pcapng])
def test_formats(feed_all, write):
    """The first bytes tell the format."""
    reader = CaptureReader()

    assert feed_all(reader, write(b"one", b"two")) == [(0, 1, b"one"), (1, 1, b"two")]
    assert reader.problem is None


def test_is_capture():
    """Other files are told from captures."""
    assert is_capture(pcap()[:4])
    assert is_capture(pcapng()[:4])
    assert not is_capture(b"\x81\x02hi")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(b"", None, id="empty"),
        pytest.param(b"\xd4\xc3", "2 bytes left at offset 0, no whole header"),
        pytest.param(
            pcap(b"one")[:-1], "the capture is cut off: 18 bytes left at offset 24"
        ),
        pytest.param(pcapng() + bytes(12), "no block at offset 48"),
    ],
)
def test_problems(data, problem):
    """What can't be read is named with its place."""
    reader = CaptureReader()
    reader.feed(data)
    reader.feed(b"")

    assert reader.problem == problem
