"""The body of a refused opening handshake."""

from __future__ import annotations

import gzip
import zlib

import pytest

from wstool.connection.body import BodyReader

from support.feeding import feeding_ways


LIMIT = 1 << 16
CHUNKED = [("Transfer-Encoding", "chunked")]


def length(size):
    """Make headers that tell the body's length."""
    return [("Content-Length", str(size))]


def read(headers, pieces, *, status=403):
    """Read a body: whether it ended, its text, what is missing, what is not shown."""
    reader = BodyReader(status, headers)
    ended = False
    for piece in pieces:
        ended = reader.feed(piece)
        if ended:
            break
    return ended, reader.text(), reader.describe_missing(), reader.describe_unread()


BODIES = [
    pytest.param(length(3), b"no\n", "no\n", id="by-length"),
    pytest.param(CHUNKED, b"2\r\nno\r\n1\r\n\n\r\n0\r\n\r\n", "no\n", id="chunked"),
    pytest.param(CHUNKED, b"2\nno\n0\n\n", "no", id="chunked-without-cr"),
    pytest.param(CHUNKED, b"A;x=y\r\n0123456789\r\n0\r\n", "0123456789", id="hex"),
    pytest.param(CHUNKED, b"004\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", id="newlines"),
    pytest.param(CHUNKED, b"0\r\n\r\n", "", id="no-chunks"),
    pytest.param(
        [*CHUNKED, *length(1)], b"2\r\nno\r\n0\r\n\r\n", "no", id="chunked-and-length"
    ),
    pytest.param(length(2), b"\xff\n", "\\xff\n", id="not-utf-8"),
]


@pytest.mark.parametrize(("headers", "body", "text"), BODIES)
def test_whole_body(headers, body, text):
    """A body ends where its length or its last chunk says, however it arrives."""
    for way, pieces in feeding_ways(body, b"more").items():
        assert read(headers, pieces) == (True, text, *describe(headers)), way


def describe(headers):
    """Say what a whole body reports as missing and as not shown."""
    missing = "the body was cut off" if headers[0] == CHUNKED[0] else ""
    return missing, ""


def encoded(coding, body):
    """Make the headers of a body in a content coding."""
    return [("Content-Encoding", coding), *length(len(body))]


GZIP = gzip.compress(b"go away\n")
ZLIB = zlib.compress(b"go away\n")
BOMB = gzip.compress(b"x" * 10_000_000)


@pytest.mark.parametrize(
    ("coding", "body", "text"),
    [
        pytest.param("gzip", GZIP, "go away\n", id="gzip"),
        pytest.param("X-GZip", GZIP, "go away\n", id="x-gzip"),
        pytest.param("deflate", ZLIB, "go away\n", id="deflate"),
        pytest.param("identity", b"go away\n", "go away\n", id="identity"),
        pytest.param("gzip", b"not so\n", "not so\n", id="not-compressed"),
        pytest.param("gzip", BOMB, "x" * LIMIT, id="bomb"),
        pytest.param("br", b"\x1b", "[the body's content coding is br]", id="br"),
        pytest.param(
            "gzip, br", GZIP, "[the body's content coding is gzip, br]", id="two"
        ),
    ],
)
def test_content_coding(coding, body, text):
    """A compressed body is inflated up to the bound; another coding is named."""
    assert read(encoded(coding, body), [body]) == (True, text, "", "")


def test_compressed_body_that_is_cut_off():
    """What came of a compressed body is inflated as far as it goes."""
    headers = encoded("gzip", GZIP)
    ended, text, missing, _ = read(headers, [GZIP[:-9]])
    assert (ended, missing) == (False, "the body was cut off 9 bytes before its end")
    assert "go away\n".startswith(text)
    assert text


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=ISO-8859-1", b"\xe9", "\xe9"),
        ('text/html;Charset="windows-1252"; x=y', b"\x80", "\u20ac"),
        ("text/plain; charset=Shift_JIS", b"\x93\xfa\x81", "\u65e5\\x81"),
        ("text/plain; charset=utf-8", b"\xc3\xa9", "\xe9"),
        ("text/plain; charset=iso-8859-99", b"\xc3\xa9", "\xe9"),
        (f"text/plain; charset=gb{'k' * 60_000}", b"a", "a"),
        ("text/plain; charset=gb\0", b"a", "a"),
        ("text/plain; charset=utf-16", b"\xff\xfea\x00", "a"),
        ("text/plain; charset=punycode", b"a-b", "a-b"),
        ("text/plain; charset=", b"a", "a"),
    ],
)
def test_charset(content_type, body, text):
    """A charset that people use is decoded, and no other."""
    headers = [("Content-Type", content_type), *length(len(body))]
    assert read(headers, [body]) == (True, text, "", "")


