"""Who we are: the headers that prove it, from options and files."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from wstool.cli._secrets import read_secret
from wstool.connection.request import encode_basic
from wstool.errors import InputInvalid
from wstool.phrases import describe_file_error
from wstool.wire.handshake import Header
from wstool.wire.uri import WebSocketURI


__all__ = ["Credentials", "Finder"]

Finder = Callable[[WebSocketURI], tuple[Header, ...]]
"""Finds stored credentials for a URI."""

_MAX_FILE = 1 << 20


class Credentials(NamedTuple):
    """What the options say of credentials; files are not read yet."""

    user: Callable[[], str] | None = None
    """Gives ``USER:PASSWORD``."""
    bearer: str | None = None
    """A token, or ``@FILE``."""
    cookies: tuple[str, ...] = ()
    """``NAME=VALUE``, or a file."""
    netrc: str | None = None
    """A file with logins for hosts."""

    def read(self) -> tuple[tuple[Header, ...], Finder | None]:
        """
        Read them.

        Returns:
            Headers for the URI that the user gave, and what finds more for any URI.

        Raises:
            InputInvalid: If a file doesn't fit.
        """
        headers: list[Header] = []
        if self.user is not None:
            headers.append(("Authorization", encode_basic(self.user())))
        elif self.bearer is not None:
            headers.append(("Authorization", f"Bearer {read_secret(self.bearer)}"))
        given = [cookie for cookie in self.cookies if "=" in cookie]
        headers += [("Cookie", cookie.strip().rstrip("; ")) for cookie in given]
        return tuple(headers), self._read_stored()

    def _read_stored(self) -> Finder | None:
        finders = [_read_cookies(path) for path in self.cookies if "=" not in path]
        if self.netrc is not None:
            finders.append(_read_netrc(self.netrc))
        if not finders:
            return None
        return lambda uri: tuple(header for find in finders for header in find(uri))


def _read_cookies(path: str) -> Finder:
    from wstool.cli._cookies import read_cookie_file

    find = read_cookie_file(path)

    def find_header(uri: WebSocketURI) -> tuple[Header, ...]:
        cookies = find(uri)
        return (("Cookie", cookies),) if cookies else ()

    return find_header


def _read_netrc(path: str) -> Finder:
    """
    Read a netrc file.

    Raises:
        InputInvalid: If it can't be read or is none.
    """
    from netrc import NetrcParseError, netrc

    try:
        # netrc reads all of a file, whatever it is.
        if os.stat(path).st_size > _MAX_FILE:
            raise InputInvalid(path, f"over {_MAX_FILE} bytes")
        logins = netrc(path)
    except NetrcParseError as error:
        # Without the token that it stumbled over: that may be a password.
        problem = error.msg.partition(" '")[0]
        problem = f"not a netrc file: {problem}"
        raise InputInvalid(path, problem, line=error.lineno) from error
    except OSError as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(path, problem) from error
    except UnicodeDecodeError as error:
        raise InputInvalid(path, "not text") from error
    if not logins.hosts:
        raise InputInvalid(path, "no login in it")

    def find_header(uri: WebSocketURI) -> tuple[Header, ...]:
        login = logins.authenticators(uri.host.lower())
        if login is None:
            return ()
        user, _, password = login
        return (("Authorization", encode_basic(f"{user}:{password or ''}")),)

    return find_header
