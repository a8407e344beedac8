"""Options for the request, as they reach the server."""

from __future__ import annotations

import pytest

from support.answering import Answering
from support.command import Outcome, run


def listen(server, *arguments, **options):
    """Listen to a server that closes at once; give the outcome."""
    return run("listen", f"{server.url}/", *arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        pytest.param(["-A", "x/1"], {"user-agent": "x/1"}, id="user-agent"),
        pytest.param(["-A", ""], {}, id="no-user-agent"),
        pytest.param(["-u", "me:pw"], {"authorization": "Basic bWU6cHc="}, id="user"),
        pytest.param(["--bearer", "x"], {"authorization": "Bearer x"}, id="bearer"),
        pytest.param(
            ["-b", "a=b; c=d", "--cookie", "e=f"],
            {"cookie": "a=b; c=d; e=f"},
            id="cookies",
        ),
        pytest.param(
            ["--bearer", "x", "-H", "Authorization: mine"],
            {"authorization": "mine"},
            id="header-over-bearer",
        ),
        pytest.param(["-u", "me:pw", "-H", "Authorization:"], {}, id="removed"),
        pytest.param(
            ["-H", "Origin;", "--origin", "https://a"], {"origin": ""}, id="empty"
        ),
        pytest.param(
            ["--server-max-window-bits", "9", "--client-no-context-takeover"],
            {
                "sec-websocket-extensions": "permessage-deflate; "
                "client_no_context_takeover; server_max_window_bits=9; "
                "client_max_window_bits"
            },
            id="deflate",
        ),
    ],
)
def test_headers(arguments, changes):
    """Each option has its header."""
    with Answering() as server:
        assert listen(server).status == 0
        assert listen(server, *arguments).status == 0
    plain, changed = server.find_headers(0), server.find_headers(1)
    del plain["sec-websocket-key"], changed["sec-websocket-key"]
    assert changed == {**plain, **changes}


def test_files(tmp_path):
    """Headers, tokens, logins and cookies come from files."""
    for name, content in {
        "headers": "X-A: 1\nHost: other\nSec-WebSocket-Extensions:\n",
        "token": "t0ken\n",
        "login": "me:pw\n",
        "cookies": "127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb\n",
        ".netrc": "machine 127.0.0.1 login you password pw\n",
    }.items():
        (tmp_path / name).write_text(content)
    given = [
        [("-H", f"@{tmp_path}/headers"), ("-b", f"{tmp_path}/cookies")],
        [("--bearer", f"@{tmp_path}/token")],
        [("-u", f"@{tmp_path}/login"), ("--netrc",)],
        [("--netrc",)],
        [("--netrc-file", f"{tmp_path}/.netrc")],
    ]
    home = {"HOME": str(tmp_path)}
    with Answering() as server:
        for options in given:
            arguments = [word for option in options for word in option]
            assert listen(server, *arguments, environment=home).status == 0
    first, *rest = map(server.find_headers, range(len(given)))
    assert (first["x-a"], first["host"], first["cookie"]) == ("1", "other", "a=b")
    assert "sec-websocket-extensions" not in first
    assert [headers["authorization"] for headers in rest] == [
        "Bearer t0ken",
        "Basic bWU6cHc=",
        "Basic eW91OnB3",
        "Basic eW91OnB3",
    ]


def test_user_and_bearer():
    """Two ways to log in at once are one too many."""
    outcome = run("listen", "ws://127.0.0.1:1/", "-u", "a:b", "--bearer", "x")
    assert outcome.status == 2
    assert outcome.stderr.endswith(
        "Error: -u/--user and --bearer exclude each other.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(
            ["-H", "@FILE"],
            "@FILE, line 2: not NAME:VALUE, NAME: or NAME;",
            id="header",
        ),
        pytest.param(
            ["-H", "@-"], "@-: stdin is for messages; name a file", id="stdin"
        ),
        pytest.param(
            ["--bearer", "@FILE"], "@FILE: more than one line in it", id="token"
        ),
        pytest.param(["-u", "@FILE"], "@FILE: more than one line in it", id="login"),
        pytest.param(["-b", "FILE"], "FILE: no cookie in it", id="cookies"),
        pytest.param(
            ["--netrc-file", "FILE"],
            "FILE, line 1: not a netrc file: bad toplevel token",
            id="netrc",
        ),
        pytest.param(
            ["--netrc"],
            "HOME/.netrc: can't be read: no such file or directory",
            id="no-netrc",
        ),
    ],
)
def test_files_that_do_not_fit(tmp_path, arguments, problem):
    """A file that doesn't fit ends it before anything is sent; it isn't shown."""
    file = tmp_path / "file"
    file.write_text("A: 1\ns3cret\n")
    arguments = [word.replace("FILE", str(file)) for word in arguments]
    with Answering() as server:
        outcome = listen(server, *arguments, environment={"HOME": str(tmp_path)})
    problem = problem.replace("FILE", str(file)).replace("HOME", str(tmp_path))
    assert outcome == Outcome(11, b"", f"wstool: {problem}\n")
    assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--bearer", "x\r\nX-Evil: 1"], "Authorization"),
        (["-b", "a=b\nX-Evil: 1"], "Cookie"),
        (["-A", "a\nX-Evil: 1"], "User-Agent"),
        (["-H", "X: a\nX-Evil: 1"], "X"),
    ],
)
def test_no_injection(arguments, name):
    """Nothing breaks out of its header."""
    with Answering() as server:
        outcome = listen(server, *arguments)
    problem = f"value of header {name} holds a line break or NUL"
    assert outcome == Outcome(2, b"", f"wstool: {problem}\n")
    assert server.requests == []
