"""
Synthetic traffic of the shape that well-known kinds of systems have.

Each kind names how often it ticks, what a tick brings, and the bar that such a system
is held to. The random numbers are the caller's, so that a run can be repeated.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["PROFILES", "Profile", "Ticker"]

Ticker = Callable[[float], Batch]
"""Gives the messages of the next tick; takes the time in seconds since the epoch."""


class Profile(NamedTuple):
    """A kind of traffic."""

    name: str
    text: str
    """What it is like, for people."""
    interval: float
    """Seconds between ticks."""
    percentile: float
    """Which percentile of the latencies the bar is for."""
    limit: float
    """The bar: seconds within which a message is to be delivered."""
    start: Callable[[Random], Ticker]
    """Starts the traffic."""


_NAMES = ("ada", "ben", "cleo", "dov", "eve", "finn", "gus", "hana")
_WORDS = (
    *("hello", "yes", "no", "the", "build", "is", "green", "again", "can", "you"),
    *("have", "a", "look", "at", "this", "one", "thanks", "deploying", "now", "back"),
    *("in", "five", "who", "broke", "main", "lunch", "shipped", "it", "works", "ok"),
)
_CHAT_RATE = 5.0
_CHAT_INTERVAL = 0.05


def _start_chat(random: Random) -> Ticker:
    """Start people who type, and say something of 3 to 20 words now and then."""
    number = 0

    def tick(now: float) -> Batch:
        nonlocal number
        payloads = []
        for _ in range(_draw_poisson(random, _CHAT_RATE * _CHAT_INTERVAL)):
            sender = random.choice(_NAMES)
            event: dict[str, object] = {"type": "typing", "from": sender}
            if random.random() < 0.7:
                number += 1
                text = " ".join(random.choices(_WORDS, k=random.randint(3, 20)))
                event |= {"type": "message", "id": number, "text": text}
            payloads.append(_dump({**event, "time": round(now, 3)}))
        return Batch(Opcode.TEXT, payloads)

    return tick


_QUOTE = struct.Struct("!HIIIId")
_QUOTES_PER_TICK = 50
_SYMBOLS = 200


def _start_trading(random: Random) -> Ticker:
    """
    Start quotes of 200 symbols, whose prices walk at random.

    26 bytes in network order: symbol, bid, ask, both sizes, and the time as a double.
    """
    prices = [random.randint(1_000, 1_000_000) for _ in range(_SYMBOLS)]

    def tick(now: float) -> Batch:
        payloads = []
        for symbol in random.choices(range(_SYMBOLS), k=_QUOTES_PER_TICK):
            bid = prices[symbol] = max(prices[symbol] + random.randint(-5, 5), 1)
            ask = bid + random.randint(1, 5)
            sizes = random.randint(1, 500), random.randint(1, 500)
            payloads.append(_QUOTE.pack(symbol, bid, ask, *sizes, now))
        return Batch(Opcode.BINARY, payloads)

    return tick


_SNAPSHOT = struct.Struct("!IdB")
_POSITION = struct.Struct("!Bfff")
_PLAYERS = 16
_ARENA = 100.0
_SPEED = 0.15


def _start_game(random: Random) -> Ticker:
    """
    Start players who run through an arena.

    A snapshot in network order: tick, time as a double, number of players; then for
    each its number, x, y and heading.
    """
    players = [
        [random.uniform(0, _ARENA), random.uniform(0, _ARENA), random.uniform(-3, 3)]
        for _ in range(_PLAYERS)
    ]
    number = 0

    def tick(now: float) -> Batch:
        nonlocal number
        number += 1
        pieces = [_SNAPSHOT.pack(number & 0xFFFFFFFF, now, _PLAYERS)]
        for index, player in enumerate(players):
            player[2] += random.uniform(-0.1, 0.1)
            player[0] = (player[0] + _SPEED * math.cos(player[2])) % _ARENA
            player[1] = (player[1] + _SPEED * math.sin(player[2])) % _ARENA
            pieces.append(_POSITION.pack(index, *player))
        return Batch(Opcode.BINARY, [b"".join(pieces)])

    return tick


_COLLAB_RATE = 30.0
_COLLAB_INTERVAL = 0.05


def _start_collab(random: Random) -> Ticker:
    """Start people who edit one text: cursors that move, and small edits."""
    version = length = 0

    def tick(now: float) -> Batch:
        nonlocal version, length
        payloads = []
        for _ in range(_draw_poisson(random, _COLLAB_RATE * _COLLAB_INTERVAL)):
            at = random.randint(0, length)
            event: dict[str, object] = {"type": "cursor", "at": at}
            if random.random() < 0.4:
                version += 1
                event |= {"type": "edit", "version": version}
                if length > at and random.random() < 0.2:
                    event["delete"] = 1
                    length -= 1
                else:
                    event["insert"] = random.choice(_WORDS)[: random.randint(1, 4)]
                    length += len(str(event["insert"]))
            sender = random.choice(_NAMES[:4])
            payloads.append(_dump({**event, "from": sender, "time": round(now, 3)}))
        return Batch(Opcode.TEXT, payloads)

    return tick


def _dump(event: dict[str, object]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _draw_poisson(random: Random, mean: float) -> int:
    """Draw how often something happens that happens so often on average (Knuth)."""
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "chat",
            "about 5 JSON messages a second, words and typing",
            interval=_CHAT_INTERVAL,
            percentile=99.0,
            limit=0.1,
            start=_start_chat,
        ),
        Profile(
            "trading",
            "5,000 binary quotes of 26 bytes a second",
            interval=0.01,
            percentile=99.0,
            limit=0.001,
            start=_start_trading,
        ),
        Profile(
            "game",
            "60 binary snapshots of 16 players a second",
            interval=1 / 60,
            percentile=99.0,
            limit=1 / 60,
            start=_start_game,
        ),
        Profile(
            "collab",
            "about 30 JSON cursors and small edits a second",
            interval=_COLLAB_INTERVAL,
            percentile=99.0,
            limit=0.1,
            start=_start_collab,
        ),
    )
}
"""The kinds of traffic by name."""
