"""The subcommand ``inspect``."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

import click

from wstool.cli._client import make_note
from wstool.cli._collect import GroupedCommand, option
from wstool.cli._expect import expect_options, wait_options
from wstool.cli._inspect_live import Live
from wstool.cli._inspect_options import InspectArguments, inspect_options
from wstool.cli._inspection import Inspection
from wstool.cli._messages import MessageArguments, input_options
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._output import STDIN, Note, is_terminal
from wstool.cli._types import URL
from wstool.errors import InputInvalid, describe_file_error
from wstool.services.inspector import OfflineInspector
from wstool.services.pipe import PipeOptions
from wstool.streams.hextext import HexInvalid
from wstool.streams.pasted import PastedOrRaw
from wstool.wire.uri import WebSocketURI


__all__ = ["inspect"]

_CHUNK_SIZE = 1 << 16
_MAX_TEXT = 64 << 20


def _parse_source(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> WebSocketURI | str | None:
    return value if value in (None, "-") else URL.convert(value, param, ctx)


@click.command(cls=GroupedCommand)
@click.argument("source", metavar="[URL|-]", required=False, callback=_parse_source)
@inspect_options
@option(
    "-d",
    "--data",
    group="Messages",
    metavar="MESSAGE|@FILE",
    multiple=True,
    help="Send a message, or a file as one message, instead of stdin. Repeatable.",
)
@expect_options
@wait_options
@input_options
@client_options
def inspect(
    source: WebSocketURI | str | None,
    arguments: InspectArguments,
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
    if isinstance(source, WebSocketURI):
        if arguments.runs:
            raise click.UsageError("--hex and a URL exclude each other.")
        options = PipeOptions(
            initial=messages.make_batches(data, name="--data", files=True),
            reply_count=count,
            until=until,
            linger=linger,
            reply_timeout=reply_timeout,
            close=client.close,
            ok_close=client.ok_close,
            reconnect=client.reconnect.policy,
            proof=client.reconnect.proof,
            resend=client.reconnect.resend,
            shows_sent=True,
        )
        live = Live(source, client, options, arguments)
        live.run(None if data else messages.make_input())
        return
    ctx = click.get_current_context()
    if any(
        rank_source(ctx, name) == COMMAND_LINE for name in ("data", "count", "until")
    ):
        raise click.UsageError("-d/--data, -n/--count and --until need a URL.")
    if source is None and not arguments.runs and is_terminal(STDIN):
        raise click.UsageError("Give a URL, --hex, or - for stdin.")
    if source is not None and arguments.runs:
        raise click.UsageError("--hex and - exclude each other.")
    _inspect_offline(arguments, client)


def _inspect_offline(arguments: InspectArguments, client: ClientArguments) -> None:
    inspection = Inspection(arguments)
    inspector = OfflineInspector(
        inspection.report,
        compression=client.request.compression,
        direction=arguments.sender,
    )
    for run in arguments.runs:
        inspector.start_run()
        inspector.feed(run)
    if not arguments.runs:
        _feed_stdin(inspector, make_note(client))
    inspector.finish()
    inspection.finish()


def _feed_stdin(inspector: OfflineInspector, note: Note) -> None:
    decoder = PastedOrRaw(max_text=_MAX_TEXT)
    try:
        for chunk in _read_stdin():
            inspector.feed(decoder.feed(chunk))
        runs = decoder.finish()
    except HexInvalid as error:
        raise InputInvalid("stdin", error.problem, offset=error.position) from error
    if decoder.oddity is not None:
        note(f"stdin is taken as raw bytes, not as hex: {decoder.oddity}")
    for run in runs:
        inspector.start_run()
        inspector.feed(run)


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
