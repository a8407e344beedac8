"""The defaults, as the issue states them."""

from __future__ import annotations

from wstool.connection.listen import ListenOptions
from wstool.connection.options import (
    ConnectOptions,
    EndpointOptions,
    TLSOptions,
)
from wstool.wire.deflate import DeflateParams
from wstool.wire.uri import parse_uri


def test_defaults_of_an_endpoint():
    """The limits are finite, and messages from 1 KiB on are compressed."""
    assert EndpointOptions()._asdict() == {
        "max_size": 64 << 20,
        "compress_min": 1024,
        "fragment_size": 0,
        "close_timeout": 5.0,
        "ping_interval": 20.0,
        "ping_timeout": 20.0,
    }


def test_defaults_of_a_client():
    """A client offers compression, checks certificates and doesn't wait for ever."""
    options = ConnectOptions(parse_uri("ws://host"))

    assert options.request.deflate == DeflateParams()
    assert options.tls == TLSOptions(insecure=False, cacert=None)
    assert options.max_redirects is None
    assert options.connect_timeout == 10.0
    assert options.endpoint == EndpointOptions()


def test_defaults_of_a_server():
    """A server listens on the loopback interface and takes messages up to 16 MiB."""
    options = ListenOptions()

    assert (options.host, options.port, options.compression) == (
        "127.0.0.1",
        8765,
        True,
    )
    assert options.endpoint.max_size == 16 << 20
    assert options.handshake_timeout == 10.0
