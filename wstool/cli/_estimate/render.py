"""Tables as plain text, as Markdown, and drawn on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from wstool.cli._estimate.tables import Table


__all__ = ["draw", "render_markdown", "render_plain"]

# A column of this width is prose, which stands on the left.
_PROSE = 40


def render_plain(lead: str, tables: Iterable[Table], notes: Iterable[str]) -> str:
    """Render tables in columns of blanks."""
    parts = [lead, *map(_render_columns, tables), _render_notes(notes)]
    return "\n\n".join(parts) + "\n"


def render_markdown(lead: str, tables: Iterable[Table], notes: Iterable[str]) -> str:
    """Render tables for a document."""
    parts = ["# Capacity plan", lead, *map(_render_pipes, tables)]
    parts.append("## What this doesn't know")
    parts.append("\n".join(f"- {note}" for note in notes))
    return "\n\n".join(parts) + "\n"


def draw(
    lead: str, tables: Iterable[Table], notes: Iterable[str], *, width: int
) -> str:
    """Draw tables with colours, for a terminal of this width."""
    from io import StringIO

    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawing = StringIO()
    console = Console(file=drawing, force_terminal=True, width=width)
    console.print(Text(lead))
    for table in tables:
        drawn = RichTable(box=box.SIMPLE_HEAD, title_justify="left", title=table.title)
        prose = _find_prose(table)
        for number, title in enumerate(table.header):
            left = number == 0 or number in prose
            # Where there's no room for a word, its rest goes to the next line.
            drawn.add_column(
                Text(title), justify="left" if left else "right", overflow="fold"
            )
        for row in table.rows:
            drawn.add_row(*map(Text, row))
        console.print()
        console.print(drawn)
    console.print(Text(_render_notes(notes)))
    return drawing.getvalue()


def _render_columns(table: Table) -> str:
    lines = [table.header, *table.rows]
    prose = _find_prose(table)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rendered = [
        "  ".join(
            cell.ljust(width) if number == 0 or number in prose else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n  ".join([table.title, *rendered])


def _find_prose(table: Table) -> set[int]:
    columns = zip(*table.rows, strict=True)
    return {
        number
        for number, column in enumerate(columns)
        if max(map(len, column)) >= _PROSE
    }


def _render_pipes(table: Table) -> str:
    prose = _find_prose(table)
    marks = [
        "---" if number == 0 or number in prose else "--:"
        for number in range(len(table.header))
    ]
    lines = [table.header, marks, *table.rows]
    body = "\n".join(f"| {' | '.join(map(_escape, line))} |" for line in lines)
    return f"## {table.title}\n\n{body}"


def _escape(cell: str) -> str:
    return cell.replace("|", r"\|").replace("*", r"\*")


def _render_notes(notes: Iterable[str]) -> str:
    return "\n  ".join(["What this doesn't know", *notes])
