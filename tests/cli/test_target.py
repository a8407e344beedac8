"""The argument that names a server: what a profile makes of a client command."""

from __future__ import annotations

import pytest

from support.command import Outcome, run
from support.misbehaving import Peer, accept, answer_close, await_frames, texts
from support.profiles import write_config


SCRIPT = [accept(), await_frames(1), texts(b"reply"), answer_close]


def request_line(peer):
    """Give the resource that a client asked for."""
    return peer.request.decode().split()[1]


def test_profile(tmp_path):
    """A profile gives the URL, and options as the command line would."""
    with Peer(*SCRIPT) as peer:
        environment = write_config(
            tmp_path,
            f'[profiles.prod]\nurl = "{peer.url}chat"\n'
            'header = ["X-A: b c", "X-D: e"]\n'
            "count = 1\nno-compression = true\nverbose = false\nmax-size = 5\n",
        )
        outcome = run("send", "@prod", "x", environment=environment)
    assert outcome == Outcome(0, b"reply\n", "")
    assert request_line(peer) == "/chat"
    headers = peer.request.decode().split("\r\n")
    assert [line for line in headers if line.startswith("X-")] == ["X-A: b c", "X-D: e"]
    assert "Sec-WebSocket-Extensions" not in peer.request.decode()


@pytest.mark.parametrize(
    ("arguments", "variables", "origin"),
    [
        pytest.param(["@p", "--origin", "a"], {"WSTOOL_ORIGIN": "b"}, "a", id="line"),
        pytest.param(["--origin", "a", "@p"], {}, "a", id="line-before"),
        pytest.param(["@p"], {"WSTOOL_ORIGIN": "b"}, "b", id="variable"),
        pytest.param(["@p"], {}, "c", id="profile"),
        pytest.param(["URL"], {}, "d", id="defaults"),
        pytest.param(["@q"], {}, "d", id="defaults-of-profile"),
    ],
)
def test_precedence(tmp_path, arguments, variables, origin):
    """What stands nearer to the user wins."""
    script = [accept(), texts(b"x"), answer_close]
    with Peer(*script) as peer:
        config = (
            f'[defaults]\norigin = "d"\n'
            f'[profiles.p]\nurl = "{peer.url}"\norigin = "c"\n'
            f'[profiles.q]\nurl = "{peer.url}"\n'
        )
        environment = {**write_config(tmp_path, config), **variables}
        words = [peer.url if word == "URL" else word for word in arguments]
        outcome = run("listen", "-n", "1", *words, environment=environment)
    assert outcome == Outcome(0, b"x\n", "")
    assert f"\r\nOrigin: {origin}\r\n" in peer.request.decode()


def test_false_overrides(tmp_path):
    """A flag that the defaults set is taken back by a profile or a variable."""
    config = (
        "[defaults]\nno-compression = true\nquiet = true\n"
        '[profiles.p]\nurl = "{url}"\nno-compression = false\n'
    )
    script = [accept(), texts(b"x"), answer_close]
    with Peer(*script) as peer:
        environment = write_config(tmp_path, config.replace("{url}", peer.url))
        outcome = run("listen", "@p", "-n", "1", environment=environment)
    assert outcome == Outcome(0, b"x\n", "")
    assert "permessage-deflate" in peer.request.decode()
    with Peer(*script) as peer:
        environment["WSTOOL_NO_COMPRESSION"] = "0"
        run("listen", peer.url, "-n", "1", environment=environment)
    assert "permessage-deflate" in peer.request.decode()


@pytest.mark.parametrize(
    ("url", "target", "resource"),
    [
        pytest.param("{}base", "@p/more", "/base/more", id="path"),
        pytest.param("{}base/", "@p/more?x=1", "/base/more?x=1", id="slash"),
        pytest.param("{}?a=1", "@p?x=1", "/?a=1&x=1", id="query"),
        pytest.param("{}a?a=1", "@p/b?x=1", "/a/b?a=1&x=1", id="both"),
        pytest.param("{}a?", "@p", "/a?", id="as-it-is"),
    ],
)
def test_more(tmp_path, url, target, resource):
    """What follows the name stands behind the profile's path and query."""
    with Peer(accept(), answer_close) as peer:
        config = f'[profiles.p]\nurl = "{url.format(peer.url)}"\n'
        environment = write_config(tmp_path, config)
        outcome = run("send", target, "--linger", "0", "x", environment=environment)
    assert outcome == Outcome(0, b"", "")
    assert request_line(peer) == resource


