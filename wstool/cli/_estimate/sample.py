"""Reading the sample of an estimate."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from wstool.cli._output import STDIN, Note
from wstool.errors import InputInvalid, UsageError
from wstool.phrases import describe_file_error
from wstool.streams.encodings import Encoding
from wstool.streams.framing import Framing, make_splitter
from wstool.wire.opcode import Opcode


__all__ = ["MAX_SAMPLE", "read_sample"]

MAX_SAMPLE = 16 << 20
"""Bytes of a file that are looked at."""

_CHUNK = 1 << 16


def read_sample(
    paths: Iterable[str], framing: Framing, opcode: Opcode, note: Note
) -> list[tuple[Opcode, bytes]]:
    """
    Read the messages of files.

    Args:
        paths: Files; ``-`` for stdin.
        framing: How one message is told from the next.
        opcode: Their kind, unless the framing says it.
        note: Is told of what was left out.

    Raises:
        UsageError: If stdin is named more than once.
        InputInvalid: If a file can't be read, has no messages, or what it has doesn't
            fit.
    """
    messages: list[tuple[Opcode, bytes]] = []
    paths = list(paths)
    if paths.count("-") > 1:
        raise UsageError("stdin can be read once, but --sample - is there twice")
    for path in paths:
        found = _read_file(path, framing, opcode, note)
        if not found:
            raise InputInvalid(_name(path), "has no messages")
        messages += found
    return messages


def _read_file(
    path: str, framing: Framing, opcode: Opcode, note: Note
) -> list[tuple[Opcode, bytes]]:
    name = _name(path)
    splitter = make_splitter(
        framing,
        opcode=opcode,
        encoding=Encoding.RAW,
        # A file's beginning is all that is read: nothing longer is ever kept.
        max_input=1 << 62,
        source=name,
    )
    messages: list[tuple[Opcode, bytes]] = []
    size = 0
    for chunk in _read_chunks(path):
        for batch in splitter.feed(chunk):
            messages += [(batch.opcode, payload) for payload in batch.payloads]
        size += len(chunk)
        if splitter.error is not None:
            raise splitter.error
        if size >= MAX_SAMPLE and not messages:
            problem = f"has no message that ends within {MAX_SAMPLE >> 20} MiB"
            raise InputInvalid(name, problem)
        if size >= MAX_SAMPLE:
            note(f"only the first {MAX_SAMPLE >> 20} MiB of {name} are sampled")
            return messages
    for batch in splitter.finish():
        messages += [(batch.opcode, payload) for payload in batch.payloads]
    if splitter.error is not None:
        raise splitter.error
    return messages


def _read_chunks(path: str) -> Iterator[bytes]:
    """Read a file piece by piece."""
    descriptor = STDIN
    try:
        if path != "-":
            descriptor = os.open(path, os.O_RDONLY)
        while chunk := os.read(descriptor, _CHUNK):
            yield chunk
    except OSError as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(_name(path), problem) from error
    finally:
        if descriptor != STDIN:
            os.close(descriptor)


def _name(path: str) -> str:
    return "stdin" if path == "-" else path
