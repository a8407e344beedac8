"""CONNECT without sockets: what a proxy is asked, and what its answers mean."""

from __future__ import annotations

import pytest

from wstool.connection.connect_method import ConnectExchange
from wstool.connection.proxies import parse_proxy
from wstool.errors import ConnectFailed

from support.feeding import feeding_ways
from support.handshakes import make_head


def make_exchange(url="http://proxy:3128", host="server.example", port=443):
    """Make the client's side."""
    return ConnectExchange(parse_proxy(url), host, port, target="server.example")


@pytest.mark.parametrize(
    ("url", "host", "request_bytes"),
    [
        pytest.param(
            "http://proxy",
            "server.example",
            b"CONNECT server.example:443 HTTP/1.1\r\nHost: server.example:443\r\n\r\n",
            id="name",
        ),
        pytest.param(
            "http://proxy",
            "::1",
            b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n",
            id="ipv6",
        ),
        pytest.param(
            "http://me:s%C3%A9cret%FF@proxy",
            "a",
            b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n"
            b"Proxy-Authorization: Basic bWU6c8OpY3JldP8=\r\n\r\n",
            id="credentials",
        ),
        pytest.param(
            "http://me@proxy",
            "a",
            b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n"
            b"Proxy-Authorization: Basic bWU6\r\n\r\n",
            id="no-password",
        ),
    ],
)
def test_request(url, host, request_bytes):
    """The request names the server with its port, and who asks."""
    assert make_exchange(url, host).request_bytes == request_bytes


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(make_head(status="HTTP/1.1 200 OK"), id="1.1"),
        pytest.param(b"HTTP/1.0 200 Connection established\r\n\r\n", id="1.0"),
        pytest.param(b"HTTP/1.1 200\n\n", id="without-cr"),
        pytest.param(make_head(status="HTTP/1.1 204 No Content"), id="204"),
        pytest.param(
            make_head("Content-Length: 9", status="HTTP/1.1 200 OK"), id="length"
        ),
        pytest.param(
            make_head("Transfer-Encoding: chunked", status="HTTP/1.1 200 OK"),
            id="chunked",
        ),
        pytest.param(
            make_head(status="HTTP/1.1 100 Continue")
            + make_head(status="HTTP/1.1 200 OK"),
            id="informational",
        ),
    ],
)
def test_tunnel(head):
    """Any 2xx makes the tunnel; its body has no meaning (RFC 9110, 9.3.6)."""
    for way, pieces in feeding_ways(head).items():
        exchange = make_exchange()
        results = [exchange.receive_data(piece) for piece in pieces]
        assert results == [False] * (len(pieces) - 1) + [True], way


def expect_failure(pieces, url="http://proxy:3128", *, end=False):
    """Feed what makes no tunnel; give the error."""
    exchange = make_exchange(url)
    with pytest.raises(ConnectFailed) as caught:
        for piece in pieces:
            assert exchange.receive_data(piece) is False
        if end:
            raise exchange.receive_eof()
    return caught.value


REFUSALS = [
    pytest.param(
        make_head("Content-Length: 4", status="HTTP/1.1 403 Filtered") + b"no!\n",
        "HTTP 403 Filtered",
        "no!",
        True,
        id="403",
    ),
    pytest.param(
        make_head(
            "Proxy-Authenticate: Basic realm=x",
            "Content-Length: 0",
            status="HTTP/1.1 407 Authentication Required",
        ),
        "HTTP 407 Authentication Required (try --proxy-user)",
        "Proxy-Authenticate: Basic realm=x",
        True,
        id="407",
    ),
    pytest.param(
        make_head("Transfer-Encoding: chunked", status="HTTP/1.1 502 Bad Gateway")
        + b"3\r\nno!\r\n0\r\n\r\n",
        "HTTP 502 Bad Gateway",
        "no!",
        False,
        id="502",
    ),
    pytest.param(
        make_head("Location: /x", "Content-Length: 0", status="HTTP/1.1 302 Found"),
        "HTTP 302 Found",
        "Location: /x",
        False,
        id="redirect",
    ),
    pytest.param(
        make_head("Content-Length: 0", status="HTTP/1.1 599"),
        "HTTP 599",
        "",
        False,
        id="without-reason",
    ),
]


