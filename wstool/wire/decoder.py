"""
An endpoint's incoming bytes, decoded: fast lane and exact path joined.

Both give the same for the same bytes, however these are cut into reads.
"""

from __future__ import annotations

from typing import Protocol

from wstool.wire.batch import split_masked, split_unmasked
from wstool.wire.close import find_close_violation
from wstool.wire.deflate import Inflater
from wstool.wire.frame import FrameHeader, find_header_violations, parse_header
from wstool.wire.masking import Mask, rotate_key, xor_mask
from wstool.wire.message import MessageAssembler
from wstool.wire.opcode import Opcode, is_control
from wstool.wire.utf8 import find_invalid_text
from wstool.wire.violations import Violation, text_invalid


__all__ = ["Decoder", "Receiver"]

_NO_LIMIT = 1 << 63
_FINAL_TEXT = 0b1000_0000 | Opcode.TEXT
_FINAL_BINARY = 0b1000_0000 | Opcode.BINARY
_OPCODES = {_FINAL_TEXT: Opcode.TEXT, _FINAL_BINARY: Opcode.BINARY}
# Messages off the exact path are gathered up to this many bytes before they are
# handed on, so that a pause takes hold between compressed messages that grow.
_MAX_GATHERED = 1 << 18


class Receiver(Protocol):
    """What a decoder hands its findings to, in the order of the bytes."""

    def batch_received(self, opcode: Opcode, payloads: list[bytes], /) -> None:
        """Take messages of one kind."""

    def control_received(self, opcode: Opcode, payload: bytes, /) -> None:
        """Take a control frame."""

    def violation_found(self, violation: Violation, /) -> None:
        """Take the first violation; nothing is decoded after it."""


