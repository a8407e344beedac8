"""Messages for those who poll."""

from __future__ import annotations

import pytest

from wstool.services.bench.mailbox import Forgotten, Mailbox, read_messages
from wstool.wire.opcode import Opcode


MESSAGES = [b"one", b"", "zwölf".encode()]


@pytest.mark.parametrize(
    ("opcode", "body"),
    [
        (Opcode.TEXT, b"one\n\nzw\xc3\xb6lf\n"),
        (Opcode.BINARY, b"\0\0\0\3one\0\0\0\0\0\0\0\6zw\xc3\xb6lf"),
    ],
)
def test_body(opcode, body):
    """Text messages are lines; binary ones have their length in front."""
    mailbox = Mailbox(opcode)
    mailbox.append(MESSAGES)

    assert mailbox.read(0) == body
    assert read_messages(opcode, body) == MESSAGES


def test_since():
    """Whoever knows a message gets those behind it."""
    mailbox = Mailbox(Opcode.TEXT)
    mailbox.append([b"1", b"2"])
    assert (mailbox.last, mailbox.read(1), mailbox.read(2)) == (2, b"2\n", b"")
    mailbox.append([b"3"])
    assert (mailbox.last, mailbox.read(1), mailbox.read(2)) == (3, b"2\n3\n", b"3\n")


def test_bounded():
    """The oldest messages are forgotten, and whoever asks for them is told."""
    mailbox = Mailbox(Opcode.TEXT, limit=1000)
    for number in range(100):
        mailbox.append([b"%d" % number])

    assert mailbox.last == 100
    with pytest.raises(Forgotten):
        mailbox.read(50)
    assert mailbox.read(98) == b"98\n99\n"
    mailbox.append([b"x" * 5000])
    assert mailbox.read(100) == b"x" * 5000 + b"\n"
    with pytest.raises(Forgotten):
        mailbox.read(99)


@pytest.mark.parametrize(
    ("opcode", "body"),
    [
        (Opcode.TEXT, b"a\nb"),
        (Opcode.BINARY, b"\0\0\0\2a"),
        (Opcode.BINARY, b"\0\0"),
    ],
)
def test_cut_off(opcode, body):
    """A body that isn't whole is no list of messages."""
    with pytest.raises(ValueError, match=r"last (line|message)"):
        read_messages(opcode, body)


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_empty(opcode):
    """An empty body has no message."""
    assert read_messages(opcode, b"") == []
