"""What the opening of a connection showed, for those who ask later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wstool.cli._connect.entries import Rows
from wstool.wire.handshake import Request, Response


if TYPE_CHECKING:
    from wstool.connection.facts import Route, TLSFacts
    from wstool.connection.transport import Connection


__all__ = ["HandshakeLog"]


class HandshakeLog:
    """The last opening handshake and what was beneath it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        self.route: Route | None = None
        self.tls: TLSFacts | None = None

    def clear(self) -> None:
        """Forget the last attempt."""
        self.requests.clear()
        self.responses.clear()
        self.route = self.tls = None

    def add_request(self, request: Request) -> None:
        """Take a request that was sent."""
        self.requests.append(request)

    def add_response(self, response: Response) -> None:
        """Take a response that came."""
        self.responses.append(response)

    def set_route(self, route: Route) -> None:
        """Take how the server was reached."""
        self.route = route

    def set_tls(self, facts: TLSFacts) -> None:
        """Take what the TLS handshake settled."""
        self.tls = facts

    def render(self, connection: Connection | None) -> Rows:
        """Make a table of it all."""
        rows: list[tuple[str, str]] = []
        if self.route is not None:
            rows.append(("address", self.route.remote))
            if self.route.proxy is not None:
                rows.append(("proxy", self.route.proxy))
        rows += self._tls_rows()
        for request in self.requests:
            rows.append((">", f"GET {request.resource_name} HTTP/1.1"))
            rows += [(">", f"{name}: {value}") for name, value in request.headers]
        for response in self.responses:
            status = f"{response.version} {response.status} {response.reason}"
            rows.append(("<", status.rstrip()))
            rows += [("<", f"{name}: {value}") for name, value in response.headers]
            rows += [("<", line) for line in response.malformed]
        if connection is not None:
            rows.append(("subprotocol", connection.subprotocol or "none"))
            rows.append(("compression", _describe_compression(connection)))
        return Rows(rows)

    def _tls_rows(self) -> list[tuple[str, str]]:
        facts = self.tls
        if facts is None:
            return []
        checked = "verified" if facts.verified else "not verified"
        version = facts.version.removeprefix("TLS ")
        rows = [("TLS", f"{version}, {facts.cipher}, certificate {checked}")]
        if facts.certificate is not None:
            from wstool.connection.certificates import describe_certificate

            lines = describe_certificate(facts.certificate)
            rows += [("certificate", line) for line in lines]
        return rows


def _describe_compression(connection: Connection) -> str:
    deflater = connection.endpoint.deflater
    return "none" if deflater is None else "permessage-deflate"
