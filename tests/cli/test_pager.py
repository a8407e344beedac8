"""A pager for what is longer than the terminal."""

from __future__ import annotations

import os

import pytest

from wstool.cli._pager import PagedOutput, PagerClosed, find_pager


def test_short_output():
    """What fits the terminal is written there, at the end."""
    pieces = []
    paged = PagedOutput(pieces.append, ["false"])
    paged.write(b"a\n")
    assert pieces == []
    paged.close()

    assert pieces == [b"a\n"]


def test_long_output(tmp_path):
    """What doesn't fit goes to the pager, whole."""
    path = tmp_path / "seen"
    pieces = []
    paged = PagedOutput(pieces.append, ["sh", "-c", f"cat > {path}"])
    for number in range(100):
        paged.write(b"%d\n" % number)
    paged.close()

    assert pieces == []
    assert path.read_bytes() == b"".join(b"%d\n" % number for number in range(100))


def test_pager_that_is_closed():
    """A pager that is closed ends the writing."""
    paged = PagedOutput(lambda data: None, ["true"])

    with pytest.raises(PagerClosed):
        for _ in range(10_000):
            paged.write(b"line\n" * 10_000)


def test_pager_that_cannot_start():
    """Without its pager all goes to the terminal."""
    pieces = []
    paged = PagedOutput(pieces.append, ["/nowhere"])
    paged.write(b"a\n" * 100)
    paged.write(b"b\n")
    paged.close()

    assert b"".join(pieces) == b"a\n" * 100 + b"b\n"


def test_first(tmp_path):
    """What is wrong can be put before all that is shown by a pager, not else."""
    path = tmp_path / "seen"
    paged = PagedOutput(lambda data: None, ["sh", "-c", f"cat > {path}"])
    paged.write(b"short\n")
    assert not paged.put_first(b"first\n")
    paged.write(b"long\n" * 100)
    assert paged.put_first(b"first\n")
    paged.close()

    assert path.read_bytes() == b"first\nshort\n" + b"long\n" * 100
    assert not PagedOutput(lambda data: None, None).put_first(b"first\n")


def test_no_pager():
    """Where none is wanted, all is written together, when it is time."""
    pieces = []
    paged = PagedOutput(pieces.append, None)
    paged.write(b"a\n")
    paged.write(b"b\n")
    paged.flush()
    paged.close()

    assert pieces == [b"a\nb\n"]


def test_find_pager(monkeypatch):
    """A pager is used on a terminal only, and is the user's."""
    primary, secondary = os.openpty()
    monkeypatch.setattr("wstool.cli._pager.STDOUT", secondary)
    monkeypatch.setenv("PAGER", "cat -u")
    monkeypatch.setenv("TERM", "xterm")
    assert find_pager() == ["cat", "-u"]
    for unusable in ("", "nowhere-to-be-found", "'"):
        monkeypatch.setenv("PAGER", unusable)
        assert find_pager() is None
    os.close(primary)
    os.close(secondary)
    assert find_pager() is None
