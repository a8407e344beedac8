"""Messages with places to fill in."""

from __future__ import annotations

import pytest

from wstool.traffic.template import Template, Values, render_all
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


MESSAGE = b'{"id": 7, "user": {"name": "Ada", "tags": ["x", null]}, "ok": true}'
VALUES = Values(MESSAGE, 42, 1_700_000_000.25)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param(b"pong", b"pong", id="nothing-to-fill"),
        pytest.param(b"", b"", id="empty"),
        pytest.param(b"{message}", MESSAGE, id="message"),
        pytest.param(b"{n}/{n}", b"42/42", id="number"),
        pytest.param(b"at {time}.", b"at 2023-11-14T22:13:20.250Z.", id="time"),
        pytest.param(b'{"re": {json.id}}', b'{"re": 7}', id="json-number"),
        pytest.param(b"{json.user.name}", b"Ada", id="json-string"),
        pytest.param(b"{json.user.tags.0}", b"x", id="json-index"),
        pytest.param(b"{json.user.tags}", b'["x", null]', id="json-array"),
        pytest.param(b"{json.ok}", b"true", id="json-true"),
        pytest.param(b"{json.nobody}", b"null", id="json-missing"),
        pytest.param(b"{json.user.tags.9}", b"null", id="json-no-such-index"),
        pytest.param(b"{json.id.deeper}", b"null", id="json-too-deep"),
        pytest.param(b"{other} { n } {}", b"{other} { n } {}", id="other-braces"),
        pytest.param(b"\xff{n}", b"\xff42", id="bytes"),
    ],
)
def test_render(template, expected):
    """Places are filled in; everything else stays as it is."""
    assert Template(template).render(VALUES) == expected


@pytest.mark.parametrize(
    "message",
    [b"no json", b"\xff", b"[" * 100_000, b'"text"'],
    ids=["text", "bytes", "deep", "string"],
)
def test_message_without_the_value(message):
    """In a message that has no such value there is none, whatever it is."""
    assert Template(b"{json.id}").render(VALUES._replace(message=message)) == b"null"


def test_lone_surrogate():
    """A string that isn't Unicode text does no harm."""
    values = VALUES._replace(message=b'{"a": "\\ud800"}')
    assert Template(b"{json.a}").render(values) == b"?"


def test_render_all():
    """Messages that are UTF-8 are text, others binary; the order stays."""
    assert render_all([b"a", "é".encode()]) == [Batch(Opcode.TEXT, [b"a", b"\xc3\xa9"])]
    assert render_all([b"a", b"\xff", b"\xfe", b"b"]) == [
        Batch(Opcode.TEXT, [b"a"]),
        Batch(Opcode.BINARY, [b"\xff", b"\xfe"]),
        Batch(Opcode.TEXT, [b"b"]),
    ]
