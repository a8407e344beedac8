"""Descriptors of every kind, closed after each test."""

from __future__ import annotations

import contextlib
import os
import pty
import socket
import tty

import pytest


@pytest.fixture(name="descriptors")
def collect_descriptors():
    """Collect descriptors that are to be closed at the end."""
    opened = []
    yield opened
    for descriptor in opened:
        with contextlib.suppress(OSError):
            os.close(descriptor)


@pytest.fixture(name="make_ends")
def make_make_ends(descriptors):
    """Make the two ends of a pipe, socket pair or terminal: (to read, to write)."""

    def make(kind):
        if kind == "pipe":
            ends = os.pipe()
        elif kind == "socket":
            ends = tuple(end.detach() for end in socket.socketpair())
        elif kind == "terminal-output":
            ends = pty.openpty()
            tty.setraw(ends[1])
        else:
            ends = pty.openpty()[::-1]
            tty.setraw(ends[0])
        descriptors.extend(ends)
        return ends

    return make


@pytest.fixture(name="open_path")
def make_open_path(descriptors):
    """Open a path with the given flags."""

    def open_path(path, flags):
        descriptor = os.open(path, flags | os.O_CREAT if flags & os.O_RDWR else flags)
        descriptors.append(descriptor)
        return descriptor

    return open_path
