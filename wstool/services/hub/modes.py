"""The table of modes."""

from __future__ import annotations

from collections.abc import Callable

from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.exec import ExecMode
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.services.hub.reply import ReplyMode
from wstool.services.hub.rooms import RoomsMode
from wstool.services.hub.sink import SinkMode
from wstool.services.hub.stream import StreamMode
from wstool.services.hub.talk import TalkMode


__all__ = ["make_mode"]


def make_mode(name: str, options: ModeOptions, tools: ModeTools) -> Mode:
    """Make a mode by its name; a loop is running."""
    return _MAKERS[name](options, tools)


_MAKERS: dict[str, Callable[[ModeOptions, ModeTools], Mode]] = {
    "echo": lambda options, tools: EchoMode(),
    "broadcast": BroadcastMode,
    "rooms": RoomsMode,
    "sink": lambda options, tools: SinkMode(tools),
    "reply": lambda options, tools: ReplyMode(options.replies),
    "stream": StreamMode,
    "exec": ExecMode,
    "talk": TalkMode,
}
