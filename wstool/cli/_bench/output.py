"""Putting the result of a bench out, and what is to be said of it."""

from __future__ import annotations

import re
import shutil

from wstool.cli._bench.reports import check_report_name, write_report
from wstool.cli._bench.table import render_result
from wstool.cli._output import STDOUT, is_terminal, write_stdout
from wstool.cli._render import point_at
from wstool.errors import ExpectationFailed, UsageError
from wstool.services.bench.carrier import Carrier
from wstool.services.bench.criteria import (
    WORDS,
    CriteriaInvalid,
    list_numbers,
    parse_condition,
)
from wstool.services.bench.report import Document
from wstool.services.bench.versus import KIND
from wstool.services.bench.versus_criteria import list_versus_numbers, make_words


__all__ = ["Judge", "put_out"]

_COLUMNS = 80
_NEEDS_MESSAGES = ("echo", "fanout", "receive", "connect")
_NEEDS_CONNECTIONS = ("echo", "fanout", "receive", "send", "idle")
# A server that is gone refuses at least so often; fewer may be a bad moment.
_MANY_REFUSALS = 10


class Judge:
    """Check a report by the conditions of the user; read before anything is run."""

    def __init__(
        self,
        conditions: tuple[str, ...],
        reports: tuple[str, ...],
        carriers: tuple[Carrier, ...] = (),
    ) -> None:
        """
        Read the conditions, and look at the names of reports.

        Args:
            carriers: Those of a comparison; none for the report of a load.

        Raises:
            UsageError: If one doesn't fit.
        """
        self._words = make_words(carriers) if carriers else WORDS
        self._list = list_versus_numbers if carriers else list_numbers
        self._conditions = []
        for text in conditions:
            try:
                self._conditions.append((text, parse_condition(text, self._words)))
            except CriteriaInvalid as error:
                shown = point_at(text, error.position)
                problem = f"--fail-if {text!r}: {error}{shown}"
                raise UsageError(problem) from error
        for name in reports:
            check_report_name(name)

    def check(self, document: Document) -> None:
        """
        Check a report.

        Raises:
            ExpectationFailed: If it isn't as it should be.
        """
        numbers = self._list(document)
        for text, condition in self._conditions:
            if condition(numbers):
                told = _tell(text, numbers, self._words.durations)
                raise ExpectationFailed(f"not ({text})", told)
        verdict = document.get("verdict")
        if verdict and not verdict["passed"]:
            profile = document["load"]["profile"]
            raise ExpectationFailed(f"what {profile} needs", verdict["text"])
        _check_life(document)


def _check_life(document: Document) -> None:
    """Check that a server was there to the end, and answered."""
    errors = [str(error["kind"]) for error in document["errors"]]
    if "stalled" in errors:
        text = document["errors"][errors.index("stalled")]["text"]
        raise ExpectationFailed("all that -n asks for", text)
    kind, opened = document["kind"], document["connections"].get("opened", 0)
    if kind in _NEEDS_MESSAGES and not document["messages"]["received"]:
        raise ExpectationFailed("messages", f"none ({', '.join(errors) or 'silence'})")
    fell = document["connections"].get("fell", 0)
    # Who only sends may be done with it, and close in good order.
    is_done = kind == "receive" and errors == ["closed_early"]
    if kind in _NEEDS_CONNECTIONS and 0 < opened <= fell and not is_done:
        raise ExpectationFailed(
            "connections that stay", f"none of {opened} ({', '.join(errors)})"
        )
    if kind == "connect":
        _check_last_handshakes(document)
    if kind == "send" and opened:
        _check_reading(document)


def _check_last_handshakes(document: Document) -> None:
    """Check that handshakes didn't come to an end before the run did."""
    vain = 0
    for row in document["timeline"]:
        vain = 0 if row["received"] else vain + row["errors"]
    if vain >= max(_MANY_REFUSALS, document["load"]["connections"]):
        raise ExpectationFailed(
            "handshakes to the end", f"none in the last {vain:,} attempts"
        )


def _check_reading(document: Document) -> None:
    """Check that a peer has read: only its answer to our close frame shows that."""
    late = sum(
        error["times"] for error in document["errors"] if error["kind"] == "timed_out"
    )
    if late >= document["load"]["connections"] * len(document["runs"]):
        raise ExpectationFailed(
            "answers to close frames, which show that messages were read",
            "none (timed_out)",
        )


def _tell(text: str, numbers: dict[str, float], durations: frozenset[str]) -> str:
    """Tell the numbers that a condition is about."""
    names = dict.fromkeys(re.findall(r"[a-z]\w*", text))
    return ", ".join(
        f"{name} {numbers[name]:.6g}{' ms' if name in durations else ''}"
        for name in names
        if name in numbers
    )


def put_out(document: Document, reports: tuple[str, ...]) -> None:
    """
    Write the result to stdout, and the reports to their files.

    Raises:
        WstoolError: If that can't be done.
    """
    columns = shutil.get_terminal_size().columns if is_terminal(STDOUT) else None
    for name in reports:
        write_report(name, document)
    if document["kind"] == KIND:
        from wstool.cli._bench.versus_table import render_versus

        write_stdout(render_versus(document, columns or _COLUMNS))
    else:
        write_stdout(render_result(document, columns))
