"""Where a socket connects from: an interface, a host name or an address, as in curl."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from wstool.connection.resolve import Address, resolve
from wstool.connection.translate import describe_os_error


__all__ = ["find_source"]

_INTERFACE = "if!"
_HOST = "host!"
_FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
# Linux, netdevice(7).
_SIOCGIFADDR = 0x8915
_REQUEST = "16sH2x4s16x"
_IPV6_ADDRESSES = Path("/proc/net/if_inet6")
_GLOBAL_SCOPE = "00"


async def find_source(name: str) -> Callable[[socket.socket], None]:
    """
    Make what binds a socket to an interface, a host name or an address.

    Args:
        name: Any of them; with ``if!`` or ``host!`` before it only that kind.

    Raises:
        OSError: If there is nothing by that name.
    """
    if not name.startswith(_HOST):
        interface = name.removeprefix(_INTERFACE)
        if _is_interface(interface):
            return lambda sock: _bind_to_interface(sock, interface)
        if name.startswith(_INTERFACE):
            raise OSError(f"there is no interface {interface}")
    host = name.removeprefix(_HOST)
    try:
        addresses = await resolve(host, 0)
    except socket.gaierror as error:
        kind = "host" if name.startswith(_HOST) else "interface, host"
        raise OSError(f"{host} is no {kind} or address of ours") from error
    return lambda sock: _bind_to_address(sock, addresses, host)


def _is_interface(name: str) -> bool:
    try:
        return socket.if_nametoindex(name) > 0
    except OSError:
        return False


def _bind_to_interface(sock: socket.socket, name: str) -> None:
    """Bind to the interface itself where that is allowed, else to its address."""
    if sys.platform != "linux":
        raise OSError("binding to an interface works on Linux only (try its address)")
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, os.fsencode(name))
    except PermissionError:
        addresses = _find_ipv4(name) + _find_ipv6(name)
        _bind_to_address(sock, addresses, name)


def _bind_to_address(sock: socket.socket, addresses: list[Address], name: str) -> None:
    for address in addresses:
        if address.family == sock.family:
            _bind(sock, address, name)
            return
    family = _FAMILIES.get(sock.family, "such")
    raise OSError(f"{name} has no {family} address to connect from")


def _bind(sock: socket.socket, address: Address, name: str) -> None:
    try:
        sock.bind(address.sockaddr)
    except OSError as error:
        problem = f"connecting from {name}: {describe_os_error(error)}"
        raise OSError(problem) from error


def _find_ipv4(name: str) -> list[Address]:
    from fcntl import ioctl

    request = struct.pack(_REQUEST, os.fsencode(name), socket.AF_INET, bytes(4))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            answer = ioctl(sock, _SIOCGIFADDR, request)
        except OSError:
            return []
    packed = struct.unpack(_REQUEST, answer)[2]
    return [Address(socket.AF_INET, (socket.inet_ntoa(packed), 0))]


def _find_ipv6(name: str) -> list[Address]:
    try:
        lines = _IPV6_ADDRESSES.read_text().splitlines()
    except OSError:
        return []
    found = []
    for digits, index, _, scope, _, interface in map(str.split, lines):
        if interface == name:
            text = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(digits))
            address = Address(socket.AF_INET6, (text, 0, 0, int(index, 16)))
            found.append((scope != _GLOBAL_SCOPE, address))
    return [address for _, address in sorted(found)]
