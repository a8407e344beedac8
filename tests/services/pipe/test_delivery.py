"""Messages kept until they are known to be delivered."""

from __future__ import annotations

import pytest

from wstool.services.pipe.delivery import Delivery, Proof
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.fake_connection import FakeConnection


class Delivering:
    """A delivery, its connection and its clock."""

    def __init__(self, proof=Proof.PONG, *, resend=True):
        self.now = 0.0
        self.notes = []
        self.connection = FakeConnection()
        self.delivery = Delivery(proof, resend=resend, clock=lambda: self.now)

    def add(self, *payloads, handed=True):
        """Take messages as the feeder does."""
        self.delivery.add(Batch(Opcode.TEXT, list(payloads)), handed=handed)
        self.delivery.mark(self.connection)

    @property
    def pings(self):
        """The payloads of the pings sent."""
        return [data for opcode, data in self.connection.sent if opcode is Opcode.PING]

    def take_again(self):
        """Give the messages for the next connection."""
        batches = self.delivery.take_again(self.notes.append)
        return [payload for batch in batches for payload in batch.payloads]


def test_nothing():
    """Without messages there is nothing to wait for, nor to mark."""
    delivering = Delivering()
    delivering.delivery.mark(delivering.connection)

    assert (delivering.delivery.pending, delivering.pings) == (0, [])
    assert delivering.take_again() == []
    assert delivering.notes == []


def test_pong():
    """A pong proves what stood before its ping, and nothing behind it."""
    delivering = Delivering()
    delivering.add(b"a", b"b")
    delivering.add(b"c")
    assert len(delivering.pings) == 1

    assert delivering.delivery.take_pong(delivering.pings[0])
    assert (delivering.delivery.delivered, delivering.delivery.pending) == (2, 1)
    delivering.delivery.mark(delivering.connection)
    assert delivering.delivery.take_pong(delivering.pings[1])
    assert delivering.delivery.pending == 0


@pytest.mark.parametrize(
    ("payload", "ours"),
    [
        pytest.param(b"", False, id="keep-alive"),
        pytest.param(b"there?", False, id="of-the-user"),
        pytest.param(b"wstool 2", True, id="of-a-connection-before"),
        pytest.param(b"wstool x", True, id="malformed"),
        pytest.param(b"wstool 99", True, id="never-sent"),
    ],
)
def test_other_pongs(payload, ours):
    """A pong to anything else proves nothing."""
    delivering = Delivering()
    delivering.add(b"a")

    assert delivering.delivery.take_pong(payload) is ours
    assert delivering.delivery.pending == 1


def test_pong_of_the_connection_before():
    """What was marked on a lost connection is marked again on the next one."""
    delivering = Delivering()
    delivering.add(b"a")
    delivering.take_again()
    assert delivering.delivery.take_pong(delivering.pings[0])
    assert delivering.delivery.pending == 1

    delivering.delivery.mark(delivering.connection)
    assert delivering.delivery.take_pong(delivering.pings[1])
    assert delivering.delivery.pending == 0


def test_late_pong():
    """Nobody waits for ever for the pong of a peer that sends none."""
    delivering = Delivering()
    delivering.add(b"a")
    assert delivering.delivery.awaits_pong
    delivering.now = 20.5
    assert not delivering.delivery.awaits_pong


def test_replies():
    """One reply proves one message, in order, and no more than were sent."""
    delivering = Delivering(Proof.REPLY)
    delivering.add(b"a", b"b", b"c")
    delivering.add(b"d", handed=False)
    assert delivering.pings == []

    delivering.delivery.take_replies(2)
    assert (delivering.delivery.delivered, delivering.delivery.pending) == (2, 2)
    assert delivering.take_again() == [b"c", b"d"]
    assert delivering.notes == [
        "message 3 may have been delivered already; sending again"
    ]
    delivering.delivery.take_replies(5)
    assert delivering.delivery.pending == 0


def test_replies_prove_nothing_to_who_waits_for_pongs():
    """A server may send for reasons of its own."""
    delivering = Delivering()
    delivering.add(b"a")
    delivering.delivery.take_replies(1)

    assert delivering.delivery.pending == 1
    assert not delivering.delivery.awaits_replies


@pytest.mark.parametrize(
    ("proof", "answer", "pending"),
    [
        pytest.param(Proof.PONG, Close(1000), 0, id="answered"),
        pytest.param(Proof.PONG, None, 1, id="not-answered"),
        pytest.param(Proof.REPLY, Close(1000), 1, id="reply-wanted"),
    ],
)
def test_closing(proof, answer, pending):
    """Who answers our close frame has read what stood before it."""
    delivering = Delivering(proof)
    delivering.add(b"a")
    delivering.delivery.take_closing(answer)

    assert delivering.delivery.pending == pending


def test_again():
    """What may have arrived is sent again and named; what never went out isn't."""
    delivering = Delivering()
    delivering.add(b"a")
    delivering.delivery.take_pong(delivering.pings[0])
    delivering.add(b"b", b"c")
    delivering.add(b"d", handed=False)

    assert delivering.take_again() == [b"b", b"c", b"d"]
    assert delivering.notes == [
        "messages 2 to 3 may have been delivered already; sending again"
    ]
    assert delivering.delivery.describe_unknown() == "messages 2 to 4"


def test_again_without_unknown():
    """Messages that no connection has had are sent without a word."""
    delivering = Delivering()
    delivering.add(b"a", handed=False)

    assert delivering.take_again() == [b"a"]
    assert delivering.notes == []


def test_no_resend():
    """What may have arrived isn't sent again where that isn't wanted, but named."""
    delivering = Delivering(resend=False)
    delivering.add(b"a", b"b")
    delivering.add(b"c", handed=False)

    assert delivering.take_again() == [b"c"]
    assert delivering.notes == [
        "messages 1 to 2 may have been delivered or not; not sending again"
    ]
    delivering.delivery.mark(delivering.connection)
    delivering.delivery.take_pong(delivering.pings[-1])
    assert (delivering.delivery.pending, delivering.delivery.delivered) == (0, 1)
    assert delivering.delivery.describe_unknown() == "messages 1 to 2"


def test_full():
    """Kept messages are bounded, also where they have no payload."""
    delivering = Delivering()
    delivering.add(bytes(1 << 20))
    assert delivering.delivery.is_full
    delivering.delivery.take_pong(delivering.pings[0])
    assert not delivering.delivery.is_full

    delivering.add(*[b""] * (1 << 14))
    assert delivering.delivery.is_full


def test_part_of_a_batch():
    """What is confirmed of a batch isn't kept."""
    delivering = Delivering(Proof.REPLY)
    delivering.add(*[bytes(1 << 18)] * 4)
    assert delivering.delivery.is_full
    delivering.delivery.take_replies(3)

    assert not delivering.delivery.is_full
    assert len(delivering.take_again()) == 1


def test_time_of_the_last_proof():
    """What proves nothing doesn't count as a proof."""
    delivering = Delivering(Proof.REPLY)
    delivering.add(b"a", b"b")
    delivering.now = 5.0
    delivering.delivery.take_replies(1)
    delivering.now = 7.0
    delivering.delivery.take_replies(0)
    assert delivering.delivery.confirmed_at == 5.0
