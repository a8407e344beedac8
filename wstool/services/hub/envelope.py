"""Messages with ids: JSON around what was said, and what is said about ids."""

from __future__ import annotations

from base64 import b64encode
from json.encoder import encode_basestring

from wstool.services.hub.history import Id, format_id
from wstool.wire.opcode import Opcode


__all__ = ["make_gone", "make_lost", "wrap"]


def wrap(id_: Id, opcode: Opcode, payload: bytes) -> bytes:
    """Put a message into an object with its id."""
    if opcode is Opcode.TEXT:
        text = encode_basestring(payload.decode(errors="replace"))
        return f'{{"id":"{id_[0]}-{id_[1]}","type":"text","data":{text}}}'.encode()
    head = f'{{"id":"{format_id(id_)}","type":"binary","base64":"'.encode()
    return b'%s%s"}' % (head, b64encode(payload))


def make_gone(since: Id, oldest: Id | None) -> bytes:
    """Tell a client that came back that what it missed is not there any more."""
    at = f'"{format_id(oldest)}"' if oldest is not None else "null"
    return f'{{"type":"gone","since":"{format_id(since)}","oldest":{at}}}'.encode()


def make_lost(count: int) -> bytes:
    """Tell clients that messages were lost on their way."""
    return f'{{"type":"lost","count":{count}}}'.encode()
