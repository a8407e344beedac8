"""`-v` shows the handshake on stderr, as curl does."""

from __future__ import annotations

import re

from support.command import Outcome, run, serving
from support.misbehaving import accept, close, meet, reply


MASKED = re.compile(
    r"(?<=Sec-WebSocket-Key: ).*|(?<=Sec-WebSocket-Accept: ).*|(?<=Date: ).*"
)


def test_verbose():
    """Request and response are shown whole; data alone is on stdout."""
    with serving("-q", "-s", "chat") as (url, _):
        outcome = run("send", f"{url}x?y", "-v", "-n", "1", "-s", "chat", "a")
    host = url.removeprefix("ws://").rstrip("/")
    assert (outcome.status, outcome.stdout) == (0, b"a\n")
    # As curl's, the marks of empty lines have their space too.
    stderr = MASKED.sub("...", outcome.stderr).replace("> \n<", ">\n<")
    assert stderr.removesuffix(" \n") == (
        f"""\
> GET /x?y HTTP/1.1
> Host: {host}
> Upgrade: websocket
> Connection: Upgrade
> Sec-WebSocket-Key: ...
> Sec-WebSocket-Version: 13
> Sec-WebSocket-Protocol: chat
> Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
>
< HTTP/1.1 101 Switching Protocols
< Date: ...
< Upgrade: websocket
< Connection: Upgrade
< Sec-WebSocket-Accept: ...
< Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
client_no_context_takeover
< Sec-WebSocket-Protocol: chat
<"""
    )


def test_every_response():
    """Informational responses and refusals are shown as well, and escaped."""
    responses = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        b"HTTP/1.0 403 \x1b[31mForbidden\r\nX: \x9b2J\r\nnonsense\r\n\r\n"
    )
    outcome = meet([reply(responses)], "listen", "-v", "-H", "Host: x")
    received = [line for line in outcome.stderr.splitlines() if line[0] != ">"]
    assert received == [
        "< HTTP/1.1 103 Early Hints",
        "< Link: </x>",
        "< ",
        "< HTTP/1.0 403 \\x1b[31mForbidden",
        "< X: \\x9b2J",
        "< nonsense",
        "< ",
        "wstool: the server refused the handshake: HTTP 403 \\x1b[31mForbidden",
    ]
    assert outcome.status == 5


def test_quiet():
    """`-q` leaves the errors only."""
    outcome = meet([accept(), close(4000)], "listen", "-q", "--ok-close", "4000")
    assert outcome == Outcome(0, b"", "")
