"""The project's own source, for the tests that read it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple


__all__ = ["ROOT", "Function", "find_files", "list_top_level", "read_functions"]

ROOT = Path(__file__).parents[2]

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


class Function(NamedTuple):
    """A function and its size."""

    file: Path
    name: str
    code_lines: int
    """Lines that hold code: not blank, no comment, not the docstring."""


def list_top_level() -> list[Path]:
    """List what lies in the project's folder and isn't ignored by git."""
    return [
        path
        for path in sorted(ROOT.iterdir())
        if path.name != ".git" and not _is_ignored(path)
    ]


def find_files(*folders: str, suffix: str = "") -> list[Path]:
    """Find the files in folders of the project that aren't ignored by git."""
    found: list[Path] = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(f"*{suffix}")):
            inside = [path, *path.parents][: -len(ROOT.parts)]
            if path.is_file() and not any(map(_is_ignored, inside)):
                found.append(path)
    return found


def read_functions(file: Path) -> Iterator[Function]:
    """Read the functions and methods of a file."""
    text = file.read_text()
    lines = _find_code_lines(text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            numbers = lines & set(range(node.lineno, (node.end_lineno or 0) + 1))
            numbers -= _find_docstring_lines(node)
            yield Function(file, node.name, len(numbers))


def _find_code_lines(text: str) -> set[int]:
    numbers: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            numbers.update(range(token.start[0], token.end[0] + 1))
    return numbers


def _find_docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    if ast.get_docstring(node, clean=False) is None:
        return set()
    first = node.body[0]
    return set(range(first.lineno, (first.end_lineno or 0) + 1))


def _is_ignored(path: Path) -> bool:
    """Tell whether a line of .gitignore names a file or folder."""
    return any(
        fnmatch(path.name, pattern.rstrip("/"))
        for pattern in (ROOT / ".gitignore").read_text().split()
        if path.is_dir() or not pattern.endswith("/")
    )
