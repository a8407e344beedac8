"""
From batches of messages to the bytes of a pipe.

The mirror image of splitters: what a joiner writes, the splitter of the same framing
reads back, but for text that holds the separator.
"""

from __future__ import annotations

from collections.abc import Callable

from wstool.errors import OutputFailed
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["Joiner", "LengthJoiner", "SeparatorJoiner"]

_PREFIX_SIZE = 4
_MAX_LENGTH = (1 << 8 * _PREFIX_SIZE) - 1

Encode = Callable[[bytes], bytes]


class Joiner:
    """Turn text and binary batches into the bytes of a pipe."""

    def __init__(self, encode: Encode | None, *, target: str) -> None:
        self._encode = encode
        self._target = target
        self.separator_seen = False
        """Whether a message held the separator, so that a reader sees two."""

    def join(self, batch: Batch) -> bytes:
        """
        Write the messages of a batch.

        Raises:
            OutputFailed: If the framing can't carry them.
        """
        raise NotImplementedError

    def _spell(self, payloads: list[bytes]) -> list[bytes]:
        encode = self._encode
        return payloads if encode is None else [encode(p) for p in payloads]


class SeparatorJoiner(Joiner):
    """Write a separator after each message."""

    def __init__(
        self, separator: bytes, *, name: str, encode: Encode | None, target: str
    ) -> None:
        super().__init__(encode, target=target)
        self._separator = separator
        self._name = name

    def join(self, batch: Batch) -> bytes:
        """
        Write the messages of a batch, each with a separator after it.

        Raises:
            OutputFailed: If it is a binary batch that isn't encoded.
        """
        if self._encode is None and batch.opcode is Opcode.BINARY:
            raise OutputFailed(
                self._target,
                f"a binary message doesn't fit --output {self._name}",
                hint="--output length, --encoding base64 or --jsonl",
            )
        separator = self._separator
        data = separator.join([*self._spell(batch.payloads), b""])
        if not self.separator_seen:
            self.separator_seen = data.count(separator) != len(batch.payloads)
        return data


class LengthJoiner(Joiner):
    """Write the length of each message before it, as 4 bytes big-endian."""

    def join(self, batch: Batch) -> bytes:
        """
        Write the messages of a batch, each with its length before it.

        Raises:
            OutputFailed: If a message is too long for the prefix.
        """
        pieces: list[bytes] = []
        for payload in self._spell(batch.payloads):
            length = len(payload)
            if length > _MAX_LENGTH:
                raise OutputFailed(
                    self._target,
                    f"a message of {length} bytes doesn't fit --output length",
                )
            pieces += (length.to_bytes(_PREFIX_SIZE, "big"), payload)
        return b"".join(pieces)
