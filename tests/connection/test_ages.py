"""Limits for a connection's life and idleness."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.ages import AgeOptions

from support.connections import (
    ConnectionRecorder,
    echo,
    listening,
    raw_client,
    strip_peers,
)
from support.frames import CLOSE, PING, PONG, TEXT, frame


KEY = b"\x12\x34\x56\x78"
FIN = 0x80
AWAY = b"\x03\xe9"

pytestmark = pytest.mark.usefixtures("descriptors")


def mask(opcode, payload):
    """Write a client's frame."""
    return frame(opcode, payload, masking_key=KEY)


def test_max_lifetime(run_with_clock):
    """What is open for long enough is closed with 1001, however busy it is."""

    async def scenario():
        loop = asyncio.get_running_loop()
        log = []
        ages = AgeOptions(max_lifetime=60)
        async with (
            listening(
                ConnectionRecorder(echo), log=log, ages=ages, ping_interval=0
            ) as listener,
            raw_client(listener) as old,
        ):
            await loop.put_forward(30)
            async with raw_client(listener) as young:
                await loop.put_forward(31)
                frames = await old.receive_frames(1)
                await old.send(mask(CLOSE, AWAY))
                await old.receive_until_end()
                await young.send(mask(TEXT, b"x"))
                kept = await young.receive_frames(1)
                return frames, kept, strip_peers(log)[2:]

    reason = b"--max-lifetime 60 s is over"
    assert run_with_clock(scenario()) == (
        [(FIN | CLOSE, AWAY + reason)],
        [(FIN | TEXT, b"x")],
        [("closed", f"1001 (going away) {reason.decode()}")],
    )


def test_idle_timeout(run_with_clock):
    """Where no message goes either way, the connection is closed; pings are none."""

    async def scenario():
        loop = asyncio.get_running_loop()
        options = {"ages": AgeOptions(idle_timeout=30), "ping_interval": 10}
        async with (
            listening(ConnectionRecorder(echo), **options) as listener,
            raw_client(listener) as idle,
            raw_client(listener) as busy,
        ):
            for _ in range(5):
                await loop.put_forward(8)
                await asyncio.sleep(0.01)
                await idle.send(mask(PONG, b"") + mask(PING, b"p"))
                await busy.send(mask(TEXT, b"x"))
                await asyncio.sleep(0.01)
            received = await idle.receive_until_end()
            await busy.send(mask(CLOSE, b"\x03\xe8"))
            last = (await busy.receive_until_end())[-1]
            return received[-1], last

    closed = (FIN | CLOSE, AWAY + b"--idle-timeout 30 s is over")
    idle, busy = run_with_clock(scenario())
    assert idle == closed
    assert busy == (FIN | CLOSE, b"\x03\xe8")
