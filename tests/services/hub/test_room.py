"""History and recovery: clients that join late, or come back."""

from __future__ import annotations

import json

import pytest

from wstool.services.hub.broadcast import BroadcastMode
from wstool.services.hub.bus import Record
from wstool.wire.opcode import Opcode

from support.connections import raw_client, until
from support.frames import BINARY, CLOSE, PING, PONG, TEXT
from support.modes import ask_for, serving_mode
from support.rooms import mask


FIN = 0x80

pytestmark = pytest.mark.usefixtures("descriptors")


def make_broadcast(name, options, tools):
    """Make a broadcast whose ids begin with 1000."""
    return BroadcastMode(options, tools, clock=lambda: 1.0)


def broadcasting(**options):
    """Run a broadcast with known ids."""
    return serving_mode("broadcast", make=make_broadcast, **options)


async def say(served, *texts):
    """Say something, wait until it is delivered, and leave."""
    before = len(served.mode._places)
    async with raw_client(served.listener) as peer:
        data = b"".join(mask(TEXT, text) for text in texts)
        last = served.mode._last
        await peer.send(data + mask(PING, b"p"))
        while (FIN | PONG, b"p") not in await peer.receive_frames(1):
            pass
        await until(lambda: served.mode._last[1] == last[1] + len(texts))
    await until(lambda: len(served.mode._places) == before)


async def read(served, count, resource_name="/"):
    """Come, and read some messages; check that nothing else is there."""
    request = ask_for(resource_name)
    async with raw_client(served.listener, request=request) as peer:
        await peer.receive_head()
        await peer.send(mask(PING, b"p"))
        frames = []
        while (FIN | PONG, b"p") not in frames or len(frames) <= count:
            frames += await peer.receive_frames(1)
        return [payload for first, payload in frames if first != FIN | PONG]


@pytest.mark.parametrize(
    ("history", "expected"),
    [(0, []), (1, [b"3"]), (2, [b"2", b"3"]), (9, [b"1", b"2", b"3"])],
)
def test_history(run, history, expected):
    """Who joins gets the last messages first."""

    async def scenario():
        async with broadcasting(history=history) as served:
            if not history:
                served.mode._last = (1000, 0)
                return await read(served, 0)
            await say(served, b"1", b"2")
            await say(served, b"3")
            return await read(served, len(expected))

    assert run(scenario()) == expected


def test_history_and_then_what_comes(run):
    """Behind the history comes what is said from then on, nothing left out or twice."""

    async def scenario():
        async with broadcasting(history=5) as served:
            await say(served, b"1", b"2")
            async with raw_client(served.listener) as peer:
                await say(served, b"3")
                frames = await peer.receive_frames(3)
                await say(served, b"4")
                return frames + await peer.receive_frames(1)

    assert [payload for _, payload in run(scenario())] == [b"1", b"2", b"3", b"4"]


def test_ids(run):
    """With ids, messages are objects that have one."""

    async def scenario():
        async with (
            broadcasting(ids=True, include_sender=True) as served,
            raw_client(served.listener) as peer,
        ):
            await peer.send(mask(TEXT, b"a") + mask(BINARY, b"\xff"))
            return await peer.receive_frames(2)

    assert run(scenario()) == [
        (FIN | TEXT, b'{"id":"1000-1","type":"text","data":"a"}'),
        (FIN | TEXT, b'{"id":"1000-2","type":"binary","base64":"/w=="}'),
    ]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param("1000-2", [3, 4], id="missed-some"),
        pytest.param("1000-4", [], id="missed-none"),
        pytest.param("1000-0", [1, 2, 3, 4], id="missed-all"),
        pytest.param("0", [1, 2, 3, 4], id="from-the-beginning"),
        pytest.param("999-2", ["gone", 1, 2, 3, 4], id="another-run"),
        pytest.param("1000-5", ["gone", 1, 2, 3, 4], id="from-the-future"),
        pytest.param("2000-1", ["gone", 1, 2, 3, 4], id="another-future"),
    ],
)
def test_since(run, since, expected):
    """Who comes back gets what it missed, or is told that it is gone."""

    async def scenario():
        async with broadcasting(ids=True) as served:
            await say(served, b"1", b"2", b"3", b"4")
            return await read(served, len(expected), f"/?since={since}")

    events = [json.loads(event) for event in run(scenario())]
    assert [int(e["data"]) if "data" in e else e["type"] for e in events] == expected


