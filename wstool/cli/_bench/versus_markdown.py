"""The report of a comparison in Markdown."""

from __future__ import annotations

from wstool.cli._bench.markdown import render_table
from wstool.cli._bench.versus_table import list_heads, list_rows, list_versus_facts
from wstool.services.bench.report import Document
from wstool.services.bench.versus import KIND, describe_verdict


__all__ = ["render_versus_markdown"]


def render_versus_markdown(document: Document) -> str:
    """Render a report; whatever a peer said is escaped."""
    lines = [
        f"# wstool bench: {KIND}",
        "",
        *render_table(("", ""), list_versus_facts(document)),
        "",
        *render_table(("", *list_heads(document)), list_rows(document)),
        "",
        *(f"- {line}" for line in describe_verdict(document)),
    ]
    if document["errors"]:
        errors = [
            (str(error["kind"]), f"{error['times']:,}", str(error["text"]))
            for error in document["errors"]
        ]
        head = ("error", "times", "the first one")
        lines += ["", "## Errors", "", *render_table(head, errors)]
    return "\n".join([*lines, ""])
