"""Listening sockets."""

from __future__ import annotations

import asyncio
import os
import re
import socket

import pytest

from wstool.connection.binding import bind, bind_unix
from wstool.errors import ConnectFailed

from support.connections import ConnectionRecorder, RawPeer, echo, listening
from support.frames import TEXT, frame
from support.handshakes import make_request_bytes


pytestmark = pytest.mark.usefixtures("descriptors")


def fail(run, coroutine):
    """Bind in vain; give the error's text."""

    async def scenario():
        with pytest.raises(ConnectFailed) as caught:
            await coroutine
        return str(caught.value)

    return run(scenario())


def test_several_addresses(run):
    """A server can listen on several addresses and Unix sockets at once."""

    async def scenario():
        places = (("127.0.0.1", 0), ("::1", 0), ("127.0.0.1", 0))
        async with listening(addresses=places) as listener:
            for binding in listener._bindings:
                sock = socket.create_connection(binding.address)
                sock.close()
            return listener.urls, listener.url

    urls, first = run(scenario())
    assert [re.sub(r":\d+/", ":PORT/", url) for url in urls] == [
        "ws://127.0.0.1:PORT/",
        "ws://[::1]:PORT/",
        "ws://127.0.0.1:PORT/",
    ]
    assert first == urls[0]
    assert len(set(urls)) == 3


def test_one_of_several_is_taken(run):
    """If one address can't be had, none is kept."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        async def scenario():
            places = (("127.0.0.1", 0), ("127.0.0.1", port))
            with pytest.raises(ConnectFailed, match=f"127.0.0.1:{port}: address"):
                async with listening(addresses=places):
                    pass

        run(scenario())


def test_name_that_does_not_resolve(run):
    """A host that is none is named."""
    text = fail(run, bind(asyncio.Protocol, "no.such.host.invalid", 1))

    assert text.startswith("can't listen on no.such.host.invalid:1: ")


def test_unix_socket(run, tmp_path):
    """A Unix socket serves as an address does, and is gone in the end."""
    path = str(tmp_path / "socket")

    async def scenario():
        recorder = ConnectionRecorder(echo)
        places = {"addresses": (), "unix_sockets": (path,)}
        async with listening(recorder, **places) as listener:
            peer = RawPeer(*await asyncio.open_unix_connection(path))
            hello = frame(TEXT, b"hello", masking_key=b"abcd")
            await peer.send(make_request_bytes() + hello)
            await peer.receive_head()
            frames = await peer.receive_frames(1)
            peer.writer.transport.abort()
            visitor = recorder.visitors[0]
            return listener.urls, frames, (visitor.host, visitor.peer)

    urls, frames, visitor = run(scenario())
    assert urls == [f"ws+unix:{path}:/"]
    assert frames == [(0x80 | TEXT, b"hello")]
    assert visitor == ("", "unix socket")
    assert not os.path.exists(path)


def test_abandoned_unix_socket(run, tmp_path):
    """A socket that a killed server left behind is replaced."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)

    async def scenario():
        (await bind_unix(asyncio.Protocol, path)).close()

    run(scenario())
    assert not os.path.exists(path)


def test_unix_socket_in_use(run, tmp_path):
    """A socket on which somebody listens isn't taken away."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        text = fail(run, bind_unix(asyncio.Protocol, path))

    assert text == f"can't listen on {path}: address already in use"
    assert os.path.exists(path)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("file", "address already in use", id="file"),
        pytest.param("missing/socket", "no such file or directory", id="no-folder"),
    ],
)
def test_path_that_cannot_be(run, tmp_path, name, problem):
    """A file is never replaced, and a folder not made."""
    (tmp_path / "file").write_text("precious")
    path = str(tmp_path / name)

    text = fail(run, bind_unix(asyncio.Protocol, path))

    assert text == f"can't listen on {path}: {problem}"
    assert (tmp_path / "file").read_text() == "precious"


def test_socket_of_another_server(run, tmp_path):
    """A server that ends leaves the socket alone that another put in its place."""
    path = str(tmp_path / "socket")

    async def scenario():
        first = await bind_unix(asyncio.Protocol, path)
        os.unlink(path)
        (tmp_path / "spare").touch()
        second = await bind_unix(asyncio.Protocol, path)
        first.close()
        left = os.path.exists(path)
        second.close()
        return left

    assert run(scenario())
