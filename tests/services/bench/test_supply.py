"""The messages of a load."""

from __future__ import annotations

import pytest

from wstool.services.bench.supply import Supply, make_payloads
from wstool.wire.opcode import Opcode

from support.fake_connection import FakeConnection
from support.frames import decode_frames


class Wire(FakeConnection):
    """Keep serialized frames too."""

    def __init__(self):
        super().__init__()
        self.data = b""

    def send_serialized(self, data):
        """Keep frames."""
        self.data += data


def test_one_size():
    """For one size there is one payload; ASCII, so that it is text too."""
    (payload,) = make_payloads(100, 100)

    assert (len(payload), payload.isascii()) == (100, True)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (10, 1000), (5, 30), (0, 63)])
def test_range(low, high):
    """Sizes run evenly through a range, both ends included, each once a round."""
    sizes = [len(payload) for payload in make_payloads(low, high)]

    assert (min(sizes), max(sizes)) == (low, high)
    assert len(set(sizes)) == len(sizes) == min(high - low + 1, 64)


def test_take():
    """Payloads go round."""
    supply = Supply(Opcode.TEXT, [b"a", b"b", b"c"])

    assert supply.take(4, 5) == [b"b", b"c", b"a", b"b", b"c"]
    assert supply.take(0, 0) == []
    assert Supply(Opcode.TEXT, [b"a"]).take(7, 3) == [b"a"] * 3


def test_count_bytes():
    """Bytes are those of the payloads taken."""
    assert Supply(Opcode.TEXT, [b"a", b"bbb"]).count_bytes(1, 3) == 7
    assert Supply(Opcode.TEXT, [b"aa"]).count_bytes(5, 3) == 6


@pytest.mark.parametrize("count", [1, 5, 200])
def test_masked_beforehand(count):
    """Frames masked beforehand are the messages, under many masking keys."""
    supply = Supply(Opcode.BINARY, [b"hello", b"world!"])
    supply.mask_beforehand()
    connection = Wire()
    supply.send(connection, 1, count)

    frames, rest = decode_frames(connection.data)
    assert rest == b""
    assert frames == [(0x82, payload) for payload in supply.take(1, count)]
    supply.send(connection, 0, 128)
    keys = {connection.data[i + 2 : i + 6] for i in range(0, 12)}
    assert len(keys) > 1


def test_too_large_to_mask():
    """Payloads of too many bytes in all aren't kept twice."""
    supply = Supply(Opcode.BINARY, [bytes(17 << 20)])
    supply.mask_beforehand()
    connection = Wire()
    supply.send(connection, 0, 1)

    assert connection.data == b""
    assert len(connection.sent) == 1
