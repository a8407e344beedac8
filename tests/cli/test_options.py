"""What the options of the client commands do to the connection."""

from __future__ import annotations

import pytest

from support.command import Outcome, run
from support.misbehaving import Peer, accept, answer_close, close


def test_request():
    """The request has what the options say, and the user's headers replace ours."""
    with Peer(accept(), close(1000)) as peer:
        outcome = run(
            "listen",
            f"{peer.url}a%20b c?q=ä",
            *("-H", "host: example.com", "-H", "X-Token: a:b", "-H", "X-Token: c"),
            *("--origin", "https://example.com", "-s", "chat", "-s", "superchat"),
            "--no-compression",
            *("-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        )
    assert outcome.status == 0
    assert peer.request.decode().split("\r\n") == [
        "GET /a%20b%20c?q=%C3%A4 HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Origin: https://example.com",
        "Sec-WebSocket-Protocol: chat, superchat",
        "host: example.com",
        "X-Token: a:b",
        "X-Token: c",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "",
        "",
    ]


def test_fragments():
    """Messages over --fragment-size go out in fragments, the others whole."""
    with Peer(accept(), answer_close) as peer:
        outcome = run(
            *("send", peer.url, "--linger", "0", "--fragment-size", "4"),
            *("12345678", "123456789", "1234", ""),
        )
    assert outcome == Outcome(0, b"", "")
    assert peer.frames == [
        (0x01, b"1234"),
        (0x80, b"5678"),
        (0x01, b"1234"),
        (0x00, b"5678"),
        (0x80, b"9"),
        (0x81, b"1234"),
        (0x81, b""),
        (0x88, b"\x03\xe8"),
    ]


def test_close_frame():
    """Our close frame says what --close-code and --close-reason say."""
    with Peer(accept(), answer_close) as peer:
        outcome = run(
            *("send", peer.url, "--linger", "0", "x"),
            *("--close-code", "4999", "--close-reason", "ä bientôt"),
        )
    assert outcome == Outcome(0, b"", "")
    assert peer.frames[-1] == (0x88, b"\x13\x87" + "ä bientôt".encode())


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(
            ("-H", "no colon"),
            "Invalid value for '-H' / '--header': 'no colon' isn't NAME:VALUE.",
            id="header-without-colon",
        ),
        pytest.param(
            ("-s", "a b"),
            "Invalid value for '-s' / '--subprotocol': 'a b' isn't a token.",
            id="subprotocol",
        ),
        pytest.param(
            ("--close-code", "1006"),
            "Invalid value for '--close-code': 1006 must not be sent in a close frame.",
            id="close-code",
        ),
        pytest.param(
            ("--close-reason", "ä" * 62),
            "Invalid value for '--close-reason': 124 bytes of UTF-8 are more than 123.",
            id="close-reason-too-long",
        ),
        pytest.param(
            ("--close-reason", "\udcff"),
            "Invalid value for '--close-reason': '\\udcff' isn't valid UTF-8.",
            id="close-reason-not-utf-8",
        ),
        pytest.param(
            ("--ok-close", "1011,99"),
            "Invalid value for '--ok-close': '99' isn't a close code.",
            id="ok-close",
        ),
        pytest.param(
            ("--until", "("),
            "Invalid value for '--until': '(': missing ), unterminated subpattern at "
            "position 0.",
            id="until",
        ),
        pytest.param(
            ("-n", "0"),
            "Invalid value for '-n' / '--count': 0 is not in the range x>=1.",
            id="count",
        ),
        pytest.param(
            ("-0", "--jsonl"),
            "-0/--null and --jsonl exclude each other.",
            id="null-and-jsonl",
        ),
    ],
)
def test_usage_errors(arguments, problem):
    """An option that doesn't fit is told before anything is connected."""
    assert run("listen", "ws://127.0.0.1:1/", *arguments) == Outcome(
        2,
        b"",
        "Usage: wstool listen [OPTIONS] URL\n"
        "Try 'wstool listen --help' for help.\n\n"
        f"Error: {problem}\n",
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(
            ("-H", "X: a\r\nb: c"),
            "value of header X holds a line break or NUL",
            id="header",
        ),
        pytest.param(
            ("--origin", "a\nb"),
            "value of header Origin holds a line break or NUL",
            id="origin",
        ),
        pytest.param(("-H", "a b: c"), "header name 'a b' isn't a token", id="name"),
    ],
)
def test_no_injection(arguments, problem):
    """Nothing breaks out of its header; nothing is sent at all."""
    outcome = run("listen", "ws://127.0.0.1:1/", *arguments)
    assert outcome == Outcome(2, b"", f"wstool: {problem}\n")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        pytest.param("missing.pem", "no such file or directory", id="missing"),
        pytest.param("empty.pem", "no certificate in it", id="empty"),
    ],
)
def test_cacert(tmp_path, path, problem):
    """A file without certificates is a usage error that names it."""
    (tmp_path / "empty.pem").touch()
    file = str(tmp_path / path)
    outcome = run("listen", "wss://127.0.0.1:1/", "--cacert", file)
    assert outcome == Outcome(2, b"", f"wstool: {file}: {problem}\n")


@pytest.mark.parametrize(
    ("uri", "arguments", "warned"),
    [
        pytest.param("ws://user:pw@name.invalid/", (), True, id="url"),
        pytest.param(
            "ws://name.invalid/", ("-H", "authorization: Bearer x"), True, id="header"
        ),
        pytest.param("ws://name.invalid/", ("-H", "Cookie: a=b"), True, id="cookie"),
        pytest.param("ws://name.invalid/", ("-H", "X-Other: a"), False, id="none"),
        pytest.param("wss://user:pw@name.invalid/", (), False, id="tls"),
        pytest.param("ws://user:pw@name.invalid/", ("-q",), False, id="quiet"),
        pytest.param("ws://user:pw@localhost:1/", (), False, id="loopback"),
    ],
)
def test_credentials(uri, arguments, warned):
    """Credentials that anybody on the way can read are worth one warning."""
    outcome = run("listen", uri, *arguments)
    first, *more = outcome.stderr.splitlines()
    warning = "wstool: credentials go to name.invalid unencrypted (try wss://)"
    assert outcome.status == 3
    assert len(more) == warned
    assert (first == warning) is warned
