"""
What is drawn of a conversation, and when.

Messages are drawn a few times a second, for a bounded time each, whatever arrives.
When more come than a person can follow, it's a flood: then only the last few of each
second are drawn, below a sentence that says how many were not.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from wstool.cli._connect.entries import Entry, Note
from wstool.cli._connect.filtering import MessageFilter
from wstool.phrases import count_messages
from wstool.services.interactive import Message, Run


__all__ = ["Feed", "FeedPainter"]

FRAME = 0.05
"""Seconds between two drawings."""
_PAINTING_LIMIT = 0.010
_MAX_QUEUED = 500
_MAX_QUEUED_BYTES = 16 << 20
_FLOOD_INTERVAL = 1.0
_NEWEST = 5
# So many in a second can be drawn as they come.
_CALM = 100
_KEPT_OF_QUEUE = 20


class FeedPainter(Protocol):
    """What makes text of entries."""

    def paint(self, entries: list[Entry], /, *, whole: bool = False) -> str:
        """Make text and escape codes."""


class _Skipped(NamedTuple):
    messages: int
    first: int


class Feed:
    """
    Queue what is to be drawn, and draw it frame by frame.

    Args:
        painter: Makes the painter, when there is something to paint first.
        write: Writes what was painted.
        is_behind: Whether the terminal takes no more now.
        now: Clock, in seconds.
    """

    def __init__(
        self,
        painter: Callable[[], FeedPainter],
        write: Callable[[str], None],
        *,
        is_behind: Callable[[], bool],
        now: Callable[[], float] | None = None,
    ) -> None:
        self._make_painter = painter
        self._painter: FeedPainter | None = None
        self._write = write
        self._is_behind = is_behind
        self._loop = asyncio.get_running_loop()
        self._now = now or self._loop.time
        self._queue: deque[Entry | Run] = deque()
        self._queued = self._queued_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._drawn_at = -FRAME
        self._newest: deque[Message] = deque(maxlen=_NEWEST)
        self._skipped: _Skipped | None = None
        self._flood_count = 0
        self._summary_at = 0.0
        self.is_flooded = False
        self.filter: MessageFilter | None = None
        """What messages received must match to be drawn."""
        self.muted = False
        """Whether messages received aren't drawn."""
        self.not_drawn = 0
        """Messages that came too fast."""
        self._controls_not_drawn = 0
        self.hidden = 0
        """Messages that the filter or the muting kept away."""

    @property
    def undrawn(self) -> int:
        """Messages that came too fast, those that may still be drawn included."""
        return self.not_drawn + (self._skipped.messages if self._skipped else 0)

    def prepare(self) -> None:
        """Make the painter, if there was nothing to paint yet."""
        if self._painter is None:
            self._painter = self._make_painter()

    def add(self, entry: Entry) -> None:
        """Draw an entry, whatever else there is."""
        self._queue.append(entry)
        self._schedule()

    def add_control(self, note: Note) -> None:
        """Draw a sentence about a ping or pong, if they don't come too fast."""
        if len(self._queue) >= _MAX_QUEUED:
            self._controls_not_drawn += 1
            return
        self._tell_controls()
        self.add(note)

    def add_run(self, run: Run) -> None:
        """Draw messages, if they aren't too many."""
        if not run.sent and (self.muted or self.filter is not None):
            self._add_filtered(run)
        else:
            self._add_run(run)

    def paint_whole(self, message: Message) -> None:
        """Draw a message without folding it, now."""
        self.settle()
        self._draw([message], whole=True)

    def settle(self) -> None:
        """Draw what is queued now, and end a flood with its last messages."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.is_flooded:
            self._summarize()
            self.is_flooded = False
        self._tell_controls()
        self._draw(self._take_all())

    def forget(self) -> None:
        """Draw nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._queue.clear()

    def _add_filtered(self, run: Run) -> None:
        if self.muted or self.filter is None:
            self.hidden += len(run.payloads)
            return
        matching = self.filter.find(run.opcode, run.payloads)
        self.hidden += len(run.payloads) - len(matching)
        if len(matching) == len(run.payloads):
            self._add_run(run)
        elif self.is_flooded:
            self._skip(run, matching)
        else:
            for index in matching:
                payloads = [run.payloads[index]]
                self._add_run(run._replace(first=run.first + index, payloads=payloads))

    def _add_run(self, run: Run) -> None:
        # What the user just typed is drawn in a flood too.
        is_typed = run.sent and len(run.payloads) == 1 and self._queued < _MAX_QUEUED
        if self.is_flooded and not is_typed:
            self._skip(run, range(len(run.payloads)))
        else:
            self._put_run(run)
            if self._queued > _MAX_QUEUED or self._is_heavy():
                self._start_flood()
        self._schedule()

    def _put_run(self, run: Run) -> None:
        self._queue.append(run)
        self._queued += len(run.payloads)
        self._queued_bytes += sum(map(len, run.payloads))

    def _is_heavy(self) -> bool:
        """Tell whether several messages hold more memory than they should."""
        return self._queued_bytes > _MAX_QUEUED_BYTES and self._queued > 1

    def _skip(self, run: Run, indexes: Sequence[int]) -> None:
        """Count messages of a run, and keep the last of them."""
        if not indexes:
            return
        for index in indexes[-_NEWEST:]:
            self._newest.append(run.message(run.first + index))
        size = sum(len(message.payload) for message in self._newest)
        while size > _MAX_QUEUED_BYTES and len(self._newest) > 1:
            size -= len(self._newest.popleft().payload)
        first = run.first + indexes[0]
        skipped = self._skipped or _Skipped(0, first)
        self._skipped = skipped._replace(messages=skipped.messages + len(indexes))
        self._flood_count += len(indexes)

    def _start_flood(self) -> None:
        """Keep what was first in the queue, and what isn't a message."""
        self.is_flooded = True
        self._summary_at = self._now() + _FLOOD_INTERVAL
        queue, self._queue = self._queue, deque()
        self._queued = self._queued_bytes = 0
        for entry in queue:
            if not isinstance(entry, Run):
                self._queue.append(entry)
                continue
            room = self._find_room(entry.payloads)
            if room:
                self._put_run(entry._replace(payloads=entry.payloads[:room]))
            self._skip(entry, range(room, len(entry.payloads)))

    def _find_room(self, payloads: list[bytes]) -> int:
        """Find out how many of some messages a flood may begin with."""
        count, size = 0, self._queued_bytes
        for payload in payloads[: max(0, _KEPT_OF_QUEUE - self._queued)]:
            size += len(payload)
            if size > _MAX_QUEUED_BYTES and self._queued + count:
                break
            count += 1
        return count

    def _summarize(self) -> None:
        """Say how many were not drawn, and queue the last of them."""
        self._summary_at = self._now() + _FLOOD_INTERVAL
        if self._flood_count <= _CALM:
            self.is_flooded = False
        skipped, self._skipped, self._flood_count = self._skipped, None, 0
        newest = list(self._newest)
        self._newest.clear()
        if skipped is None:
            return
        count = skipped.messages - len(newest)
        if count:
            self.not_drawn += count
            span = f"#{skipped.first} to #{newest[0].number - 1}"
            self._queue.append(Note(f"{count_messages(count)} not drawn: {span}"))
        self._queue.extend(newest)

    def _tell_controls(self) -> None:
        """Say how many pings and pongs were not drawn, if any."""
        count, self._controls_not_drawn = self._controls_not_drawn, 0
        if count:
            self._queue.append(Note(f"pings and pongs not drawn: {count}"))

    def _schedule(self) -> None:
        if self._timer is None:
            delay = self._drawn_at + FRAME - self._now()
            self._timer = self._loop.call_later(max(0.0, delay), self._tick)

    def _tick(self) -> None:
        self._timer = None
        # What a terminal doesn't take must not pile up either.
        if not self._is_behind():
            if self.is_flooded and self._now() >= self._summary_at:
                self._summarize()
            self._draw_frame()
        if not self._queue:
            self._tell_controls()
        if self._queue or self.is_flooded:
            self._schedule()

    def _draw_frame(self) -> None:
        """Draw as much as there is time for."""
        started = self._now()
        pieces: list[str] = []
        while self._queue and self._now() - started < _PAINTING_LIMIT:
            pieces.append(self._paint([self._take()]))
        self._put(pieces)

    def _take_all(self) -> list[Entry]:
        taken: list[Entry] = []
        while self._queue:
            taken.append(self._take())
        return taken

    def _take(self) -> Entry:
        """Take the next entry; a run gives its messages one by one."""
        entry = self._queue.popleft()
        if not isinstance(entry, Run):
            return entry
        self._queued -= 1
        self._queued_bytes -= len(entry.payloads[0])
        if len(entry.payloads) > 1:
            rest = entry._replace(first=entry.first + 1, payloads=entry.payloads[1:])
            self._queue.appendleft(rest)
        return entry.message(entry.first)

    def _draw(self, entries: list[Entry], *, whole: bool = False) -> None:
        if entries:
            self._put([self._paint(entries, whole=whole)])

    def _paint(self, entries: list[Entry], *, whole: bool = False) -> str:
        if self._painter is None:
            self._painter = self._make_painter()
        return self._painter.paint(entries, whole=whole)

    def _put(self, pieces: list[str]) -> None:
        text = "".join(pieces)
        self._drawn_at = self._now()
        if text:
            self._write(text)
