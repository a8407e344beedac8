"""The subcommand ``inspect``."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator

import click

from wstool.cli._client import make_dialer, make_note
from wstool.cli._collect import GroupedCommand, option
from wstool.cli._color import color_option, wants_color
from wstool.cli._event_lines import render_error
from wstool.cli._expect import ExpectArguments, wait_options
from wstool.cli._frames import FrameFormat, FrameReport, Renderer, make_renderer
from wstool.cli._loop import Stop, run
from wstool.cli._messages import (
    MessageArguments,
    data_option,
    input_options,
    jsonl_option,
    prefer_short,
)
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._output import STDIN, STDOUT, Note, is_terminal, write_stdout
from wstool.cli._target import target_argument
from wstool.cli._types import URL
from wstool.cli._variables import COMMAND_LINE, rank_source
from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.errors import InputInvalid, WstoolError, describe_file_error
from wstool.services.inspector import Direction, LiveInspector, OfflineInspector
from wstool.services.pipe import Input, Pipe, PipeOptions
from wstool.streams.hextext import HexInvalid
from wstool.streams.pasted import PastedOrRaw, parse_pasted
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode
from wstool.wire.uri import WebSocketURI


__all__ = ["inspect"]

_CHUNK_SIZE = 1 << 16
_MAX_HEX_TEXT = 64 << 20
_DIRECTIONS = {"client": Direction.SENT, "server": Direction.RECEIVED}


def _parse_source(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> WebSocketURI | str | None:
    return value if value in (None, "-") else URL.convert(value, param, ctx)


def _parse_hex_options(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[bytes, ...]:
    try:
        return tuple(run for value in values for run in parse_pasted(value))
    except HexInvalid as error:
        raise click.BadParameter(f"{error}.") from error


@click.command(cls=GroupedCommand)
@target_argument("source", metavar="[URL|-]", required=False, callback=_parse_source)
@option(
    "--hex",
    "runs",
    group="Messages",
    metavar="HEX",
    multiple=True,
    callback=_parse_hex_options,
    help="Show the frames that hex, an array, a dump or base64 spells. Repeatable.",
)
@click.option(
    "--masked-by",
    type=click.Choice(["client", "server"]),
    help="Which side sent the bytes, where MASK bits don't tell.",
)
@option(
    "--format",
    group="Output",
    type=click.Choice([format.value for format in FrameFormat]),
    default=FrameFormat.FULL.value,
    show_default=True,
    help="How frames are shown: each bit, a line each, or JSON.",
)
@color_option
@jsonl_option("--format jsonl", group="Output")
@data_option("Send a message, or a file, instead of stdin. Repeatable.")
@wait_options
@input_options
@client_options
def inspect(
    source: WebSocketURI | str | None,
    runs: tuple[bytes, ...],
    masked_by: str | None,
    format: str,
    jsonl: bool,
    color: str,
    data: tuple[str, ...],
    expect: ExpectArguments,
    messages: MessageArguments,
    client: ClientArguments,
) -> None:
    """
    Show frames bit by bit, and each rule that they break.

    With URL, those of a connection, which sends stdin or --data as send does. Else the
    frames of the bytes that --hex or stdin gives: raw bytes, or hex as it is pasted.
    """
    if jsonl:
        meaning = FrameFormat.JSONL.value
        format = prefer_short("format", format, short="jsonl", meaning=meaning)
    renderer = make_renderer(FrameFormat(format), color=wants_color(color))
    if isinstance(source, WebSocketURI):
        if runs:
            raise click.UsageError("--hex and a URL exclude each other.")
        initial = messages.make_batches(data, name="--data", files=True)
        options = expect.make_options(client, initial=initial, shows_sent=True)
        lines = FrameFormat(format) is FrameFormat.JSONL
        live = _Live(source, client, options, renderer, tells_error=lines)
        live.run(None if data else messages.make_input())
        return
    ctx = click.get_current_context()
    if any(
        rank_source(ctx, name) == COMMAND_LINE for name in ("data", "count", "until")
    ):
        raise click.UsageError("-d/--data, -n/--count and --until need a URL.")
    if source is None and not runs and is_terminal(STDIN):
        raise click.UsageError("Give a URL, --hex, or - for stdin.")
    if source is not None and runs:
        raise click.UsageError("--hex and - exclude each other.")
    _inspect_offline(renderer, runs, client, masked_by)


def _inspect_offline(
    renderer: Renderer,
    runs: tuple[bytes, ...],
    client: ClientArguments,
    masked_by: str | None,
) -> None:
    inspector = OfflineInspector(
        FrameReport(renderer, write_stdout),
        compression=client.request.compression,
        direction=None if masked_by is None else _DIRECTIONS[masked_by],
    )
    for run_ in runs:
        inspector.start_run()
        inspector.feed(run_)
    if not runs:
        _feed_stdin(inspector, make_note(client))
    inspector.finish()


def _feed_stdin(inspector: OfflineInspector, note: Note) -> None:
    decoder = PastedOrRaw(max_text=_MAX_HEX_TEXT)
    try:
        for chunk in _read_stdin():
            inspector.feed(decoder.feed(chunk))
        runs = decoder.finish()
        if decoder.oddity is not None:
            note(f"stdin is taken as raw bytes, not as hex: {decoder.oddity}")
        for run_ in runs:
            inspector.start_run()
            inspector.feed(run_)
    except HexInvalid as error:
        raise InputInvalid("stdin", error.problem, offset=error.position) from error


def _read_stdin() -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(STDIN, _CHUNK_SIZE)
        except BlockingIOError:
            select.select([STDIN], [], [])
            continue
        except OSError as error:
            problem = f"can't be read: {describe_file_error(error)}"
            raise InputInvalid("stdin", problem) from error
        if not chunk:
            return
        yield chunk


class _Live:
    """A connection under inspection; as a pipe's output it shows no messages."""

    def __init__(
        self,
        uri: WebSocketURI,
        client: ClientArguments,
        options: PipeOptions,
        renderer: Renderer,
        *,
        tells_error: bool,
    ) -> None:
        self._uri = uri
        self._tells_error = tells_error
        self._client = client
        self._options = options
        self._pipe: Pipe | None = None
        self._inspector = LiveInspector(
            FrameReport(renderer, self._write), clock=time.time
        )

    def run(self, source: Input | None) -> None:
        run(lambda stop: self._run(source, stop), max_time=self._client.max_time)

    async def _run(self, source: Input | None, stop: Stop) -> None:
        self._pipe = Pipe(
            self._options,
            source=source,
            target=STDOUT,
            output=self,
            stopped=stop.requested,
            note=make_note(self._client),
        )
        observer = self._inspector.observer
        await self._pipe.run(make_dialer(self._uri, self._client, observer))

    def _write(self, text: str) -> None:
        if self._pipe is not None:
            self._pipe.write(text.encode(errors="backslashreplace"))

    def render_batch(self, batch: Batch, /) -> bytes:
        return b""

    def render_control(self, opcode: Opcode, payload: bytes, /) -> bytes:
        return b""

    def render_opened(self, connection: Connection, /) -> bytes:
        return b""

    def render_closed(self, ending: Ending, /) -> bytes:
        self._inspector.finish()
        return b""

    def render_error(self, error: WstoolError, /) -> bytes:
        return render_error(error) if self._tells_error else b""
