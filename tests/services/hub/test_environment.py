"""The environment of a process that serves a client."""

from __future__ import annotations

import pytest

from wstool.connection.visitor import Visitor
from wstool.services.hub.environment import make_environment
from wstool.wire.handshake import Request


def make(*headers, resource_name="/", secure=False, inherited=None):
    """Make the environment for a request."""
    request = Request(resource_name, list(headers))
    visitor = Visitor(request, "10.0.0.9:5555", "10.0.0.9", 5555, secure)
    return make_environment(visitor, inherited or {})


def test_request():
    """The request's data have the names that CGI gives them."""
    environment = make(("Host", "example.com:8765"), resource_name="/a%20b?x=1&since=2")
    assert environment == {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "HTTP_HOST": "example.com:8765",
        "PATH_INFO": "/a b",
        "QUERY_STRING": "x=1&since=2",
        "REMOTE_ADDR": "10.0.0.9",
        "REMOTE_PORT": "5555",
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": "/a%20b?x=1&since=2",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "example.com",
        "SERVER_PORT": "8765",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "wstool",
    }


@pytest.mark.parametrize(
    ("host", "secure", "name", "port"),
    [
        ("example.com", False, "example.com", "80"),
        ("example.com", True, "example.com", "443"),
        ("[::1]:81", False, "[::1]", "81"),
        ("[::1]", True, "[::1]", "443"),
    ],
)
def test_server(host, secure, name, port):
    """Name and port are those that the client asked for."""
    environment = make(("Host", host), secure=secure)
    assert (environment["SERVER_NAME"], environment["SERVER_PORT"]) == (name, port)
    assert environment.get("HTTPS") == ("on" if secure else None)


def test_headers():
    """Headers are there, those that come twice in one; names have no surprises."""
    environment = make(
        ("X-Trace", "1"),
        ("x-trace", "2"),
        ("X_Trace", "spoofed"),
        ("Cookie", "a=b"),
        ("Proxy", "http://evil/"),
        ("Authorization", "Bearer secret"),
    )
    headers = {name: v for name, v in environment.items() if name.startswith("HTTP_")}
    assert headers == {"HTTP_X_TRACE": "1, 2", "HTTP_COOKIE": "a=b"}


def test_inherited():
    """The server's own variables stay, but for those that a request would set."""
    inherited = {
        "PATH": "/bin",
        "HTTP_COOKIE": "old",
        "HTTPS": "on",
        "REMOTE_ADDR": "x",
    }
    environment = make(inherited=inherited)
    assert environment["PATH"] == "/bin"
    assert environment["REMOTE_ADDR"] == "10.0.0.9"
    assert not {"HTTP_COOKIE", "HTTPS"} & set(environment)


def test_null_bytes():
    """What no variable can hold is left out."""
    assert make(resource_name="/a%00b")["PATH_INFO"] == "/ab"