def test_gone(run):
    """What was dropped is gone, and from where on there is something is told."""

    async def scenario():
        async with broadcasting(ids=True, keep=2) as served:
            await say(served, b"1", b"2", b"3", b"4")
            return [
                await read(served, count, f"/?since=1000-{number}")
                for number, count in ((1, 3), (2, 2))
            ]

    late, just = run(scenario())
    assert late[0] == b'{"type":"gone","since":"1000-1","oldest":"1000-3"}'
    assert [json.loads(event)["id"] for event in late[1:]] == ["1000-3", "1000-4"]
    assert [json.loads(event)["id"] for event in just] == ["1000-3", "1000-4"]


def test_since_that_is_no_id(run):
    """An id that is none is refused with the reason."""

    async def scenario():
        request = ask_for("/?since=yesterday")
        async with (
            broadcasting(ids=True) as served,
            raw_client(served.listener, request=request) as peer,
        ):
            return await peer.reader.read()

    answer = run(scenario())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"since: 'yesterday' is no message id\n")


def test_without_ids_since_means_nothing(run):
    """Where there are no ids, a path may have whatever it likes."""

    async def scenario():
        async with broadcasting(history=1) as served:
            await say(served, b"1")
            return await read(served, 1, "/?since=yesterday")

    assert run(scenario()) == [b"1"]


def test_own_messages(run):
    """A client gets its own messages neither at once nor while it catches up."""

    async def scenario():
        async with broadcasting(history=5) as served:
            await say(served, b"1")
            async with raw_client(served.listener) as peer:
                await peer.send(mask(TEXT, b"own"))
                await say(served, b"2")
                frames = await peer.receive_frames(2)
            return frames, await read(served, 3)

    frames, later = run(scenario())
    assert [payload for _, payload in frames] == [b"1", b"2"]
    assert later == [b"1", b"own", b"2"]


def test_much_history(run):
    """A long history goes out as fast as it is read, with what comes meanwhile."""
    texts = [b"%05d" % number * 1000 for number in range(5000)]

    async def scenario():
        async with broadcasting(history=10_000, queue_limit=2 << 20) as served:
            await say(served, *texts)
            async with raw_client(served.listener, receive_buffer=1 << 16) as peer:
                connection = next(iter(served.mode._places))
                await until(lambda: connection.writing_is_paused)
                assert connection.pending_bytes() < 2 << 20
                await say(served, b"last")
                frames = await peer.receive_frames(len(texts) + 1)
                await say(served, b"live")
                frames += await peer.receive_frames(1)
                return [payload for _, payload in frames], served.log

    payloads, log = run(scenario())
    assert payloads == [*texts, b"last", b"live"]
    assert log == []


def test_too_slow_to_catch_up(run):
    """Who reads so slowly that the history is gone meanwhile is cut off."""

    async def scenario():
        async with broadcasting(history=100) as served:
            await say(served, *[b"x" * 60_000] * 100)
            async with raw_client(served.listener, receive_buffer=1 << 16) as peer:
                connection = next(iter(served.mode._places))
                await until(lambda: connection.writing_is_paused)
                for _ in range(100):
                    await say(served, b"y" * 1000)
                frames = []
                while not frames or frames[-1][0] != FIN | CLOSE:
                    frames += await peer.receive_frames(1)
                return frames[-1][1]

    assert run(scenario())[2:] == (
        b"reads too slowly: what it has to catch up on is gone"
    )


def test_ids_that_begin_again(run):
    """Where ids go back, what was known by later ones is no history any more."""

    async def scenario():
        async with (
            serving_mode(
                "broadcast",
                make=lambda name, *given: BroadcastMode(*given, clock=lambda: 0.0),
                history=9,
            ) as served,
            raw_client(served.listener) as peer,
        ):
            for id_ in ((5, 1), (5, 2), (3, 1), (3, 2)):
                payload = b"%d-%d" % id_
                served.mode._receive([Record(id_, "", Opcode.TEXT, payload, 0)])
            frames = await peer.receive_frames(4)
            return [payload for _, payload in frames], await read(served, 2)

    everything = [b"5-1", b"5-2", b"3-1", b"3-2"]
    assert run(scenario()) == (everything, everything[2:])


def test_rooms_have_their_own(run):
    """Each room has its history, also while nobody is in it."""

    async def scenario():
        async with serving_mode("rooms", history=5) as served:
            for path in ("/a", "/b"):
                async with raw_client(served.listener, request=ask_for(path)) as peer:
                    await peer.receive_head()
                    await peer.send(mask(TEXT, path.encode()) + mask(PING, b"p"))
                    await peer.receive_frames(1)
            await until(lambda: not served.listener.connections)
            health = served.mode.describe_health()
            assert (health["rooms"], health["history"]["messages"]) == (0, 2)
            return await read(served, 1, "/a") + await read(served, 1, "/b")

    assert run(scenario()) == [b"/a", b"/b"]
