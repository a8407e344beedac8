"""Messages with ids."""

from __future__ import annotations

import base64
import json

import pytest

from wstool.services.hub.envelope import make_gone, make_lost, wrap
from wstool.wire.opcode import Opcode


@pytest.mark.parametrize(
    "text",
    ["", "hello", '"quoted" \\ \n \0 \x7f', "zwölf 😀", "\u2028", '{"a": 1}'],
)
def test_text(text):
    """A text is in the object as it was, whatever is in it."""
    assert json.loads(wrap((17, 3), Opcode.TEXT, text.encode())) == {
        "id": "17-3",
        "type": "text",
        "data": text,
    }


def test_binary():
    """A binary message is in base64."""
    event = json.loads(wrap((17, 3), Opcode.BINARY, b"\xff\0"))
    assert (event["id"], event["type"]) == ("17-3", "binary")
    assert base64.b64decode(event["base64"]) == b"\xff\0"


def test_gone():
    """Who missed too much is told since when, and from where on there is something."""
    assert json.loads(make_gone((1, 2), (3, 4))) == {
        "type": "gone",
        "since": "1-2",
        "oldest": "3-4",
    }
    assert json.loads(make_gone((1, 2), None))["oldest"] is None


def test_lost():
    """How many messages were lost is told."""
    assert json.loads(make_lost(3)) == {"type": "lost", "count": 3}
