"""The mode `sink`."""

from __future__ import annotations

import pytest

from support.connections import raw_client, until
from support.frames import BINARY, TEXT
from support.modes import serving_mode
from support.rooms import mask


pytestmark = pytest.mark.usefixtures("descriptors")


def test_counts(run):
    """It answers nothing, and tells for each client and for all what came."""

    async def scenario():
        async with serving_mode("sink") as served:
            async with raw_client(served.listener) as first:
                await first.send(mask(TEXT, b"one") + mask(BINARY, b"\0" * 997))
                async with raw_client(served.listener) as second:
                    await second.send(mask(TEXT, b"x"))
                    await until(lambda: served.mode._total.messages == 3)
                await until(lambda: served.log)
            await until(lambda: len(served.log) == 2)
        return served.log

    assert run(scenario()) == [
        ("received", "1 message, 1 byte"),
        ("received", "2 messages, 1000 bytes"),
        ("received", "3 messages, 1001 bytes"),
    ]


def test_nobody_came(run):
    """Without clients there is nothing to tell."""

    async def scenario():
        async with serving_mode("sink") as served:
            pass
        return served.log

    assert run(scenario()) == []
