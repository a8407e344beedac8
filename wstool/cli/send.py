"""The subcommand ``send``."""

from __future__ import annotations

import click

from wstool.cli._client import run_pipe
from wstool.cli._collect import GroupedCommand
from wstool.cli._expect import ExpectArguments, wait_options
from wstool.cli._messages import MessageArguments, message_options
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._target import target_argument
from wstool.cli._types import URL
from wstool.wire.uri import WebSocketURI


__all__ = ["send"]


@click.command(cls=GroupedCommand)
@target_argument(type=URL)
@click.argument("message", nargs=-1, help="What to send; by default, stdin.")
@wait_options
@message_options
@client_options
def send(
    url: WebSocketURI,
    message: tuple[str, ...],
    expect: ExpectArguments,
    messages: MessageArguments,
    client: ClientArguments,
) -> None:
    """
    Send messages to URL and print the replies.

    Messages are the arguments, literally; without any, the lines of stdin.
    """
    initial = messages.make_batches(message, name="MESSAGE")
    options = expect.make_options(client, initial=initial)
    source = None if message else messages.make_input()
    run_pipe(url, client, messages, options, source=source)
