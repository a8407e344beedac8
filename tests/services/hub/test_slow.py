"""Clients that read slowly."""

from __future__ import annotations

import pytest

from wstool.services.hub.slow import SlowConsumer, SlowReaders
from wstool.wire.close import Close


class Reader:
    """A client as far as this is concerned: a transport that takes nothing."""

    def __init__(self, waiting=0):
        self.peer = "client"
        self.is_open = True
        self.writing_is_paused = True
        self.waiting = waiting
        self.sent = []
        self.closed = None

    def pending_bytes(self):
        """Count what the system hasn't taken."""
        return self.waiting

    def send_serialized(self, data):
        """Take data, and be full again."""
        self.sent.append(data)
        self.writing_is_paused = True

    def close(self, close):
        """Keep how it is closed."""
        self.is_open = False
        self.closed = close


def make(policy, limit=10):
    """Make slow readers and their log."""
    log = []
    return SlowReaders(policy, limit, log.append), log


def resume(readers, reader):
    """Let a client read again."""
    reader.writing_is_paused = False
    readers.resume(reader)


def test_close():
    """Over the limit a client is closed with 1008 and the reason."""
    readers, log = make(SlowConsumer.CLOSE)
    reader = Reader(waiting=6)

    assert readers.send(reader, b"abcd", 1)
    assert not readers.send(reader, b"abcde", 1)
    problem = "reads too slowly: 11 bytes wait for it"
    assert reader.sent == [b"abcd"]
    assert reader.closed == Close(1008, problem)
    assert [(event.kind, event.text) for event in log] == [("cut off", problem)]
    assert len(readers) == 0


def test_drop_newest():
    """Over the limit a client misses what is new, and the log says how much."""
    readers, log = make(SlowConsumer.DROP_NEWEST)
    reader = Reader(waiting=6)

    assert readers.send(reader, b"abcd", 1)
    assert readers.send(reader, b"abcde", 2)
    assert readers.send(reader, b"abcdef", 1)
    assert log == []
    resume(readers, reader)

    assert reader.sent == [b"abcd"]
    assert [event.text for event in log] == [
        "missed 3 messages, since it read too slowly"
    ]
    assert reader not in readers


def test_drop_oldest():
    """Over the limit a client misses what is oldest, and gets the rest in order."""
    readers, log = make(SlowConsumer.DROP_OLDEST)
    reader = Reader(waiting=2)

    for number in range(5):
        assert readers.send(reader, b"%d   " % number, 1)
    assert reader.sent == []
    resume(readers, reader)
    assert reader.sent == [b"3   "]
    assert reader in readers
    resume(readers, reader)
    resume(readers, reader)

    assert reader.sent == [b"3   ", b"4   "]
    assert reader not in readers
    assert [event.text for event in log] == [
        "missed 3 messages, since it read too slowly"
    ]


def test_message_over_the_whole_limit():
    """What no room is for is dropped itself."""
    readers, log = make(SlowConsumer.DROP_OLDEST)
    reader = Reader()

    assert readers.send(reader, b"x" * 11, 1)
    readers.forget(reader)

    assert reader.sent == []
    assert len(log) == 1


@pytest.mark.parametrize("policy", SlowConsumer)
def test_client_that_is_closing(policy):
    """A client that has closed gets nothing more, and isn't cut off."""
    readers, log = make(policy)
    reader = Reader(waiting=100)
    reader.is_open = False

    assert readers.send(reader, b"abc", 1)
    assert (reader.sent, log, len(readers)) == ([], [], 0)


def test_quick_client():
    """Nothing is kept of a client that reads again without having missed a thing."""
    readers, log = make(SlowConsumer.CLOSE)

    resume(readers, Reader())
    readers.forget(Reader())

    assert (len(readers), log) == (0, [])
