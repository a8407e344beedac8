"""The numbers of a conversation, as a table with small histograms."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator

from wstool.services.inspector import Direction, Statistics


__all__ = ["render_stats", "render_stats_json"]

_BAR = 30


def render_stats(statistics: Statistics) -> str:
    """Render the numbers for a person, at most 80 columns wide."""
    return "\n".join(["", *_list_lines(statistics), ""])


def render_stats_json(statistics: Statistics) -> str:
    """Render the numbers as a line of JSON, of the type ``stats``."""
    trips = sorted(statistics.round_trips)
    silence = statistics.longest_silence
    fields = {
        "type": "stats",
        "connections": len(statistics.connections),
        **{
            direction.value: {
                "frames": side.frames,
                "messages": side.messages,
                "payload_bytes": side.payload_bytes,
                "header_bytes": side.header_bytes,
                "deflated": side.deflated,
                "inflated": side.inflated,
                "opcodes": dict(side.opcodes),
            }
            for direction, side in statistics.sides.items()
        },
        "longest_silence": silence and silence[0],
        "round_trips": trips
        and {
            "count": len(trips),
            "min": trips[0],
            "median": trips[len(trips) // 2],
            "max": trips[-1],
        },
    }
    return json.dumps({key: value for key, value in fields.items() if value}) + "\n"


def _list_lines(statistics: Statistics) -> Iterator[str]:
    sides = statistics.sides
    yield f"{'':<22}{'> client':>16}{'< server':>16}"
    rows: list[tuple[str, Callable[[Direction], str]]] = [
        ("frames", lambda side: f"{sides[side].frames}"),
        ("messages", lambda side: f"{sides[side].messages}"),
        ("payload bytes", lambda side: f"{sides[side].payload_bytes}"),
        ("header bytes", lambda side: f"{sides[side].header_bytes}"),
        ("overhead of framing", lambda side: _overhead(statistics, side)),
        ("compressed to", lambda side: _ratio(statistics, side)),
    ]
    names = sorted(sides[Direction.SENT].opcodes | sides[Direction.RECEIVED].opcodes)
    rows += [(f"  {name} frames", _show_opcode(statistics, name)) for name in names]
    for label, show in rows:
        cells = "".join(f"{show(direction):>16}" for direction in Direction)
        yield f"{label:<22}{cells}"
    sizes = sides[Direction.SENT].sizes + sides[Direction.RECEIVED].sizes
    yield from _draw("payload sizes", sizes, _name_size)
    yield from _draw("pauses between frames", statistics.gaps, _name_pause)
    if statistics.longest_silence is not None:
        seconds, number = statistics.longest_silence
        yield f"longest silence        {seconds:.3f} s, before #{number}"
    trips = sorted(statistics.round_trips)
    if trips:
        low, middle, high = (
            f"{trip * 1000:.1f}"
            for trip in (trips[0], trips[len(trips) // 2], trips[-1])
        )
        yield (
            f"round trips            {len(trips)}, from {low} to {high} ms,"
            f" median {middle} ms"
        )


def _show_opcode(statistics: Statistics, name: str) -> Callable[[Direction], str]:
    return lambda side: f"{statistics.sides[side].opcodes[name]}"


def _overhead(statistics: Statistics, direction: Direction) -> str:
    side = statistics.sides[direction]
    total = side.header_bytes + side.payload_bytes
    return f"{side.header_bytes / total:.1%}" if total else "-"


def _ratio(statistics: Statistics, direction: Direction) -> str:
    side = statistics.sides[direction]
    return f"{side.deflated / side.inflated:.1%}" if side.inflated else "-"


def _draw(
    title: str, counts: Counter[int], name: Callable[[int], str]
) -> Iterator[str]:
    if not counts:
        return
    yield title
    most = max(counts.values())
    for bits, count in sorted(counts.items()):
        bar = "#" * (-(-count * _BAR // most))
        yield f"  {name(bits):<20}{count:>9}  {bar}".rstrip()


def _name_size(bits: int) -> str:
    if bits <= 1:
        return f"{bits}"
    return f"{1 << bits - 1} to {(1 << bits) - 1}"


def _name_pause(bits: int) -> str:
    microseconds = 1 << bits
    if microseconds < 1000:
        return f"under {microseconds} us"
    if microseconds < 1_000_000:
        return f"under {microseconds / 1000:.0f} ms"
    return f"under {microseconds / 1e6:.0f} s"
