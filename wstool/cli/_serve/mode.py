"""Options of the server's modes."""

from __future__ import annotations

from collections.abc import Callable
from shutil import which

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._files import read_file
from wstool.cli._output import STDIN
from wstool.cli._types import BYTES, DURATION
from wstool.cli._variables import is_on_command_line, refuse_without
from wstool.errors import InputInvalid
from wstool.phrases import describe_file_error
from wstool.services.hub.mode import ModeOptions
from wstool.traffic.profiles import PROFILES


__all__ = ["MODES", "check_mode", "find_idle_limits", "mode_options", "reads_stdin"]

MODES = {
    "echo": "send every message back",
    "broadcast": "send every message to all other clients",
    "rooms": "broadcast among the clients that asked for the same path",
    "sink": "read everything, and count it",
    "reply": "answer with --reply, in turn",
    "stream": "send --message, --profile or stdin to all",
    "exec": "run COMMAND for each client: its lines are messages, both ways",
    "talk": "speak with the clients, from the terminal or a pipe",
}
"""What a server can do, with a line of help for each."""

# Modes that read nothing more from a client that doesn't read.
_PACED = frozenset({"echo", "sink", "reply", "exec"})
_DEFAULTS = ModeOptions()
_MAX_MESSAGE = 64 << 20
_STDIN = "-"
_DEFAULT_REPLY = b"{message}"
_DEFAULT_MESSAGE = b'{"n": {n}, "time": "{time}"}'
# What the option of one mode would do in another: nothing.
_BELONGS = {
    "include_sender": ("--include-sender", ("broadcast", "rooms")),
    "history": ("--history", ("broadcast", "rooms")),
    "ids": ("--ids", ("broadcast", "rooms")),
    "keep": ("--keep", ("broadcast", "rooms")),
    "keep_bytes": ("--keep-bytes", ("broadcast", "rooms")),
    "bus": ("--bus", ("broadcast", "rooms")),
    "bus_key": ("--bus-key", ("broadcast", "rooms")),
    "reply": ("--reply", ("reply",)),
    "every": ("--every", ("stream",)),
    "message": ("--message", ("stream",)),
    "profile": ("--profile", ("stream",)),
    "max_processes": ("--max-processes", ("exec",)),
}


def mode_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of modes; they come as ``mode_options``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "mode_options", _make, _FIELDS)


def check_mode(mode: str, command: tuple[str, ...]) -> None:
    """
    Check that what is given is for this mode.

    Raises:
        UsageError: If it isn't.
    """
    context = click.get_current_context()
    for name, (spelling, modes) in _BELONGS.items():
        # Variables may have it for the modes where it means something.
        given = is_on_command_line(context, name)
        if given and mode not in modes:
            raise click.UsageError(f"{spelling} is for {' and '.join(modes)}.")
    if command and mode != "exec":
        raise click.UsageError(f"{mode} runs no command; exec does.")
    if mode == "exec" and not command:
        raise click.UsageError("exec needs a command: serve exec -- COMMAND [ARG]...")
    if command and which(command[0]) is None:
        raise click.UsageError(f"exec: there is no program {command[0]!r} to run.")


def find_idle_limits(mode: str) -> str | None:
    """Say which limits are given that the mode can't come to, if there are any."""
    if mode not in _PACED:
        return None
    context = click.get_current_context()
    names = ("queue_limit", "slow_consumer")
    given = [
        f"--{name.replace('_', '-')}"
        for name in names
        if is_on_command_line(context, name)
    ]
    if not given:
        return None
    return (
        f"{' and '.join(given)} will change nothing: {mode} reads no faster than its "
        "clients do, so little waits for them"
    )


def reads_stdin(mode: str, options: ModeOptions) -> bool:
    """Tell whether the mode uses stdin, which only asyncio's own loop can."""
    return mode == "talk" or options.lines is not None


