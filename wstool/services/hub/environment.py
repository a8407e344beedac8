"""The environment of a process that serves a client (RFC 3875, section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping

from wstool.connection.visitor import Visitor


__all__ = ["make_environment"]

# What must not reach a process: credentials, and what would name a proxy to many
# programs (CVE-2016-5385).
_KEPT_BACK = frozenset({"authorization", "proxy", "proxy-authorization"})


def make_environment(visitor: Visitor, inherited: Mapping[str, str]) -> dict[str, str]:
    """
    Make the variables of a process.

    Args:
        inherited: The server's own; those that CGI names are taken out of it.
    """
    own = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("HTTP_") and name not in _NAMED
    }
    return {**own, **_read_headers(visitor), **_read_request(visitor)}


def _read_request(visitor: Visitor) -> dict[str, str]:
    resource_name = visitor.request.resource_name
    host = visitor.find_header("Host") or ""
    name, _, port = host.rpartition(":") if _has_port(host) else (host, "", "")
    values = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "PATH_INFO": visitor.path,
        "QUERY_STRING": resource_name.partition("?")[2],
        "REMOTE_ADDR": visitor.host,
        "REMOTE_PORT": str(visitor.port or ""),
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": resource_name,
        "SCRIPT_NAME": "",
        "SERVER_NAME": name,
        "SERVER_PORT": port or ("443" if visitor.secure else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "wstool",
    }
    if visitor.secure:
        values["HTTPS"] = "on"
    # No variable can hold a NUL; one can come escaped in the path.
    return {name: value.replace("\0", "") for name, value in values.items()}


def _read_headers(visitor: Visitor) -> dict[str, str]:
    variables: dict[str, str] = {}
    for name, value in visitor.request.headers:
        # As NAME_A and NAME-A would be one variable, the one that no program expects
        # is left out.
        if name.lower() in _KEPT_BACK or "_" in name:
            continue
        variable = f"HTTP_{name.upper().replace('-', '_')}"
        value = value.replace("\0", "")
        if variable in variables:
            value = f"{variables[variable]}, {value}"
        variables[variable] = value
    return variables


def _has_port(host: str) -> bool:
    return ":" in host and not host.endswith("]")


_NAMED = frozenset(
    {
        *("GATEWAY_INTERFACE", "HTTPS", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR"),
        *("REMOTE_PORT", "REQUEST_METHOD", "REQUEST_URI", "SCRIPT_NAME"),
        *("SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE"),
    }
)
