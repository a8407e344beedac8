"""Opening connections as a client: time limits, odd answers, giving up."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import ExitStack

import pytest

from wstool.connection.dial import dial
from wstool.connection.options import Observer
from wstool.errors import (
    ConnectFailed,
    HandshakeInvalid,
    HandshakeRefused,
    TimedOut,
)

from support.connecting import make_connect_options
from support.connections import (
    ConnectionRecorder,
    accept_request,
    dialed,
    listening,
    raw_server,
)
from support.frames import TEXT, frame


pytestmark = pytest.mark.usefixtures("descriptors")

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno!\n"


async def dial_once(url, **options):
    """Connect, which must not succeed."""
    recorder = ConnectionRecorder()
    await dial(make_connect_options(url, **options), recorder)
    raise AssertionError("it connected")


def expect_time_out(run, scenario):
    """Run out of time; give what the error says, and check that it was in time."""
    with pytest.raises(TimedOut) as caught:
        run(scenario)
    return str(caught.value)


def test_resolver_that_never_answers(run, names):
    """The limit holds while the resolver hangs."""
    release = threading.Event()

    def hang():
        release.wait(10)
        return []

    names["slow.example"] = hang
    try:
        text = expect_time_out(
            run, dial_once("ws://slow.example:1/", connect_timeout=0.05)
        )
    finally:
        release.set()
    assert text == "timed out resolving slow.example (--connect-timeout 0.05 s)"


def test_file_that_blocks(run, tmp_path):
    """The limit holds while a file of TLS is a pipe that nobody writes."""
    pipe = str(tmp_path / "ca.pem")
    os.mkfifo(pipe)

    error = expect_time_out(
        run, dial_once("wss://127.0.0.1:1/", cacert=pipe, connect_timeout=0.1)
    )

    assert error == "timed out reading the files of TLS (--connect-timeout 0.1 s)"
    # Let the thread end that waits for a writer.
    os.close(os.open(pipe, os.O_WRONLY))


def test_black_hole(run):
    """The limit holds while nobody answers the SYN."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        host, port = listener.getsockname()
        # The backlog is full with the first of these; the second one hangs already.
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((host, port))

        text = expect_time_out(
            run, dial_once(f"ws://{host}:{port}/", connect_timeout=0.05)
        )
    target = f"{host}:{port}"
    assert text == f"timed out connecting to {target} (--connect-timeout 0.05 s)"


@pytest.mark.parametrize(
    ("scheme", "phase"),
    [
        pytest.param("ws", "waiting for the handshake response of", id="http"),
        pytest.param("wss", "in the TLS handshake with", id="tls"),
    ],
)
def test_silent_server(run, scheme, phase):
    """The limit holds while the server says nothing, and names what is awaited."""
    # The system accepts the connection; nobody answers.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        url = f"{scheme}://127.0.0.1:{port}/"
        text = expect_time_out(run, dial_once(url, connect_timeout=0.5))

    assert text == f"timed out {phase} 127.0.0.1:{port} (--connect-timeout 0.5 s)"


def test_server_that_trickles(run):
    """The limit is one for everything: a byte now and then doesn't extend it."""

    async def script(peer):
        await peer.receive_head()
        for byte in b"HTTP/1.1 101 Switching Protocols\r\n" * 10:
            await peer.send(bytes([byte]))
            await asyncio.sleep(0.01)

    async def scenario():
        async with raw_server(script) as url:
            with pytest.raises(TimedOut, match="waiting for the handshake response"):
                await dial_once(url, connect_timeout=0.5)

    run(scenario())


def test_no_limit(run):
    """With a limit of 0 there is none."""

    async def scenario():
        async with (
            listening() as listener,
            dialed(listener.url, connect_timeout=0) as (connection, _),
        ):
            return connection.is_open

    assert run(scenario())


