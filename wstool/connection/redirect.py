"""Where a redirect leads, and what may go there (RFC 9110, 15.4)."""

from __future__ import annotations

from typing import NamedTuple

from wstool.connection.options import ConnectOptions, HeaderEdit, RequestOptions
from wstool.connection.request import is_credential
from wstool.errors import HandshakeRefused
from wstool.wire.uri import WebSocketURI, parse_uri


__all__ = ["Redirect", "follow_redirect"]

# All of them mean the same for a GET.
_STATUSES = frozenset({301, 302, 303, 307, 308})
_SCHEMES = ("ws://", "wss://", "http://", "https://")


class Redirect(NamedTuple):
    """A redirect that is followed."""

    status: int
    options: ConnectOptions
    """Those for the place that it names."""
    dropped: tuple[str, ...]
    """Names of the headers that don't go there."""


def follow_redirect(
    options: ConnectOptions, refusal: HandshakeRefused, followed: list[Redirect]
) -> Redirect:
    """
    Follow a redirect, to where credentials go only if it is the same origin.

    What was left behind once stays behind, also when a redirect leads back.

    Args:
        followed: Redirects followed so far.

    Raises:
        HandshakeRefused: If it's no redirect, or not to be followed.
    """
    if refusal.status not in _STATUSES or refusal.location is None:
        refusal.remark = _describe_way(followed)
        raise refusal
    if options.max_redirects is None:
        refusal.remark = "try -L to follow it"
        raise refusal
    if len(followed) >= options.max_redirects:
        refusal.remark = f"not followed: --max-redirs is {options.max_redirects}"
        raise refusal
    try:
        uri = _find_target(options.uri, refusal.location)
    except ValueError as error:
        refusal.remark = f"not followed: {error}"
        raise refusal from error
    if uri.origin == options.uri.origin:
        userinfo = options.uri.userinfo if uri.userinfo is None else uri.userinfo
        uri = uri._replace(userinfo=userinfo)
        return Redirect(refusal.status, options._replace(uri=uri), ())
    request, dropped = _drop_credentials(options.request)
    if options.uri.userinfo is not None:
        dropped = ("Authorization", *dropped)
    there = options._replace(uri=uri, request=request)
    return Redirect(refusal.status, there, tuple(dict.fromkeys(dropped)))


def _describe_way(followed: list[Redirect]) -> str:
    """Say where redirects have led, and what was left behind on the way."""
    if not followed:
        return ""
    times = "1 redirect" if len(followed) == 1 else f"{len(followed)} redirects"
    dropped = ", ".join(name for redirect in followed for name in redirect.dropped)
    without = f" to another origin, without {dropped}" if dropped else ""
    return f"at {followed[-1].options.uri}, after {times}{without}"


def _find_target(base: WebSocketURI, location: str) -> WebSocketURI:
    """
    Find out where a Location leads.

    Raises:
        ValueError: If that is nowhere, or somewhere we won't go.
    """
    from urllib.parse import urljoin

    # Headers are read as Latin-1, so that no byte is lost.
    text = location.encode("latin-1").decode(errors="surrogateescape")
    # RFC 9110, 10.2.2: it can have a fragment, which is for the client.
    here = base._replace(unix_socket=None)
    target = urljoin(str(here), text.partition("#")[0].strip())
    if not target.lower().startswith(_SCHEMES):
        scheme = target.partition(":")[0]
        raise ValueError(f"scheme {scheme!r} isn't ws, wss, http or https")
    uri = parse_uri(target)
    if base.secure and not uri.secure:
        raise ValueError("it leads from wss:// to ws://, which isn't encrypted")
    if uri.origin == here.origin:
        return uri._replace(unix_socket=base.unix_socket)
    return uri


def _drop_credentials(
    request: RequestOptions,
) -> tuple[RequestOptions, tuple[str, ...]]:
    """Drop what is for one origin only; name it."""
    kept = tuple(edit for edit in request.headers if not _is_bound(edit))
    dropped = [name for name, _ in request.credentials]
    dropped += [edit[0] for edit in request.headers if _is_bound(edit)]
    return request._replace(headers=kept, credentials=()), tuple(dropped)


def _is_bound(edit: HeaderEdit) -> bool:
    """Tell whether a header is for one origin; that one is left out is for all."""
    name, value = edit
    return value is not None and (is_credential(name) or name.lower() == "host")
