"""Files that are named at the prompt: none of them makes it wait."""

from __future__ import annotations

import os
import stat

from wstool.errors import InputInvalid, OutputFailed
from wstool.phrases import describe_file_error


__all__ = ["expand", "read_file", "write_new_file"]


def expand(path: str) -> str:
    """Expand ``~`` as a shell does."""
    return os.path.expanduser(path)


def read_file(path: str, *, limit: int) -> bytes:
    """
    Read a regular file.

    Raises:
        InputInvalid: If it can't be read, is something else, or is larger than the
            limit in bytes.
    """
    try:
        # Not blocking: a pipe would make the prompt wait for whoever writes to it.
        descriptor = os.open(expand(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputInvalid(path, "isn't a regular file")
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(path, problem) from error
    if len(data) > limit:
        raise InputInvalid(path, f"more than {limit} bytes; --max-input sets the limit")
    return data


def write_new_file(path: str, data: bytes) -> None:
    """
    Write a file that doesn't exist yet.

    Raises:
        OutputFailed: If it does, or can't be written.
    """
    try:
        with open(expand(path), "xb") as file:
            file.write(data)
    except (OSError, ValueError) as error:
        raise OutputFailed(path, describe_file_error(error)) from error
