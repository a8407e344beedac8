"""What the client commands do alike: connect, pipe, tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

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


__all__ = ["make_dialer", "make_note", "run_pipe"]

_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})


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
    uri: WebSocketURI, client: ClientArguments, observer: Observer
) -> Callable[[Handler], Awaitable[Connection]]:
    """Make what connects: each call reads tokens and headers from their files anew."""

    async def dial_anew(handler: Handler) -> Connection:
        options = await _make_connect_options(uri, client, observer)
        return await dial(options, handler)

    return dial_anew


async def _make_connect_options(
    uri: WebSocketURI, client: ClientArguments, observer: Observer
) -> ConnectOptions:
    """Make the options of a connection; warn of credentials that others can read."""
    request = await client.request.read()
    sends_credentials = uri.userinfo is not None or any(
        name.lower() in _CREDENTIALS for name, _ in request.headers
    )
    if sends_credentials and not uri.secure and not _is_loopback(uri.host):
        make_note(client)(f"credentials go to {uri.host} unencrypted (try wss://)")
    return ConnectOptions(
        uri=uri,
        request=request,
        tls=client.tls,
        route=client.route,
        connect_timeout=client.connect_timeout,
        endpoint=client.endpoint._replace(fragment_size=client.fragment_size),
        observer=observer,
    )


def make_note(client: ClientArguments) -> Note:
    """Make what tells the user something that is no error."""
    return _keep_quiet if client.quiet else tell


def _is_loopback(host: str) -> bool:
    return host.startswith("127.") or host in ("::1", "localhost")


def _keep_quiet(text: str) -> None:
    """Tell nothing."""
