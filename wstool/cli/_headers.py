"""Headers as they are written in arguments, in files and by commands."""

from __future__ import annotations

from wstool.cli._secrets import read_text_file
from wstool.connection.options import HeaderEdit
from wstool.errors import InputInvalid
from wstool.wire.handshake import is_token


__all__ = ["parse_header", "parse_header_lines", "read_header_file"]


def parse_header(text: str) -> HeaderEdit:
    """
    Parse ``NAME:VALUE``, ``NAME:`` to leave a header out, ``NAME;`` to send it empty.

    Raises:
        ValueError: If it's none of them.
    """
    name, colon, value = text.partition(":")
    if colon and name.strip():
        return name.strip(), value.strip() or None
    name, semicolon, rest = text.partition(";")
    if not colon and semicolon and name.strip() and not rest.strip():
        return name.strip(), ""
    # Without the text: in a file it may be a secret.
    raise ValueError("not NAME:VALUE, NAME: or NAME;")


def parse_header_lines(text: str, source: str) -> list[HeaderEdit]:
    """
    Parse one header a line; empty lines and those that begin with ``#`` are none.

    Args:
        source: What the lines are called in errors.

    Raises:
        InputInvalid: If a line isn't a header that can be sent, or there is none.
    """
    edits = []
    # Not by splitlines, which also splits where a value may have its bytes.
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if not line.strip() or line.startswith("#"):
            continue
        try:
            edits.append(_check(*parse_header(line)))
        except ValueError as error:
            raise InputInvalid(source, str(error), line=number) from error
    if not edits:
        raise InputInvalid(source, "no header in it")
    return edits


def read_header_file(path: str) -> list[HeaderEdit]:
    """
    Read headers from a file.

    Raises:
        InputInvalid: If it can't be read, or a line isn't a header.
    """
    source = f"@{path}"
    return parse_header_lines(read_text_file(path, source), source)


def _check(name: str, value: str | None) -> HeaderEdit:
    if not is_token(name):
        raise ValueError(f"header name {name!r} isn't a token")
    if value is not None and any(character in value for character in "\r\0"):
        raise ValueError(f"value of header {name} holds a line break or NUL")
    return name, value
