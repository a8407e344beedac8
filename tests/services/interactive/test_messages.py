"""The messages of a conversation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wstool.services.interactive.messages import Message, MessageStore
from wstool.wire.opcode import Opcode


def make_store(*batches, max_kept=1 << 20):
    """Make a store of batches received, at times from 0 on."""
    store = MessageStore(max_kept=max_kept)
    for time, payloads in enumerate(batches):
        store.add(Opcode.TEXT, list(payloads), sent=False, time=time)
    return store


def test_numbers():
    """Messages are numbered from 1 on, in both directions."""
    store = MessageStore()
    first = store.add(Opcode.TEXT, [b"a", b"b"], sent=False, time=1)
    second = store.add(Opcode.BINARY, [b"c"], sent=True, time=2)

    assert (first.first, first.last) == (1, 2)
    assert (second.first, second.last) == (3, 3)
    assert store.find(2) == Message(2, 1, False, Opcode.TEXT, b"b")
    assert store.find(3) == Message(3, 2, True, Opcode.BINARY, b"c")
    assert store.find(0) is store.find(4) is None
    assert (store.count, store.kept, store.first_kept) == (3, 3, 1)


def test_empty():
    """A store without messages has none to give."""
    store = MessageStore()

    assert (store.count, store.kept, store.first_kept) == (0, 0, 1)
    assert store.newest(5) == []
    assert store.find(1) is None


def test_newest():
    """The newest messages come in their order."""
    store = make_store([b"a", b"b"], [b"c", b"d"])

    assert [message.payload for message in store.newest(3)] == [b"b", b"c", b"d"]


def test_bounded():
    """The oldest runs go when memory is short; the last one always stays."""
    store = make_store(*[[b"x" * 936]] * 5, max_kept=3000)

    assert (store.count, store.kept, store.first_kept) == (5, 3, 3)
    assert store.kept_bytes == 3000
    assert store.find(2) is None
    store.add(Opcode.BINARY, [b"x" * 10_000], sent=False, time=9)
    assert (store.kept, store.first_kept) == (1, 6)


@given(
    st.lists(st.lists(st.binary(max_size=200), min_size=1, max_size=20)),
    st.integers(0, 5000),
)
def test_everything_kept_is_found(batches, max_kept):
    """Whatever is kept is found by its number, and memory is as it's counted."""
    store = make_store(*batches, max_kept=max_kept)
    flat = [payload for batch in batches for payload in batch]

    assert store.count == len(flat)
    for number in range(1, len(flat) + 1):
        found = store.find(number)
        if number < store.first_kept:
            assert found is None
        else:
            assert found.payload == flat[number - 1]
    kept = [payload for run in store.runs() for payload in run.payloads]
    assert kept == flat[len(flat) - store.kept :]
    assert store.kept_bytes == sum(len(payload) + 64 for payload in kept)
    assert store.kept_bytes <= max_kept or len(store.runs()) == 1
