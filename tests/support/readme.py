"""The README's parts that are checked: code blocks, headings and tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple


__all__ = ["README", "ROOT", "Block", "read_blocks", "read_sections", "read_table"]

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

_BLOCK = re.compile(
    r"(?:^<!-- (?P<marker>[^\n]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# A bar inside of a cell is escaped.
_CELL_END = re.compile(r"(?<!\\)\|")


class Block(NamedTuple):
    """A code block."""

    marker: str
    """The comment on the line above it; empty without one."""
    language: str
    text: str


def read_blocks() -> list[Block]:
    """Read all code blocks."""
    return [
        Block(match["marker"] or "", match["language"], match["text"])
        for match in _BLOCK.finditer(README.read_text())
    ]


def read_sections() -> list[str]:
    """Read the names of the subcommands that have a section."""
    return re.findall(r"^### `(\w+)`$", README.read_text(), re.MULTILINE)


def read_table(first_cell: str) -> list[tuple[str, ...]]:
    """Read the rows of the table whose head begins with a cell."""
    lines = iter(README.read_text().splitlines())
    for line in lines:
        if line.startswith(f"| {first_cell} |"):
            break
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells = _CELL_END.split(line.strip("|"))
        rows.append(tuple(cell.strip().replace("\\|", "|") for cell in cells))
    return rows[1:]