# What servers answer.


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        pytest.param(REFUSAL, "no!", id="whole"),
        pytest.param(
            REFUSAL[:-2],
            "no\n[the body was cut off 2 bytes before its end]",
            id="cut-short",
        ),
        pytest.param(
            b"HTTP/1.0 403 Forbidden\r\n\r\nold", "old", id="http-1.0-until-the-end"
        ),
    ],
)
def test_refusal(run, answer, detail):
    """A status other than 101 is shown with its body, however the server ends it."""

    async def script(peer):
        await peer.receive_head()
        await peer.send(answer)
        peer.end()
        await peer.wait_for_end()

    async def scenario():
        async with raw_server(script) as url:
            with pytest.raises(HandshakeRefused) as caught:
                await dial_once(url)
            return caught.value.status, caught.value.detail

    assert run(scenario()) == (403, detail)


@pytest.mark.parametrize(
    ("ends", "note"),
    [
        pytest.param(False, "the rest of the body did not come in time", id="hangs"),
        pytest.param(
            True,
            "the rest of the body did not come: connection reset by peer",
            id="reset",
        ),
    ],
)
def test_refusal_whose_body_does_not_come(run, ends, note):
    """What came of a refusal counts more than what kept its rest from coming."""

    async def script(peer):
        await peer.receive_head()
        await peer.send(REFUSAL[:-2])
        if ends:
            await reset_seen.wait()
            peer.reset()
        await peer.wait_for_end()

    reset_seen = asyncio.Event()

    async def scenario():
        observer = Observer(response_received=lambda _: reset_seen.set())
        async with raw_server(script) as url:
            with pytest.raises(HandshakeRefused) as caught:
                await dial_once(url, observer=observer, connect_timeout=0.2)
            return caught.value.detail

    assert run(scenario()) == f"no\n[{note}]"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(b"", "the server ended the stream without a response", id="none"),
        pytest.param(
            b"HTTP/1.1 101 Swit",
            "the server ended the stream in the middle of the response",
            id="half-a-response",
        ),
        pytest.param(b"SSH-2.0-x\r\n", "not an HTTP response", id="another-protocol"),
    ],
)
def test_server_that_ends_the_stream(run, answer, problem):
    """A server that leaves without a response makes no connection."""

    async def script(peer):
        await peer.receive_head()
        await peer.send(answer)

    async def scenario():
        async with raw_server(script) as url:
            with pytest.raises(HandshakeInvalid) as caught:
                await dial_once(url)
            return caught.value.problem

    assert run(scenario()) == problem


def test_server_that_resets_the_stream(run):
    """A reset in the opening handshake is told in the system's words."""

    async def script(peer):
        await peer.receive_head()
        peer.reset()

    async def scenario():
        async with raw_server(script) as url:
            with pytest.raises(ConnectFailed) as caught:
                await dial_once(url)
            return caught.value.problem

    assert run(scenario()) == "connection reset by peer in the opening handshake"


# Giving up from outside.


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 10, 30])
def test_cancelling(run, scheme, turns):
    """Whoever gives up, in whatever phase, leaves nothing behind."""

    async def scenario(port):
        dialing = asyncio.ensure_future(dial_once(f"{scheme}://127.0.0.1:{port}/"))
        for _ in range(turns):
            await asyncio.sleep(0)
        dialing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialing

    # The system accepts the connection; nobody answers.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run(scenario(listener.getsockname()[1]))


@pytest.mark.parametrize("moment", ["response", "message"])
def test_cancelling_in_the_turn_that_opens_the_connection(run, moment):
    """A connection that opens just as it's given up doesn't live on."""

    async def script(peer):
        await accept_request(peer, behind=frame(TEXT, b"x"))
        await peer.wait_for_end()
        ended.set()

    ended = asyncio.Event()

    async def scenario():
        def give_up(*_):
            dialing.cancel()

        recorder = ConnectionRecorder(give_up if moment == "message" else None)
        observer = Observer(response_received=give_up if moment == "response" else None)
        async with raw_server(script) as url:
            options = make_connect_options(url, observer=observer)
            dialing = asyncio.ensure_future(dial(options, recorder))
            with pytest.raises(asyncio.CancelledError):
                await dialing
            await ended.wait()

    run(scenario())
