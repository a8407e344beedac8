"""Where redirects lead, and what goes along."""

from __future__ import annotations

import pytest

from wstool.connection.redirect import Redirect, follow_redirect
from wstool.connection.request import make_request
from wstool.errors import HandshakeRefused

from support.connecting import make_connect_options


SECRETS = {
    "url": "ws://me:pw@server.example/chat?a",
    "headers": (
        ("Authorization", "Bearer x"),
        ("X-A", "1"),
        ("cookie", "h=1"),
        ("Host", "other"),
        ("User-Agent", None),
    ),
    "credentials": (("Cookie", "given=1"),),
    "stored": lambda uri: (("Cookie", f"stored={uri.host}"),),
}


def follow(location, *, status=302, followed=0, **options):
    """Follow a redirect."""
    options = {"max_redirects": 5, **options}
    made = make_connect_options(**options)
    refusal = HandshakeRefused(status, "Found", location=location)
    before = [Redirect(302, made, ())] * followed
    return follow_redirect(made, refusal, before)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_statuses(status):
    """All kinds of redirects are followed alike."""
    redirect = follow("/x", status=status)
    assert (redirect.status, str(redirect.options.uri)) == (
        status,
        "ws://server.example/x",
    )


@pytest.mark.parametrize(
    ("location", "uri"),
    [
        pytest.param("ws://b/x?y", "ws://b/x?y", id="ws"),
        pytest.param("wss://b/", "wss://b/", id="wss"),
        pytest.param("HTTP://B:80", "ws://B/", id="http"),
        pytest.param("https://b:444/x", "wss://b:444/x", id="https"),
        pytest.param("//b/x", "ws://b/x", id="host"),
        pytest.param("/x", "ws://server.example/x", id="path"),
        pytest.param("x", "ws://server.example/a/x", id="name"),
        pytest.param("../x", "ws://server.example/x", id="parent"),
        pytest.param("?q", "ws://server.example/a/b?q", id="query"),
        pytest.param("", "ws://server.example/a/b?c", id="empty"),
        pytest.param("ws:///x", "ws://server.example/x", id="no-host"),
        pytest.param("/x#part", "ws://server.example/x", id="fragment"),
        pytest.param("/\xc3\xa4 b", "ws://server.example/%C3%A4%20b", id="utf-8"),
        pytest.param("/\xe4", "ws://server.example/%E4", id="latin-1"),
        pytest.param(
            "/x%0d%0aX-Evil:1", "ws://server.example/x%0d%0aX-Evil:1", id="encoded-crlf"
        ),
        pytest.param("/\x1b[2J\x00", "ws://server.example/%1B[2J%00", id="controls"),
    ],
)
def test_locations(location, uri):
    """A Location is relative to where the request went; nothing in it breaks out."""
    redirect = follow(location, url="ws://server.example/a/b?c")
    assert str(redirect.options.uri) == uri
    make_request(redirect.options, "key").serialize()


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        pytest.param("ftp://b/", "scheme 'ftp' isn't ws, wss, http or https", id="ftp"),
        pytest.param(
            "localhost:80/x",
            "scheme 'localhost' isn't ws, wss, http or https",
            id="host-without-scheme",
        ),
        pytest.param(
            "ws://b:99999/", "port '99999' isn't a number from 1 to 65535", id="port"
        ),
        pytest.param(
            "//b\x1b/",
            "host 'b\\x1b' has a character that can't stand in it",
            id="host",
        ),
    ],
)
def test_location_that_leads_nowhere(location, problem):
    """A Location that can't be followed is told, and so is why."""
    with pytest.raises(HandshakeRefused) as caught:
        follow(location)
    assert caught.value.remark == f"not followed: {problem}"