class Decoder:
    """
    Decode one direction of a connection for the endpoint that receives it.

    Decoding stops for good at the first violation and at ``stop``, which the receiver
    calls at a close frame, and rests while paused. The receiver may call ``pause``,
    ``resume`` and ``stop`` while it is handed something, and they count at once.
    """

    __slots__ = (
        "_assembler",
        "_compression",
        "_control",
        "_fast",
        "_gathered",
        "_gathered_opcode",
        "_gathered_size",
        "_header",
        "_mask",
        "_masked",
        "_max_size",
        "_offset",
        "_paused",
        "_receiver",
        "_rest",
        "_stopped",
    )

    def __init__(
        self,
        receiver: Receiver,
        *,
        masked: bool,
        max_size: int = 0,
        inflater: Inflater | None = None,
        mask: Mask = xor_mask,
        fast: bool = True,
    ) -> None:
        """
        Start at the first byte after the opening handshake.

        Args:
            masked: Whether frames must be masked: True where a server receives.
            max_size: Largest message in bytes, after inflating; 0 for no limit.
            inflater: Inflater of this direction, if compression was negotiated.
            mask: Function that unmasks.
            fast: Whether to use the fast lane; the outcome is the same.
        """
        self._receiver = receiver
        self._masked = masked
        self._max_size = max_size
        self._compression = inflater is not None
        self._mask = mask
        self._fast = fast
        self._assembler = MessageAssembler(max_size=max_size, inflater=inflater)
        self._rest = b""
        self._header: FrameHeader | None = None
        self._offset = 0
        self._control: list[bytes] = []
        self._gathered: list[bytes] = []
        self._gathered_opcode = Opcode.TEXT
        self._gathered_size = 0
        self._paused = False
        self._stopped = False

    @property
    def in_message(self) -> bool:
        """Whether a frame or a message has begun and not ended, or a pause keeps it."""
        return bool(
            self._rest or self._header is not None or self._assembler.opcode is not None
        )

    def feed(self, data: bytes) -> None:
        """Decode what arrived."""
        if self._paused or self._stopped:
            if not self._stopped:
                self._rest += data
            return
        if self._rest:
            data = self._rest + data
            self._rest = b""
        elif self._masked and self._take_single(data):
            return
        position, end = 0, len(data)
        while position < end and not self._paused and not self._stopped:
            position = self._step(data, position)
        if position < end and not self._stopped:
            self._rest = data[position:] + self._rest
        self._hand_on()

    def pause(self) -> None:
        """
        Hand on nothing more until ``resume``; keep what is fed.

        Only a violation behind messages that are handed on already is told even so.
        """
        self._paused = True

    def resume(self) -> None:
        """Go on after a pause."""
        self._paused = False
        if self._rest:
            self.feed(b"")

    def stop(self) -> None:
        """Decode nothing more."""
        self._stopped = True
        self._rest = b""
        self._header = None
        self._assembler.reset()

    def _take_single(self, data: bytes) -> bool:
        """
        Take a read that is one short, whole, masked frame and nothing else.

        That is the commonest read of a busy server with many clients, and this saves
        it the general way's bookkeeping.
        """
        size = len(data)
        if not 6 <= size <= 131:
            return False
        opcode = _OPCODES.get(data[0])
        if (
            opcode is None
            or size != data[1] - 122  # MASK bit, length, 6 bytes of header
            or self._header is not None
            or self._assembler.opcode is not None
            or not self._fast
        ):
            return False
        payload = self._mask(data[6:], data[2:6])
        if (opcode is Opcode.TEXT and not payload.isascii()) or (
            0 < self._max_size < len(payload)
        ):
            return False
        self._receiver.batch_received(opcode, [payload])
        return True

    def _step(self, data: bytes, position: int) -> int:
        """Take a run of frames, or some of one frame."""
        header = self._header
        if header is None:
            if self._fast and self._assembler.opcode is None:
                position = self._take_run(data, position)
                if position == len(data) or self._paused or self._stopped:
                    return position
            if self._gathered and not self._goes_with_gathered(data[position]):
                self._hand_on()
                return position
            header = parse_header(data, position)
            if header is None:
                self._rest = data[position:]
                return len(data)
            position += header.size
            if not self._start_frame(header):
                return position
        return self._take_payload(header, data, position)

    def _take_run(self, data: bytes, position: int) -> int:
        first = data[position]
        opcode = _OPCODES.get(first)
        if opcode is None or (self._gathered and opcode is not self._gathered_opcode):
            return position
        max_size = self._max_size or _NO_LIMIT
        if self._masked:
            payloads, position = split_masked(
                data, position, first, max_size, self._mask
            )
        else:
            payloads, position = split_unmasked(data, position, first, max_size)
        if not payloads:
            return position
        invalid = find_invalid_text(payloads) if opcode is Opcode.TEXT else None
        if invalid is not None:
            index, offset = invalid
            self._gather_many(opcode, payloads[:index])
            self._fail(text_invalid(offset))
        else:
            self._gather_many(opcode, payloads)
        return position

    def _start_frame(self, header: FrameHeader) -> bool:
        violations = find_header_violations(
            header, masked=self._masked, compression=self._compression
        )
        violation = violations[0] if violations else None
        if violation is None and not is_control(header.opcode):
            violation = self._assembler.start_frame(header)
        if violation is not None:
            self._fail(violation)
            return False
        self._header = header
        self._offset = 0
        return True

    def _take_payload(self, header: FrameHeader, data: bytes, position: int) -> int:
        stop = min(position + header.payload_length - self._offset, len(data))
        piece = data[position:stop]
        if header.masking_key is not None:
            piece = self._mask(piece, rotate_key(header.masking_key, self._offset))
        self._offset += len(piece)
        whole = self._offset == header.payload_length
        if is_control(header.opcode):
            self._control.append(piece)
        else:
            violation = self._assembler.feed(piece)
            if violation is not None:
                self._fail(violation)
                return stop
        if whole:
            self._header = None
            self._end_frame(header)
        return stop

    def _end_frame(self, header: FrameHeader) -> None:
        if is_control(header.opcode):
            payload = b"".join(self._control)
            self._control.clear()
            self._take_control(Opcode(header.opcode), payload)
            return
        opcode = self._assembler.opcode
        message = self._assembler.end_frame(fin=header.fin)
        if isinstance(message, Violation):
            self._fail(message)
        elif message is not None and opcode is not None:
            self._gather(opcode, message)

    def _take_control(self, opcode: Opcode, payload: bytes) -> None:
        violation = find_close_violation(payload) if opcode is Opcode.CLOSE else None
        if violation is not None:
            self._fail(violation)
            return
        self._receiver.control_received(opcode, payload)

    def _goes_with_gathered(self, first: int) -> bool:
        """
        Tell from a frame's first byte whether it can join the messages gathered.

        What can't join them waits until they are handed on, since the receiver may
        pause or stop there.
        """
        opcode = first & 0b0000_1111
        return opcode == self._gathered_opcode or opcode == Opcode.CONTINUATION

    def _gather(self, opcode: Opcode, message: bytes) -> None:
        self._gathered_opcode = opcode
        self._gathered.append(message)
        self._gathered_size += len(message)
        if self._gathered_size > _MAX_GATHERED:
            self._hand_on()

    def _gather_many(self, opcode: Opcode, payloads: list[bytes]) -> None:
        self._gathered_opcode = opcode
        if self._gathered:
            self._gathered += payloads
        else:
            self._gathered = payloads

    def _hand_on(self) -> None:
        if self._gathered:
            payloads, self._gathered = self._gathered, []
            self._gathered_size = 0
            self._receiver.batch_received(self._gathered_opcode, payloads)

    def _fail(self, violation: Violation) -> None:
        """
        Report a violation, after the messages that came before it.

        Their replies are written before our close frame (Autobahn 3.2, 4.1.3, 5.15).
        """
        self._hand_on()
        if not self._stopped:
            self.stop()
            self._receiver.violation_found(violation)
