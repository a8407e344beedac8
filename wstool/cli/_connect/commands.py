"""
The slash commands, as data.

The help, the completion, the check of what was typed and the README are made of this
table; ``actions`` has a function for each name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from wstool.cli._connect.settings import OPTIONS, Format


__all__ = ["COMMANDS", "Command", "find_command", "suggest_command"]


_OPTIONAL = re.compile(r"\[.*\]\s*")


class Command(NamedTuple):
    """A slash command."""

    name: str
    arguments: str
    """How its arguments are written; in brackets what can be left out."""
    help: str
    completes: str = ""
    """What its argument is completed from: `files`, or one of the values themselves."""
    values: tuple[str, ...] = ()
    """Values of its first argument."""
    literal: bool = False
    """Whether its argument is sent as it stands, blanks at its ends included."""

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"/{self.name} {self.arguments}".rstrip()

    @property
    def needs_arguments(self) -> bool:
        """Whether it can't be without any."""
        return bool(_OPTIONAL.sub("", self.arguments))


_TABLE = (
    Command("help", "[COMMAND]", "show the commands, or what one does", "commands"),
    Command("text", "[TEXT]", "send a text message, an empty one too", literal=True),
    Command("binary", "HEX|BASE64|@FILE", "send a binary message", "files"),
    Command("file", "PATH", "send a file: as text if it is, else as binary", "files"),
    Command(
        "fragment",
        "SIZE TEXT",
        "send a message in fragments of SIZE bytes",
        literal=True,
    ),
    Command(
        "repeat", "N DELAY TEXT|off", "send N times, DELAY seconds apart", literal=True
    ),
    Command("resend", "N", "send message N again"),
    Command(
        "ping", "[DATA]", "send a ping; its pong shows the round trip", literal=True
    ),
    Command("pong", "[DATA]", "send a pong that nobody asked for", literal=True),
    Command("show", "[N]", "show message N whole, or list the last ones"),
    Command("copy", "N", "copy message N to the clipboard"),
    Command("save", "[N] FILE", "save message N, or all there are, to a new file"),
    Command("record", "FILE|off", "record from now on, as JSON lines", "files"),
    Command(
        "format",
        "[raw|json|hex|table]",
        "choose how payloads look",
        values=tuple(format.value for format in Format),
    ),
    Command("filter", "REGEX|off", "draw only messages that match", values=("off",)),
    Command("mute", "[on|off]", "draw no messages received", values=("on", "off")),
    Command("history", "[N]", "show the last lines that were typed"),
    Command(
        "set", "[OPTION VALUE]", "set an option, or show all", values=tuple(OPTIONS)
    ),
    Command("headers", "", "show the handshake, TLS and what was agreed"),
    Command("stats", "", "show counts, sizes and round trips"),
    Command("close", "[CODE [REASON]]", "close the connection, and stay here"),
    Command("reconnect", "", "close, and connect again"),
    Command("open", "URL", "close, and connect to another server"),
    Command("quit", "", "close, and leave"),
)
COMMANDS = {command.name: command for command in _TABLE}


def find_command(line: str) -> tuple[str, str]:
    """Split a line into a command's name and what follows the blank behind it."""
    name, blank, rest = line[1:].partition(" ")
    first, newline, more = name.partition("\n")
    return first, more + blank + rest if newline else rest


def suggest_command(name: str, names: list[str]) -> str | None:
    """Find the name that is nearest to one that doesn't exist."""
    for known in names:
        if name and known.startswith(name.lower()):
            return known
    from difflib import get_close_matches

    matches = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return matches[0] if matches else None
