"""Pings, on a connection and with a clock that the test has."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.handler import Ending
from wstool.errors import ConnectionLost, ExpectationFailed, Stopped
from wstool.services.ping import Pinger, PingOptions
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.fake_connection import FakeConnection


class Peer(FakeConnection):
    """A connection whose peer answers what it is told to answer."""

    def __init__(self, answers):
        super().__init__()
        self.answers = answers
        self.pinger = None
        self.clock = 0

    def send(self, opcode, payloads):
        """Answer so many milliseconds later, by the test's clock."""
        super().send(opcode, payloads)
        delay = self.answers(len(self.sent))
        if delay is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._answer, opcode, payloads, delay)

    def close(self, close):
        """Close at once."""
        if self.is_open:
            self.end(Ending(None, close, close))

    def end(self, ending):
        """End, in a later turn of the loop."""
        self.is_open = False
        loop = asyncio.get_running_loop()
        loop.call_soon(self.pinger.connection_ended, self, ending)

    def _answer(self, opcode, payloads, delay):
        if not self.is_open:
            return
        self.clock += int(delay * 1e6)
        if opcode is Opcode.PING:
            self.pinger.pong_received(self, payloads[0])
        else:
            self.pinger.batch_received(self, opcode, payloads)


class Watcher:
    """Keep what is told."""

    def __init__(self):
        self.events = []

    def replied(self, number, duration):
        """Keep a round trip, in milliseconds."""
        self.events.append((number, duration / 1e6))

    def merged(self, number, duration, by):
        """Keep a round trip that ended with another one."""
        self.events.append((number, duration / 1e6, by))

    def lost(self, number):
        """Keep a loss."""
        self.events.append((number, "lost"))

    def late(self, number, duration):
        """Keep a late answer."""
        self.events.append((number, "late"))


def play(answers, *, meddle=None, **options):
    """Ping a peer; return the pinger, what was told, and what was raised."""

    async def run():
        peer, watcher = Peer(answers), Watcher()
        pinger = peer.pinger = Pinger(
            PingOptions(**options), watcher, clock=lambda: peer.clock
        )
        stopped = asyncio.get_running_loop().create_future()

        async def dial(handler):
            assert handler is pinger
            return peer

        if meddle is not None:
            asyncio.get_running_loop().call_later(0.02, meddle, peer, stopped)
        error = None
        async with asyncio.timeout(20):
            try:
                await pinger.run(dial, stopped)
            except Exception as raised:
                error = raised
        return pinger, peer, watcher.events, error

    return asyncio.run(run())


def test_round_trips():
    """Each pong gives the time since its ping."""
    pinger, peer, events, error = play(lambda n: 2 * n, limit=3, interval=0.001)

    assert error is None
    assert events == [(1, 2), (2, 4), (3, 6)]
    assert (pinger.sent, pinger.lost, pinger.spread.mean) == (3, 0, 4_000_000)
    assert [opcode for opcode, _ in peer.sent] == [Opcode.PING] * 3
    assert len({payload for _, payload in peer.sent}) == 3


def test_message():
    """A message is sent instead, and the next message counts as its reply."""
    message = Batch(Opcode.TEXT, [b"hello"])
    _, peer, events, error = play(lambda n: 1, limit=2, interval=0.001, message=message)

    assert (error, events) == (None, [(1, 1), (2, 1)])
    assert peer.sent == [(Opcode.TEXT, b"hello")] * 2


def test_flood():
    """With flood the next ping goes out when the last one is settled."""
    _, _, events, error = play(lambda n: 1, limit=50, flood=True, interval=1000)

    assert (error, len(events)) == (None, 50)


def test_lost():
    """A ping that isn't answered in time is lost, and that is no success."""
    pinger, _, events, error = play(
        lambda n: None if n == 3 else 1, limit=3, interval=0.001, wait=0.05
    )

    assert events == [(1, 1), (2, 1), (3, "lost")]
    assert (pinger.sent, pinger.lost, pinger.spread.count) == (3, 1, 2)
    assert isinstance(error, ExpectationFailed)
    assert str(error) == "expected 3 pongs, got 2"


