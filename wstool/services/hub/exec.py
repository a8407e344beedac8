"""The mode ``exec``."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from wstool.connection.handler import Ending
from wstool.connection.server_event import ServerEvent
from wstool.connection.transport import Connection
from wstool.connection.visitor import Refusal, Visitor
from wstool.phrases import describe_file_error
from wstool.services.hub.descendants import VARIABLE, Hunter, new_mark
from wstool.services.hub.environment import make_environment
from wstool.services.hub.mode import Mode, ModeOptions, ModeTools
from wstool.services.hub.process import Process
from wstool.wire.close import Close, CloseCode
from wstool.wire.opcode import Opcode


__all__ = ["ExecMode"]

_RETRY_AFTER = "1"


class ExecMode(Mode):
    """
    Run a process for each client: its lines are messages, messages are its lines.

    There is no shell in between. A process is killed with its connection, with all that
    it has started, and a connection closes with its process: 1000 if that ended with
    status 0, else 1011.
    """

    def __init__(self, options: ModeOptions, tools: ModeTools) -> None:
        """Start without processes."""
        self._command = options.command
        self._max_processes = options.max_processes
        self._max_line = options.max_line
        self._log = tools.log
        self._processes: dict[Connection, Process] = {}
        self._marks: dict[Process, str] = {}
        self._hunter = Hunter()
        self._ending: set[Process] = set()
        self._starts: set[asyncio.Task[None]] = set()

    def describe_health(self) -> dict[str, object]:
        """Tell how many processes there are."""
        return {"processes": self._count()}

    async def stop(self) -> None:
        """Kill what still runs, and wait for its end."""
        if self._starts:
            await asyncio.wait(self._starts)
        self._ending.update(self._processes.values())
        for process in list(self._ending):
            process.end(self._hunt)
            process.kill()
            await process.wait()
        await self._hunter.finish()

    def refuse(self, visitor: Visitor, /) -> Refusal | None:
        """Refuse who comes when there are as many processes as there may be."""
        if self._count() < self._max_processes:
            return None
        problem = f"all {self._max_processes} processes are taken"
        return Refusal(503, problem, headers=(("Retry-After", _RETRY_AFTER),))

    def connection_opened(self, connection: Connection, visitor: Visitor, /) -> None:
        """Start a process; what the client sends waits for it."""
        process = Process(connection, max_line=self._max_line, log=self._log)
        self._processes[connection] = process
        self._marks[process] = mark = new_mark()
        environment = {**make_environment(visitor, os.environ), VARIABLE: mark}
        start = asyncio.ensure_future(self._start(connection, process, environment))
        self._starts.add(start)
        start.add_done_callback(self._starts.discard)

    def batch_received(
        self, connection: Connection, opcode: Opcode, payloads: list[bytes], /
    ) -> None:
        """Write messages as lines."""
        self._processes[connection].write(payloads)

    def writing_paused(self, connection: Connection, /) -> None:
        """Read nothing from the process of a client that doesn't read."""
        self._processes[connection].pause_output()

    def writing_resumed(self, connection: Connection, /) -> None:
        """Read again."""
        self._processes[connection].resume_output()

    def connection_ended(self, connection: Connection, ending: Ending, /) -> None:
        """Kill the process."""
        process = self._processes.pop(connection)
        self._ending.add(process)
        process.end(self._hunt)

    def _hunt(self, process: Process) -> None:
        """Kill what a process that is gone has left behind."""
        mark = self._marks.pop(process, None)
        if mark is not None:
            self._hunter.hunt(mark, lambda: self._ending.discard(process))

    def _count(self) -> int:
        return len(self._processes) + len(self._ending)

    async def _start(
        self,
        connection: Connection,
        process: Process,
        environment: Mapping[str, str],
    ) -> None:
        try:
            await process.start(self._command, environment)
        except OSError as error:
            problem = f"can't run {self._command[0]}: {describe_file_error(error)}"
            self._log(ServerEvent("failed", connection.peer, problem))
            process.fail()
            connection.close(Close(CloseCode.INTERNAL_ERROR, "the process can't run"))
