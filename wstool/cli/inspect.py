"""The subcommand ``inspect``."""

from __future__ import annotations

import os

import click

from wstool.cli._client import make_note
from wstool.cli._collect import GroupedCommand
from wstool.cli._expect import ExpectArguments, wait_options
from wstool.cli._inspect.live import Live
from wstool.cli._inspect.offline import inspect_file, inspect_runs
from wstool.cli._inspect.options import InspectArguments, inspect_options
from wstool.cli._inspect.proxy import inspect_proxy
from wstool.cli._messages import MessageArguments, data_option, input_options
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._output import STDIN, is_terminal
from wstool.cli._target import target_argument
from wstool.cli._types import URL
from wstool.cli._variables import is_on_command_line
from wstool.wire.uri import WebSocketURI


__all__ = ["inspect"]

_SUFFIXES = (
    ".bin", ".cap", ".gz", ".har", ".hex", ".json", ".jsonl", ".pcap", ".pcapng",
)  # fmt: skip


def _parse_source(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> WebSocketURI | str | None:
    if value is None or value == "-":
        return value
    if "://" not in value and os.path.exists(value):
        return value
    if "://" not in value and value.lower().endswith(_SUFFIXES):
        raise click.BadParameter(f"there is no file {value}.")
    return URL.convert(value, param, ctx)


@click.command(cls=GroupedCommand)
@target_argument(
    "source", metavar="[URL|FILE|-]", required=False, callback=_parse_source
)
@inspect_options
@data_option("Send a message, or a file, instead of stdin. Repeatable.")
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

    With URL, those of a connection, which sends stdin or --data as send does, or with
    --listen those of all that connect to URL through here. Else
    those in a FILE or stdin: a capture (pcap, pcapng), a HAR file, a transcript, JSON
    lines, raw bytes, or bytes as they are pasted, in hex, dumps, arrays or base64.

    A filter compares fields with numbers, words or 'strings' by ==, !=, <, <=, >, >=,
    contains or matches (a regular expression), and joins that by and, or, not and
    brackets. A field alone is true unless it is 0, empty or not there. The fields are
    number, connection, direction, opcode, length, fin, rsv1, rsv2, rsv3, masked, key,
    offset, time, message, fragment, compressed, inflated, payload (in hex), text, code,
    reason, delay (of a pong), violations and remarks (how many), rule (their names).
    """
    if isinstance(source, WebSocketURI):
        if arguments.runs:
            raise click.UsageError("--hex and a URL exclude each other.")
        if arguments.listen is not None:
            _refuse_messages("need a connection of our own, not --listen")
            inspect_proxy(source, client, arguments)
            return
        initial = messages.make_batches(data, name="--data", files=True)
        options = expect.make_options(client, initial=initial, shows_sent=True)
        live = Live(source, client, options, arguments)
        live.run(None if data else messages.make_input())
        return
    _check_offline(source, arguments)
    compression = client.request.deflate is not None
    if arguments.runs:
        inspect_runs(arguments, compression=compression)
        return
    path = None if source in (None, "-") else source
    inspect_file(path, arguments, compression=compression, note=make_note(client))


def _check_offline(source: str | None, arguments: InspectArguments) -> None:
    """Refuse what doesn't fit together without a URL."""
    _refuse_messages("need a URL")
    if arguments.listen is not None:
        raise click.UsageError("--listen needs the URL of a server.")
    if source is None and not arguments.runs and is_terminal(STDIN):
        raise click.UsageError("Give a URL, a file, --hex, or - for stdin.")
    if source is not None and arguments.runs:
        name = "-" if source == "-" else "a file"
        raise click.UsageError(f"--hex and {name} exclude each other.")


def _refuse_messages(problem: str) -> None:
    """Refuse options of what is sent and waited for."""
    ctx = click.get_current_context()
    if any(is_on_command_line(ctx, name) for name in ("data", "count", "until")):
        raise click.UsageError(f"-d/--data, -n/--count and --until {problem}.")
