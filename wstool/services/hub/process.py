"""A process that serves one client: lines out are messages, messages in are lines."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from typing import cast

from wstool.connection.server_event import ServerEvent
from wstool.connection.transport import Connection
from wstool.phrases import count_bytes
from wstool.streams.cutters import SeparatorCutter
from wstool.traffic.template import render_all
from wstool.wire.close import Close, CloseCode


__all__ = ["Process"]

_STDIN, _STDOUT, _STDERR = 0, 1, 2
# A process that was asked to end is killed after these seconds.
_GRACE = 2.0
# Lines of stderr are for the log; what is longer is cut.
_MAX_LOG_LINE = 4096


class Process(asyncio.SubprocessProtocol):
    """
    A process and its pipes.

    Flow control holds both ways: who doesn't read is not read from.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        max_line: int,
        log: Callable[[ServerEvent], None],
    ) -> None:
        """
        Prepare; ``start`` runs it.

        Args:
            max_line: Bytes that one line of the process may have.
            log: Takes lines of stderr, and the end.
        """
        self._connection = connection
        self._log = log
        self._max_line = max_line
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.SubprocessTransport | None = None
        self._lines = SeparatorCutter(b"\n", max_line)
        self._errors = b""
        self._early: list[bytes] = []
        self._open_pipes = {_STDOUT, _STDERR}
        self._status: int | None = None
        self._wanted = True
        self._output_paused = False
        self._killer: asyncio.TimerHandle | None = None
        self._tell_end: Callable[[Process], object] | None = None
        self._is_ready = False
        self._has_exited = False
        self._gone = self._loop.create_future()

    async def start(
        self, command: tuple[str, ...], environment: Mapping[str, str]
    ) -> None:
        """
        Run the process.

        Raises:
            OSError: If that isn't possible.
        """
        await self._loop.subprocess_exec(
            lambda: self, *command, env=dict(environment), start_new_session=True
        )
        if not self._wanted:
            self._ask_to_end()
            return
        self._is_ready = True
        early, self._early = self._early, []
        if early:
            self.write(early)
            self._connection.resume_reading()

    def write(self, payloads: list[bytes]) -> None:
        """Write lines to its stdin; before it runs, a few of them wait."""
        if not self._is_ready:
            self._early += payloads
            self._connection.pause_reading()
            return
        pipe = self._find_pipe(_STDIN)
        if pipe is not None and not pipe.is_closing():
            pipe.write(b"\n".join([*payloads, b""]))

    def pause_output(self) -> None:
        """Read nothing from its stdout."""
        self._output_paused = True
        pipe = cast(asyncio.ReadTransport | None, self._get_pipe(_STDOUT))
        if pipe is not None and _STDOUT in self._open_pipes:
            pipe.pause_reading()

    def resume_output(self) -> None:
        """Read again from its stdout."""
        self._output_paused = False
        pipe = cast(asyncio.ReadTransport | None, self._get_pipe(_STDOUT))
        if pipe is not None and _STDOUT in self._open_pipes:
            pipe.resume_reading()

    def end(self, tell: Callable[[Process], object]) -> None:
        """
        Ask it to end, and kill it if it doesn't.

        Args:
            tell: Is told when nothing of it is left.
        """
        self._wanted = False
        self._early = []
        if self._gone.done():
            tell(self)
            return
        self._tell_end = tell
        if self._has_exited:
            # Its children may hold its pipes open.
            self.kill()
            self._close()
        else:
            self._ask_to_end()

    def kill(self) -> None:
        """Kill it, and all that it has started."""
        self._wanted = False
        self._signal(signal.SIGKILL)

    def fail(self) -> None:
        """Take note that it could not be started."""
        self.connection_lost(None)

    async def wait(self) -> None:
        """Wait until nothing of it is left."""
        await self._gone

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, before anything is read."""
        self._transport = cast(asyncio.SubprocessTransport, transport)
        if self._output_paused:
            self.pause_output()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Make lines of stdout messages, and lines of stderr log lines."""
        if fd == _STDERR:
            self._log_errors(data)
        elif self._wanted:
            self._send(self._lines.cut(data))
            if self._lines.problem is not None:
                self._refuse_line()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Take the end of a pipe."""
        self._open_pipes.discard(fd)
        if fd == _STDOUT and self._wanted:
            self._send(self._lines.finish())
        if fd == _STDERR and self._errors:
            self._log_errors(b"\n")
        self._close_if_done()

    def process_exited(self) -> None:
        """Take the end of the process; its last lines may still come."""
        if self._transport is not None:
            self._status = self._transport.get_returncode()
        self._has_exited = True
        if self._killer is not None:
            self._killer.cancel()
        if not self._wanted:
            self.kill()
            self._close()
        self._close_if_done()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of process and pipes."""
        self._close()
        if not self._gone.done():
            self._gone.set_result(None)
        if self._tell_end is not None:
            self._tell_end(self)

    def pause_writing(self) -> None:
        """Read nothing from the client while the process doesn't read."""
        self._connection.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        self._connection.resume_reading()

    def _send(self, lines: list[bytes]) -> None:
        if lines:
            for batch in render_all(lines):
                self._connection.send(batch.opcode, batch.payloads)

    def _refuse_line(self) -> None:
        self._wanted = False
        problem = f"a line of the process is over {count_bytes(self._max_line)}"
        self._log(ServerEvent("failed", self._connection.peer, problem))
        self._connection.close(Close(CloseCode.INTERNAL_ERROR, problem))
        self._ask_to_end()

    def _log_errors(self, data: bytes) -> None:
        *lines, rest = (self._errors + data).split(b"\n")
        self._errors = rest[:_MAX_LOG_LINE]
        for line in lines:
            text = line[:_MAX_LOG_LINE].decode(errors="backslashreplace")
            self._log(ServerEvent("stderr", self._connection.peer, text))

    def _close_if_done(self) -> None:
        """Close the connection once the process and its output have ended."""
        if self._status is None or self._open_pipes or not self._wanted:
            return
        self._wanted = False
        if self._status == 0:
            self._connection.close(Close(CloseCode.NORMAL_CLOSURE))
            return
        how = _describe_status(self._status)
        self._log(ServerEvent("failed", self._connection.peer, f"the process {how}"))
        self._connection.close(Close(CloseCode.INTERNAL_ERROR, f"the process {how}"))

    def _ask_to_end(self) -> None:
        pipe = self._find_pipe(_STDIN)
        if pipe is not None and not pipe.is_closing():
            pipe.abort()
        self._signal(signal.SIGTERM)
        if self._killer is None and not self._has_exited:
            self._killer = self._loop.call_later(_GRACE, self.kill)

    def _signal(self, number: signal.Signals) -> None:
        if self._transport is None:
            return
        try:
            # It leads a session of its own, so that its children get it too.
            os.killpg(self._transport.get_pid(), number)
        except (ProcessLookupError, PermissionError):
            return

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _find_pipe(self, descriptor: int) -> asyncio.WriteTransport | None:
        return cast(asyncio.WriteTransport | None, self._get_pipe(descriptor))

    def _get_pipe(self, descriptor: int) -> asyncio.BaseTransport | None:
        if self._transport is None:
            return None
        return self._transport.get_pipe_transport(descriptor)


def _describe_status(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
