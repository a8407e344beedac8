"""The request of a client's opening handshake, and which parts of it are secret."""

from __future__ import annotations

from binascii import b2a_base64

from wstool.connection.options import ConnectOptions, RequestOptions
from wstool.wire.handshake import Header, Request, offer_deflate
from wstool.wire.uri import WebSocketURI


__all__ = [
    "complete_request",
    "encode_basic",
    "holds_credentials",
    "is_credential",
    "make_request",
]

# What names of headers that prove who we are end in, behind a dash or by itself.
_CREDENTIALS = (
    "-access-key",
    "-api-key",
    "-apikey",
    "-auth",
    "-authorization",
    "-cookie",
    "-credentials",
    "-password",
    "-secret",
    "-token",
)


def make_request(options: ConnectOptions, key: str) -> Request:
    """
    Make the request: ours first, then the user's headers, which replace ours.

    Args:
        key: Sec-WebSocket-Key, from 16 random bytes.
    """
    request = options.request
    headers: list[Header] = [
        ("Host", options.uri.host_header),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", "13"),
    ]
    if request.user_agent:
        headers.append(("User-Agent", request.user_agent))
    if request.origin is not None:
        headers.append(("Origin", request.origin))
    if request.subprotocols:
        headers.append(("Sec-WebSocket-Protocol", ", ".join(request.subprotocols)))
    if request.deflate is not None:
        headers.append(("Sec-WebSocket-Extensions", offer_deflate(request.deflate)))
    return complete_request(options.uri, headers, request)


def complete_request(
    uri: WebSocketURI, headers: list[Header], request: RequestOptions
) -> Request:
    """Add credentials and the user's headers, which replace those by their names."""
    headers = headers + _find_credentials(uri, request)
    replaced = {name.lower() for name, _ in request.headers}
    kept = [header for header in headers if header[0].lower() not in replaced]
    given = [(name, value) for name, value in request.headers if value is not None]
    return Request(uri.resource_name, [*kept, *given])


def holds_credentials(request: Request) -> bool:
    """Tell whether there is anything in a request that others must not read."""
    return any(is_credential(name) for name, _ in request.headers)


def is_credential(name: str) -> bool:
    """Tell whether a header by this name proves who we are."""
    return f"-{name.lower()}".endswith(_CREDENTIALS)


def encode_basic(credentials: str) -> str:
    """Write ``USER:PASSWORD`` as a value of Authorization (RFC 7617)."""
    data = credentials.encode(errors="surrogateescape")
    return f"Basic {b2a_base64(data, newline=False).decode()}"


def _find_credentials(uri: WebSocketURI, request: RequestOptions) -> list[Header]:
    """Find the credentials for a URI: those given for it, its own, stored ones."""
    found = list(request.credentials)
    if uri.userinfo is not None:
        found.append(("Authorization", encode_basic(_decode_userinfo(uri.userinfo))))
    if request.stored is not None:
        found += request.stored(uri)
    authorization = [header for header in found if header[0] == "Authorization"]
    # RFC 6265, 5.4: there is one Cookie header, whatever is in it.
    cookies = "; ".join(value for name, value in found if name == "Cookie")
    return authorization[:1] + ([("Cookie", cookies)] if cookies else [])


def _decode_userinfo(userinfo: str) -> str:
    """Decode the credentials of a URL."""
    from urllib.parse import unquote

    user, _, password = userinfo.partition(":")
    return f"{unquote(user)}:{unquote(password)}"
