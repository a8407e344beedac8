"""The subcommand ``send``."""

from __future__ import annotations

import re

import click

from wstool.cli._client import run_pipe
from wstool.cli._collect import GroupedCommand
from wstool.cli._expect import expect_options, wait_options
from wstool.cli._messages import MessageArguments, message_options
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._types import URL
from wstool.services.pipe import PipeOptions
from wstool.wire.uri import WebSocketURI


__all__ = ["send"]


@click.command(cls=GroupedCommand)
@click.argument("url", type=URL)
@click.argument("message", nargs=-1)
@expect_options
@wait_options
@message_options
@client_options
def send(
    url: WebSocketURI,
    message: tuple[str, ...],
    count: int | None,
    until: re.Pattern[str] | None,
    reply_timeout: float,
    linger: float,
    messages: MessageArguments,
    client: ClientArguments,
) -> None:
    """
    Send messages to URL and print the replies.

    Messages are the arguments, literally; without any, the lines of stdin.
    """
    options = PipeOptions(
        initial=messages.make_batches(message, name="MESSAGE"),
        reply_count=count,
        until=until,
        linger=linger,
        reply_timeout=reply_timeout,
        close=client.close,
        ok_close=client.ok_close,
        reconnect=client.reconnect.policy,
        proof=client.reconnect.proof,
        resend=client.reconnect.resend,
    )
    source = None if message else messages.make_input()
    run_pipe(url, client, messages, options, source=source)
