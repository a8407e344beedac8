"""Which origins a server's pattern lets in."""

from __future__ import annotations

import pytest

from wstool.connection.origins import OriginPatterns, check_origin_pattern


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed"),
    [
        pytest.param("https://a.example", "https://a.example", True, id="equal"),
        pytest.param("https://A.example", "HTTPS://a.EXAMPLE", True, id="case"),
        pytest.param("https://a.example", "http://a.example", False, id="scheme"),
        pytest.param("https://a.example", "https://a.example:444", False, id="port"),
        pytest.param("https://a.example:443", "https://a.example", True, id="443"),
        pytest.param("http://a.example", "http://a.example:80", True, id="80"),
        pytest.param("https://a.example", "https://a.example.evil", False, id="suffix"),
        pytest.param("https://*.a.example", "https://x.y.a.example", True, id="star"),
        pytest.param("https://*.a.example", "https://a.example", False, id="no-part"),
        pytest.param("https://*.a.example", "https://xa.example", False, id="dot"),
        pytest.param(
            "https://*.a.example", "https://evil/.a.example", False, id="slash"
        ),
        pytest.param(
            "https://*.a.example", "https://evil:80.a.example", False, id="colon"
        ),
        pytest.param(
            "https://*.a.example", "https://evil@x.a.example", False, id="user"
        ),
        pytest.param("https://a.example", "https://aXexample", False, id="escaped"),
        pytest.param(
            "http://localhost:*", "http://localhost:3000", True, id="any-port"
        ),
        pytest.param("http://localhost:*", "http://localhost", False, id="some-port"),
        pytest.param("http://[::1]:8080", "http://[::1]:8080", True, id="ipv6"),
        pytest.param("*://a.example", "app://a.example", True, id="any-scheme"),
        pytest.param("null", "null", True, id="null"),
        pytest.param("https://*", "null", False, id="null-is-no-host"),
        pytest.param("*", "rubbish \x00", True, id="all"),
        pytest.param("https://*", "https://a.example\n", False, id="line-break"),
    ],
)
def test_patterns(pattern, origin, allowed):
    """A star stands for any part of a host, a scheme or a port, and for no more."""
    check_origin_pattern(pattern)

    assert OriginPatterns((pattern,)).allow(origin, None) is allowed


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        pytest.param("http://a.example:3000", "a.example:8765", True, id="other-port"),
        pytest.param("http://A.example", "a.EXAMPLE", True, id="case"),
        pytest.param("http://[::1]:3000", "[::1]:8765", True, id="ipv6"),
        pytest.param("http://b.example", "a.example", False, id="other-host"),
        pytest.param("http://a.example", None, False, id="no-host"),
        pytest.param("http://a.example", "[", False, id="bad-host"),
        pytest.param("null", "null", False, id="null"),
        pytest.param("null", "", False, id="nothing"),
        pytest.param("http://b@a.example", "a.example", False, id="user"),
    ],
)
def test_same_host(origin, host, allowed):
    """``same-host`` stands for the host that the request is sent to."""
    assert OriginPatterns(("same-host",)).allow(origin, host) is allowed


@pytest.mark.parametrize(
    "pattern", ["example.com", "https://a/b", "https://", "https://a b", ""]
)
def test_pattern_that_matches_nothing(pattern):
    """A pattern that isn't one is refused."""
    with pytest.raises(ValueError, match=r"isn't SCHEME://HOST\[:PORT\]"):
        check_origin_pattern(pattern)
