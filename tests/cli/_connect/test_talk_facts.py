"""The conversation on a terminal: what is beneath it, and what is left of it."""

from __future__ import annotations

import json

from support.command import Outcome, run, serving
from support.misbehaving import Peer, accept, answer_close, await_end, await_frames
from support.screen import CTRL_D, terminal
from support.tls import Issued, make_context


READY = "Ctrl-D closes, /help lists more"
ROOT = Issued("Root", authority=True)
SERVER = Issued("server", issuer=ROOT, names=["127.0.0.1"])


def test_headers(tmp_path, monkeypatch):
    """/headers shows TLS, the certificate, both heads, and what was agreed."""
    monkeypatch.chdir(tmp_path)
    ROOT.write_pem("root.pem", "cert")
    script = [accept("Sec-WebSocket-Protocol: chat", "X-Late: \x1b[2J"), answer_close]
    with (
        Peer(*script, context=make_context(SERVER)) as peer,
        terminal(
            *("connect", peer.url, "--cacert", str(tmp_path / "root.pem")),
            *("-s", "chat", "-H", "X-Mine: 1"),
            columns=120,
            rows=50,
        ) as shown,
    ):
        shown.wait_for(READY)
        shown.type("/headers\r")
        shown.wait_for("compression  none")
        rows = [" ".join(line.split()) for line in shown.lines]
        for beginning in (
            "TLS 1.3, ",
            "certificate subject: CN=server",
            "> GET / HTTP/1.1",
            "> X-Mine: 1",
            "< HTTP/1.1 101 Switching Protocols",
            r"< X-Late: \x1b[2J",
            "subprotocol chat",
        ):
            assert any(row.startswith(beginning) for row in rows), (beginning, rows)
        shown.type(CTRL_D)
        assert shown.wait() == 0


def test_transcript_is_sent_again(tmp_path):
    """What --record has of our messages can be piped into another command."""
    path = tmp_path / "log"
    with serving("--quiet") as (url, _):
        with terminal("connect", url, "--record", str(path)) as shown:
            shown.wait_for(READY)
            shown.type("one\r/binary 00ff\r/ping\r")
            shown.wait_for("pong after")
            shown.wait_for("#4 < binary")
            shown.type(CTRL_D)
            assert shown.wait() == 0
        events = [json.loads(line) for line in path.read_bytes().splitlines()]
        outcome = run("send", url, "--jsonl", stdin=path.read_bytes())

    assert events[0]["type"] == "open"
    assert [event["type"] for event in events[-2:]] == ["close", "close"]
    echoed = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [
        event.get("data") or event.get("base64")
        for event in echoed
        if event["type"] in ("text", "binary")
    ] == ["one", "AP8="]


def test_reconnected():
    """After a loss, --reconnect talks on with the same numbers, and greets again."""
    script = [accept(), await_frames(1)]
    again = [accept(), await_frames(2), await_end]
    with (
        Peer(*script, then=(again,)) as peer,
        terminal(
            *("connect", peer.url, "--reconnect", "--reconnect-delay", "0"),
            *("-d", "hello", "--timestamps", "off"),
        ) as shown,
    ):
        shown.wait_for("connection lost without a close frame (1006)")
        shown.wait_for_line("#2 > text 5 bytes  hello")
        shown.type("/quit\r")
        shown.wait()
    assert [payload for _, payload in peer.frames[:2]] == [b"hello", b"hello"]


def test_pipe_and_terminal_are_told_apart():
    """With stdin not a terminal it's a pipe, also when stdout is one."""
    with serving("--quiet") as (url, _):
        assert run("connect", url, "-n", "1", stdin=b"x\n") == Outcome(0, b"x\n", "")
