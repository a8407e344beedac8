"""Event loops and what else tests of connections share."""

from __future__ import annotations

import socket

import pytest

from support.loops import (
    check_descriptors,
    make_run,
    make_run_with_clock,
    warm_up,
)


__all__ = [
    "check_descriptors",
    "make_run",
    "make_run_with_clock",
    "replace_names",
    "warm_up",
]


@pytest.fixture(name="names")
def replace_names(monkeypatch):
    """Let names resolve as a test says: addresses, an error or a function."""
    names = {}
    system = socket.getaddrinfo

    def getaddrinfo(host, port, *rest, type=0, flags=0, **options):
        if host not in names or flags & socket.AI_NUMERICHOST:
            return system(host, port, *rest, type=type, flags=flags, **options)
        answer = names[host]
        addresses = answer() if callable(answer) else answer
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port))
            for family, address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names
