"""Broken conversations under ``inspect``: one screen of 80 x 24 names the cause."""

from __future__ import annotations

import re
import signal

import pytest

from support.command import WSTOOL, run, serving, start
from support.frames import TEXT, frame
from support.screen import start_terminal, terminal


WORDS = ("one", "two", "three", "four", "five")
FAULTS = {
    "bad-utf8": "is not valid UTF-8 at byte 1 (RFC 6455, 8.1)",
    "masked": "server frame is masked (RFC 6455, 5.1)",
    "rsv": "RSV2 set, which no negotiated extension allows (RFC 6455, 5.2)",
    "bad-opcode": "opcode 0x3 is reserved for further data frames (RFC 6455, 5.2)",
    "long-length": "payload length 3 spelled with 64 bits (RFC 6455, 5.2)",
    "oversize-control": "ping frame has 126 bytes, more than 125 (RFC 6455, 5.5)",
    "no-close-reply": "was not answered before the connection ended",
    "half-open": "was not answered before the connection ended",
    "bad-accept": "Sec-WebSocket-Accept",
    "wrong-subprotocol": "subprotocol 'never-offered' was not offered",
    "reject": "503",
    "close": "closed with 1011 (internal error)",
    "truncate": "without a close frame (1006)",
    "fin": "without a close frame (1006)",
    "reset": "without a close frame (1006)",
    "fragment": "message comes in fragments of a byte or none",
    "slow-handshake=2100ms": "s after the request",
}
LAWFUL = (
    "close-after",
    "delay",
    "drop",
    "duplicate",
    "jitter",
    "ping-flood",
    "reorder",
    "split-utf8",
)
"""Faults that break no rule, and of which frames alone can't tell."""
IN_FRAMES = ("bad-utf8", "masked", "rsv", "bad-opcode", "long-length")
LEGAL = ("fragment", "slow-handshake=2100ms")
LIVE = ("--linger", "0.2", "--close-timeout", "0.2")


def list_words():
    """Give the options that send some messages."""
    return [option for word in WORDS for option in ("-d", word)]


def join(shown):
    """Give a screen's text, however its lines are broken."""
    return re.sub(" +", " ", "".join(line.ljust(80) for line in shown.lines))


@pytest.mark.parametrize("fault", FAULTS)
def test_live(fault):
    """When a connection has ended, the last screen says what was wrong with it."""
    with (
        serving("--quiet", "--fault", fault) as (url, _),
        terminal("inspect", url, *list_words(), *LIVE, "-s", "chat") as shown,
    ):
        assert (shown.wait() == 0) == (fault in LEGAL)
        # What was at the beginning the screen has no longer.
        if fault not in ("slow-handshake=2100ms", "close"):
            assert FAULTS[fault] in join(shown)


@pytest.mark.parametrize("fault", FAULTS)
def test_capture(fault, tmp_path):
    """Of a capture, though it ended in an error, the first screen says that."""
    path = str(tmp_path / "a.pcapng")
    with serving("--quiet", "--fault", fault) as (url, _):
        run("inspect", url, *list_words(), *LIVE, "-s", "chat", "--write", path)

    with terminal("inspect", path) as shown:
        # The pager's prompt, or the end.
        while FAULTS[fault] not in join(shown):
            assert shown.read(), join(shown)
        shown.type("q")
        assert shown.wait() == 0
        assert shown.raw.count(b"\n") < 48


def test_file_on_stdin(tmp_path):
    """A file on stdin is paged like one that is named."""
    path = tmp_path / "frames"
    path.write_bytes(frame(TEXT, b"Hello") * 40)
    with start_terminal("sh", "-c", f"{WSTOOL} inspect - < {path}") as shown:
        while b"\n:" not in shown.raw and not join(shown).endswith(":"):
            assert shown.read(), join(shown)
        shown.type("q")
        assert shown.wait() == 0

    assert b"#1 " in shown.raw
    assert b"#40 " not in shown.raw


def test_pipe_on_stdin(tmp_path):
    """What flows into stdin is shown at once."""
    path = tmp_path / "frames"
    path.write_bytes(frame(TEXT, b"Hello") * 40)
    with start_terminal("sh", "-c", f"cat {path} | {WSTOOL} inspect -") as shown:
        assert shown.wait() == 0

    assert b"#40 " in shown.raw


@pytest.mark.parametrize("fault", LAWFUL)
def test_lawful(fault, tmp_path):
    """What breaks no rule isn't held against anybody."""
    path = str(tmp_path / "a.pcapng")
    with serving("--quiet", "--fault", fault) as (url, _):
        run("inspect", url, *list_words(), *LIVE, "--write", path)

    outcome = run("inspect", path, "--check", "--format", "summary")

    assert (outcome.status, outcome.stderr) == (0, "")
    assert b"no violation" not in outcome.stdout


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        *((fault, FAULTS[fault].partition(" (")[0]) for fault in IN_FRAMES),
        ("fin", "the connection has ended, without a close frame (1006)"),
        ("reset", "the connection has ended, without a close frame (1006)"),
        ("truncate", "3 bytes left at offset 0, 2 bytes of the frame missing"),
        ("no-close-reply", FAULTS["no-close-reply"]),
        ("bad-accept", "Sec-WebSocket-Accept is"),
    ],
)
def test_proxy(fault, shown):
    """Through the proxy it is among the lines of so short a conversation."""
    with (
        serving("--quiet", "--fault", fault) as (server, _),
        start("inspect", "--listen", "0", "--format", "summary", server) as running,
    ):
        running.wait_for_stderr(b"connected to their server\n")
        url = running.stderr.decode().partition("clients of ")[2].split()[0]
        run("send", url, *WORDS, *LIVE)
        running.wait_for_stdout(b"the connection has ended")
        running.send_signal(signal.SIGINT)
        lines = running.wait().stdout.decode().splitlines()

    assert shown in re.sub(" +", " ", " ".join(lines)), lines
    assert len(lines) < 24
