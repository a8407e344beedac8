"""
Compare `wstool estimate` with the truth: the wire, CPU and memory of `wstool serve`.

    python tests/benchmarks/estimate.py [--seconds N]

It needs Linux, and the `dev` extra. For each of six loads it prints what the estimate
says and what was counted: bytes on the wire by the kernel's count of bytes and segments
(TCP_INFO) at a client's socket, CPU and memory of the server by /proc, under a load
that has nothing in common with that of --calibrate but its shape.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import selectors
import socket
import ssl
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import NamedTuple


# The helpers that tests share are beside this folder.
sys.path.insert(0, str(Path(__file__).parents[1]))

from wstool.connection.dial import dial
from wstool.connection.options import ConnectOptions, RequestOptions, TLSOptions
from wstool.services.estimate.process import read_usage
from wstool.wire.deflate import DeflateParams
from wstool.wire.frame import serialize_frame
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.counting import count_socket, relay_tls
from support.tls import Issued, make_context


CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname = False
CONTEXT.verify_mode = ssl.CERT_NONE
WSTOOL = str(Path(sys.executable).with_name("wstool"))
WARM_UP, COUNTED = 40, 200
IDLE = 4000


class Load(NamedTuple):
    """A load to compare."""

    size: int
    tls: bool
    deflate: bool
    connections: int
    rate: float
    """Messages a second of all connections, each of which is echoed."""


LOADS = (
    Load(10, False, False, 500, 5000),
    Load(10, True, False, 500, 1000),
    Load(1_000, False, False, 200, 10000),
    Load(4_000, False, True, 200, 2000),
    Load(100_000, True, True, 50, 300),
    Load(100_000, False, False, 50, 500),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Compare estimates with the truth.")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each CPU")
    seconds = parser.parse_args().seconds
    print("| load | wire, bytes an echo | CPU, µs an echo | memory, bytes each |")
    print("|---|---|---|---|")
    for load in LOADS:
        messages = make_messages(load.size)
        plan = estimate(load, messages, seconds)
        wire = asyncio.run(count_wire(load, messages))
        cpu, memory = measure_serve(load, messages, seconds)
        memory_each = plan["constants"]["memory_per_connection"]["value"]
        cells = [
            f"{load.size:,} B{', TLS' * load.tls}{', deflate' * load.deflate}"
            f", {load.connections} × {load.rate / load.connections:g}/s",
            compare(expect_wire(load, messages, wire[1]), wire[0]),
            compare(plan["websocket"]["cores"] / load.rate * 1e6, cpu * 1e6),
            compare(memory_each, memory),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def compare(estimated: float, counted: float) -> str:
    """Write two figures, and by how much the first one is off."""
    off = 100 * (estimated / counted - 1)
    return f"{estimated:,.1f} for {counted:,.1f} ({off:+.1f} %)"


def make_messages(size: int) -> list[bytes]:
    """Make messages of about a size: JSON, as far as they are long enough for that."""
    chance = random.Random(size)
    messages = []
    for _ in range(64):
        text = ""
        while len(text) < size:
            item = {"id": chance.randrange(10**6), "user": f"u{chance.randrange(999)}"}
            text += json.dumps({**item, "x": chance.random(), "text": "hello there"})
        messages.append(text[:size].encode())
    return messages


def estimate(load: Load, messages: list[bytes], seconds: float, *more: str) -> dict:
    """Run the command; without a time for it, don't calibrate."""
    rate = load.rate / load.connections
    command = [WSTOOL, "estimate", "--format", "json", "-c", str(load.connections)]
    command += ["--rate-up", str(rate), "--rate-down", str(rate), "--fan-out", "0"]
    command += ["--peak", "1", "--sample", "-", "--input", "null", *more]
    # Only the messages are counted.
    command += ["--ping-interval", "0", "--cpu-per-opening", "0"]
    command += ["--deflate", "message" if load.deflate else "none"]
    command += [] if load.tls else ["--no-tls"]
    if seconds:
        command += ["--calibrate", "--calibrate-time", str(seconds)]
    result = subprocess.run(
        command, input=b"\0".join(messages), stdout=subprocess.PIPE, check=True
    )
    return json.loads(result.stdout)


def expect_wire(load: Load, messages: list[bytes], mss: int) -> float:
    """Estimate the bytes of an echo, on loopback and at once answered."""
    plan = estimate(load, messages, 0, "--mss", str(mss), "--piggyback", "1")
    up, down = plan["message_up"], plan["message_down"]
    return sum(side[name] for side in (up, down) for name in ("wire", "ack_bytes"))


