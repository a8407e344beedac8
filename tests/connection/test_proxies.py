"""Which proxy leads to a server."""

from __future__ import annotations

import pytest

from wstool.connection.options import ProxyOptions
from wstool.connection.proxies import Proxy, find_proxy, parse_proxy
from wstool.errors import UsageError
from wstool.wire.uri import parse_uri


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://host", Proxy("http", "host", 1080)),
        ("https://host", Proxy("https", "host", 443)),
        ("socks5://host", Proxy("socks5", "host", 1080)),
        ("socks5h://host", Proxy("socks5h", "host", 1080)),
        ("socks4a://host", Proxy("socks4a", "host", 1080)),
        ("socks4://host", Proxy("socks4", "host", 1080)),
        ("socks://host", Proxy("socks4", "host", 1080)),
        ("host", Proxy("http", "host", 1080)),
        ("host:3128", Proxy("http", "host", 3128)),
        ("HTTP://Host:80/", Proxy("http", "Host", 80)),
        ("host:3128/ignored?x", Proxy("http", "host", 3128)),
        ("[::1]:3128", Proxy("http", "::1", 3128)),
        ("socks5h://[fe80::1%25eth0]", Proxy("socks5h", "fe80::1%eth0", 1080)),
        ("me:secret@host:1", Proxy("http", "host", 1, "me", "secret")),
        ("http://me@host", Proxy("http", "host", 1080, "me", "")),
        ("http://:secret@host", Proxy("http", "host", 1080, "", "secret")),
        ("http://a%40b:c%3Ad%2F:e@host", Proxy("http", "host", 1080, "a@b", "c:d/:e")),
        ("http://a@b:c@host", Proxy("http", "host", 1080, "a@b", "c")),
    ],
)
def test_parse_proxy(url, proxy):
    """A proxy's URL is read as curl reads it, credentials percent-decoded."""
    assert parse_proxy(url) == proxy


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (
            "ftp://host",
            "scheme 'ftp' of the proxy isn't one of http, https, socks, socks4, "
            "socks4a, socks5, socks5h",
        ),
        ("http://", "host of the proxy is missing"),
        ("http://:80", "host of the proxy is missing"),
        ("http://me:secret@", "host of the proxy is missing"),
        ("host:0", "port '0' isn't a number from 1 to 65535"),
        ("host:", "port '' isn't a number from 1 to 65535"),
        ("http://me:secret@host:x", "port 'x' isn't a number from 1 to 65535"),
        (
            "http://me:sec/ret@host",
            "credentials of the proxy hold a '/', which is written %2F",
        ),
        ("::1", "host '::1': an IPv6 address needs brackets"),
        ("[::1", "host '[::1' has a bracket without its other half"),
        ("ho st", "host 'ho st' has a character that can't stand in it"),
    ],
)
def test_no_proxy_url(url, problem):
    """What is no proxy's URL is told by its part, without password."""
    with pytest.raises(ValueError) as caught:
        parse_proxy(url)
    assert str(caught.value) == problem


def test_proxy_as_text():
    """A proxy is named without its credentials, and with the variable it is from."""
    proxy = Proxy("http", "::1", 80, "me", "secret")

    assert str(proxy) == "proxy http://[::1]:80"
    assert str(proxy._replace(variable="http_proxy")) == (
        "proxy http://[::1]:80 (from http_proxy)"
    )


WS = "ws://server.example/"
WSS = "wss://server.example/"


@pytest.mark.parametrize(
    ("url", "environment", "variable"),
    [
        (WS, {}, None),
        (WS, {"http_proxy": "p"}, "http_proxy"),
        (WS, {"https_proxy": "p", "HTTPS_PROXY": "p"}, None),
        (WS, {"HTTP_PROXY": "p"}, "HTTP_PROXY"),
        (WS, {"HTTP_PROXY": "p", "REQUEST_METHOD": "GET"}, None),
        (WS, {"http_proxy": "p", "REQUEST_METHOD": "GET"}, "http_proxy"),
        (WS, {"HTTP_PROXY": "q", "http_proxy": "p"}, "http_proxy"),
        (WS, {"ALL_PROXY": "q", "http_proxy": "p"}, "http_proxy"),
        (WS, {"ALL_PROXY": "q", "all_proxy": "p"}, "all_proxy"),
        (WS, {"ALL_PROXY": "p"}, "ALL_PROXY"),
        (WS, {"http_proxy": "", "ALL_PROXY": "p"}, "ALL_PROXY"),
        (WS, {"ws_proxy": "p", "http_proxy": "q"}, "ws_proxy"),
        (WS, {"WS_PROXY": "p", "http_proxy": "q"}, "WS_PROXY"),
        (WS, {"Http_Proxy": "q"}, None),
        (WSS, {"http_proxy": "q", "HTTP_PROXY": "q"}, None),
        (WSS, {"https_proxy": "p"}, "https_proxy"),
        (WSS, {"HTTPS_PROXY": "p"}, "HTTPS_PROXY"),
        (WSS, {"HTTPS_PROXY": "q", "https_proxy": "p"}, "https_proxy"),
        (WSS, {"HTTPS_PROXY": "p", "all_proxy": "q"}, "HTTPS_PROXY"),
        (WSS, {"wss_proxy": "p", "https_proxy": "q"}, "wss_proxy"),
        (WSS, {"ws_proxy": "q", "all_proxy": "p"}, "all_proxy"),
    ],
)
def test_environment(url, environment, variable):
    """The environment names a proxy for each scheme, or for all."""
    expected = variable and Proxy("http", "p", 1080, variable=variable)

    assert find_proxy(parse_uri(url), ProxyOptions(), environment) == expected


