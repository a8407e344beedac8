"""What a client command says when no connection comes about."""

from __future__ import annotations

import socket

import pytest

from support.command import Outcome, run
from support.misbehaving import (
    accept,
    await_end,
    await_request,
    close,
    end_stream,
    meet,
    reply,
    reset,
)


REFUSED = "wstool: the server refused the handshake: HTTP "
INVALID = "wstool: invalid handshake response: "
SHOWN = 1 << 16
BAD_ACCEPT = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"\r\n"
)


def response(status_line, *headers, body=b""):
    """Write a response."""
    lines = [status_line, *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def row(name, script, status, stderr, *arguments):
    """Write a row of the table."""
    outcome = Outcome(status, b"", "".join(f"{line}\n" for line in stderr))
    return pytest.param(script, arguments, outcome, id=name)


@pytest.mark.parametrize(
    ("script", "arguments", "outcome"),
    [
        row(
            "403",
            [
                reply(
                    response(
                        "HTTP/1.1 403 Forbidden",
                        "Content-Length: 8",
                        body=b"no\r\nway\n",
                    )
                ),
                await_end,
            ],
            5,
            [f"{REFUSED}403 Forbidden", "  no", "  way"],
        ),
        row(
            "403-chunked",
            [
                reply(
                    response(
                        "HTTP/1.1 403 Forbidden",
                        "Transfer-Encoding: chunked",
                        body=b"2\r\nno\r\n4;x=y\r\n way\r\n0\r\n\r\n",
                    )
                ),
                await_end,
            ],
            5,
            [f"{REFUSED}403 Forbidden", "  no way"],
        ),
        row(
            "403-old-http",
            [reply(response("HTTP/1.0 403 Forbidden", body=b"no")), end_stream],
            5,
            [f"{REFUSED}403 Forbidden", "  no"],
        ),
        row(
            "403-cut-short",
            [
                reply(
                    response("HTTP/1.1 403 Forbidden", "Content-Length: 10", body=b"no")
                ),
                end_stream,
            ],
            5,
            [
                f"{REFUSED}403 Forbidden",
                "  no",
                "  [the body was cut off 8 bytes before its end]",
            ],
        ),
        row(
            "403-reset",
            [
                reply(
                    response("HTTP/1.1 403 Forbidden", "Content-Length: 10", body=b"no")
                ),
                reset,
            ],
            5,
            [
                f"{REFUSED}403 Forbidden",
                "  no",
                "  [the rest of the body did not come: connection reset by peer]",
            ],
        ),
        row(
            "403-without-end",
            [
                reply(
                    response("HTTP/1.1 403 Forbidden", "Content-Length: 10", body=b"no")
                ),
                await_end,
            ],
            5,
            [
                f"{REFUSED}403 Forbidden",
                "  no",
                "  [the rest of the body did not come in time]",
            ],
            "--connect-timeout",
            "0.3",
        ),
        row(
            "403-too-much",
            [
                reply(
                    response(
                        "HTTP/1.1 403 Forbidden",
                        "Content-Length: 2000000",
                        body=b"x" * 1_000_000,
                    )
                ),
                await_end,
            ],
            5,
            [
                f"{REFUSED}403 Forbidden",
                "  " + "x" * SHOWN,
                f"  [only the first {SHOWN} of 2000000 bytes are shown]",
            ],
        ),
        row(
            "401",
            [
                reply(
                    response(
                        "HTTP/1.1 401 Unauthorized",
                        "WWW-Authenticate: Basic realm=x",
                        "Content-Length: 0",
                    )
                ),
                await_end,
            ],
            5,
            [f"{REFUSED}401 Unauthorized", "  WWW-Authenticate: Basic realm=x"],
        ),
        row(
            "200",
            [
                reply(response("HTTP/1.1 200 OK", "Content-Length: 5", body=b"hello")),
                await_end,
            ],
            5,
            [f"{REFUSED}200 OK", "  hello"],
        ),
        row(
            "301",
            [
                reply(
                    response(
                        "HTTP/1.1 301 Moved Permanently",
                        "Location: ws://elsewhere/",
                        "Content-Length: 0",
                    )
                ),
                await_end,
            ],
            5,
            [
                f"{REFUSED}301 Moved Permanently (try -L to follow it)",
                "  Location: ws://elsewhere/",
            ],
        ),
        row(
            "informational-then-403",
            [
                reply(
                    response("HTTP/1.1 103 Early Hints", "Link: </x>")
                    + response("HTTP/1.1 403 Forbidden", "Content-Length: 0")
                ),
                await_end,
            ],
            5,
            [f"{REFUSED}403 Forbidden"],
        ),
        row(
            "bad-accept",
            [
                reply(BAD_ACCEPT),
                await_end,
            ],
            6,
            [
                f"{INVALID}header Sec-WebSocket-Accept should be "
                "'ACCEPT', but is 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='"
            ],
            "-H",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ),
        row(
            "subprotocol-not-offered",
            [accept("Sec-WebSocket-Protocol: chat"), await_end],
            6,
            [f"{INVALID}subprotocol 'chat' wasn't offered"],
        ),
        row(
            "extension-not-offered",
            [accept("Sec-WebSocket-Extensions: permessage-deflate"), await_end],
            6,
            [f"{INVALID}extension 'permessage-deflate' wasn't offered"],
            "--no-compression",
        ),
        row(
            "not-http",
            [reply(b"SSH-2.0-OpenSSH_9.2\r\n"), await_end],
            6,
            [f"{INVALID}not an HTTP response", "  SSH-2.0-OpenSSH_9.2"],
        ),
        row(
            "no-response",
            [await_request, end_stream],
            6,
            [f"{INVALID}the server ended the stream without a response"],
        ),
        row(
            "reset-in-handshake",
            [await_request, reset],
            3,
            [
                "wstool: can't connect to PEER: "
                "connection reset by peer in the opening handshake"
            ],
        ),
        row(
            "hang-in-handshake",
            [await_request, await_end],
            124,
            [
                "wstool: timed out waiting for the handshake response of PEER "
                "(--connect-timeout 0.3 s)"
            ],
            "--connect-timeout",
            "0.3",
        ),
        row(
            "hang-in-handshake-max-time",
            [await_request, await_end],
            124,
            ["wstool: timed out as a whole (--max-time 0.5 s)"],
            "-m",
            "0.5",
        ),
    ],
)
def test_no_connection(script, arguments, outcome):
    """A server that makes no connection decides status and words, and no data comes."""
    found = meet(script, "listen", *arguments)
    assert found.mask("ICX+Yqv66kxgM0FcWaLWlFLwTAI=", "ACCEPT") == outcome


@pytest.mark.parametrize("status", [100, 103])
def test_informational_responses(status):
    """Informational responses before the 101 don't keep a connection from opening."""
    hint = response(f"HTTP/1.1 {status} Later", "Link: </x>")

    outcome = meet(
        [lambda stream: stream.socket.sendall(hint), accept(), close(1000)], "listen"
    )
    assert outcome == Outcome(
        0, b"", "wstool: the peer closed the connection: 1000 (normal closure)\n"
    )


@pytest.fixture(name="free_port")
def find_free_port():
    """Find a port on which nobody listens, and keep it."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def test_refused_port(free_port):
    """Nobody listens: status 3."""
    target = f"127.0.0.1:{free_port}"
    assert run("listen", target) == Outcome(
        3, b"", f"wstool: can't connect to {target}: connection refused\n"
    )


def test_name_does_not_resolve():
    """A name that doesn't resolve: status 3, and the resolver's words."""
    outcome = run("send", "ws://name.invalid/", "x")
    try:
        socket.getaddrinfo("name.invalid", 80)
    except socket.gaierror as error:
        words = error.strerror.lower()
    assert outcome == Outcome(
        3,
        b"",
        f"wstool: can't connect to name.invalid: name does not resolve: {words}\n",
    )


# Python runs this when it starts. Numbers need no resolver.
BLOCKED_RESOLVER = """
import socket, time
find = socket.getaddrinfo
def block(host, *arguments, flags=0, **options):
    if host == "black.hole" and not flags & socket.AI_NUMERICHOST:
        time.sleep(60)
    return find(host, *arguments, flags=flags, **options)
socket.getaddrinfo = block
"""


@pytest.mark.parametrize(
    ("option", "words"),
    [
        pytest.param("--connect-timeout", "resolving black.hole", id="connect"),
        pytest.param("--max-time", "as a whole", id="in-all"),
    ],
)
def test_resolver_never_answers(tmp_path, option, words):
    """The limits hold for the whole process, whatever the resolver does."""
    (tmp_path / "sitecustomize.py").write_text(BLOCKED_RESOLVER)
    outcome = run(
        "listen",
        "ws://black.hole/",
        option,
        "0.4",
        environment={"PYTHONPATH": str(tmp_path)},
        limit=10,
    )
    assert outcome == Outcome(124, b"", f"wstool: timed out {words} ({option} 0.4 s)\n")
