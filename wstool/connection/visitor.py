"""Who wants to open a connection, and what a server may answer instead of 101."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from wstool.wire.handshake import Header, Request


__all__ = [
    "Admission",
    "Network",
    "Refusal",
    "Visitor",
    "find_offered_protocols",
    "hide_tokens",
]

Network = IPv4Network | IPv6Network

_MAX_QUERY_FIELDS = 100
_TOKEN = re.compile(r"([?&]token=)[^&\s]*")


class Visitor(NamedTuple):
    """A client in its opening handshake; keep nothing of it that isn't needed."""

    request: Request
    peer: str
    """Its address, for people."""
    host: str = ""
    """Its IP address; empty on a Unix socket."""
    port: int = 0
    secure: bool = False
    """Whether it came through TLS."""

    @property
    def path(self) -> str:
        """The path that it asks for, decoded."""
        return unquote(self.request.resource_name.partition("?")[0])

    @property
    def query(self) -> dict[str, list[str]]:
        """The query's fields; empty if there are too many."""
        query = self.request.resource_name.partition("?")[2]
        try:
            return parse_qs(
                query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS
            )
        except ValueError:
            return {}

    def find_header(self, name: str) -> str | None:
        """Find the first value of a header, whatever the case of its name."""
        name = name.lower()
        for header, value in self.request.headers:
            if header.lower() == name:
                return value
        return None


class Refusal(NamedTuple):
    """An HTTP response that refuses a connection."""

    status: int
    problem: str
    """For the client, and for the log."""
    headers: tuple[Header, ...] = ()
    """Headers that tell the client what to do next."""


class Admission(NamedTuple):
    """What lets a client in."""

    subprotocols: tuple[str, ...] = ()
    """Subprotocols to choose from, of those it offers, besides the server's own."""


def find_offered_protocols(request: Request) -> list[str]:
    """Find the subprotocols that a client offers."""
    return [
        name.strip()
        for header, value in request.headers
        if header.lower() == "sec-websocket-protocol"
        for name in value.split(",")
    ]


def hide_tokens(text: str) -> str:
    """Hide the tokens in a resource name, for the log."""
    return _TOKEN.sub(r"\1...", text)
