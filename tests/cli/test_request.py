"""What a request is made of is read for each attempt."""

from __future__ import annotations

import asyncio
import os

import pytest

from wstool.cli._credentials import Credentials
from wstool.cli._request import HeaderFile, RequestArguments
from wstool.connection.options import RequestOptions
from wstool.errors import InputInvalid, TimedOut
from wstool.wire.deflate import DeflateParams


def read(limit=10, **options):
    """Read it."""
    return asyncio.run(RequestArguments(**options).read(limit=limit))


def test_plain():
    """Without files it is what the options say."""
    assert read() == RequestOptions()
    assert read(
        headers=(("A", "1"), ("B", None)),
        subprotocols=("chat",),
        origin="https://a",
        user_agent="x/1",
        deflate=None,
    ) == RequestOptions(
        headers=(("A", "1"), ("B", None)),
        subprotocols=("chat",),
        origin="https://a",
        user_agent="x/1",
        deflate=None,
    )
    params = DeflateParams(client_max_window_bits=9)
    assert read(deflate=params).deflate == params


def test_files_again(tmp_path):
    """Headers keep their order, whatever they come from; files are read each time."""
    path = tmp_path / "headers"
    arguments = RequestArguments(
        headers=(("A", "1"), HeaderFile(str(path)), ("D", "4")),
        header_command="echo E: 5",
        credentials=Credentials(bearer="x"),
    )
    for value in ("2", "22"):
        path.write_text(f"B: {value}\nC: 3\n")
        request = asyncio.run(arguments.read(limit=10))
        assert request.headers == (
            *(("A", "1"), ("B", value), ("C", "3"), ("D", "4"), ("E", "5")),
        )
        assert request.credentials == (("Authorization", "Bearer x"),)


def test_file_that_is_missing():
    """What a file raises comes out of its thread."""
    with pytest.raises(InputInvalid, match="can't be read"):
        read(headers=(HeaderFile("/nonexistent"),))


def test_file_that_never_ends(tmp_path):
    """Nobody waits for ever for a pipe that nobody writes to."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(TimedOut) as caught:
        read(limit=0.1, headers=(HeaderFile(str(path)),))
    assert str(caught.value) == (
        "timed out reading files of the request (--connect-timeout 0.1 s)"
    )
    # Lets the thread go.
    os.close(os.open(path, os.O_WRONLY))


def test_command_that_never_ends():
    """Nor for a command."""
    with pytest.raises(TimedOut) as caught:
        read(limit=0.1, header_command="sleep 60")
    assert str(caught.value) == (
        "timed out waiting for the output of --header-command (--connect-timeout 0.1 s)"
    )


def test_no_limit():
    """0 is for no limit."""
    assert read(limit=0, header_command="echo A: 1").headers == (("A", "1"),)
