"""WebSocket URIs (RFC 6455, section 3), as people type them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wstool.wire.uri import WebSocketURI, parse_host_port, parse_uri


ZONE = "fe80::1%eth0"


@pytest.mark.parametrize(
    ("text", "uri", "host_header", "shown"),
    [
        pytest.param(
            "ws://example.com/chat",
            WebSocketURI(False, "example.com", 80, "/chat"),
            "example.com",
            "ws://example.com/chat",
            id="ws",
        ),
        pytest.param(
            "wss://example.com/chat?a=b&c",
            WebSocketURI(True, "example.com", 443, "/chat?a=b&c"),
            "example.com",
            "wss://example.com/chat?a=b&c",
            id="wss",
        ),
        pytest.param(
            "http://example.com",
            WebSocketURI(False, "example.com", 80, "/"),
            "example.com",
            "ws://example.com/",
            id="http",
        ),
        pytest.param(
            "HTTPS://Example.com",
            WebSocketURI(True, "Example.com", 443, "/"),
            "Example.com",
            "wss://Example.com/",
            id="https in capitals",
        ),
        pytest.param(
            "ws://example.com:443",
            WebSocketURI(False, "example.com", 443, "/"),
            "example.com:443",
            "ws://example.com:443/",
            id="another scheme's port",
        ),
        pytest.param(
            "wss://example.com:443/",
            WebSocketURI(True, "example.com", 443, "/"),
            "example.com",
            "wss://example.com/",
            id="the scheme's own port",
        ),
        pytest.param(
            "ws://h:1",
            WebSocketURI(False, "h", 1, "/"),
            "h:1",
            "ws://h:1/",
            id="lowest port",
        ),
        pytest.param(
            "ws://h:65535",
            WebSocketURI(False, "h", 65535, "/"),
            "h:65535",
            "ws://h:65535/",
            id="highest port",
        ),
        pytest.param(
            "ws://h:08080",
            WebSocketURI(False, "h", 8080, "/"),
            "h:8080",
            "ws://h:8080/",
            id="port with a leading zero",
        ),
        *(
            pytest.param(
                text,
                WebSocketURI(False, "localhost", 80, path, unix_socket=socket),
                "localhost",
                shown,
                id=text,
            )
            for text, socket, path, shown in (
                ("ws+unix:/a b:/", "/a b", "/", "ws+unix:/a b:/"),
                ("ws+unix:///a:/c?d:/e", "/a", "/c?d:/e", "ws+unix:/a:/c?d:/e"),
                ("http+unix:/a", "/a", "/", "ws+unix:/a:/"),
                ("WS+unix:/a:", "/a", "/", "ws+unix:/a:/"),
                ("ws+unix:/a:?b", "/a", "/?b", "ws+unix:/a:/?b"),
                ("ws+unix:a:b:/ä", "a:b", "/%C3%A4", "ws+unix:a:b:/%C3%A4"),
                ("ws+unix:/%20#:/", "/%20#", "/", "ws+unix:/%20#:/"),
                ("ws+unix:/a::/b", "/a:", "/b", "ws+unix:/a::/b"),
            )
        ),
        pytest.param(
            "wss+unix:/a:/",
            WebSocketURI(True, "localhost", 443, "/", unix_socket="/a"),
            "localhost",
            "wss+unix:/a:/",
            id="wss+unix",
        ),
        pytest.param(
            "localhost",
            WebSocketURI(False, "localhost", 80, "/"),
            "localhost",
            "ws://localhost/",
            id="host alone",
        ),
        pytest.param(
            "localhost:8765/path",
            WebSocketURI(False, "localhost", 8765, "/path"),
            "localhost:8765",
            "ws://localhost:8765/path",
            id="host, port and path",
        ),
        pytest.param(
            ":8765/path",
            WebSocketURI(False, "localhost", 8765, "/path"),
            "localhost:8765",
            "ws://localhost:8765/path",
            id="port and path",
        ),
        pytest.param(
            ":8765",
            WebSocketURI(False, "localhost", 8765, "/"),
            "localhost:8765",
            "ws://localhost:8765/",
            id="port alone",
        ),
        pytest.param(
            "localhost:8765/?next=http://example.com/",
            WebSocketURI(False, "localhost", 8765, "/?next=http://example.com/"),
            "localhost:8765",
            "ws://localhost:8765/?next=http://example.com/",
            id="no scheme, one in the query",
        ),
        pytest.param(
            "localhost?u=ws://a",
            WebSocketURI(False, "localhost", 80, "/?u=ws://a"),
            "localhost",
            "ws://localhost/?u=ws://a",
            id="no scheme, no path, one in the query",
        ),
        pytest.param(
            "ws://example.com?x=1",
            WebSocketURI(False, "example.com", 80, "/?x=1"),
            "example.com",
            "ws://example.com/?x=1",
            id="query without path",
        ),
        pytest.param(
            "ws://h/a?b?c//d",
            WebSocketURI(False, "h", 80, "/a?b?c//d"),
            "h",
            "ws://h/a?b?c//d",
            id="query with marks",
        ),
        pytest.param(
            "ws://[::1]:8765/",
            WebSocketURI(False, "::1", 8765, "/"),
            "[::1]:8765",
            "ws://[::1]:8765/",
            id="IPv6",
        ),
        pytest.param(
            "[2001:DB8::192.0.2.1]",
            WebSocketURI(False, "2001:DB8::192.0.2.1", 80, "/"),
            "[2001:DB8::192.0.2.1]",
            "ws://[2001:DB8::192.0.2.1]/",
            id="IPv6 alone",
        ),
        pytest.param(
            "ws://[fe80::1%eth0]:80/x",
            WebSocketURI(False, ZONE, 80, "/x"),
            "[fe80::1]",
            "ws://[fe80::1%eth0]/x",
            id="IPv6 with a zone",
        ),
        pytest.param(
            "ws://[fe80::1%25eth0]:81",
            WebSocketURI(False, ZONE, 81, "/"),
            "[fe80::1]:81",
            "ws://[fe80::1%eth0]:81/",
            id="IPv6 with a zone as in RFC 6874",
        ),
        pytest.param(
            "ws://[::%!~]/",
            WebSocketURI(False, "::%!~", 80, "/"),
            "[::]",
            "ws://[::%!~]/",
            id="IPv6 with any zone",
        ),
        pytest.param(
            "ws://!~/",
            WebSocketURI(False, "!~", 80, "/"),
            "!~",
            "ws://!~/",
            id="any name",
        ),
        pytest.param(
            "ws://127.0.0.1:9001",
            WebSocketURI(False, "127.0.0.1", 9001, "/"),
            "127.0.0.1:9001",
            "ws://127.0.0.1:9001/",
            id="IPv4",
        ),
        pytest.param(
            "ws://user:pa%3Ass@h:81/",
            WebSocketURI(False, "h", 81, "/", "user:pa%3Ass"),
            "h:81",
            "ws://h:81/",
            id="userinfo, which isn't shown",
        ),
        pytest.param(
            "ws://a@b@h/c@d",
            WebSocketURI(False, "h", 80, "/c@d", "a@b"),
            "h",
            "ws://h/c@d",
            id="userinfo with an at sign",
        ),
        pytest.param(
            "ws://@h",
            WebSocketURI(False, "h", 80, "/", ""),
            "h",
            "ws://h/",
            id="empty userinfo",
        ),
        pytest.param(
            "ws://bücher.example/",
            WebSocketURI(False, "xn--bcher-kva.example", 80, "/"),
            "xn--bcher-kva.example",
            "ws://xn--bcher-kva.example/",
            id="international name",
        ),
        pytest.param(
            "ws://example.com./",
            WebSocketURI(False, "example.com.", 80, "/"),
            "example.com.",
            "ws://example.com./",
            id="root's dot",
        ),
        pytest.param(
            f"ws://{63 * 'a'}.x_y/",
            WebSocketURI(False, f"{63 * 'a'}.x_y", 80, "/"),
            f"{63 * 'a'}.x_y",
            f"ws://{63 * 'a'}.x_y/",
            id="longest label",
        ),
        pytest.param(
            "ws://h/a b\t\r\nc\x7f\x00é€",
            WebSocketURI(False, "h", 80, "/a%20b%09%0D%0Ac%7F%00%C3%A9%E2%82%AC"),
            "h",
            "ws://h/a%20b%09%0D%0Ac%7F%00%C3%A9%E2%82%AC",
            id="characters that can't stand in a request line",
        ),
        pytest.param(
            "ws://h/%20%zz!~\"<>\\^`{|}[]'",
            WebSocketURI(False, "h", 80, "/%20%zz!~\"<>\\^`{|}[]'"),
            "h",
            "ws://h/%20%zz!~\"<>\\^`{|}[]'",
            id="characters that stay as they are",
        ),
        pytest.param(
            "ws://h/caf\udce9",
            WebSocketURI(False, "h", 80, "/caf%E9"),
            "h",
            "ws://h/caf%E9",
            id="argument that isn't UTF-8",
        ),
        pytest.param(
            "ws://h/\ud800",
            WebSocketURI(False, "h", 80, "/%3F"),
            "h",
            "ws://h/%3F",
            id="surrogate that stands for no byte",
        ),
    ],
)
def test_good_uri(text, uri, host_header, shown):
    """What people type is taken apart; what is shown leads to the same server."""
    assert parse_uri(text) == uri
    assert uri.host_header == host_header
    assert str(uri) == shown
    assert parse_uri(shown) == uri._replace(userinfo=None)


@given(
    st.one_of(
        st.text(),
        st.text().map("ws://h".__add__),
        st.text().map("ws://h/".__add__),
        st.text().map("ws+unix:".__add__),
        st.text(alphabet="a:/?# ").map("ws+unix:".__add__),
        st.builds("ws://{}/{}".format, st.text(), st.text()),
        st.text(alphabet="ws:/[]@%#?.1a \r\n\u2100\uff1aé"),
    )
)
@example("ws://h/\r\nHost: evil")
@example("ws://a\u2100b")
def test_nothing_breaks_out_of_a_request(text):
    """Whatever text is given, no part of a request can hold a control or a space."""
    try:
        uri = parse_uri(text)
    except ValueError:
        return

    for part in (uri.host, uri.host_header, uri.resource_name):
        assert part
        assert all("!" <= character <= "~" for character in part)
    assert uri.resource_name.startswith("/")
    assert 1 <= uri.port <= 65535
    assert parse_uri(str(uri)) == uri._replace(userinfo=None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("host", ("host", None)),
        ("host:1", ("host", 1)),
        ("[::1]", ("::1", None)),
        ("[::1]:1", ("::1", 1)),
        (":1", ("", 1)),
    ],
)
def test_parse_host_port(text, place):
    """A host and port are read as they stand in a URI."""
    assert parse_host_port(text) == place


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("ws://SERVER:80/elsewhere?x", True),
        ("ws://user:word@server/", True),
        ("wss://server:80/", False),
        ("ws://server:81/", False),
        ("ws://other/", False),
        ("ws+unix:/server:/", False),
    ],
)
def test_origin(other, same):
    """Scheme, host and port make an origin; the case of the host doesn't."""
    assert (parse_uri("ws://server/").origin == parse_uri(other).origin) is same
