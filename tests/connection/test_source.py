"""Where a socket connects from."""

from __future__ import annotations

import socket

import pytest

from wstool.connection.source import find_source


class Unprivileged(socket.socket):
    """A socket of somebody who may not bind to interfaces."""

    def setsockopt(self, level, option, value):
        """Refuse what needs a privilege."""
        if option == socket.SO_BINDTODEVICE:
            raise PermissionError(1, "Operation not permitted")
        super().setsockopt(level, option, value)


def bind(run, name, *, family=socket.AF_INET, kind=socket.socket):
    """Bind a socket; give the interface and the address."""

    async def scenario():
        bind = await find_source(name)
        with kind(family) as sock:
            bind(sock)
            device = sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
            return device.rstrip(b"\0").decode(), sock.getsockname()[0]

    return run(scenario())


@pytest.mark.parametrize("name", ["lo", "if!lo"])
def test_interface(run, name):
    """A socket is bound to the interface itself, with whatever address."""
    assert bind(run, name) == ("lo", "0.0.0.0")
    assert bind(run, name, family=socket.AF_INET6) == ("lo", "::")


def test_interface_without_privilege(run):
    """Where that isn't allowed, to the interface's address."""
    assert bind(run, "lo", kind=Unprivileged) == ("", "127.0.0.1")
    found = bind(run, "lo", kind=Unprivileged, family=socket.AF_INET6)
    assert found == ("", "::1")


@pytest.mark.parametrize("name", ["127.0.0.2", "host!127.0.0.2"])
def test_address(run, name):
    """A socket is bound to an address."""
    assert bind(run, name) == ("", "127.0.0.2")


def test_host(run, names):
    """A host name stands for its address of the socket's family."""
    names["me.example"] = [
        (socket.AF_INET6, "::1"),
        (socket.AF_INET, "127.0.0.3"),
    ]

    assert bind(run, "me.example") == ("", "127.0.0.3")
    assert bind(run, "me.example", family=socket.AF_INET6) == ("", "::1")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("if!nothing0", "there is no interface nothing0"),
        ("host!lo.invalid", "lo.invalid is no host or address of ours"),
        ("nothing.invalid", "nothing.invalid is no interface, host or address of ours"),
        ("::1", "::1 has no IPv4 address to connect from"),
        ("192.0.2.1", "connecting from 192.0.2.1: cannot assign requested address"),
    ],
)
def test_problems(run, name, problem):
    """What can't be bound to is named."""
    with pytest.raises(OSError) as caught:
        bind(run, name)
    assert str(caught.value) == problem
