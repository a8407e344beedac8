"""How a connection's ending is judged, and handlers that do nothing."""

from __future__ import annotations

import inspect

import pytest

from wstool.connection.handler import Ending, Handler, QuietHandler
from wstool.errors import ClosedWithError
from wstool.wire.close import Close


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        pytest.param(Ending(None, None, None), None, id="none"),
        pytest.param(Ending(None, Close(), Close()), None, id="no-code"),
        pytest.param(Ending(None, Close(1000), None, True), None, id="ok"),
        pytest.param(
            Ending(None, Close(1011, "oops"), Close(1011), True),
            "the peer closed the connection: 1011 (internal error) oops",
            id="error",
        ),
        pytest.param(
            Ending(None, Close(4000), Close(4000, "bye"), False), None, id="echoed"
        ),
        pytest.param(
            Ending(None, Close(4001), Close(4000), False),
            "the peer closed the connection: 4001 (private use)",
            id="not-echoed",
        ),
    ],
)
def test_close_error(ending, error):
    """A close code of the peer's own, that isn't one of the good ones, is an error."""
    found = ending.find_close_error(frozenset({1000, 1001}))

    assert (None if found is None else str(found)) == error
    assert found is None or isinstance(found, ClosedWithError)


def test_quiet():
    """A handler that says nothing else does nothing with anything."""
    handler = QuietHandler()
    names = [name for name in vars(Handler) if name.endswith(("ed", "received"))]

    assert len(names) == 7
    for name in names:
        count = len(inspect.signature(getattr(handler, name)).parameters)
        assert getattr(handler, name)(*[None] * count) is None
