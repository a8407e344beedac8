"""
The method CONNECT (RFC 9110, 9.3.6): how an HTTP proxy makes a tunnel.

Every refusal is shown whole, as that of a server; its end is that of the stream.
"""

from __future__ import annotations

import asyncio
from binascii import b2a_base64
from typing import TYPE_CHECKING, cast

from wstool.connection.body import BodyReader
from wstool.connection.head_reader import (
    MAX_HEAD,
    BadHead,
    HeadProblem,
    HeadReader,
    excerpt,
)
from wstool.connection.options import ConnectOptions
from wstool.connection.proxies import Proxy
from wstool.connection.tcp import connect_tcp
from wstool.connection.translate import describe_os_error
from wstool.errors import ConnectFailed, WstoolError
from wstool.phrases import count_bytes
from wstool.wire.handshake import Response, find_values


if TYPE_CHECKING:
    from wstool.connection.tcp import Step
    from wstool.connection.tls_client import TLSClient


__all__ = ["ConnectExchange", "connect_by_http"]

_MAX_INFORMATIONAL = 100
_PROBLEMS = {
    HeadProblem.FOREIGN: "sent no HTTP response",
    HeadProblem.TLS: "sent no HTTP response but TLS (try https://)",
    HeadProblem.TOO_LARGE: f"sent response headers over {MAX_HEAD} bytes",
    HeadProblem.MALFORMED: "sent no HTTP response",
}
# What a proxy means by these doesn't change by itself.
_PERMANENT = (401, 403, 407)
_TELLING_HEADERS = ("proxy-authenticate", "proxy-status", "retry-after", "location")


class ConnectExchange:
    """The client's side of a CONNECT: feed it what the proxy sends."""

    def __init__(self, proxy: Proxy, host: str, port: int, *, target: str) -> None:
        """
        Prepare the request.

        Args:
            target: What to call host and port in a message.
        """
        self._proxy = proxy
        self._target = target
        self.request_bytes = _make_request(proxy, host, port)
        self._heads = HeadReader()
        self._informational = 0
        self._response: Response | None = None
        self._body: BodyReader | None = None

    def receive_data(self, data: bytes) -> bool:
        """
        Take what arrived.

        Returns:
            Whether the tunnel stands.

        Raises:
            ConnectFailed: At the end of a refusal, or where that is no answer.
        """
        if self._body is not None:
            return self._receive_body(data)
        self._heads.feed(data)
        while (response := self._take_head()) is not None:
            if response.status >= 300:
                self._response = response
                self._body = BodyReader(response.status, response.headers)
                return self._receive_body(bytes(self._heads.buffer))
            if response.status >= 200:
                self._check_rest()
                return True
            self._informational += 1
            if self._informational > _MAX_INFORMATIONAL:
                problem = f"sent over {_MAX_INFORMATIONAL} informational responses"
                raise self._fail(problem)
        return False

    def receive_eof(self) -> ConnectFailed:
        """Say what it means that the proxy ended the stream here."""
        if self._body is not None:
            return self._refuse(note=self._body.describe_missing())
        if self._heads.buffer:
            return self._fail(
                "ended the stream in the middle of its response", self._heads.buffer
            )
        return self._fail("ended the stream without a response")

    def give_up(self, why: str) -> ConnectFailed | None:
        """Refuse with what has come so far, if that is a part of a refusal's body."""
        return None if self._body is None else self._refuse(note=why)

    def _take_head(self) -> Response | None:
        try:
            return self._heads.take()
        except BadHead as error:
            raise self._fail(_PROBLEMS[error.problem], error.data) from error

    def _check_rest(self) -> None:
        """Check that nothing is behind the response: no server speaks before us."""
        if self._heads.buffer:
            size = count_bytes(len(self._heads.buffer))
            raise self._fail(f"sent {size} behind its response", self._heads.buffer)

    def _receive_body(self, data: bytes) -> bool:
        if self._body is not None and self._body.feed(data):
            raise self._refuse(note=self._body.describe_unread())
        return False

    def _refuse(self, *, note: str) -> ConnectFailed:
        if self._response is None or self._body is None:
            raise AssertionError("there is no response to refuse with")
        status, headers = self._response.status, self._response.headers
        lines = [
            f"{name}: {value}"
            for name, value in headers
            if name.lower() in _TELLING_HEADERS
        ]
        lines += [text for text in (self._body.text().rstrip("\n"),) if text]
        if note:
            lines.append(f"[{note}]")
        words = f"HTTP {status} {self._response.reason}".rstrip()
        unknown = status == 407 and self._proxy.user is None
        hint = " (try --proxy-user)" if unknown else ""
        return ConnectFailed(
            self._target,
            f"the {self._proxy} refused: {words}{hint}",
            detail="\n".join(lines),
            permanent=status in _PERMANENT,
            retry_after=next(iter(find_values(headers, "Retry-After")), None),
        )

    def _fail(self, problem: str, data: bytes | bytearray = b"") -> ConnectFailed:
        return ConnectFailed(
            self._target, f"the {self._proxy} {problem}", detail=excerpt(data)
        )


