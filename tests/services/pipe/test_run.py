"""One run of a pipe: of several things that go wrong, the cause is told."""

from __future__ import annotations

import asyncio
import os

import pytest

from wstool.connection.dial import dial
from wstool.connection.options import ConnectOptions, EndpointOptions
from wstool.errors import (
    ClosedWithError,
    ConnectFailed,
    ExpectationFailed,
    OutputFailed,
    ProtocolViolation,
    Stopped,
    TimedOut,
    Undelivered,
)
from wstool.services.pipe import Pipe, PipeOptions
from wstool.streams.framing import Encoding, Framing, make_joiner
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.frames import TEXT, close_frame, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_end,
    await_frames,
    close,
    send,
    texts,
)


class Lines:
    """An output of lines, with marks for what happens."""

    def __init__(self):
        self._joiner = make_joiner(Framing.LINES, encoding=Encoding.RAW)

    def render_batch(self, batch):
        """Write a line for each message."""
        return self._joiner.join(batch)

    def render_control(self, opcode, payload):
        """Write nothing."""
        return b""

    def render_opened(self, connection):
        """Mark the opening."""
        return b"opened\n"

    def render_closed(self, ending):
        """Mark the end."""
        return b"closed\n"

    def render_error(self, error):
        """Mark the error."""
        return type(error).__name__.encode() + b"\n"


class Ran:
    """A pipe that has run: its error, its output, its notes."""

    def __init__(self, script, options, *, stop=None, target=None):
        self.notes = []
        self.error = None
        ours, theirs = os.pipe()
        with Peer(*script) as peer:
            uri = parse_uri(peer.url)
            asyncio.run(
                self._run(uri, options, stop, theirs if target is None else target)
            )
        os.close(theirs)
        with os.fdopen(ours, "rb") as reader:
            self.output = reader.read()

    async def _run(self, uri, options, stop, target):
        stopped = asyncio.get_running_loop().create_future()
        pipe = Pipe(
            options,
            source=None,
            target=target,
            output=Lines(),
            stopped=stopped,
            note=self.notes.append,
        )
        endpoint = EndpointOptions(close_timeout=0.2)
        connecting = ConnectOptions(uri=uri, endpoint=endpoint)
        if stop is not None:
            asyncio.get_running_loop().call_soon(stopped.set_result, stop)
        async with asyncio.timeout(10):
            try:
                await pipe.run(lambda handler: dial(connecting, handler))
            except Exception as error:
                self.error = error


HELLO = (Batch(Opcode.TEXT, [b"hello"]),)


@pytest.mark.parametrize(
    ("script", "options", "kind", "output"),
    [
        pytest.param(
            [close(1000)], PipeOptions(), type(None), b"opened\nclosed\n", id="closed"
        ),
        pytest.param(
            [texts(b"a"), answer_close],
            PipeOptions(reply_count=1),
            type(None),
            b"opened\na\nclosed\n",
            id="enough",
        ),
        pytest.param(
            [send(frame(TEXT, b"a", rsv=1) + close_frame(1011)), await_end],
            PipeOptions(reply_count=1),
            ProtocolViolation,
            b"opened\nclosed\nProtocolViolation\n",
            id="violation-before-all",
        ),
        pytest.param(
            [close(1011)],
            PipeOptions(reply_count=1),
            ClosedWithError,
            b"opened\nclosed\nClosedWithError\n",
            id="close-before-expectation",
        ),
        pytest.param(
            [close(1000)],
            PipeOptions(reply_count=1),
            ExpectationFailed,
            b"opened\nclosed\nExpectationFailed\n",
            id="expectation",
        ),
        pytest.param(
            [await_frames(1), await_end],
            PipeOptions(initial=HELLO, linger=0),
            TimedOut,
            b"opened\nclosed\nTimedOut\n",
            id="close-timeout",
        ),
        pytest.param(
            [await_frames(1), answer_close],
            PipeOptions(initial=HELLO, reply_count=1, reply_timeout=0.1),
            TimedOut,
            b"opened\nclosed\nTimedOut\n",
            id="reply-timeout",
        ),
        pytest.param(
            [send(frame(0x2, b"a")), answer_close],
            PipeOptions(),
            OutputFailed,
            b"opened\nclosed\nOutputFailed\n",
            id="output",
        ),
    ],
)
def test_outcome(script, options, kind, output):
    """The error is the cause, and the output tells it in order."""
    ran = Ran([accept(), *script], options)

    assert (type(ran.error), ran.output) == (kind, output)


def test_messages_with_the_response():
    """Messages right behind the 101 come after the opening."""
    ran = Ran(
        [accept(rest=frame(TEXT, b"a") + close_frame(1000)), await_end], PipeOptions()
    )

    assert (ran.error, ran.output) == (None, b"opened\na\nclosed\n")


def test_undelivered():
    """Messages that a closed connection didn't take are told."""
    script = [accept(rest=close_frame(1001)), await_end]
    ran = Ran(script, PipeOptions(initial=HELLO, reply_count=1))

    assert isinstance(ran.error, Undelivered)
    assert (ran.error.sent, ran.error.taken) == (0, 1)
    assert ran.notes == []


def test_stopped_while_connecting():
    """A wish to stop ends the dialing too."""
    stop = Stopped(15, "SIGTERM")
    ran = Ran([await_end], PipeOptions(), stop=stop)

    assert (ran.error, ran.output) == (stop, b"Stopped\n")


def test_output_that_fails_last():
    """An output that fails with the last message is an error, though all came."""
    target = os.open("/dev/full", os.O_WRONLY)
    try:
        ran = Ran(
            [accept(), texts(b"a"), answer_close],
            PipeOptions(reply_count=1),
            target=target,
        )
    finally:
        os.close(target)

    assert str(ran.error) == "can't write to stdout: no space left on device"


def test_no_server():
    """What the dialer raises is the error."""

    async def run():
        stopped = asyncio.get_running_loop().create_future()
        pipe = Pipe(
            PipeOptions(),
            source=None,
            target=os.open(os.devnull, os.O_WRONLY),
            output=Lines(),
            stopped=stopped,
            note=[].append,
        )

        async def fail(handler):
            raise ConnectFailed("x", "y")

        with pytest.raises(ConnectFailed, match="can't connect to x: y"):
            await pipe.run(fail)

    asyncio.run(run())
