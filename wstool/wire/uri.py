"""
WebSocket URIs (RFC 6455, section 3), as people type them.

With ``+unix`` in the scheme, the path of a Unix socket stands for host and port.
"""

from __future__ import annotations

import re
from typing import NamedTuple


__all__ = ["WebSocketURI", "parse_host_port", "parse_uri"]

_SCHEMES = {"ws": False, "wss": True, "http": False, "https": True}
_DEFAULT_PORTS = {False: 80, True: 443}
_NOT_IN_HOST = frozenset('"#%/:<>?@[\\]^`{|}')
_MAX_LABEL = 63
_UNIX = "+unix:"
_LOCAL = "localhost"
# What sockaddr_un holds, without the NUL at the end.
_MAX_SOCKET_PATH = 107
# The convention of ws for Node: a colon ends the path of the socket.
_END_OF_SOCKET = re.compile(r":(?=[/?]|$)")
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f]")


class WebSocketURI(NamedTuple):
    """Where a WebSocket server is, and what to ask it for."""

    secure: bool
    """Whether the connection uses TLS."""
    host: str
    """Host name or address, without brackets; an IPv6 address can have a zone."""
    port: int
    resource_name: str
    """Path and query, as in the request line."""
    userinfo: str | None = None
    """User and password, percent-encoded as they stand."""
    unix_socket: str | None = None
    """Path of the Unix socket that stands for host and port."""

    @property
    def origin(self) -> tuple[bool, str, int, str | None]:
        """What credentials are for: scheme, host and port (RFC 6454, 4), or socket."""
        return self.secure, self.host.lower(), self.port, self.unix_socket

    @property
    def host_header(self) -> str:
        """Value of the Host header: no port where it is the scheme's own."""
        # RFC 6874, 4: a zone means something on this host only.
        return self._join_host_port(self.host.partition("%")[0])

    def __str__(self) -> str:
        scheme = "wss" if self.secure else "ws"
        if self.unix_socket is not None:
            return f"{scheme}{_UNIX}{self.unix_socket}:{self.resource_name}"
        return f"{scheme}://{self._join_host_port(self.host)}{self.resource_name}"

    def _join_host_port(self, host: str) -> str:
        host = f"[{host}]" if ":" in host else host
        default = self.port == _DEFAULT_PORTS[self.secure]
        return host if default else f"{host}:{self.port}"


def parse_uri(text: str) -> WebSocketURI:
    """
    Parse a URI: ``ws://``, ``wss://``, ``http(s)://``, ``host:port/path``, ``:port``.

    Or ``ws+unix:/socket:/path``. Characters that cannot stand in a request line are
    percent-encoded.

    Raises:
        ValueError: If it isn't one; the message names the part.
    """
    scheme, unix, rest = text.partition(_UNIX)
    if unix and scheme.isalpha():
        _check_scheme(scheme)
        return _parse_unix(rest, secure=_SCHEMES[scheme.lower()])
    scheme, separator, rest = text.partition("://")
    if not separator or any(mark in scheme for mark in "/?#"):
        # Without a scheme; the query may hold another URI.
        scheme, separator, rest = "ws", "", text
    _check_scheme(scheme)
    _check_fragment(rest)
    secure = _SCHEMES[scheme.lower()]
    authority, resource = _split_authority(rest)
    userinfo, at, host_port = authority.rpartition("@")
    host, port = _split_port(host_port)
    if not host:
        if separator or port is None:
            raise ValueError("host is missing")
        host = _LOCAL
    return WebSocketURI(
        secure=secure,
        host=host,
        port=_DEFAULT_PORTS[secure] if port is None else _parse_port(port),
        resource_name=_encode(resource),
        userinfo=userinfo if at else None,
    )


def parse_host_port(text: str) -> tuple[str, int | None]:
    """
    Parse ``HOST[:PORT]``; an IPv6 address stands in brackets.

    Raises:
        ValueError: If it isn't one; the message names the part.
    """
    host, port = _split_port(text)
    return host, None if port is None else _parse_port(port)


