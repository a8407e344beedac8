"""The subcommand ``ping``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import click

from wstool.cli._client import make_dialer, make_note
from wstool.cli._collect import GroupedCommand, add_options, collect_values, option
from wstool.cli._expect import count_option
from wstool.cli._loop import Stop, run
from wstool.cli._measuring import hide_reconnecting, refuse_reconnecting, render_target
from wstool.cli._messages import binary_option, jsonl_option
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._output import STDOUT, is_terminal
from wstool.cli._ping_lines import JSONLines, Plot, TextLines
from wstool.cli._target import target_argument
from wstool.cli._types import SECONDS, URL
from wstool.cli._verbose import verbose_observer
from wstool.errors import InputInvalid, Stopped, UsageError
from wstool.services.ping import Pinger, PingOptions
from wstool.streams.writer import OutputWriter
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode
from wstool.wire.uri import WebSocketURI


__all__ = ["ping"]

# A terminal's Ctrl-C is how a run without an end ends.
_SIGINT = 2
_MIN_INTERVAL = 0.001
_FLUSH_LIMIT = 1.0


def _make_options(
    *,
    count: int | None,
    every: float,
    wait: float,
    flood: bool,
    message: str | None,
    binary: bool,
) -> PingOptions:
    batch = None
    if message is not None:
        payload = message.encode(errors="surrogateescape")
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            if not binary:
                problem = "text isn't valid UTF-8"
                raise InputInvalid("--message", problem, offset=error.start) from None
        batch = Batch(Opcode.BINARY if binary else Opcode.TEXT, [payload])
    elif binary:
        raise UsageError("--binary is for --message")
    if every < _MIN_INTERVAL:
        raise UsageError("--every takes 0.001 or more; --flood goes without pauses")
    if not wait:
        raise UsageError("--wait takes more than 0")
    return PingOptions(
        limit=count, interval=every, wait=wait, flood=flood, message=batch
    )


_FIELDS = ("count", "every", "wait", "flood", "message", "binary")
_OPTIONS = [
    count_option("-c", "End after N pings; else at Ctrl-C."),
    option(
        "-i",
        "--every",
        group="Messages",
        metavar="SECONDS",
        type=SECONDS,
        default=1,
        show_default=True,
        help="Ping this often.",
    ),
    option(
        "-W",
        "--wait",
        group="Messages",
        metavar="SECONDS",
        type=SECONDS,
        default=10,
        show_default=True,
        help="Count a ping that isn't answered for this long as lost.",
    ),
    option(
        "--flood",
        group="Messages",
        is_flag=True,
        help="Ping again as soon as the answer is there; print only the summary.",
    ),
    option(
        "--message",
        group="Messages",
        metavar="TEXT",
        help="Send this message instead of pings; the next message is its reply.",
    ),
    binary_option("Send a binary message, not text."),
    jsonl_option(group="Output", help_="Print events as lines of JSON."),
]


def ping_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of pings; they come as ``options``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "options", _make_options, _FIELDS)


@hide_reconnecting
@click.command(cls=GroupedCommand)
@target_argument(type=URL)
@ping_options
@client_options
def ping(
    url: WebSocketURI, options: PingOptions, client: ClientArguments, jsonl: bool
) -> None:
    """
    Measure round trips to the server at URL with pings, until Ctrl-C.

    A line for each; with -q only the summary. The status is 1 if pings were lost.
    """
    refuse_reconnecting("ping")
    options = options._replace(close=client.close, ok_close=client.ok_close)
    noun = "pong" if options.message is None else "reply"
    lines = JSONLines() if jsonl else TextLines(noun, options.wait)
    quiet = client.quiet or options.flood
    session = _Session(url, client, lines, quiet=quiet, plots=not jsonl)
    run(lambda stop: session.run(options, stop), max_time=client.max_time)


class _Session:
    """Pings, and what is printed of them."""

    def __init__(
        self,
        uri: WebSocketURI,
        client: ClientArguments,
        lines: TextLines | JSONLines,
        *,
        quiet: bool,
        plots: bool,
    ) -> None:
        self._uri = uri
        self._client = client
        self._lines = lines
        self._quiet = quiet
        self._plot = Plot() if plots and is_terminal(STDOUT) else None
        self._writer: OutputWriter | None = None
        self._is_full = False
        self._left_out = 0

    async def run(self, options: PingOptions, stop: Stop) -> None:
        self._writer = OutputWriter(
            asyncio.get_running_loop(),
            STDOUT,
            paused=lambda: self._set_full(True),
            resumed=lambda: self._set_full(False),
            failed=stop.insist,
        )
        pinger = Pinger(options, self)
        dial = make_dialer(self._uri, self._client, verbose_observer(self._client))
        try:
            await pinger.run(dial, stop.requested)
        finally:
            if pinger.sent and self._writer.failure is None:
                self._write_summary(pinger)
            await asyncio.wait([self._writer.flushed()], timeout=_FLUSH_LIMIT)
            self._writer.close()
        if stop.requested.done():
            reason = stop.requested.result()
            if not (isinstance(reason, Stopped) and reason.signal_number == _SIGINT):
                raise reason

    def replied(self, number: int, duration: int, /) -> None:
        self._note(self._lines.render_reply, number, duration)
        if self._plot is not None:
            self._plot.add(duration)

    def merged(self, number: int, duration: int, by: int, /) -> None:
        self._note(self._lines.render_merged, number, duration, by)
        if self._plot is not None:
            self._plot.add(duration)

    def lost(self, number: int, /) -> None:
        self._note(self._lines.render_lost, number)
        if self._plot is not None:
            self._plot.add(None)

    def late(self, number: int, duration: int, /) -> None:
        self._note(self._lines.render_late, number, duration)

    def _note(self, render: Callable[..., str], *values: int) -> None:
        if self._quiet:
            return
        if self._is_full:
            self._left_out += 1
        else:
            self._write(render(*values))

    def _write(self, text: str) -> None:
        if self._writer is not None:
            self._writer.write(text.encode())

    def _set_full(self, is_full: bool) -> None:
        self._is_full = is_full

    def _write_summary(self, pinger: Pinger) -> None:
        if self._left_out:
            make_note(self._client)(f"{self._left_out} lines left out: stdout is slow")
        spread = pinger.spread
        url = render_target(self._uri)
        numbers = (pinger.sent, pinger.lost, spread, pinger.waiting)
        self._write(self._lines.render_summary(url, *numbers))
        if self._plot is not None:
            import shutil

            self._write(self._plot.render(shutil.get_terminal_size().columns))
