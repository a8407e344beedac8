"""What ``inspect`` does with its findings, wherever they come from."""

from __future__ import annotations

import os
from collections.abc import Callable

from wstool.cli._frames import FrameReport, make_renderer
from wstool.cli._inspect_options import InspectArguments
from wstool.cli._output import STDOUT, is_terminal, write_stdout
from wstool.errors import ViolationsFound
from wstool.services.inspector import Fork, Report, Tally


__all__ = ["Inspection"]


class Inspection:
    """Show findings, and judge them at the end."""

    def __init__(
        self, arguments: InspectArguments, write: Callable[[str], None] = write_stdout
    ) -> None:
        """
        Start before the first finding.

        Args:
            arguments: What the options say.
            write: Takes the text to show.
        """
        self._arguments = arguments
        renderer = make_renderer(arguments.format, color=_wants_color(arguments.color))
        self._tally = Tally()
        self.report: Report = Fork(self._tally, FrameReport(renderer, write))
        """Takes the findings."""

    def finish(self) -> None:
        """
        Judge what was found.

        Raises:
            ViolationsFound: If anything breaks the protocol and that is an error.
        """
        broken = self._tally.broken
        if self._arguments.check and broken:
            first = broken[0].violation
            raise ViolationsFound(
                self._tally.count, broken[0].place, first.section, first.text
            )


def _wants_color(when: str) -> bool:
    if when != "auto":
        return when == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and is_terminal(STDOUT)
