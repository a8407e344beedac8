"""Foreign exceptions, translated once at the border."""

from __future__ import annotations

import os
import socket
import ssl

from wstool.connection.resolve import WrongFamily
from wstool.errors import ConnectFailed, WstoolError


__all__ = [
    "describe_os_error",
    "translate_connect_error",
    "translate_handshake_error",
]


def describe_os_error(error: OSError) -> str:
    """Describe an error of the operating system in its own words, in lower case."""
    if isinstance(error, socket.gaierror):
        text = error.strerror or str(error)
    elif isinstance(error, ssl.SSLError):
        # Its number is OpenSSL's, not the system's.
        text = str(error.reason or error).replace("_", " ").lower()
    elif error.errno is not None:
        text = os.strerror(error.errno)
    else:
        text = str(error) or "unknown error"
    # An acronym, such as AF_UNIX, stays one.
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def translate_connect_error(error: OSError, target: str) -> ConnectFailed:
    """Translate what a name look-up or a socket raised before TLS."""
    if isinstance(error, socket.gaierror):
        return ConnectFailed(
            target, f"name does not resolve: {describe_os_error(error)}"
        )
    permanent = isinstance(error, WrongFamily)
    return ConnectFailed(target, describe_os_error(error), permanent=permanent)


def translate_handshake_error(error: OSError, target: str) -> WstoolError:
    """Translate what ended the stream in the opening handshake."""
    problem = f"{describe_os_error(error)} in the opening handshake"
    return ConnectFailed(target, problem)
