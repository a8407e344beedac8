"""Messages kept in files."""

from __future__ import annotations

import pytest

from wstool.cli._connect.snippets import find_snippets, read_snippet
from wstool.errors import InputInvalid


@pytest.fixture(name="folder", autouse=True)
def make_folder(tmp_path, monkeypatch):
    """Make a folder of snippets where the user's configuration is."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "wstool" / "snippets"
    folder.mkdir(parents=True)
    return folder


def test_found_by_name(folder):
    """Every file is a snippet; folders aren't."""
    (folder / "b").touch()
    (folder / "a.json").touch()
    (folder / "folder").mkdir()

    assert find_snippets() == ["a.json", "b"]


def test_none(folder):
    """Without the folder there are no snippets, and no error."""
    folder.rmdir()

    assert find_snippets() == []


def test_home(tmp_path, monkeypatch):
    """Without XDG_CONFIG_HOME they are in ~/.config."""
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".config" / "wstool" / "snippets"
    folder.mkdir(parents=True)
    (folder / "x").touch()

    assert find_snippets() == ["x"]


@pytest.mark.parametrize(
    ("content", "read"), [(b"a\n", b"a"), (b"a\n\n", b"a\n"), (b"a", b"a"), (b"", b"")]
)
def test_last_line_break(folder, content, read):
    """The line break that an editor puts at the end is no part of the message."""
    (folder / "x").write_bytes(content)

    assert read_snippet("x", limit=10) == read


def test_too_large(folder):
    """A snippet over the limit is refused."""
    (folder / "x").write_bytes(b"12345")

    with pytest.raises(InputInvalid, match="more than 4 bytes"):
        read_snippet("x", limit=4)


def test_no_home(monkeypatch):
    """A user without a home folder, as in a container, has no snippets."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)

    assert find_snippets() == []