def test_fragment(tmp_path):
    """A fragment is no part of the name, and no secret is in the message."""
    environment = write_config(tmp_path, '[profiles.p]\nurl = "ws://u:pw@h/"\n')
    assert run("listen", "@p/a#x", environment=environment) == Outcome(
        2,
        b"",
        f"wstool: {tmp_path}/config.toml, line 2: 'url': ws://***@h/a#x: "
        "fragment '#x' isn't allowed in a WebSocket URL\n",
    )


def test_message_is_literal(tmp_path):
    """Only the URL names a profile."""
    with Peer(*SCRIPT) as peer:
        outcome = run("send", "-n", "1", peer.url, "@prod")
    assert outcome == Outcome(0, b"reply\n", "")
    assert peer.frames[0] == (0x81, b"@prod")


def test_inspect(tmp_path):
    """Inspect takes a profile too, and its own - as ever."""
    with Peer(*SCRIPT) as peer:
        config = f'[profiles.p]\nurl = "{peer.url}"\nformat = "summary"\ndata = "x"\n'
        environment = write_config(tmp_path, config)
        outcome = run("inspect", "@p", "-n", "1", environment=environment)
    assert outcome.status == 0
    assert b"1 > text" in outcome.stdout
    shown = run("inspect", "-", "--jsonl", stdin=b"8a 00", environment=environment)
    assert (shown.status, shown.stdout[:12]) == (0, b'{"number": 1')


def test_connect_without_url(tmp_path):
    """Connect without URL talks with its own server, with the options of all."""
    environment = write_config(tmp_path, "[defaults]\nquiet = true\ncount = 1\n")
    outcome = run("connect", stdin=b"hello\n", environment=environment)
    assert outcome == Outcome(0, b"hello\n", "")


def test_relative_paths(tmp_path):
    """Files are looked for beside the config file."""
    (tmp_path / "message").write_bytes(b"from a file")
    with Peer(*SCRIPT) as peer:
        config = f'[profiles.p]\nurl = "{peer.url}"\ndata = ["@message", "plain"]\n'
        environment = write_config(tmp_path, config)
        outcome = run("listen", "@p", "-n", "1", environment=environment)
    assert outcome == Outcome(0, b"reply\n", "")
    assert peer.frames[:2] == [(0x81, b"from a file"), (0x81, b"plain")]


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        pytest.param(
            "@pord", "CONFIG: no profile 'pord' (did you mean 'prod'?)", id="near"
        ),
        pytest.param(
            "@x", "CONFIG: no profile 'x' (there are prod, bad, test)", id="far"
        ),
        pytest.param("@", "CONFIG: no profile '' (there are prod, bad, test)", id="no"),
        pytest.param(
            "@bad",
            "CONFIG, line 4: 'url': ws://h:x/: port 'x' isn't a number from 1 to 65535",
            id="url",
        ),
    ],
)
def test_wrong(tmp_path, target, problem):
    """What is wrong is told with its place, and with names that are near."""
    config = (
        '[profiles.prod]\nurl = "ws://h/"\n[profiles.bad]\nurl = "ws://h:x/"\n'
        '[profiles.test]\nurl = "@prod"\n'
    )
    environment = write_config(tmp_path, config)
    outcome = run("listen", target, environment=environment)
    path = environment["WSTOOL_CONFIG"]
    assert outcome == Outcome(2, b"", f"wstool: {problem.replace('CONFIG', path)}\n")


def test_no_file(tmp_path):
    """Without a file there are no profiles; the message says where it would be."""
    assert run("listen", "@p") == Outcome(
        2, b"", "wstool: no profile 'p': WSTOOL_CONFIG is empty\n"
    )
    missing = str(tmp_path / "config.toml")
    assert run("listen", "@p", environment={"WSTOOL_CONFIG": missing}) == Outcome(
        2,
        b"",
        f"wstool: WSTOOL_CONFIG: {missing}: can't be read: no such file or directory\n",
    )


def test_secrets_that_others_read(tmp_path):
    """A file with secrets that others can read is worth a warning, but not with -q."""
    config = '[profiles.p]\nurl = "ws://127.0.0.1:1/"\nheader = "Authorization: x"\n'
    environment = write_config(tmp_path, config)
    refused = "wstool: can't connect to 127.0.0.1:1: connection refused\n"
    assert run("listen", "@p", environment=environment).stderr == refused
    path = tmp_path / "config.toml"
    path.chmod(0o644)
    assert run("listen", "@p", environment=environment).stderr == (
        f"wstool: {path} has secrets, and others can read it (try chmod 600)\n{refused}"
    )
    assert run("listen", "@p", "-q", environment=environment).stderr == refused
