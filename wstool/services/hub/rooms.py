"""The mode ``rooms``."""

from __future__ import annotations

from wstool.connection.visitor import Visitor
from wstool.services.hub.broadcast import BroadcastMode


__all__ = ["RoomsMode"]


class RoomsMode(BroadcastMode):
    """Broadcast among the clients that asked for the same path."""

    def find_room(self, visitor: Visitor, /) -> str:
        """Name the room after the path."""
        return visitor.path

    def describe_health(self) -> dict[str, object]:
        """Tell how many rooms there are."""
        return {**super().describe_health(), "rooms": len(self._rooms)}
