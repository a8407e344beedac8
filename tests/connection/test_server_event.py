"""What a server's log is made of."""

from __future__ import annotations

import pytest

from wstool.connection.handler import Ending
from wstool.connection.server_event import (
    ServerEvent,
    describe_end,
    describe_opening,
    find_last_close,
)
from wstool.connection.traffic import Traffic
from wstool.errors import ConnectionLost
from wstool.wire.close import Close

from support.visitors import visit


class Client(Traffic):
    """As much of a connection as is described."""

    peer = "127.0.0.1:5000"
    subprotocol = "chat"


def test_opening():
    """An opening tells for what a client came; tokens stay out of it."""
    assert describe_opening(visit("/a?token=secret"), Client()) == ServerEvent(
        "opened",
        "127.0.0.1:5000",
        "/a?token=...",
        {"resource_name": "/a?token=...", "subprotocol": "chat", "secure": False},
    )


@pytest.mark.parametrize(
    ("ending", "close"),
    [
        pytest.param(Ending(None, Close(1000), None), Close(1000), id="theirs"),
        pytest.param(Ending(None, None, Close(1001)), Close(1001), id="ours"),
        pytest.param(
            Ending(None, Close(1008), Close(1008, "why")), Close(1008, "why"), id="echo"
        ),
        pytest.param(
            Ending(None, Close(1000, "bye"), Close(1000), True),
            Close(1000, "bye"),
            id="answered",
        ),
        pytest.param(Ending(ConnectionLost("x"), None, None), None, id="none"),
    ],
)
def test_last_close(ending, close):
    """The close frame that tells why is the first one."""
    assert find_last_close(ending) == close


def test_end():
    """An end tells the code and the reason, and what had passed."""
    client = Client()
    client.bytes_sent = 5

    event = describe_end(client, Ending(None, Close(1000, "bye"), None))

    assert event.text == "1000 (normal closure) bye"
    assert event.facts == {
        "code": 1000,
        "reason": "bye",
        "messages_received": 0,
        "bytes_received": 0,
        "bytes_sent": 5,
    }


def test_loss():
    """A connection without a close frame tells what went wrong."""
    error = ConnectionLost("the stream ended")

    event = describe_end(Client(), Ending(error, None, None))

    assert (event.text, "code" in event.facts) == (str(error), False)
