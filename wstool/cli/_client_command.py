"""The client command that gets to a server of ours, for people to copy."""

from __future__ import annotations

import shlex
from pathlib import Path


__all__ = ["describe_way"]

_UNIX = "+unix:"


def describe_way(url: str, *, ca_path: Path | None) -> str | None:
    """
    Say how a client gets to a server, where its URL alone doesn't do.

    Args:
        url: As the server has written it; with ``+unix:`` it names a socket's path.
        ca_path: The authority of its certificate, if that is our own.
    """
    options = [] if ca_path is None else ["--cacert", str(ca_path)]
    scheme, unix, place = url.partition(_UNIX)
    if unix:
        options += ["--unix-socket", place.removesuffix(":/")]
        url = f"{scheme}://localhost/"
    command = shlex.join(["wstool", "connect", *options, url])
    if ca_path is not None:
        return f"its certificate is of an own authority: {command}"
    return f"a client gets there by: {command}" if unix else None
