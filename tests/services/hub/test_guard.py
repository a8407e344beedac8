"""What stands between the clients and a mode."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from wstool.connection.rate import Rate
from wstool.connection.visitor import Refusal
from wstool.services.hub.checks import check_json
from wstool.services.hub.echo import EchoMode
from wstool.services.hub.guard import Guard, GuardOptions
from wstool.services.hub.mode import Mode
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.connections import listening, raw_client, strip_peers, until
from support.frames import BINARY, CLOSE, PING, PONG, TEXT
from support.rooms import mask
from support.visitors import visit


FIN = 0x80
POLICY = b"\x03\xf0"
INVALID = b"\x03\xef"

pytestmark = pytest.mark.usefixtures("descriptors")


@asynccontextmanager
async def guarded(log=None, mode=None, **options):
    """Run an echo server behind a guard whose clock stands still; give a client."""
    guard = Guard(mode or EchoMode(), GuardOptions(**options), lambda: 0.0)
    async with listening(guard, log=log) as listener, raw_client(listener) as peer:
        yield peer


class Recorder(Mode):
    """Keep what is called."""

    delivered = 7

    def __init__(self):
        self.seen = []

    async def start(self):
        """Keep a start."""
        self.seen.append("start")

    async def stop(self):
        """Keep a stop."""
        self.seen.append("stop")

    def describe_health(self):
        """Be in good health."""
        return {"good": True}

    def refuse(self, visitor):
        """Refuse a path."""
        return Refusal(403, "no") if visitor.path == "/no" else None

    def connection_opened(self, connection, visitor):
        """Fill a new client up."""
        while not connection.writing_is_paused:
            connection.send(Opcode.BINARY, [bytes(1 << 16)])
        self.seen.append(("opened", visitor.path))

    def writing_paused(self, connection):
        """Keep a pause."""
        self.seen.append("paused")

    def writing_resumed(self, connection):
        """Keep the end of a pause."""
        self.seen.append("resumed")

    def ping_received(self, connection, payload):
        """Keep a ping."""
        self.seen.append(("ping", payload))

    def pong_received(self, connection, payload):
        """Keep a pong."""
        self.seen.append(("pong", payload))

    def close_received(self, connection, close):
        """Keep a close code."""
        self.seen.append(("close", close.code))

    def connection_ended(self, connection, ending):
        """Keep an end."""
        self.seen.append("ended")


@pytest.mark.parametrize(
    ("options", "payloads", "good", "last"),
    [
        pytest.param(
            {"message_rate": Rate(2)},
            [b"a", b"b", b"c", b"d"],
            2,
            POLICY + b"too fast: over 2/s messages",
            id="message-rate",
        ),
        pytest.param(
            {"byte_rate": Rate(1000)},
            [b"x" * 600] * 4,
            2,
            POLICY + b"too fast: over 1000/s bytes",
            id="byte-rate",
        ),
        pytest.param(
            {"check": check_json},
            [b"1", b"2", b"{", b"4"],
            2,
            INVALID
            + b"not JSON: Expecting property name enclosed in double quotes "
            + b"at line 1 column 2",
            id="json",
        ),
        pytest.param(
            {"message_rate": Rate(1), "check": check_json},
            [b"1", b"{"],
            1,
            POLICY + b"too fast: over 1/s messages",
            id="the-first-is-what-counts",
        ),
    ],
)
def test_guard(run, options, payloads, good, last):
    """What comes before a bad message is handed on, the bad one closes."""

    async def scenario():
        log = []
        async with guarded(log, **options) as peer:
            await peer.send(b"".join(mask(TEXT, payload) for payload in payloads))
            frames = await peer.receive_frames(good + 1)
            await peer.send(mask(TEXT, b"late") + mask(CLOSE, last[:2]))
            rest = await peer.receive_until_end()
            await until(lambda: len(log) == 2)
        return frames, rest, strip_peers(log)[1]

    frames, rest, (kind, text) = run(scenario())
    assert frames[:-1] == [(FIN | TEXT, payload) for payload in payloads[:good]]
    assert frames[-1] == (FIN | CLOSE, last)
    assert rest == []
    assert kind == "closed"
    assert text.endswith(last[2:].decode())


def test_long_reason(run):
    """A reason that is too long for a close frame is cut between characters."""

    async def scenario():
        async with guarded(check=lambda opcode, payload: close) as peer:
            await peer.send(mask(BINARY, b"x"))
            return await peer.receive_frames(1)

    close = Close(1008, "é" * 100)
    assert run(scenario()) == [(FIN | CLOSE, POLICY + "é".encode() * 60 + b"...")]


def test_everything_is_passed_on(run):
    """A guard lets everything else through to its mode, and back."""

    async def scenario():
        mode = Recorder()
        seen = mode.seen
        guard = Guard(mode, GuardOptions(message_rate=Rate(1)), lambda: 0.0)
        await guard.start()
        facts = (
            guard.describe_health(),
            guard.delivered,
            guard.refuse(visit("/no")),
            guard.refuse(visit("/")),
        )
        async with listening(guard) as listener, raw_client(listener) as peer:
            reading = asyncio.ensure_future(peer.wait_for_end())
            while "resumed" not in seen:
                await asyncio.sleep(0.001)
            data = [mask(PING, b"1"), mask(PONG, b"2"), mask(CLOSE, b"\x03\xe8")]
            await peer.send(b"".join(data))
            await reading
            while "ended" not in seen:
                await asyncio.sleep(0.001)
        await guard.stop()
        return facts, seen

    facts, seen = run(scenario())
    assert facts == ({"good": True}, 7, Refusal(403, "no"), None)
    assert seen == [
        "start",
        "paused",
        ("opened", "/chat"),
        "resumed",
        ("ping", b"1"),
        ("pong", b"2"),
        ("close", 1000),
        "ended",
        "stop",
    ]


def test_nothing_is_asked():
    """Options that ask for nothing need no guard."""
    assert not GuardOptions().asks
    assert GuardOptions(byte_rate=Rate(1)).asks
