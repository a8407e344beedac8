"""An opening handshake, read for a person: what its headers say, and what is wrong."""

from __future__ import annotations

import binascii
from typing import NamedTuple

from wstool.wire.handshake import (
    Request,
    Response,
    accept_key,
    agree_deflate,
    find_values,
    has_token,
    parse_extensions,
)
from wstool.wire.violations import (
    Violation,
    extension_not_agreed,
    handshake_header_wrong,
    subprotocol_not_offered,
)


__all__ = ["Reading", "read_request", "read_response"]

_SWITCHING_PROTOCOLS = 101
_NONCE_SIZE = 16


class Reading(NamedTuple):
    """What a request or a response means."""

    meanings: tuple[str | None, ...] = ()
    """What each header is for, in their order; None where that doesn't matter here."""
    violations: tuple[Violation, ...] = ()


def read_request(request: Request) -> Reading:
    """Read a request: each of its headers, and the rules that it breaks (4.1)."""
    headers = request.headers
    meanings = tuple(_explain_request(name.lower(), value) for name, value in headers)
    problems = [
        ("4.1", f"method is {request.method}, not GET", request.method != "GET"),
        (
            "4.1",
            f"version is {request.version}, older than HTTP/1.1",
            request.version in ("HTTP/0.9", "HTTP/1.0"),
        ),
        ("4.1", "header Host is missing", not find_values(headers, "Host")),
        *_check_switch(headers, "4.1"),
        *_check_key(find_values(headers, "Sec-WebSocket-Key")),
        *_check_version(find_values(headers, "Sec-WebSocket-Version")),
    ]
    return Reading(meanings, _find_violations(problems))


def read_response(request: Request | None, response: Response) -> Reading:
    """Read a response to a request; None if nobody knows that."""
    meanings = tuple(
        _explain_response(request, name.lower(), value)
        for name, value in response.headers
    )
    if response.status != _SWITCHING_PROTOCOLS:
        return Reading(meanings)
    violations = _find_violations([*_check_switch(response.headers, "4.1")])
    if request is not None:
        violations += _check_answer(request, response)
    return Reading(meanings, violations)


def _find_violations(problems: list[tuple[str, str, bool]]) -> tuple[Violation, ...]:
    return tuple(
        handshake_header_wrong(section, problem)
        for section, problem, wrong in problems
        if wrong
    )


def _check_switch(
    headers: list[tuple[str, str]], section: str
) -> list[tuple[str, str, bool]]:
    upgrade = not has_token(headers, "Upgrade", "websocket")
    connection = not has_token(headers, "Connection", "upgrade")
    return [
        (section, "header Upgrade doesn't say websocket", upgrade),
        (section, "header Connection doesn't say Upgrade", connection),
    ]


def _check_key(values: list[str]) -> list[tuple[str, str, bool]]:
    if not values:
        return [("4.1", "header Sec-WebSocket-Key is missing", True)]
    twice = len(values) > 1
    wrong = _decoded_size(values[0]) != _NONCE_SIZE
    return [
        ("11.3.1", "header Sec-WebSocket-Key is there twice", twice),
        ("4.1", "Sec-WebSocket-Key is not 16 bytes in base64", wrong),
    ]


def _check_version(values: list[str]) -> list[tuple[str, str, bool]]:
    version = values[0] if values else None
    problem = (
        "header Sec-WebSocket-Version is missing"
        if version is None
        else f"Sec-WebSocket-Version is {version}, not 13"
    )
    return [("4.1", problem, version != "13")]


def _check_answer(request: Request, response: Response) -> tuple[Violation, ...]:
    violations: list[Violation] = []
    accepts = find_values(response.headers, "Sec-WebSocket-Accept")
    expected = _expect_accept(request)
    if not accepts:
        violations.append(
            handshake_header_wrong("4.1", "header Sec-WebSocket-Accept is missing")
        )
    elif expected is not None and accepts[0].strip() != expected:
        wrong = f"Sec-WebSocket-Accept is {accepts[0]}, but must be {expected}"
        violations.append(handshake_header_wrong("4.1", wrong))
    offered = _split(find_values(request.headers, "Sec-WebSocket-Protocol"))
    violations += [
        subprotocol_not_offered(name)
        for name in find_values(response.headers, "Sec-WebSocket-Protocol")
        if name not in offered
    ]
    problem = _find_extension_problem(request, response)
    if problem is not None:
        violations.append(extension_not_agreed(problem))
    return tuple(violations)


