"""Visitors of a server."""

from __future__ import annotations

from wstool.connection.visitor import Visitor
from wstool.wire.handshake import Request


__all__ = ["visit"]


def visit(resource_name="/", *, host="127.0.0.1", **headers):
    """Make a visitor; underscores stand for the hyphens in headers' names."""
    lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Visitor(Request(resource_name, lines), f"{host}:5000", host, 5000)
