"""Bytes under inspection that are given whole: pasted, piped or in a file."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator

from wstool.cli._inspect.inspection import Inspection
from wstool.cli._inspect.options import InspectArguments
from wstool.cli._output import STDIN, write_stdout
from wstool.cli._pager import PagedOutput, PagerClosed, find_pager
from wstool.errors import InputInvalid
from wstool.phrases import describe_file_error
from wstool.services.inspector import AnyInspector, OfflineInspector
from wstool.streams.chunks import read_chunks
from wstool.streams.hextext import HexInvalid


__all__ = ["inspect_file", "inspect_runs"]


def inspect_runs(arguments: InspectArguments, *, compression: bool) -> None:
    """
    Inspect the bytes that the options give.

    Raises:
        WstoolError: What the inspection finds at the end.
    """
    with _paged(arguments) as inspection:
        inspector = OfflineInspector(
            inspection.report,
            compression=compression,
            direction=arguments.sender,
            max_kept=inspection.max_kept,
        )
        for run in arguments.runs:
            inspector.start_run()
            inspector.feed(run)
        inspector.finish()


def inspect_file(
    path: str | None,
    arguments: InspectArguments,
    *,
    compression: bool,
    note: Callable[[str], None],
) -> None:
    """
    Inspect a file; without a path stdin.

    Raises:
        InputInvalid: If it can't be read, or is hex text with half a byte.
        WstoolError: What the inspection finds at the end.
    """
    name = "stdin" if path is None else path
    cut: HexInvalid | None = None
    with (
        _open(path) as descriptor,
        _paged(arguments, live=path is None and _is_live()) as it,
    ):
        inspector = AnyInspector(
            it.report,
            compression=compression,
            direction=arguments.sender,
            tell=lambda problem: note(f"{name} {problem}"),
            max_kept=it.max_kept,
        )
        try:
            for chunk in _read(descriptor, name):
                inspector.feed(chunk)
                it.flush()
            inspector.finish()
        except HexInvalid as error:
            if not error.before:
                raise _refuse(name, error) from error
            cut = error
    if cut is not None:
        # What came before it is shown, and summed up.
        raise _refuse(name, cut)


def _refuse(name: str, error: HexInvalid) -> InputInvalid:
    return InputInvalid(name, error.problem, offset=error.position)


@contextlib.contextmanager
def _paged(arguments: InspectArguments, *, live: bool = False) -> Iterator[Inspection]:
    """
    Inspect, with a pager where stdout is a terminal.

    What is still on its way is shown at once.
    """
    paged = PagedOutput(write_stdout, None if live else find_pager())
    inspection = Inspection(arguments, paged.write, flush=paged.flush)
    with inspection.finishing():
        try:
            yield inspection
            # What is wrong is to be on the first screen.
            first = inspection.sum_up()
            told = bool(first) and paged.put_first(first.lstrip())
            inspection.summarize(broken=not told)
            paged.close()
        except PagerClosed:
            pass
        except BaseException:
            paged.close()
            raise


def _is_live() -> bool:
    """Tell whether stdin may go on: a file is all there."""
    return not stat.S_ISREG(os.fstat(STDIN).st_mode)


@contextlib.contextmanager
def _open(path: str | None) -> Iterator[int]:
    if path is None:
        yield STDIN
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        problem = f"can't be opened: {describe_file_error(error)}"
        raise InputInvalid(path, problem) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int, name: str) -> Iterator[bytes]:
    try:
        yield from read_chunks(descriptor)
    except OSError as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(name, problem) from error
