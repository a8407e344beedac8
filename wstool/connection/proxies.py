"""Which proxy leads to a server: options and environment, read as curl reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wstool.connection.options import ProxyOptions
from wstool.errors import UsageError
from wstool.wire.uri import WebSocketURI, parse_host_port


__all__ = ["Proxy", "find_proxy", "parse_proxy"]

# curl's, which has it from the days when proxies were SOCKS.
_DEFAULT_PORT = 1080
_HTTPS_PORT = 443
_SCHEMES = {
    "http": "http",
    "https": "https",
    "socks": "socks4",
    "socks4": "socks4",
    "socks4a": "socks4a",
    "socks5": "socks5",
    "socks5h": "socks5h",
}
# Where a server that runs this as a CGI program would put a header of its client's.
_CGI_MARK = "REQUEST_METHOD"


class Proxy(NamedTuple):
    """A proxy, and where its name comes from."""

    scheme: str
    """``http``, ``https``, ``socks4``, ``socks4a``, ``socks5`` or ``socks5h``."""
    host: str
    port: int
    user: str | None = None
    password: str = ""
    variable: str | None = None
    """Variable of the environment that names it; None for an option."""

    @property
    def url(self) -> str:
        """URL without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, not HTTP."""
        return self.scheme.startswith("socks")

    @property
    def resolves(self) -> bool:
        """Whether it is given names, not addresses."""
        return self.scheme not in ("socks4", "socks5")

    def __str__(self) -> str:
        source = "" if self.variable is None else f" (from {self.variable})"
        return f"proxy {self.url}{source}"


def find_proxy(
    uri: WebSocketURI, options: ProxyOptions, environment: Mapping[str, str]
) -> Proxy | None:
    """
    Find the proxy for a URI: the option's, or else the environment's.

    A list of hosts without a proxy holds for both. Loopback is no exception by itself.

    Raises:
        UsageError: If it isn't a proxy's URL; the message names option or variable.
    """
    variable, url = None, options.proxy
    if url is None:
        variable, url = _find_in_environment(uri, environment)
    if not url:
        return None
    exempt = options.no_proxy
    if exempt is None:
        exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if _is_exempt(uri.host, exempt):
        return None
    try:
        proxy = parse_proxy(url)
    except ValueError as error:
        raise UsageError(f"{variable or '--proxy'}: {error}") from error
    if options.credentials is not None:
        user, _, password = options.credentials().partition(":")
        proxy = proxy._replace(user=user, password=password)
    return proxy._replace(variable=variable)


def parse_proxy(url: str) -> Proxy:
    """
    Parse ``[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]``; anything behind is ignored.

    Raises:
        ValueError: If it isn't one; the message names the part, and no password.
    """
    from urllib.parse import unquote

    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "http", url
    known = _SCHEMES.get(scheme.lower())
    if known is None:
        names = ", ".join(_SCHEMES)
        raise ValueError(f"scheme {scheme!r} of the proxy isn't one of {names}")
    authority, _, path = rest.partition("/")
    if "@" in path and "@" not in authority:
        raise ValueError("credentials of the proxy hold a '/', which is written %2F")
    userinfo, at, host_port = authority.rpartition("@")
    host, port = parse_host_port(host_port)
    if not host:
        raise ValueError("host of the proxy is missing")
    if port is None:
        port = _HTTPS_PORT if known == "https" else _DEFAULT_PORT
    user, _, password = userinfo.partition(":")
    return Proxy(
        known,
        host,
        port,
        user=unquote(user, errors="surrogateescape") if at else None,
        password=unquote(password, errors="surrogateescape"),
    )


def _find_in_environment(
    uri: WebSocketURI, environment: Mapping[str, str]
) -> tuple[str | None, str | None]:
    for name in _list_variables(uri, environment):
        # An empty variable is as good as none.
        if environment.get(name):
            return name, environment[name]
    return None, None


def _list_variables(uri: WebSocketURI, environment: Mapping[str, str]) -> Iterator[str]:
    """List the variables that can name the proxy, the first that is set wins."""
    yield from ("wss_proxy", "WSS_PROXY") if uri.secure else ("ws_proxy", "WS_PROXY")
    yield "https_proxy" if uri.secure else "http_proxy"
    if uri.secure:
        yield "HTTPS_PROXY"
    elif _CGI_MARK not in environment:
        yield "HTTP_PROXY"
    yield from ("all_proxy", "ALL_PROXY")


def _is_exempt(host: str, exempt: str) -> bool:
    """Tell whether a host is in a list of those without a proxy."""
    patterns = exempt.replace(",", " ").split()
    if not patterns:
        return False
    if patterns == ["*"]:
        return True
    from ipaddress import ip_address, ip_network

    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        name = host.removesuffix(".").lower()
        return any(_is_in_domain(name, pattern.lower()) for pattern in patterns)
    for pattern in patterns:
        try:
            network = ip_network(pattern.strip("[]"), strict=False)
        except ValueError:
            # A name, or nothing that makes sense: no address is in it.
            continue
        if address in network:
            return True
    return False


def _is_in_domain(name: str, pattern: str) -> bool:
    domain = pattern.removesuffix(".").removeprefix(".")
    return bool(domain) and (name == domain or name.endswith(f".{domain}"))
