"""The layer that writes out the faults, below real connections."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from wstool.connection.faults.options import FaultOptions
from wstool.connection.faults.plan import FaultPlan
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.options import EndpointOptions
from wstool.wire.opcode import Opcode

from support.connections import (
    ConnectionRecorder,
    echo,
    listening,
    raw_client,
    until,
)
from support.frames import BINARY, CLOSE, PING, PONG, TEXT, close_frame, frame


FIN = 0x80
MASK = b"\x01\x02\x03\x04"

pytestmark = pytest.mark.usefixtures("descriptors")


@asynccontextmanager
async def breaking(recorder=None, *, log=None, close_timeout=5.0, **faults):
    """Run an echo server with faults; they are named with underscores."""
    values = {name.replace("_", "-"): value for name, value in faults.items()}
    plan = FaultPlan(FaultOptions(values), ([] if log is None else log).append)
    async with listening(
        recorder or ConnectionRecorder(echo),
        compression=False,
        close_timeout=close_timeout,
        wrap_transport=plan.wrap,
    ) as listener:
        yield listener


def mask(opcode, payload=b""):
    """Write a client's frame."""
    return frame(opcode, payload, masking_key=MASK)


def test_pass(run):
    """Without a fault that strikes everything passes, also behind the request."""

    async def scenario():
        async with breaking(no_pong=0) as listener, raw_client(listener) as peer:
            await peer.send(mask(TEXT, b"one") + mask(BINARY, b"x" * 100_000))
            frames = await peer.receive_frames(2)
            await peer.send(mask(CLOSE, b"\x03\xe8"))
            return frames + await peer.receive_until_end()

    assert run(scenario()) == [
        (FIN | TEXT, b"one"),
        (FIN | BINARY, b"x" * 100_000),
        (FIN | CLOSE, b"\x03\xe8"),
    ]


def test_other_answers_pass(run):
    """What is no connection is answered as ever, and the stream ends."""

    async def scenario():
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        async with (
            breaking(delay=9, reject=500) as listener,
            raw_client(listener, request=request) as peer,
        ):
            return await peer.reader.read()

    assert run(scenario()).startswith(b"HTTP/1.1 426 ")


@pytest.mark.parametrize("seconds", [0.05, 0.3])
def test_delay(run, seconds):
    """A message comes no sooner than after its delay, and what follows behind it."""

    async def scenario():
        async with breaking(delay=seconds) as listener, raw_client(listener) as peer:
            start = asyncio.get_running_loop().time()
            await peer.send(mask(TEXT, b"a") + mask(PING, b"p"))
            frames = await peer.receive_frames(2)
            return frames, asyncio.get_running_loop().time() - start

    frames, elapsed = run(scenario())
    assert frames == [(FIN | TEXT, b"a"), (FIN | PONG, b"p")]
    # The loop's clock counts whole milliseconds.
    assert elapsed >= seconds - 0.01


def test_drip(run):
    """Bytes come no faster than the drip, and all of them."""

    async def scenario():
        async with breaking(drip=200) as listener, raw_client(listener) as peer:
            start = asyncio.get_running_loop().time()
            await peer.send(mask(TEXT, b"x" * 98))
            frames = await peer.receive_frames(1)
            return frames, asyncio.get_running_loop().time() - start

    frames, elapsed = run(scenario())
    assert frames == [(FIN | TEXT, b"x" * 98)]
    # 100 bytes, of which the first ten come at once.
    assert elapsed >= 0.44


def test_held_bytes_count(run):
    """What is held back counts as not taken: who sends too much is told to pause."""

    async def scenario():
        recorder = ConnectionRecorder()
        async with (
            breaking(recorder, delay=0.2) as listener,
            raw_client(listener) as peer,
        ):
            (connection,) = listener.connections
            connection.send(Opcode.BINARY, [bytes(100_000)])
            assert connection.writing_is_paused
            assert connection.pending_bytes() > 90_000
            await peer.receive_frames(1)
            await recorder.until(lambda: ("writing", "resumed") in recorder.events)
            assert connection.pending_bytes() == 0

    run(scenario())


