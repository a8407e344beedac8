"""The lines that were typed, from one conversation to the next."""

from __future__ import annotations

import stat

import pytest
from prompt_toolkit.history import InMemoryHistory

from wstool.cli._connect.history import (
    find_history_file,
    holds_secret,
    make_history,
)


@pytest.fixture(name="state", autouse=True)
def make_state(tmp_path, monkeypatch):
    """Keep what is typed in a folder of the test's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def read(host):
    """Read the history of a host as a new conversation does, the oldest line first."""
    return list(make_history(host, keep=True).load_history_strings())[::-1]


def test_kept_per_host():
    """Each host has lines of its own, several rows in one too."""
    make_history("a.test", keep=True).append_string("one")
    make_history("a.test", keep=True).append_string("two\nrows")
    make_history("b.test", keep=True).append_string("other")

    assert read("a.test") == ["one", "two\nrows"]
    assert read("b.test") == ["other"]


def test_modes(state):
    """Only its owner may read a file, even if it was readable before."""
    path = find_history_file("a.test")
    path.parent.mkdir(parents=True)
    path.touch(mode=0o644)
    make_history("a.test", keep=True).append_string("one")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (state / "new").mkdir()


def test_folder_mode(state, monkeypatch):
    """The folder is its owner's too."""
    make_history("a.test", keep=True)

    folder = state / "wstool" / "history"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_not_kept(state):
    """Without a history nothing is written, and it works all the same."""
    history = make_history("a.test", keep=False)
    history.append_string("one")

    assert isinstance(history, InMemoryHistory)
    assert history.get_strings() == ["one"]
    assert list(state.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        " begins with a space",
        '{"op": "auth", "token": "abc"}',
        '{"user": "x", "password":"y"}',
        "apiKey=1234567",
        "Authorization: Basic dXNlcjpwYXNz",
        "bearer eyJhbGciOiJIUzI1NiJ9.e30.x",
        "/open wss://user:pass@host/",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "session_id=12",
    ],
)
def test_secrets_are_kept_out(line):
    """What seems to hold a secret isn't written, but it's there until the end."""
    history = make_history("a.test", keep=True)
    history.append_string(line)

    assert holds_secret(line)
    assert history.get_strings() == [line]
    assert read("a.test") == []


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        '{"op": "subscribe", "channel": "tokens"}',
        "/open wss://host/path",
        "a basic idea",
        "/headers",
    ],
)
def test_other_lines_are_kept(line):
    """Ordinary lines are kept."""
    make_history("a.test", keep=True).append_string(line)

    assert read("a.test") == [line]


def test_bounded():
    """A file that has grown large loses its older half, and stays whole otherwise."""
    path = find_history_file("a.test")
    path.parent.mkdir(parents=True)
    entries = [f"\n# time\n+line {number:08}\n" for number in range(60_000)]
    path.write_text("".join(entries))

    lines = read("a.test")
    assert path.stat().st_size <= 1 << 19
    assert lines[-1] == "line 00059999"
    assert lines == [f"line {n:08}" for n in range(60_000 - len(lines), 60_000)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_strange_hosts():
    """No host's name leads out of the folder."""
    folder = find_history_file("a").parent
    for host in ("../../etc/passwd", "fe80::1%eth0", "a/b"):
        assert find_history_file(host).parent == folder


def test_folder_cannot_be_made(state):
    """Where nothing can be written, lines last as long as the program."""
    (state / "wstool").write_text("a file")

    assert isinstance(make_history("a.test", keep=True), InMemoryHistory)


def test_no_home(monkeypatch):
    """A user without a home folder, as in a container, has lines for a while."""
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)

    assert type(make_history("a.test", keep=True)) is InMemoryHistory
