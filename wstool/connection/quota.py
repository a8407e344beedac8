"""How many connections a server takes: from all together, and from each address."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from wstool.connection.rate import Buckets, Rate
from wstool.connection.transport import Connection
from wstool.connection.visitor import Refusal, Visitor


__all__ = ["Quota", "QuotaOptions"]

_RETRY_AFTER = 5
# Addresses are cheap for some: beyond so many, those that come first are forgotten.
_MAX_ADDRESSES = 100_000


class QuotaOptions(NamedTuple):
    """Limits for the number of connections; 0 and None are no limit."""

    max_connections: int = 0
    max_per_ip: int = 0
    """Connections from one address at a time."""
    connect_rate: Rate | None = None
    """Opening handshakes from one address."""


class Quota:
    """Counts connections; those through Unix sockets have no address to count by."""

    def __init__(self, options: QuotaOptions) -> None:
        self._options = options
        self._count = 0
        self._count_others: Callable[[], int] = lambda: 0
        self._publish: Callable[[int], None] = lambda count: None
        self._open = _Counts(options.max_per_ip)
        self._arriving = _Counts(options.max_per_ip)
        rate = options.connect_rate
        self._buckets = None if rate is None else Buckets[str](rate)

    def share(
        self, *, publish: Callable[[int], None], count_others: Callable[[], int]
    ) -> None:
        """
        Count the connections together with other processes that serve the same ports.

        Args:
            publish: Is told how many there are here, whenever that changes.
            count_others: Counts those of the others.
        """
        self._publish, self._count_others = publish, count_others
        publish(self._count)

    def check_rate(self, visitor: Visitor, now: float) -> Refusal | None:
        """Say why a client has to wait; every call counts as an attempt."""
        host = visitor.host
        if self._buckets is None or not host or self._take(self._buckets, host, now):
            return None
        wait = math.ceil(self._buckets.find_wait(host, now))
        problem = f"too many connections from {host}: {self._options.connect_rate}"
        return _refuse(429, problem, wait)

    def check(self, visitor: Visitor) -> Refusal | None:
        """Say why a client gets no connection now."""
        options = self._options
        host = visitor.host
        if options.max_connections and self._count_all() >= options.max_connections:
            problem = f"full: {options.max_connections} connections"
            return _refuse(503, problem, _RETRY_AFTER)
        if self._open.is_full_for(host):
            return self.refuse_for(host)
        return None

    def refuse_for(self, host: str) -> Refusal:
        """Refuse an address that has all the connections it may have."""
        problem = f"full for {host}: {self._options.max_per_ip} connections"
        return _refuse(503, problem, _RETRY_AFTER)

    def arrived(self, arrival: object, host: str) -> bool:
        """Count a client that is asking; tell whether it may."""
        return self._arriving.add(arrival, host)

    def left(self, arrival: object) -> None:
        """Count a client no longer that was asking."""
        self._arriving.remove(arrival)

    def opened(self, connection: Connection, host: str) -> None:
        """Count a connection."""
        self._count += 1
        self._publish(self._count)
        self._open.add(connection, host)

    def ended(self, connection: Connection) -> None:
        """Count a connection no longer."""
        self._count -= 1
        self._publish(self._count)
        self._open.remove(connection)

    def sweep(self, now: float) -> None:
        """Forget the addresses that have been quiet."""
        if self._buckets is not None:
            self._buckets.prune(now)

    def _count_all(self) -> int:
        return self._count + self._count_others()

    def _take(self, buckets: Buckets[str], host: str, now: float) -> bool:
        if len(buckets) >= _MAX_ADDRESSES:
            buckets.prune(now)
        if len(buckets) >= _MAX_ADDRESSES:
            buckets.forget_oldest()
        return buckets.take(host, 1, now)


class _Counts:
    """How many there are from each address; nothing is kept where there is no limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, int] = {}
        self._hosts: dict[object, str] = {}

    def is_full_for(self, host: str) -> bool:
        """Tell whether the limit is reached."""
        return 0 < self._limit <= self._counts.get(host, 0)

    def add(self, key: object, host: str) -> bool:
        """Count one; tell whether it is within the limit."""
        if not self._limit or not host:
            return True
        within = not self.is_full_for(host)
        self._hosts[key] = host
        self._counts[host] = self._counts.get(host, 0) + 1
        return within

    def remove(self, key: object) -> None:
        """Count one no longer."""
        host = self._hosts.pop(key, None)
        if host is not None:
            self._counts[host] -= 1
            if not self._counts[host]:
                del self._counts[host]


def _refuse(status: int, problem: str, wait: int) -> Refusal:
    return Refusal(status, problem, (("Retry-After", str(max(wait, 1))),))
