"""
The address of a client behind proxies, as those proxies report it.

Only proxies that are trusted are believed. Each appends the address that it saw, so
the list is read from its end: the first address that isn't a trusted proxy's is the
client's, and whatever stands before it, the client may have made up.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from wstool.connection.visitor import Network
from wstool.wire.handshake import Header


__all__ = ["find_client", "is_in"]

_MAX_HOPS = 50


def find_client(
    host: str, headers: list[Header], trusted: tuple[Network, ...]
) -> str | None:
    """
    Find the address of a client behind trusted proxies.

    Args:
        host: Address that the stream comes from; empty for a Unix socket, which is
            trusted where any proxy is.
        headers: The request's.

    Returns:
        The address; None if the stream comes from no trusted proxy, or if that says
        nothing that could be an address.
    """
    if not trusted or not (host == "" or is_in(host, trusted)):
        return None
    client = None
    for reported in reversed(_find_reported(headers)[-_MAX_HOPS:]):
        address = _parse_address(reported)
        if address is None:
            break
        client = str(address)
        if not is_in(client, trusted):
            break
    return client


def is_in(host: str, networks: tuple[Network, ...]) -> bool:
    """Tell whether an address is in one of several networks."""
    address = _parse_address(host)
    return address is not None and any(address in network for network in networks)


def _find_reported(headers: list[Header]) -> list[str]:
    """Find the addresses that proxies report, in the header that says most."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    if "forwarded" in values:
        return [
            _find_for(element) for element in ",".join(values["forwarded"]).split(",")
        ]
    if "x-forwarded-for" in values:
        return ",".join(values["x-forwarded-for"]).split(",")
    return values.get("x-real-ip", [])[-1:]


def _find_for(element: str) -> str:
    """Find the ``for`` of an element of Forwarded (RFC 7239, 4)."""
    for pair in element.split(";"):
        name, _, value = pair.strip().partition("=")
        if name.lower() == "for":
            return value
    return ""


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
