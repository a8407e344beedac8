"""
Opening handshakes without I/O: the client's, and the server's by websockets.

RFC 6455, section 4. The client's is ours because every refusal has to be shown whole:
any status, any body, HTTP/1.0, cut short, informational responses before the 101.
"""

from __future__ import annotations

from typing import NamedTuple

from wstool.connection.body import BodyReader
from wstool.connection.head_reader import (
    MAX_HEAD,
    BadHead,
    HeadProblem,
    HeadReader,
    excerpt,
)
from wstool.connection.options import ConnectOptions
from wstool.connection.request import make_request
from wstool.errors import HandshakeInvalid, HandshakeRefused, UsageError, WstoolError
from wstool.wire.deflate import DeflateParams
from wstool.wire.handshake import (
    Header,
    Request,
    Response,
    accept_key,
    find_values,
    has_token,
    read_deflate_offers,
    settle_deflate,
)


__all__ = ["Agreement", "ClientHandshake"]

_MAX_INFORMATIONAL = 100
_PROBLEMS = {
    HeadProblem.FOREIGN: "not an HTTP response",
    HeadProblem.TLS: "not an HTTP response but TLS (try wss://)",
    HeadProblem.TOO_LARGE: f"response headers are over {MAX_HEAD} bytes",
}
# Headers of a refusal that tell the user what to do next.
_TELLING_HEADERS = (
    "location",
    "proxy-authenticate",
    "retry-after",
    "sec-websocket-version",
    "upgrade",
    "www-authenticate",
)


class Agreement(NamedTuple):
    """What the opening handshake settled."""

    subprotocol: str | None
    deflate: DeflateParams | None
    """What both sides keep to: ours what we offered, even if the server ignores it."""