@pytest.mark.parametrize(
    ("url", "location", "uri"),
    [
        ("ws+unix:/a b:/x", "/y", "ws+unix:/a b:/y"),
        ("ws+unix:/a:/x/y", "z", "ws+unix:/a:/x/z"),
        ("wss+unix:/a:/", "wss://localhost/y", "wss+unix:/a:/y"),
        ("ws+unix:/a:/", "ws://localhost:81/", "ws://localhost:81/"),
        ("ws+unix:/a:/", "wss://localhost/", "wss://localhost/"),
    ],
)
def test_from_a_unix_socket(url, location, uri):
    """A socket is left only for another place, and credentials stay behind then."""
    redirect = follow(location, url=url, credentials=(("Cookie", "a=1"),))

    assert str(redirect.options.uri) == uri
    assert (redirect.dropped == ()) is ("+unix" in uri)


def test_brackets():
    """What isn't even a URL is no crash."""
    with pytest.raises(HandshakeRefused, match="not followed: "):
        follow("ws://[::1/")


@pytest.mark.parametrize(
    ("options", "remark"),
    [
        pytest.param({"max_redirects": None}, "try -L to follow it", id="not-asked"),
        pytest.param(
            {"max_redirects": 0}, "not followed: --max-redirs is 0", id="none"
        ),
        pytest.param({"followed": 5}, "not followed: --max-redirs is 5", id="too-many"),
        pytest.param(
            {"url": "wss://server.example/"},
            "not followed: it leads from wss:// to ws://, which isn't encrypted",
            id="downgrade",
        ),
    ],
)
def test_not_followed(options, remark):
    """Nobody is led anywhere without having asked, for ever, or into the open."""
    with pytest.raises(HandshakeRefused) as caught:
        follow("ws://server.example/x", **options)
    assert caught.value.remark == remark


@pytest.mark.parametrize(
    ("status", "location"), [(404, "/x"), (300, "/x"), (304, "/x"), (302, None)]
)
def test_no_redirect(status, location):
    """Other refusals stay as they are; after redirects they say where it was."""
    with pytest.raises(HandshakeRefused) as caught:
        follow(location, status=status)
    assert caught.value.remark == ""
    with pytest.raises(HandshakeRefused) as caught:
        follow(location, status=status, followed=2)
    assert caught.value.remark == "at ws://server.example/chat, after 2 redirects"


def test_same_origin():
    """To the same origin all goes along."""
    redirect = follow("/x", **SECRETS)
    assert redirect.dropped == ()
    assert redirect.options.uri.userinfo == "me:pw"
    assert redirect.options.request == make_connect_options(**SECRETS).request


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("ws://other.example/", id="host"),
        pytest.param("ws://server.example:81/", id="port"),
        pytest.param("wss://server.example:80/", id="scheme"),
        pytest.param("wss://server.example/", id="scheme-and-port"),
        pytest.param("ws://sub.server.example/", id="subdomain"),
    ],
)
def test_other_origin(location):
    """To another origin go no credentials but those stored for it."""
    redirect = follow(location, **SECRETS)
    assert redirect.dropped == ("Authorization", "Cookie", "cookie", "Host")
    uri = redirect.options.uri
    request = make_request(redirect.options, "key")
    assert request.headers[0] == ("Host", uri.host_header)
    assert request.headers[5:] == [("Cookie", f"stored={uri.host}"), ("X-A", "1")]


def test_back_again():
    """What was left behind stays behind; a refusal then says what is missing."""
    there = follow("ws://other.example/", **SECRETS)
    refusal = HandshakeRefused(302, "Found", location="ws://server.example/chat")
    back = follow_redirect(there.options, refusal, [there])
    headers = make_request(back.options, "key").headers
    assert headers[5:] == [("Cookie", "stored=server.example"), ("X-A", "1")]
    with pytest.raises(HandshakeRefused) as caught:
        follow_redirect(back.options, HandshakeRefused(401, "No"), [there, back])
    assert str(caught.value) == (
        "the server refused the handshake: HTTP 401 No (at ws://server.example/chat, "
        "after 2 redirects to another origin, without Authorization, Cookie, cookie, "
        "Host)"
    )


def test_credentials_of_the_location():
    """Credentials that the Location itself holds are for its own host."""
    redirect = follow("ws://you:pw2@other.example/", **SECRETS)
    assert redirect.options.uri.userinfo == "you:pw2"
