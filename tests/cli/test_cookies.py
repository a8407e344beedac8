"""Cookie files: which cookies go to which URL."""

from __future__ import annotations

import pytest

from wstool.cli._cookies import read_cookie_file
from wstool.errors import InputInvalid
from wstool.wire.uri import parse_uri


def netscape(domain, name, *, sub="FALSE", path="/", secure="FALSE", expires="0"):
    """Write a line of Netscape's format; the cookie's value is 1."""
    return "\t".join([domain, sub, path, secure, expires, name, "1"])


FILE = "\n".join(
    [
        "# Netscape HTTP Cookie File",
        "",
        netscape("127.0.0.1", "address"),
        netscape("localhost", "local"),
        netscape("::1", "six"),
        netscape("example.com", "host"),
        netscape(".example.com", "dot", sub="TRUE"),
        netscape("Example.com", "sub", sub="TRUE"),
        "#HttpOnly_" + netscape("example.com", "only", path="/only"),
        netscape("example.com", "safe", secure="TRUE"),
        netscape("example.com", "old", expires="1"),
        netscape("example.com", "new", expires="99999999999", path="/new"),
        netscape("example.com", "far", expires="9" * 30, path="/new"),
        "",
    ]
)


@pytest.fixture(name="write")
def make_writer(tmp_path):
    """Write a file, and give its path."""

    def write(text):
        path = tmp_path / "cookies"
        path.write_text(text)
        return str(path)

    return write


def names(path, url):
    """Give the names of the cookies for a URL."""
    cookies = read_cookie_file(path)(parse_uri(url))
    return {cookie.partition("=")[0] for cookie in filter(None, cookies.split("; "))}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ws://127.0.0.1:8765/x", "address"),
        ("ws://localhost:1/", "local"),
        ("ws://[::1]:1/", "six"),
        ("ws://example.com/", "host dot sub"),
        ("ws://EXAMPLE.COM/", "host dot sub"),
        ("ws://a.example.com/", "dot sub"),
        ("ws://example.com/only/x", "host dot sub only"),
        ("ws://example.com/onlyx", "host dot sub"),
        ("ws://example.com/new", "host dot sub new far"),
        ("wss://example.com/", "host dot sub safe"),
        ("ws://notexample.com/", ""),
        ("ws://com/", ""),
        ("ws://1.127.0.0.1/", ""),
    ],
)
def test_netscape(write, url, expected):
    """Domain, path, encryption and expiry decide, as in browsers and in curl."""
    assert names(write(FILE), url) == set(expected.split())


HEADERS = """\
HTTP/1.1 200 OK\r
Date: Wed, 21 Oct 2015 07:28:00 GMT\r
Set-Cookie: a=1; Domain=example.com; Path=/a; Secure; HttpOnly\r
set-cookie: b=2; expires=Wed, 21 Oct 2015 07:28:00 GMT; domain=.example.com\r
Set-Cookie: c=3; Domain=localhost; Max-Age=1000\r
Set-Cookie: d="x y"; Domain=127.0.0.1\r
\r
"""


@pytest.mark.parametrize(
    ("url", "cookies"),
    [
        ("wss://example.com/a", "a=1"),
        ("ws://example.com/a", ""),
        ("wss://www.example.com/a", "a=1"),
        ("ws://localhost/", "c=3"),
        ("ws://127.0.0.1/", 'd="x y"'),
    ],
)
def test_headers(write, url, cookies):
    """The headers of a response that were saved to a file will do."""
    assert read_cookie_file(write(HEADERS))(parse_uri(url)) == cookies


def test_longest_path_first(write):
    """RFC 6265, 5.4: cookies with longer paths come first."""
    path = write(f"{netscape('h', 'short')}\n{netscape('h', 'long', path='/x')}\n")
    assert read_cookie_file(path)(parse_uri("ws://h/x")) == "long=1; short=1"


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/nonexistent", "can't be read: no such file or directory"),
        ("/", "can't be read: is a directory"),
        ("-", "stdin is for messages; name a file"),
    ],
)
def test_file_that_can_not_be_read(path, problem):
    """A file that can't be read is named."""
    with pytest.raises(InputInvalid) as caught:
        read_cookie_file(path)
    assert str(caught.value) == f"{path}: {problem}"


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        pytest.param("", "", "no cookie in it", id="empty"),
        pytest.param("# Netscape\nDate: x\n", "", "no cookie in it", id="none"),
        pytest.param("\nh\tTRUE\t/\n", ", line 2", "3 fields instead of 7", id="few"),
        pytest.param(
            netscape("h", "a", expires="soon"),
            ", line 1",
            "the fifth field isn't a time in seconds",
            id="expires",
        ),
        pytest.param(
            "Set-Cookie: a=s3cret",
            ", line 1",
            "a cookie without a domain is for no URL",
            id="no-domain",
        ),
        pytest.param(
            "Set-Cookie: a=b; Domain=[::1",
            ", line 1",
            "Invalid IPv6 URL",
            id="domain",
        ),
    ],
)
def test_file_that_does_not_fit(write, text, where, problem):
    """The line is named, but not shown: it may hold a secret."""
    path = write(text)
    with pytest.raises(InputInvalid) as caught:
        read_cookie_file(path)
    assert str(caught.value) == f"{path}{where}: {problem}"