class ClientHandshake:
    """The client's side: feed it what the server sends."""

    def __init__(self, options: ConnectOptions, key: str) -> None:
        """
        Prepare the request.

        Args:
            key: Sec-WebSocket-Key, from 16 random bytes.

        Raises:
            UsageError: If a header given by the user can't stand in a request.
        """
        self.request = make_request(options, key)
        try:
            self.request_bytes = self.request.serialize()
        except ValueError as error:
            raise UsageError(str(error)) from error
        # A key given by the user with -H is the one that the server answers.
        sent = find_values(self.request.headers, "Sec-WebSocket-Key")
        self._accept = accept_key(sent[0]) if sent else None
        self._subprotocols = _list_tokens(self.request, "Sec-WebSocket-Protocol")
        offered = _join_values(self.request, "Sec-WebSocket-Extensions")
        self._offers = read_deflate_offers(offered)
        self._heads = HeadReader()
        self._body: BodyReader | None = None
        self.responses: list[Response] = []
        """Heads received: informational responses, then the final one."""
        self.agreement: Agreement | None = None
        """What was settled, once the handshake has succeeded."""
        self.rest = b""
        """Bytes behind the response's head: the first frames."""

    @property
    def has_begun(self) -> bool:
        """Whether the server has sent anything."""
        return bool(self.responses or self._heads.buffer)

    def receive_data(self, data: bytes) -> bool:
        """
        Take what arrived.

        Returns:
            Whether the handshake has succeeded.

        Raises:
            HandshakeRefused: At the end of a response with another status.
            HandshakeInvalid: If it's no HTTP response, or makes no connection.
        """
        if self._body is not None:
            return self._receive_body(data)
        self._heads.feed(data)
        while self.agreement is None:
            if not self._take_head():
                return False
        return True

    def receive_eof(self) -> WstoolError:
        """Say what it means that the server ended the stream here."""
        if self._body is not None:
            return self._refuse(note=self._body.describe_missing())
        if self._heads.buffer:
            return HandshakeInvalid(
                "the server ended the stream in the middle of the response",
                detail=excerpt(self._heads.buffer),
                permanent=False,
            )
        return HandshakeInvalid(
            "the server ended the stream without a response", permanent=False
        )

    def describe_partial(self) -> str:
        """Show what has come of a response's head, if it isn't whole yet."""
        return "" if self._body is not None else excerpt(self._heads.buffer)

    def give_up(self, why: str) -> HandshakeRefused | None:
        """Refuse with what has come so far, if that is a part of a refusal's body."""
        return None if self._body is None else self._refuse(note=why)

    def _take_head(self) -> bool:
        try:
            response = self._heads.take()
        except BadHead as error:
            problem = _PROBLEMS.get(error.problem, error.text)
            raise HandshakeInvalid(problem, detail=excerpt(error.data)) from error
        if response is None:
            return False
        self.responses.append(response)
        return self._take_response(response)

    def _take_response(self, response: Response) -> bool:
        """Take a head; False when what follows it has to come first."""
        if response.status == 101:
            self.agreement = self._check(response)
            self.rest = bytes(self._heads.buffer)
            return True
        if 100 <= response.status < 200:
            if len(self.responses) > _MAX_INFORMATIONAL:
                problem = f"more than {_MAX_INFORMATIONAL} informational responses"
                raise HandshakeInvalid(problem)
            return bool(self._heads.buffer)
        self._body = BodyReader(response.status, response.headers)
        return self._receive_body(bytes(self._heads.buffer))

    def _receive_body(self, data: bytes) -> bool:
        if self._body is not None and self._body.feed(data):
            raise self._refuse(note=self._body.describe_unread())
        return False

    def _refuse(self, *, note: str) -> HandshakeRefused:
        response = self.responses[-1]
        lines = [
            f"{name}: {value}"
            for name, value in response.headers
            if name.lower() in _TELLING_HEADERS
        ]
        body = self._body.text() if self._body is not None else ""
        if body:
            lines.append(body.rstrip("\n"))
        if note:
            lines.append(f"[{note}]")
        return HandshakeRefused(
            response.status,
            response.reason,
            detail="\n".join(lines),
            location=_find_first(response.headers, "Location"),
            retry_after=_find_first(response.headers, "Retry-After"),
        )

    def _check(self, response: Response) -> Agreement:
        """Check all that makes a WebSocket connection (4.1)."""
        headers = response.headers
        if response.version != "HTTP/1.1":
            raise HandshakeInvalid(f"101 with {response.version}, not HTTP/1.1")
        if response.malformed:
            raise HandshakeInvalid(f"malformed header line {response.malformed[0]!r}")
        if not has_token(headers, "Upgrade", "websocket"):
            raise HandshakeInvalid(_describe(headers, "Upgrade", "websocket"))
        if not has_token(headers, "Connection", "upgrade"):
            raise HandshakeInvalid(_describe(headers, "Connection", "Upgrade"))
        if find_values(headers, "Sec-WebSocket-Accept") != [self._accept]:
            raise HandshakeInvalid(
                _describe(headers, "Sec-WebSocket-Accept", self._accept or "none")
            )
        return Agreement(self._check_subprotocol(headers), self._check_deflate(headers))

    def _check_subprotocol(self, headers: list[Header]) -> str | None:
        values = find_values(headers, "Sec-WebSocket-Protocol")
        if not values:
            return None
        if len(values) > 1 or values[0] not in self._subprotocols:
            raise HandshakeInvalid(f"subprotocol {', '.join(values)!r} wasn't offered")
        return values[0]

    def _check_deflate(self, headers: list[Header]) -> DeflateParams | None:
        value = ", ".join(find_values(headers, "Sec-WebSocket-Extensions"))
        try:
            return settle_deflate(value, self._offers)
        except ValueError as error:
            raise HandshakeInvalid(str(error)) from error


def _list_tokens(request: Request, name: str) -> list[str]:
    values = _join_values(request, name).split(",")
    return [value.strip() for value in values if value.strip()]


def _find_first(headers: list[Header], name: str) -> str | None:
    return next(iter(find_values(headers, name)), None)


def _join_values(request: Request, name: str) -> str:
    return ", ".join(find_values(request.headers, name))


def _describe(headers: list[Header], name: str, expected: str) -> str:
    values = find_values(headers, name)
    got = repr(", ".join(values)) if values else "missing"
    return f"header {name} should be {expected!r}, but is {got}"
