"""`-v` shows the handshake on stderr, as curl does."""

from __future__ import annotations

import re
import ssl
from types import SimpleNamespace

import pytest

from wstool.cli._verbose import verbose_observer
from wstool.connection.certificates import read_certificate
from wstool.connection.facts import Route, TLSFacts

from support.command import Outcome, run, serving
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_frames,
    close,
    meet,
    reply,
    texts,
)
from support.tls import Issued, make_context


SERVER = Issued("server\x1b[31m", names=["127.0.0.1", "localhost"])
MASKED = re.compile(
    r"(?<=Sec-WebSocket-Key: ).*|(?<=Sec-WebSocket-Accept: ).*|(?<=Date: ).*"
    r"|(?<=from 127.0.0.1:).*"
)


def test_verbose():
    """Request and response are shown whole; data alone is on stdout."""
    with serving("-q", "-s", "chat") as (url, _):
        outcome = run("send", f"{url}x?y", "-v", "-n", "1", "-s", "chat", "a")
    host = url.removeprefix("ws://").rstrip("/")
    assert (outcome.status, outcome.stdout) == (0, b"a\n")
    # As curl's, the marks of empty lines have their space too.
    stderr = MASKED.sub("...", outcome.stderr).replace("> \n<", ">\n<")
    assert stderr.replace("< \n*", "<\n*") == (
        f"""\
* connected to {host} from 127.0.0.1:...
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
<
* offered: subprotocol chat; permessage-deflate; client_max_window_bits
* agreed: subprotocol chat; permessage-deflate, sending with 15 window bits and no \
context takeover, receiving with 15 window bits and no context takeover
"""
    )


def test_every_response():
    """Informational responses and refusals are shown as well, and escaped."""
    responses = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        b"HTTP/1.0 403 \x1b[31mForbidden\r\nX: \x9b2J\r\nnonsense\r\n\r\n"
    )
    outcome = meet([reply(responses)], "listen", "-v", "-H", "Host: x")
    received = [line for line in outcome.stderr.splitlines() if line[0] not in ">*"]
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


@pytest.mark.parametrize(
    ("options", "checked"),
    [
        pytest.param(("--cacert", "root.pem"), "verified", id="verified"),
        pytest.param(("-k",), "not verified (--insecure)", id="insecure"),
    ],
)
def test_tls(tmp_path, monkeypatch, options, checked):
    """What TLS settled comes before the request, with what the certificate holds."""
    monkeypatch.chdir(tmp_path)
    SERVER.write_pem("root.pem", "cert")
    context = make_context(SERVER, version=ssl.TLSVersion.TLSv1_3)
    context.set_alpn_protocols(["http/1.1"])
    script = [accept(), await_frames(1), texts(b"reply"), answer_close]
    with Peer(*script, context=context) as peer:
        outcome = run("send", peer.url, "-n", "1", "x", "-v", *options)
    assert (outcome.status, outcome.stdout) == (0, b"reply\n")
    lines = outcome.mask(peer.target, "PEER").stderr.splitlines()
    at = lines.index("> GET / HTTP/1.1")
    told = [line for line in lines[:at] if not line.startswith("* connected to ")]
    pin = read_certificate(SERVER.der).pin
    assert told == [
        "* TLS 1.3 with PEER, TLS_AES_256_GCM_SHA384, ALPN http/1.1",
        f"* certificate: {checked}",
        r"*   subject: CN=server\x1b[31m",
        r"*   issuer: CN=server\x1b[31m",
        f"*   valid: {SERVER.validity[0]} to {SERVER.validity[1]}",
        "*   names: 127.0.0.1, localhost",
        f"*   pin: {pin}",
    ]


@pytest.mark.parametrize(
    ("route", "lines"),
    [
        pytest.param(
            Route("127.0.0.1:443", "127.0.0.1:50000"),
            ["* connected to 127.0.0.1:443 from 127.0.0.1:50000"],
            id="tcp",
        ),
        pytest.param(Route("/a\tb", ""), [r"* connected to /a\tb"], id="unix"),
        pytest.param(
            Route("[::1]:3128", "[::1]:50000", "http://[::1]:3128"),
            [
                "* connected to [::1]:3128 from [::1]:50000",
                "* through the proxy http://[::1]:3128",
            ],
            id="proxy",
        ),
    ],
)
def test_route(capfd, route, lines):
    """Where it is connected to is told, from where, and through which proxy."""
    verbose_observer(SimpleNamespace(verbose=True)).connected(route)
    assert capfd.readouterr().err.splitlines() == lines


def test_tls_of_little(capfd):
    """What isn't there is said to be missing."""
    facts = TLSFacts("host", "TLS 1.2", "AES128-SHA", None, True, None)
    verbose_observer(SimpleNamespace(verbose=True)).secured(facts)
    assert capfd.readouterr().err.splitlines() == [
        "* TLS 1.2 with host, AES128-SHA, no ALPN",
        "* certificate: none that can be read",
    ]


def test_not_verbose():
    """Without `-v` nobody watches, so nothing is read for showing."""
    assert set(verbose_observer(SimpleNamespace(verbose=False))) == {None}
