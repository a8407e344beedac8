"""Options of how a server runs: its end, its log, its processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._output import STDERR, STDIN, STDOUT, is_terminal
from wstool.cli._types import SECONDS


__all__ = ["ServeRunning", "find_talk_log", "running_options"]


class ServeRunning(NamedTuple):
    """How a server runs."""

    grace: float | None
    """Seconds for the closing handshakes at the end; None for those of one."""
    static: str | None
    """Folder with files to serve."""
    workers: int
    log: str
    quiet: bool

    def find_log(self) -> str:
        """
        Find the form of the log: ``live``, ``text``, ``json`` or ``none``.

        Raises:
            UsageError: If there can be no live view.
        """
        if self.quiet:
            return "none"
        if self.log == "live" and self.workers > 1:
            raise click.UsageError("--log live is for a single process.")
        if self.log == "live" and not is_terminal(STDERR):
            raise click.UsageError("--log live needs a terminal as stderr.")
        if self.log != "auto":
            return self.log
        # Several processes have no view that they could share.
        return "live" if is_terminal(STDERR) and self.workers == 1 else "text"


def find_talk_log(running: ServeRunning) -> str:
    """
    Find the form of the log for ``talk``, where a person's prompt needs the terminal.

    Raises:
        UsageError: If a live view was asked for.
    """
    if running.log == "live":
        raise click.UsageError("--log live is not for talk.")
    if running.quiet or running.log == "json":
        return running.find_log()
    talks = is_terminal(STDIN) and is_terminal(STDOUT)
    return "prompt" if talks else "text"


def running_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a run; they come as ``running``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "running", ServeRunning, ServeRunning._fields)


_OPTIONS: list[Decorator] = [
    option(
        "--static",
        group="Listening",
        metavar="DIR",
        help="Serve the files of a folder to browsers, besides / and /metrics.",
    ),
    option(
        "--workers",
        group="Listening",
        metavar="N",
        type=click.IntRange(1, 256),
        default=1,
        show_default=True,
        help="Serve with several processes, which share --max-connections; other "
        "limits are those of each.",
    ),
    option(
        "--grace",
        group="Connection",
        metavar="SECONDS",
        type=SECONDS,
        help="Limit for the closing handshakes at the end, if not --close-timeout.",
    ),
    option(
        "--log",
        group="Output",
        type=click.Choice(["auto", "live", "text", "json"]),
        default="auto",
        show_default=True,
        help="What goes to stderr: a live view, or a line for each event; auto is the "
        "view on a terminal.",
    ),
    option(
        "-q",
        "--quiet",
        group="Output",
        is_flag=True,
        help="Log nothing on stderr.",
    ),
]
