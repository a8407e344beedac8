"""How messages, sentences and tables look. Only this imports Rich, once it's needed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, Group
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from wstool.cli._connect.entries import Entry, Note, Rows
from wstool.cli._connect.jsontext import (
    MAX_PARSED,
    find_keys,
    layout_json,
    parse_json,
)
from wstool.cli._connect.settings import Format, Settings, Timestamps
from wstool.cli._frames.text import render_clock
from wstool.cli._render import escape_text, hexdump
from wstool.phrases import count_bytes
from wstool.services.interactive import Message
from wstool.wire.opcode import Opcode, opcode_name


__all__ = ["Painter"]

# Colours that are readable on a dark ground and on a light one.
_THEME = Theme(
    {
        "json.brace": "none",
        "json.bool_true": "magenta",
        "json.bool_false": "magenta",
        "json.null": "magenta",
        "json.number": "magenta",
        "json.str": "green",
        "json.key": "cyan",
    },
    inherit=True,
)
_HIGHLIGHT = JSONHighlighter()
# What is painted whole of a message that someone asks to see whole.
_MAX_WHOLE = 1 << 20
_MAX_DUMP = 1 << 18
# Colouring more would be felt at the keys.
_MAX_COLORED = 1 << 16
_HEX_WIDTH = 16
_MAX_TABLE_ROWS = 200
_MAX_CELL = 60


class Painter:
    """
    Make text and escape codes.

    Args:
        size: Gives the columns and rows of the terminal.
        learn: Takes the keys of JSON messages.
        started: When the conversation began, in seconds since the epoch.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        size: Callable[[], tuple[int, int]],
        color: bool,
        unicode: bool,
        learn: Callable[[Iterable[str]], None],
        started: float,
    ) -> None:
        self._settings = settings
        self._size = size
        self._color = color
        self._dots = "…" if unicode else "..."
        self._learn = learn
        self._started = started
        self._previous = started

    def paint(self, entries: Iterable[Entry], *, whole: bool = False) -> str:
        """
        Paint entries, each on lines of its own.

        Args:
            whole: Whether long messages aren't folded.
        """
        columns, rows = self._size()
        console = Console(
            file=io.StringIO(),
            force_terminal=True,
            color_system="standard" if self._color else None,
            no_color=not self._color,
            width=max(columns, 1),
            # With no height, Rich takes a dumb terminal to have 80 columns.
            height=max(rows, 1),
            markup=False,
            highlight=False,
            emoji=False,
            theme=_THEME,
            legacy_windows=False,
        )
        with console.capture() as capture:
            for entry in entries:
                self._print(console, entry, whole)
        return capture.get()

    def _print(self, console: Console, entry: Entry, whole: bool) -> None:
        if isinstance(entry, Note):
            for line in self._note_lines(entry):
                console.print(line)
        elif isinstance(entry, Rows):
            console.print(_make_table(entry))
        elif self._settings.format is Format.TABLE and (table := _tabulate(entry)):
            self._print_group(console, entry, table)
        else:
            console.print(self._message(entry, whole), soft_wrap=True)

    def _print_group(self, console: Console, entry: Message, table: Table) -> None:
        console.print(Group(self._head(entry), table))

    def _note_lines(self, note: Note) -> list[Text]:
        style = "red" if note.is_error else "dim"
        first, *rest = note.text.split("\n")
        lines = [Text(f"wstool: {escape_text(first)}", style)]
        lines += [Text(f"  {escape_text(line)}", style) for line in rest]
        return lines

    def _message(self, message: Message, whole: bool) -> Text:
        columns, rows = self._size()
        head = self._head(message)
        body = self._find_body(message, columns, rows, whole)
        if not body.lines:
            return head
        if len(body.lines) == 1 and body.is_plain:
            line = body.lines[0]
            if head.cell_len + 2 + cell_len(line) <= columns:
                return Text.assemble(head, f"  {line}" if line else "")
        text = Text("\n".join(body.lines))
        if body.is_json and len(text) <= _MAX_COLORED:
            text = _HIGHLIGHT(text)
        parts: list[Text | str | tuple[str, str]] = [head, "\n", text]
        if body.is_folded:
            size = count_bytes(len(message.payload))
            hint = "/save" if whole else f"/show {message.number}"
            parts += ["\n", (f"{self._dots} {hint} for all {size}", "dim")]
        return Text.assemble(*parts)

    def _head(self, message: Message) -> Text:
        text = Text()
        if stamp := self._stamp(message):
            text.append(f"{stamp} ", "dim")
        text.append(f"#{message.number} ", "dim")
        text.append(*((">", "bold green") if message.sent else ("<", "bold cyan")))
        size = count_bytes(len(message.payload))
        text.append(f" {opcode_name(message.opcode)} {size}", "dim")
        return text

    def _stamp(self, message: Message) -> str:
        previous, self._previous = self._previous, message.time
        timestamps = self._settings.timestamps
        if timestamps is Timestamps.CLOCK:
            return render_clock(message.time)
        if timestamps is Timestamps.ELAPSED:
            return f"{message.time - self._started:.3f}"
        if timestamps is Timestamps.DELTA:
            return f"+{message.time - previous:.3f}"
        return ""

    def _find_body(
        self, message: Message, columns: int, rows: int, whole: bool
    ) -> _Body:
        limit = 0 if whole else self._settings.fold
        if limit:
            # A message must leave room for others, also on a small screen.
            limit = max(1, min(limit, rows - 4))
        payload, kind = message.payload, self._settings.format
        if message.opcode is not Opcode.TEXT or kind is Format.HEX:
            width = _HEX_WIDTH if columns >= 72 else 8 if columns >= 40 else 4
            cut = payload[: limit * width if limit else _MAX_DUMP]
            lines = list(hexdump(cut, width=width))
            return _Body(lines, is_folded=len(cut) < len(payload), is_dump=True)
        if kind is not Format.RAW and len(payload) <= MAX_PARSED:
            text = payload.decode(errors="replace")
            if parse_json(text) is not None:
                self._learn(find_keys(text))
                laid_out = map(escape_text, layout_json(text))
                lines, is_folded = _fold(laid_out, limit, columns)
                return _Body(lines, is_folded=is_folded, is_json=True)
        cut = payload[: 4 * limit * columns if limit else _MAX_WHOLE]
        text = escape_text(cut.decode(errors="ignore"), keep_newlines=True)
        lines, is_folded = _fold(text.split("\n"), limit, columns)
        return _Body(lines, is_folded=is_folded or len(cut) < len(payload))


