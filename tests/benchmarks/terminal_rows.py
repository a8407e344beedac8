"""The rows of the table that need a terminal: `connect` beside wscat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

from programs import WSTOOL, Programs, wscat
from rows import Kind, Row
from terminals import Flood, time_prompt, type_in_flood


__all__ = ["make_terminal_rows"]

FLOOD_RATE = 200_000
FLOOD_SECONDS = 30


def make_terminal_rows(programs: Programs) -> Iterator[Row]:
    """Make the rows of clients on a terminal."""
    clients = {
        "wstool": lambda uri: [WSTOOL, "connect", "--no-history", uri],
        "wscat": lambda uri: [*wscat(), "-c", uri],
    }
    yield Row(
        "first-prompt",
        "`connect`: the first prompt",
        Kind.SHARE,
        "s",
        1.5,
        partial(_first_prompt, programs, clients["wstool"]),
        "wscat",
        partial(_first_prompt, programs, clients["wscat"]),
        runs=15,
    )
    # One flood gives all three figures.
    floods = {
        name: cache(partial(_type_in_flood, programs, command, record=name == "wstool"))
        for name, command in clients.items()
    }
    for name, work, unit, target, find in (
        ("keys", "95 of 100 keys are on the screen after", "s", 0.05, _find_p95),
        ("memory", "memory at most", "bytes", 200e6, _find_peak),
        ("interrupt", "Ctrl-C twice ends it after", "s", 1.5, _find_interrupted),
    ):
        yield Row(
            f"flood-{name}",
            f"`connect`, {FLOOD_RATE:,} messages/s for {FLOOD_SECONDS} s: {work}",
            Kind.FIGURE,
            unit,
            target,
            partial(_measure_flood, floods["wstool"], find),
            "wscat",
            partial(_measure_flood, floods["wscat"], find),
            runs=1,
        )


def _first_prompt(programs: Programs, command: Callable[[str], list[str]]) -> float:
    """Time a client from its start to its first prompt."""
    with programs.serve_wspeer("echo") as server:
        return time_prompt(command(server.uri))


def _measure_flood(flood: Callable[[], Flood], find: Callable[[Flood], float]) -> float:
    return find(flood())


def _find_p95(flood: Flood) -> float:
    return flood.p95


def _find_peak(flood: Flood) -> float:
    return flood.peak


def _find_interrupted(flood: Flood) -> float:
    return flood.interrupted


def _type_in_flood(
    programs: Programs, command: Callable[[str], list[str]], *, record: bool
) -> Flood:
    """Type in a flood; what is recorded of it must be whole."""
    path = programs.folder / "transcript"
    path.unlink(missing_ok=True)
    options = ["--record", str(path)] if record else []
    # It goes on while the client is interrupted.
    pace = ("pace", FLOOD_RATE, FLOOD_SECONDS + 10)
    with programs.serve_wspeer(*pace) as server:
        flood = type_in_flood([*command(server.uri), *options], FLOOD_SECONDS)
    if record:
        if b" not drawn" not in flood.screen:
            raise RuntimeError("the screen doesn't say how many were not drawn")
        _check_transcript(path, FLOOD_RATE * FLOOD_SECONDS)
    return flood


def _check_transcript(path: Path, least: int) -> None:
    """Check that a transcript has numbered messages without a gap, and enough."""
    count = 0
    with path.open("rb") as lines:
        for line in lines:
            head, _, data = line.partition(b'"data": "')
            if b'"received", "type": "text"' in head:
                count += 1
                if int(data[:12]) != count:
                    raise RuntimeError(f"message {count} isn't in the transcript")
    if count < least:
        raise RuntimeError(f"only {count:,} of {least:,} messages came")