@pytest.mark.parametrize("status", [204, 304])
def test_status_without_a_body(status):
    """A response of this kind ends with its head."""
    assert read(length(5), [b""], status=status) == (True, "", "", "")


def test_empty_body():
    """A body of length 0 is whole before any of it comes."""
    assert read(length(0), [b""]) == (True, "", "", "")


@pytest.mark.parametrize(
    ("headers", "body", "text", "missing"),
    [
        pytest.param(
            length(10),
            b"short",
            "short",
            "the body was cut off 5 bytes before its end",
            id="by-length",
        ),
        pytest.param(
            CHUNKED, b"ff\r\nshort", "short", "the body was cut off", id="in-a-chunk"
        ),
        pytest.param(
            CHUNKED, b"2\r\nno\r\n", "no", "the body was cut off", id="between-chunks"
        ),
        pytest.param(
            CHUNKED,
            b"f" * 400 + b"\r\nno",
            "no",
            "the body was cut off",
            id="in-a-huge-chunk",
        ),
        pytest.param([], b"until the end", "until the end", "", id="until-the-end"),
        pytest.param([], b"", "", "", id="nothing"),
        pytest.param(length("x"), b"no", "no", "", id="length-is-no-number"),
        pytest.param(length("9" * 5000), b"no", "no", "", id="length-of-5000-digits"),
        pytest.param(length("-1"), b"no", "no", "", id="negative-length"),
    ],
)
def test_body_goes_on(headers, body, text, missing):
    """What the end of the stream cuts off is shown as far as it came."""
    for way, pieces in feeding_ways(body).items():
        assert read(headers, pieces) == (False, text, missing, ""), way


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"zz\r\nno", id="no-number"),
        pytest.param(b"-5\r\nno", id="negative"),
        pytest.param(b"0x5\r\nno", id="prefixed"),
        pytest.param(b";\r\nno", id="only-an-extension"),
        pytest.param(b"1" * 1024, id="endless-size"),
    ],
)
def test_broken_chunks(rest):
    """A body whose chunks make no sense ends there, and says so."""
    for pieces in feeding_ways(b"3\r\nyes\r\n" + rest).values():
        ended, text, _, unread = read(CHUNKED, pieces)

        assert (ended, text) == (True, "yes")
        assert unread == "the body goes on, but its chunks are broken"


@pytest.mark.parametrize(
    ("headers", "body", "unread"),
    [
        pytest.param(
            length(LIMIT + 5),
            b"x" * LIMIT + b"y",
            f"only the first {LIMIT} of {LIMIT + 5} bytes are shown",
            id="by-length",
        ),
        pytest.param(
            [],
            b"x" * LIMIT + b"y",
            f"only the first {LIMIT} bytes of the body are shown",
            id="until-the-end",
        ),
        pytest.param(
            CHUNKED,
            b"fffff\r\n" + b"x" * LIMIT + b"y",
            f"only the first {LIMIT} bytes of the body are shown",
            id="chunked",
        ),
    ],
)
def test_large_body(headers, body, unread):
    """Reading stops at the first byte over what is shown."""
    ended, text, _, described = read(headers, [body[:-1]])
    assert (ended, text, described) == (False, "x" * LIMIT, "")

    ended, text, _, described = read(headers, [body])
    assert (ended, text, described) == (True, "x" * LIMIT, unread)


def test_line_ends_are_not_kept():
    """Line ends before a chunk's size take no memory, however many come."""
    reader = BodyReader(403, CHUNKED)

    for _ in range(100):
        assert not reader.feed(b"\r\n" * 1000)
    assert reader.feed(b"2\r\nno\r\n0\r\n")
    assert reader.text() == "no"
