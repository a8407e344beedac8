"""Many servers, one broadcast: numbering, repairing, and what is lost."""

from __future__ import annotations

import asyncio

import pytest

from wstool.errors import ConnectFailed

from support.buses import FakeStream, Server, play
from support.connections import until


def test_all_servers_hear_the_same(run_with_clock):
    """What one says all hear, in one order; only its own knows who said it."""

    async def scenario(stream, one, two):
        one.say(b"a", b"b", room="/x:y")
        two.say(b"c")
        await until(lambda: len(one.heard) == len(two.heard) == 3)
        assert one.payloads == two.payloads
        assert [record.id for record in one.heard] == [(1, 1), (1, 2), (1, 3)]
        senders = {r.payload: r.sender for r in one.heard}
        rooms = {r.payload: r.room for r in two.heard}
        return senders, rooms

    assert play(run_with_clock, scenario) == (
        {b"a": 7, b"b": 7, b"c": 0},
        {b"a": "/x:y", b"b": "/x:y", b"c": ""},
    )


def test_batches(run_with_clock):
    """Much is published in few batches, and read in few."""

    async def scenario(stream, one, two):
        one.say(*[b"x"] * 2500)
        await until(lambda: len(two.heard) == 2500)
        return stream.sizes

    assert play(run_with_clock, scenario) == [1000, 1000, 500]


def test_away(run_with_clock):
    """While the stream is away messages wait; then they come, in order."""

    async def scenario(stream, one, two):
        stream.go_away()
        one.say(b"a")
        one.say(b"b")
        await until(lambda: one.log and two.log)
        health = one.bus.describe()
        stream.is_away = False
        loop = asyncio.get_running_loop()
        while len(two.heard) < 2 or len(one.log) < 2:
            await loop.put_forward(1)
        return health, two.payloads, one.log, one.bus.describe()

    health, payloads, log, later = play(run_with_clock, scenario)
    assert health == {
        "state": "away",
        "waiting": 2,
        "lost": 0,
        "problem": "it is away",
    }
    assert payloads == [b"a", b"b"]
    assert log[0] == "is away, so messages wait: it is away"
    assert log[1:] == ["is back"]
    assert later == {"state": "connected", "waiting": 0, "lost": 0}


def test_away_from_who_is_silent(run_with_clock):
    """A server that publishes nothing doesn't take the stream for back too early."""

    async def scenario(stream, one, two):
        loop = asyncio.get_running_loop()
        stream.go_away()
        await until(lambda: two.log)
        for _ in range(10):
            await loop.put_forward(1)
        state = two.bus.describe()["state"]
        stream.is_away = False
        while two.bus.describe()["state"] == "away":
            await loop.put_forward(1)
        return state, two.log

    log = ["is away, so messages wait: it is away", "is back"]
    assert play(run_with_clock, scenario) == ("away", log)


def test_stream_that_takes_nothing(run_with_clock):
    """A stream that can be read, but not written to, isn't back."""

    async def scenario(stream, one, two):
        loop = asyncio.get_running_loop()
        stream.refusal = "out of memory"
        one.say(b"a")
        for number in range(1, 10):
            stream.put(b"three:%d:0:1:" % number, b"from elsewhere")
            await loop.put_forward(1)
        health, heard = one.bus.describe(), len(one.heard)
        stream.refusal = None
        while one.bus.describe()["waiting"]:
            await loop.put_forward(1)
        return health["problem"], heard, one.log

    log = ["is away, so messages wait: out of memory", "is back"]
    assert play(run_with_clock, scenario) == ("out of memory", 9, log)


def test_lost_answer(run_with_clock):
    """A batch whose fate is unknown is published again, and nobody hears it twice."""

    async def scenario(stream, one, two):
        stream.lose_answers = 2
        one.say(b"a", b"b")
        loop = asyncio.get_running_loop()
        while one.bus.describe()["waiting"]:
            await loop.put_forward(1)
        one.say(b"c")
        await until(lambda: two.payloads[-1:] == [b"c"])
        return len(stream.entries), one.payloads, two.payloads, two.lost

    heard = [b"a", b"b", b"c"]
    assert play(run_with_clock, scenario) == (7, heard, heard, [])


def test_stream_that_loses_its_end(run_with_clock):
    """What was confirmed and is lost is published again, in order."""

    async def scenario(stream, one, two):
        one.say(b"a", b"b", b"c")
        await until(lambda: len(two.heard) == 3)
        stream.go_away()
        await until(lambda: one.log)
        del stream.entries[1:]
        one.say(b"d")
        stream.is_away = False
        loop = asyncio.get_running_loop()
        while two.payloads[-1] != b"d":
            await loop.put_forward(1)
        three = Server(stream, "three")
        await three.start()
        await three.bus.stop()
        return two.payloads, three.payloads, one.log

    heard, anew, log = play(run_with_clock, scenario)
    assert heard == anew == [b"a", b"b", b"c", b"d"]
    assert "has lost 2 messages: they are published again" in log


