"""Who wants to open a connection."""

from __future__ import annotations

import pytest

from wstool.connection.visitor import Visitor
from wstool.wire.handshake import Request


def visit(resource_name, *headers):
    """Make a visitor."""
    return Visitor(Request(resource_name, list(headers)), "127.0.0.1:5000")


@pytest.mark.parametrize(
    ("resource_name", "path", "query"),
    [
        pytest.param("/", "/", {}, id="root"),
        pytest.param(
            "/a%20b?x=1&x=2&y=", "/a b", {"x": ["1", "2"], "y": [""]}, id="all"
        ),
        pytest.param("/?" + "x&" * 101, "/", {}, id="too-many-fields"),
    ],
)
def test_resource_name(resource_name, path, query):
    """Path and query are decoded; a query of too many fields counts as none."""
    visitor = visit(resource_name)

    assert (visitor.path, visitor.query) == (path, query)


def test_find_header():
    """A header is found whatever the case of its name, the first of several."""
    visitor = visit("/", ("HOST", "x"), ("Cookie", "a"), ("cookie", "b"))

    assert visitor.find_header("cookie") == "a"
    assert visitor.find_header("host") == "x"
    assert visitor.find_header("Origin") is None
