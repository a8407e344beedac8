"""What `-v` says of redirects, and of what the opening handshake settled."""

from __future__ import annotations

from wstool.cli._output import note
from wstool.connection.handshake import Agreement
from wstool.connection.redirect import Redirect
from wstool.wire.deflate import DeflateParams, Deflater
from wstool.wire.handshake import Request, find_values


__all__ = ["show_agreement", "show_redirect"]


def show_redirect(redirect: Redirect) -> None:
    """Show where a redirect leads, and what doesn't go there."""
    lines = [f"* HTTP {redirect.status} leads to {redirect.options.uri}"]
    if redirect.dropped:
        names = ", ".join(redirect.dropped)
        lines.append(f"* another origin, so these are left out: {names}")
    note("\n".join(lines))


def show_agreement(request: Request, agreement: Agreement) -> None:
    """Show what was offered, and what the server made of it."""
    protocols = ", ".join(find_values(request.headers, "Sec-WebSocket-Protocol"))
    extensions = ", ".join(find_values(request.headers, "Sec-WebSocket-Extensions"))
    offered = [
        f"subprotocol {protocols}" if protocols else "no subprotocol",
        extensions or "no extension",
    ]
    agreed = [
        "no subprotocol"
        if agreement.subprotocol is None
        else f"subprotocol {agreement.subprotocol}",
        _describe_deflate(agreement.deflate),
    ]
    note(f"* offered: {'; '.join(offered)}\n* agreed: {'; '.join(agreed)}")


def _describe_deflate(deflate: DeflateParams | None) -> str:
    if deflate is None:
        return "no extension"
    bits = deflate.client_max_window_bits
    ours = f"with {_describe(bits, deflate.client_no_context_takeover)}"
    if not Deflater(window_bits=bits, context_takeover=False).usable:
        ours = f"uncompressed, as zlib has no window of {bits} bits"
    theirs = _describe(
        deflate.server_max_window_bits, deflate.server_no_context_takeover
    )
    return f"permessage-deflate, sending {ours}, receiving with {theirs}"


def _describe(bits: int, no_context_takeover: bool) -> str:
    takeover = "no context takeover" if no_context_takeover else "context takeover"
    return f"{bits} window bits and {takeover}"
