"""The load of a calibration, made by the generator of ``bench``."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import Any, NamedTuple

from wstool.cli._estimate.window import Window
from wstool.connection.dial import dial
from wstool.connection.options import (
    ConnectOptions,
    EndpointOptions,
    ProxyOptions,
    RequestOptions,
    RouteOptions,
    TLSOptions,
)
from wstool.connection.waiting import first_of
from wstool.errors import TimedOut
from wstool.services.bench import Kind, Load, Supply, run_load
from wstool.services.bench.meter import SAMPLE_INTERVAL
from wstool.services.bench.metronome import make_random_pattern
from wstool.services.estimate.generator import Driven, Traffic
from wstool.wire.deflate import DeflateParams


__all__ = ["BenchGenerator"]

_SEED = 6455
# So many messages until their moments come round again.
_ROUND = 4096
_NO_TAKEOVER = DeflateParams(True, True)
# Part of the time after which a load is under way.
_WARM_UP = 0.125
_DRAIN = 10.0
# How long held connections may wait for their echoes, besides the time these take.
_PATIENCE = 30.0
# Longer than anything is held.
_FOREVER = 86_400.0


class _Part(NamedTuple):
    """A load of those that are made together: bench's has one kind of messages."""

    load: Load
    supply: Supply


class BenchGenerator:
    """See ``Generator``."""

    async def saturate(self, traffic: Traffic) -> Driven:
        """Send as fast as the replies come, whatever the rate."""
        window = Window(0.0, traffic.seconds)
        parts = _share(traffic, Load(duration=traffic.seconds, drain=_DRAIN))
        paceless = [part._replace(load=_unpace(part.load)) for part in parts]
        await _run(paceless, traffic, window)
        return window.finish()

    async def drive(self, traffic: Traffic, look: Callable[[], None]) -> Driven:
        """Send at random moments; look at the beginning and at the end."""
        begin = max(traffic.seconds * _WARM_UP, SAMPLE_INTERVAL)
        end = begin + traffic.seconds
        window = Window(begin, end, look=look)
        kind = Kind.SEND if traffic.listeners else Kind.ECHO
        chance = Random(_SEED)
        pattern = make_random_pattern(_ROUND, chance)
        # Users don't send in turn, and other machines need not be woken by the server.
        order = tuple(chance.randrange(traffic.senders) for _ in range(_ROUND))
        load = Load(
            kind,
            duration=end,
            drain=_DRAIN,
            pattern=pattern,
            order=order,
            awake=True,
        )
        parts = _share(traffic, load)
        if traffic.listeners:
            listen = Load(Kind.RECEIVE, traffic.listeners, duration=end)
            parts.append(_Part(listen, parts[0].supply))
        await _run(parts, traffic, window)
        return window.finish()

    @asynccontextmanager
    async def hold(self, traffic: Traffic) -> AsyncIterator[None]:
        """Hold connections, each of which has sent one message and got it back."""
        window = Window(0.0, _FOREVER, wanted=traffic.senders)
        length = traffic.senders / traffic.rate
        parts = [
            part._replace(load=_greet(part.load, length))
            for part in _share(traffic, Load(duration=_FOREVER))
        ]
        running = asyncio.ensure_future(_run(parts, traffic, window))
        try:
            await _wait_for_all(window, running, length + _PATIENCE)
            yield
            window.check()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _share(traffic: Traffic, load: Load) -> list[_Part]:
    """Share connections and rate among the kinds of messages, by their numbers."""
    kinds = Counter(opcode for opcode, _ in traffic.messages)
    # Where there are fewer connections than kinds, the rarest isn't sent.
    chosen = kinds.most_common(traffic.senders)
    left, total = traffic.senders, sum(times for _, times in chosen)
    parts = []
    for number, (kind, times) in enumerate(chosen, start=1):
        later = len(chosen) - number
        few = max(min(round(traffic.senders * times / total), left - later), 1)
        few = few if later else left
        left -= few
        payloads = [payload for opcode, payload in traffic.messages if opcode is kind]
        rate = traffic.rate * times / total
        mine = load._replace(connections=few, rate=rate)
        parts.append(_Part(mine, Supply(kind, payloads)))
    return parts


def _unpace(load: Load) -> Load:
    return load._replace(rate=None)


def _greet(load: Load, length: float) -> Load:
    """Let each connection send one message, all of them within so many seconds."""
    number = load.connections
    # In a period of a day, they come in the first seconds.
    scale = length / _FOREVER
    pattern = tuple(index * scale for index in range(number))
    return load._replace(rate=number / _FOREVER, pattern=pattern)


async def _run(parts: list[_Part], traffic: Traffic, window: Window) -> None:
    """Make several loads, which begin together."""
    options = _make_options(traffic)
    gate = _Gate(len(parts))
    running = [
        asyncio.ensure_future(
            run_load(
                part.load,
                part.supply,
                partial(dial, options),
                report=partial(window.take, number),
                stopped=window.failed,
                gate=gate.wait,
            )
        )
        for number, part in enumerate(parts)
    ]
    try:
        await asyncio.gather(*running)
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class _Gate:
    """Lets all begin when the last of them has come."""

    def __init__(self, number: int) -> None:
        self._missing = number
        self._start: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """Wait for the others; give the time to begin at."""
        self._missing -= 1
        if not self._missing:
            self._start.set_result(time.monotonic_ns())
        # Whoever gives up doesn't give up for the others.
        return await asyncio.shield(self._start)


async def _wait_for_all(
    window: Window, running: asyncio.Future[None], limit: float
) -> None:
    """
    Wait until all that is wanted has come.

    Raises:
        WstoolError: If something goes wrong, or it takes too long.
    """
    waited: list[asyncio.Future[Any]] = [window.came, window.failed, running]
    try:
        async with asyncio.timeout(limit):
            await first_of(*waited)
    except TimeoutError:
        raise TimedOut("waiting for echoes", limit, "--calibrate-time") from None
    if running.done():
        running.result()
    window.check()


def _make_options(traffic: Traffic) -> ConnectOptions:
    return ConnectOptions(
        traffic.uri,
        request=RequestOptions(deflate=_NO_TAKEOVER if traffic.compression else None),
        tls=TLSOptions(cacert=traffic.authority),
        # The server is on this host, where no proxy can be asked to connect to.
        route=RouteOptions(proxy=ProxyOptions(proxy="")),
        endpoint=EndpointOptions(compress_min=traffic.compress_min, ping_interval=0),
    )
