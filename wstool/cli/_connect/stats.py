"""Counts and measures in words."""

from __future__ import annotations

from wstool.cli._connect.feed import Feed
from wstool.phrases import count_bytes, count_messages
from wstool.services.interactive import Conversation, RoundTrips


__all__ = ["describe_seconds", "describe_size", "describe_stats"]


def describe_stats(conversation: Conversation, feed: Feed) -> list[tuple[str, str]]:
    """Make the rows of ``/stats``."""
    counters, store = conversation.counters, conversation.store
    wire = f"{count_bytes(counters.wire_received)} received"
    memory = describe_size(store.kept_bytes)
    rows = [
        ("received", _both(counters.messages_received, counters.bytes_received)),
        ("sent", _both(counters.messages_sent, counters.bytes_sent)),
        ("on the wire", f"{wire}, {count_bytes(counters.wire_sent)} sent"),
        ("pings", f"{counters.pings_received} received, {counters.pings_sent} sent"),
        ("pongs", f"{counters.pongs_received} received, {counters.pongs_sent} sent"),
        ("connections", str(counters.connections)),
        ("not drawn", count_messages(feed.not_drawn)),
        ("hidden", count_messages(feed.hidden)),
        ("kept", f"{count_messages(store.kept)} in {memory} of memory"),
    ]
    return rows + _describe_trips(conversation.round_trips)


def _describe_trips(trips: RoundTrips) -> list[tuple[str, str]]:
    if trips.last is None:
        return []
    shortest, mean, longest = (
        describe_seconds(seconds or 0.0)
        for seconds in (trips.shortest, trips.mean, trips.longest)
    )
    return [
        ("round trips", f"{trips.count}, the last {describe_seconds(trips.last)}"),
        ("", f"{shortest} to {longest}, {mean} on average"),
    ]


def describe_size(size: int) -> str:
    """Write a number of bytes shortly."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def describe_seconds(seconds: float) -> str:
    """Write a short time."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _both(messages: int, size: int) -> str:
    return f"{count_messages(messages)}, {count_bytes(size)}"
