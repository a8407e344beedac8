"""What ``/set`` changes: how messages look, and which are shown."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import NamedTuple


__all__ = ["OPTIONS", "Format", "Settings", "Timestamps", "find_problem"]


class Format(enum.Enum):
    """How payloads look."""

    RAW = "raw"
    JSON = "json"
    HEX = "hex"
    TABLE = "table"


class Timestamps(enum.Enum):
    """Which time stands before a message."""

    OFF = "off"
    CLOCK = "clock"
    ELAPSED = "elapsed"
    DELTA = "delta"


class Settings:
    """What can be set while the conversation goes on."""

    def __init__(self, *, timestamps: Timestamps, binary: bool) -> None:
        self.timestamps = timestamps
        self.format = Format.JSON
        self.fold = 20
        """Rows that a message may take before it is folded; 0 for any number."""
        self.pings = False
        """Whether pings and pongs are shown."""
        self.binary = binary
        """Whether what is typed is sent as binary messages."""


class _Option(NamedTuple):
    """Something that can be set."""

    help: str
    values: tuple[str, ...]
    """The values there are; empty for a number."""
    get: Callable[[Settings], str]
    set: Callable[[Settings, str], None]


def find_problem(name: str, value: str) -> str | None:
    """Say what is wrong with an option and its value, if anything is."""
    option = OPTIONS.get(name)
    if option is None:
        return f"there is no option {name}; there are {', '.join(OPTIONS)}"
    if option.values and value not in option.values:
        return f"{name} is one of {', '.join(option.values)}, not {value or 'nothing'}"
    if not option.values and not (value.isascii() and value.isdigit()):
        return f"{name} is a number, not {value or 'nothing'}"
    return None


def _switch(name: str) -> tuple[Callable[[Settings], str], Callable[..., None]]:
    def get(settings: Settings) -> str:
        return "on" if getattr(settings, name) else "off"

    def set_(settings: Settings, value: str) -> None:
        setattr(settings, name, value == "on")

    return get, set_


def _choice(
    name: str, kind: type[enum.Enum]
) -> tuple[Callable[[Settings], str], Callable[..., None]]:
    def get(settings: Settings) -> str:
        return str(getattr(settings, name).value)

    def set_(settings: Settings, value: str) -> None:
        setattr(settings, name, kind(value))

    return get, set_


def _set_fold(settings: Settings, value: str) -> None:
    settings.fold = int(value[:6])


_ON_OFF = ("on", "off")
OPTIONS: dict[str, _Option] = {
    "binary": _Option("send binary messages, not text", _ON_OFF, *_switch("binary")),
    "fold": _Option(
        "rows that a message may take; 0 for any number",
        (),
        lambda settings: str(settings.fold),
        _set_fold,
    ),
    "format": _Option(
        "how payloads look",
        tuple(format.value for format in Format),
        *_choice("format", Format),
    ),
    "pings": _Option("show pings and pongs", _ON_OFF, *_switch("pings")),
    "timestamps": _Option(
        "the time before a message",
        tuple(timestamps.value for timestamps in Timestamps),
        *_choice("timestamps", Timestamps),
    ),
}
