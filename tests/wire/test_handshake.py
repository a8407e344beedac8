"""The opening handshake as values (RFC 6455, section 4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from wstool.wire.handshake import (
    Request,
    Response,
    accept_key,
    encode_key,
    find_head_end,
    find_values,
    has_token,
    parse_response,
)


KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_accept_key():
    """The example of RFC 6455, 1.3."""
    assert accept_key(KEY) == ACCEPT
    assert encode_key(b"the sample nonce") == KEY


def test_accept_key_of_any_argument():
    """A key that is no key, not even text, has its answer too."""
    assert accept_key("") == "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w="
    assert len(accept_key("é\udcff")) == 28


def test_serialize_request():
    """A request is its lines, in order."""
    request = Request("/chat?a=b", [("Host", "h:81"), ("!#~", "é"), ("Empty", "")])

    assert request.serialize() == (
        b"GET /chat?a=b HTTP/1.1\r\nHost: h:81\r\n!#~: \xc3\xa9\r\nEmpty: \r\n\r\n"
    )


def test_serialize_request_without_headers():
    """A request without headers ends with its empty line all the same."""
    assert Request("/", []).serialize() == b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    ("resource_name", "name", "value", "problem"),
    [
        *(
            pytest.param(
                f"/{character}",
                "A",
                "b",
                f"resource name {f'/{character}'!r} has a character that can't stand"
                " in a request line",
                id=f"{character!r} in the resource name",
            )
            for character in " \r\n\t\0\x7f"
        ),
        *(
            pytest.param(
                "/",
                name,
                "b",
                f"header name {name!r} isn't a token",
                id=f"header name {name!r}",
            )
            for name in ("", "A B", "A:", "A\r\nB", "é", "A\0", "(A)", "A\x7f")
        ),
        *(
            pytest.param(
                "/",
                "A",
                f"b{character}c",
                "value of header A holds a line break or NUL",
                id=f"{character!r} in a value",
            )
            for character in "\r\n\0"
        ),
    ],
)
def test_serialize_request_refuses(resource_name, name, value, problem):
    """Nothing breaks out of its place in a request."""
    with pytest.raises(ValueError) as caught:
        Request(resource_name, [(name, value)]).serialize()

    assert str(caught.value) == problem


@given(
    st.text(alphabet="/a? \r\n\0:é"),
    st.lists(
        st.tuples(st.text(alphabet="Ab: \r\né"), st.text(alphabet="Ab: \r\n\0é")),
        max_size=2,
    ),
)
def test_a_request_has_the_lines_of_its_parts(resource_name, headers):
    """A request that is serialized has a line for each part, and no other."""
    try:
        data = Request(resource_name, headers).serialize()
    except ValueError:
        return

    assert data.count(b"\r\n") == data.count(b"\n") == len(headers) + 2
    assert data.split(b"\r\n", 1)[0].count(b" ") == 2


@pytest.mark.parametrize(
    ("data", "end"),
    [
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"HTTP/1.1 101\r\nA: b\r\n", None, id="no empty line"),
        pytest.param(b"A\r\n\r\nrest", 5, id="CR LF"),
        pytest.param(b"A\n\nrest", 3, id="LF"),
        pytest.param(b"\r\n\r\nrest", 4, id="nothing before it"),
        pytest.param(b"A\n\r\nrest", 4, id="LF, CR LF"),
        pytest.param(b"A\r\n\nrest", 4, id="CR LF, LF"),
        pytest.param(b"A\r\n\r\nB\n\nC", 5, id="first of two"),
        pytest.param(b"A\n\nB\r\n\r\nC", 3, id="first of two, LF"),
        pytest.param(b"A\r\rB", None, id="CR alone"),
    ],
)
def test_find_head_end(data, end):
    """The head ends with its first empty line, with or without CR."""
    assert find_head_end(data) == end
    assert find_head_end(bytearray(data)) == end
    if end is not None:
        assert find_head_end(data[: end - 1]) is None


def test_find_head_end_from_a_start():
    """What was searched before need not be searched again."""
    assert find_head_end(b"A\n\nB\n\n", 2) == 6


@pytest.mark.parametrize(
    ("head", "response"),
    [
        pytest.param(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
            Response(
                "HTTP/1.1", 101, "Switching Protocols", [("Upgrade", "websocket")], []
            ),
            id="usual",
        ),
        pytest.param(
            b"HTTP/1.0 403 Forbidden\nA: b\n\n",
            Response("HTTP/1.0", 403, "Forbidden", [("A", "b")], []),
            id="HTTP/1.0, LF",
        ),
        pytest.param(
            b"HTTP/1.1 200\r\n\r\n",
            Response("HTTP/1.1", 200, "", [], []),
            id="no reason",
        ),
        pytest.param(
            b"HTTP/1.1 200 \r\n\r\n",
            Response("HTTP/1.1", 200, "", [], []),
            id="empty reason",
        ),
        pytest.param(
            b"HTTP/1.1  404  Not  Found \r\n\r\n",
            Response("HTTP/1.1", 404, "Not  Found", [], []),
            id="spaces",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nA:b\r\nC: \t d e \t\r\nF:\r\nA: g\r\n\r\n",
            Response(
                "HTTP/1.1",
                200,
                "OK",
                [("A", "b"), ("C", "d e"), ("F", ""), ("A", "g")],
                [],
            ),
            id="headers",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nA : b\r\n folded\r\nno colon\r\n: c\r\nD\r: e\r\n\r\n",
            Response(
                "HTTP/1.1",
                200,
                "OK",
                [],
                ["A : b", " folded", "no colon", ": c", "D\r: e"],
            ),
            id="lines that are no headers",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nA: b\rUpgrade: websocket\r\n\r\n",
            Response("HTTP/1.1", 200, "OK", [], ["A: b\rUpgrade: websocket"]),
            id="CR alone",
        ),
        pytest.param(
            "HTTP/1.1 200 Å\r\nA: \x0bÅ\x1c\u2028\x0c\r\n\r\n".encode(),
            Response(
                "HTTP/1.1",
                200,
                "Ã\x85",
                [("A", "\x0bÃ\x85\x1câ\x80¨\x0c")],
                [],
            ),
            id="bytes that end no line",
        ),
    ],
)
def test_parse_response(head, response):
    """Any refusal can be shown, whatever HTTP it speaks."""
    assert parse_response(head) == response


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 2\xb20 OK\r\n\r\n",
        b"http/1.1 200 OK\r\n\r\n",
    ],
)
def test_not_http(head):
    """A head without a status line is no HTTP response."""
    with pytest.raises(ValueError) as caught:
        parse_response(head)

    assert str(caught.value) == "not an HTTP response"


@given(st.binary(max_size=60).map(b"HTTP/1.1 101 ".__add__))
def test_any_bytes_make_a_response(head):
    """Behind a status any bytes at all make headers or lines that are none."""
    response = parse_response(head)

    assert response.status == 101
    for name, value in response.headers:
        assert name and not {"\r", "\n"} & set(name + value)


HEADERS = [
    ("Connection", "keep-alive, Upgrade"),
    ("X", "1"),
    ("connection", "\tother "),
    ("Upgrade", "WebSocket"),
    ("Y", ""),
]


def test_find_values():
    """Names of headers don't differ by case, and their order stays."""
    assert find_values(HEADERS, "CONNECTION") == ["keep-alive, Upgrade", "\tother "]
    assert find_values(HEADERS, "Y") == [""]
    assert find_values(HEADERS, "Z") == []


