"""What every kind of load does alike."""

from __future__ import annotations

import asyncio

from wstool.connection.handler import Ending
from wstool.services.bench import Load, Supply
from wstool.services.bench.driver import Driver
from wstool.services.bench.meter import Meter
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.fake_connection import FakeConnection


def play(scene):
    """Run a scene with a driver and its meter."""

    async def run():
        meter = Meter()
        supply = Supply(Opcode.TEXT, [b"x"])
        scene(Driver(Load(), supply, meter, clock=lambda: 0), meter)

    asyncio.run(run())


def test_unknown_connection():
    """A connection that ended before it counted as open changes nothing."""

    def scene(driver, meter):
        driver.connection_ended(FakeConnection(), Ending(None, None, None))
        assert (meter.open, meter.take(0).errors) == (0, {})

    play(scene)


def test_error_code():
    """A peer that closes with an error is told, whenever it does."""

    def scene(driver, meter):
        connection = FakeConnection()
        driver.add(connection)
        driver.begin(0)
        driver.is_closing = True
        ending = Ending(None, Close(1011, "no"), Close(1011), True)
        driver.connection_ended(connection, ending)
        assert driver.emptied.done()
        sample = meter.take(1)
        assert list(sample.errors) == ["closed_with_error"]
        # It stayed as long as it was to.
        assert (sample.fell, sample.falls) == (0, ())

    play(scene)


def test_finished_once():
    """Saying twice that there is nothing to do is no error."""

    def scene(driver, meter):
        driver.finish()
        driver.stop()
        assert driver.finished.done()
        assert driver.settled.done()

    play(scene)
