"""Round trips by the short way, on servers that do all that a server may."""

from __future__ import annotations

import asyncio

import pytest

from wstool.connection.dial import dial
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.options import ConnectOptions, Observer, RequestOptions
from wstool.services.bench import Load, Supply, run_load
from wstool.services.bench.express import Foreseen
from wstool.services.hub.echo import EchoMode
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.virtual import Outcome


ONE = [b"just one message"]
SEVERAL = [b"a" * size for size in (1, 200, 0, 125, 126, 3)]
SETS = [pytest.param(ONE, id="one"), pytest.param(SEVERAL, id="several")]

pytestmark = pytest.mark.usefixtures("descriptors")


class Server(EchoMode):
    """An echo server that does something else now and then."""

    def __init__(self, meddle):
        """
        Serve.

        Args:
            meddle: Called with connection, opcode and payloads; what it returns is
                sent as it is usual, and None stands for all that came.
        """
        super().__init__()
        self.meddle = meddle
        self.turns = 0

    def batch_received(self, connection, opcode, payloads):
        """Answer."""
        self.turns += 1
        replies = self.meddle(connection, opcode, payloads)
        connection.send(opcode, payloads if replies is None else replies)


async def make_load(handler, payloads, *, observer=None, meddle=None, **options):
    """Make a load of echoes on a handler of ours."""
    listener = await listen(handler, ListenOptions(port=0), lambda event: None)
    outcome = Outcome()
    fields = {"duration": None, "connections": 3, "drain": 10.0, **options}
    try:
        target = ConnectOptions(
            parse_uri(listener.url),
            request=RequestOptions(deflate=None),
            observer=observer or Observer(),
        )
        await run_load(
            Load(**fields),
            Supply(Opcode.TEXT, payloads),
            lambda handler: dial(target, handler),
            report=outcome.add,
            stopped=asyncio.get_running_loop().create_future(),
        )
    finally:
        await listener.stop(grace=1)
    return outcome


@pytest.mark.parametrize("payloads", SETS)
@pytest.mark.parametrize("depth", [1, 7, 300])
def test_exact(run, payloads, depth):
    """Messages and their bytes are counted exactly, whatever was in flight."""
    outcome = run(make_load(EchoMode(), payloads, limit=1200, depth=depth))

    assert (outcome.sent, outcome.received, outcome.errors) == (1200, 1200, {})
    assert outcome.latency.count == 1200
    total = sum(sample.bytes_received for sample in outcome.samples)
    assert total == sum(sample.bytes_sent for sample in outcome.samples)
    if payloads is ONE:
        assert total == 1200 * len(ONE[0])


@pytest.mark.parametrize("payloads", SETS)
def test_endless(run, payloads):
    """Without a limit it goes on to the end of its time, and nothing is lost."""
    outcome = run(make_load(EchoMode(), payloads, duration=0.3, depth=4))

    assert outcome.received > 100
    assert outcome.sent == outcome.received == outcome.latency.count
    assert outcome.errors == {}


@pytest.mark.parametrize("payloads", SETS)
@pytest.mark.parametrize("depth", [1, 7])
def test_pings(run, payloads, depth):
    """A ping between two replies, or in one, is answered and nothing else changes."""
    pongs = []

    def meddle(connection, opcode, payloads):
        if server.turns % 3 == 0:
            connection.send_ping(b"still there?")

    class Pinging(Server):
        def pong_received(self, connection, payload):
            pongs.append(payload)

    server = Pinging(meddle)
    outcome = run(make_load(server, payloads, limit=300, depth=depth))

    assert (outcome.received, outcome.errors) == (300, {})
    assert set(pongs) == {b"still there?"}


@pytest.mark.parametrize("payloads", SETS)
def test_fragments(run, payloads):
    """Replies in fragments are replies."""

    def meddle(connection, opcode, payloads):
        if server.turns % 2:
            connection.endpoint.send_fragments(opcode, payloads, 2)
            return []
        return None

    server = Server(meddle)
    outcome = run(make_load(server, payloads, limit=300, depth=5))

    assert (outcome.received, outcome.errors) == (300, {})


