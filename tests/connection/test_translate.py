"""Foreign exceptions, in the user's words."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from wstool.connection.translate import (
    describe_os_error,
    translate_connect_error,
    translate_handshake_error,
)


TARGET = "host:1"
REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "as Python says it")
RESET = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
TIMED_OUT = TimeoutError(errno.ETIMEDOUT, "Connection timed out")


def make_tls_error(reason, kind=ssl.SSLError):
    """Make what OpenSSL's errors become."""
    error = kind(1, f"[SSL: {reason}] as OpenSSL says it (_ssl.c:1)")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(REFUSED, "connection refused", id="in-the-system's-words"),
        pytest.param(NO_NAME, "name or service not known", id="resolver"),
        pytest.param(socket.gaierror("odd"), "odd", id="resolver-without-number"),
        pytest.param(make_tls_error("BAD_RECORD"), "bad record", id="tls"),
        pytest.param(OSError("Own text"), "own text", id="without-number"),
        pytest.param(
            OSError("AF_UNIX path too long"), "AF_UNIX path too long", id="acronym"
        ),
        pytest.param(OSError(), "unknown error", id="without-text"),
    ],
)
def test_describe_os_error(error, text):
    """An error is told in the words of whoever raised it, in lower case."""
    assert describe_os_error(error) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(
            NO_NAME, "name does not resolve: name or service not known", id="name"
        ),
        pytest.param(REFUSED, "connection refused", id="refused"),
        pytest.param(TIMED_OUT, "connection timed out", id="kernel's-limit"),
    ],
)
def test_translate_connect_error(error, text):
    """A server that can't be reached is named, and why."""
    translated = translate_connect_error(error, TARGET)

    assert str(translated) == f"can't connect to host:1: {text}"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(
            RESET,
            "can't connect to host:1: connection reset by peer in the opening "
            "handshake",
            id="reset",
        ),
    ],
)
def test_translate_handshake_error(error, text):
    """What ends the stream in the opening handshake is told with when that was."""
    assert str(translate_handshake_error(error, TARGET)) == text
