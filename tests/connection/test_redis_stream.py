"""A Redis stream: what can go wrong before Redis is asked; and Redis itself."""

from __future__ import annotations

import asyncio
import sys

import pytest

from wstool.connection.redis_stream import (
    RedisStream,
    StreamFailed,
    StreamState,
    hide_password,
)
from wstool.errors import UsageError

from support.redis import running_redis


def test_without_the_library(monkeypatch):
    """Without the library the extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(UsageError) as raised:
        RedisStream("redis://localhost", "key", max_length=1)
    assert str(raised.value) == (
        "--bus needs the extra redis: pip install 'wstool-cli[redis]'"
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://user:secret@host", "redis://user:***@host"),
        ("rediss://:secret@host", "rediss://:***@host"),
    ],
)
def test_hide_password(url, shown):
    """A password is shown to nobody."""
    assert hide_password(url) == shown


@pytest.mark.peers
@pytest.mark.parametrize("url", ["http://host", "redis://host:port"])
def test_bad_url(url):
    """A URL that is none is named."""
    with pytest.raises(UsageError, match=f"^--bus {url}: "):
        RedisStream(url, "key", max_length=1)


def with_redis(tmp_path, scenario):
    """Run a scenario with a stream and its Redis."""

    async def run(server):
        stream = RedisStream(server.url, "key", max_length=100)
        try:
            return await asyncio.wait_for(scenario(stream, server), 20)
        finally:
            await stream.close()

    with running_redis(tmp_path) as server:
        return asyncio.run(run(server))


@pytest.mark.peers
def test_append_and_read(tmp_path):
    """What is appended can be read, in order and in pieces, whatever the bytes."""

    async def scenario(stream, server):
        before = await stream.find_state()
        assert before.floor == before.last
        ids = await stream.append([(b"m%d" % n, bytes([n, 255])) for n in range(5)])
        state = await stream.find_state()
        first = await stream.read(state.floor, count=3, block=0)
        rest = await stream.read(first[-1].id, count=9, block=0)
        assert await stream.read(ids[-1], count=9, block=0) == []
        assert await stream.read(ids[-1], count=9, block=0.05) == []
        assert before.last < ids[0]
        assert (await stream.has(ids[0]), await stream.has((1, 1))) == (True, False)
        return ids, state, first + rest

    ids, state, entries = with_redis(tmp_path, scenario)
    assert [entry.id for entry in entries] == ids == sorted(set(ids))
    assert [entry.meta for entry in entries] == [b"m%d" % n for n in range(5)]
    assert [entry.data for entry in entries] == [bytes([n, 255]) for n in range(5)]
    assert state.floor < ids[0]
    assert state.last == ids[-1]


@pytest.mark.peers
def test_trimmed(tmp_path):
    """The oldest entries go, and where the stream begins is known."""

    async def scenario(stream, server):
        ids = []
        for _ in range(10):
            ids += await stream.append([(b"m", b"x")] * 100)
        state = await stream.find_state()
        (entry,) = await stream.read(state.floor, count=1, block=0)
        return ids, state, entry.id

    ids, state, first = with_redis(tmp_path, scenario)
    assert ids[0] < first < ids[-100 + 1]
    assert state.floor < first


@pytest.mark.peers
def test_waiting_for_an_entry(tmp_path):
    """Reading waits for an entry, and foreign entries are none."""

    async def scenario(stream, server):
        state = await stream.find_state()
        reading = asyncio.ensure_future(stream.read(state.last, count=9, block=5))
        server.tell("XADD key * other x")
        assert await reading == []
        (id_,) = await stream.append([(b"m", b"d")])
        entries = await stream.read(state.last, count=9, block=5)
        return [entry.id for entry in entries] == [id_]

    assert with_redis(tmp_path, scenario)


@pytest.mark.peers
def test_gone(tmp_path):
    """A Redis that isn't there fails every call, and the next one may succeed."""

    async def scenario(stream, server):
        (id_,) = await stream.append([(b"m", b"d")])
        server.stop()
        for call in (
            stream.find_state(),
            stream.append([(b"m", b"d")]),
            stream.has(id_),
            stream.read((0, 0), count=1, block=0),
        ):
            with pytest.raises(StreamFailed, match=r"(?i)connect"):
                await call
        server.start()
        assert await stream.has(id_)
        assert isinstance(await stream.find_state(), StreamState)

    with_redis(tmp_path, scenario)