def _make(
    *,
    include_sender: bool,
    history: int,
    ids: bool,
    keep: int | None,
    keep_bytes: int,
    bus: str | None,
    bus_key: str,
    reply: tuple[str, ...],
    every: float,
    message: tuple[str, ...],
    profile: str | None,
    max_processes: int,
) -> ModeOptions:
    if profile is not None and message:
        raise click.UsageError("--message and --profile exclude each other.")
    if _STDIN in message and len(message) > 1:
        raise click.UsageError("--message - stands alone: the messages are stdin's.")
    _refuse_pointless(history=history, ids=ids, bus=bus)
    lines = STDIN if message == (_STDIN,) else None
    messages = () if lines is not None else message
    return ModeOptions(
        include_sender=include_sender,
        history=history,
        ids=ids,
        keep=_DEFAULTS.keep if keep is None else keep,
        keep_bytes=keep_bytes,
        bus=bus,
        bus_key=bus_key,
        replies=_read_all(reply, "--reply") or (_DEFAULT_REPLY,),
        messages=_read_all(messages, "--message") or (_DEFAULT_MESSAGE,),
        every=every,
        profile=profile,
        lines=lines,
        max_processes=max_processes,
    )


def _refuse_pointless(*, history: int, ids: bool, bus: str | None) -> None:
    if not ids and bus is None:
        refuse_without("--ids or --bus", ["keep"])
    if not ids and not history:
        refuse_without("--history or --ids", ["keep_bytes"])
    if bus is None:
        refuse_without("--bus", ["bus_key"])


def _read_all(texts: tuple[str, ...], name: str) -> tuple[bytes, ...]:
    return tuple(_read(text, name) for text in texts)


def _read(text: str, name: str) -> bytes:
    """Read a message: the text itself, or a file's content."""
    if not text.startswith("@"):
        return text.encode(errors="surrogateescape")
    try:
        data = read_file(text[1:], _MAX_MESSAGE + 1)
    except (OSError, ValueError) as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(f"{name} {text}", problem) from error
    if len(data) > _MAX_MESSAGE:
        raise InputInvalid(f"{name} {text}", f"is over {_MAX_MESSAGE} bytes")
    return data


def _check_interval(
    ctx: click.Context, param: click.Parameter, value: float | None
) -> float:
    if value is not None and value < 0.001:
        raise click.BadParameter("it takes 1ms at least.")
    return value or 0.0


_FIELDS = tuple(_BELONGS)
_OPTIONS: list[Decorator] = [
    option(
        "--include-sender",
        group="Mode",
        is_flag=True,
        help="With broadcast and rooms: send a client its own messages too.",
    ),
    option(
        "--history",
        group="Mode",
        metavar="N",
        type=click.IntRange(0),
        default=0,
        help="With broadcast and rooms: send who joins the last N messages.",
    ),
    option(
        "--ids",
        group="Mode",
        is_flag=True,
        help="With broadcast and rooms: send messages as JSON with an id; ?since=ID"
        " gives who comes back what it missed.",
    ),
    option(
        "--keep",
        group="Mode",
        metavar="N",
        type=click.IntRange(1),
        help="With --ids: keep the last N messages of a room for who comes back; with"
        f" --bus, of all rooms, in the stream. {_DEFAULTS.keep} without it.",
    ),
    option(
        "--keep-bytes",
        group="Mode",
        metavar="BYTES",
        type=BYTES,
        default="64M",
        show_default=True,
        help="Keep no more than that of all rooms.",
    ),
    option(
        "--bus",
        group="Mode",
        metavar="redis://HOST",
        help="With broadcast and rooms: be one with all servers that have the same"
        " Redis; history comes from there. Needs the extra redis.",
    ),
    option(
        "--bus-key",
        group="Mode",
        metavar="NAME",
        default=_DEFAULTS.bus_key,
        show_default=True,
        help="The stream's name in Redis.",
    ),
    option(
        "--reply",
        group="Mode",
        metavar="TEXT|@FILE",
        multiple=True,
        help="With reply: an answer, in which {message}, {json.KEY}, {n} and {time} are"
        " filled in. Repeatable, in turn. Without it, the message itself.",
    ),
    option(
        "--every",
        group="Mode",
        metavar="TIME",
        type=DURATION,
        callback=_check_interval,
        help="With stream: the interval, such as 100ms. Without it 1s, or the"
        " profile's, and stdin as it comes.",
    ),
    option(
        "--message",
        group="Mode",
        metavar="TEXT|@FILE|-",
        multiple=True,
        help="With stream: a message, in which {n} and {time} are filled in; - for the"
        " lines of stdin, whose end ends the server. Repeatable, in turn.",
    ),
    option(
        "--profile",
        group="Mode",
        type=click.Choice(list(PROFILES)),
        help="With stream: made-up traffic of that shape.",
    ),
    option(
        "--max-processes",
        group="Mode",
        metavar="N",
        type=click.IntRange(1),
        default=100,
        show_default=True,
        help="With exec: refuse clients over this number with 503.",
    ),
]
