"""The lines that were typed, kept for each host in a file for its owner alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import FileHistory, InMemoryHistory


__all__ = ["HostHistory", "find_history_file", "holds_secret", "make_history"]

_MAX_SIZE = 1 << 20
_SECRET = re.compile(
    r"""
    (pass(word|wd|phrase)?|secret|token|api[-_]?key|credential|authori[sz]ation|cookie
        |session[-_]?id|private[-_]?key)s?["']?\s*[:=]
    | \b(bearer|basic)\s+[\w+/=.-]{6,}
    | \w://[^/\s]*:[^/\s]*@
    | \beyJ[\w-]{8,}\.
    """,
    re.IGNORECASE | re.VERBOSE,
)


class HostHistory(FileHistory):
    """
    History of one host.

    A line that begins with a space, or seems to hold a secret, isn't written. Without
    a file that can be written, lines last as long as the program.
    """

    def store_string(self, string: str) -> None:
        """Append a line, unless it's to be kept out."""
        if holds_secret(string):
            return
        try:
            super().store_string(string)
        except OSError:
            return

    def load_history_strings(self) -> Iterable[str]:
        """Read the lines, the newest first."""
        try:
            return list(super().load_history_strings())
        except OSError:
            return []


def holds_secret(line: str) -> bool:
    """Tell whether a line must not be written to a file."""
    return line.startswith(" ") or _SECRET.search(line) is not None


def find_history_file(host: str) -> Path:
    """Find the file for a host; colons of IPv6 addresses don't suit every system."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    name = re.sub(r"[^\w.-]", "_", host)
    return Path(state).expanduser() / "wstool" / "history" / name


def make_history(host: str, *, keep: bool) -> HostHistory | InMemoryHistory:
    """
    Make the history of a host.

    Args:
        keep: Whether there is a file.
    """
    if not keep:
        return InMemoryHistory()
    try:
        path = find_history_file(host)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here: prompt-toolkit would let everyone read it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        os.chmod(path, 0o600)
        _shorten(path)
    except (OSError, RuntimeError):
        # A user without a home folder, as in a container, is a RuntimeError.
        return InMemoryHistory()
    return HostHistory(str(path))


def _shorten(path: Path) -> None:
    """Drop the older half of a file that has grown large."""
    if path.stat().st_size <= _MAX_SIZE:
        return
    data = path.read_bytes()[-_MAX_SIZE // 2 :]
    # An entry begins with an empty line and a comment.
    _, _, rest = data.partition(b"\n\n# ")
    shorter = path.with_name(f"{path.name}.new")
    with open(
        os.open(shorter, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
    ) as f:
        f.write(b"\n# " + rest)
    shorter.replace(path)
