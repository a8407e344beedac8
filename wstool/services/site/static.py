"""
Files of a folder, and of nothing but that folder.

The way to a file is walked a name at a time from the open folder, and no symbolic link
is followed: there is no path to compare, and nothing to exchange in between.
"""

from __future__ import annotations

import mimetypes
import os
import stat

from wstool.connection.http_answer import FileBody, HTTPAnswer
from wstool.errors import InputInvalid
from wstool.phrases import describe_file_error


__all__ = ["StaticFiles"]

_INDEX = "index.html"
_MAX_NAMES = 64
# A pipe in the folder must not make the server wait for its other end.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class StaticFiles:
    """A folder that is served."""

    def __init__(self, folder: str) -> None:
        """
        Open a folder.

        Raises:
            InputInvalid: If it can't be opened.
        """
        try:
            self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            problem = f"can't be served: {describe_file_error(error)}"
            raise InputInvalid(folder, problem) from error

    def find(self, path: str) -> HTTPAnswer | None:
        """Find the file at a decoded path of a URL; None if there is none."""
        if not path.startswith("/"):
            return None
        names = path[1:].split("/")
        if names[-1] == "":
            names[-1] = _INDEX
        if len(names) > _MAX_NAMES or not all(map(_is_name, names)):
            return None
        descriptor = self._open(names)
        if descriptor is None:
            return None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            return None
        body = FileBody(descriptor, status.st_size)
        return HTTPAnswer(200, _find_type(names[-1]), body)

    def close(self) -> None:
        """Close the folder."""
        os.close(self._root)

    def _open(self, names: list[str]) -> int | None:
        descriptor = self._root
        for number, name in enumerate(names):
            last = number == len(names) - 1
            flags = _FLAGS if last else _FLAGS | os.O_DIRECTORY
            try:
                inner = os.open(name, flags, dir_fd=descriptor)
            except (OSError, ValueError):
                return None
            finally:
                if descriptor != self._root:
                    os.close(descriptor)
            descriptor = inner
        return descriptor


def _is_name(name: str) -> bool:
    """Tell whether a name is served: none that begins with a dot is."""
    return name != "" and not name.startswith(".") and not set(name) & set("\\\0/")


def _find_type(name: str) -> str:
    kind, encoding = mimetypes.guess_type(name)
    if kind is None or encoding is not None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
