"""Which file has the profiles, and what keeps it from being read."""

from __future__ import annotations

import os

import pytest

from wstool.cli._config_file import find_path, read_config_file
from wstool.errors import TimedOut, UsageError


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        pytest.param({}, "/home/me/.config/wstool/config.toml", id="home"),
        pytest.param({"XDG_CONFIG_HOME": "/xdg"}, "/xdg/wstool/config.toml", id="xdg"),
        pytest.param(
            {"XDG_CONFIG_HOME": "relative"},
            "/home/me/.config/wstool/config.toml",
            id="xdg-relative",
        ),
        pytest.param(
            {"XDG_CONFIG_HOME": "/xdg", "WSTOOL_CONFIG": "mine.toml"},
            "mine.toml",
            id="named",
        ),
        pytest.param({"WSTOOL_CONFIG": ""}, None, id="none"),
    ],
)
def test_path(monkeypatch, environment, path):
    """The variable names the file, else the folder of settings has it."""
    for name in ("XDG_CONFIG_HOME", "WSTOOL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert find_path() == path


def test_absent(monkeypatch, tmp_path):
    """Nobody needs a config file."""
    monkeypatch.delenv("WSTOOL_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert read_config_file() is None


def test_read(monkeypatch, tmp_path):
    """The file comes with its mode, which says who can read it."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"x")
    path.chmod(0o640)
    monkeypatch.setenv("WSTOOL_CONFIG", str(path))

    file = read_config_file()

    assert (file.path, file.data, file.mode & 0o777) == (str(path), b"x", 0o640)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("missing", "can't be read: no such file or directory", id="no"),
        pytest.param("", "can't be read: is a directory", id="folder"),
    ],
)
def test_unreadable(monkeypatch, tmp_path, name, problem):
    """A file that the variable names has to be there."""
    path = f"{tmp_path}/{name}"
    monkeypatch.setenv("WSTOOL_CONFIG", path)

    with pytest.raises(UsageError) as caught:
        read_config_file()
    assert str(caught.value) == f"WSTOOL_CONFIG: {path}: {problem}"


def test_too_big(monkeypatch, tmp_path):
    """What is over 1 MiB isn't a config file."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"#" * ((1 << 20) + 1))
    monkeypatch.setenv("WSTOOL_CONFIG", str(path))

    with pytest.raises(UsageError) as caught:
        read_config_file()
    assert str(caught.value) == f"{path}: over 1048576 bytes"


def test_pipe(monkeypatch, tmp_path):
    """A file that is a pipe is read, but not waited for without end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    monkeypatch.setenv("WSTOOL_CONFIG", str(path))

    with pytest.raises(TimedOut) as caught:
        read_config_file(seconds=0.05)
    assert str(caught.value) == f"timed out reading {path} (fixed limit 0.05 s)"

    ours, theirs = os.pipe()
    os.write(theirs, b"x")
    os.close(theirs)
    monkeypatch.setenv("WSTOOL_CONFIG", f"/dev/fd/{ours}")
    assert read_config_file().data == b"x"
    os.close(ours)
