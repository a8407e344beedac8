"""What is no WebSocket URI, and what is wrong with it."""

from __future__ import annotations

import pytest

from wstool.wire.uri import parse_uri


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "host is missing", id="empty"),
        pytest.param("/path", "host is missing", id="path alone"),
        pytest.param("?x=1", "host is missing", id="query alone"),
        pytest.param("ws://", "host is missing", id="scheme alone"),
        pytest.param("ws:///path", "host is missing", id="scheme and path"),
        pytest.param("ws://:8765/", "host is missing", id="scheme and port"),
        pytest.param("ws://user@/", "host is missing", id="userinfo alone"),
        pytest.param(
            "ws+unix://h/p:/",
            "a Unix socket isn't on a host, as in '//h/p:/'",
            id="Unix socket on a host",
        ),
        pytest.param(
            "ws+unix::/",
            "the path of a Unix socket of 0 bytes isn't one of 1 to 107",
            id="no Unix socket",
        ),
        pytest.param(
            f"ws+unix:/{'é' * 54}",
            "the path of a Unix socket of 109 bytes isn't one of 1 to 107",
            id="long path of a Unix socket",
        ),
        pytest.param(
            "ws+unix:/a\x1b:/",
            r"the path of a Unix socket has a control in it: '/a\x1b'",
            id="control in the path of a Unix socket",
        ),
        pytest.param(
            "ws+unix:/a#:/b#c",
            "fragment '#c' isn't allowed in a WebSocket URL",
            id="fragment behind a Unix socket",
        ),
        pytest.param(
            "ftp+unix:/a:/",
            "scheme 'ftp' isn't ws, wss, http or https",
            id="other scheme of a Unix socket",
        ),
        pytest.param(
            "ftp://h/", "scheme 'ftp' isn't ws, wss, http or https", id="other scheme"
        ),
        pytest.param(
            "://h/", "scheme '' isn't ws, wss, http or https", id="empty scheme"
        ),
        pytest.param(
            "ws ://h/", "scheme 'ws ' isn't ws, wss, http or https", id="space in it"
        ),
        pytest.param(
            "ws://h/a#b",
            "fragment '#b' isn't allowed in a WebSocket URL",
            id="fragment",
        ),
        pytest.param(
            "ws://h#",
            "fragment '#' isn't allowed in a WebSocket URL",
            id="empty fragment",
        ),
        pytest.param(
            "h#a://b",
            "fragment '#a://b' isn't allowed in a WebSocket URL",
            id="fragment without a scheme",
        ),
        *(
            pytest.param(
                f"ws://h:{port}/",
                f"port {port!r} isn't a number from 1 to 65535",
                id=f"port {port!r}",
            )
            for port in (
                "",
                "0",
                "65536",
                "x",
                "-1",
                "+80",
                "8 0",
                "008080",
                "0655351",
                "٣",
                "²",
            )
        ),
        pytest.param(
            ":", "port '' isn't a number from 1 to 65535", id="colon and nothing else"
        ),
        pytest.param(
            "ws:/h", "port '' isn't a number from 1 to 65535", id="one slash only"
        ),
        pytest.param(
            "mailto:me",
            "port 'me' isn't a number from 1 to 65535",
            id="scheme without slashes",
        ),
        pytest.param(
            "ws://::1/", "host '::1': an IPv6 address needs brackets", id="bare IPv6"
        ),
        pytest.param(
            "ws://[::1/",
            "host '[::1' has a bracket without its other half",
            id="open bracket",
        ),
        pytest.param(
            "ws://[::1]8765/",
            "host '[::1]8765' has a bracket without its other half",
            id="no colon behind the bracket",
        ),
        pytest.param(
            "ws://[]/", "host '' isn't an IPv6 address", id="nothing in brackets"
        ),
        pytest.param(
            "ws://[example]/",
            "host 'example' isn't an IPv6 address",
            id="name in brackets",
        ),
        pytest.param(
            "ws://[::1\r\n]/",
            "host '::1\\r\\n' isn't an IPv6 address",
            id="line break in brackets",
        ),
        pytest.param(
            "ws://[fe80::1%]/",
            "host 'fe80::1%' isn't an IPv6 address",
            id="empty zone",
        ),
        pytest.param(
            "ws://[fe80::1%25]/",
            "host 'fe80::1%25' isn't an IPv6 address",
            id="empty zone as in RFC 6874",
        ),
        pytest.param(
            "ws://[fe80::1%a b]/",
            "host 'fe80::1%a b' isn't an IPv6 address",
            id="space in a zone",
        ),
        pytest.param(
            "ws://[fe80::1%e%]/",
            "host 'fe80::1%e%' isn't an IPv6 address",
            id="percent sign in a zone",
        ),
        *(
            pytest.param(
                f"ws://a{character}b/",
                f"host {f'a{character}b'!r} has a character that can't stand in it",
                id=f"{character!r} in the host",
            )
            for character in ' \t\r\n\0\x7f"%<>[]\\^`{|}'
        ),
        *(
            pytest.param(
                f"ws://a{character}b/",
                f"host {f'a{character}b'!r} has a character that can't stand in it",
                id=f"{character!a}, which normalizes to one of those",
            )
            # Account of, full-width: colon, at sign, slash, number sign.
            for character in "\u2100\uff1a\uff20\uff0f\uff03"
        ),
        pytest.param(
            "ws://a..b/",
            "host 'a..b' has a label that is empty or too long",
            id="empty label",
        ),
        pytest.param(
            "ws://./", "host '.' has a label that is empty or too long", id="dot alone"
        ),
        pytest.param(
            f"ws://{64 * 'a'}/",
            f"host '{64 * 'a'}' has a label that is empty or too long",
            id="long label",
        ),
        pytest.param(
            f"ws://{64 * 'ü'}/",
            f"host '{64 * 'ü'}' isn't a valid name",
            id="long international label",
        ),
        pytest.param(
            "ws://a\udcffb/",
            "host 'a\\udcffb' isn't a valid name",
            id="host that isn't UTF-8",
        ),
    ],
)
def test_bad_uri(text, problem):
    """What is no URI is refused with the part that is wrong."""
    with pytest.raises(ValueError) as caught:
        parse_uri(text)

    assert str(caught.value) == problem
