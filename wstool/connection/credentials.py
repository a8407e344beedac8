"""
Tokens and passwords of a server's clients, compared in constant time.

What is compared are digests: they have one length, so that not even the length of a
secret can be measured. All secrets are compared, whichever fits.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from wstool.connection.visitor import Visitor, find_offered_protocols


__all__ = ["BEARER_PROTOCOL", "Secrets", "find_password", "find_tokens"]

BEARER_PROTOCOL = "bearer."
"""Begins a subprotocol that carries a token; the bare token is taken too."""
_MAX_TOKENS = 10


class Secrets:
    """Secrets, of which a client has to know one."""

    __slots__ = ("_digests",)

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._digests = [_digest(secret) for secret in secrets]

    def __len__(self) -> int:
        """Count the secrets."""
        return len(self._digests)

    def know(self, candidate: str) -> bool:
        """Tell whether a candidate is one of the secrets."""
        digest = _digest(candidate)
        found = False
        for known in self._digests:
            found |= hmac.compare_digest(known, digest)
        return found

    def know_any(self, candidates: Iterable[str]) -> bool:
        """Tell whether one of several candidates is one of the secrets."""
        found = False
        for candidate in candidates:
            found |= self.know(candidate)
        return found


def find_tokens(visitor: Visitor) -> list[str]:
    """Find what a client gives as a token: header, query, subprotocols, a few."""
    tokens = []
    scheme, _, token = (visitor.find_header("Authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        tokens.append(token.strip())
    tokens += visitor.query.get("token", [])
    for name in find_offered_protocols(visitor.request):
        tokens += [name, name.removeprefix(BEARER_PROTOCOL)]
    return tokens[:_MAX_TOKENS]


def find_password(visitor: Visitor) -> str | None:
    """Find the ``USER:PASSWORD`` of a client, if it gives one (RFC 7617)."""
    scheme, _, data = (visitor.find_header("Authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(data.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
