"""TLS on a server's transport."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest
import trustme

from wstool.connection.server_tls import make_server_context
from wstool.wire.opcode import Opcode

from support.connections import (
    ConnectionRecorder,
    RawPeer,
    dialed,
    echo,
    listening,
    raw_client,
    strip_peers,
    until,
)
from support.frames import BINARY, CLOSE, TEXT, frame
from support.handshakes import make_request_bytes


FIN = 0x80
KEY = b"\x12\x34\x56\x78"

pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.fixture(name="contexts", scope="module")
def make_contexts(tmp_path_factory):
    """Make the contexts of a server and of a client that trusts it."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(path)
    ca_path = path.with_name("ca.pem")
    authority.cert_pem.write_to_path(ca_path)
    client = ssl.create_default_context(cafile=str(ca_path))
    return make_server_context(str(path), None), client, str(ca_path)


def test_messages_both_ways(run, contexts):
    """Messages of every size go both ways, in order."""
    server, _, ca_path = contexts
    sizes = [0, 1, 125, 16_384, 16_385, 70_000, 3_000_000]
    payloads = [bytes([n]) * size for n, size in enumerate(sizes)]

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with (
            listening(recorder, context=server) as listener,
            dialed(listener.url, cacert=ca_path) as (connection, client),
        ):
            connection.send(Opcode.BINARY, payloads)
            await client.until(lambda: len(client.messages) == len(payloads))
            return listener.url, client.messages, recorder.visitors[0].secure

    url, messages, secure = run(scenario())
    assert url.startswith("wss://127.0.0.1:")
    assert messages == payloads
    assert secure


def test_byte_by_byte(run, contexts):
    """It doesn't matter how the records are cut."""
    server, client, _ = contexts
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client.wrap_bio(incoming, outgoing, server_hostname="localhost")

    async def exchange(peer):
        """Send what is to be sent, a byte at a time, and take what came."""
        for byte in outgoing.read():
            await peer.send(bytes([byte]))
        incoming.write(await peer.reader.read(1 << 16))

    async def scenario():
        recorder = ConnectionRecorder(echo)
        async with (
            listening(recorder, context=server) as listener,
            raw_client(listener, request=b"") as peer,
        ):
            while True:
                try:
                    tls.do_handshake()
                except ssl.SSLWantReadError:
                    await exchange(peer)
                else:
                    break
            tls.write(make_request_bytes() + frame(TEXT, b"hello", masking_key=KEY))
            data = b""
            while not data.endswith(b"hello"):
                try:
                    data += tls.read(1 << 16)
                except ssl.SSLWantReadError:
                    await exchange(peer)
            return data

    data = run(scenario())
    assert data.startswith(b"HTTP/1.1 101 ")
    assert data.endswith(frame(TEXT, b"hello"))


@pytest.mark.parametrize(
    ("request_bytes", "answer", "came"),
    [
        pytest.param(
            b"GET / HTTP/1.1\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\n",
            "no TLS handshake on a port with TLS",
            id="plain",
        ),
        pytest.param(
            b"\x16\x03\x01\x00\x05hello",
            b"\x15\x03",
            "TLS handshake failed: ",
            id="rubbish",
        ),
    ],
)
def test_no_tls(run, contexts, request_bytes, answer, came):
    """Whoever doesn't speak TLS gets an answer, and a line in the log."""
    server, _, _ = contexts

    async def scenario():
        log = []
        async with (
            listening(log=log, context=server) as listener,
            raw_client(listener, request=request_bytes) as peer,
        ):
            data = await peer.reader.read()
            return data, strip_peers(log)

    data, ((kind, text),) = run(scenario())
    assert data.startswith(answer)
    assert kind == "rejected"
    assert text.startswith(came)


def test_client_that_leaves_in_the_handshake(run, contexts):
    """A handshake that ends early is named too."""
    server, _, _ = contexts

    async def scenario():
        log = []
        async with (
            listening(log=log, context=server) as listener,
            raw_client(listener, request=b"\x16\x03\x01") as peer,
        ):
            await asyncio.sleep(0.01)
            peer.end()
            await until(lambda: log)
            await peer.wait_for_end()
        return strip_peers(log)

    text = "TLS handshake failed: the client ended the stream"
    assert run(scenario()) == [("rejected", text)]


