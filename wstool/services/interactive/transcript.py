"""
A record of a conversation in a file, as JSON lines.

The loop renders, a bounded amount in a turn; a thread writes, so that a slow disk holds
up neither keys nor pings. What is not written yet is bounded: the owner is told to
let nothing more in.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections import deque
from collections.abc import Callable

from wstool.errors import OutputFailed, WstoolError
from wstool.phrases import describe_file_error
from wstool.services.interactive.messages import Run
from wstool.streams.jsonl import render_batch, render_event
from wstool.wire.batch import Batch
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode


__all__ = ["Transcript"]

_HIGH_WATER = 8 << 20
_LOW_WATER = 2 << 20
_MESSAGES_A_TURN = 2048
_BYTES_A_TURN = 1 << 20
# Seconds that the disk gets for the rest, in the end.
_FINISH_LIMIT = 5.0


class Transcript:
    """
    Append what happens to a file.

    Args:
        path: The file; made if there is none.
        held: Told True when too much waits to be written, and False when that is over.
        failed: Told once what keeps the file from being written.

    Raises:
        OutputFailed: If the file can't be opened.
    """

    def __init__(
        self,
        path: str,
        *,
        held: Callable[[bool], None],
        failed: Callable[[WstoolError], None],
    ) -> None:
        self.path = path
        self._held = held
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._descriptor = _open(path)
        self._unrendered: deque[Run | bytes] = deque()
        self._unrendered_bytes = 0
        self._unwritten = 0
        self._is_held = False
        self._is_rendering = False
        self._chunks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._written = asyncio.Event()
        self.failure: WstoolError | None = None
        """What kept the file from being written."""
        threading.Thread(target=self._write, daemon=True).start()

    def add_run(self, run: Run) -> None:
        """Record messages."""
        self._add(run, sum(map(len, run.payloads)) + 64 * len(run.payloads))

    def add_event(
        self,
        type_: str,
        time: float,
        *,
        sent: bool | None = None,
        payload: bytes | None = None,
        close: Close | None = None,
        **extra: object,
    ) -> None:
        """Record anything else; what is None is left out."""
        direction = None if sent is None else "sent" if sent else "received"
        line = render_event(
            time=time,
            direction=direction,
            type=type_,
            payload=payload,
            code=None if close is None else close.code,
            reason=None if close is None else close.reason,
            **extra,
        )
        self.add_line(line)

    def add_line(self, line: bytes) -> None:
        """Record a line that is rendered already."""
        self._add(line, len(line))

    async def finish(self) -> WstoolError | None:
        """Write what is left, and close the file; give what kept it from that."""
        while self._unrendered and self.failure is None:
            self._render_some()
            await asyncio.sleep(0)
        self._chunks.put(None)
        try:
            async with asyncio.timeout(_FINISH_LIMIT):
                await self._written.wait()
        except TimeoutError:
            problem = f"{self._unwritten} bytes not taken in {_FINISH_LIMIT:g} s"
            self.failure = self.failure or OutputFailed(self.path, problem)
        return self.failure

    def _add(self, entry: Run | bytes, size: int) -> None:
        if self.failure is not None:
            return
        self._unrendered.append(entry)
        self._unrendered_bytes += size
        if not self._is_rendering:
            self._render_some()
        self._check_level()

    def _render_some(self) -> None:
        """Render what a turn of the loop has time for."""
        self._is_rendering = False
        messages = size = 0
        pieces: list[bytes] = []
        while self._unrendered and messages < _MESSAGES_A_TURN and size < _BYTES_A_TURN:
            entry = self._unrendered.popleft()
            if isinstance(entry, bytes):
                pieces.append(entry)
                self._unrendered_bytes -= len(entry)
                size += len(entry)
                continue
            taken, rest = _split(entry, _MESSAGES_A_TURN - messages)
            if rest is not None:
                self._unrendered.appendleft(rest)
            pieces.append(_render(taken))
            taken_bytes = sum(map(len, taken.payloads)) + 64 * len(taken.payloads)
            self._unrendered_bytes -= taken_bytes
            messages += len(taken.payloads)
            size += taken_bytes
        if pieces:
            chunk = b"".join(pieces)
            self._unwritten += len(chunk)
            self._chunks.put(chunk)
        if self._unrendered:
            self._is_rendering = True
            self._loop.call_soon(self._render_some)
        self._check_level()

    def _check_level(self) -> None:
        level = self._unrendered_bytes + self._unwritten
        if not self._is_held and level > _HIGH_WATER:
            self._is_held = True
            self._held(True)
        elif self._is_held and level <= _LOW_WATER:
            self._is_held = False
            self._held(False)

    def _write(self) -> None:
        """Write chunks; the thread's work."""
        problem: OSError | None = None
        try:
            while (chunk := self._chunks.get()) is not None:
                rest = memoryview(chunk)
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
                self._call(self._took, len(chunk))
        except OSError as error:
            problem = error
        finally:
            os.close(self._descriptor)
        self._call(self._ended, problem)

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            # The loop is closed: nobody waits for the file any more.
            return

    def _took(self, size: int) -> None:
        self._unwritten -= size
        self._check_level()

    def _ended(self, problem: OSError | None) -> None:
        self._written.set()
        if problem is None:
            return
        self.failure = OutputFailed(self.path, describe_file_error(problem))
        self._unrendered.clear()
        self._unrendered_bytes = self._unwritten = 0
        self._check_level()
        self._failed(self.failure)


def _open(path: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        # A pipe without a reader is refused, and not waited for.
        descriptor = os.open(path, flags | os.O_NONBLOCK, 0o666)
    except (OSError, ValueError) as error:
        raise OutputFailed(path, describe_file_error(error)) from error
    os.set_blocking(descriptor, True)
    return descriptor


def _split(run: Run, limit: int) -> tuple[Run, Run | None]:
    """Cut a run in two, the first part of at most so many messages."""
    payloads = run.payloads
    size = count = 0
    for payload in payloads[:limit]:
        count += 1
        size += len(payload)
        if size >= _BYTES_A_TURN:
            break
    if count >= len(payloads):
        return run, None
    head = run._replace(payloads=payloads[:count])
    return head, run._replace(first=run.first + count, payloads=payloads[count:])


def _render(run: Run) -> bytes:
    direction = "sent" if run.sent else "received"
    batch = Batch(Opcode(run.opcode), run.payloads)
    return render_batch(batch, time=run.time, direction=direction)
