"""The options that say what load is to be made."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._expect import count_option
from wstool.cli._files import read_file
from wstool.cli._messages import binary_option
from wstool.cli._options import ClientArguments
from wstool.cli._types import SECONDS
from wstool.errors import InputInvalid
from wstool.phrases import describe_file_error
from wstool.services.bench import (
    STAMP_SIZE,
    Kind,
    Load,
    Pace,
    Supply,
    make_payloads,
)
from wstool.services.bench.metronome import EVEN
from wstool.services.bench.stamp import make_room
from wstool.traffic.profiles import PROFILES, Profile
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["LoadArguments", "load_options", "parse_moment"]

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}
_LARGEST = 1 << 30
_MAX_SAMPLES = 64 << 20
_DURATION = 10.0
# So many ticks of a profile are made up beforehand, and then come round again.
_PROFILE_TICKS = 400
_SEED = 1
# To wait for the start, in seconds.
_LONGEST_WAIT = 86_400.0


class LoadArguments(NamedTuple):
    """What the options of a load say."""

    kind: str | None
    connections: int
    publishers: int
    duration: float | None
    limit: int | None
    rate: float | None
    depth: int
    size: tuple[int, int] | str
    binary: bool
    profile: str | None
    workers: int
    drain: float
    any_reply: bool
    greeting: tuple[str, ...]

    @property
    def found_profile(self) -> Profile | None:
        """The profile, if there is one."""
        return None if self.profile is None else PROFILES[self.profile]

    def make_kind(self) -> Kind:
        """Choose the kind: what a profile measures is the delivery."""
        default = Kind.ECHO if self.profile is None else Kind.FANOUT
        return default if self.kind is None else Kind(self.kind)

    def make_supply(self) -> tuple[Supply, Pace | None]:
        """
        Make the messages, and the pace of those of a profile.

        Raises:
            WstoolError: If a file can't be read or a message not be sent so.
        """
        profile = self.found_profile
        if profile is not None:
            opcode, payloads, pace = _follow(profile)
            return Supply(opcode, self._make_room(opcode, payloads)), pace
        opcode = Opcode.BINARY if self.binary else Opcode.TEXT
        if isinstance(self.size, str):
            payloads = _read_samples(self.size, text=not self.binary)
            return Supply(opcode, self._make_room(opcode, payloads)), None
        smallest, largest = self.size
        if self.make_kind() is Kind.FANOUT:
            # The time stamp takes its room.
            smallest = max(smallest, STAMP_SIZE)
            largest = max(largest, smallest)
        return Supply(opcode, make_payloads(smallest, largest)), None

    def _make_room(self, opcode: Opcode, payloads: list[bytes]) -> list[bytes]:
        """Make room for what tells subscribers when a message left."""
        if self.make_kind() is not Kind.FANOUT:
            return payloads
        return [make_room(opcode, payload) for payload in payloads]

    def make_load(self, client: ClientArguments, pace: Pace | None) -> Load:
        """
        Make the load; what isn't for its kind is left out.

        Raises:
            WstoolError: If a greeting can't be read.
        """
        kind = self.make_kind()
        rate = self.rate or (None if pace is None else pace.rate)
        if kind in (Kind.RECEIVE, Kind.IDLE):
            rate = None
        limit = None if kind is Kind.IDLE else self.limit
        duration = self.duration
        if duration is None and limit is None:
            duration = _DURATION
        return Load(
            kind=kind,
            connections=self.connections,
            publishers=self.publishers if kind is Kind.FANOUT else 0,
            duration=duration or None,
            limit=limit,
            depth=self.depth,
            rate=rate,
            pattern=EVEN if pace is None else pace.pattern,
            drain=self.drain,
            any_reply=self.any_reply,
            greeting=tuple(_make_greeting(text) for text in self.greeting),
            close=client.close,
            ok_close=client.ok_close,
            run_id=secrets.token_hex(4).encode(),
        )


def load_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a load; they come as ``arguments``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "arguments", _make, _FIELDS)


def _make(*, count: int | None, **values: Any) -> LoadArguments:
    return LoadArguments(limit=count, **values)


def parse_moment(
    ctx: click.Context,
    param: click.Parameter,
    value: str | None,
    *,
    clock: Callable[[], float] = time.time,
) -> float | None:
    """Parse a time of day, a date with one, or seconds since the epoch."""
    if value is None:
        return None
    try:
        moment = _read_moment(value)
    except (ValueError, OverflowError):
        problem = f"{value!r} isn't a time, such as 14:30:00 or 2030-01-31T14:30:00Z"
        raise click.BadParameter(problem) from None
    wait = moment - clock()
    if not 0 <= wait <= _LONGEST_WAIT:
        problem = "is over" if wait < 0 else "is more than a day away"
        raise click.BadParameter(f"{value!r} {problem}.")
    return moment


def _read_moment(value: str) -> float:
    try:
        moment = float(value)
    except ValueError:
        if value.count(":") and "-" not in value:
            value = f"{datetime.now():%Y-%m-%d}T{value}"
        moment = datetime.fromisoformat(value).timestamp()
    if not math.isfinite(moment):
        raise ValueError("not a number of seconds")
    return moment


def _parse_size(
    ctx: click.Context, param: click.Parameter, value: str
) -> tuple[int, int] | str:
    if value.startswith("@"):
        return value
    first, dash, last = value.partition("-")
    try:
        smallest = _parse_bytes(first)
        largest = _parse_bytes(last) if dash else smallest
    except ValueError:
        problem = f"{value!r} is no size, range of sizes, or @FILE."
        raise click.BadParameter(problem) from None
    if not smallest <= largest <= _LARGEST:
        raise click.BadParameter(f"{value!r} isn't a range up to 1G.")
    return smallest, largest


def _parse_bytes(text: str) -> int:
    text = text.lower().removesuffix("b").removesuffix("i")
    digits = text.rstrip("km")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(text)
    return int(digits) * _UNITS[text[len(digits) :]]


def _parse_rate(
    ctx: click.Context, param: click.Parameter, value: float | None
) -> float | None:
    if value is not None and not 0.001 <= value <= 1e7:
        raise click.BadParameter(f"{value:g} isn't from 0.001 to 10,000,000 a second.")
    return value


def _read_samples(name: str, *, text: bool) -> list[bytes]:
    """Read the lines of a file, each a message."""
    try:
        data = read_file(name[1:], _MAX_SAMPLES + 1)
    except (OSError, ValueError) as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(name, problem) from error
    if len(data) > _MAX_SAMPLES:
        raise InputInvalid(name, f"has more than {_MAX_SAMPLES} bytes")
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    if not lines:
        raise InputInvalid(name, "has no line, so there is nothing to send")
    if text:
        _check_text(name, lines)
    return lines


def _check_text(name: str, lines: list[bytes]) -> None:
    for number, line in enumerate(lines, 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            problem = "text isn't valid UTF-8 (try --binary)"
            raise InputInvalid(
                name, problem, line=number, offset=error.start
            ) from error


def _follow(profile: Profile) -> tuple[Opcode, list[bytes], Pace]:
    """Follow a profile for a while: what it sends, and when."""
    tick = profile.start(Random(_SEED))
    payloads: list[bytes] = []
    moments: list[float] = []
    opcode = Opcode.TEXT
    for number in range(_PROFILE_TICKS):
        moment = number * profile.interval
        batch = tick(moment)
        payloads += batch.payloads
        moments += [moment] * len(batch.payloads)
        opcode = batch.opcode
    rate = len(payloads) / (_PROFILE_TICKS * profile.interval)
    pattern = tuple(moment * rate for moment in moments)
    return opcode, payloads, Pace(rate, pattern)


def _make_greeting(text: str) -> Batch:
    payload = text.encode(errors="surrogateescape")
    if text.startswith("@"):
        try:
            payload = read_file(text[1:], _MAX_SAMPLES)
        except (OSError, ValueError) as error:
            problem = f"can't be read: {describe_file_error(error)}"
            raise InputInvalid(text, problem) from error
    try:
        payload.decode()
    except UnicodeDecodeError:
        return Batch(Opcode.BINARY, [payload])
    return Batch(Opcode.TEXT, [payload])


_FIELDS = tuple("count" if name == "limit" else name for name in LoadArguments._fields)
_OPTIONS: list[Decorator] = [
    option(
        "--kind",
        group="Options",
        type=click.Choice([kind.value for kind in Kind]),
        help="What to measure, echo by default: round trips, one way, delivery, "
        "handshakes, or connections that are held.",
    ),
    option(
        "-c",
        "--connections",
        group="Options",
        metavar="N",
        type=click.IntRange(1, 1_000_000),
        default=10,
        show_default=True,
        help="How many; with fanout, the subscribers.",
    ),
    option(
        "-d",
        "--duration",
        group="Options",
        metavar="SECONDS",
        type=SECONDS,
        help="How long; 10 seconds unless -n is given.",
    ),
    count_option(
        "-n",
        "End after N messages, or handshakes; without -d also after 30 s of silence.",
    ),
    option(
        "--rate",
        group="Options",
        metavar="N",
        type=float,
        callback=_parse_rate,
        help="Messages or handshakes a second in all, whatever the server does.",
    ),
    option(
        "--depth",
        group="Options",
        metavar="N",
        type=click.IntRange(1, 100_000),
        default=1,
        show_default=True,
        help="Without --rate: messages in flight on each connection.",
    ),
    option(
        "--size",
        group="Options",
        metavar="SIZE|@FILE",
        default="64",
        show_default=True,
        callback=_parse_size,
        help="Bytes of a message, a range such as 10-1000, or the lines of a file.",
    ),
    binary_option("Send binary messages, not text."),
    option(
        "--publishers",
        group="Options",
        metavar="N",
        type=click.IntRange(1, 10_000),
        default=1,
        show_default=True,
        help="With fanout: connections that publish.",
    ),
    option(
        "--profile",
        group="Options",
        type=click.Choice(sorted(PROFILES)),
        help="Traffic of that shape, and whether the server is up to its bar.",
    ),
    option(
        "--workers",
        group="Options",
        metavar="N",
        type=click.IntRange(1, 256),
        default=1,
        show_default=True,
        help="Processes that make the load.",
    ),
    option(
        "--drain",
        group="Options",
        metavar="SECONDS",
        type=SECONDS,
        default=5,
        show_default=True,
        help="Wait this long at the end for what is on its way.",
    ),
    option(
        "--any-reply",
        group="Options",
        is_flag=True,
        help="With echo: take every message as a reply, not only the same one.",
    ),
    option(
        "--greeting",
        group="Options",
        metavar="MESSAGE|@FILE",
        multiple=True,
        help="Send this first on each connection, such as a subscription.",
    ),
]
