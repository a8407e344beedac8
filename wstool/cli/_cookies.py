"""Cookies of a file, as browsers and curl write them, for the URLs they belong to."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from urllib.request import Request

from wstool.cli._secrets import read_text_file
from wstool.errors import InputInvalid
from wstool.wire.uri import WebSocketURI


__all__ = ["read_cookie_file"]

_SET_COOKIE = "set-cookie:"
_HTTP_ONLY = "#HttpOnly_"
_FIELDS = 7


def read_cookie_file(path: str) -> Callable[[WebSocketURI], str]:
    """
    Read a file of cookies: lines in Netscape's format, or with ``Set-Cookie:``.

    Other lines, such as those of a response's other headers, are skipped once there
    is one of these.

    Returns:
        What gives the cookies for a URI, as in a Cookie header; empty for none.

    Raises:
        InputInvalid: If it can't be read, or there is no cookie in it.
    """
    # A cookie without a domain of its own must not go to subdomains.
    policy = DefaultCookiePolicy(
        strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain
    )
    jar = CookieJar(policy)
    found = False
    for number, line in enumerate(read_text_file(path, path).split("\n"), 1):
        try:
            found = _take_line(jar, line.removesuffix("\r")) or found
        except ValueError as error:
            raise InputInvalid(path, str(error), line=number) from error
    if not found:
        raise InputInvalid(path, "no cookie in it")
    return lambda uri: _find_cookies(jar, uri)


def _take_line(jar: CookieJar, line: str) -> bool:
    """
    Take the cookie of a line; False if there is none.

    Raises:
        ValueError: If it isn't as it should be.
    """
    if line.lower().startswith(_SET_COOKIE):
        _take_header(jar, line[len(_SET_COOKIE) :].strip())
        return True
    line = line.removeprefix(_HTTP_ONLY)
    if line.startswith("#") or "\t" not in line:
        return False
    fields = line.split("\t")
    if len(fields) != _FIELDS:
        raise ValueError(f"{len(fields)} fields instead of {_FIELDS}")
    domain, subdomains, path, secure, expires, name, value = fields
    if not expires.isdecimal() and expires:
        raise ValueError("the fifth field isn't a time in seconds")
    # 0 is for a cookie of a session, which for us is any run.
    jar.set_cookie(
        _make_cookie(
            domain,
            name,
            value,
            path=path,
            subdomains=subdomains == "TRUE",
            secure=secure == "TRUE",
            expires=min(int(expires[:18] or "0"), 1 << 60) or None,
        )
    )
    return True


def _take_header(jar: CookieJar, value: str) -> None:
    """Take a Set-Cookie header; it has to say where it came from."""
    parts = value.split(";")
    domain = _find_attribute(parts, "domain").lower().lstrip(".")
    if not domain:
        raise ValueError("a cookie without a domain is for no URL")
    if domain.replace(".", "").isdecimal() or "." not in domain:
        # An address or a single name has no subdomains: the jar doesn't let it.
        parts = [part for part in parts if _split(part)[0] != "domain"]
    message = Message()
    message["Set-Cookie"] = ";".join(parts)
    path = _find_attribute(parts, "path")
    request = Request(f"https://{domain}{path if path.startswith('/') else '/'}")
    jar.extract_cookies(_Response(message), request)  # type: ignore[arg-type]


def _find_attribute(parts: list[str], wanted: str) -> str:
    """Find an attribute of a Set-Cookie header, the last one if there are more."""
    found = [value for name, value in map(_split, parts[1:]) if name == wanted]
    return found[-1] if found else ""


def _split(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip()


class _Response:
    """What the jar wants of a response."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def info(self) -> Message:
        """Give the headers."""
        return self._message


def _make_cookie(
    domain: str,
    name: str,
    value: str,
    *,
    path: str,
    subdomains: bool,
    secure: bool,
    expires: int | None,
) -> Cookie:
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=_normalize(domain),
        domain_specified=subdomains,
        domain_initial_dot=domain.startswith("."),
        path=path,
        path_specified=True,
        secure=secure,
        expires=expires,
        discard=expires is None,
        comment=None,
        comment_url=None,
        rest={},
    )


def _normalize(domain: str) -> str:
    """Write a domain as the jar does: with a dot, even where it is a single name."""
    domain = domain.lower()
    if ":" in domain:
        domain = f"[{domain.strip('[]')}]"
    return domain if "." in domain.strip(".") else f"{domain}.local"


def _find_cookies(jar: CookieJar, uri: WebSocketURI) -> str:
    request = Request(str(uri))
    jar.add_cookie_header(request)
    return request.get_header("Cookie", "")
