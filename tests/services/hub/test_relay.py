"""What stands before a mode and passes everything on."""

from __future__ import annotations

import inspect

import pytest

from wstool.services.hub.mode import Mode
from wstool.services.hub.relay import RelayMode


CALLS = [
    name
    for name, member in inspect.getmembers(Mode, inspect.isfunction)
    if not name.startswith("_")
]


@pytest.mark.parametrize("name", CALLS)
def test_every_call_is_passed_on(run, name):
    """Whatever a mode can be asked, the one behind is asked."""
    seen = []

    class Recorder(Mode):
        """Keep what is called."""

    def record(self, *arguments):
        seen.append(arguments)
        return "answer"

    async def record_later(self, *arguments):
        return record(self, *arguments)

    method = getattr(Mode, name)
    later = inspect.iscoroutinefunction(method)
    setattr(Recorder, name, record_later if later else record)
    arguments = tuple(range(len(inspect.signature(method).parameters) - 1))

    async def call():
        result = getattr(RelayMode(Recorder()), name)(*arguments)
        return await result if later else result

    answer = run(call())
    assert seen == [arguments]
    assert answer in ("answer", None)


def test_count_is_passed_on():
    """So is the count of what went out."""
    mode = Mode()
    mode.delivered = 7

    assert RelayMode(mode).delivered == 7
