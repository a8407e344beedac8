"""The subcommand ``listen``."""

from __future__ import annotations

import re

import click

from wstool.cli._client import run_pipe
from wstool.cli._collect import GroupedCommand, option
from wstool.cli._expect import expect_options
from wstool.cli._messages import MessageArguments, output_options
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._types import URL
from wstool.services.pipe import PipeOptions
from wstool.wire.uri import WebSocketURI


__all__ = ["listen"]


@click.command(cls=GroupedCommand)
@click.argument("url", type=URL)
@option(
    "-d",
    "--data",
    group="Messages",
    metavar="MESSAGE|@FILE",
    multiple=True,
    help="Send a message first, or a file as one message. Repeatable.",
)
@expect_options
@output_options
@client_options
def listen(
    url: WebSocketURI,
    data: tuple[str, ...],
    count: int | None,
    until: re.Pattern[str] | None,
    messages: MessageArguments,
    client: ClientArguments,
) -> None:
    """Print the messages that the server at URL sends, until it closes."""
    options = PipeOptions(
        greeting=messages.make_batches(data, name="--data", files=True),
        reply_count=count,
        until=until,
        close=client.close,
        ok_close=client.ok_close,
        reconnect=client.reconnect.policy,
        proof=client.reconnect.proof,
        resend=client.reconnect.resend,
    )
    run_pipe(url, client, messages, options, source=None)
