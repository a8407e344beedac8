"""
The opening handshake as values (RFC 6455, section 4).

The response codec is tolerant: it can show any refusal, whatever HTTP it speaks.
What makes a WebSocket connection is checked apart and strictly.
"""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import sha1
from typing import NamedTuple

from wstool.wire.deflate import MAX_WINDOW_BITS, DeflateParams


__all__ = [
    "DeflateOffer",
    "Extension",
    "Header",
    "Request",
    "Response",
    "accept_key",
    "agree_deflate",
    "encode_key",
    "find_head_end",
    "find_values",
    "has_token",
    "is_token",
    "offer_deflate",
    "parse_extensions",
    "parse_request",
    "parse_response",
    "read_deflate_offers",
    "settle_deflate",
]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_DEFLATE = "permessage-deflate"

Header = tuple[str, str]
Extension = tuple[str, list[tuple[str, str | None]]]


class Request(NamedTuple):
    """An opening handshake request."""

    resource_name: str
    headers: list[Header]
    method: str = "GET"
    version: str = "HTTP/1.1"
    malformed: tuple[str, ...] = ()
    """Header lines that are none."""

    def serialize(self) -> bytes:
        """
        Serialize the request.

        Raises:
            ValueError: If the resource name or a header would break out of its place.
        """
        if any(
            character <= " " or character == "\x7f" for character in self.resource_name
        ):
            problem = "has a character that can't stand in a request line"
            raise ValueError(f"resource name {self.resource_name!r} {problem}")
        lines = [f"GET {self.resource_name} HTTP/1.1"]
        for name, value in self.headers:
            if not is_token(name):
                raise ValueError(f"header name {name!r} isn't a token")
            if any(character in value for character in "\r\n\0"):
                raise ValueError(f"value of header {name} holds a line break or NUL")
            lines.append(f"{name}: {value}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


class Response(NamedTuple):
    """The head of an HTTP response."""

    version: str
    """Such as ``HTTP/1.1``."""
    status: int
    reason: str
    headers: list[Header]
    malformed: list[str]
    """Header lines that are none."""


def encode_key(nonce: bytes) -> str:
    """Encode 16 random bytes as a Sec-WebSocket-Key (4.1)."""
    return b2a_base64(nonce, newline=False).decode()


def accept_key(key: str) -> str:
    """Compute the Sec-WebSocket-Accept for a key (4.2.2)."""
    data = key.encode(errors="surrogateescape") + _GUID
    digest = sha1(data, usedforsecurity=False).digest()
    return b2a_base64(digest, newline=False).decode()


def find_head_end(data: bytes | bytearray, start: int = 0) -> int | None:
    """Find where the body begins: past the first empty line, with or without CR."""
    ends = [
        found + len(mark)
        for mark in (b"\r\n\r\n", b"\n\n", b"\n\r\n")
        if (found := data.find(mark, start)) >= 0
    ]
    return min(ends, default=None)


def parse_response(head: bytes) -> Response:
    """
    Parse the head of an HTTP response.

    Raises:
        ValueError: If it doesn't begin with an HTTP status line.
    """
    # Not by splitlines, which also splits at bytes that UTF-8 is full of.
    lines = [line.removesuffix("\r") for line in head.decode("latin-1").split("\n")]
    version, _, rest = lines[0].partition(" ")
    status, _, reason = rest.strip(" \t").partition(" ")
    known = version.startswith("HTTP/") and len(status) == 3 and status.isdecimal()
    if not known:
        raise ValueError("not an HTTP response")
    headers, malformed = _parse_headers(lines[1:])
    return Response(version, int(status), reason.strip(" \t"), headers, malformed)


def parse_request(head: bytes) -> Request:
    """
    Parse the head of an HTTP request.

    Raises:
        ValueError: If it doesn't begin with an HTTP request line.
    """
    lines = [line.removesuffix("\r") for line in head.decode("latin-1").split("\n")]
    method, _, rest = lines[0].partition(" ")
    resource_name, _, version = rest.rpartition(" ")
    if not (is_token(method) and resource_name and version.startswith("HTTP/")):
        raise ValueError("not an HTTP request")
    headers, malformed = _parse_headers(lines[1:])
    return Request(resource_name, headers, method, version, tuple(malformed))


def _parse_headers(lines: list[str]) -> tuple[list[Header], list[str]]:
    headers: list[Header] = []
    malformed: list[str] = []
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        # RFC 9112, 2.2: a CR alone ends no line, and can't stand in one.
        if colon and is_token(name) and "\r" not in value:
            headers.append((name, value.strip(" \t")))
        else:
            malformed.append(line)
    return headers, malformed


def find_values(headers: list[Header], name: str) -> list[str]:
    """Find the values of a header, in order; names don't differ by case."""
    name = name.lower()
    return [value for key, value in headers if key.lower() == name]


def has_token(headers: list[Header], name: str, token: str) -> bool:
    """Tell whether a header that lists tokens lists this one."""
    values = ",".join(find_values(headers, name)).lower().split(",")
    return token in (value.strip(" \t") for value in values)


def is_token(text: str) -> bool:
    """Tell whether this is a token (RFC 9110, 5.6.2)."""
    return bool(text) and all(
        "!" <= character <= "~" and character not in '"(),/:;<=>?@[\\]{}'
        for character in text
    )


def parse_extensions(value: str) -> list[Extension]:
    """
    Parse a Sec-WebSocket-Extensions header (9.1).

    Raises:
        ValueError: If it doesn't follow the grammar.
    """
    extensions = []
    for item in filter(None, (item.strip(" \t") for item in value.split(","))):
        name, *params = (part.strip(" \t") for part in item.split(";"))
        if not is_token(name):
            raise ValueError(f"extension name {name!r} isn't a token")
        extensions.append((name, [_parse_param(param) for param in params]))
    return extensions


class DeflateOffer(NamedTuple):
    """What a client offers of permessage-deflate."""

    params: DeflateParams
    limits_client: bool
    """Whether the server may limit the client's window (RFC 7692, 7.1.2.2)."""


def offer_deflate(params: DeflateParams) -> str:
    """
    Write an extension negotiation offer (RFC 7692, 7.1).

    The server may always limit our window.
    """
    offer = [_DEFLATE]
    if params.server_no_context_takeover:
        offer.append("server_no_context_takeover")
    if params.client_no_context_takeover:
        offer.append("client_no_context_takeover")
    if params.server_max_window_bits < MAX_WINDOW_BITS:
        offer.append(f"server_max_window_bits={params.server_max_window_bits}")
    bits = params.client_max_window_bits
    equals = f"={bits}" if bits < MAX_WINDOW_BITS else ""
    return "; ".join([*offer, f"client_max_window_bits{equals}"])


def read_deflate_offers(value: str) -> list[DeflateOffer]:
    """
    Read what a Sec-WebSocket-Extensions header offers of permessage-deflate.

    It may be the user's own, wrong on purpose: what it says wrongly isn't offered.
    """
    try:
        extensions = parse_extensions(value)
    except ValueError:
        return []
    return [_read_offer(pairs) for name, pairs in extensions if name == _DEFLATE]


def settle_deflate(value: str, offers: list[DeflateOffer]) -> DeflateParams | None:
    """
    Read what a server's Sec-WebSocket-Extensions makes of a client's offers.

    Returns:
        The parameters, for both sides to keep to; None when it agrees to no extension.

    Raises:
        ValueError: If it is invalid, or is no answer to any of the offers.
    """
    agreed = agree_deflate(value)
    if agreed is None:
        return None
    if not offers:
        raise ValueError(f"extension {_DEFLATE!r} wasn't offered")
    limited = "client_max_window_bits" in value
    problems = []
    for offer in offers:
        problem = _find_breach(offer, agreed, limited=limited)
        if problem is None:
            return _keep_to(offer.params, agreed)
        problems.append(problem)
    raise ValueError(problems[0])


def agree_deflate(value: str) -> DeflateParams | None:
    """
    Read what a server's Sec-WebSocket-Extensions agrees to.

    Returns:
        The parameters, or None when it agrees to no extension.

    Raises:
        ValueError: If it holds anything but one valid permessage-deflate.
    """
    params: DeflateParams | None = None
    for name, pairs in parse_extensions(value):
        if name != _DEFLATE:
            raise ValueError(f"extension {name!r} wasn't offered")
        if params is not None:
            raise ValueError(f"extension {name!r} is there twice")
        params = _read_deflate(pairs)
    return params


def _read_deflate(pairs: list[tuple[str, str | None]]) -> DeflateParams:
    values: dict[str, int] = {}
    for name, value in pairs:
        if name in values:
            raise ValueError(f"extension parameter {name!r} is there twice")
        if name not in DeflateParams._fields:
            raise ValueError(f"extension parameter {name!r} is unknown")
        values[name] = _read_deflate_value(name, value)
    return _make_params(values)


def _read_offer(pairs: list[tuple[str, str | None]]) -> DeflateOffer:
    values: dict[str, int] = {}
    for name, value in pairs:
        try:
            values[name] = _read_deflate_value(name, value)
        except ValueError:
            continue
    limits_client = any(name == "client_max_window_bits" for name, _ in pairs)
    return DeflateOffer(_make_params(values), limits_client)


def _find_breach(
    offer: DeflateOffer, agreed: DeflateParams, *, limited: bool
) -> str | None:
    """Say what in a response is no answer to an offer (RFC 7692, 7.1)."""
    offered = offer.params
    # 7.1.2.2: a server limits our window only where we say we can.
    if limited and not offer.limits_client:
        return "extension parameter 'client_max_window_bits' wasn't offered"
    # 7.1.1.1, 7.1.2.1: these can't be ignored, only the whole offer can be declined.
    if offered.server_no_context_takeover and not agreed.server_no_context_takeover:
        return "extension parameter 'server_no_context_takeover' is missing"
    bits, most = agreed.server_max_window_bits, offered.server_max_window_bits
    if bits > most:
        name = "server_max_window_bits"
        return f"extension parameter {name!r} should be at most {most}, but is {bits}"
    return None


def _keep_to(offered: DeflateParams, agreed: DeflateParams) -> DeflateParams:
    """Keep to what we offered of ourselves, which a server may ignore (7.1.1.2)."""
    return agreed._replace(
        client_no_context_takeover=offered.client_no_context_takeover
        or agreed.client_no_context_takeover,
        client_max_window_bits=min(
            offered.client_max_window_bits, agreed.client_max_window_bits
        ),
    )


def _make_params(values: dict[str, int]) -> DeflateParams:
    return DeflateParams(
        server_no_context_takeover="server_no_context_takeover" in values,
        client_no_context_takeover="client_no_context_takeover" in values,
        server_max_window_bits=values.get("server_max_window_bits", MAX_WINDOW_BITS),
        client_max_window_bits=values.get("client_max_window_bits", MAX_WINDOW_BITS),
    )


def _read_deflate_value(name: str, value: str | None) -> int:
    if name.endswith("no_context_takeover"):
        if value is not None:
            raise ValueError(f"extension parameter {name!r} takes no value")
        return 1
    # RFC 7692, 7.1.2: a decimal without leading zeros, from 8 to 15.
    if value not in ("8", "9", "10", "11", "12", "13", "14", "15"):
        problem = "has no value" if value is None else f"isn't from 8 to 15: {value}"
        raise ValueError(f"extension parameter {name!r} {problem}")
    return int(value)


def _parse_param(param: str) -> tuple[str, str | None]:
    name, equals, value = param.partition("=")
    name, value = name.strip(" \t"), value.strip(" \t")
    if value[:1] == value[-1:] == '"':
        value = value[1:-1]
    if not is_token(name) or (equals and not is_token(value)):
        raise ValueError(f"extension parameter {param!r} is malformed")
    return name, value if equals else None