class _Body(NamedTuple):
    """What is painted of a payload."""

    lines: list[str]
    is_folded: bool
    is_json: bool = False
    is_dump: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it's text, and all of it."""
        return not (self.is_folded or self.is_json or self.is_dump)


def _fold(lines: Iterable[str], limit: int, columns: int) -> tuple[list[str], bool]:
    """Take the lines that fit in so many rows, and say whether some were left."""
    if not limit:
        return list(lines), False
    taken: list[str] = []
    rows = 0
    for line in lines:
        if rows == limit:
            return taken, True
        needed = max(1, -(-cell_len(line) // columns))
        if rows + needed > limit:
            room = (limit - rows) * columns
            taken.append(_cut(line, room))
            return taken, True
        taken.append(line)
        rows += needed
    return taken, False


def _cut(line: str, cells: int) -> str:
    text = Text(line)
    text.truncate(cells)
    return text.plain


def _make_table(rows: Rows) -> Table:
    table = Table(
        box=None, show_header=bool(rows.head), padding=(0, 2, 0, 0), pad_edge=False
    )
    width = len(rows.head) or max(map(len, rows.rows), default=1)
    for column in range(width):
        last = column == width - 1
        table.add_column(
            rows.head[column] if rows.head else "",
            overflow="fold",
            no_wrap=not last and not rows.head,
            style="" if last else "cyan",
        )
    for row in rows.rows:
        table.add_row(*(Text(escape_text(cell)) for cell in row))
    return table


def _tabulate(message: Message) -> Table | None:
    """Make a table of an array of objects, or of an object."""
    if message.opcode is not Opcode.TEXT:
        return None
    value = parse_json(message.payload.decode(errors="replace"))
    if isinstance(value, dict) and value:
        rows = [(str(key), _cell(field)) for key, field in value.items()]
        return _make_table(Rows(rows[:_MAX_TABLE_ROWS], ("key", "value")))
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(item, dict) for item in value):
        return None
    names = list(dict.fromkeys(key for item in value for key in item))
    cells = [
        tuple(_cell(item[name]) if name in item else "" for name in names)
        for item in islice(value, _MAX_TABLE_ROWS)
    ]
    return _make_table(Rows(cells, tuple(map(escape_text, names))))


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_CELL else f"{text[: _MAX_CELL - 3]}..."
