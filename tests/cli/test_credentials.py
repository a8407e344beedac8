"""Credentials from options and files, for the URL given and for others."""

from __future__ import annotations

import pytest

from wstool.cli._credentials import Credentials
from wstool.errors import InputInvalid
from wstool.wire.uri import parse_uri


NETRC = """\
# comment
machine one.example login me password "p w"
machine two.example login you
default login anyone password x
"""


@pytest.fixture(name="write")
def make_writer(tmp_path):
    """Write a file, and give its path."""

    def write(content, name="file"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_none():
    """Without options there is nothing."""
    assert Credentials().read() == ((), None)


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        pytest.param(
            {"user": lambda: "me:pw"}, [("Authorization", "Basic bWU6cHc=")], id="user"
        ),
        pytest.param({"bearer": "a.b"}, [("Authorization", "Bearer a.b")], id="bearer"),
        pytest.param(
            {"cookies": ("a=b; c=d;", "e=")},
            [("Cookie", "a=b; c=d"), ("Cookie", "e=")],
            id="cookies",
        ),
    ],
)
def test_given(options, headers):
    """What is given is for the URL given."""
    assert Credentials(**options).read() == (tuple(headers), None)


def test_bearer_file(write):
    """A file with a token is read anew each time."""
    path = write("one\n")
    credentials = Credentials(bearer=f"@{path}")
    assert credentials.read()[0] == (("Authorization", "Bearer one"),)
    write("two")
    assert credentials.read()[0] == (("Authorization", "Bearer two"),)


@pytest.mark.parametrize(
    ("url", "value"),
    [
        ("ws://one.example:99/", "Basic bWU6cCB3"),
        ("ws://ONE.example/", "Basic bWU6cCB3"),
        ("ws://two.example/", "Basic eW91Og=="),
        ("ws://three.example/", "Basic YW55b25lOng="),
    ],
)
def test_netrc(write, url, value):
    """A netrc file has logins by host, and may have one for all others."""
    _, find = Credentials(netrc=write(NETRC)).read()
    assert find(parse_uri(url)) == (("Authorization", value),)


def test_netrc_without_default(write):
    """A host without a login gets none."""
    _, find = Credentials(netrc=write("machine a login b password c")).read()
    assert find(parse_uri("ws://b/")) == ()


def test_both_stores(write):
    """Cookies and logins are found together."""
    cookies = write("h\tFALSE\t/\tFALSE\t0\ta\t1\n", "cookies")
    credentials = Credentials(
        netrc=write("machine h login b password c"), cookies=("x=1", cookies)
    )
    headers, find = credentials.read()
    assert headers == (("Cookie", "x=1"),)
    assert find(parse_uri("ws://h/")) == (
        ("Cookie", "a=1"),
        ("Authorization", "Basic Yjpj"),
    )
    assert find(parse_uri("ws://other/")) == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(None, ": can't be read: no such file or directory", id="missing"),
        pytest.param("", ": no login in it", id="empty"),
        pytest.param(
            "machine h\nlogin a password s3 cret\n",
            ", line 3: not a netrc file: bad follower token",
            id="word",
        ),
        pytest.param(
            "s3cret", ", line 1: not a netrc file: bad toplevel token", id="other-file"
        ),
        pytest.param(b"x" * ((1 << 20) + 1), ": over 1048576 bytes", id="big"),
    ],
)
def test_netrc_that_does_not_fit(tmp_path, write, content, problem):
    """The line is named, but not shown: it may hold a password."""
    path = str(tmp_path / "file") if content is None else write(content)
    with pytest.raises(InputInvalid) as caught:
        Credentials(netrc=path).read()
    assert str(caught.value) == f"{path}{problem}"
