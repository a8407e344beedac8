"""Files that are named at the prompt."""

from __future__ import annotations

import os

import pytest

from wstool.cli._connect.files import expand, read_file, write_new_file
from wstool.errors import InputInvalid, OutputFailed


def test_read(tmp_path):
    """A file's bytes come as they are, up to the limit."""
    (tmp_path / "x").write_bytes(b"\xff\n")

    assert read_file(str(tmp_path / "x"), limit=2) == b"\xff\n"
    with pytest.raises(InputInvalid, match="more than 1 bytes; --max-input"):
        read_file(str(tmp_path / "x"), limit=1)


def test_only_regular_files(tmp_path):
    """A pipe is refused at once, not waited for."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InputInvalid, match="isn't a regular file"):
        read_file(str(tmp_path / "pipe"), limit=1)


def test_missing(tmp_path):
    """A file that isn't there is named."""
    with pytest.raises(InputInvalid, match="nothing: can't be read: no such file"):
        read_file(str(tmp_path / "nothing"), limit=1)


def test_home(tmp_path, monkeypatch):
    """A tilde is the user's home, as in a shell."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x").write_bytes(b"1")

    assert expand("~/x") == str(tmp_path / "x")
    assert read_file("~/x", limit=1) == b"1"


def test_write_only_new(tmp_path):
    """No file is overwritten by mistake."""
    path = str(tmp_path / "x")
    write_new_file(path, b"one")

    with pytest.raises(OutputFailed, match="file exists"):
        write_new_file(path, b"two")
    assert (tmp_path / "x").read_bytes() == b"one"
