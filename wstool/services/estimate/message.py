"""What a message costs on the wire, layer by layer, as a mean over many of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from wstool.services.estimate.formulas import Figure, Rule, apply_rules


__all__ = ["MESSAGE_RULES", "Packed", "compute_message", "pack_by_ratio"]


class Packed(NamedTuple):
    """A message's size, and the size of the payload that travels for it."""

    size: int
    payload: int
    """As deflate leaves it; the size itself without deflate."""
    compressed: bool


MESSAGE_RULES = (
    Rule(
        "header",
        "WebSocket frame header",
        "bytes",
        "frame_header(payload, masked)",
    ),
    Rule("frame", "WebSocket frame", "bytes", "payload + header"),
    Rule(
        "records",
        "TLS records",
        "records",
        "tls * ceil(frame * messages_per_write / tls_record_size) / messages_per_write",
    ),
    Rule("tls_bytes", "TLS", "bytes", "records * tls_record_overhead"),
    Rule(
        "segments",
        "TCP segments",
        "segments",
        "ceil(round((frame + tls_bytes) * messages_per_write, 6) / mss)"
        " / messages_per_write",
    ),
    Rule(
        "tcp_ip",
        "TCP and IP headers",
        "bytes",
        "segments * (ip_header + tcp_header)",
    ),
    Rule(
        "acks",
        "acknowledgements",
        "segments",
        "((round(segments * messages_per_write) - 1) // ack_every + 1 - piggyback)"
        " / messages_per_write",
    ),
    Rule(
        "ack_bytes",
        "acknowledgements, going back",
        "bytes",
        "acks * (ip_header + tcp_header)",
    ),
    Rule("wire", "on the wire", "bytes", "frame + tls_bytes + tcp_ip"),
)
"""From a payload to the wire; acknowledgements go the other way."""


def pack_by_ratio(
    size: int, *, deflate: bool, ratio: float, compress_min: float
) -> Packed:
    """Assume what deflate makes of a message that isn't there to be tried."""
    if not deflate or size < max(compress_min, 1):
        return Packed(size, size, compressed=False)
    return Packed(size, round(size * ratio), compressed=True)


def compute_message(
    messages: Iterable[Packed], known: dict[str, float], *, masked: bool
) -> tuple[Figure, ...]:
    """
    Compute the figures of a message; of several, their means.

    Args:
        messages: At least one.
        known: Constants, and ``tls``: 1 with TLS, else 0.
        masked: Whether a client sends them.
    """
    kinds = Counter(messages)
    count = kinds.total()
    results = [
        (kind, times / count, _compute_one(kind, known, masked=masked))
        for kind, times in kinds.items()
    ]
    if len(results) == 1:
        return results[0][2]
    return tuple(_average(number, results) for number in range(len(results[0][2])))


def _compute_one(
    packed: Packed, known: dict[str, float], *, masked: bool
) -> tuple[Figure, ...]:
    size, payload = float(packed.size), float(packed.payload)
    deflated = size if packed.compressed else 0.0
    given = (
        Figure("size", "message", "bytes", "", {}, size),
        Figure("deflated", "of it, compressed", "bytes", "", {}, deflated),
        Figure("payload", "payload", "bytes", "", {}, payload),
    )
    start = {**known, "payload": payload, "masked": float(masked)}
    return given + apply_rules(MESSAGE_RULES, start)[1]


def _average(
    number: int, results: list[tuple[Packed, float, tuple[Figure, ...]]]
) -> Figure:
    """Take the mean of a figure; its inputs aren't single values any more."""
    first = results[0][2][number]
    value = sum(share * figures[number].value for _, share, figures in results)
    return first._replace(inputs={}, value=value)
