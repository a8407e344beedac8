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
@pytest.mark.parametrize("payloads", [[b"hello"], [b"hello", b"world!"]])
def test_plain(payloads, count):
    """Plain messages go out as frames, serialized here."""
    supply = Supply(Opcode.BINARY, payloads)
    supply.is_plain = True
    connection = Wire()
    supply.send(connection, 1, count)

    frames, rest = decode_frames(connection.data)
    assert rest == b""
    assert frames == [(0x82, payload) for payload in supply.take(1, count)]


@pytest.mark.parametrize("size", [5, 300, 70_000])
def test_fresh_keys(size):
    """Every frame has a masking key of its own that comes from the source (5.3)."""
    given = []

    def new_keys(count):
        first = sum(map(len, given))
        numbers = range(first, first + count, 4)
        given.append(b"".join(number.to_bytes(4, "big") for number in numbers))
        return given[-1]

    supply = Supply(Opcode.BINARY, [bytes(size)], new_keys=new_keys)
    start = len(supply.serialize(0, 1)) - size - 4
    keys = [supply.serialize(n, 1)[start : start + 4] for n in range(300)]

    assert len(set(keys)) == 300
    assert set(keys) <= {
        data[i : i + 4] for data in given for i in range(0, len(data), 4)
    }


def test_not_plain():
    """What may be compressed or fragmented is left to the connection."""
    supply = Supply(Opcode.BINARY, [b"hello"])
    connection = Wire()
    supply.send(connection, 0, 2)

    assert connection.data == b""
    assert connection.sent == [(Opcode.BINARY, b"hello")] * 2
