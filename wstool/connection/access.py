"""Who gets in: addresses, paths, origins and credentials of a server's clients."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from wstool.connection.credentials import (
    BEARER_PROTOCOL,
    Secrets,
    find_password,
    find_tokens,
)
from wstool.connection.origins import OriginPatterns
from wstool.connection.visitor import (
    Admission,
    Network,
    Refusal,
    Visitor,
    find_offered_protocols,
)


__all__ = ["AccessOptions", "Gate", "check_path_pattern"]

_REALM = 'realm="wstool"'


class AccessOptions(NamedTuple):
    """Who gets in; what is empty asks for nothing."""

    origins: tuple[str, ...] = ()
    """Patterns of allowed origins; who sends no Origin is no browser and is allowed."""
    tokens: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    """``USER:PASSWORD`` each; with tokens too, either will do."""
    networks: tuple[Network, ...] = ()
    """Networks that clients may come from; Unix sockets have none."""
    paths: tuple[str, ...] = ()
    """Patterns of paths that there are."""


class Gate:
    """Let clients in, or say why not; addresses first, credentials last."""

    def __init__(self, options: AccessOptions) -> None:
        self._networks = options.networks
        self._paths = [_compile_path(path) for path in options.paths]
        self._origins = OriginPatterns(options.origins) if options.origins else None
        self._tokens = Secrets(options.tokens)
        self._users = Secrets(options.users)

    def admit(self, visitor: Visitor) -> Admission | Refusal:
        """Let a client in, or say why not."""
        return (
            self.check_network(visitor)
            or self._check_path(visitor)
            or self._check_origin(visitor)
            or self.check_credentials(visitor)
            or self._find_admission(visitor)
        )

    def check_network(self, visitor: Visitor) -> Refusal | None:
        """Check whether a client's address is allowed."""
        if not self._networks or not visitor.host:
            return None
        address = ipaddress.ip_address(visitor.host.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if any(mapped in network for network in self._networks):
            return None
        return Refusal(403, f"address {mapped} isn't allowed")

    def check_credentials(self, visitor: Visitor) -> Refusal | None:
        """Check token or password, whichever is asked for."""
        if not self._tokens and not self._users:
            return None
        tokens = find_tokens(visitor)
        password = find_password(visitor)
        known = self._tokens.know_any(tokens)
        known |= self._users.know(password or "")
        if known:
            return None
        challenges = []
        if self._tokens:
            error = ', error="invalid_token"' if tokens else ""
            challenges.append(("WWW-Authenticate", f"Bearer {_REALM}{error}"))
        if self._users:
            challenges.append(("WWW-Authenticate", f'Basic {_REALM}, charset="UTF-8"'))
        return Refusal(401, self._describe_lack(tokens, password), tuple(challenges))

    def _describe_lack(self, tokens: list[str], password: str | None) -> str:
        asked = [
            *(["token"] if self._tokens else []),
            *(["user and password"] if self._users else []),
        ]
        given = bool(self._tokens and tokens) or password is not None
        return f"{'wrong' if given else 'missing'} {' or '.join(asked)}"

    def _check_path(self, visitor: Visitor) -> Refusal | None:
        path = visitor.path
        if not self._paths or any(pattern.fullmatch(path) for pattern in self._paths):
            return None
        return Refusal(404, "there is nothing at this path")

    def _check_origin(self, visitor: Visitor) -> Refusal | None:
        origin = visitor.find_header("Origin")
        if self._origins is None or origin is None:
            return None
        if self._origins.allow(origin, visitor.find_header("Host")):
            return None
        return Refusal(403, f"origin {origin!r} isn't allowed")

    def _find_admission(self, visitor: Visitor) -> Admission:
        """Find the subprotocols that stand for a token: a browser wants one back."""
        if not self._tokens:
            return Admission()
        names = tuple(
            name
            for name in find_offered_protocols(visitor.request)
            if self._tokens.know_any((name, name.removeprefix(BEARER_PROTOCOL)))
        )
        return Admission(names[:1])


def check_path_pattern(pattern: str) -> None:
    """
    Check a pattern for paths.

    Raises:
        ValueError: If no path can match it.
    """
    if not pattern.startswith("/"):
        raise ValueError(f"{pattern!r} doesn't begin with a slash")


def _compile_path(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*?)", pattern)
    stars = {"*": "[^/]*", "**": ".*"}
    return re.compile(
        "".join(stars.get(part) or re.escape(part) for part in parts), re.DOTALL
    )
