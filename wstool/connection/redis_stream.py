"""A Redis stream to append to and to read from; redis-py lives here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from wstool.errors import UsageError


if TYPE_CHECKING:
    from redis.asyncio import Redis


__all__ = [
    "RedisStream",
    "StreamEntry",
    "StreamFailed",
    "StreamState",
    "hide_password",
]

_CONNECT_TIMEOUT = 5.0
_ANSWER_TIMEOUT = 5.0
_META, _DATA = b"m", b"d"

Id = tuple[int, int]


class StreamFailed(Exception):
    """Redis is not there, or refuses."""


class StreamEntry(NamedTuple):
    """One message in the stream."""

    id: Id
    meta: bytes
    data: bytes


class StreamState(NamedTuple):
    """What is in the stream."""

    floor: Id
    """Id behind which it begins: what came before is not there."""
    last: Id
    """Id of its latest entry, whether that is still there or not."""


class RedisStream:
    """A client of one stream, with a connection to append and one to read."""

    def __init__(self, url: str, key: str, *, max_length: int) -> None:
        """
        Prepare; each call connects if there is no connection.

        Args:
            url: Such as ``redis://host:6379/0``.
            key: Name of the stream.
            max_length: Entries that it keeps, or a few more.

        Raises:
            UsageError: If the library is missing, or the URL is none.
        """
        try:
            from redis.asyncio import Redis
            from redis.exceptions import RedisError
        except ImportError as error:
            problem = "--bus needs the extra redis: pip install 'wstool-cli[redis]'"
            raise UsageError(problem) from error
        self._errors = (RedisError, OSError, asyncio.TimeoutError)
        self._key = key
        self._max_length = max_length
        try:
            self._writer: Redis = Redis.from_url(
                url,
                socket_connect_timeout=_CONNECT_TIMEOUT,
                socket_timeout=_ANSWER_TIMEOUT,
                retry=None,
            )
            # A blocking read may take its time.
            self._reader: Redis = Redis.from_url(
                url,
                socket_connect_timeout=_CONNECT_TIMEOUT,
                socket_timeout=None,
                retry=None,
            )
        except (ValueError, TypeError) as error:
            raise UsageError(f"--bus {hide_password(url)}: {error}") from error

    async def find_state(self) -> StreamState:
        """
        Find out what is in the stream.

        Raises:
            StreamFailed: If Redis isn't there, or refuses.
        """
        try:
            seconds, microseconds = await self._writer.time()
            if not await self._writer.exists(self._key):
                # What was said before that, if it was, is not known any more. The
                # first entry may come within this millisecond.
                now = int(seconds) * 1000 + int(microseconds) // 1000
                floor = _find_before((now, 0))
                return StreamState(floor, floor)
            info = await self._writer.xinfo_stream(self._key)
        except self._errors as error:
            raise StreamFailed(_describe(error)) from error
        last = _parse_id(info["last-generated-id"])
        first = info["first-entry"]
        return StreamState(_find_before(_parse_id(first[0])) if first else last, last)

    async def append(self, entries: Sequence[tuple[bytes, bytes]]) -> list[Id]:
        """
        Append entries, all in one go.

        Args:
            entries: Meta and data of each.

        Returns:
            Their ids.

        Raises:
            StreamFailed: If Redis isn't there, or refuses; some may be appended.
        """
        pipeline = self._writer.pipeline(transaction=False)
        head = ("XADD", self._key, "MAXLEN", "~", self._max_length, "*")
        for meta, data in entries:
            pipeline.execute_command(*head, _META, meta, _DATA, data)
        try:
            ids = await pipeline.execute()
        except self._errors as error:
            raise StreamFailed(_describe(error)) from error
        return [_parse_id(id_) for id_ in ids]

    async def has(self, id_: Id) -> bool:
        """
        Tell whether an entry is in the stream.

        Raises:
            StreamFailed: If Redis isn't there, or refuses.
        """
        text = _format_id(id_)
        try:
            return bool(await self._writer.xrange(self._key, text, text, 1))
        except self._errors as error:
            raise StreamFailed(_describe(error)) from error

    async def read(self, after: Id, *, count: int, block: float) -> list[StreamEntry]:
        """
        Read the entries behind an id.

        Args:
            count: Entries to read at most.
            block: Seconds to wait for one; 0 not to wait.

        Raises:
            StreamFailed: If Redis isn't there, or refuses.
        """
        milliseconds = int(block * 1000) if block else None
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT + _ANSWER_TIMEOUT + block):
                answer: Any = await self._reader.xread(
                    {self._key: _format_id(after)}, count=count, block=milliseconds
                )
        except self._errors as error:
            await self._drop_reader()
            raise StreamFailed(_describe(error)) from error
        # A list of streams in the older protocol, a dictionary in the newer one.
        streams = answer.values() if isinstance(answer, dict) else dict(answer).values()
        return [
            StreamEntry(_parse_id(id_), fields[_META], fields[_DATA])
            for stream in streams
            for id_, fields in (stream[0] if isinstance(answer, dict) else stream)
            if fields and _META in fields and _DATA in fields
        ]

    async def close(self) -> None:
        """Close both connections."""
        for client in (self._reader, self._writer):
            try:
                await client.aclose()
            except self._errors:
                continue

    async def _drop_reader(self) -> None:
        """Forget a connection on which an answer may still come."""
        await self._reader.connection_pool.disconnect()


def hide_password(url: str) -> str:
    """Give a URL without its password, to be shown."""
    scheme, mark, rest = url.partition("://")
    userinfo, at, host = rest.rpartition("@")
    shown = f"{userinfo.partition(':')[0]}:***" if at else ""
    return f"{scheme}{mark}{shown}{at}{host}"


def _parse_id(value: bytes | str) -> Id:
    text = value.decode() if isinstance(value, bytes) else value
    milliseconds, _, number = text.partition("-")
    return int(milliseconds), int(number)


def _format_id(id_: Id) -> str:
    return f"{id_[0]}-{id_[1]}"


def _find_before(id_: Id) -> Id:
    """Find the id right before another one."""
    milliseconds, number = id_
    return (milliseconds, number - 1) if number else (milliseconds - 1, (1 << 64) - 1)


def _describe(error: BaseException) -> str:
    text = str(error).strip().rstrip(".") or type(error).__name__
    return text[:1].lower() + text[1:]