def test_half_open(run):
    """Who plays dead says nothing more and hears nothing, but notices the end."""

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with breaking(recorder, half_open=0) as listener:
            async with raw_client(listener) as peer:
                await peer.send(mask(TEXT, b"a"))
                await recorder.until(lambda: recorder.messages)
                await peer.send(mask(TEXT, b"b") + mask(PING, b"p"))
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(peer.reader.read(1), 0.2)
            await recorder.until_ended()
            return recorder.messages

    assert run(scenario()) == [b"a"]


def test_reset(run):
    """A reset is one for the client."""

    async def scenario():
        async with breaking(reset=0) as listener, raw_client(listener) as peer:
            await peer.send(mask(TEXT, b"a"))
            with pytest.raises(ConnectionResetError):
                await peer.reader.read(1)

    run(scenario())


@pytest.mark.parametrize("code", [1000, 1006, 4999])
def test_close(run, code):
    """It closes with any code, and ends when the client has answered."""

    async def scenario():
        async with breaking(close=code) as listener, raw_client(listener) as peer:
            await peer.send(mask(TEXT, b"a"))
            frames = await peer.receive_frames(1)
            await peer.send(mask(CLOSE, b"\x03\xe8"))
            return frames + await peer.receive_until_end()

    assert run(scenario()) == [(FIN | CLOSE, close_frame(code)[2:])]


def test_close_that_is_not_answered(run_with_clock):
    """A client that doesn't answer is let go after a while."""

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with (
            breaking(recorder, close=1000) as listener,
            raw_client(listener) as peer,
        ):
            await peer.send(mask(TEXT, b"a"))
            await peer.receive_frames(1)
            await asyncio.get_running_loop().put_forward(6)
            await recorder.until_ended()

    run_with_clock(scenario())


def test_no_close_reply(run_with_clock):
    """A close frame isn't answered, and the stream stays until the closing limit."""

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with (
            breaking(recorder, no_close_reply=0) as listener,
            raw_client(listener) as peer,
        ):
            await peer.send(mask(CLOSE, b"\x03\xe8"))
            await recorder.until(lambda: recorder.events)
            loop = asyncio.get_running_loop()
            await loop.put_forward(4)
            assert recorder.ending is None
            await loop.put_forward(2)
            await recorder.until_ended()
            await peer.wait_for_end()

    run_with_clock(scenario())


def test_ping_flood(run):
    """Pings come by themselves, and a client that doesn't read stops them."""

    async def scenario():
        log = []
        async with breaking(log=log, ping_flood=1e6) as listener:
            async with raw_client(listener, receive_buffer=1 << 14) as peer:
                (connection,) = listener.connections
                await until(lambda: connection.writing_is_paused)
                pending = connection.pending_bytes()
                await asyncio.sleep(0.3)
                assert connection.pending_bytes() <= pending
                (first, *_) = await peer.receive_frames(1)
            await until(lambda: log)
        return first, pending, log

    first, pending, log = run(scenario())
    assert first == (FIN | PING, b"flood")
    assert pending < 4 << 20
    assert log[0].text.startswith("ping-flood × ")


def test_overtaken(run):
    """A message that nothing overtakes comes a little later by itself."""

    async def scenario():
        async with breaking(reorder=0) as listener, raw_client(listener) as peer:
            await peer.send(mask(TEXT, b"a") + mask(TEXT, b"b") + mask(TEXT, b"c"))
            return await peer.receive_frames(3)

    assert [payload for _, payload in run(scenario())] == [b"b", b"a", b"c"]


def test_end_of_the_client_before_what_is_held(run):
    """What is held back is still sent to a client that has ended its stream."""

    async def scenario():
        async with breaking(delay=0.1) as listener, raw_client(listener) as peer:
            await peer.send(mask(TEXT, b"a"))
            peer.end()
            return await peer.receive_until_end()

    assert run(scenario()) == [(FIN | TEXT, b"a")]


def test_stop(run):
    """Stopping the server ends what plays dead too."""

    async def scenario():
        plan = FaultPlan(FaultOptions({"half-open": 0}), lambda event: None)
        options = ListenOptions(
            port=0, endpoint=EndpointOptions(), wrap_transport=plan.wrap
        )
        recorder = ConnectionRecorder(echo)
        listener = await listen(recorder, options, lambda event: None)
        async with raw_client(listener) as peer:
            await peer.send(mask(TEXT, b"a"))
            await recorder.until(lambda: recorder.messages)
            await listener.stop(grace=0.1)
            await recorder.until_ended()

    run(scenario())
