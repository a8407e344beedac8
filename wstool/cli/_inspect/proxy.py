"""A transparent proxy that shows what passes."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

from wstool.cli._background_writer import BackgroundWriter
from wstool.cli._client import make_note
from wstool.cli._client_command import describe_way
from wstool.cli._frames.formats import FrameFormat
from wstool.cli._inspect.inspection import Inspection
from wstool.cli._inspect.options import InspectArguments
from wstool.cli._loop import Stop, run
from wstool.cli._options import ClientArguments
from wstool.cli._output import tell, write_stdout
from wstool.connection.limits import raise_descriptor_limit
from wstool.connection.options import ConnectOptions
from wstool.connection.relay import Relay
from wstool.errors import Stopped, UsageError, WstoolError
from wstool.phrases import count_bytes, describe_file_error
from wstool.services.inspector import RelayInspector
from wstool.wire.uri import WebSocketURI


if TYPE_CHECKING:
    from wstool.cli._serve.tls import TLS


__all__ = ["inspect_proxy"]

_DUMPS = (FrameFormat.FULL, FrameFormat.HEXDUMP)
_SHOWN = 1 << 12
"""Bytes of a payload that a dump shows as it passes."""


def inspect_proxy(
    uri: WebSocketURI, client: ClientArguments, arguments: InspectArguments
) -> None:
    """
    Run the proxy until Ctrl-C, which is its normal end.

    Raises:
        WstoolError: What ends it, or what the inspection finds at the end.
    """
    raise_descriptor_limit()
    proxy = _Proxy(uri, client, arguments)
    with proxy.inspection.finishing():
        run(proxy.run, server=True, max_time=client.max_time)


class _Proxy:
    """The proxy, and where its findings go."""

    def __init__(
        self, uri: WebSocketURI, client: ClientArguments, arguments: InspectArguments
    ) -> None:
        self._client = client
        self._arguments = arguments = _limit_payloads(arguments)
        self._options = ConnectOptions(
            uri=uri,
            tls=client.tls,
            route=client.route,
            connect_timeout=client.connect_timeout,
        )
        self._writer: BackgroundWriter | None = None
        self._stop: Stop | None = None
        self.inspection = Inspection(arguments, self._write)

    async def run(self, stop: Stop) -> None:
        self._stop = stop
        inspector = RelayInspector(
            self.inspection.report,
            clock=time.time,
            tell=make_note(self._client),
            compression=self._client.request.deflate is not None,
            max_kept=self.inspection.max_kept,
        )
        context, ca_path = _make_tls(self._arguments)
        relay = Relay(self._options, inspector.watch, context=context)
        host, port = self._arguments.listen or ("127.0.0.1", 0)
        await relay.start(host, port)
        self._writer = BackgroundWriter(
            write_stdout, pause=relay.pause, resume=relay.resume, fail=self._fail
        )
        scheme = "ws" if context is None else "wss"
        host, port = relay.address
        name = f"[{host}]" if ":" in host else host
        url = f"{scheme}://{name}:{port}/"
        way = describe_way(url, ca_path=ca_path)
        if way is not None:
            tell(way)
        tell(f"clients of {url} are connected to their server")
        try:
            reason = await stop.requested
            if not isinstance(reason, Stopped):
                raise reason
        finally:
            relay.stop()
            self.inspection.summarize()
            lost = self._writer.close()
            if lost:
                tell(f"{count_bytes(lost)} of output found no reader, and are lost")

    def _write(self, data: bytes) -> None:
        if self._writer is not None:
            self._writer.write(data)

    def _fail(self, error: WstoolError) -> None:
        if self._stop is not None:
            self._stop.insist(error)


def _limit_payloads(arguments: InspectArguments) -> InspectArguments:
    """
    Show the beginnings of payloads, unless the options say how much.

    A dump takes many times as long as a payload does to pass, and both ends would wait.
    """
    if arguments.format not in _DUMPS or arguments.max_payload is not None:
        return arguments
    return arguments._replace(max_payload=_SHOWN)


def _make_tls(arguments: InspectArguments) -> TLS:
    """Make what speaks TLS to the clients."""
    from wstool.cli._serve.tls import TLS, ServeTLS, make_tls

    if arguments.tls_cert is None:
        host, _ = arguments.listen or ("", 0)
        return make_tls(ServeTLS(arguments.tls, None, None, None), (host,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    except ssl.SSLError as error:
        reason = str(error.reason or error).replace("_", " ").lower()
        raise UsageError(
            f"--tls-cert: no certificate with its key: {reason}"
        ) from error
    except OSError as error:
        raise UsageError(f"--tls-cert: {describe_file_error(error)}") from error
    return TLS(context)
