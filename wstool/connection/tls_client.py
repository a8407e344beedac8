"""The client's side of a TLS handshake: what it needs, and what comes of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from wstool.connection.certificates import (
    describe_certificate,
    find_certificates,
    hash_public_key,
    read_certificate,
    write_pin,
)
from wstool.connection.facts import TLSFacts
from wstool.connection.options import TLSOptions
from wstool.connection.tls import make_client_context
from wstool.connection.tls_failures import SERVER, Attempted, Side, explain_tls_error
from wstool.connection.waiting import run_in_thread
from wstool.errors import ConnectFailed, HandshakeInvalid, TLSFailed


__all__ = ["TLSClient", "prepare_tls"]

# Types of handshake messages (RFC 8446, 4).
_CERTIFICATE, _CERTIFICATE_REQUEST = 11, 13
_HANDSHAKE = 22


async def prepare_tls(
    options: TLSOptions, *, host: str, target: str, side: Side = SERVER
) -> TLSClient:
    """
    Prepare a TLS handshake beside the loop, which files that block would stop.

    A named pipe or a lost network drive must not keep Ctrl-C and time limits waiting.

    Args:
        host: Host of the URI.
        target: Whom it is made with, for people.
        side: What that is.

    Raises:
        UsageError: If a file of the options doesn't fit.
    """
    return await run_in_thread(
        lambda: TLSClient(options, host=host, target=target, side=side)
    )


class TLSClient:
    """A TLS handshake that a client is to make, with a server or a proxy."""

    def __init__(
        self, options: TLSOptions, *, host: str, target: str, side: Side = SERVER
    ) -> None:
        """
        Prepare.

        Args:
            host: Host of the URI.
            target: Whom it is made with, for people.
            side: What that is.

        Raises:
            UsageError: If a file of the options doesn't fit.
        """
        self._options = options
        self._target = target
        self._side = side
        self.context = make_client_context(options)
        # A zone and the dot of the root are no part of the name in a certificate.
        self.name = options.server_name or host.partition("%")[0].removesuffix(".")
        """Name to ask for and to check."""
        self._watch = _Watch(self.context)

    def check(
        self,
        transport: asyncio.BaseTransport,
        show: Callable[[TLSFacts], None] | None = None,
    ) -> None:
        """
        Check what the handshake has brought, before anything is sent.

        Args:
            show: Is told what the handshake settled.

        Raises:
            TLSFailed: If the server's public key isn't one of the pins.
        """
        self._watch.end()
        session = transport.get_extra_info("ssl_object")
        der = session.getpeercert(binary_form=True)
        if show is not None:
            show(self._gather_facts(session, der))
        if self._options.pins:
            self._check_pin(der)

    def translate(self, error: OSError) -> TLSFailed:
        """Translate what the handshake raised."""
        self._watch.end()
        return explain_tls_error(error, self._target, self._describe_attempt())

    def explain_end(self, error: BaseException) -> TLSFailed | None:
        """
        Explain by TLS that the stream ended before any response; None if it can't.

        With TLS 1.3 a server looks for a client's certificate when the client's own
        handshake is done; some end or reset the stream then without a word.
        """
        if not isinstance(error, HandshakeInvalid | ConnectFailed):
            return None
        if error.permanent or error.detail:
            return None
        if not self._watch.wants_certificate or self._options.cert is not None:
            return None
        problem = (
            f"{self._side.noun} closed the connection behind the handshake, "
            "having asked for a client certificate (try --cert FILE)"
        )
        return TLSFailed(self._target, problem)

    def _describe_attempt(self) -> Attempted:
        return Attempted(
            self._options,
            self.name,
            tuple(find_certificates(self._watch.certificates)),
            self._watch.wants_certificate,
            self._side,
        )

    def _gather_facts(self, session: ssl.SSLObject, der: bytes | None) -> TLSFacts:
        cipher = session.cipher()
        return TLSFacts(
            peer=self._target,
            version=(session.version() or "").replace("TLSv", "TLS "),
            cipher=cipher[0] if cipher else "",
            alpn=session.selected_alpn_protocol(),
            verified=self.context.verify_mode is not ssl.CERT_NONE,
            certificate=None if der is None else read_certificate(der),
        )

    def _check_pin(self, der: bytes | None) -> None:
        try:
            digest = hash_public_key(der or b"")
        except ValueError:
            problem = "its public key, which --pin-sha256 is for, can't be read"
            raise TLSFailed(self._target, problem, permanent=True) from None
        if digest in self._options.pins:
            return
        facts = read_certificate(der or b"")
        raise TLSFailed(
            self._target,
            f"its public key isn't that of --pin-sha256, but {write_pin(digest)}",
            permanent=True,
            detail="\n".join(describe_certificate(facts)) if facts else "",
        )


class _Watch:
    """
    What the server says in a TLS handshake.

    Python keeps no certificate of a handshake that failed. OpenSSL's hook for debugging
    sees it pass, and Python has that hook as a private one since 3.8: without it, an
    error names the failed check only.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.certificates = b""
        """The message with the server's certificates."""
        self.wants_certificate = False
        """Whether the server asks for a certificate of ours."""
        if hasattr(context, "_msg_callback"):
            context._msg_callback = self._see

    def end(self) -> None:
        """Watch no longer: nothing of it is to be on the way of data."""
        if hasattr(self._context, "_msg_callback"):
            self._context._msg_callback = None

    def _see(
        self,
        connection: object,
        direction: str,
        version: int,
        content_type: int,
        message_type: int,
        data: bytes,
    ) -> None:
        if direction != "read" or content_type != _HANDSHAKE:
            return
        if message_type == _CERTIFICATE:
            self.certificates = data
        elif message_type == _CERTIFICATE_REQUEST:
            self.wants_certificate = True
