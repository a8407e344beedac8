"""What ``inspect`` does with its findings, wherever they come from."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from wstool.cli._color import wants_color
from wstool.cli._frames.formats import FrameFormat, FrameReport, View, make_renderer
from wstool.cli._frames.hexdump import WireRenderer
from wstool.cli._frames.sum_up import count_wrong, describe_place, sum_up
from wstool.cli._inspect.options import InspectArguments
from wstool.cli._output import tell, write_stdout
from wstool.errors import OutputFailed, ViolationsFound
from wstool.phrases import count_bytes, describe_file_error
from wstool.services.inspector import (
    CaptureWriter,
    Chooser,
    Fork,
    Report,
    Statistics,
    Tally,
)
from wstool.wire.dissector import MAX_KEPT


__all__ = ["Inspection", "choose_max_kept"]

_FOR_PEOPLE = (FrameFormat.FULL, FrameFormat.SUMMARY, FrameFormat.HEXDUMP)
_GLANCED = 1 << 12
_READ = 1 << 20
"""Bytes of a payload that are worth a glance, and those that anybody reads."""
_TOLD = 1 << 22
"""Those that a program is told, in a line that may take many times as much."""
_LONG = 20
_LONG_IN_FULL = 4
"""Frames up to which violations are still on the screen at the end."""


class Inspection:
    """Show findings, and judge them at the end."""

    def __init__(
        self,
        arguments: InspectArguments,
        write: Callable[[bytes], None] = write_stdout,
        *,
        flush: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Start before the first finding.

        Args:
            arguments: What the options say.
            write: Takes what is to be shown.
            flush: Is called where that is not to wait any longer.

        Raises:
            OutputFailed: If the capture can't be written.
        """
        self._arguments = arguments
        self._write = write
        self.flush = flush
        """Let nothing wait that is to be shown."""
        self._color = wants_color(arguments.color)
        self._tally = Tally()
        self._statistics = Statistics() if arguments.stats else None
        self._file = _CaptureFile(arguments.write) if arguments.write else None
        self._wire = WireRenderer()
        self.max_kept = choose_max_kept(arguments)
        """Bytes to keep of a payload and of a message."""
        reports: list[Report] = [self._tally]
        if self._statistics is not None:
            reports.append(self._statistics)
        if self._file is not None:
            reports.append(self._file.report)
        reports.append(self._make_chooser())
        self.report: Report = Fork(*reports)
        """Takes the findings."""

    def sum_up(self) -> bytes:
        """Sum up what is wrong, if anything is and a person is to see it."""
        if self._arguments.format not in _FOR_PEOPLE:
            return b""
        return sum_up(self._tally).encode(errors="backslashreplace")

    def summarize(self, *, broken: bool = True) -> None:
        """
        Show the numbers, and what is wrong if that may be out of sight.

        Args:
            broken: Whether to show what is wrong.
        """
        format = self._arguments.format
        people = format in _FOR_PEOPLE
        long = _LONG_IN_FULL if format is FrameFormat.FULL else _LONG
        if broken and self._tally.frames > long and not self._tally.only_at_end:
            self._write(self.sum_up())
        if self._statistics is not None and format is not FrameFormat.WIRE:
            from wstool.cli._frames.stats import render_stats, render_stats_json

            render = render_stats if people else render_stats_json
            self._write_text(render(self._statistics))

    @contextlib.contextmanager
    def finishing(self) -> Iterator[None]:
        """
        Finish the capture that is written, however this ends, and judge what was found.

        Raises:
            OutputFailed: If the capture can't be written, or a frame not as it was.
            ViolationsFound: If anything breaks the protocol and that is an error.
        """
        try:
            yield
        except BaseException:
            # What is broken is what a capture is wanted of; its end comes first.
            with contextlib.suppress(OutputFailed):
                self._finish_file()
            raise
        self._finish_file()
        self._judge()
        self._refuse_left_out()

    def _finish_file(self) -> None:
        if self._file is not None:
            self._file.finish()

    def _judge(self) -> None:
        broken = self._tally.broken
        remarks = [] if self._arguments.lenient else self._tally.remarks
        found = broken + remarks
        if self._arguments.check and found:
            first = found[0].violation
            raise ViolationsFound(
                count_wrong(
                    sum(item.times for item in broken),
                    sum(item.times for item in remarks),
                ),
                describe_place(found[0].place, self._tally),
                first.section,
                first.text,
            )

    def _refuse_left_out(self) -> None:
        left_out = self._wire.left_out
        if left_out is not None:
            kept, size = len(left_out.frame.payload), left_out.frame.received
            raise OutputFailed(
                "stdout",
                f"frame #{left_out.number} is left out, only {kept} of its {size}"
                " bytes being kept",
                hint=f"--max-payload {size}",
            )

    def _make_chooser(self) -> Report:
        """Make what takes the findings that are shown."""
        arguments = self._arguments
        chosen = (arguments.filter, arguments.direction, arguments.connection)
        if chosen == (None, None, None):
            return self._make_frame_report()
        return Chooser(
            self._make_frame_report(),
            matches=arguments.filter,
            direction=arguments.direction,
            connection=arguments.connection,
        )

    def _make_frame_report(self) -> Report:
        arguments = self._arguments
        if arguments.format is FrameFormat.WIRE:
            return FrameReport(self._wire, self._write)
        view = View(arguments.raw, arguments.explain, arguments.max_payload)
        renderer = make_renderer(arguments.format, color=self._color, view=view)
        return FrameReport(renderer, self._write_text)

    def _write_text(self, text: str) -> None:
        if text:
            self._write(text.encode(errors="backslashreplace"))


def choose_max_kept(arguments: InspectArguments) -> int:
    """Choose how many bytes to keep of a payload: what the output can be made of."""
    format = arguments.format
    if arguments.write or format is FrameFormat.WIRE:
        least = MAX_KEPT
    elif format is FrameFormat.JSONL:
        least = _TOLD
    elif arguments.filter is not None:
        least = _READ
    elif format is FrameFormat.SUMMARY:
        least = _GLANCED
    else:
        least = _READ if arguments.max_payload is None else _GLANCED
    return max(least, arguments.max_payload or 0)


class _CaptureFile:
    """The capture that is written."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._file: BinaryIO = open(path, "wb")  # noqa: SIM115
        except OSError as error:
            raise OutputFailed(path, describe_file_error(error)) from error
        self.report = CaptureWriter(self._write)

    def finish(self) -> None:
        if self.report.unkept:
            tell(
                f"{self._path} lacks {count_bytes(self.report.unkept)} of payloads that"
                " are too long to be kept (--max-payload N keeps N bytes of each)"
            )
        try:
            self._file.close()
        except OSError as error:
            raise OutputFailed(self._path, describe_file_error(error)) from error

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise OutputFailed(self._path, describe_file_error(error)) from error
