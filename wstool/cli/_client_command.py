"""The client command that gets to a server of ours, for people to copy."""

from __future__ import annotations

import shlex
from pathlib import Path


__all__ = ["describe_way"]


def describe_way(url: str, *, ca_path: Path | None) -> str | None:
    """
    Say how a client gets to a server, where its URL alone doesn't do.

    Args:
        url: As the server has written it.
        ca_path: The authority of its certificate, if that is our own.
    """
    if ca_path is None:
        return None
    command = shlex.join(["wstool", "connect", "--cacert", str(ca_path), url])
    return f"its certificate is of an own authority: {command}"
