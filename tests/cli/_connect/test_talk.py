"""The conversation on a terminal: what is said, and how it ends."""

from __future__ import annotations

import json
import re
import signal

import pytest

from support.command import serving
from support.frames import CLOSE, TEXT, close_frame, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_end,
    await_frames,
    close,
    mark,
    reply,
    reset,
    send,
    texts,
)
from support.screen import CTRL_C, CTRL_D, terminal


EMBEDDED = r"no URL given, so this talks with an echo server at ws://127\.0\.0\.1:\d+/"
READY = "Ctrl-D closes, /help lists more"
PLAIN = ("--timestamps", "off")


def test_conversation():
    """What is typed goes out, what arrives is shown, Ctrl-D closes politely."""
    with serving("--quiet") as (url, _), terminal("connect", url, *PLAIN) as shown:
        shown.wait_for(READY)
        shown.type("hello\r")
        shown.wait_for_line("#2 < text 5 bytes  hello")
        shown.type("grüße\r")
        shown.wait_for_line("#4 < text 7 bytes  grüße")
        shown.type(CTRL_D)

        assert shown.wait() == 0
        assert shown.lines == [
            f"wstool: connected to {url}; {READY}",
            "#1 > text 5 bytes  hello",
            "#2 < text 5 bytes  hello",
            "#3 > text 7 bytes  grüße",
            "#4 < text 7 bytes  grüße",
        ]


def test_conversation_without_url():
    """Without URL a terminal talks with the embedded echo server too."""
    with terminal("connect", *PLAIN) as shown:
        shown.wait_for(READY)
        shown.type("hello\r")
        shown.wait_for_line("#2 < text 5 bytes  hello")
        shown.type(CTRL_D)

        assert shown.wait() == 0
        assert re.fullmatch(f"wstool: {EMBEDDED}", shown.lines[0])


@pytest.mark.parametrize("typed", ["/quit\r", CTRL_D])
def test_leaving(typed):
    """Whoever leaves closes with the code and the reason that were given."""
    script = [accept(), answer_close, await_end]
    options = ("--close-code", "4001", "--close-reason", "bye")
    with Peer(*script) as peer, terminal("connect", peer.url, *options) as shown:
        shown.wait_for(READY)
        shown.type(typed)

        assert shown.wait() == 0
    assert peer.frames == [(0x88, b"\x0f\xa1bye")]


def test_ctrl_c():
    """Ctrl-C clears the line; twice on an empty one, it leaves as interrupted."""
    script = [accept(), await_frames(1), mark, answer_close, await_end]
    with Peer(*script) as peer, terminal("connect", peer.url, *PLAIN) as shown:
        shown.wait_for(READY)
        shown.type("x\r")
        peer.wait_for_mark()
        shown.type("not sent")
        shown.wait_for_line("> not sent")
        shown.type(CTRL_C)
        shown.wait_for_line(">")
        shown.type(CTRL_C)
        shown.wait_for("Ctrl-C again leaves")
        shown.type(CTRL_C)

        assert shown.wait() == 130
        assert shown.lines[-1] == "wstool: stopped by SIGINT"
    assert [opcode & 0xF for opcode, _ in peer.frames] == [TEXT, CLOSE]
    assert peer.frames[1][1] == b"\x03\xe8"


def test_ctrl_c_does_not_wait_long():
    """A peer that doesn't close holds nobody who has pressed Ctrl-C twice."""
    script = [accept(), await_end]
    with Peer(*script) as peer, terminal("connect", peer.url) as shown:
        shown.wait_for(READY)
        shown.type(CTRL_C)
        shown.wait_for("Ctrl-C again leaves")
        shown.type(CTRL_C)

        assert shown.wait() == 130


