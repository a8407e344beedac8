"""Reading samples."""

from __future__ import annotations

import pytest

from wstool.cli._estimate import sample
from wstool.cli._estimate.sample import read_sample
from wstool.errors import InputInvalid, UsageError
from wstool.streams.framing import Framing
from wstool.wire.opcode import Opcode


TEXT, BINARY = Opcode.TEXT, Opcode.BINARY


def read(path, framing=Framing.LINES, opcode=TEXT, notes=None):
    """Read a file."""
    notes = [] if notes is None else notes
    return read_sample([str(path)], framing, opcode, notes.append)


@pytest.mark.parametrize(
    ("framing", "data", "messages"),
    [
        pytest.param(
            Framing.LINES, b"a\nbc\n", [(TEXT, b"a"), (TEXT, b"bc")], id="lines"
        ),
        pytest.param(
            Framing.LINES, b"a\nbc", [(TEXT, b"a"), (TEXT, b"bc")], id="no-end"
        ),
        pytest.param(
            Framing.NULL, b"a\n\0b\0", [(TEXT, b"a\n"), (TEXT, b"b")], id="null"
        ),
        pytest.param(Framing.WHOLE, b"a\nb\n", [(TEXT, b"a\nb\n")], id="whole"),
        pytest.param(
            Framing.JSONL,
            b'{"type": "binary", "base64": "AAE="}\n',
            [(BINARY, b"\0\1")],
            id="jsonl",
        ),
    ],
)
def test_framings(tmp_path, framing, data, messages):
    """Messages are told apart as in the pipes of other commands."""
    path = tmp_path / "sample"
    path.write_bytes(data)

    assert read(path, framing) == messages


def test_several(tmp_path):
    """Several files are one sample."""
    paths = [tmp_path / name for name in "ab"]
    for path in paths:
        path.write_text(path.name)

    found = read_sample(map(str, paths), Framing.WHOLE, BINARY, lambda text: None)
    assert found == [(BINARY, b"a"), (BINARY, b"b")]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(None, "can't be read: no such file or directory", id="missing"),
        pytest.param(b"", "has no messages", id="empty"),
        pytest.param(b"ok\n\xff\n", "line 2", id="no-text"),
    ],
)
def test_refused(tmp_path, data, problem):
    """A file that makes no sample is an error that names it and what is wrong."""
    path = tmp_path / "sample"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(InputInvalid) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert problem in str(caught.value)


def test_folder(tmp_path):
    """A folder is no sample."""
    with pytest.raises(InputInvalid, match="is a directory"):
        read(tmp_path)


def test_bounded(tmp_path, monkeypatch):
    """Of a file without an end, a bounded part is looked at, and that is said."""
    monkeypatch.setattr(sample, "MAX_SAMPLE", 1 << 20)
    notes: list[str] = []
    path = tmp_path / "long"
    path.write_bytes(b"message\n" * (1 << 18))
    messages = read(path, notes=notes)

    assert len(messages) == (1 << 20) // 8
    assert notes == [f"only the first 1 MiB of {path} are sampled"]


def test_stdin_twice():
    """What stdin has is gone when it has been read."""
    with pytest.raises(UsageError, match="--sample - is there twice"):
        read_sample(["-", "x", "-"], Framing.LINES, TEXT, lambda text: None)


def test_announced(tmp_path):
    """A message that is announced and doesn't come is told by its length."""
    path = tmp_path / "sample"
    path.write_bytes(b"\x7f\xff\xff\xffabc")

    with pytest.raises(InputInvalid, match="ends inside a message: 3 of 2147483647"):
        read(path, Framing.LENGTH, BINARY)


def test_endless_message():
    """One message that doesn't end is refused at a limit."""
    with pytest.raises(InputInvalid, match="no message that ends within 16 MiB"):
        read("/dev/zero", opcode=BINARY)
