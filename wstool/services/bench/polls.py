"""
A server's answers to polls.

``GET /messages?since=N`` asks for what came behind message N; with ``&wait=SECONDS``
the answer is held until there is something, or so long. ``GET /last`` asks for the
number of the latest message.
"""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from urllib.parse import parse_qs

from wstool.connection.http_server import HTTPServing
from wstool.services.bench.mailbox import Forgotten, Mailbox
from wstool.wire.opcode import Opcode


__all__ = ["MESSAGES", "Polls"]

MESSAGES = "/messages"
"""The path where messages are."""

_SWEEP_INTERVAL = 0.5
_MAX_WAIT = 3600.0
_TYPES = {
    Opcode.TEXT: "text/plain; charset=utf-8",
    Opcode.BINARY: "application/octet-stream",
}


class Polls:
    """Answer polls, now or when there is something."""

    def __init__(self, opcode: Opcode, mailbox: Mailbox | None = None) -> None:
        """Start without messages."""
        self._mailbox = Mailbox(opcode) if mailbox is None else mailbox
        self._type = _TYPES[opcode]
        self._loop = asyncio.get_running_loop()
        self._held: dict[HTTPServing, tuple[int, float]] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._turn: asyncio.Handle | None = None
        self._sessions: set[HTTPServing] = set()
        self._headers = (-1, b"")

    def accept(self) -> HTTPServing:
        """Make what serves a client's connection."""
        session = HTTPServing(self._answer, self._leave)
        self._sessions.add(session)
        return session

    def publish(self, payloads: list[bytes]) -> None:
        """Take messages; polls that wait for them are answered in the next turn."""
        self._mailbox.append(payloads)
        if self._held and self._turn is None:
            self._turn = self._loop.call_soon(self._answer_held)

    def abort(self) -> None:
        """End all connections at once."""
        if self._sweep is not None:
            self._sweep.cancel()
        for session in list(self._sessions):
            session.abort()

    def _leave(self, session: HTTPServing) -> None:
        self._held.pop(session, None)
        self._sessions.discard(session)

    def _answer(self, session: HTTPServing, target: str) -> None:
        path, _, query = target.partition("?")
        if path == "/last":
            self._respond(session, 200, b"%d" % self._mailbox.last)
        elif path != MESSAGES:
            self._respond(session, 404, b"there is no such page\n")
        else:
            self._answer_poll(session, query)

    def _answer_poll(self, session: HTTPServing, query: str) -> None:
        try:
            fields = parse_qs(query, max_num_fields=10)
            since = int(fields.get("since", ["0"])[0])
            wait = min(float(fields.get("wait", ["0"])[0]), _MAX_WAIT)
        except ValueError as error:
            self._respond(session, 400, f"this query can't be read: {error}\n".encode())
            return
        if not 0 <= since <= self._mailbox.last:
            self._respond(session, 400, b"there is no message by that number yet\n")
        elif since == self._mailbox.last and wait > 0:
            self._hold(session, since, wait)
        else:
            self._give(session, since)

    def _give(self, session: HTTPServing, since: int) -> None:
        try:
            body = self._mailbox.read(since)
        except Forgotten:
            self._respond(session, 410, b"these messages aren't kept any more\n")
            return
        self._respond(session, 200, body)

    def _hold(self, session: HTTPServing, since: int, wait: float) -> None:
        self._held[session] = (since, self._loop.time() + wait)
        if self._sweep is None:
            self._sweep = self._loop.call_later(_SWEEP_INTERVAL, self._check_held)

    def _answer_held(self) -> None:
        self._turn = None
        held, self._held = self._held, {}
        for session, (since, _) in held.items():
            self._give(session, since)

    def _check_held(self) -> None:
        """Answer those who have waited long enough, with nothing."""
        now = self._loop.time()
        for session, (_, limit) in list(self._held.items()):
            if now >= limit:
                del self._held[session]
                self._respond(session, 200, b"")
        self._sweep = None
        if self._held:
            self._sweep = self._loop.call_later(_SWEEP_INTERVAL, self._check_held)

    def _respond(self, session: HTTPServing, status: int, body: bytes) -> None:
        second = int(time.time())
        if self._headers[0] != second:
            lines = (
                f"Date: {formatdate(second, usegmt=True)}",
                f"Content-Type: {self._type}",
                "Cache-Control: no-store",
                "Access-Control-Allow-Origin: *",
                "Vary: Origin",
                "X-Content-Type-Options: nosniff",
                "Connection: keep-alive",
            )
            headers = "".join(f"{line}\r\n" for line in lines).encode()
            self._headers = (second, headers)
        session.respond(status, self._headers[1], body)