def test_loss_that_nobody_noticed(run_with_clock):
    """What is lost is repaired before anything new, even if nothing seemed to fail."""

    async def scenario(stream, one, two):
        one.say(b"a", b"b", b"c")
        await until(lambda: len(two.heard) == 3)
        del stream.entries[1:]
        await asyncio.get_running_loop().put_forward(1)
        one.say(b"d")
        await until(lambda: two.payloads[-1:] == [b"d"])
        three = Server(stream, "three")
        await three.start()
        await three.bus.stop()
        return two.payloads, three.payloads, two.lost

    heard = [b"a", b"b", b"c", b"d"]
    assert play(run_with_clock, scenario) == (heard, heard, [])


def test_repair_that_is_cut_off(run_with_clock):
    """What was about to be repaired when the stream went away again isn't forgotten."""

    async def scenario(stream, one, two):
        one.say(b"a", b"b", b"c")
        await until(lambda: len(two.heard) == 3)
        stream.go_away()
        await until(lambda: one.log)
        stream.entries.clear()
        stream.answers_left = 2
        stream.is_away = False
        one.say(b"d")
        loop = asyncio.get_running_loop()
        await until(lambda: stream.is_away)
        stream.answers_left = None
        stream.is_away = False
        while two.payloads[-1] != b"d":
            await loop.put_forward(1)
        three = Server(stream, "three")
        await three.start()
        await three.bus.stop()
        return two.payloads, three.payloads

    heard = [b"a", b"b", b"c", b"d"]
    assert play(run_with_clock, scenario) == (heard, heard)


def test_what_is_lost_is_told(run_with_clock):
    """A server whose numbers have a gap has lost messages, and that is told."""

    async def scenario(stream, one, two):
        for meta in (b"x:1:0:1:", b"x:2:0:1:", b"x:5:0:1:", b"x:6:0:1:"):
            await stream.append([(meta, meta[2:3])])
        await until(lambda: len(two.heard) == 4)
        return two.payloads, two.lost, two.log, two.bus.describe()["lost"]

    assert play(run_with_clock, scenario) == (
        [b"1", b"2", b"5", b"6"],
        [2],
        ["has lost 2 messages of another server"],
        2,
    )


@pytest.mark.parametrize("meta", [b"", b"x", b"x:y:0:1:", b"x:1:0:3:", b"x:1:0:1:\xff"])
def test_foreign_entries(run_with_clock, meta):
    """What isn't ours in the stream is no message, and does no harm."""

    async def scenario(stream, one, two):
        await stream.append([(meta, b"foreign")])
        one.say(b"a")
        await until(lambda: two.heard)
        return two.payloads

    assert play(run_with_clock, scenario) == [b"a"]


def test_full(run_with_clock):
    """Over the limit nothing more should be said, until there is room again."""

    async def scenario(stream, one, two):
        stream.go_away()
        one.say(b"x" * 600)
        assert not one.bus.is_full
        one.say(*[b""] * 2)
        assert one.bus.is_full
        stream.is_away = False
        loop = asyncio.get_running_loop()
        while not one.unblocked:
            await loop.put_forward(1)
        assert not one.bus.is_full
        one.say(b"y")
        await until(lambda: two.payloads[-1:] == [b"y"])
        return one.unblocked

    assert play(run_with_clock, scenario, limit=1000) == 1


def test_history(run_with_clock):
    """Who comes later reads all that is in the stream before it begins."""

    async def scenario(stream, one, two):
        one.say(*[b"x"] * 2500)
        await until(lambda: len(two.heard) == 2500)
        three = Server(stream, "three")
        await three.start()
        count = len(three.heard)
        await three.bus.stop()
        return count

    assert play(run_with_clock, scenario) == 2500


def test_stop_flushes(run_with_clock):
    """What waits is published before the end."""

    async def scenario(stream, one, two):
        one.say(b"last")
        await one.bus.stop()
        return [entry.data for entry in stream.entries]

    assert play(run_with_clock, scenario) == [b"last"]


def test_not_there(run_with_clock):
    """A stream that isn't there at the start is an error."""

    async def scenario():
        stream = FakeStream()
        stream.go_away()
        await Server(stream, "one").start()

    with pytest.raises(ConnectFailed, match="can't connect to redis: it is away"):
        run_with_clock(scenario())