@pytest.mark.parametrize("ending", ["key", "signal", "peer", "crash"])
def test_terminal_restored(ending):
    """However it ends, the terminal is as it was, and the status says why."""
    closing = {
        "peer": [await_frames(1), close(4000)],
        "crash": [await_frames(1), reset],
    }.get(ending, [answer_close])
    with Peer(accept(), *closing) as peer, terminal("connect", peer.url) as shown:
        before = shown.modes
        shown.wait_for(READY)
        shown.wait_for(">")
        assert shown.modes != before
        if ending == "signal":
            shown.send_signal(signal.SIGTERM)
        elif ending == "key":
            shown.type(CTRL_D)
        else:
            shown.type("x\r")
            shown.wait_for("Enter reconnects, Ctrl-D leaves")
            shown.type(CTRL_D)

        status = {"key": 0, "signal": 143, "peer": 9, "crash": 8}[ending]
        assert shown.wait() == status
        assert shown.modes == before
        # Bracketed paste is off, the cursor is there.
        assert shown.raw.rindex(b"\x1b[?2004l") > shown.raw.rindex(b"\x1b[?2004h")
        assert shown.raw.rindex(b"\x1b[?25h") > shown.raw.rindex(b"\x1b[?25l")


def test_terminal_closed(tmp_path):
    """A terminal that is closed closes the connection, and the transcript is whole."""
    path = tmp_path / "transcript"
    with (
        Peer(accept(), answer_close) as peer,
        terminal("connect", peer.url, "--record", str(path)) as shown,
    ):
        shown.wait_for(READY)
        shown.type("x\r")
        shown.wait_for("#1")

        assert shown.hang_up() == 129

    assert peer.frames == [(0x81, b"x"), (0x88, b"\x03\xe8")]
    types = [json.loads(line)["type"] for line in path.read_text().splitlines()]
    assert types == ["open", "text", "close", "close"]


def test_closed_with_error():
    """The peer's close code and reason are shown, and make the status in the end."""
    script = [accept(), send(close_frame(4000, "no\x1b[2J luck")), await_frames(1)]
    with Peer(*script) as peer, terminal("connect", peer.url, *PLAIN) as shown:
        shown.wait_for("Enter reconnects")
        closed = r"the peer closed the connection: 4000 (private use) no\x1b[2J luck"
        shown.wait_for_screen(
            f"wstool: connected to ws://HOST/; {READY}",
            f"wstool: {closed}",
            "wstool: Enter reconnects, Ctrl-D leaves",
            ">",
            " closed 4000 (private use)  M:SS  ws://HOST/  < 0 0 B  > 0 0 B",
        )
        shown.type(CTRL_D)

        assert shown.wait() == 9
        assert shown.lines[-1] == f"wstool: {closed}"


def test_refused():
    """A first connection that can't be made ends it, with nothing but its reason."""
    with terminal("connect", "ws://127.0.0.1:1/") as shown:
        assert shown.wait() == 3
        assert shown.lines == [
            "wstool: can't connect to 127.0.0.1:1: connection refused"
        ]


def test_refused_with_a_body():
    """The HTTP status and the body of a refusal are shown, as elsewhere."""
    response = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nno\x1b[2J\n"
    with Peer(reply(response)) as peer, terminal("connect", peer.url) as shown:
        assert shown.wait() == 5
        assert shown.lines == [
            "wstool: the server refused the handshake: HTTP 403 Forbidden",
            r"  no\x1b[2J",
        ]


def test_invalid_line():
    """A line that doesn't fit its encoding stays, and the conversation goes on."""
    with (
        serving("--quiet") as (url, _),
        terminal("connect", url, "--encoding", "hex", *PLAIN) as shown,
    ):
        shown.wait_for(READY)
        shown.type("xyz\r")
        shown.wait_for("wstool: message")
        shown.wait_for_line("> xyz")
        shown.type("\x15" + "414243\r")
        shown.wait_for_line("#2 < text 3 bytes  ABC")
        shown.type(CTRL_D)

        assert shown.wait() == 0


def test_data_and_init(tmp_path):
    """-d comes first, then the lines of --init, as if they were typed."""
    init = tmp_path / "init"
    init.write_text("/set fold 3\nfrom init\n//slash\n/nonsense\n")
    with (
        serving("--quiet") as (url, _),
        terminal("connect", url, "-d", "a", "--init", str(init), *PLAIN) as shown,
    ):
        shown.wait_for("that was line '/nonsense' of --init")
        shown.wait_for_line("#6 < text 6 bytes  /slash")
        shown.type(CTRL_D)

        assert shown.wait() == 0
        # The replies stand between them, each where it came.
        sent = [line.partition(" > ")[2] for line in shown.lines if " > " in line]
        assert sent == [
            "text 1 byte  a",
            "text 9 bytes  from init",
            "text 6 bytes  /slash",
        ]


def test_record(tmp_path):
    """--record has all of it, and another command can send what was sent again."""
    path = tmp_path / "log.jsonl"
    script = [accept(), texts(b"hello"), await_frames(1), close(1001)]
    with (
        Peer(*script) as peer,
        terminal("connect", peer.url, "--record", str(path)) as shown,
    ):
        shown.wait_for("5 bytes  hello")
        shown.type("world\r")
        shown.wait_for("Enter reconnects")
        shown.type(CTRL_D)
        assert shown.wait() == 0

    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(e.get("direction"), e["type"], e.get("data")) for e in events] == [
        ("received", "open", None),
        ("received", "text", "hello"),
        ("sent", "text", "world"),
        ("received", "close", None),
        ("sent", "close", None),
    ]


