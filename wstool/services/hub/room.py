"""A room: clients who hear one another, and those who still catch up."""

from __future__ import annotations

from itertools import groupby

from wstool.connection.transport import Connection
from wstool.services.hub.envelope import make_gone
from wstool.services.hub.fanout import Fanout, Post
from wstool.services.hub.history import Entry, Id, Ring
from wstool.wire.close import Close, CloseCode
from wstool.wire.opcode import Opcode


__all__ = ["Room", "tell_gone"]

_CHUNK = 1 << 18


class Room:
    """
    Clients who hear one another.

    Who joins with something to catch up on gets that first, as fast as it reads, and
    then what is said from there on: in order, with nothing left out or sent twice.
    """

    __slots__ = (
        "_catching_up",
        "_include_sender",
        "_numbers",
        "clients",
        "fanout",
        "name",
        "posts",
    )

    def __init__(self, name: str, fanout: Fanout, *, include_sender: bool) -> None:
        """
        Open a room in which there is nobody yet.

        Args:
            include_sender: Whether a client gets its own messages too.
        """
        self.name = name
        self.fanout = fanout
        self.clients: dict[Connection, int] = {}
        """Clients that have come and not left, and their numbers."""
        self.posts: list[Post] = []
        """What was said in this turn."""
        self._numbers: dict[int, Connection] = {}
        self._include_sender = include_sender
        self._catching_up: dict[Connection, Id] = {}

    def enter(self, connection: Connection, number: int, cursor: Id | None) -> None:
        """
        Let a client in.

        Args:
            number: The client's number.
            cursor: Id of the message behind which it begins; None for the latest.
        """
        self.clients[connection] = number
        self._numbers[number] = connection
        if cursor is None:
            self.fanout.add(connection)
        else:
            self._catching_up[connection] = cursor

    def leave(self, connection: Connection) -> None:
        """Forget a client."""
        del self._numbers[self.clients.pop(connection)]
        self._catching_up.pop(connection, None)
        self.fanout.remove(connection)

    def deliver(self, entries: list[Entry], ring: Ring | None) -> int:
        """
        Send messages.

        Args:
            ring: They are in it already; None where nothing is kept.

        Returns:
            The number of messages sent.
        """
        posts = [
            Post(self._numbers.get(sender), opcode, [entry.payload for entry in group])
            for (sender, opcode), group in groupby(entries, _by_kind)
        ]
        count = self.fanout.deliver(posts)
        if ring is not None:
            for connection in list(self._catching_up):
                self.catch_up(connection, ring)
        return count

    def catch_up(self, connection: Connection, ring: Ring) -> None:
        """Send a client what it has missed, as far as it reads."""
        while (
            connection in self._catching_up
            and connection.is_open
            and not connection.writing_is_paused
        ):
            cursor = self._catching_up[connection]
            entries = ring.after(cursor, _CHUNK)
            if cursor < ring.floor:
                self._cut_off(connection)
            elif entries:
                self._catching_up[connection] = entries[-1].id
                self._send(connection, entries)
            else:
                if cursor == ring.last:
                    del self._catching_up[connection]
                    self.fanout.add(connection)
                # Else it knows more than we do, and waits until we know that too.
                return

    def _send(self, connection: Connection, entries: list[Entry]) -> None:
        if not self._include_sender:
            own = self.clients[connection]
            entries = [entry for entry in entries if entry.sender != own]
        for opcode, group in groupby(entries, lambda entry: entry.opcode):
            connection.send(opcode, [entry.payload for entry in group])

    def _cut_off(self, connection: Connection) -> None:
        del self._catching_up[connection]
        problem = "reads too slowly: what it has to catch up on is gone"
        connection.close(Close(CloseCode.POLICY_VIOLATION, problem))


def tell_gone(connection: Connection, since: Id, ring: Ring) -> None:
    """Tell a client that came back that what it missed is gone."""
    connection.send(Opcode.TEXT, [make_gone(since, ring.oldest)])


def _by_kind(entry: Entry) -> tuple[int, Opcode]:
    return entry.sender, entry.opcode
