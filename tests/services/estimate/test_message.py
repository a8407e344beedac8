"""What a message costs, layer by layer."""

from __future__ import annotations

import pytest

from wstool.services.estimate.constants import list_defaults
from wstool.services.estimate.message import Packed, compute_message, pack_by_ratio


def compute(*messages, masked=True, **changes):
    """Compute the figures of messages, by name."""
    known = {**list_defaults(), "tls": 0.0, **changes}
    figures = compute_message(messages, known, masked=masked)
    return {figure.name: figure.value for figure in figures}


def plain(size):
    """Make a message that isn't compressed."""
    return Packed(size, size, compressed=False)


@pytest.mark.parametrize(
    ("size", "masked", "header"),
    [
        pytest.param(125, True, 6, id="short-masked"),
        pytest.param(125, False, 2, id="short"),
        pytest.param(126, True, 8, id="medium-masked"),
        pytest.param(65535, False, 4, id="medium"),
        pytest.param(65536, False, 10, id="long"),
        pytest.param(65536, True, 14, id="long-masked"),
    ],
)
def test_frame(size, masked, header):
    """A frame's header depends on the payload and on who sends it (RFC 6455, 5.2)."""
    figures = compute(plain(size), masked=masked)

    assert figures["header"] == header
    assert figures["frame"] == size + header


@pytest.mark.parametrize(
    ("size", "records"),
    [
        pytest.param(0, 1, id="empty"),
        pytest.param(16384 - 8, 1, id="one-record"),
        pytest.param(16384 - 7, 2, id="two-records"),
        pytest.param(100_000, 7, id="large"),
    ],
)
def test_tls(size, records):
    """TLS adds 22 bytes to each record of at most 16 KiB (RFC 8446, 5.1 and 5.2)."""
    figures = compute(plain(size), tls=1.0)

    assert figures["records"] == records
    assert figures["tls_bytes"] == 22 * records
    assert compute(plain(size))["tls_bytes"] == 0


@pytest.mark.parametrize(
    ("size", "segments", "acks"),
    [
        pytest.param(0, 1, 1, id="empty"),
        pytest.param(1448 - 8, 1, 1, id="full-segment"),
        pytest.param(1448 - 7, 2, 1, id="two-segments"),
        pytest.param(3 * 1448 - 8, 3, 2, id="three-segments"),
        pytest.param(100_000, 70, 35, id="large"),
    ],
)
def test_tcp(size, segments, acks):
    """A segment has 52 bytes of headers; every second one and the last are acked."""
    figures = compute(plain(size))

    assert (figures["segments"], figures["acks"]) == (segments, acks)
    assert figures["tcp_ip"] == 52 * segments
    assert figures["ack_bytes"] == 52 * acks
    assert figures["wire"] == figures["frame"] + 52 * segments


def test_piggyback():
    """Where data goes back at once, the last acknowledgement rides on it."""
    assert compute(plain(10), piggyback=1.0)["ack_bytes"] == 0
    assert compute(plain(100_000), piggyback=1.0)["acks"] == 34


def test_written_together():
    """Messages that leave together share a record, a segment and an ack."""
    figures = compute(plain(10), messages_per_write=10.0, tls=1.0)

    assert figures["wire"] == 16 + (22 + 52) / 10
    assert figures["ack_bytes"] == 5.2


def test_mean():
    """Of several messages the means are taken, not the figures of a mean message."""
    figures = compute(plain(0), plain(10), plain(10), plain(2000))

    assert figures["size"] == 505
    assert figures["header"] == (3 * 6 + 8) / 4
    assert figures["segments"] == 5 / 4


@pytest.mark.parametrize(
    ("size", "deflate", "packed"),
    [
        pytest.param(2000, False, Packed(2000, 2000, False), id="no-deflate"),
        pytest.param(1023, True, Packed(1023, 1023, False), id="too-small"),
        pytest.param(1024, True, Packed(1024, 410, True), id="compressed"),
    ],
)
def test_ratio(size, deflate, packed):
    """Without a sample, messages that are large enough shrink by the ratio."""
    found = pack_by_ratio(size, deflate=deflate, ratio=0.4, compress_min=1024)

    assert found == packed


def test_empty_never_compressed():
    """An empty message isn't compressed, however small the least size is."""
    found = pack_by_ratio(0, deflate=True, ratio=0.4, compress_min=0)

    assert found == Packed(0, 0, compressed=False)