def _parse_unix(rest: str, *, secure: bool) -> WebSocketURI:
    """Parse what stands behind ``ws+unix:``; the socket's path is as in the system."""
    path = rest[2:] if rest.startswith("///") else rest
    if path.startswith("//"):
        raise ValueError(f"a Unix socket isn't on a host, as in {rest!r}")
    end = _END_OF_SOCKET.search(path)
    resource = "" if end is None else path[end.end() :]
    path = path if end is None else path[: end.start()]
    size = len(b"".join(map(_to_bytes, path)))
    if not 0 < size <= _MAX_SOCKET_PATH:
        problem = f"of {size} bytes isn't one of 1 to {_MAX_SOCKET_PATH}"
        raise ValueError(f"the path of a Unix socket {problem}")
    if _CONTROL.search(path):
        raise ValueError(f"the path of a Unix socket has a control in it: {path!r}")
    _check_fragment(resource)
    resource = resource if resource.startswith("/") else f"/{resource}"
    return WebSocketURI(
        secure=secure,
        host=_LOCAL,
        port=_DEFAULT_PORTS[secure],
        resource_name=_encode(resource),
        unix_socket=path,
    )


def _check_scheme(scheme: str) -> None:
    if scheme.lower() not in _SCHEMES:
        raise ValueError(f"scheme {scheme!r} isn't ws, wss, http or https")


def _check_fragment(text: str) -> None:
    if "#" in text:
        fragment = text[text.index("#") :]
        raise ValueError(f"fragment {fragment!r} isn't allowed in a WebSocket URL")


def _split_authority(rest: str) -> tuple[str, str]:
    for index, character in enumerate(rest):
        if character == "/":
            return rest[:index], rest[index:]
        if character == "?":
            return rest[:index], "/" + rest[index:]
    return rest, "/"


def _split_port(host_port: str) -> tuple[str, str | None]:
    if host_port.startswith("["):
        host, bracket, port = host_port[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError(f"host {host_port!r} has a bracket without its other half")
        _check_ipv6(host)
        return host.replace("%25", "%", 1), port[1:] if port else None
    host, colon, port = host_port.partition(":")
    if ":" in port:
        raise ValueError(f"host {host_port!r}: an IPv6 address needs brackets")
    return _to_ascii(host), port if colon else None


def _check_ipv6(host: str) -> None:
    """Check an address between brackets, as far as its characters go (RFC 6874)."""
    address, percent, zone = host.partition("%")
    shaped = ":" in address and all(c in "0123456789abcdefABCDEF:." for c in address)
    if not shaped or (percent and not _is_zone(zone.removeprefix("25"))):
        raise ValueError(f"host {host!r} isn't an IPv6 address")


def _is_zone(zone: str) -> bool:
    return bool(zone) and all("!" <= c <= "~" and c not in _NOT_IN_HOST for c in zone)


def _to_ascii(host: str) -> str:
    """Give the name as it is looked up; the resolver says what else is wrong."""
    name = host
    if not host.isascii():
        try:
            name = host.encode("idna").decode()
        except UnicodeError:
            raise ValueError(f"host {host!r} isn't a valid name") from None
    # Normalizing an international name can bring forth any of these characters.
    if any(not "!" <= c <= "~" or c in _NOT_IN_HOST for c in name):
        raise ValueError(f"host {host!r} has a character that can't stand in it")
    labels = name.removesuffix(".").split(".")
    if name and not all(0 < len(label) <= _MAX_LABEL for label in labels):
        raise ValueError(f"host {host!r} has a label that is empty or too long")
    return name


def _parse_port(port: str) -> int:
    if port.isascii() and port.isdigit() and len(port) <= 5:
        number = int(port)
        if 1 <= number <= 65535:
            return number
    raise ValueError(f"port {port!r} isn't a number from 1 to 65535")


def _encode(resource: str) -> str:
    """Percent-encode controls, spaces and what is not ASCII; leave the rest alone."""
    return "".join(
        character
        if "!" <= character <= "~"
        else "".join(f"%{byte:02X}" for byte in _to_bytes(character))
        for character in resource
    )


def _to_bytes(character: str) -> bytes:
    # An argument that isn't UTF-8 holds its bytes as surrogates (PEP 383).
    try:
        return character.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return b"?"
