"""What a server's log is made of."""

from __future__ import annotations

from typing import NamedTuple


__all__ = ["ServerEvent"]


class ServerEvent(NamedTuple):
    """Something for a server's log."""

    kind: str
    """``opened``, ``closed`` or ``rejected``."""
    peer: str
    text: str
    """Details; escape before use, a client may have written them."""
