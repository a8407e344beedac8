"""A connection of our own under inspection."""

from __future__ import annotations

import time

from wstool.cli._client import make_dialer, make_note
from wstool.cli._event_lines import render_error
from wstool.cli._frames.formats import FrameFormat
from wstool.cli._inspect.inspection import Inspection
from wstool.cli._inspect.options import InspectArguments
from wstool.cli._loop import Stop, run
from wstool.cli._options import ClientArguments
from wstool.cli._output import STDOUT
from wstool.connection.handler import Ending
from wstool.connection.transport import Connection
from wstool.errors import WstoolError
from wstool.services.inspector import LiveInspector
from wstool.services.pipe import Input, Pipe, PipeOptions
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode
from wstool.wire.uri import WebSocketURI


__all__ = ["Live"]


class Live:
    """A connection under inspection; as a pipe's output it shows no messages."""

    def __init__(
        self,
        uri: WebSocketURI,
        client: ClientArguments,
        options: PipeOptions,
        arguments: InspectArguments,
    ) -> None:
        self._uri = uri
        self._client = client
        self._options = options
        self._tells_error = arguments.format is FrameFormat.JSONL
        self._pipe: Pipe | None = None
        self._inspection = Inspection(arguments, self._write)
        self._inspector = LiveInspector(
            self._inspection.report,
            clock=time.time,
            several=client.reconnect.policy is not None,
            max_kept=self._inspection.max_kept,
        )

    def run(self, source: Input | None) -> None:
        """
        Run the connection to its end.

        Raises:
            WstoolError: What ends it, or what the inspection finds at the end.
        """
        with self._inspection.finishing():
            run(lambda stop: self._run(source, stop), max_time=self._client.max_time)

    async def _run(self, source: Input | None, stop: Stop) -> None:
        self._pipe = Pipe(
            self._options,
            source=source,
            target=STDOUT,
            output=self,
            stopped=stop.requested,
            note=make_note(self._client),
        )
        observer = self._inspector.observer
        await self._pipe.run(make_dialer(self._uri, self._client, observer))

    def _write(self, data: bytes) -> None:
        if self._pipe is not None:
            self._pipe.write(data)

    def render_batch(self, batch: Batch, /) -> bytes:
        """Render nothing: the frames are shown."""
        return b""

    def render_control(self, opcode: Opcode, payload: bytes, /) -> bytes:
        """Render nothing: the frames are shown."""
        return b""

    def render_opened(self, connection: Connection, /) -> bytes:
        """Render nothing: the handshake is shown."""
        return b""

    def render_closed(self, ending: Ending, /) -> bytes:
        """Render what is missing at the end, by way of the report."""
        self._inspector.finish()
        self._inspection.summarize()
        return b""

    def render_error(self, error: WstoolError, /) -> bytes:
        """Render the error as a line of JSON, among the others."""
        return render_error(error) if self._tells_error else b""
