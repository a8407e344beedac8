"""What a bench does with reports that exist: compare them, merge them."""

from __future__ import annotations

from wstool.cli._bench.output import Judge, put_out
from wstool.cli._bench.reports import read_report
from wstool.cli._output import write_stdout
from wstool.cli._render import escape_text
from wstool.errors import InputInvalid, UsageError
from wstool.services.bench.comparison import (
    Difference,
    compare_documents,
    describe_noise,
)
from wstool.services.bench.report import Document, merge_documents
from wstool.services.bench.versus import KIND


__all__ = ["compare_reports", "merge_reports", "render_difference"]


def compare_reports(names: tuple[str, str]) -> None:
    """
    Show the difference between two reports.

    Raises:
        WstoolError: If one can't be read, or they measure different things.
    """
    before, after = map(_read, names)
    if before["kind"] != after["kind"]:
        kinds = f"{before['kind']} and {after['kind']}"
        raise UsageError(f"reports of {kinds} can't be compared")
    lines = [
        f"A  {escape_text(names[0])}",
        f"B  {escape_text(names[1])}",
        "",
        f"{'':<8}{'A':>14}{'B':>14}{'change':>10}",
        *map(render_difference, compare_documents(before, after)),
    ]
    for key in ("load", "model"):
        if before[key] != after[key]:
            lines.append(f"The two don't have the same {key}.")
    lines += ["", describe_noise(before, after)]
    write_stdout("\n".join([*lines, ""]))


def merge_reports(
    names: tuple[str, ...], *, reports: tuple[str, ...], conditions: tuple[str, ...]
) -> None:
    """
    Add reports, and put the sum out like the result of a run.

    Raises:
        WstoolError: If one can't be read, or they measure different things.
    """
    judge = Judge(conditions, reports)
    if len(names) < 2:
        raise UsageError("--merge takes two reports or more")
    try:
        document = merge_documents([_read(name) for name in names])
    except ValueError as error:
        raise UsageError(str(error)) from error
    put_out(document, reports)
    judge.check(document)


def _read(name: str) -> Document:
    """Read the report of a load."""
    document = read_report(name)
    if document["kind"] == KIND:
        problem = "is a comparison already: --compare and --merge take reports of loads"
        raise InputInvalid(name, problem)
    return document


def render_difference(difference: Difference) -> str:
    """Render a line of a comparison."""
    unit = "" if difference.name in ("rate", "errors") else " ms"
    percent = difference.percent
    change = "" if percent is None else f"{percent:+.1f} %"
    before, after = f"{difference.before:,.6g}{unit}", f"{difference.after:,.6g}{unit}"
    verdict = "" if difference.verdict == "unknown" else f"  {difference.verdict}"
    return f"{difference.name:<8}{before:>14}{after:>14}{change:>10}{verdict}"
