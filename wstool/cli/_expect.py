"""Options for what is waited for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._options import ClientArguments
from wstool.cli._types import SECONDS
from wstool.services.pipe import PipeOptions
from wstool.wire.batch import Batch


__all__ = ["ExpectArguments", "count_option", "expect_options", "wait_options"]


class ExpectArguments(NamedTuple):
    """What is waited for, and how long."""

    reply_count: int | None
    until: re.Pattern[str] | None
    reply_timeout: float = 0.0
    linger: float | None = None

    def make_options(
        self,
        client: ClientArguments,
        *,
        greeting: tuple[Batch, ...] = (),
        initial: tuple[Batch, ...] = (),
        shows_sent: bool = False,
    ) -> PipeOptions:
        """Make the options of a pipe; the arguments are as there."""
        return PipeOptions(
            greeting=greeting,
            initial=initial,
            reply_count=self.reply_count,
            until=self.until,
            linger=self.linger,
            reply_timeout=self.reply_timeout,
            close=client.close,
            ok_close=client.ok_close,
            shows_sent=shows_sent,
            reconnect=client.reconnect.policy,
            proof=client.reconnect.proof,
            resend=client.reconnect.resend,
        )


def count_option(letter: str, help_: str) -> Decorator:
    """Make ``--count``, with its short form."""
    return option(
        letter,
        "--count",
        group="Messages",
        metavar="N",
        type=click.IntRange(min=1),
        help=help_,
    )


def expect_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``-n/--count`` and ``--until``; they come as ``expect``."""
    add_options(command, _EXPECT_OPTIONS)
    return collect_values(command, "expect", _make, _FIELDS[:2])


def wait_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add those and ``--reply-timeout`` and ``--linger``; they come as ``expect``."""
    add_options(command, [*_EXPECT_OPTIONS, *_WAIT_OPTIONS])
    return collect_values(command, "expect", _make, _FIELDS)


def _make(
    *,
    count: int | None,
    until: re.Pattern[str] | None,
    reply_timeout: float = 0.0,
    linger: float | None = None,
) -> ExpectArguments:
    return ExpectArguments(count, until, reply_timeout, linger)


def _compile(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> re.Pattern[str] | None:
    if value is None:
        return None
    try:
        return re.compile(value)
    except re.error as error:
        raise click.BadParameter(f"{value!r}: {error}.") from error


_FIELDS = ("count", "until", "reply_timeout", "linger")
_EXPECT_OPTIONS: list[Decorator] = [
    count_option("-n", "End after N messages received."),
    option(
        "--until",
        group="Messages",
        metavar="REGEX",
        callback=_compile,
        help="End after a message in which REGEX is found.",
    ),
]
_WAIT_OPTIONS: list[Decorator] = [
    option(
        "--reply-timeout",
        group="Messages",
        metavar="SECONDS",
        type=SECONDS,
        default=30,
        show_default=True,
        help="With -n or --until: limit from the last message sent on; 0 for none.",
    ),
    option(
        "--linger",
        group="Messages",
        metavar="SECONDS",
        type=SECONDS,
        default=1,
        show_default=True,
        help="Else end when nothing came or went for this long; 0: close at once.",
    ),
]