def test_flood_lost():
    """A loss doesn't end a flood."""
    _, _, events, _ = play(
        lambda n: None if n == 1 else 1, limit=2, flood=True, wait=0.01
    )

    assert events == [(1, "lost"), (2, 1)]


def test_late():
    """An answer after the limit is told, and changes nothing."""

    def answer_late(peer, stopped):
        peer._answer(*peer.sent[0][:1], [peer.sent[0][1]], 500)

    pinger, _, events, _ = play(
        lambda n: None if n == 1 else 1,
        limit=2,
        interval=0.2,
        wait=0.005,
        meddle=answer_late,
    )

    assert events == [(1, "lost"), (1, "late"), (2, 1)]
    assert (pinger.spread.count, pinger.lost) == (1, 1)


def test_merged_pongs():
    """A pong answers the pings before it, which a peer may leave out."""
    pinger, _, events, error = play(
        lambda n: 5 if n == 3 else None, limit=3, interval=0.001, wait=5.0
    )

    assert error is None
    assert events == [(1, 5, 3), (2, 5, 3), (3, 5)]
    assert (pinger.spread.count, pinger.lost) == (3, 0)


def test_foreign_pongs():
    """A pong that answers none of our pings is no round trip."""

    def answer_wrong(peer, stopped):
        peer.pinger.pong_received(peer, b"")
        peer.pinger.pong_received(peer, b"unsolicited")
        peer.pinger.pong_received(peer, b"????\0\0\0\1")
        peer.pinger.pong_received(peer, peer.sent[0][1][:4] + b"\0\0\0\7")

    _, _, events, _ = play(lambda n: None, limit=1, wait=0.05, meddle=answer_wrong)

    assert events == [(1, "lost")]


def test_stopped():
    """What is on its way when the user stops isn't lost."""

    def stop(peer, stopped):
        stopped.set_result(Stopped(2, "SIGINT"))

    pinger, _, events, error = play(lambda n: None, interval=1000, meddle=stop)

    assert (error, events) == (None, [])
    assert (pinger.sent, pinger.waiting, pinger.lost) == (1, 1, 0)


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        pytest.param(
            Ending(ConnectionLost("the stream ended"), None, None),
            "connection lost without a close frame (1006): the stream ended",
            id="lost",
        ),
        pytest.param(
            Ending(None, Close(1011, "no"), Close(1011), True),
            "the peer closed the connection: 1011 (internal error) no",
            id="error-code",
        ),
        pytest.param(
            Ending(None, Close(1000), Close(1000), True),
            "expected 5 pongs, got 0 before the peer closed",
            id="closed",
        ),
    ],
)
def test_ended(ending, error):
    """The end of the connection is the end, and its cause is told."""
    _, _, _, raised = play(
        lambda n: None,
        limit=5,
        interval=1000,
        meddle=lambda peer, stopped: peer.end(ending),
    )

    assert str(raised) == error


def test_cancelled():
    """The connection may end when nobody waits for it any more."""

    async def run():
        peer = Peer(lambda n: None)
        pinger = peer.pinger = Pinger(PingOptions(), Watcher())
        peer.close = lambda close: None

        async def dial(handler):
            return peer

        stopped = asyncio.get_running_loop().create_future()
        running = asyncio.ensure_future(pinger.run(dial, stopped))
        await asyncio.sleep(0)
        stopped.set_result(Stopped(2, "SIGINT"))
        for _ in range(5):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        pinger.connection_ended(peer, Ending(None, None, None))

    asyncio.run(run())


def test_bounded():
    """Pings that nobody answers don't grow without bound."""
    pinger, _, _, _ = play(
        lambda n: None if n % 2 else 1,
        limit=40_000,
        flood=True,
        wait=0.0,
    )

    assert pinger.sent == 40_000
    assert len(pinger._pings) + len(pinger._lost) <= 1 << 14