class Echoed:
    """A client's handler that waits for echoes."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    def batch_received(self, connection, opcode, payloads):
        """Let the next one go."""
        self.came.set()

    def __getattr__(self, name):
        return lambda *arguments: None


async def count_wire(load: Load, messages: list[bytes]) -> tuple[float, int]:
    """Count the bytes of an echo at a client's socket; tell its segments' size."""
    issued = Issued("server", names=["127.0.0.1"])
    # The segments are counted at a client's socket, the TLS between by a relay.
    with Serving(load._replace(tls=False)) as (port, _pid):
        if not load.tls:
            return await count_echoes(load, messages, f"ws://127.0.0.1:{port}/")
        async with relay_tls(port, make_context(issued)) as outer:
            return await count_echoes(load, messages, f"wss://127.0.0.1:{outer}/")


async def count_echoes(load: Load, messages: list[bytes], url: str):
    """Send one message after the other."""
    handler = Echoed()
    deflate = DeflateParams(True, True) if load.deflate else None
    options = ConnectOptions(
        parse_uri(url),
        request=RequestOptions(deflate=deflate),
        tls=TLSOptions(insecure=True),
    )
    connection = await dial(options, handler)
    before = None
    for number in range(WARM_UP + COUNTED):
        if number == WARM_UP:
            before = count_socket(connection.transport)
        handler.came.clear()
        connection.send(Opcode.TEXT, [messages[number % len(messages)]])
        await handler.came.wait()
    count = count_socket(connection.transport).since(before)
    connection.abort()
    headers = 52 * (count.segments_out + count.segments_in)
    return (count.bytes_out + count.bytes_in + headers) / COUNTED, count.mss


def measure_serve(load: Load, messages: list[bytes], seconds: float):
    """Measure the CPU of an echo, and the memory of a connection."""
    frames = []
    for message in messages:
        payload, key = message, os.urandom(4)
        compressed = load.deflate and len(message) >= 1024
        if compressed:
            packer = zlib.compressobj(wbits=-15)
            payload = packer.compress(message) + packer.flush(zlib.Z_SYNC_FLUSH)
            payload = payload[:-4]
        frames.append(
            serialize_frame(Opcode.TEXT, payload, rsv1=compressed, masking_key=key)
        )
    with Serving(load) as (port, pid):
        sockets = [open_socket(port, load) for _ in range(load.connections)]
        cpu = measure_cpu(pid, sockets, frames, load, seconds)
    with Serving(load) as (port, pid):
        held = [open_socket(port, load) for _ in range(100)]
        echo_all(held, frames)
        time.sleep(2)
        before = read_usage(pid).memory
        more = [open_socket(port, load) for _ in range(IDLE)]
        echo_all(more, frames)
        time.sleep(2)
        memory = (read_usage(pid).memory - before) / IDLE
    return cpu, memory


def measure_cpu(pid, sockets, frames, load, seconds) -> float:
    """Send at random moments; measure the seconds of CPU of an echo."""
    selector = selectors.DefaultSelector()
    for sock in sockets:
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ)
    waiting = dict.fromkeys(sockets, b"")
    sent, left, before = 0, 0, read_usage(pid)
    due = start = time.monotonic()
    # To the last echo, however late it is.
    while (now := time.monotonic()) < start + seconds or left > 0:
        while due <= now < start + seconds:
            due += random.expovariate(load.rate)
            sock, frame = random.choice(sockets), random.choice(frames)
            waiting[sock] += frame
            sent += 1
            # A server's frame has no masking key.
            left += len(frame) - 4
            push(sock, waiting)
        for key, _ in selector.select(0):
            left -= pull(key.fileobj)
            push(key.fileobj, waiting)
    return (read_usage(pid).cpu - before.cpu) / sent


def pull(sock) -> int:
    """Receive all that has come, and count it."""
    count = 0
    try:
        while data := sock.recv(1 << 20):
            count += len(data)
    except (BlockingIOError, ssl.SSLWantReadError):
        pass
    return count


def push(sock, waiting) -> None:
    """Send what a socket takes of what waits for it."""
    if waiting[sock]:
        try:
            waiting[sock] = waiting[sock][sock.send(waiting[sock]) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            return


def open_socket(port: int, load: Load) -> socket.socket:
    """Open a connection by hand."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if load.tls:
        sock = CONTEXT.wrap_socket(sock)
    extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n" * load.deflate
    sock.sendall(
        (
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Sec-WebSocket-Version: 13\r\n{extension}\r\n"
        ).encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    return sock


def echo_all(sockets, frames) -> None:
    """Have a message echoed on each connection."""
    for number, sock in enumerate(sockets):
        frame = frames[number % len(frames)]
        sock.settimeout(10)
        # A server's frame has no masking key.
        left = len(frame) - 4
        sock.sendall(frame)
        while left > 0:
            data = sock.recv(left)
            if not data:
                raise RuntimeError("the server closed a connection")
            left -= len(data)


class Serving:
    """A server while the block runs: its port and its process."""

    def __init__(self, load: Load) -> None:
        options = [] if load.deflate else ["--no-compression"]
        # Clients made by hand answer no pings.
        options += ["--ping-interval", "0"] + ["--tls"] * load.tls
        self._process = subprocess.Popen(
            [WSTOOL, "serve", "--port", "0", "-q", *options], stdout=subprocess.PIPE
        )

    def __enter__(self):
        url = self._process.stdout.readline().decode()
        return int(url.rstrip("/\n").rpartition(":")[2]), self._process.pid

    def __exit__(self, *error):
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main()
