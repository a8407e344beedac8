"""Refusals of a client's opening handshake, shown with their bodies."""

from __future__ import annotations

import pytest

from wstool.connection.handshake import ClientHandshake
from wstool.errors import HandshakeRefused

from support.connecting import make_connect_options
from support.feeding import feeding_ways
from support.handshakes import KEY, make_head, receive


def catch_refusal(pieces):
    """Feed a client; give the refusal."""
    with pytest.raises(HandshakeRefused) as caught:
        receive(pieces)
    return caught.value


def expect_refusal(pieces):
    """Feed a client; give status, reason and detail of the refusal."""
    refusal = catch_refusal(pieces)
    return refusal.status, refusal.reason, refusal.detail


REFUSALS = [
    pytest.param(
        make_head("Content-Length: 4", status="HTTP/1.1 403 Forbidden") + b"no!\n",
        (403, "Forbidden", "no!"),
        id="403-by-length",
    ),
    pytest.param(
        make_head("Transfer-Encoding: chunked", status="HTTP/1.1 403 Forbidden")
        + b"3\r\nno!\r\n1\r\n\n\r\n0\r\n\r\n",
        (403, "Forbidden", "no!"),
        id="403-chunked",
    ),
    pytest.param(
        make_head("Content-Length: 0", status="HTTP/1.1 200 OK"),
        (200, "OK", ""),
        id="200",
    ),
    pytest.param(
        make_head("Content-Length: 9", status="HTTP/1.1 204 No Content"),
        (204, "No Content", ""),
        id="204",
    ),
    pytest.param(
        make_head(
            "Location: https://other/",
            "Content-Length: 0",
            status="HTTP/1.1 301 Moved Permanently",
        ),
        (301, "Moved Permanently", "Location: https://other/"),
        id="301",
    ),
    pytest.param(
        make_head(
            "WWW-Authenticate: Basic",
            "Content-Length: 3",
            "www-authenticate: Digest",
            status="HTTP/1.1 401 Unauthorized",
        )
        + b"who",
        (
            401,
            "Unauthorized",
            "WWW-Authenticate: Basic\nwww-authenticate: Digest\nwho",
        ),
        id="401",
    ),
    pytest.param(
        make_head(
            "Retry-After: 30",
            "Content-Length: 0",
            status="HTTP/1.1 503 Service Unavailable",
        ),
        (503, "Service Unavailable", "Retry-After: 30"),
        id="503",
    ),
    pytest.param(
        make_head("Content-Length: 1", "malformed", status="HTTP/1.1 400") + b"x",
        (400, "", "x"),
        id="400-without-reason-and-malformed",
    ),
    pytest.param(
        make_head(status="HTTP/1.1 103 Early Hints")
        + make_head("Content-Length: 2", status="HTTP/1.1 404 Not Found")
        + b"no",
        (404, "Not Found", "no"),
        id="404-after-103",
    ),
]


@pytest.mark.parametrize(("response", "refusal"), REFUSALS)
def test_refusal(response, refusal):
    """A refusal is shown whole as soon as it is whole."""
    for way, pieces in feeding_ways(response, b"more").items():
        assert expect_refusal(pieces) == refusal, way


@pytest.mark.parametrize(
    ("response", "refusal"),
    [
        pytest.param(
            make_head(status="HTTP/1.0 403 Forbidden") + b"old and plain\n",
            (403, "Forbidden", "old and plain"),
            id="http-1.0",
        ),
        pytest.param(
            make_head("Content-Length: 9", status="HTTP/1.1 500 Oops") + b"cut",
            (500, "Oops", "cut\n[the body was cut off 6 bytes before its end]"),
            id="cut-short",
        ),
        pytest.param(
            make_head("Transfer-Encoding: chunked", status="HTTP/1.1 500 Oops")
            + b"ffffffffffffffffffff\r\ncut",
            (500, "Oops", "cut\n[the body was cut off]"),
            id="huge-chunk-cut-short",
        ),
        pytest.param(
            make_head("Content-Length: 9", status="HTTP/1.1 500 Oops"),
            (500, "Oops", "[the body was cut off 9 bytes before its end]"),
            id="nothing-of-the-body",
        ),
        pytest.param(
            make_head("X: " + "y" * 9000, status="HTTP/1.1 403 Forbidden") + b"no",
            (403, "Forbidden", "no"),
            id="9-kb-header-line",
        ),
    ],
)
def test_refusal_up_to_the_end_of_the_stream(response, refusal):
    """What came of a body is shown when the stream ends."""
    for way, pieces in feeding_ways(response).items():
        assert expect_refusal(pieces) == refusal, way


@pytest.mark.parametrize(
    ("head", "body", "note"),
    [
        pytest.param(
            "Content-Length: 2000000",
            b"x" * 2_000_000,
            "only the first 65536 of 2000000 bytes are shown",
            id="over-1-mib",
        ),
        pytest.param(
            "Transfer-Encoding: chunked",
            b"3\r\nyes\r\nwhat\r\n",
            "the body goes on, but its chunks are broken",
            id="broken-chunks",
        ),
    ],
)
def test_refusal_that_is_not_read_to_its_end(head, body, note):
    """A body that is too large, or makes no sense, is shown in part, and says so."""
    response = make_head(head, status="HTTP/1.1 403 Forbidden") + body
    status, reason, detail = expect_refusal([response])

    text = "yes" if b"yes" in body else "x" * 65536
    assert (status, reason, detail) == (403, "Forbidden", f"{text}\n[{note}]")


def test_what_to_do_next():
    """A refusal keeps what tells where to go and when to come back."""
    head = make_head(
        "Location: /a",
        "retry-after: 5",
        "Location: /b",
        "Content-Length: 0",
        status="HTTP/1.1 302 Found",
    )
    refusal = catch_refusal([head])
    assert (refusal.location, refusal.retry_after) == ("/a", "5")
    plain = make_head("Content-Length: 0", status="HTTP/1.1 404 Not Found")
    refusal = catch_refusal([plain])
    assert (refusal.location, refusal.retry_after) == (None, None)


def test_giving_up_in_a_body():
    """When time is up in a refusal's body, the refusal is what counts."""
    handshake = ClientHandshake(make_connect_options(), KEY)
    assert handshake.give_up("late") is None
    head = make_head("Content-Length: 5", status="HTTP/1.1 403 Forbidden")
    handshake.receive_data(head[:-1])
    assert handshake.give_up("late") is None

    handshake.receive_data(head[-1:] + b"no")

    refusal = handshake.give_up("late")
    assert (refusal.status, refusal.detail) == (403, "no\n[late]")