def _find_extension_problem(request: Request, response: Response) -> str | None:
    value = ", ".join(find_values(response.headers, "Sec-WebSocket-Extensions"))
    if not value:
        return None
    offer = ", ".join(find_values(request.headers, "Sec-WebSocket-Extensions"))
    try:
        offered = {name: params for name, params in parse_extensions(offer)}
        answered = parse_extensions(value)
    except ValueError as error:
        return str(error)
    for name, params in answered:
        if name not in offered:
            return f"extension {name!r} was not offered"
        names = {key for key, _ in offered[name]}
        if "client_max_window_bits" in dict(params).keys() - names:
            return "client_max_window_bits was not offered"
    if [name for name, _ in answered] == ["permessage-deflate"]:
        try:
            agree_deflate(value)
        except ValueError as error:
            return str(error)
    return None


def _explain_request(name: str, value: str) -> str | None:
    match name:
        case "sec-websocket-key":
            size = _decoded_size(value)
            if size == _NONCE_SIZE:
                return "16 random bytes in base64, for the server to prove it listens"
            return "not 16 bytes in base64"
        case "sec-websocket-version":
            return (
                "the version of RFC 6455" if value == "13" else "not that of RFC 6455"
            )
        case "sec-websocket-protocol":
            return f"offers subprotocols, the best first: {', '.join(_split([value]))}"
        case "sec-websocket-extensions":
            return "; ".join(_explain_extensions(value, offer=True))
        case "origin":
            return "where the script comes from; the server may refuse it"
        case _:
            return None


def _explain_response(request: Request | None, name: str, value: str) -> str | None:
    match name:
        case "sec-websocket-accept":
            expected = None if request is None else _expect_accept(request)
            if expected is None:
                return "proves that the server read the key, which is unknown here"
            if value == expected:
                return "right: computed again from the key, it is the same"
            return f"wrong: from the key, it must be {expected}"
        case "sec-websocket-protocol":
            return "the subprotocol that is spoken from here on"
        case "sec-websocket-extensions":
            return "; ".join(_explain_extensions(value, offer=False))
        case "sec-websocket-version":
            return "the versions that the server speaks"
        case _:
            return None


def _explain_extensions(value: str, *, offer: bool) -> list[str]:
    try:
        extensions = parse_extensions(value)
    except ValueError as error:
        return [f"malformed: {error}"]
    verb = "offers" if offer else "agrees to"
    words = []
    for name, params in extensions:
        known = "compression" if name == "permessage-deflate" else name
        details = [_explain_param(key, given, offer) for key, given in params]
        words.append(f"{verb} {known}{': ' if details else ''}{', '.join(details)}")
    return words


def _explain_param(name: str, value: str | None, offer: bool) -> str:
    side = name.partition("_")[0]
    if name in ("server_no_context_takeover", "client_no_context_takeover"):
        return f"{side} starts each message with an empty window"
    if name in ("server_max_window_bits", "client_max_window_bits"):
        if value is None:
            return f"{side}'s window may be limited"
        size = f"2^{value} bytes"
        return f"{side}'s window is at most {size}"
    return name if value is None else f"{name}={value}"


def _expect_accept(request: Request) -> str | None:
    keys = find_values(request.headers, "Sec-WebSocket-Key")
    return accept_key(keys[0]) if keys else None


def _decoded_size(value: str) -> int | None:
    try:
        return len(binascii.a2b_base64(value.encode(), strict_mode=True))
    except (binascii.Error, UnicodeEncodeError):
        return None


def _split(values: list[str]) -> list[str]:
    names = (name.strip(" \t") for name in ",".join(values).split(","))
    return [name for name in names if name]