async def connect_by_http(
    proxy: Proxy,
    host: str,
    port: int,
    options: ConnectOptions,
    step: Step,
    *,
    target: str,
) -> asyncio.Transport:
    """
    Connect to a host and port by CONNECT; see ``tunnel``.

    Returns:
        The transport, whose reading is paused. Nobody hears of its end.
    """
    security = await _prepare_security(proxy, options, step)
    sock = await connect_tcp(
        proxy.host,
        proxy.port,
        options.route,
        step,
        name=f"the proxy {proxy.host}",
        target=f"the {proxy}",
    )
    exchange = ConnectExchange(proxy, host, port, target=target)
    tunnelling = _Tunnelling(exchange, proxy, target)
    loop = asyncio.get_running_loop()
    if security is None:
        await loop.create_connection(lambda: tunnelling, sock=sock)
    else:
        step(f"in the TLS handshake with the {proxy}")
        try:
            transport, _ = await loop.create_connection(
                lambda: tunnelling,
                sock=sock,
                ssl=security.context,
                server_hostname=security.name,
                # Our own limit is the one that counts.
                ssl_handshake_timeout=options.connect_timeout or 1e6,
            )
        except OSError as error:
            raise security.translate(error) from error
        security.check(transport, options.observer.secured)
    step(f"waiting for the {proxy}", exchange.give_up)
    try:
        return await tunnelling.made
    except BaseException:
        tunnelling.abort()
        raise


class _Tunnelling(asyncio.Protocol):
    """A CONNECT on a transport."""

    def __init__(self, exchange: ConnectExchange, proxy: Proxy, target: str) -> None:
        self._exchange = exchange
        self._proxy = proxy
        self._target = target
        self._transport: asyncio.Transport | None = None
        self.made: asyncio.Future[asyncio.Transport] = (
            asyncio.get_running_loop().create_future()
        )
        """Gives the transport, or what went wrong."""

    def abort(self) -> None:
        """End the stream at once."""
        if not self.made.cancel() and not self.made.cancelled():
            # Asked for, it isn't logged.
            self.made.exception()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._exchange.request_bytes)

    def data_received(self, data: bytes) -> None:
        """Take what was read."""
        if self.made.done() or self._transport is None:
            return
        try:
            stands = self._exchange.receive_data(data)
        except WstoolError as error:
            self._fail(error)
            return
        if stands:
            self._transport.pause_reading()
            self.made.set_result(self._transport)

    def eof_received(self) -> None:
        """Take the end of the stream."""
        self._fail(self._exchange.receive_eof())

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the transport."""
        if not isinstance(exc, OSError):
            self._fail(self._exchange.receive_eof())
            return
        words = describe_os_error(exc)
        refusal = self._exchange.give_up(f"the rest of the body did not come: {words}")
        problem = f"the {self._proxy} failed: {words}"
        self._fail(refusal or ConnectFailed(self._target, problem))

    def _fail(self, error: WstoolError) -> None:
        if not self.made.done():
            self.made.set_exception(error)


def _make_request(proxy: Proxy, host: str, port: int) -> bytes:
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.user is not None:
        pair = f"{proxy.user}:{proxy.password}".encode(errors="surrogateescape")
        token = b2a_base64(pair, newline=False).decode()
        lines.append(f"Proxy-Authorization: Basic {token}")
    return "\r\n".join([*lines, "", ""]).encode()


async def _prepare_security(
    proxy: Proxy, options: ConnectOptions, step: Step
) -> TLSClient | None:
    if proxy.scheme != "https":
        return None
    from wstool.connection.tls_client import prepare_tls
    from wstool.connection.tls_failures import PROXY

    step(f"reading the files of TLS for the {proxy}")
    tls = options.route.proxy.tls
    return await prepare_tls(tls, host=proxy.host, target=f"the {proxy}", side=PROXY)
