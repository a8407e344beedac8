"""The file that has the profiles: where it is, and what is in it."""

from __future__ import annotations

import os
from typing import NamedTuple

from wstool.errors import UsageError
from wstool.files import FIXED_SECONDS, read_file
from wstool.phrases import describe_file_error


__all__ = ["ConfigFile", "find_path", "read_config_file"]

_VARIABLE = "WSTOOL_CONFIG"
_MAX_SIZE = 1 << 20


class ConfigFile(NamedTuple):
    """A file as it was read."""

    path: str
    data: bytes
    mode: int
    """The file's mode bits."""


def find_path() -> str | None:
    """
    Find out where the file would be.

    ``WSTOOL_CONFIG`` names it; empty, there is none. Else it is wstool/config.toml in
    the user's folder of settings, by the XDG Base Directory Specification.
    """
    named = os.environ.get(_VARIABLE)
    if named is not None:
        return named or None
    base = os.environ.get("XDG_CONFIG_HOME", "")
    # The specification: a relative path is to be ignored.
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(base, "wstool", "config.toml")


def read_config_file(*, seconds: float = FIXED_SECONDS) -> ConfigFile | None:
    """
    Read the file; None if there is none.

    Args:
        seconds: How long a file that is a pipe may take.

    Raises:
        UsageError: If it can't be read, or ``WSTOOL_CONFIG`` names one that is missing.
        TimedOut: If it takes too long.
    """
    path = find_path()
    if path is None:
        return None
    try:
        data = read_file(path, _MAX_SIZE + 1, seconds=seconds)
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        named = _VARIABLE in os.environ
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not named:
            return None
        words = describe_file_error(error) if isinstance(error, OSError) else str(error)
        where = f"{_VARIABLE}: {path}" if named else path
        raise UsageError(f"{where}: can't be read: {words}") from error
    if len(data) > _MAX_SIZE:
        raise UsageError(f"{path}: over {_MAX_SIZE} bytes")
    return ConfigFile(path, data, mode)
