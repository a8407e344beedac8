"""How a connection's ending is judged, and handlers that do nothing."""

from __future__ import annotations

import inspect

import pytest

from wstool.connection.handler import Ending, Handler, QuietHandler
from wstool.errors import ClosedWithError, ConnectionLost
from wstool.wire.close import Close


LOST = ConnectionLost("cut off")


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


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        pytest.param(Ending(LOST, Close(1011), None, True), LOST, id="lost"),
        pytest.param(Ending(None, Close(1000), None, True), None, id="ok"),
    ],
)
def test_error(ending, error):
    """What cut a connection off goes before what its peer said."""
    assert ending.find_error(frozenset({1000})) is error


def test_error_of_a_code():
    """Where nothing cut it off the close code counts."""
    error = Ending(None, Close(1011), None, True).find_error(frozenset({1000}))

    assert isinstance(error, ClosedWithError)
