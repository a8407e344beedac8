"""Messages kept in files, to be sent by their names."""

from __future__ import annotations

import os
from pathlib import Path

from wstool.cli._connect.files import read_file


__all__ = ["find_snippets", "read_snippet"]


def find_snippets() -> list[str]:
    """Find the names of all snippets."""
    try:
        return sorted(path.name for path in _folder().iterdir() if path.is_file())
    except (OSError, RuntimeError):
        # A user without a home folder is a RuntimeError.
        return []


def read_snippet(name: str, *, limit: int) -> bytes:
    """
    Read a snippet, without the line break that an editor puts at its end.

    Raises:
        InputInvalid: If it can't be read, or is larger than the limit in bytes.
    """
    return read_file(str(_folder() / name), limit=limit).removesuffix(b"\n")


def _folder() -> Path:
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(config).expanduser() / "wstool" / "snippets"
