"""
Requests as a browser makes them: headers are most of what polling costs.

They are those of Chromium 156 on Linux, for ``fetch()`` of the page's own origin and
for ``new WebSocket()``. What the user gives replaces them, or comes on top.
"""

from __future__ import annotations

from wstool.connection.options import RequestOptions
from wstool.connection.request import complete_request
from wstool.errors import UsageError
from wstool.services.bench.pollers import MakeRequest
from wstool.wire.handshake import Header, Request
from wstool.wire.uri import WebSocketURI


__all__ = ["dress_handshake", "make_poll", "make_poll_maker"]

_USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)
_LANGUAGE: list[Header] = [
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-US,en;q=0.9"),
]
_HANDSHAKE: list[Header] = [
    ("Pragma", "no-cache"),
    ("Cache-Control", "no-cache"),
    *_LANGUAGE,
]


def dress_handshake(uri: WebSocketURI, request: RequestOptions) -> RequestOptions:
    """Add what a browser says in an opening handshake; nothing is compressed."""
    given = {name.lower() for name, _ in request.headers}
    ours = [header for header in _HANDSHAKE if header[0].lower() not in given]
    return request._replace(
        headers=(*ours, *request.headers),
        user_agent=_find_user_agent(request),
        origin=f"http://{uri.host_header}"
        if request.origin is None
        else request.origin,
        deflate=None,
    )


def make_poll(uri: WebSocketURI, target: str, request: RequestOptions) -> Request:
    """Make the request for a target on a connection that stays."""
    user_agent = _find_user_agent(request)
    headers: list[Header] = [
        ("Host", uri.host_header),
        ("Connection", "keep-alive"),
        ("sec-ch-ua-platform", '"Linux"'),
        *([("User-Agent", user_agent)] if user_agent else []),
        ("sec-ch-ua", '"Not:A-Brand";v="8", "Chromium";v="156"'),
        ("sec-ch-ua-mobile", "?0"),
        ("Accept", "*/*"),
        # For a GET of its own origin a browser sends none.
        *([] if request.origin is None else [("Origin", request.origin)]),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
        ("Referer", f"http://{uri.host_header}/"),
        *_LANGUAGE,
    ]
    return complete_request(uri._replace(resource_name=target), headers, request)


def make_poll_maker(uri: WebSocketURI, request: RequestOptions) -> MakeRequest:
    """Make what makes requests, ready to be written."""

    def make(target: str) -> bytes:
        try:
            return make_poll(uri, target, request).serialize()
        except ValueError as error:
            raise UsageError(str(error)) from error

    return make


def _find_user_agent(request: RequestOptions) -> str:
    return _USER_AGENT if request.user_agent is None else request.user_agent
