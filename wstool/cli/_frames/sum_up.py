"""What is wrong with the frames, each kind of it in a line or two."""

from __future__ import annotations

from collections.abc import Iterator

from wstool.cli._frames.text import (
    MARKS,
    WIDTH,
    describe_leftover,
    describe_unfinished,
)
from wstool.cli._render import escape_text, wrap
from wstool.services.inspector import Broken, Closed, Direction, Place, Strange, Tally
from wstool.wire.dissected import Leftover
from wstool.wire.handshake import Response
from wstool.wire.tracker import Part


__all__ = ["count_wrong", "describe_place", "sum_up"]

_SIDES = {Direction.SENT: "the client", Direction.RECEIVED: "the server"}
_HANG = "    "
_FIRM_BLANK = "\0"
"""Stands for a blank at which no line ends; in what was escaped it can't be."""


def sum_up(tally: Tally) -> str:
    """Sum up what is wrong or strange, the worst first; empty if nothing is."""
    lines = [line for text in _list_findings(tally) for line in _wrap(text)]
    if not lines:
        return ""
    frames = "1 frame" if tally.frames == 1 else f"{tally.frames} frames"
    counted = count_wrong(_count(tally.broken), _count(tally.remarks))
    head = f"{counted} in {frames}:" if counted else f"no violation in {frames}, but:"
    return "\n".join(["", head, *(f"  {line}" for line in lines), "", ""])


def count_wrong(violations: int, remarks: int) -> str:
    """Count violations and remarks in words; empty if there are none."""
    counts = ((violations, "violation"), (remarks, "remark"))
    return " and ".join(
        f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count
    )


def describe_place(place: Place, tally: Tally) -> str:
    """Say where something was found, with the connection if there are several."""
    if place.frame is not None:
        return f"#{place.frame}"
    if tally.connections < 2 or place.connection is None:
        return place.stage
    return f"{place.stage} of connection {place.connection}"


def _list_findings(tally: Tally) -> Iterator[str]:
    for broken in (*tally.broken, *tally.remarks):
        violation = broken.violation
        section = violation.section.replace(" ", _FIRM_BLANK)
        text = f"{escape_text(violation.text)} ({section})"
        yield f"{MARKS[violation.legal]} {_locate(broken, tally)}: {text}"
    for strange in tally.strange:
        text = escape_text(_describe(strange.what))
        where = _locate(strange, tally)
        yield f"- {where}: {text}" if where else f"- {text}"


def _wrap(text: str) -> list[str]:
    lines = wrap(text, WIDTH - 2, hang=_HANG)
    return [line.replace(_FIRM_BLANK, " ") for line in lines]


def _locate(found: Broken | Strange, tally: Tally) -> str:
    place = describe_place(found.place, tally)
    times = f"{found.times} times" if found.times > 1 else ""
    return ", ".join(filter(None, (place and f"at {place}", times)))


def _describe(what: Closed | Leftover | Part | Response | str) -> str:
    match what:
        case Closed(direction, text):
            return f"{_SIDES[direction]} closed with {text}"
        case Leftover():
            return describe_leftover(what)
        case Part():
            return describe_unfinished(what)
        case Response():
            status = f"{what.status} {what.reason}".rstrip()
            return f"the server refused with HTTP {status}"
        case _:
            return what


def _count(items: list[Broken]) -> int:
    return sum(item.times for item in items)
