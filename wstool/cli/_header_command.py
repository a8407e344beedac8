"""Headers that a command writes, run anew for each attempt to connect."""

from __future__ import annotations

import os
import selectors
import signal
from subprocess import DEVNULL, PIPE, Popen
from typing import NamedTuple

from wstool.cli._headers import parse_header_lines
from wstool.connection.options import HeaderEdit
from wstool.connection.waiting import run_in_thread
from wstool.errors import ConnectFailed, InputInvalid
from wstool.phrases import describe_file_error


__all__ = ["run_header_command"]

_OPTION = "--header-command"
_MAX_OUTPUT = 1 << 18
_MAX_ERRORS = 1 << 12
_CHUNK = 1 << 16


class _Result(NamedTuple):
    """What a command leaves behind; of what is too much there is one byte more."""

    status: int
    output: bytes
    errors: bytes


async def run_header_command(command: str) -> list[HeaderEdit]:
    """
    Run a command by the shell; take the lines of its stdout as headers.

    It has a session of its own without a terminal, so that all it started can be
    killed when nobody waits for it any more, and nothing on stdin.

    Raises:
        ConnectFailed: If it fails.
        InputInvalid: If it writes anything but headers.
    """
    # Not by asyncio: cancelled while it starts one, it kills the shell alone.
    try:
        process = Popen(
            command,
            shell=True,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        words = describe_file_error(error) if isinstance(error, OSError) else str(error)
        raise _make_failure(words) from error
    try:
        result = await run_in_thread(lambda: _collect(process))
    except BaseException:
        _kill(process)
        raise
    return _read_headers(result)


def _read_headers(result: _Result) -> list[HeaderEdit]:
    if len(result.output) > _MAX_OUTPUT:
        raise InputInvalid(_OPTION, f"over {_MAX_OUTPUT} bytes of output")
    if result.status == 0:
        output = result.output.decode(errors="surrogateescape")
        return parse_header_lines(output, _OPTION)
    failure = _make_failure(_describe_status(result.status))
    shown = result.errors[:_MAX_ERRORS].decode(errors="backslashreplace").rstrip("\n")
    more = f"\n[only the first {_MAX_ERRORS} bytes of its errors are shown]"
    failure.detail = shown + (more if len(result.errors) > _MAX_ERRORS else "")
    raise failure


def _collect(process: Popen[bytes]) -> _Result:
    """Read both pipes to their ends, or until there is too much output."""
    output, errors = bytearray(), bytearray()
    with process, selectors.DefaultSelector() as selector:
        for pipe, kept, limit in (
            (process.stdout, output, _MAX_OUTPUT),
            (process.stderr, errors, _MAX_ERRORS),
        ):
            if pipe is None:
                raise AssertionError("the command has no pipes")
            selector.register(pipe, selectors.EVENT_READ, (kept, limit))
        while selector.get_map():
            for key, _ in selector.select():
                chunk = os.read(key.fd, _CHUNK)
                kept, limit = key.data
                kept += chunk[: limit + 1 - len(kept)]
                if not chunk:
                    selector.unregister(key.fileobj)
            if len(output) > _MAX_OUTPUT:
                _kill(process)
                break
        status = process.wait()
    return _Result(status, bytes(output), bytes(errors))


def _kill(process: Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # All of it has ended by itself, or made itself somebody else's.
        return


def _make_failure(problem: str) -> ConnectFailed:
    return ConnectFailed(_OPTION, problem, doing="get headers from")


def _describe_status(status: int) -> str:
    if status > 0:
        return f"status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
