"""What `-v` shows on stderr of how a connection came about, as curl does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wstool.cli._output import note
from wstool.connection.options import Observer
from wstool.wire.handshake import Request, Response


if TYPE_CHECKING:
    from wstool.cli._options import ClientArguments
    from wstool.connection.facts import Route, TLSFacts


__all__ = ["verbose_observer"]


def verbose_observer(client: ClientArguments) -> Observer:
    """Make what shows how a connection comes about, if that was asked for."""
    if not client.verbose:
        return Observer()
    from wstool.cli._verbose_http import show_agreement, show_redirect

    return Observer(
        connected=_show_route,
        secured=_show_tls,
        request_sent=_show_request,
        response_received=_show_response,
        redirected=show_redirect,
        agreed=show_agreement,
    )


def _show_route(route: Route) -> None:
    lines = [f"connected to {route.remote}"]
    if route.local:
        lines[0] += f" from {route.local}"
    if route.proxy is not None:
        lines.append(f"through the proxy {route.proxy}")
    _show("* ", lines)


def _show_tls(facts: TLSFacts) -> None:
    from wstool.connection.certificates import describe_certificate

    alpn = f"ALPN {facts.alpn}" if facts.alpn else "no ALPN"
    lines = [f"{facts.version} with {facts.peer}, {facts.cipher}, {alpn}"]
    if facts.certificate is None:
        lines.append("certificate: none that can be read")
    else:
        checked = "verified" if facts.verified else "not verified (--insecure)"
        lines.append(f"certificate: {checked}")
        lines += [f"  {line}" for line in describe_certificate(facts.certificate)]
    _show("* ", lines)


def _show_request(request: Request) -> None:
    lines = [f"GET {request.resource_name} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    _show("> ", [*lines, ""])


def _show_response(response: Response) -> None:
    lines = [f"{response.version} {response.status} {response.reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in response.headers]
    _show("< ", [*lines, *response.malformed, ""])


def _show(mark: str, lines: list[str]) -> None:
    note("\n".join(mark + line for line in lines))
