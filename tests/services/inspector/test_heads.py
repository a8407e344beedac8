"""Bytes of a stream that are heads of HTTP."""

from __future__ import annotations

import pytest

from wstool.services.inspector.heads import is_head, may_be_http, measure_body

from support.frames import TEXT, frame
from support.inspecting import KEY, RECEIVED, REQUEST_HEAD, RESPONSE_HEAD, SENT


@pytest.mark.parametrize(
    ("headers", "size"),
    [
        ([], 0),
        ([("Content-Length", "5")], 5),
        ([("Content-Length", "x")], None),
        ([("Content-Length", "9" * 16)], None),
        ([("Transfer-Encoding", "chunked"), ("Content-Length", "5")], None),
    ],
)
def test_body(headers, size):
    """A body has the length that the head says, if it says one."""
    assert measure_body(headers) == size


def test_body_until_the_end():
    """A response without a length goes on to the end."""
    assert measure_body([], None) is None


def test_heads():
    """A head begins with its words; frames begin otherwise."""
    for direction, head in ((SENT, REQUEST_HEAD), (RECEIVED, RESPONSE_HEAD)):
        assert is_head(direction, head)
        assert may_be_http(direction, head[:3])
        assert may_be_http(direction, b"")
        for data in (frame(TEXT, b"a"), frame(TEXT, b"a", masking_key=KEY)):
            assert not is_head(direction, data)
            assert not may_be_http(direction, data)
