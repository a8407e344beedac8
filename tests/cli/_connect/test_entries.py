"""What is written above the line."""

from __future__ import annotations

from wstool.cli._connect.entries import Note, Rows


def test_defaults():
    """A sentence is no error, and a table has no head, unless that's said."""
    assert Note("x") == Note("x", is_error=False)
    assert Rows([("a", "b")]) == Rows([("a", "b")], head=())
