"""What a client says of each status that a server or a proxy before it answers."""

from __future__ import annotations

import gzip

import pytest

from support.answering import Answering, respond
from support.command import Outcome, run


REFUSED = "wstool: the server refused the handshake: HTTP "
PAGE = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n"
LONG = "x" * 64_000


def row(name, answer, *lines, status=5, options=()):
    """Write a row of the table."""
    stderr = "".join(f"{line}\n" for line in lines)
    return pytest.param(answer, options, Outcome(status, b"", stderr), id=name)


@pytest.mark.parametrize(
    ("answer", "options", "outcome"),
    [
        row(
            "401",
            respond(
                "401 Unauthorized",
                "WWW-Authenticate: Basic realm=here",
                "WWW-Authenticate: Bearer",
                body=b"",
            ),
            f"{REFUSED}401 Unauthorized",
            "  WWW-Authenticate: Basic realm=here",
            "  WWW-Authenticate: Bearer",
        ),
        row(
            "403",
            respond("403 Forbidden", body=b"not you\n"),
            f"{REFUSED}403 Forbidden",
            "  not you",
        ),
        row("404", respond("404 Not Found", body=b""), f"{REFUSED}404 Not Found"),
        row(
            "426",
            respond(
                "426 Upgrade Required",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                body=b"Upgrade Required",
            ),
            f"{REFUSED}426 Upgrade Required",
            "  Upgrade: websocket",
            "  Sec-WebSocket-Version: 13",
            "  Upgrade Required",
        ),
        row(
            "429",
            respond("429 Too Many Requests", "Retry-After: 120", body=b"slow down"),
            f"{REFUSED}429 Too Many Requests",
            "  Retry-After: 120",
            "  slow down",
        ),
        row(
            "500",
            respond("500 Internal Server Error", body=b"oops"),
            f"{REFUSED}500 Internal Server Error",
            "  oops",
        ),
        row(
            "502",
            respond("502 Bad Gateway", "Content-Type: text/html", body=PAGE),
            f"{REFUSED}502 Bad Gateway",
            "  <html>",
            "  <head><title>502 Bad Gateway</title></head>",
            "  </html>",
        ),
        row(
            "503",
            respond(
                "503 Service Unavailable",
                "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT",
                body=b"",
            ),
            f"{REFUSED}503 Service Unavailable",
            "  Retry-After: Fri, 31 Dec 1999 23:59:59 GMT",
        ),
        row(
            "compressed",
            respond(
                "403 Forbidden",
                "Content-Encoding: gzip",
                body=gzip.compress(b"not you", mtime=0),
            ),
            f"{REFUSED}403 Forbidden",
            "  not you",
        ),
        row(
            "latin-1",
            respond(
                "403 Forbidden",
                "Content-Type: text/plain; charset=ISO-8859-1",
                body=b"d\xe9sol\xe9",
            ),
            f"{REFUSED}403 Forbidden",
            "  désolé",
        ),
        row(
            "escape-sequences",
            respond(
                "403 \x1b[2JForbidden",
                "Retry-After: \x1b]0;x\x07",
                body=b"\x1b[31mred\x9b \xe2\x80\xae\rback",
            ),
            f"{REFUSED}403 \\x1b[2JForbidden",
            "  Retry-After: \\x1b]0;x\\x07",
            "  \\x1b[31mred\\x9b \\u202e\\rback",
        ),
        row(
            "many-headers",
            respond("403 Forbidden", f"X: {LONG}", f"Retry-After: {LONG}", body=b"no"),
            f"{REFUSED}403 Forbidden",
            f"  Retry-After: {LONG}",
            "  no",
        ),
        row(
            "garbage",
            b"\x00\x1b[2J\xff garbage\r\n\r\n",
            "wstool: invalid handshake response: not an HTTP response",
            "  \\x00\\x1b[2J\\xff garbage",
            status=6,
        ),
        row(
            "headers-without-end",
            b"HTTP/1.1 403 Forbidden\r\nX: " + b"x" * 300_000,
            "wstool: invalid handshake response: "
            "response headers are over 262144 bytes",
            status=6,
        ),
        row(
            "half-a-response",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: web",
            "wstool: timed out waiting for the handshake response of SERVER "
            "(--connect-timeout 0.4 s)",
            "  HTTP/1.1 101 Switching Protocols",
            "  Upgrade: web",
            status=124,
            options=("--connect-timeout", "0.4"),
        ),
    ],
)
def test_refusals(answer, options, outcome):
    """Status, words and body of each are shown whole and escaped, and it ends."""
    with Answering({"/": answer}) as server:
        found = run("listen", f"{server.url}/", *options)
    assert found.mask(server.target, "SERVER") == outcome
