"""What a server's log is made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from wstool.connection.visitor import hide_tokens
from wstool.wire.close import Close


if TYPE_CHECKING:
    from wstool.connection.handler import Ending
    from wstool.connection.transport import Connection
    from wstool.connection.visitor import Visitor


__all__ = ["ServerEvent", "describe_end", "describe_opening", "find_last_close"]


class ServerEvent(NamedTuple):
    """Something for a server's log."""

    kind: str
    """``opened``, ``closed``, ``rejected``, ``served``, or what a mode says."""
    peer: str
    text: str
    """Details; escape before use, a client may have written them."""
    facts: Mapping[str, object] = MappingProxyType({})
    """The same for programs, such as the close code."""


def describe_opening(visitor: Visitor, connection: Connection) -> ServerEvent:
    """Describe a connection that was opened."""
    shown = hide_tokens(visitor.request.resource_name)
    facts = {
        "resource_name": shown,
        "subprotocol": connection.subprotocol,
        "secure": visitor.secure,
    }
    return ServerEvent("opened", visitor.peer, shown, facts)


def describe_end(connection: Connection, ending: Ending) -> ServerEvent:
    """Describe a connection that has ended."""
    close = find_last_close(ending)
    facts: dict[str, object] = {
        "messages_received": connection.messages_received,
        "bytes_received": connection.bytes_received,
        "bytes_sent": connection.bytes_sent,
    }
    if close is not None:
        facts |= {"code": close.code, "reason": close.reason}
    if ending.error is not None:
        return ServerEvent("closed", connection.peer, str(ending.error), facts)
    text = str(close) if close is not None else "ended"
    return ServerEvent("closed", connection.peer, text, facts)


def find_last_close(ending: Ending) -> Close | None:
    """Find the close frame that says why a connection ended."""
    if ending.close_sent is not None and not ending.closed_by_peer:
        # The peer echoes our code, but not our reason.
        return ending.close_sent
    return ending.close_received or ending.close_sent
