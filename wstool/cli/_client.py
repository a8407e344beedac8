"""What the client commands do alike: connect, pipe, tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from wstool.cli._exposure import make_credentials_warning
from wstool.cli._loop import Stop, run
from wstool.cli._messages import MessageArguments
from wstool.cli._options import ClientArguments
from wstool.cli._output import STDOUT, Note, is_terminal, tell
from wstool.cli._printing import make_output
from wstool.cli._verbose import verbose_observer
from wstool.connection.dial import dial
from wstool.connection.handler import Handler
from wstool.connection.options import ConnectOptions, Observer
from wstool.connection.transport import Connection
from wstool.services.pipe import Input, Pipe, PipeOptions
from wstool.wire.uri import WebSocketURI


if TYPE_CHECKING:
    from wstool.connection.redirect import Redirect


__all__ = ["make_dialer", "make_note", "run_pipe"]


def run_pipe(
    uri: WebSocketURI,
    client: ClientArguments,
    messages: MessageArguments,
    options: PipeOptions,
    *,
    source: Input | None,
) -> None:
    """
    Run a pipe between standard streams and a server.

    Raises:
        WstoolError: What kept it from all it was asked to do.
    """
    run(
        lambda stop: pipe_to(uri, client, messages, options, source=source, stop=stop),
        max_time=client.max_time,
    )


async def pipe_to(
    uri: WebSocketURI,
    client: ClientArguments,
    messages: MessageArguments,
    options: PipeOptions,
    *,
    source: Input | None,
    stop: Stop,
) -> None:
    """Run a pipe on the loop that runs already; see ``run_pipe``."""
    notes = make_note(client)
    output = make_output(
        messages.output, messages.encoding, terminal=is_terminal(STDOUT), note=notes
    )
    pipe = Pipe(
        options,
        source=source,
        target=STDOUT,
        output=output,
        stopped=stop.requested,
        note=notes,
    )
    await pipe.run(make_dialer(uri, client, verbose_observer(client)))


def make_dialer(
    uri: WebSocketURI,
    client: ClientArguments,
    observer: Observer,
    *,
    note: Note | None = None,
) -> Callable[[Handler], Awaitable[Connection]]:
    """
    Make what connects: each call reads tokens and headers from their files anew.

    Args:
        note: Takes warnings; None for stderr.
    """
    warn = make_credentials_warning(note or make_note(client))
    told = observer.redirected

    def note_redirect(redirect: Redirect) -> None:
        if told is not None:
            told(redirect)
        warn(redirect.options)

    observer = observer._replace(redirected=note_redirect)

    async def dial_anew(handler: Handler) -> Connection:
        options = await _make_connect_options(uri, client, observer)
        warn(options)
        return await dial(options, handler)

    return dial_anew


async def _make_connect_options(
    uri: WebSocketURI, client: ClientArguments, observer: Observer
) -> ConnectOptions:
    """Make the options of a connection, for one attempt."""
    return ConnectOptions(
        uri=uri,
        request=await client.request.read(limit=client.connect_timeout),
        tls=client.tls,
        route=client.route,
        max_redirects=client.request.max_redirects,
        connect_timeout=client.connect_timeout,
        endpoint=client.endpoint._replace(fragment_size=client.fragment_size),
        observer=observer,
    )


def make_note(client: ClientArguments) -> Note:
    """Make what tells the user something that is no error."""
    return _keep_quiet if client.quiet else tell


def _keep_quiet(text: str) -> None:
    """Tell nothing."""
