"""The table of modes."""

from __future__ import annotations

from collections.abc import Callable

from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools


__all__ = ["make_mode"]


def make_mode(name: str, options: ModeOptions, tools: ModeTools) -> Mode:
    """Make a mode by its name; a loop is running."""
    return _MAKERS[name](options, tools)


_MAKERS: dict[str, Callable[[ModeOptions, ModeTools], Mode]] = {
    "echo": lambda options, tools: EchoMode(),
    "broadcast": BroadcastMode,
}