# Of curl's documentation and its own tests; True: no proxy.
EXEMPT = [
    ("server.example", "", False),
    ("server.example", "*", True),
    ("127.0.0.1", "*", True),
    ("server.example", "server.example", True),
    ("server.example", "SERVER.Example", True),
    ("SERVER.example", "server.example", True),
    ("www.server.example", "server.example", True),
    ("www.server.example", ".server.example", True),
    ("server.example", ".server.example", True),
    ("server.example", "example", True),
    ("notserver.example", "server.example", False),
    ("server.example.org", "server.example", False),
    ("server.example", "www.server.example", False),
    ("server.example.", "server.example", True),
    ("server.example", "server.example.", True),
    ("server.example", "other,server.example", True),
    ("server.example", "other, server.example", True),
    ("server.example", ",,server.example,", True),
    ("server.example", "*.example", False),
    ("server.example", "server.*", False),
    ("server.example", ".", False),
    ("localhost", "localhost", True),
    ("localhost", "127.0.0.1", False),
    ("127.0.0.1", "localhost", False),
    ("127.0.0.1", "127.0.0.1", True),
    ("127.0.0.1", "127.0.0.1,other", True),
    ("127.0.0.1", "0.0.1", False),
    ("127.0.0.12", "127.0.0.1", False),
    ("192.168.1.1", "192.168.0.0/16", True),
    ("192.168.1.1", "192.168.1.1/32", True),
    ("192.168.1.1", "192.168.0.0/24", False),
    ("192.168.1.1", "10.0.0.0/8,192.168.1.0/24", True),
    ("10.1.2.3", "10.0.0.0/99", False),
    ("10.1.2.3", "10.0.0.0/x", False),
    ("server.example", "10.0.0.0/8", False),
    ("::1", "::1", True),
    ("::1", "127.0.0.1", False),
    ("::1", "0:0::1", True),
    ("fd00::1", "fd00::/64", True),
    ("fe00::1", "fd00::/64", False),
    # What curl's port would mean is the URL's alone.
    ("server.example", "server.example:80", False),
]


@pytest.mark.parametrize(("host", "exempt", "is_exempt"), EXEMPT)
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY", "--no-proxy"])
def test_exempt(host, exempt, is_exempt, variable):
    """Hosts in the list are reached without a proxy, whoever named that."""
    named = f"[{host}]" if ":" in host else host
    options = ProxyOptions(proxy="http://proxy")
    environment = {}
    if variable == "--no-proxy":
        options = options._replace(no_proxy=exempt)
    else:
        environment = {variable: exempt}

    found = find_proxy(parse_uri(f"ws://{named}/"), options, environment)
    assert (found is None) == is_exempt


@pytest.mark.parametrize(
    ("host", "exempt"),
    [("[::1]", "[::1]"), ("[fe80::1%25lo]", "fe80::1"), ("a", "b a")],
)
def test_exempt_beyond_curl(host, exempt):
    """Brackets and blanks, which only some programs take, do no harm."""
    options = ProxyOptions(proxy="http://proxy", no_proxy=exempt)

    assert find_proxy(parse_uri(f"ws://{host}/"), options, {}) is None


@pytest.mark.parametrize(
    ("options", "environment", "host"),
    [
        pytest.param({"proxy": "a"}, {"http_proxy": "b"}, "a", id="option-first"),
        pytest.param({"proxy": ""}, {"http_proxy": "b"}, None, id="option-for-none"),
        pytest.param(
            {"no_proxy": ""}, {"http_proxy": "b", "no_proxy": "*"}, "b", id="for-all"
        ),
        pytest.param(
            {},
            {"http_proxy": "b", "no_proxy": "x", "NO_PROXY": "*"},
            "b",
            id="lower-case-first",
        ),
        pytest.param(
            {}, {"http_proxy": "b", "no_proxy": "", "NO_PROXY": "*"}, None, id="empty"
        ),
    ],
)
def test_precedence(options, environment, host):
    """Options count before the environment, and small letters before capitals."""
    found = find_proxy(parse_uri(WS), ProxyOptions(**options), environment)
    assert (found and found.host) == host


def test_loopback_is_no_exception():
    """As in curl, this host is reached through the proxy too."""
    found = find_proxy(
        parse_uri("ws://127.0.0.1/"), ProxyOptions(), {"http_proxy": "p"}
    )
    assert found == Proxy("http", "p", 1080, variable="http_proxy")


def test_credentials():
    """Credentials of an option take the place of the URL's."""
    options = ProxyOptions(proxy="a:b@host", credentials=lambda: "me:se:cret")

    found = find_proxy(parse_uri(WS), options, {})
    assert found == Proxy("http", "host", 1080, "me", "se:cret")


@pytest.mark.parametrize(
    ("options", "environment", "text"),
    [
        pytest.param(
            {},
            {"ALL_PROXY": "http://me:secret@host:x"},
            "ALL_PROXY: port 'x' isn't a number from 1 to 65535",
            id="environment",
        ),
        pytest.param(
            {"proxy": "host:x"},
            {},
            "--proxy: port 'x' isn't a number from 1 to 65535",
            id="option",
        ),
    ],
)
def test_bad_url(options, environment, text):
    """A bad URL is told with where it is from."""
    with pytest.raises(UsageError) as caught:
        find_proxy(parse_uri(WS), ProxyOptions(**options), environment)
    assert str(caught.value) == text
