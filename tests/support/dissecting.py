"""Bytes dissected for tests."""

from __future__ import annotations

from wstool.wire.deflate import Inflater
from wstool.wire.dissector import MAX_KEPT, Dissector
from wstool.wire.tracker import Content


__all__ = [
    "COMPRESSED",
    "DIALOGUE_RULES",
    "HELLO",
    "KEY",
    "dissect",
    "make_dissector",
    "new_inflater",
    "rules",
]

HELLO = Content(b"Hello", 5)
KEY = bytes.fromhex("37fa213d")
COMPRESSED = bytes.fromhex("f248cdc9c90700")


DIALOGUE_RULES = {
    "close_code_not_echoed",
    "close_unanswered",
    "data_after_close",
    "extension_not_agreed",
    "fragments_tiny",
    "handshake_header_wrong",
    "masking_key_predictable",
    "ping_unanswered",
    "pong_unsolicited",
    "second_close",
    "subprotocol_not_offered",
}
"""Rules that only a dialogue or a handshake can break."""


def new_inflater():
    """Make an inflater with the defaults of permessage-deflate."""
    return Inflater(window_bits=15, context_takeover=True)


def make_dissector(*, masked=None, compression=False, assume=False, max_kept=MAX_KEPT):
    """Make a dissector."""
    return Dissector(
        masked=masked,
        new_inflater=new_inflater if compression or assume else None,
        assume_compression=assume,
        max_kept=max_kept,
    )


def dissect(data, **options):
    """Dissect data that come whole; give the frames and what is left."""
    dissector = make_dissector(**options)
    return dissector.feed(data), dissector.finish()


def rules(data, **options):
    """Give the rules that each frame breaks, the cut-off one included."""
    frames, leftover = dissect(data, **options)
    if leftover is not None and leftover.frame is not None:
        frames.append(leftover.frame)
    return [[violation.rule for violation in frame.violations] for frame in frames]
