"""The slash commands that send."""

from __future__ import annotations

import asyncio
import os

from wstool.cli._connect.context import CommandError, Context
from wstool.cli._connect.files import read_file
from wstool.cli._connect.snippets import read_snippet
from wstool.errors import InputInvalid
from wstool.phrases import count_messages
from wstool.services.interactive import Phase, repeat
from wstool.streams.encodings import decode_base64, decode_hex
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["SENDING", "send_line", "send_snippet"]

_MAX_CONTROL = 125
_PING_SIZE = 4


def send_line(context: Context, line: str) -> None:
    """
    Send what was typed.

    Raises:
        CommandError: If it can't be sent.
    """
    _send(context, _make_batch(context, line))


def send_snippet(context: Context, name: str) -> None:
    """Send a snippet as one message."""
    limit = context.messages.max_input
    try:
        _send(context, _batch_of(read_snippet(name, limit=limit)))
    except InputInvalid as error:
        raise CommandError(str(error)) from error


def _send_text(context: Context, rest: str) -> None:
    _send(context, Batch(Opcode.TEXT, [_encode(rest)]))


def _send_binary(context: Context, rest: str) -> None:
    named = rest.startswith("@")
    payload = _read(context, rest[1:]) if named else _parse_binary(rest)
    _send(context, Batch(Opcode.BINARY, [payload]))


def _send_file(context: Context, rest: str) -> None:
    _send(context, _batch_of(_read(context, rest)))


def _send_fragments(context: Context, rest: str) -> None:
    size, text = _take_word(rest)
    if text is None:
        raise CommandError("usage: /fragment SIZE TEXT")
    if not (size.isascii() and size.isdigit() and 1 <= int(size[:18]) < 1 << 62):
        raise CommandError(f"SIZE is a number of bytes from 1 on, not {size!r}")
    batch = _make_batch(context, text)
    if not context.conversation.send_fragments(batch, int(size)):
        raise CommandError(_not_open(context))


def _resend(context: Context, rest: str) -> None:
    message = context.find_message(rest)
    _send(context, Batch(message.opcode, [message.payload]))


def _ping(context: Context, rest: str) -> None:
    payload = _encode(rest) if rest else os.urandom(_PING_SIZE).hex().encode()
    if not context.conversation.ping(_check_control(payload)):
        raise CommandError(_not_open(context))


def _pong(context: Context, rest: str) -> None:
    if not context.conversation.pong(_check_control(_encode(rest))):
        raise CommandError(_not_open(context))


def _repeat(context: Context, rest: str) -> None:
    if rest.strip(" ") == "off":
        if not context.stop_repeating():
            raise CommandError("nothing is being repeated")
        return
    number, others = _take_word(rest)
    seconds, text = _take_word(others or "")
    if text is None:
        raise CommandError("usage: /repeat N DELAY TEXT, or /repeat off")
    count, delay = _parse_count(number), _parse_delay(seconds)
    batch = _make_batch(context, text)
    if context.conversation.phase is not Phase.OPEN:
        raise CommandError(_not_open(context))
    context.stop_repeating()
    context.repeating = context.start(_run_repeat(context, batch, count, delay))


async def _run_repeat(context: Context, batch: Batch, count: int, delay: float) -> None:
    done = await repeat(context.conversation, batch, count, delay)
    if done < count:
        context.tell_error(f"repeated {count_messages(done)} of {count} only")
    elif asyncio.current_task() is context.repeating:
        context.tell(f"repeated {count_messages(done)}")


def _send(context: Context, batch: Batch) -> None:
    if not context.conversation.send(batch):
        raise CommandError(_not_open(context))


def _take_word(rest: str) -> tuple[str, str | None]:
    """Take a word; give it and what is behind the blank that ends it, if one does."""
    word, blank, text = rest.lstrip(" ").partition(" ")
    return word, text if blank else None


def _not_open(context: Context) -> str:
    return f"{context.conversation.phase.value}, so nothing was sent"


def _make_batch(context: Context, text: str) -> Batch:
    """Make a message of a text, in the kind and encoding that are chosen."""
    messages = context.messages._replace(binary=context.settings.binary)
    try:
        (batch,) = messages.make_batches([text], name="message")
    except InputInvalid as error:
        raise CommandError(str(error)) from error
    return batch


def _batch_of(payload: bytes) -> Batch:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return Batch(Opcode.BINARY, [payload])
    return Batch(Opcode.TEXT, [payload])


def _read(context: Context, path: str) -> bytes:
    try:
        return read_file(path, limit=context.messages.max_input)
    except InputInvalid as error:
        raise CommandError(str(error)) from error


def _parse_binary(text: str) -> bytes:
    data = _encode(text)
    try:
        return decode_hex(data)
    except ValueError as not_hex:
        try:
            return decode_base64(data)
        except ValueError as not_base64:
            raise CommandError(
                f"neither hex ({not_hex}) nor base64 ({not_base64})"
            ) from not_base64


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise CommandError("not valid UTF-8, so nothing was sent") from None


def _check_control(payload: bytes) -> bytes:
    # 5.5: all control frames have payloads of at most 125 bytes.
    if len(payload) > _MAX_CONTROL:
        problem = f"{len(payload)} bytes are more than a control frame's {_MAX_CONTROL}"
        raise CommandError(problem)
    return payload


def _parse_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) < 10**9):
        raise CommandError(f"N is a number from 1 on, not {text!r}")
    return int(text)


def _parse_delay(text: str) -> float:
    try:
        delay = float(text)
    except ValueError:
        delay = -1.0
    if not 0 <= delay < 1e6:
        raise CommandError(f"DELAY is a number of seconds from 0 on, not {text!r}")
    return delay


SENDING = {
    "binary": _send_binary,
    "file": _send_file,
    "fragment": _send_fragments,
    "ping": _ping,
    "pong": _pong,
    "repeat": _repeat,
    "resend": _resend,
    "text": _send_text,
}