@pytest.mark.parametrize("payloads", SETS)
def test_cut_anywhere(run, payloads):
    """Replies may come in pieces that end anywhere, in the middle of a ping too."""
    waiting = {}

    def meddle(connection, opcode, payloads):
        connection.endpoint.send(opcode, payloads)
        connection.endpoint.send_ping(b"?")
        if not waiting.get(connection):
            asyncio.get_running_loop().call_soon(trickle, connection)
        waiting.setdefault(connection, bytearray()).extend(
            b"".join(connection.endpoint.output)
        )
        connection.endpoint.output.clear()
        return []

    def trickle(connection):
        connection.transport.write(bytes([waiting[connection].pop(0)]))
        if waiting[connection]:
            asyncio.get_running_loop().call_later(0.0005, trickle, connection)

    outcome = run(make_load(Server(meddle), payloads, limit=24, depth=2))

    assert (outcome.received, outcome.errors) == (24, {})


@pytest.mark.parametrize("payloads", SETS)
def test_wrong_reply(run, payloads):
    """A reply that differs is counted, and those behind it are right again."""

    def meddle(connection, opcode, payloads):
        return [b"wrong", *payloads[1:]] if server.turns % 10 == 0 else None

    server = Server(meddle)
    outcome = run(make_load(server, payloads, limit=300, depth=1))

    assert (outcome.received, outcome.errors.keys()) == (300, {"reply_differs"})
    assert outcome.count("reply_differs") == 30


def test_unexpected(run):
    """Messages that answer nothing are told apart from replies, as they look alike."""

    def meddle(connection, opcode, payloads):
        return payloads * 2 if server.turns == 5 else None

    server = Server(meddle)
    outcome = run(make_load(server, ONE, connections=1, duration=0.2))

    assert outcome.count("unexpected") == 1
    assert outcome.latency.count == outcome.sent


def test_server_closes(run):
    """A connection that the server closes takes its messages with it."""

    def meddle(connection, opcode, payloads):
        if server.turns == 50:
            connection.close(Close(1001))
            return []
        return None

    server = Server(meddle)
    outcome = run(make_load(server, ONE, limit=3000, depth=4))

    assert outcome.count("closed_early") == 1
    assert outcome.received + outcome.count("unanswered") == outcome.sent


def test_server_aborts(run):
    """So does one that is cut off."""

    def meddle(connection, opcode, payloads):
        if server.turns == 50:
            connection.abort()

    server = Server(meddle)
    outcome = run(make_load(server, ONE, limit=3000, depth=4))

    assert outcome.count("connection_lost") == 1
    assert outcome.received + outcome.count("unanswered") == outcome.sent


def test_observed(run):
    """Who watches the bytes sees all of them."""
    received, sent = [], []
    observer = Observer(bytes_received=received.append, bytes_sent=sent.append)
    outcome = run(make_load(EchoMode(), ONE, limit=60, observer=observer))

    assert (outcome.received, outcome.errors) == (60, {})
    assert len(b"".join(received)) >= 60 * (2 + len(ONE[0]))
    assert len(b"".join(sent)) >= 60 * (6 + len(ONE[0]))


@pytest.mark.parametrize("size", [64, 70_000, 3_000_000])
def test_sizes(run, size):
    """Messages larger than a read are round trips too."""
    outcome = run(make_load(EchoMode(), [bytes(size)], limit=9))

    assert (outcome.received, outcome.errors) == (9, {})


@pytest.mark.parametrize("payloads", SETS)
def test_foreseen(payloads):
    """What is foreseen is counted by whole frames; anything else isn't it."""
    foreseen = Foreseen(Supply(Opcode.TEXT, payloads), read_size=50)
    ring = foreseen.give(0, foreseen.size)
    ends = [foreseen.locate(number) for number in range(1, len(payloads))]
    ends.append(foreseen.size)

    for start in range(foreseen.size):
        for end in range(start + 1, min(start + 50, foreseen.size)):
            count = sum(start < place <= end for place in ends)
            assert foreseen.match(start, ring[start:end]) == count
    assert foreseen.match(0, b"\x82" + ring[1:]) == -1
