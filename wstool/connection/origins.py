"""
Patterns for the Origin that a browser sends (RFC 6455, 10.2).

Any page can open a connection to a server that its visitor can reach; the Origin is
what tells the server. Programs that aren't browsers send none, and could send any.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit


__all__ = ["SAME_HOST", "OriginPatterns", "check_origin_pattern"]

SAME_HOST = "same-host"
"""Stands for the host that the request is sent to, whatever the port."""

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# RFC 6454, 6.1: scheme, host and port, and nothing else.
_ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:\[[0-9a-f:.]+\]|[^\s/\\?#@:\[\]*]+)(?::\d{1,5})?"
)
_PATTERN = re.compile(
    r"[a-z*][a-z0-9+.*-]*://(?:\[[0-9a-f:.*]+\]|[^\s/\\?#@:\[\]]+)(?::[\d*]{1,5})?"
)


def check_origin_pattern(pattern: str) -> None:
    """
    Check a pattern.

    Raises:
        ValueError: If no origin can match it.
    """
    if pattern in (SAME_HOST, "*", "null"):
        return
    if not _PATTERN.fullmatch(pattern.lower()):
        raise ValueError(
            f"{pattern!r} isn't SCHEME://HOST[:PORT], same-host, null or *"
        )


class OriginPatterns:
    """Which origins are allowed; ``*`` in a pattern stands for any part of a name."""

    __slots__ = ("_all", "_patterns", "_same_host")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        """Take patterns that were checked."""
        self._all = "*" in patterns
        self._same_host = SAME_HOST in patterns
        self._patterns = [_compile(pattern) for pattern in patterns]

    def allow(self, origin: str, host: str | None) -> bool:
        """
        Tell whether an origin is allowed.

        Args:
            origin: The Origin header.
            host: The Host header.
        """
        if self._all:
            return True
        normal = _normalize(origin)
        if normal != "null" and not _ORIGIN.fullmatch(normal):
            return False
        if self._same_host and host is not None and _is_same_host(normal, host):
            return True
        return any(pattern.fullmatch(normal) for pattern in self._patterns)


def _compile(pattern: str) -> re.Pattern[str]:
    # A star crosses dots but neither the end of a host nor that of a port.
    parts = map(re.escape, _normalize(pattern).split("*"))
    return re.compile("[^/:@]*".join(parts))


def _normalize(origin: str) -> str:
    origin = origin.lower()
    port = _DEFAULT_PORTS.get(origin.partition("://")[0], "")
    return origin.removesuffix(port) if port else origin


def _is_same_host(origin: str, host: str) -> bool:
    try:
        own, foreign = urlsplit(f"//{host}").hostname, urlsplit(origin).hostname
    except ValueError:
        return False
    return own is not None and own == foreign
