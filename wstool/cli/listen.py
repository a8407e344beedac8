"""The subcommand ``listen``."""

from __future__ import annotations

import click

from wstool.cli._client import run_pipe
from wstool.cli._collect import GroupedCommand
from wstool.cli._expect import ExpectArguments, expect_options
from wstool.cli._messages import MessageArguments, data_option, output_options
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._target import target_argument
from wstool.cli._types import URL
from wstool.wire.uri import WebSocketURI


__all__ = ["listen"]


@click.command(cls=GroupedCommand)
@target_argument(type=URL)
@data_option("Send a message first, or a file as one message. Repeatable.")
@expect_options
@output_options
@client_options
def listen(
    url: WebSocketURI,
    data: tuple[str, ...],
    expect: ExpectArguments,
    messages: MessageArguments,
    client: ClientArguments,
) -> None:
    """Print the messages that the server at URL sends, until it closes."""
    greeting = messages.make_batches(data, name="--data", files=True)
    options = expect.make_options(client, greeting=greeting)
    run_pipe(url, client, messages, options, source=None)
