"""
The PROXY protocol's header, versions 1 and 2, before everything else on a stream.

HAProxy defined it (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt); the
sections in the comments are its own.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple


__all__ = ["ProxyHeader", "parse_proxy_header"]

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
# 2.1: the longest line of version 1, with its end.
_MAX_LINE = 107
_HEAD_SIZE = 16
# Addresses and what may be behind them; far more than any proxy sends.
_MAX_SIZE = 4096
_LOCAL, _PROXY = 0x20, 0x21
_TCP4, _TCP6 = 0x11, 0x21
_FAMILIES = {b"TCP4": IPv4Address, b"TCP6": IPv6Address}


class ProxyHeader(NamedTuple):
    """Whom a proxy forwards."""

    host: str
    """Address of the client; empty if the proxy speaks for itself or can't tell."""
    port: int
    size: int
    """Bytes that the header takes."""


def parse_proxy_header(data: bytes) -> ProxyHeader | None:
    """
    Parse the header at the beginning of a stream; None while it isn't whole.

    Raises:
        ValueError: If there is none, or it is malformed.
    """
    if _SIGNATURE.startswith(data[: len(_SIGNATURE)]):
        return _parse_binary(data) if len(data) >= _HEAD_SIZE else None
    if b"PROXY ".startswith(data[:6]):
        return _parse_line(data)
    raise ValueError("no PROXY header")


def _parse_line(data: bytes) -> ProxyHeader | None:
    end = data.find(b"\r\n", 0, _MAX_LINE)
    if end < 0:
        if len(data) >= _MAX_LINE:
            raise ValueError("PROXY line without an end")
        return None
    words = data[:end].split(b" ")
    size = end + 2
    if words[1:2] == [b"UNKNOWN"]:
        return ProxyHeader("", 0, size)
    if len(words) != 6 or words[1] not in _FAMILIES:
        raise ValueError("malformed PROXY line")
    try:
        host = _FAMILIES[words[1]](words[2].decode())
        port = int(words[4]) if words[4].isdigit() else -1
    except ValueError as error:
        raise ValueError("malformed PROXY line") from error
    if not 0 <= port <= 0xFFFF:
        raise ValueError("malformed PROXY line")
    return ProxyHeader(str(host), port, size)


def _parse_binary(data: bytes) -> ProxyHeader | None:
    command, family, length = struct.unpack_from("!BBH", data, len(_SIGNATURE))
    if command not in (_LOCAL, _PROXY):
        raise ValueError(f"PROXY header of unknown version or command {command:#x}")
    size = _HEAD_SIZE + length
    if length > _MAX_SIZE:
        raise ValueError(f"PROXY header of {size} bytes")
    if len(data) < size:
        return None
    width = {_TCP4: 4, _TCP6: 16}.get(family, 0)
    # 2.2: what isn't TCP over IP, or is the proxy's own, is the stream's own address.
    if command == _LOCAL or not width:
        return ProxyHeader("", 0, size)
    if length < 2 * width + 4:
        raise ValueError("PROXY header without addresses")
    host = ip_address(data[_HEAD_SIZE : _HEAD_SIZE + width])
    (port,) = struct.unpack_from("!H", data, _HEAD_SIZE + 2 * width)
    return ProxyHeader(str(host), port, size)
