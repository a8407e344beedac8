"""Names of files for the shell's Tab, where an option takes them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wstool.cli._settings import names_file


if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from wstool.cli._variables import VariableOption


__all__ = ["complete_file_name"]

_AT = "@"
_MAX_NAMES = 10_000


def complete_file_name(
    option: VariableOption, incomplete: str
) -> list[CompletionItem[str]]:
    """
    Complete a value of an option that is a file, or has one behind ``@``.

    No shell knows what is behind the sign, so those names are given one by one; for
    the rest the shell's own way serves. A value that can't be a file has no completion.
    """
    from click.shell_completion import CompletionItem

    if not incomplete.startswith(_AT):
        takes = names_file(option, incomplete)
        return [CompletionItem(incomplete, type="file")] if takes else []
    if not names_file(option, incomplete):
        return []
    return [CompletionItem(f"{_AT}{name}") for name in _find_names(incomplete[1:])]


def _find_names(beginning: str) -> list[str]:
    """Find the paths that begin so; those of folders end with a slash."""
    folder, slash, prefix = beginning.rpartition("/")
    names = []
    try:
        with os.scandir(folder + slash or ".") as entries:
            for entry in entries:
                # As in shells: what is hidden is shown to those who ask for it.
                hidden = entry.name.startswith(".") and not prefix
                if entry.name.startswith(prefix) and not hidden:
                    end = "/" if entry.is_dir() else ""
                    names.append(f"{folder}{slash}{entry.name}{end}")
                if len(names) == _MAX_NAMES:
                    break
    except (OSError, ValueError):
        return []
    # What is no text, or would be several lines, is for the shell to spell.
    return sorted(name for name in names if name.isprintable())
