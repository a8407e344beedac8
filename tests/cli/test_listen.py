"""What `listen` sends first, and what it takes no part in."""

from __future__ import annotations

import pytest

from support.command import Outcome, run
from support.misbehaving import Peer, accept, answer_close, await_frames, texts


def test_data_first(tmp_path):
    """All --data goes out before anything is awaited, in order."""
    path = tmp_path / "message"
    path.write_bytes("from a file\nä".encode())
    script = [accept(), await_frames(3), texts(b"reply"), answer_close]
    with Peer(*script) as peer:
        outcome = run(
            *("listen", peer.url, "-d", "a", "-d", f"@{path}", "-d", ""),
            *("-n", "1"),
        )
    assert outcome == Outcome(0, b"reply\n", "")
    assert peer.frames[:3] == [
        (0x81, b"a"),
        (0x81, "from a file\nä".encode()),
        (0x81, b""),
    ]


def test_data_from_stdin():
    """Behind the sign, a hyphen is stdin, read to its end."""
    script = [accept(), await_frames(1), texts(b"reply"), answer_close]
    with Peer(*script) as peer:
        outcome = run("listen", peer.url, "-d", "@-", "-n", "1", stdin=b"a\nb")
    assert outcome == Outcome(0, b"reply\n", "")
    assert peer.frames[0] == (0x81, b"a\nb")


def test_stdin_is_left_alone():
    """Stdin is for someone else."""
    script = [accept(), texts(b"a"), answer_close]
    with Peer(*script) as peer:
        outcome = run("listen", peer.url, "-n", "1", stdin=b"not read\n")
    assert outcome == Outcome(0, b"a\n", "")
    assert peer.frames == [(0x88, b"\x03\xe8")]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(
            "@/nonexistent/file",
            "@/nonexistent/file: can't be read: no such file or directory",
            id="missing",
        ),
        pytest.param("@/", "@/: can't be read: is a directory", id="folder"),
        pytest.param("a\udcff", "--data, byte 1: text isn't valid UTF-8", id="utf-8"),
    ],
)
def test_data_does_not_fit(data, problem):
    """Bad data is told before anything is connected."""
    outcome = run("listen", "ws://127.0.0.1:1/", "-d", data)
    assert outcome == Outcome(11, b"", f"wstool: {problem}\n")


def test_file_too_long(tmp_path):
    """A file over --max-input is refused."""
    path = tmp_path / "message"
    path.write_bytes(b"12345")
    outcome = run("listen", "ws://127.0.0.1:1/", "-d", f"@{path}", "--max-input", "4")
    assert outcome == Outcome(
        11,
        b"",
        f"wstool: @{path}, byte 0: message is longer than --max-input (4 bytes)\n",
    )
