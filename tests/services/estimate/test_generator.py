"""Whatever makes load can take its place in a calibration."""

from __future__ import annotations

import asyncio
import contextlib
import os
from contextlib import asynccontextmanager
from functools import partial

import pytest

from wstool.errors import TimedOut
from wstool.services.estimate.calibrate import calibrate
from wstool.services.estimate.generator import Driven
from wstool.services.estimate.split import resize
from wstool.wire.opcode import Opcode

from support.calibrating import make_calibration


CALIBRATION = make_calibration(100, senders=50, compression=False, settle=0.0)


class Claimer:
    """Makes next to no load, and claims that so many messages came in a second."""

    def __init__(self, received, *, most=10_000):
        self.asked = []
        self.held = []
        self._received = received
        self._most = most

    async def saturate(self, traffic):
        """Claim what can come at most."""
        return Driven(self._most, 1.0)

    async def drive(self, traffic, look):
        """Let the server work a little between two looks."""
        self.asked.append(traffic)
        look()
        _, writer = await asyncio.open_connection(traffic.uri.host, traffic.uri.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        # Long enough for a server to have used some CPU.
        await asyncio.sleep(0.2)
        look()
        return Driven(self._received, 1.0)

    @asynccontextmanager
    async def hold(self, traffic):
        """Hold nothing."""
        self.held.append(traffic)
        yield


def measure(generator, **options):
    """Calibrate with a generator."""
    load = calibrate(CALIBRATION._replace(**options), generator, lambda text: None)
    return asyncio.run(load).constants


def test_asked():
    """Echoes are asked for in two sizes, then copies, then connections to hold."""
    generator = Claimer(1000)
    measure(generator)

    near, far, copies = generator.asked
    assert [(each.senders, each.listeners) for each in generator.asked] == [
        (50, 0),
        (50, 0),
        (1, 3),
    ]
    assert (near.messages, near.rate, near.seconds) == (CALIBRATION.messages, 500, 0.3)
    assert [len(payload) for _, payload in far.messages] == [32_768]
    assert (copies.messages, copies.rate) == (CALIBRATION.messages, 500)
    assert [each.senders for each in generator.held] == [64, 100]


def test_count():
    """The same CPU for more messages is less for each."""
    less, more = measure(Claimer(10)), measure(Claimer(10_000))

    ratio = less["cpu_per_message"].value / more["cpu_per_message"].value
    assert ratio > 100


def test_rate():
    """No server gets more than half of what it can do."""
    generator = Claimer(1000, most=120)
    measure(generator, fan_out=0)

    assert [each.rate for each in generator.asked] == [60, 60]


def test_copies():
    """However large a fan-out is, its copies are no more than can be taken."""
    generator = Claimer(1_000_000)
    measure(generator, fan_out=1e6, rate=20_000)

    copies = generator.asked[-1]
    assert copies.listeners == 100
    assert copies.rate <= 20_000 / 101


def test_large():
    """Of large messages, fewer connections have one on the way."""
    messages = [(Opcode.BINARY, bytes(16 << 20))]
    generator = Claimer(1000)
    measure(generator, messages=messages, remake=partial(resize, messages))

    assert [each.senders for each in generator.asked] == [4, 50, 1]
    assert [each.listeners for each in generator.asked] == [0, 0, 3]


@pytest.mark.parametrize("options", [{"received": 0}, {"received": 9, "most": 0}])
def test_nothing(options):
    """A load that nothing came of leaves nothing to divide by."""
    with pytest.raises(TimedOut, match="calibrating"):
        measure(Claimer(**options))


def test_stopped():
    """Whoever cancels a calibration leaves no server behind."""
    pids = []

    class Waiting(Claimer):
        async def saturate(self, traffic):
            """Do nothing, for ever."""
            pids.append(await asyncio.to_thread(find_children))
            await asyncio.Event().wait()

    async def scenario():
        load = calibrate(CALIBRATION, Waiting(1), lambda text: None)
        task = asyncio.ensure_future(load)
        while not pids:
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    before = find_children()
    asyncio.run(scenario())
    assert len(pids[0] - before) == 1
    assert find_children() == before


def find_children():
    """Find the processes that this one has started, and that are still there."""
    children = set()
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as file:
            children |= set(file.read().split())
    return children
