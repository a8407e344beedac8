"""The slash commands that show, keep and copy."""

from __future__ import annotations

import re

from wstool.cli._connect.commands import COMMANDS, Command
from wstool.cli._connect.context import CommandError, Context
from wstool.cli._connect.entries import Rows
from wstool.cli._connect.files import expand, write_new_file
from wstool.cli._connect.filtering import MessageFilter
from wstool.cli._connect.settings import OPTIONS, find_problem
from wstool.cli._connect.stats import describe_stats
from wstool.errors import WstoolError
from wstool.phrases import count_bytes, count_messages
from wstool.services.interactive import Message
from wstool.services.interactive.transcript import Transcript
from wstool.streams.jsonl import render_batch
from wstool.wire.batch import Batch
from wstool.wire.opcode import opcode_name


__all__ = ["SHOWING", "start_recording"]

_LISTED = 20
_BEGINNING = 60
# Terminals take about 100 kB, in base64.
_MAX_COPIED = 74_000
_KEYS = (
    ("Enter", "send; on an empty line, reconnect when it's closed"),
    ("Alt-Enter", "begin a new line in the message"),
    ("Tab", "complete commands, arguments, files, JSON keys"),
    ("Up, Ctrl-R", "find lines that were typed"),
    ("Ctrl-C", "clear the line; twice, leave"),
    ("Ctrl-D", "close politely, and leave"),
    ("//...", "send a line that begins with one slash"),
)


def start_recording(context: Context, path: str) -> None:
    """
    Record everything from now on.

    Raises:
        OutputFailed: If the file can't be opened.
    """
    conversation = context.conversation
    transcript = Transcript(
        expand(path),
        held=conversation.hold_reading,
        failed=lambda error: context.tell_error(f"{error}; recording has stopped"),
    )
    _stop_recording(context)
    conversation.record(transcript)


def _help(context: Context, rest: str) -> None:
    name = rest.removeprefix("/")
    if not name:
        context.feed.add(Rows([(c.usage, c.help) for c in COMMANDS.values()]))
        context.feed.add(Rows(_KEYS))
        if snippets := context.snippets():
            context.tell("snippets: " + ", ".join(f"/{name}" for name in snippets))
        return
    command = COMMANDS.get(name)
    if command is None:
        raise CommandError(f"there is no command /{name}")
    context.feed.add(Rows([(command.usage, command.help), *_explain(command)]))


def _explain(command: Command) -> list[tuple[str, str]]:
    if command.name != "set":
        return []
    return [
        (name, f"{option.help}: {', '.join(option.values) or 'a number'}")
        for name, option in OPTIONS.items()
    ]


def _show(context: Context, rest: str) -> None:
    if rest:
        context.feed.paint_whole(context.find_message(rest))
        return
    newest = context.conversation.store.newest(_LISTED)
    if not newest:
        raise CommandError("there are no messages yet")
    context.feed.add(Rows([_summarize(message) for message in newest]))


def _summarize(message: Message) -> tuple[str, ...]:
    beginning = message.payload[: 4 * _BEGINNING].decode(errors="backslashreplace")
    return (
        f"#{message.number}",
        ">" if message.sent else "<",
        opcode_name(message.opcode),
        count_bytes(len(message.payload)),
        beginning[:_BEGINNING],
    )


def _copy(context: Context, rest: str) -> None:
    message = context.find_message(rest)
    size = count_bytes(len(message.payload))
    if len(message.payload) > _MAX_COPIED:
        raise CommandError(
            f"{size} are more than a terminal's clipboard takes; /save {rest} FILE"
        )
    try:
        text = message.payload.decode()
    except UnicodeDecodeError:
        text = message.payload.hex()
    context.copy(text)
    context.tell(f"copied message {message.number}, {size}")


