"""The subcommand ``connect``."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
from click.core import ParameterSource

from wstool.cli._client import make_note, pipe_to
from wstool.cli._expect import expect_options, wait_options
from wstool.cli._loop import Stop, run
from wstool.cli._messages import MessageArguments, message_options
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._output import STDIN, STDOUT, Note, is_terminal
from wstool.cli._types import URL
from wstool.services.pipe import PipeOptions
from wstool.wire.uri import WebSocketURI, parse_uri


__all__ = ["connect"]

# On a terminal it is the user who ends the conversation.
_PIPE_ONLY = {
    "count": "-n/--count",
    "until": "--until",
    "reply_timeout": "--reply-timeout",
    "linger": "--linger",
    "input_": "--input",
    "null": "-0/--null",
    "jsonl": "--jsonl",
}


@click.command()
@click.argument("url", type=URL, required=False)
@expect_options
@wait_options
@message_options
@client_options
@click.pass_context
def connect(
    ctx: click.Context,
    url: WebSocketURI | None,
    count: int | None,
    until: re.Pattern[str] | None,
    reply_timeout: float,
    linger: float,
    messages: MessageArguments,
    client: ClientArguments,
) -> None:
    """
    Talk with a server, interactively or through a pipe.

    Without URL, with an echo server of our own. On a terminal, a prompt takes messages;
    Ctrl-D closes. Where stdin or stdout is a pipe or a file, it does what send does.
    """
    options = PipeOptions(
        reply_count=count,
        until=until,
        linger=linger,
        reply_timeout=reply_timeout,
        close=client.close,
        ok_close=client.ok_close,
    )
    if not (is_terminal(STDIN) and is_terminal(STDOUT)):
        run(
            lambda stop: _pipe(url, client, messages, options, stop),
            max_time=client.max_time,
        )
        return
    for name, option in _PIPE_ONLY.items():
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{option} is for pipes; on a terminal, you end it.")
    run(lambda stop: _talk(url, client, messages, stop), max_time=client.max_time)


async def _pipe(
    url: WebSocketURI | None,
    client: ClientArguments,
    messages: MessageArguments,
    options: PipeOptions,
    stop: Stop,
) -> None:
    async with _find_server(url, make_note(client)) as uri:
        source = messages.make_input()
        await pipe_to(uri, client, messages, options, source=source, stop=stop)


async def _talk(
    url: WebSocketURI | None,
    client: ClientArguments,
    messages: MessageArguments,
    stop: Stop,
) -> None:
    from wstool.cli._prompt import talk

    async with _find_server(url, make_note(client)) as uri:
        await talk(uri, client, messages, stop)


@asynccontextmanager
async def _find_server(
    url: WebSocketURI | None, note: Note
) -> AsyncIterator[WebSocketURI]:
    """Give the server's URI, of an embedded echo server if there is none."""
    if url is not None:
        yield url
        return
    from wstool.connection.listen import ListenOptions, listen
    from wstool.services.hub.echo import EchoMode

    listener = await listen(EchoMode(), ListenOptions(port=0), lambda event: None)
    try:
        note(f"no URL given, so this talks with an echo server at {listener.url}")
        yield parse_uri(listener.url)
    finally:
        listener.abort()
