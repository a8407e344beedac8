"""
The inspector: bytes of connections in, frames with all that is to be said of them out.

A `Conversation` follows both directions of one connection. What feeds it is live, a
capture, pasted bytes or recorded messages; a `Report` takes what it finds.
"""

from __future__ import annotations

from wstool.services.inspector.anything import AnyInspector
from wstool.services.inspector.choosing import Chooser, parse_frame_filter
from wstool.services.inspector.conversation import Conversation, Numbering
from wstool.services.inspector.findings import (
    Direction,
    Event,
    EventKind,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
    Report,
)
from wstool.services.inspector.live import LiveInspector
from wstool.services.inspector.offline import OfflineInspector
from wstool.services.inspector.relayed import RelayInspector
from wstool.services.inspector.statistics import Statistics
from wstool.services.inspector.tally import (
    Broken,
    Closed,
    Fork,
    Place,
    Strange,
    Tally,
)
from wstool.services.inspector.writing import CaptureWriter


__all__ = [
    "AnyInspector",
    "Broken",
    "CaptureWriter",
    "Chooser",
    "Closed",
    "Conversation",
    "Direction",
    "Event",
    "EventKind",
    "Fork",
    "HandshakeHalf",
    "InspectedFrame",
    "LiveInspector",
    "Numbering",
    "OfflineInspector",
    "Place",
    "RelayInspector",
    "Remainder",
    "Report",
    "Statistics",
    "Strange",
    "Tally",
    "parse_frame_filter",
]
