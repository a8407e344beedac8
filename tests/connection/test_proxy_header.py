"""The PROXY protocol's header."""

from __future__ import annotations

import struct

import pytest

from wstool.connection.proxy_header import ProxyHeader, parse_proxy_header


SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def binary(command, family, body):
    """Write a header of version 2."""
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


IPV4 = bytes((192, 0, 2, 1, 127, 0, 0, 1)) + struct.pack("!HH", 5000, 80)
IPV6 = (
    bytes.fromhex("20010db8" + "00" * 11 + "01") + bytes(16) + struct.pack("!HH", 1, 2)
)
GOOD = [
    pytest.param(
        b"PROXY TCP4 192.0.2.1 127.0.0.1 5000 80\r\n", "192.0.2.1", 5000, id="tcp4"
    ),
    pytest.param(b"PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "2001:db8::1", 1, id="tcp6"),
    pytest.param(b"PROXY UNKNOWN\r\n", "", 0, id="unknown"),
    pytest.param(b"PROXY UNKNOWN ff:: ff:: 1 2\r\n", "", 0, id="unknown-with-more"),
    pytest.param(binary(0x21, 0x11, IPV4), "192.0.2.1", 5000, id="v2-tcp4"),
    pytest.param(binary(0x21, 0x21, IPV6), "2001:db8::1", 1, id="v2-tcp6"),
    pytest.param(
        binary(0x21, 0x11, IPV4 + b"\x04\x00\x01x"), "192.0.2.1", 5000, id="v2-tlv"
    ),
    pytest.param(binary(0x20, 0x11, IPV4), "", 0, id="v2-local"),
    pytest.param(binary(0x21, 0x31, bytes(216)), "", 0, id="v2-unix"),
    pytest.param(binary(0x21, 0x00, b""), "", 0, id="v2-unspecified"),
]


@pytest.mark.parametrize(("data", "host", "port"), GOOD)
def test_good(data, host, port):
    """A header names the client; what stands behind it isn't its own."""
    header = ProxyHeader(host, port, len(data))

    assert parse_proxy_header(data) == header
    assert parse_proxy_header(data + b"GET / HTTP/1.1\r\n") == header


@pytest.mark.parametrize(("data", "host", "port"), GOOD)
def test_cut(data, host, port):
    """A header that isn't whole is waited for, wherever it is cut."""
    for size in range(len(data)):
        assert parse_proxy_header(data[:size]) is None, size


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n", "no PROXY header", id="none"),
        pytest.param(b"\x16\x03\x01", "no PROXY header", id="tls"),
        pytest.param(b"PROXY " + b"x" * 110, "PROXY line without an end", id="endless"),
        pytest.param(b"PROXY TCP4 1.2.3.4\r\n", "malformed PROXY line", id="short"),
        pytest.param(
            b"PROXY TCP4 ::1 ::1 1 2\r\n", "malformed PROXY line", id="other-family"
        ),
        pytest.param(
            b"PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n", "malformed PROXY line", id="sign"
        ),
        pytest.param(
            b"PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n", "malformed PROXY line", id="port"
        ),
        pytest.param(
            b"PROXY TCP4 \xff 1.2.3.4 1 2\r\n", "malformed PROXY line", id="not-ascii"
        ),
        pytest.param(
            binary(0x11, 0x11, IPV4),
            "PROXY header of unknown version or command 0x11",
            id="v2-version",
        ),
        pytest.param(
            binary(0x22, 0x11, IPV4),
            "PROXY header of unknown version or command 0x22",
            id="v2-command",
        ),
        pytest.param(
            binary(0x21, 0x11, IPV4[:11]),
            "PROXY header without addresses",
            id="v2-short",
        ),
        pytest.param(
            binary(0x21, 0x11, bytes(5000))[:16],
            "PROXY header of 5016 bytes",
            id="v2-long",
        ),
    ],
)
def test_bad(data, problem):
    """What is no header ends the stream, as soon as that is clear."""
    with pytest.raises(ValueError, match=problem):
        parse_proxy_header(data)