@pytest.mark.parametrize(
    ("name", "token", "has"),
    [
        ("Connection", "upgrade", True),
        ("connection", "keep-alive", True),
        ("connection", "other", True),
        ("connection", "keep", False),
        ("Upgrade", "websocket", True),
        ("Y", "upgrade", False),
        ("Z", "upgrade", False),
    ],
)
def test_has_token(name, token, has):
    """A list of tokens can be spread over headers; case doesn't matter."""
    assert has_token(HEADERS, name, token) is has


def test_another_server_accepts_the_request():
    """Another server accepts our request, and we read its response."""
    headers = [
        ("Host", "h"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", KEY),
        ("Sec-WebSocket-Version", "13"),
    ]
    server = ServerProtocol()
    server.receive_data(Request("/chat", headers).serialize())
    (request,) = server.events_received()

    server.send_response(server.accept(request))
    head = b"".join(server.data_to_send())
    response = parse_response(head)

    assert request.path == "/chat"
    assert find_head_end(head) == len(head)
    assert (response.version, response.status) == ("HTTP/1.1", 101)
    assert response.malformed == []
    assert find_values(response.headers, "Sec-WebSocket-Accept") == [ACCEPT]
    assert has_token(response.headers, "Upgrade", "websocket")
    assert has_token(response.headers, "Connection", "upgrade")


def test_another_client_accepts_the_key():
    """Another client takes the answer that we compute to its key."""
    client = ClientProtocol(parse_uri("ws://h/"))
    request = client.connect()
    client.send_request(request)
    accept = accept_key(request.headers["Sec-WebSocket-Key"])

    client.receive_data(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
    )

    assert client.handshake_exc is None
