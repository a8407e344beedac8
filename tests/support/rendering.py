"""Frames rendered by the formats of the inspector."""

from __future__ import annotations

from wstool.cli._frames.formats import FrameFormat, FrameReport, make_renderer
from wstool.cli._frames.full import DEFAULT_VIEW
from wstool.services.inspector import (
    OfflineInspector,
)
from wstool.wire.handshake import Request, Response


__all__ = [
    "COMPRESSED",
    "FULL",
    "JSONL",
    "KEY",
    "MOMENT",
    "REQUEST",
    "RESPONSE",
    "SUMMARY",
    "render",
    "render_into",
]

FULL, SUMMARY, JSONL = FrameFormat.FULL, FrameFormat.SUMMARY, FrameFormat.JSONL
KEY = bytes.fromhex("37fa213d")
COMPRESSED = bytes.fromhex("f248cdc9c90700")
REQUEST = Request("/chat", [("Host", "example.com"), ("X", "a\x1bb")])
RESPONSE = Response("HTTP/1.1", 403, "No\x9b", [("Server", "x")], ["what is this"])
MOMENT = 1_700_000_000.1234


def render_into(texts, *, format, color=False, view=DEFAULT_VIEW):
    """Make a report that puts what it renders into a list."""
    return FrameReport(make_renderer(format, color=color, view=view), texts.append)


def render(*runs, format, color=False, view=DEFAULT_VIEW):
    """Render what an inspector finds in runs of bytes."""
    texts = []
    report = render_into(texts, format=format, color=color, view=view)
    inspector = OfflineInspector(report)
    for run in runs:
        inspector.start_run()
        inspector.feed(run)
    inspector.finish()
    return "".join(texts)
