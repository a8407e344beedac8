"""The table of modes."""

from __future__ import annotations

import pytest

from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.exec import ExecMode
from wstool.services.hub.mode import ModeOptions, ModeTools
from wstool.services.hub.modes import make_mode
from wstool.services.hub.reply import ReplyMode
from wstool.services.hub.rooms import RoomsMode
from wstool.services.hub.sink import SinkMode
from wstool.services.hub.stream import StreamMode
from wstool.services.hub.talk import TalkMode


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("echo", EchoMode),
        ("broadcast", BroadcastMode),
        ("rooms", RoomsMode),
        ("sink", SinkMode),
        ("reply", ReplyMode),
        ("stream", StreamMode),
        ("exec", ExecMode),
        ("talk", TalkMode),
    ],
)
def test_make_mode(run, name, kind):
    """Each name has its mode."""

    async def scenario():
        tools = ModeTools(lambda event: None, lambda error: None)
        return type(make_mode(name, ModeOptions(), tools))

    assert run(scenario()) is kind