def _save(context: Context, rest: str) -> None:
    first, _, path = rest.partition(" ")
    number = first.removeprefix("#")
    try:
        if path and number.isascii() and number.isdigit():
            data = context.find_message(first).payload
            write_new_file(path.strip(), data)
            what = f"message {number}"
        elif not path and number.isascii() and number.isdigit():
            raise CommandError(
                f"usage: /save {first} FILE for that message, "
                f"/save ./{first} for all there are"
            )
        else:
            path, data = rest, _render_kept(context)
            write_new_file(path, data)
            what = count_messages(context.conversation.store.kept)
    except WstoolError as error:
        raise CommandError(str(error)) from error
    context.tell(f"saved {what}, {count_bytes(len(data))}, to {path.strip()}")


def _render_kept(context: Context) -> bytes:
    return b"".join(
        render_batch(
            Batch(run.opcode, run.payloads),
            time=run.time,
            direction="sent" if run.sent else "received",
        )
        for run in context.conversation.store.runs()
    )


def _record(context: Context, rest: str) -> None:
    if rest == "off":
        if not _stop_recording(context):
            raise CommandError("nothing is being recorded")
        return
    try:
        start_recording(context, rest)
    except WstoolError as error:
        raise CommandError(str(error)) from error
    context.tell(f"recording to {rest}")


def _stop_recording(context: Context) -> bool:
    transcript = context.conversation.transcript
    if transcript is None:
        return False
    context.conversation.record(None)
    context.start(_finish(context, transcript))
    return True


async def _finish(context: Context, transcript: Transcript) -> None:
    failure = await transcript.finish()
    if failure is None:
        context.tell(f"recorded to {transcript.path}")


def _format(context: Context, rest: str) -> None:
    _set(context, f"format {rest}" if rest else "")


def _filter(context: Context, rest: str) -> None:
    if rest == "off":
        context.feed.filter = None
        context.tell(f"all messages are drawn again; {context.feed.hidden} were not")
        return
    try:
        context.feed.filter = MessageFilter(rest)
    except re.error as error:
        raise CommandError(f"not a regular expression: {error}") from error
    context.tell(f"only messages that match {rest} are drawn; /filter off ends that")


def _mute(context: Context, rest: str) -> None:
    if rest not in ("", "on", "off"):
        raise CommandError(f"usage: /mute on or /mute off, not {rest!r}")
    context.feed.muted = not context.feed.muted if not rest else rest == "on"
    if context.feed.muted:
        context.tell("messages received are counted, not drawn; /mute off ends that")
    else:
        context.tell("messages are drawn again")


def _history(context: Context, rest: str) -> None:
    if rest and not (rest.isascii() and rest.isdigit()):
        raise CommandError(f"N is a number of lines, not {rest!r}")
    count = int(rest[:9] or _LISTED)
    if not count:
        raise CommandError("N is a number of lines, from 1 on")
    context.feed.add(Rows([(line,) for line in context.typed()[-count:]]))


def _set(context: Context, rest: str) -> None:
    settings = context.settings
    if not rest:
        context.feed.add(
            Rows(
                [
                    (n, option.get(settings), option.help)
                    for n, option in OPTIONS.items()
                ]
            )
        )
        return
    name, _, value = rest.partition(" ")
    problem = find_problem(name, value.strip())
    if problem is not None:
        raise CommandError(problem)
    OPTIONS[name].set(settings, value.strip())
    context.tell(f"{name} is {OPTIONS[name].get(settings)}")


def _headers(context: Context, rest: str) -> None:
    rows = context.handshake.render(context.conversation.connection)
    if not rows.rows:
        raise CommandError("there was no handshake yet")
    context.feed.add(rows)


def _stats(context: Context, rest: str) -> None:
    context.feed.add(Rows(describe_stats(context.conversation, context.feed)))


SHOWING = {
    "copy": _copy,
    "filter": _filter,
    "format": _format,
    "headers": _headers,
    "help": _help,
    "history": _history,
    "mute": _mute,
    "record": _record,
    "save": _save,
    "set": _set,
    "show": _show,
    "stats": _stats,
}
