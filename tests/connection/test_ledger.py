"""The ledger: messages that have gone out, told from bytes."""

from __future__ import annotations

import pytest

from wstool.connection.ledger import Ledger

from support.frames import BINARY, frame


def make_ledger(*batches, plain_size=1 << 63):
    """Make a ledger of batches sent, each with the bytes sent up to its end."""
    ledger = Ledger()
    ledger.plain_size = plain_size
    for payloads, end in batches:
        ledger.add(payloads, end=end)
    return ledger


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_frame_counts_once_its_last_byte_is_out(size):
    """The size of a frame is known for each spelling of the length."""
    payloads = [b"x" * size, b"next"]
    frames = [frame(BINARY, payload, masking_key=b"abcd") for payload in payloads]
    first, end = len(frames[0]), len(frames[0] + frames[1])
    ledger = make_ledger((payloads, end))

    counts = [ledger.count_out(sent) for sent in (0, first - 1, first, end - 1, end)]

    assert counts == [0, 0, 1, 1, 2]


def test_batches_add_up():
    """Each batch is counted from where the one before it ended."""
    ledger = make_ledger(([b"a", b"b"], 14), ([b"c"], 21), ([b"dd", b"ee"], 37))

    counts = {sent: ledger.count_out(sent) for sent in (0, 7, 14, 20, 21, 29, 36, 37)}

    assert counts == {0: 0, 7: 1, 14: 2, 20: 2, 21: 3, 29: 4, 36: 4, 37: 5}
    assert ledger.total == 5


def test_other_frames_between_batches():
    """A ping between two batches belongs to neither."""
    ledger = make_ledger(([b"a"], 7), ([b"b"], 20))

    assert {sent: ledger.count_out(sent) for sent in (13, 19, 20)} == {
        13: 1,
        19: 1,
        20: 2,
    }


@pytest.mark.parametrize(
    ("sizes", "plain_size", "counts"),
    [
        pytest.param([10, 99], 100, [1, 2], id="all-below"),
        pytest.param([10, 100], 100, [0, 2], id="one-at-the-limit"),
        pytest.param([0, 0], 0, [0, 2], id="none-is-plain"),
    ],
)
def test_compressed_or_fragmented(sizes, plain_size, counts):
    """A batch with a message that isn't one plain frame counts only as a whole."""
    end = sum(size + 6 for size in sizes)
    ledger = make_ledger(([bytes(n) for n in sizes], end), plain_size=plain_size)

    assert [ledger.count_out(end - 1), ledger.count_out(end)] == counts


def test_forgetting_keeps_the_count():
    """Batches that are out whole are dropped, and count still."""
    ledger = make_ledger(([b"a", b"b"], 14), ([b"c"], 21))

    ledger.forget(14)

    assert ledger.count_out(14) == 2
    assert ledger.count_out(21) == 3


def test_nothing_sent():
    """An empty ledger counts nothing, and so does a batch without messages."""
    assert make_ledger().count_out(1000) == 0
    assert make_ledger(([], 10)).count_out(0) == 0
