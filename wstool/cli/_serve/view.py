"""
The live view of a server on a terminal.

It is drawn again twice a second, however much happens, and costs a message one call.
Everything a client chose is escaped. A terminal that takes nothing holds up nobody.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from wstool.cli._output import STDERR, find_columns, write_stderr
from wstool.cli._render import escape_bytes, escape_text, shorten
from wstool.cli._serve.log import ServeLog
from wstool.connection.server_event import ServerEvent
from wstool.connection.tally import Counts
from wstool.services.hub.mode import Mode
from wstool.services.hub.watch import SeenMessage, Watch


if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text


__all__ = ["LiveView"]

_INTERVAL = 0.5
# The terminal shows Ctrl-C as ^C behind the last line; a wrap would shift the view.
_SPARE = 3
_MIN_WIDTH = 20
_EVENTS = 8
_MESSAGES = 6


class LiveView:
    """Connections, rates, round trips, refusals and the newest of everything."""

    def __init__(
        self, mode: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._mode_name = mode
        self._clock = clock
        self._started = clock()
        self._events: deque[str] = deque(maxlen=_EVENTS)
        self._notes: list[str] = []
        self._newest: deque[SeenMessage] = deque()
        self._urls: list[str] = []
        self._count: Callable[[], Counts] | None = None
        self._last: tuple[float, Counts] | None = None
        self._live: Live | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.log = ServeLog(self._notes.append, self._take)
        """Takes what happens."""

    def watch(self, mode: Mode) -> Mode:
        """Put a mode under watch."""
        watch = Watch(mode, count=_MESSAGES)
        self._newest = watch.newest
        return watch

    def start(self, urls: list[str], count: Callable[[], Counts]) -> None:
        """Begin to draw."""
        from rich.console import Console
        from rich.live import Live

        self._urls = urls
        self._count = count
        console = Console(
            file=_Terminal(), force_terminal=True, width=_find_width(), highlight=False
        )
        self._live = Live(
            self.render(), console=console, auto_refresh=False, transient=False
        )
        self._live.start()
        self._schedule()

    def stop(self) -> None:
        """Draw the last state, and give the terminal back."""
        if self._timer is not None:
            self._timer.cancel()
        if self._live is not None:
            self._live.update(self.render())
            self._live.stop()

    def render(self) -> Group:
        """Render the present state."""
        from rich.console import Group
        from rich.text import Text

        lines: list[Text | Table] = [
            Text(f"wstool serve {self._mode_name}", style="bold"),
            *(Text(f"  {url}", style="cyan") for url in self._urls),
            *(Text(f"  {escape_text(text)}", style="dim") for text in self._notes),
        ]
        if self._count is not None:
            lines.append(self._make_table(self._count()))
        lines += [_cut(Text(f"  {event}")) for event in self._events]
        lines += [_render_message(message) for message in self._newest]
        return Group(*lines)

    def _make_table(self, counts: Counts) -> Table:
        from rich.table import Table

        now = self._clock()
        before, last = self._last or (self._started, None)
        self._last = (now, counts)
        seconds = max(now - before, 1e-9)
        table = Table.grid(padding=(0, 2))
        for _ in range(3):
            table.add_column(no_wrap=True)
        for cells in _describe(counts, last, seconds, now - self._started):
            table.add_row(*cells)
        return table

    def _take(self, event: ServerEvent) -> None:
        clock = time.strftime("%H:%M:%S")
        text = f"{clock}  {event.peer}  {event.kind}: {event.text}"
        self._events.append(escape_text(text))

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_INTERVAL, self._draw)

    def _draw(self) -> None:
        if self._live is not None:
            self._live.console.width = _find_width()
            self._live.update(self.render(), refresh=True)
        self._schedule()


class _Terminal(io.StringIO):
    """Stderr, as a file that never waits for long."""

    def flush(self) -> None:
        """Write what has come."""
        text = self.getvalue()
        if text:
            self.seek(0)
            self.truncate()
            write_stderr(text.encode(errors="backslashreplace"))

    def isatty(self) -> bool:
        """Tell that it is one."""
        return True


def _describe(
    counts: Counts, last: Counts | None, seconds: float, uptime: float
) -> list[tuple[str, str, str]]:
    """Describe the counts, and what has changed since the last time."""
    before = counts if last is None else last

    def rate(name: str) -> float:
        return float(getattr(counts, name) - getattr(before, name)) / seconds

    trips = counts.round_trips
    mean = counts.round_trip_seconds / trips * 1000 if trips else None
    refused = ", ".join(f"{n} × {key}" for key, n in sorted(counts.rejected.items()))
    return [
        (
            "  clients",
            f"{counts.connections} now, {counts.opened} in all",
            f"{counts.arriving} arriving, up {_describe_time(uptime)}",
        ),
        (
            "  received",
            f"{rate('messages_received'):,.0f} messages/s",
            f"{_describe_size(rate('bytes_received'))}/s, "
            f"{counts.messages_received:,} in all",
        ),
        (
            "  sent",
            f"{rate('messages_sent'):,.0f} messages/s",
            f"{_describe_size(rate('bytes_sent'))}/s, {counts.messages_sent:,} in all",
        ),
        ("  round trips", "none yet" if mean is None else f"{mean:.1f} ms", ""),
        ("  refused", refused or "nobody", ""),
    ]


def _describe_size(size: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def _describe_time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _render_message(message: SeenMessage) -> Text:
    from rich.text import Text

    if message.is_text:
        shown = escape_bytes(message.beginning)
    else:
        shown = message.beginning[:32].hex(" ")
    size = _describe_size(message.size)
    line = _cut(Text(f"  < {escape_text(message.peer)}  {size}  "))
    return line.append(shorten(shown, 120), style="green")


def _cut(text: Text) -> Text:
    """Let a text take one line, whatever the terminal's width."""
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text


def _find_width() -> int:
    return max(find_columns(STDERR) - _SPARE, _MIN_WIDTH)