@pytest.mark.parametrize(("data", "words", "detail", "permanent"), REFUSALS)
def test_refusal(data, words, detail, permanent):
    """A refusal is told as the proxy's, whole, and whether it can heal."""
    for way, pieces in feeding_ways(data).items():
        error = expect_failure(pieces)

        assert str(error) == (
            "can't connect to server.example: "
            f"the proxy http://proxy:3128 refused: {words}"
        ), way
        assert (error.detail, error.permanent) == (detail, permanent), way


def test_refused_credentials():
    """Whose credentials were refused isn't told to give some."""
    data = make_head("Content-Length: 0", status="HTTP/1.1 407 No")
    error = expect_failure([data], "http://me:secret@proxy:3128")

    assert error.problem == "the proxy http://proxy:3128 refused: HTTP 407 No"


def test_retry_after():
    """When to try again is kept for those who do."""
    lines = ("Retry-After: 120", "Content-Length: 0")
    error = expect_failure([make_head(*lines, status="HTTP/1.1 503 Busy")])

    assert error.retry_after == "120"
    assert error.detail == "Retry-After: 120"


def test_refusal_up_to_the_end_of_the_stream():
    """A body without a length ends with the stream; a cut one says so."""
    head = b"HTTP/1.0 502 Bad Gateway\r\n\r\n"
    assert expect_failure([head, b"no", b"!"], end=True).detail == "no!"

    head = make_head("Content-Length: 5", status="HTTP/1.1 502 Bad Gateway")
    assert expect_failure([head, b"no"], end=True).detail == (
        "no\n[the body was cut off 3 bytes before its end]"
    )


def test_body_is_bounded():
    """Of a body that never ends, a part is shown."""
    head = b"HTTP/1.1 502 Bad Gateway\r\n\r\n"
    detail = expect_failure([head, b"x" * (1 << 20)]).detail

    assert detail == "x" * (1 << 16) + (
        "\n[only the first 65536 bytes of the body are shown]"
    )


def test_giving_up():
    """When time is up in a refusal's body, what came of it is told."""
    exchange = make_exchange()
    assert exchange.give_up("late") is None
    head = make_head("Content-Length: 5", status="HTTP/1.1 502 Bad Gateway")
    exchange.receive_data(head[:-1])
    assert exchange.give_up("late") is None
    exchange.receive_data(head[-1:] + b"no")

    error = exchange.give_up("late")
    assert str(error).endswith("refused: HTTP 502 Bad Gateway")
    assert error.detail == "no\n[late]"


@pytest.mark.parametrize(
    ("data", "problem", "detail"),
    [
        pytest.param(b"SSH-2.0-x\r\n", "sent no HTTP response", "SSH-2.0-x", id="ssh"),
        pytest.param(b"\x05\xff", "sent no HTTP response", "\x05\\xff", id="socks"),
        pytest.param(
            b"\x15\x03\x01\x00\x02\x02\x46",
            "sent no HTTP response but TLS (try https://)",
            "\x15\x03\x01\x00\x02\x02F",
            id="tls",
        ),
        pytest.param(
            b"HTTP/1.1 hello\r\n\r\n",
            "sent no HTTP response",
            "HTTP/1.1 hello",
            id="status-line",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 50_000,
            "sent response headers over 262144 bytes",
            "",
            id="endless-headers",
        ),
        pytest.param(
            make_head(status="HTTP/1.1 100 Continue") * 101,
            "sent over 100 informational responses",
            "",
            id="informational",
        ),
        pytest.param(
            make_head(status="HTTP/1.1 200 OK") + b"hello",
            "sent 5 bytes behind its response",
            "hello",
            id="bytes-behind",
        ),
    ],
)
def test_no_answer(data, problem, detail):
    """What is no answer to a CONNECT is told with its beginning."""
    error = expect_failure([data])

    assert error.problem == f"the proxy http://proxy:3128 {problem}"
    assert error.detail.strip() == detail
    assert not error.permanent


@pytest.mark.parametrize(
    ("data", "problem", "detail"),
    [
        (b"", "ended the stream without a response", ""),
        (b"HTTP/1.1 2", "ended the stream in the middle of its response", "HTTP/1.1 2"),
    ],
)
def test_end_of_stream(data, problem, detail):
    """A proxy that ends the stream before its answer is told of."""
    error = expect_failure([data], end=True)

    assert error.problem == f"the proxy http://proxy:3128 {problem}"
    assert error.detail == detail
