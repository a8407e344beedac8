"""What has passed through a connection."""

from __future__ import annotations

import pytest

from wstool.connection.endpoint import Role
from wstool.wire.opcode import Opcode

from support.connections import connected
from support.frames import BINARY, PING, TEXT, frame


KEY = b"\x12\x34\x56\x78"

pytestmark = pytest.mark.usefixtures("descriptors")


def mask(opcode, payload):
    """Write a client's frame."""
    return frame(opcode, payload, masking_key=KEY)


def test_counts(run):
    """Bytes and messages are counted both ways."""

    async def scenario():
        async with connected(Role.SERVER) as (connection, recorder, peer):
            data = mask(TEXT, b"one") + mask(BINARY, b"two")
            await peer.send(data)
            await recorder.until(lambda: len(recorder.messages) == 2)
            connection.send(Opcode.TEXT, [b"a", b"b", b"c"])
            await peer.receive_frames(3)
            return len(data), (
                connection.bytes_received,
                connection.messages_received,
                connection.bytes_sent,
                connection.messages_sent,
            )

    size, counts = run(scenario())
    assert counts == (size, 2, 9, 3)


def test_activity(run):
    """Messages change a connection's activity; pings and pongs don't."""

    async def scenario():
        async with connected(Role.SERVER) as (connection, recorder, peer):
            seen = [connection.activity]
            await peer.send(mask(PING, b"hello"))
            await peer.receive_frames(1)
            connection.send_ping(b"x")
            connection.send_pong()
            await peer.receive_frames(2)
            seen.append(connection.activity)
            await peer.send(mask(TEXT, b""))
            await recorder.until(lambda: recorder.messages)
            seen.append(connection.activity)
            connection.send_serialized(frame(TEXT, b""))
            seen.append(connection.activity)
            return seen

    first, after_control, after_received, after_sent = run(scenario())
    assert first == after_control
    assert after_control < after_received < after_sent
