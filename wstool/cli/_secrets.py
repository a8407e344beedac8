"""Secrets: as an argument, in a file, or asked for on the terminal."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from wstool.cli._files import read_file
from wstool.cli._render import escape_text
from wstool.errors import InputInvalid, Stopped, UsageError
from wstool.phrases import describe_file_error


__all__ = ["ask", "make_credentials", "read_secret", "read_text_file"]

_TERMINAL = "/dev/tty"
_MAX_FILE = 1 << 20
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def read_secret(text: str) -> str:
    """
    Read a secret: the text itself, or the only line of the file in ``@FILE``.

    A file is read anew each time.

    Raises:
        InputInvalid: If the file can't be read, or doesn't hold one line.
    """
    if not text.startswith("@"):
        return text
    secret = read_text_file(text[1:], text).removesuffix("\n").removesuffix("\r")
    if not secret:
        raise InputInvalid(text, "nothing in it")
    if "\n" in secret:
        raise InputInvalid(text, "more than one line in it")
    return secret


def read_text_file(path: str, source: str) -> str:
    """
    Read a file that an option names; bytes that aren't UTF-8 stay as they are.

    Args:
        source: What it is called in errors.

    Raises:
        InputInvalid: If it can't be read, or is too big to be meant.
    """
    if path == "-":
        raise InputInvalid(source, "stdin is for messages; name a file")
    try:
        data = read_file(path, _MAX_FILE + 1)
    except (OSError, ValueError) as error:
        words = describe_file_error(error) if isinstance(error, OSError) else str(error)
        raise InputInvalid(source, f"can't be read: {words}") from error
    if len(data) > _MAX_FILE:
        raise InputInvalid(source, f"over {_MAX_FILE} bytes")
    return data.decode(errors="surrogateescape")


def make_credentials(text: str, *, prompt: str, option: str) -> Callable[[], str]:
    """
    Make what gives ``USER:PASSWORD`` out of ``USER[:PASSWORD]`` or ``@FILE``.

    A password that is missing is asked for now, so that no attempt waits for it and
    all have the same; a file is read anew each time, and has to hold both.

    Args:
        prompt: What to ask, such as ``Password``; the user's name is added.
        option: Name of the option, for errors.

    Raises:
        UsageError: If there is no terminal to ask on.
        Stopped: If a signal came instead of an answer.
    """
    if not text.startswith("@"):
        if ":" not in text:
            instead = f"{option} {text}:PASSWORD or {option} @FILE"
            text = f"{text}:{ask(f'{prompt} for {text}', instead=instead)}"
        return lambda: text

    def read() -> str:
        credentials = read_secret(text)
        if ":" not in credentials:
            raise InputInvalid(text, "not USER:PASSWORD")
        return credentials

    return read


def ask(prompt: str, *, instead: str) -> str:
    """
    Ask for a secret on the terminal, never on stdin; what is typed doesn't show.

    For the main thread, where an event loop runs already or not; it stands still
    meanwhile.

    Args:
        instead: How to give it where there is no terminal.

    Raises:
        UsageError: If there is no terminal.
        Stopped: If a signal came instead of an answer.
    """
    from getpass import getpass

    question = escape_text(prompt)
    problem = f"{question}: no terminal to ask on (try {instead})"
    try:
        # Without a terminal getpass would take what comes on stdin, which is data.
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
        with _stoppable():
            return getpass(f"{question}: ")
    except OSError as error:
        raise UsageError(problem) from error
    except Stopped:
        _end_line()
        raise
    except EOFError:
        _end_line()
        raise UsageError(f"{question}: no answer") from None


def _end_line() -> None:
    """End the question's line, which an answer would have done."""
    with suppress(OSError), open(_TERMINAL, "w") as terminal:
        terminal.write("\n")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let signals end what blocks; a loop's own handlers would only take note."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(number, signal.Signals(number).name)

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
