"""Who gets in, as a client and the log see it."""

from __future__ import annotations

from signal import SIGTERM

import pytest

from support.command import Outcome, run, serving
from support.raw_client import (
    REQUEST,
    connect,
    mask_ports,
    open_client,
    read_to_the_end,
)


def refuse(*options, headers=b"", path=b"/chat"):
    """Ask for a connection in vain; give the response's lines and the log."""
    request = REQUEST.replace(b"/chat", path)[:-2] + headers + b"\r\n"
    with serving(*options) as (url, running):
        sock = connect(url)
        sock.sendall(request)
        head, _, body = read_to_the_end(sock).partition(b"\r\n\r\n")
        running.wait_for_stderr(b"rejected")
        running.send_signal(SIGTERM)
        log = mask_ports(running.wait().stderr)
    return head.decode().split("\r\n"), body.decode(), log


def test_foreign_origin():
    """A browser from elsewhere gets 403 with the reason."""
    head, body, log = refuse(
        "--allow-origin", "same-host", headers=b"Origin: https://evil.example\r\n"
    )

    assert head[0] == "HTTP/1.1 403 Forbidden"
    assert body == "origin 'https://evil.example' isn't allowed\n"
    assert log == (
        "wstool: CLIENT rejected: GET /chat HTTP/1.1: "
        "origin 'https://evil.example' isn't allowed\n"
    )


def test_missing_token():
    """Without the token: 401, with the scheme to come back with."""
    head, body, log = refuse("--token", "secret")

    assert head == [
        "HTTP/1.1 401 Unauthorized",
        'WWW-Authenticate: Bearer realm="wstool"',
        "Content-Type: text/plain; charset=utf-8",
        "Content-Length: 14",
        "Connection: close",
    ]
    assert body == "missing token\n"
    assert log == "wstool: CLIENT rejected: GET /chat HTTP/1.1: missing token\n"


def test_tokens_are_not_logged():
    """What a client gives as a token in its URL doesn't get into the log."""
    _, _, log = refuse("--token", "secret", path=b"/a?token=sekret&x=1")

    assert log == (
        "wstool: CLIENT rejected: GET /a?token=...&x=1 HTTP/1.1: wrong token\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["-H", "Authorization: Bearer two"], id="bearer"),
        pytest.param(["-s", "bearer.two"], id="subprotocol"),
    ],
)
def test_token_in_a_file(tmp_path, arguments):
    """A file has one token on each line; our own client can give it in each way."""
    path = tmp_path / "tokens"
    path.write_text("one\ntwo\n")
    with serving("-q", "--token", f"@{path}") as (url, _):
        outcome = run("send", url, "-n", "1", "x", *arguments)
    assert outcome == Outcome(0, b"x\n", "")


def test_token_in_the_url():
    """A token in the URL opens the door and stays out of the log."""
    with serving("--token", "one") as (url, running):
        outcome = run("send", f"{url}?token=one", "-n", "1", "x")
        running.send_signal(SIGTERM)
        log = mask_ports(running.wait().stderr)
    assert outcome == Outcome(0, b"x\n", "")
    assert log.startswith("wstool: CLIENT opened: /?token=...\n")


def test_path():
    """A path that isn't served: 404."""
    head, _, _ = refuse("--path", "/room/*")

    assert head[0] == "HTTP/1.1 404 Not Found"


def test_address():
    """A client from elsewhere: 403."""
    head, body, _ = refuse("--allow-ip", "10.0.0.0/8")

    assert head[0] == "HTTP/1.1 403 Forbidden"
    assert body == "address 127.0.0.1 isn't allowed\n"


@pytest.mark.parametrize(
    ("option", "line"),
    [
        pytest.param("--prefer-subprotocol", b"101 Switching Protocols", id="prefer"),
        pytest.param("--require-subprotocol", b"400 Bad Request", id="require"),
    ],
)
def test_subprotocol(option, line):
    """A subprotocol is required, or only preferred."""
    with serving("-q", "-s", "chat", option) as (url, _):
        sock, head = open_client(url)
        sock.close()
    assert head.startswith(b"HTTP/1.1 " + line + b"\r\n")
    assert b"Sec-WebSocket-Protocol" not in head


def test_header_injection():
    """No subprotocol can put a line into the response."""
    evil = b"Sec-WebSocket-Protocol: secret\rX-Evil: 1, secret\n X-Evil: 1\r\n"
    with serving("-q", "--token", "secret") as (url, _):
        sock = connect(url)
        sock.sendall(REQUEST[:-2] + evil + b"\r\n")
        answer = read_to_the_end(sock)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"X-Evil" not in answer.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        pytest.param(
            ["--allow-origin", "example.com"],
            2,
            "'example.com' isn't SCHEME://HOST[:PORT], same-host, null or *.",
            id="origin",
        ),
        pytest.param(
            ["--allow-ip", "10.0.0/8"],
            2,
            "'10.0.0/8' isn't an address or a network, such as 10.0.0.0/8",
            id="network",
        ),
        pytest.param(
            ["--path", "room"], 2, "'room' doesn't begin with a slash.", id="path"
        ),
        pytest.param(
            ["--user", "me"],
            2,
            "--user needs NAME:PASSWORD, also in a file.",
            id="user",
        ),
        pytest.param(
            ["--token", ""], 2, "An empty secret keeps nobody out.", id="empty"
        ),
        pytest.param(
            ["--token", "@/missing"],
            11,
            "@/missing: can't be read: no such file or directory",
            id="missing-file",
        ),
        pytest.param(
            ["--token", "@/dev/null"], 11, "@/dev/null: nothing in it", id="empty-file"
        ),
        pytest.param(
            ["--user", "@/dev/zero"],
            11,
            "@/dev/zero: over 1048576 bytes",
            id="endless-file",
        ),
        pytest.param(["--token", "@-"], 11, "@-: stdin is for messages", id="no-file"),
    ],
)
def test_bad_option(arguments, status, problem):
    """An option that can't be meant is named, and nothing is served."""
    outcome = run("serve", "--port", "0", *arguments)

    assert (outcome.status, outcome.stdout) == (status, b"")
    assert problem in outcome.stderr
