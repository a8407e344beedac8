"""The table of modes."""

from __future__ import annotations

import pytest

from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.mode import ModeOptions, ModeTools
from wstool.services.hub.modes import make_mode


@pytest.mark.parametrize(
    ("name", "kind"), [("echo", EchoMode), ("broadcast", BroadcastMode)]
)
def test_make_mode(run, name, kind):
    """Each name has its mode."""

    async def scenario():
        tools = ModeTools(lambda event: None, lambda error: None)
        return type(make_mode(name, ModeOptions(), tools))

    assert run(scenario()) is kind