def test_record_error(tmp_path):
    """What went wrong has the names that it has in all JSON output."""
    path = tmp_path / "log.jsonl"
    response = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with (
        Peer(reply(response)) as peer,
        terminal("connect", peer.url, "--record", str(path)) as shown,
    ):
        assert shown.wait() == 5

    (line,) = path.read_text().splitlines()
    event = json.loads(line)
    assert (event["type"], event["error"], event["status"]) == (
        "error",
        "handshake_refused",
        403,
    )


def test_record_fails():
    """A transcript that isn't whole is told at once, and an error in the end."""
    script = [accept(), texts(b"hello"), answer_close]
    with (
        Peer(*script) as peer,
        terminal("connect", peer.url, "--record", "/dev/full") as shown,
    ):
        shown.wait_for("no space left on device; recording has stopped")
        shown.type(CTRL_D)

        assert shown.wait() == 12
        assert shown.lines[-1] == (
            "wstool: can't write to /dev/full: no space left on device"
        )


def test_record_refused():
    """A file that can't be opened ends it before anything is sent."""
    with terminal("connect", "ws://127.0.0.1:1/", "--record", "/nowhere/log") as shown:
        assert shown.wait() == 12
        assert shown.lines == [
            "wstool: can't write to /nowhere/log: no such file or directory"
        ]


def test_reconnecting():
    """With --reconnect a lost connection is dialed again, and the pause is shown."""
    options = (
        "--reconnect",
        "--reconnect-delay",
        "1000",
        "--reconnect-max-delay",
        "1000",
    )
    with (
        Peer(accept(), reset) as peer,
        terminal("connect", peer.url, *options, columns=100) as shown,
    ):
        shown.wait_for("Enter does it now, Ctrl-C stops")
        shown.wait_for(" reconnecting in ")
        shown.type("draft")
        shown.wait_for_line("> draft")
        shown.type(CTRL_C + CTRL_C)
        shown.wait_for("not reconnecting; Enter reconnects, Ctrl-D leaves")
        shown.type(CTRL_D)

        assert shown.wait() == 8


def test_max_time():
    """--max-time ends it, with the terminal restored."""
    script = [accept(), await_end]
    with (
        Peer(*script) as peer,
        terminal("connect", peer.url, "--max-time", "1") as shown,
    ):
        before = shown.modes
        assert shown.wait() == 124
        assert shown.modes == before
        assert shown.lines[-1] == "wstool: timed out as a whole (--max-time 1 s)"


def test_verbose():
    """-v shows the handshake above the prompt, and tears nothing."""
    with (
        Peer(accept(), send(frame(TEXT, b"x")), answer_close) as peer,
        terminal("connect", "-v", peer.url, columns=100) as shown,
    ):
        shown.wait_for("GET / HTTP/1.1")
        shown.wait_for("HTTP/1.1 101")
        shown.wait_for("text 1 byte  x")
        shown.type(CTRL_D)
        assert shown.wait() == 0
