"""The mode ``broadcast``: who gets what."""

from __future__ import annotations

import zlib

import pytest

from wstool.services.hub import fanout
from wstool.wire.deflate import Deflater
from wstool.wire.opcode import Opcode

from support.frames import BINARY, CLOSE, TEXT, frame
from support.rooms import broadcasting, mask


KEY = b"\x12\x34\x56\x78"
FIN, RSV1 = 0x80, 0x40
MIB = 1 << 20
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"
SMALL_WINDOW = f"{DEFLATE}; server_max_window_bits=10"

pytestmark = pytest.mark.usefixtures("descriptors")


def inflate(payload, window_bits=15):
    """Inflate a compressed message."""
    return zlib.decompressobj(-window_bits).decompress(payload + b"\x00\x00\xff\xff")


# Broadcast.


@pytest.mark.parametrize("include_sender", [False, True], ids=["others", "all"])
def test_broadcast(run, include_sender):
    """A message goes to all other clients; to the sender only if so told."""

    async def scenario():
        async with (
            broadcasting(include_sender=include_sender) as room,
            room.enter() as sender,
            room.enter() as first,
            room.enter() as second,
        ):
            await sender.send(mask(TEXT, b"one") + mask(BINARY, b"two"))
            received = [await peer.receive_frames(2) for peer in (first, second)]
            await first.send(mask(TEXT, b"three"))
            count = 3 if include_sender else 1
            return received, await sender.receive_frames(count)

    frames = [(FIN | TEXT, b"one"), (FIN | BINARY, b"two")]
    three = [(FIN | TEXT, b"three")]
    assert run(scenario()) == (
        [frames, frames],
        frames + three if include_sender else three,
    )


@pytest.mark.parametrize("include_sender", [False, True], ids=["others", "all"])
def test_several_senders_in_one_turn(run, include_sender):
    """Each client gets what all others sent, in the order of its coming."""

    async def scenario():
        async with (
            broadcasting(include_sender=include_sender) as room,
            room.enter() as first,
            room.enter() as second,
            room.enter() as third,
        ):
            one, two, _ = room.connections
            room.mode.batch_received(one, Opcode.TEXT, [b"1a", b"1b"])
            room.mode.batch_received(two, Opcode.BINARY, [b"2"])
            room.mode.batch_received(one, Opcode.TEXT, [b"1c"])
            counts = [4, 4, 4] if include_sender else [1, 3, 4]
            received = []
            for peer, count in zip((first, second, third), counts, strict=True):
                frames = await peer.receive_frames(count)
                received.append([payload for _, payload in frames])
            # Nothing else comes: what is sent next is what comes next.
            room.mode.batch_received(two, Opcode.TEXT, [b"last"])
            assert await first.receive_frames(1) == [(FIN | TEXT, b"last")]
            return received

    everything = [b"1a", b"1b", b"2", b"1c"]
    if include_sender:
        assert run(scenario()) == [everything] * 3
    else:
        assert run(scenario()) == [[b"2"], [b"1a", b"1b", b"1c"], everything]


def test_sender_that_leaves(run):
    """What a client sent just before it left is delivered."""

    async def scenario():
        async with broadcasting() as room, room.enter() as peer:
            async with room.enter() as sender:
                await sender.send(mask(TEXT, b"bye") + mask(CLOSE, b"\x03\xe8"))
            return await peer.receive_frames(1)

    assert run(scenario()) == [(FIN | TEXT, b"bye")]


def test_order(run):
    """Messages of one client arrive in order, however the reads cut them."""
    payloads = [b"%d" % number * (number % 50) for number in range(5000)]

    async def scenario():
        async with (
            broadcasting() as room,
            room.enter() as sender,
            room.enter() as peer,
        ):
            await sender.send(b"".join(mask(TEXT, payload) for payload in payloads))
            return await peer.receive_frames(len(payloads))

    assert [payload for _, payload in run(scenario())] == payloads


# Compression.


def test_compression(run, monkeypatch):
    """Who agreed to it gets large messages compressed, once for each window size."""
    large, small = b"large " * 500, b"small"
    compressed = []

    class CountingDeflater(Deflater):
        """Keep what is compressed."""

        def compress(self, payload):
            """Compress a payload."""
            compressed.append((self.window_bits, payload))
            return super().compress(payload)

    monkeypatch.setattr(fanout, "Deflater", CountingDeflater)

    async def scenario():
        async with (
            broadcasting() as room,
            room.enter(DEFLATE),
            room.enter(DEFLATE) as other,
            room.enter(DEFLATE) as first,
            room.enter(DEFLATE) as second,
            room.enter(SMALL_WINDOW) as third,
            room.enter() as plain,
        ):
            # Two senders in one turn: each gets less than the others do.
            sender, silent, *_ = room.connections
            room.mode.batch_received(sender, Opcode.TEXT, [small, large, small])
            room.mode.batch_received(silent, Opcode.BINARY, [b""])
            peers = (other, first, second, third, plain)
            counts = (3, 4, 4, 4, 4)
            return [
                await peer.receive_frames(count)
                for peer, count in zip(peers, counts, strict=True)
            ]

    other, first, second, third, plain = run(scenario())
    assert other == first[:3]
    assert plain == [
        (FIN | TEXT, small),
        (FIN | TEXT, large),
        (FIN | TEXT, small),
        (FIN | BINARY, b""),
    ]
    for frames, bits in ((first, 15), (second, 15), (third, 10)):
        opcode, payload = frames.pop(1)
        assert (opcode, inflate(payload, bits)) == (FIN | RSV1 | TEXT, large)
        assert frames == [plain[0], *plain[2:]]
    assert sorted(compressed) == [(10, large), (15, large)]


@pytest.mark.parametrize(
    ("size", "compressed"),
    [
        pytest.param(0, False, id="empty"),
        pytest.param(9, False, id="below"),
        pytest.param(10, True, id="at-the-limit"),
    ],
)
def test_smallest_message_that_is_compressed(run, size, compressed):
    """Messages are compressed from ``compress_min`` on."""

    async def scenario():
        async with (
            broadcasting(compress_min=10) as room,
            room.enter() as sender,
            room.enter(DEFLATE) as peer,
        ):
            await sender.send(mask(TEXT, b"x" * size))
            return await peer.receive_frames(1)

    ((opcode, payload),) = run(scenario())
    assert bool(opcode & RSV1) is compressed
    assert (inflate(payload) if compressed else payload) == b"x" * size


def test_compressed_message_of_a_sender(run):
    """A message that came compressed goes out to those without compression plain."""
    large = b"large " * 500

    async def scenario():
        deflater = Deflater(window_bits=15, context_takeover=False)
        data = frame(TEXT, deflater.compress(large), rsv=0b100, masking_key=KEY)
        async with (
            broadcasting(include_sender=True) as room,
            room.enter(DEFLATE) as sender,
            room.enter() as plain,
        ):
            await sender.send(data)
            return await sender.receive_frames(1), await plain.receive_frames(1)

    ((opcode, payload),), plain = run(scenario())
    assert (opcode, inflate(payload)) == (FIN | RSV1 | TEXT, large)
    assert plain == [(FIN | TEXT, large)]
