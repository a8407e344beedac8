"""What is written above the line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wstool.services.interactive import Message


__all__ = ["Entry", "Note", "Rows"]


class Note(NamedTuple):
    """A sentence of the program's own, and further lines."""

    text: str
    is_error: bool = False


class Rows(NamedTuple):
    """A table; it must be escaped before it's shown."""

    rows: Sequence[tuple[str, ...]]
    head: tuple[str, ...] = ()


Entry = Message | Note | Rows