def test_handshake_timeout(run_with_clock, contexts):
    """The time limit holds for the TLS handshake."""
    server, _, _ = contexts

    async def scenario():
        log = []
        async with (
            listening(log=log, context=server, handshake_timeout=5) as listener,
            raw_client(listener, request=b"\x16\x03\x01") as peer,
        ):
            await asyncio.sleep(0.01)
            await asyncio.get_running_loop().put_forward(6)
            await peer.wait_for_end()
        return strip_peers(log)

    text = "handshake timed out after nothing that is a TLS handshake"
    assert run_with_clock(scenario()) == [("rejected", text)]


@pytest.fixture(name="tls_peer")
def make_tls_peer(contexts):
    """Give what connects a client with TLS by asyncio's own means."""
    _, context, _ = contexts

    async def connect(listener):
        sock = socket.create_connection(listener.address)
        streams = await asyncio.open_connection(
            sock=sock, ssl=context, server_hostname="localhost"
        )
        peer = RawPeer(*streams)
        await peer.send(make_request_bytes())
        await peer.receive_head()
        return peer

    return connect


def test_closing(run, contexts, tls_peer):
    """The closing handshake is followed by TLS's own end."""
    server, _, _ = contexts

    async def scenario():
        log = []
        async with listening(log=log, context=server) as listener:
            peer = await tls_peer(listener)
            await peer.send(frame(CLOSE, b"\x03\xe8", masking_key=KEY))
            # Without TLS's end, reading to the end would raise.
            frames = await peer.receive_until_end()
            peer.writer.close()
            await until(lambda: len(log) == 2)
        return frames, strip_peers(log)[1]

    outcome = ([(FIN | CLOSE, b"\x03\xe8")], ("closed", "1000 (normal closure)"))
    assert run(scenario()) == outcome


def test_client_that_ends_the_stream(run, contexts, tls_peer):
    """A client that ends TLS without a close frame is lost."""
    server, _, _ = contexts

    async def scenario():
        log = []
        async with listening(log=log, context=server) as listener:
            peer = await tls_peer(listener)
            peer.writer.close()
            await until(lambda: len(log) == 2)
        return strip_peers(log)[1]

    problem = "connection lost without a close frame (1006): the peer ended the stream"
    assert run(scenario()) == ("closed", problem)


def test_record_that_was_changed(run, contexts):
    """A record that doesn't decrypt ends the connection; nobody else notices."""
    server, client, _ = contexts

    async def scenario():
        log = []
        recorder = ConnectionRecorder(echo)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = client.wrap_bio(incoming, outgoing, server_hostname="localhost")
        async with (
            listening(recorder, log=log, context=server) as listener,
            raw_client(listener, request=b"") as peer,
        ):
            done = False
            while not done:
                try:
                    tls.do_handshake()
                    done = True
                except ssl.SSLWantReadError:
                    await peer.send(outgoing.read())
                    incoming.write(await peer.reader.read(1 << 16))
            tls.write(make_request_bytes())
            await peer.send(outgoing.read())
            await recorder.until(lambda: recorder.opened)
            tls.write(frame(TEXT, b"hello", masking_key=KEY))
            data = bytearray(outgoing.read())
            data[-1] ^= 1
            await peer.send(bytes(data))
            await peer.wait_for_end()
            await recorder.until_ended()
        return recorder.messages, strip_peers(log)[1][0]

    assert run(scenario()) == ([], "closed")


def test_slow_reader(run, contexts, tls_peer):
    """A client that doesn't read pauses the writing, as it does without TLS."""
    server, _, _ = contexts

    async def scenario():
        recorder = ConnectionRecorder()
        async with listening(recorder, context=server) as listener:
            peer = await tls_peer(listener)
            (connection,) = recorder.opened
            count = 0
            while not connection.writing_is_paused:
                connection.send(Opcode.BINARY, [bytes(1 << 16)])
                count += 1
            waiting = connection.pending_bytes()
            frames = await peer.receive_frames(count)
            await recorder.until(lambda: ("writing", "resumed") in recorder.events)
            peer.writer.transport.abort()
            return waiting > 0, frames == [(FIN | BINARY, bytes(1 << 16))] * count

    assert run(scenario()) == (True, True)
