"""The slash commands that close and connect."""

from __future__ import annotations

from wstool.cli._connect.context import CommandError, Context
from wstool.services.interactive import Phase
from wstool.wire.close import Close, is_sendable
from wstool.wire.uri import parse_uri


__all__ = ["STEERING", "reconnect"]


def reconnect(context: Context) -> None:
    """Close what is open, and dial again."""
    context.start(context.conversation.switch())


def _reconnect(context: Context, rest: str) -> None:
    reconnect(context)


def _open(context: Context, rest: str) -> None:
    try:
        uri = parse_uri(rest)
    except ValueError as error:
        raise CommandError(f"{rest}: {error}") from error
    dial = context.dial(uri)
    context.uri = uri
    context.start(context.conversation.switch(dial))


def _close(context: Context, rest: str) -> None:
    conversation = context.conversation
    if conversation.phase in (Phase.CLOSED, Phase.IDLE):
        raise CommandError("the connection is closed already")
    if conversation.phase is Phase.CLOSING:
        raise CommandError("closing already; --close-timeout limits the wait")
    if not rest:
        conversation.close()
        return
    code, _, reason = rest.partition(" ")
    conversation.close(_parse_close(code, reason))


def _parse_close(code: str, reason: str) -> Close:
    if not (code.isascii() and code.isdigit() and is_sendable(int(code[:9]))):
        raise CommandError(f"{code} isn't a close code that can be sent")
    close = Close(int(code), reason)
    try:
        close.serialize()
    except ValueError as error:
        raise CommandError(str(error)) from error
    return close


def _quit(context: Context, rest: str) -> None:
    context.leave()


STEERING = {
    "close": _close,
    "open": _open,
    "quit": _quit,
    "reconnect": _reconnect,
}
