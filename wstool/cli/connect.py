"""The subcommand ``connect``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

from wstool.cli._collect import GroupedCommand
from wstool.cli._expect import ExpectArguments, wait_options
from wstool.cli._loop import Stop, run
from wstool.cli._messages import MessageArguments, data_option, message_options
from wstool.cli._options import ClientArguments, client_options
from wstool.cli._output import STDIN, STDOUT, is_terminal
from wstool.cli._talk_options import TalkArguments, talk_options
from wstool.cli._target import target_argument
from wstool.cli._types import URL
from wstool.cli._variables import is_on_command_line
from wstool.connection.options import ProxyOptions, RouteOptions
from wstool.services.pipe import PipeOptions
from wstool.wire.uri import WebSocketURI, parse_uri


if TYPE_CHECKING:
    from wstool.cli._connect.talk import Opening


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
    "delivery": "--delivery",
    "resend": "--resend/--no-resend",
}
# And what there is of a terminal makes no sense without one.
_TERMINAL_ONLY = {
    "init": "--init",
    "record": "--record",
    "timestamps": "--timestamps",
    "no_history": "--no-history",
    "color": "--color",
}


@click.command(cls=GroupedCommand)
@target_argument(type=URL, required=False)
@data_option("Send a message first, or a file as one message. Repeatable.")
@talk_options
@wait_options
@message_options
@client_options
@click.pass_context
def connect(
    ctx: click.Context,
    url: WebSocketURI | None,
    data: tuple[str, ...],
    talking: TalkArguments,
    expect: ExpectArguments,
    messages: MessageArguments,
    client: ClientArguments,
) -> None:
    """
    Talk with a server, interactively or through a pipe.

    Without URL, with an echo server of our own. On a terminal, a prompt takes messages
    and slash commands; /help lists them, Ctrl-D closes. Where stdin or stdout is a pipe
    or a file, it does what send does.
    """
    on_terminal = is_terminal(STDIN) and is_terminal(STDOUT)
    _refuse_given(ctx, on_terminal=on_terminal)
    if url is None and client.route.unix_socket is not None:
        # Who names the socket has a server already.
        url = parse_uri("ws://localhost/")
    greeting = messages.make_batches(data, name="--data", files=True)
    if on_terminal:
        # Here, before the loop runs: the collector doesn't look at what it loads.
        from wstool.cli._connect.talk import Opening

        opening = Opening(greeting, _read_init(talking, messages))
        work = partial(_talk, url, client, messages, talking, opening)
    else:
        options = expect.make_options(client, greeting=greeting)
        work = partial(_pipe, url, client, messages, options)
    run(work, max_time=client.max_time)


def _refuse_given(ctx: click.Context, *, on_terminal: bool) -> None:
    """Refuse options that would be ignored."""
    refused = _PIPE_ONLY if on_terminal else _TERMINAL_ONLY
    for name, option_name in refused.items():
        # A variable or a profile is for both.
        if not is_on_command_line(ctx, name):
            continue
        if on_terminal:
            problem = f"{option_name} is for pipes; on a terminal, you end it."
        else:
            problem = f"{option_name} is for terminals; this is a pipe."
        raise click.UsageError(problem)


def _read_init(talking: TalkArguments, messages: MessageArguments) -> tuple[str, ...]:
    if talking.init is None:
        return ()
    from wstool.cli._connect.starting import read_lines

    return read_lines(talking.init, limit=messages.max_input)


async def _pipe(
    url: WebSocketURI | None,
    client: ClientArguments,
    messages: MessageArguments,
    options: PipeOptions,
    stop: Stop,
) -> None:
    from wstool.cli._client import pipe_to

    async with _find_server(url, client) as uri:
        source = messages.make_input()
        home = client if url is not None else _stay_here(client)
        await pipe_to(uri, home, messages, options, source=source, stop=stop)


async def _talk(
    url: WebSocketURI | None,
    client: ClientArguments,
    messages: MessageArguments,
    talking: TalkArguments,
    opening: Opening,
    stop: Stop,
) -> None:
    from wstool.cli._connect.dialing import Home
    from wstool.cli._connect.talk import talk

    async with _find_server(url, client) as uri:
        home = Home(uri, client if url is not None else _stay_here(client))
        await talk(home, client, messages, talking, opening=opening, stop=stop)


def _stay_here(client: ClientArguments) -> ClientArguments:
    """Go straight to our own server, where no proxy can be asked to connect to."""
    return client._replace(route=RouteOptions(proxy=ProxyOptions(proxy="")))


@asynccontextmanager
async def _find_server(
    url: WebSocketURI | None, client: ClientArguments
) -> AsyncIterator[WebSocketURI]:
    """Give the server's URI, of an embedded echo server if there is none."""
    if url is not None:
        yield url
        return
    from wstool.cli._client import make_note
    from wstool.connection.listen import ListenOptions, listen
    from wstool.services.hub.echo import EchoMode

    listener = await listen(EchoMode(), ListenOptions(port=0), lambda event: None)
    try:
        make_note(client)(
            f"no URL given, so this talks with an echo server at {listener.url}"
        )
        yield parse_uri(listener.url)
    finally:
        listener.abort()
