"""The handler of one of a pipe's connections."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from wstool.connection.handler import Ending
from wstool.services.pipe.link import Link
from wstool.wire.close import Close


ENDING = Ending(None, Close(1000), Close(1000), True)


def make_link():
    """Make a link to a pipe that takes everything."""
    names = ("batch", "ping", "pong")
    methods = {f"{name}_received": lambda *_: None for name in names}
    methods |= {f"writing_{name}": lambda *_: None for name in ("paused", "resumed")}
    return Link(SimpleNamespace(**methods))


def test_end():
    """The end is kept for whoever waits for it."""

    async def run():
        link = make_link()
        link.close_received(None, Close(1000))
        assert not link.ended.done()
        link.connection_ended(None, ENDING)
        return await link.ended

    assert asyncio.run(run()) is ENDING


def test_end_that_nobody_waits_for():
    """The end of a connection that was given up is no error."""

    async def run():
        link = make_link()
        link.ended.cancel()
        link.connection_ended(None, ENDING)
        return link.ended.cancelled()

    assert asyncio.run(run())
