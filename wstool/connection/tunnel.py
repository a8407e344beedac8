"""Through a proxy: by CONNECT or SOCKS, over the sockets that our own options make."""

from __future__ import annotations

import socket
from asyncio import Transport
from typing import TYPE_CHECKING, Any, cast

from wstool.connection.connect_method import connect_by_http
from wstool.connection.options import ConnectOptions, RouteOptions
from wstool.connection.proxies import Proxy
from wstool.connection.tcp import connect_tcp, look_up
from wstool.connection.translate import describe_os_error, translate_connect_error
from wstool.errors import ConnectFailed, UsageError


if TYPE_CHECKING:
    from python_socks import ProxyError

    from wstool.connection.tcp import Step


__all__ = ["tunnel"]

# RFC 1929, 2: the length of either is one byte.
_MAX_CREDENTIAL = 255
# SOCKS5 (RFC 1928, 6): ruleset, command, address type; SOCKS4: identd, user.
_PERMANENT = frozenset((2, 7, 8, 92, 93))
# Those of the same version that are given names.
_RESOLVING = {"socks4": "socks4a", "socks5": "socks5h"}
# The limit that counts is the one for connecting.
_NO_LIMIT = 1e6


async def tunnel(
    proxy: Proxy,
    host: str,
    port: int,
    options: ConnectOptions,
    step: Step,
    *,
    target: str,
) -> socket.socket | Transport:
    """
    Connect to a host and port through a proxy.

    Args:
        target: What to call host and port in a message.

    Raises:
        ConnectFailed: If the proxy can't be reached, or refuses.
        TLSFailed: If TLS with the proxy fails.
        UsageError: If an option doesn't fit the proxy.
    """
    # A zone means something on this host only.
    host = host.partition("%")[0]
    if proxy.is_socks:
        return await _connect_by_socks(proxy, host, port, options.route, step, target)
    return await connect_by_http(proxy, host, port, options, step, target=target)


async def _connect_by_socks(
    proxy: Proxy, host: str, port: int, route: RouteOptions, step: Step, target: str
) -> socket.socket:
    """Connect through SOCKS to a name, or to its first address that answers."""
    _check_credentials(proxy)
    if proxy.resolves:
        return await _negotiate(proxy, host, port, route, step, target)
    step(f"resolving {host}")
    family = socket.AF_INET if proxy.scheme == "socks4" else None
    try:
        addresses = await look_up(host, port, route, family=family)
    except OSError as error:
        problem = translate_connect_error(error, target).problem
        hint = f"(try {_RESOLVING[proxy.scheme]}://)"
        raise ConnectFailed(target, f"{problem} {hint}") from error
    failed = ConnectFailed(target, "the name has no address")
    for address in addresses:
        text = str(address.sockaddr[0])
        named = target if text == host else f"{target} ({text})"
        try:
            return await _negotiate(proxy, text, port, route, step, named)
        except ConnectFailed as error:
            failed = error
            if error.permanent or error.target != named:
                # The proxy would say the same of any address, or doesn't answer.
                break
    raise failed


def _check_credentials(proxy: Proxy) -> None:
    """Check what can't be sent in SOCKS, or not by the library."""
    if proxy.user is None:
        return
    for text in (proxy.user, proxy.password):
        if not text.isascii() or len(text) > _MAX_CREDENTIAL:
            problem = f"isn't ASCII of at most {_MAX_CREDENTIAL} characters"
            raise UsageError(f"{proxy}: user or password {problem}")
    if proxy.scheme.startswith("socks5") and not (proxy.user and proxy.password):
        raise UsageError(f"{proxy}: SOCKS5 takes no empty user or password")


class _Forward:
    """Gives the library the socket to the proxy."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def connect(self, **_: object) -> socket.socket:
        return self._sock


async def _negotiate(
    proxy: Proxy, host: str, port: int, route: RouteOptions, step: Step, target: str
) -> socket.socket:
    from python_socks import ProxyError, ProxyType
    from python_socks.async_.asyncio import Proxy as SocksProxy

    sock = await connect_tcp(
        proxy.host,
        proxy.port,
        route,
        step,
        name=f"the proxy {proxy.host}",
        target=f"the {proxy}",
    )
    step(f"waiting for the {proxy}")
    is_version_4 = proxy.scheme.startswith("socks4")
    client = SocksProxy(
        ProxyType.SOCKS4 if is_version_4 else ProxyType.SOCKS5,
        proxy.host,
        proxy.port,
        username=proxy.user,
        password=proxy.password,
        rdns=True,
        forward=cast(Any, _Forward(sock)),
    )
    try:
        return await client.connect(host, port, timeout=_NO_LIMIT)
    except ProxyError as error:
        raise _translate(error, proxy, target) from error
    except OSError as error:
        problem = f"the {proxy} failed: {describe_os_error(error)}"
        raise ConnectFailed(target, problem) from error
    except ValueError as error:
        # The library takes some of what is read for text or addresses unchecked.
        problem = f"the {proxy} sent a reply that makes no sense"
        raise ConnectFailed(target, problem, permanent=True) from error


def _translate(error: ProxyError, proxy: Proxy, target: str) -> ConnectFailed:
    """Tell the proxy's reason; where the stream just ended, that may heal."""
    from python_socks._protocols.errors import ReplyError

    if not isinstance(error.__cause__, ReplyError):
        return ConnectFailed(target, f"the {proxy} ended the stream without a reply")
    reason = str(error)
    if reason[1:2].islower():
        reason = reason[0].lower() + reason[1:]
    hint = ""
    if "authentication method" in reason and proxy.user is None:
        hint = " (try --proxy-user)"
    code = error.error_code
    return ConnectFailed(
        target,
        f"the {proxy} refused: {reason}{hint}",
        permanent=code is None or code in _PERMANENT,
    )
