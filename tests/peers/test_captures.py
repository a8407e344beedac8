"""Captures of foreign peers, dissected by `inspect` and by tshark, frame by frame."""

from __future__ import annotations

import asyncio
import socket
import subprocess

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)

from support.captures import Talk, ethernet, ipv4, pcap
from support.capturing import LIMIT, capturing, compare, dissect, find_port
from support.command import run
from support.frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame
from support.inspecting import REQUEST_HEAD, RESPONSE_HEAD
from support.misbehaving import Peer, accept, await_end
from support.servers import WEBSOCAT


pytestmark = pytest.mark.peers

SIZES = [0, 1, 125, 126, 127, 1000, 65535, 65536, 200_000]


async def converse(server_options, client_options, path):
    """Let websockets talk with itself: all lengths, fragments, a ping."""

    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    async with serve(echo, "127.0.0.1", 0, max_size=None, **server_options) as server:
        port = server.sockets[0].getsockname()[1]
        with capturing(path, port):
            url = f"ws://127.0.0.1:{port}/"
            async with connect(url, max_size=None, **client_options) as client:
                for size in SIZES:
                    for message in ("ö" * size, bytes(size)):
                        await client.send(message)
                        assert await client.recv() == message
                await client.send(["one", "two", "three"])
                assert await client.recv() == "onetwothree"
                await (await client.ping(b"hi"))


NO_TAKEOVER = {
    "server_no_context_takeover": True,
    "client_no_context_takeover": True,
}


@pytest.mark.parametrize(
    ("server", "client"),
    [
        pytest.param({"compression": None}, {"compression": None}, id="plain"),
        pytest.param({}, {}, id="deflate"),
        pytest.param(
            {"extensions": [ServerPerMessageDeflateFactory(**NO_TAKEOVER)]},
            {"extensions": [ClientPerMessageDeflateFactory(**NO_TAKEOVER)]},
            id="deflate-without-takeover",
        ),
    ],
)
def test_websockets(server, client, tmp_path):
    """Each field of each frame is what tshark says, and messages come out whole."""
    path = tmp_path / "a.pcapng"
    asyncio.run(converse(server, client, path))

    lines = compare(path)
    texts = [line["data"] for line in lines if line["type"] == "text" and line["fin"]]
    assert texts[:6] == ["", "", "ö", "ö", "ö" * 125, "ö" * 125]
    assert not any("violations" in line for line in lines)


def send_apart(*frames):
    """Send frames in a packet each: of several in one tshark takes no payload apart."""

    def run(stream):
        stream.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data in frames:
            stream.socket.sendall(data)

    return run


def test_control_frames_inside_fragments(tmp_path):
    """Frames that nobody sends by accident are seen as tshark sees them."""
    frames = (
        frame(TEXT, b"a", fin=False),
        frame(PING, b"hi"),
        frame(CONTINUATION, b"b", fin=False),
        frame(CONTINUATION, b"c"),
        b"\x82\x7e\0\x01x",
        b"\x82\x7f" + bytes(7) + b"\x01y",
        frame(BINARY, bytes(range(256))),
        frame(BINARY, b"d", fin=False),
        frame(CONTINUATION, b"e"),
        frame(CLOSE, b"\x03\xe8bye"),
    )
    path = tmp_path / "a.pcapng"
    # websocat answers no close frame.
    with (
        Peer(accept(), send_apart(*frames), await_end) as peer,
        capturing(path, find_port(peer.url), closes=1),
    ):
        subprocess.run(
            [WEBSOCAT, "-t", "--no-close", peer.url],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )

    compare(path)


def test_what_is_written_is_dissected_as_websocket(tmp_path):
    """A capture that `inspect` writes is one of WebSocket to tshark."""
    path = tmp_path / "out.pcapng"
    data = frame(TEXT, b"hello") + frame(PING, b"x") + frame(BINARY, bytes(70_000))
    run("inspect", "--format", "summary", "--write", str(path), stdin=data)

    assert [found["length"] for found in dissect(path)] == [5, 1, 70_000]
    assert len(compare(path)) == 3


def cut_in_fragments(packet, number):
    """Cut an Ethernet frame with IPv4 in fragments, the last one first."""
    ip = packet[14:]
    stops = [*range(24, len(ip) - 20, 24), len(ip) - 20]
    starts = [0, *stops[:-1]]
    return [
        ethernet(
            ipv4(
                "10.0.0.2",
                "10.0.0.1",
                ip[20 + start : 20 + stop],
                fragment=start // 8 | (0x2000 if stop < stops[-1] else 0),
                number=number,
            )
        )
        for start, stop in zip(starts, stops, strict=True)
    ][::-1]


def test_fragments_of_ip(tmp_path):
    """What is put together from fragments is what tshark puts together."""
    path = tmp_path / "a.pcap"
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    talk.receive(frame(TEXT, b"x" * 100)).receive(frame(CLOSE, b"\x03\xe8bye"))
    *packets, text, close = talk.packets
    packets += [*cut_in_fragments(text, 7), close]
    path.write_bytes(pcap(*packets))

    assert [line["length"] for line in compare(path)] == [100, 5]
