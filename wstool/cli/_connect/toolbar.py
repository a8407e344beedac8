"""The line at the bottom: where the conversation stands, as far as there is room."""

from __future__ import annotations

from typing import NamedTuple

from wstool.cli._connect.feed import Feed
from wstool.cli._connect.stats import describe_seconds, describe_size
from wstool.cli._render import escape_text, shorten
from wstool.services.interactive import Conversation, Phase
from wstool.wire.close import Close, close_code_name


__all__ = ["render_toolbar"]

_GAP = "  "
_MIN_URL = 12


class _Part(NamedTuple):
    rank: int
    """What matters least, the highest rank, goes first when there is no room."""
    text: str


def render_toolbar(
    conversation: Conversation, feed: Feed, *, url: str, now: float, columns: int
) -> str:
    """
    Fit in what there is room for.

    Args:
        url: Where the connection goes.
        now: The loop's clock.
    """
    parts = _find_parts(conversation, feed, url, now)
    room = columns - 2
    while len(parts) > 1 and _width(parts) > room:
        worst = max(parts, key=lambda part: part.rank)
        parts.remove(worst)
        if worst.text == url:
            # Some of the URL is better than none.
            left = room - _width(parts) - len(_GAP)
            if left >= _MIN_URL:
                parts.insert(1, _Part(0, shorten(url, left)))
    return shorten(f" {_GAP.join(part.text for part in parts)}", columns)


def _find_parts(
    conversation: Conversation, feed: Feed, url: str, now: float
) -> list[_Part]:
    counters = conversation.counters
    received = f"{counters.messages_received} {describe_size(counters.bytes_received)}"
    sent = f"{counters.messages_sent} {describe_size(counters.bytes_sent)}"
    parts = [
        _Part(0, _describe_phase(conversation, now)),
        _Part(4, _describe_time(now - conversation.since)),
        _Part(3, url),
        _Part(1, f"< {received}"),
        _Part(2, f"> {sent}"),
    ]
    if feed.is_flooded:
        parts.append(_Part(2, f"{feed.undrawn} not drawn"))
    if feed.muted or feed.filter is not None:
        kind = "muted" if feed.muted else "filtered"
        parts.append(_Part(2, f"{feed.hidden} {kind}"))
    if conversation.transcript is not None:
        parts.append(_Part(5, "recording"))
    if conversation.round_trips.last is not None:
        trip = describe_seconds(conversation.round_trips.last)
        parts.append(_Part(5, f"ping {trip}"))
    connection = conversation.connection
    if connection is not None and connection.subprotocol:
        parts.append(_Part(6, escape_text(connection.subprotocol)))
    if connection is not None and connection.endpoint.deflater is not None:
        ratio = "" if counters.ratio is None else f" {counters.ratio:.1f}x"
        parts.append(_Part(7, f"deflate{ratio}"))
    return parts


def _describe_phase(conversation: Conversation, now: float) -> str:
    phase = conversation.phase
    if phase is Phase.WAITING:
        return f"reconnecting in {max(0.0, conversation.dial_at - now):.0f} s"
    ending = conversation.ending
    if phase is not Phase.CLOSED or ending is None:
        return str(phase.value)
    if ending.close_received is None:
        return "closed 1006 (abnormal closure)"
    return f"closed {_describe_code(ending.close_received)}"


def _describe_code(close: Close) -> str:
    # The reason is the peer's, of any length, and has been shown when it came.
    if close.code is None:
        return "without a code"
    return f"{close.code} ({close_code_name(close.code)})"


def _describe_time(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


def _width(parts: list[_Part]) -> int:
    return sum(len(part.text) for part in parts) + len(_GAP) * (len(parts) - 1)
