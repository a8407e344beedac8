"""Frames as lines of JSON, for programs."""

from __future__ import annotations

import json
from typing import Any

from wstool.services.inspector import (
    Event,
    HandshakeHalf,
    InspectedFrame,
    Remainder,
)
from wstool.streams.jsonl import render_time
from wstool.wire.dialogue import Answer
from wstool.wire.dissected import DissectedFrame, Leftover
from wstool.wire.handshake import Request, Response
from wstool.wire.opcode import Opcode, opcode_name
from wstool.wire.tracker import Part
from wstool.wire.violations import Violation


__all__ = ["JsonlRenderer"]


class JsonlRenderer:
    """
    Render one JSON object a line. Keys that don't apply are left out.

    Frames have these, bytes being in hex:

    - ``number``, ``time`` (RFC 3339), ``connection``, ``direction`` (``sent`` by the
      client or ``received``), ``type`` (the opcode's name), ``offset``;
    - ``fin``, ``rsv1``, ``rsv2``, ``rsv3``, ``opcode``, ``masked``, ``masking_key``,
      ``length``, ``length_bits``, ``header`` (as sent), ``payload`` (unmasked), and
      ``unkept``, the bytes of it that came after those;
    - ``message``, ``fragment``: place in its message; ``compressed``,
      ``inflated_length``, ``inflated``;
    - ``data``: text, inflated, if all of the frame's part of it is shown and is valid
      UTF-8 by itself;
    - ``code``, ``reason``: of a close frame;
    - ``answers``: number of the ping that a pong answers, or of the close frame that a
      close frame does; ``delay``: seconds between them;
    - ``violations``: objects with ``rule``, ``section``, ``text``; ``remarks``: the
      same of what no rule forbids.

    A frame that is cut off has less ``payload`` than ``length``. At the end come
    objects of the types ``left`` (``offset``, ``length``, ``missing``, ``payload``) and
    ``unfinished`` (``message``, ``fragment``); a handshake is a ``request`` and a
    ``response``. What else happens is a ``connection`` (it begins), ``gap``, ``owed``
    (an answer that never came), ``end`` or ``note``, with ``text``.
    """

    def __init__(self, max_payload: int | None = None) -> None:
        """
        Start before the first frame.

        Args:
            max_payload: Bytes of a payload that are shown; None for all that are kept.
        """
        self._max_payload = max_payload

    def render_handshake(self, half: HandshakeHalf) -> str:
        """Render a half of the opening handshake."""
        message = half.message
        return _line(
            time=None if half.time is None else render_time(half.time),
            connection=half.connection,
            direction=half.direction.value,
            **_spell_head(message),
            headers=message.headers,
            malformed=list(message.malformed) or None,
            **_spell_findings(half.reading.violations),
        )

    def render_event(self, event: Event) -> str:
        """Render what happened beside frames and handshakes."""
        violation = event.violation
        return _line(
            time=None if event.time is None else render_time(event.time),
            connection=event.connection,
            direction=None if event.direction is None else event.direction.value,
            type=event.kind.value,
            text=event.text,
            **_spell_findings(() if violation is None else (violation,)),
        )

    def render_frame(self, item: InspectedFrame) -> str:
        """Render a frame."""
        frame = item.frame
        header = frame.header
        key = header.masking_key
        close = frame.close
        payload = frame.payload[: self._max_payload]
        return _line(
            number=item.number,
            time=None if item.time is None else render_time(item.time),
            connection=item.connection,
            direction=item.direction.value,
            type=opcode_name(header.opcode),
            offset=frame.offset,
            fin=header.fin,
            rsv1=header.rsv1,
            rsv2=header.rsv2,
            rsv3=header.rsv3,
            opcode=header.opcode,
            masked=header.masked,
            masking_key=None if key is None else key.hex(),
            length=header.payload_length,
            length_bits=header.length_bits,
            header=frame.raw_header.hex(),
            payload=payload.hex(),
            unkept=frame.received - len(payload) or None,
            **_place(frame, self._max_payload),
            code=None if close is None else close.code,
            reason=None if close is None or close.code is None else close.reason,
            **_spell_answer(item.answer),
            **_spell_findings(item.findings),
        )

    def render_remainder(self, remainder: Remainder) -> str:
        """Render what is missing at the end of a direction."""
        lines = ""
        shared: dict[str, Any] = {
            "connection": remainder.connection,
            "direction": remainder.direction.value,
        }
        if remainder.leftover is not None:
            fields = _spell_leftover(remainder.leftover)
            lines += _line(**shared, type="left", **fields)
        if remainder.unfinished is not None:
            fields = _spell_part(remainder.unfinished)
            lines += _line(**shared, type="unfinished", **fields)
        return lines


def _line(**fields: Any) -> str:
    present = {key: value for key, value in fields.items() if value is not None}
    return json.dumps(present) + "\n"


def _spell_head(message: Request | Response) -> dict[str, Any]:
    if isinstance(message, Request):
        return {
            "type": "request",
            "method": message.method,
            "resource_name": message.resource_name,
            "version": message.version,
        }
    return {
        "type": "response",
        "version": message.version,
        "status": message.status,
        "reason": message.reason,
    }


def _spell_answer(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    return {"answers": answer.number, "delay": answer.delay}


def _place(frame: DissectedFrame, max_payload: int | None) -> dict[str, Any]:
    part = frame.part
    if part is None:
        return {}
    fields = _spell_part(part)
    if part.compressed:
        fields["compressed"] = True
    if frame.inflated is not None:
        fields["inflated_length"] = frame.inflated.size
        fields["inflated"] = frame.inflated.data[:max_payload].hex()
    content = frame.content
    if part.opcode == Opcode.TEXT and content:
        data = content.data[:max_payload]
        if len(data) < content.size:
            return fields
        try:
            fields["data"] = data.decode()
        except UnicodeDecodeError:
            pass
    return fields


def _spell_part(part: Part) -> dict[str, Any]:
    return {"message": part.message, "fragment": part.fragment}


def _spell_findings(found: tuple[Violation, ...]) -> dict[str, Any]:
    """Spell what breaks a rule, and apart from it what is only strange."""
    fields: dict[str, Any] = {}
    for item in found:
        spelled = {"rule": item.rule, "section": item.section, "text": item.text}
        fields.setdefault("remarks" if item.legal else "violations", []).append(spelled)
    return fields


def _spell_leftover(leftover: Leftover) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "offset": leftover.offset,
        "length": leftover.size,
    }
    frame = leftover.frame
    if frame is None:
        return {**fields, "payload": leftover.data.hex()}
    missing = frame.header.payload_length - frame.received
    return {**fields, "missing": missing}
