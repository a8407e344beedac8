"""Streams of frames for property tests: valid ones, and ones with faults in them."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from wstool.wire.deflate import Deflater
from wstool.wire.frame import FrameHeader, serialize_header, shortest_length_bits
from wstool.wire.masking import xor_mask
from wstool.wire.opcode import Opcode


__all__ = [
    "FrameStream",
    "any_streams",
    "change_byte",
    "faulty_streams",
    "flip_bit",
    "flip_mask",
    "leave_out",
    "lie_about_length",
    "put_close_before",
    "put_long_control_before",
    "repeat",
    "set_opcode",
    "spell_length",
    "valid_streams",
]


class FrameStream(NamedTuple):
    """Bytes of a direction, and how to read them."""

    data: bytes
    masked: bool
    compression: bool
    context_takeover: bool
    findings: list
    """What is in it: messages and control frames; nothing where that isn't known."""

    @property
    def options(self):
        """Options to decode it with."""
        return {
            "masked": self.masked,
            "compression": self.compression,
            "context_takeover": self.context_takeover,
        }


class Frame(NamedTuple):
    """A frame before it is masked."""

    header: FrameHeader
    payload: bytes


# Sizes at which the length spelling changes, and ones within the same read.
SIZES = st.sampled_from([0, 1, 2, 124, 125, 126, 127, 400, 65535, 65536])
TEXTS = st.one_of(
    st.text(max_size=12).map(str.encode),
    st.text(alphabet="aé€𝄞", max_size=12).map(str.encode),
    SIZES.map(lambda size: size * b"t"),
)
BINARIES = st.one_of(st.binary(max_size=12), SIZES.map(lambda size: size * b"\xfe"))
MESSAGES = st.one_of(
    st.tuples(st.just(Opcode.TEXT), TEXTS), st.tuples(st.just(Opcode.BINARY), BINARIES)
)
CONTROLS = st.tuples(
    st.sampled_from([Opcode.PING, Opcode.PONG]),
    st.one_of(st.binary(max_size=5), st.just(125 * b"c")),
)
CLOSES = st.one_of(
    st.just(b""),
    st.builds(
        lambda code, reason: code.to_bytes(2, "big") + reason,
        st.sampled_from([1000, 1001, 1011, 3000, 4999]),
        st.text(max_size=5).map(str.encode),
    ),
)
KEYS = st.one_of(st.just(bytes(4)), st.binary(min_size=4, max_size=4))


@st.composite
def valid_streams(draw, *, closes=True, max_messages=6):
    """Generate streams that break no rule."""
    stream, frames = draw(_frames(max_messages))
    if closes and draw(st.booleans()):
        payload = draw(CLOSES)
        frames.append(_frame(Opcode.CLOSE, payload))
        stream.findings.append((Opcode.CLOSE, payload))
    return stream._replace(data=draw(_spelled(frames, masked=stream.masked)))


@st.composite
def faulty_streams(draw, *, faults=None):
    """Generate streams that break a rule, or two, mostly."""
    stream, frames = draw(_frames(6))
    for _ in range(draw(st.integers(1, 2))):
        if frames:
            place = draw(st.integers(0, len(frames) - 1))
            fault = draw(st.sampled_from(faults or FAULTS))
            frames[place : place + 1] = draw(fault(frames[place]))
    data = draw(_spelled(frames, masked=stream.masked))
    return stream._replace(data=data, findings=[])


@st.composite
def any_streams(draw):
    """Generate bytes of all kinds, those of frame headers among them often."""
    telling = bytes.fromhex("00 01 02 41 80 81 82 83 88 89 8a c0 c1 7d 7e 7f fd fe ff")
    octets = st.one_of(st.sampled_from(telling), st.integers(0, 255))
    data = draw(st.lists(octets, max_size=40).map(bytes))
    return FrameStream(data, *draw(st.tuples(*3 * [st.booleans()])), [])


@st.composite
def _frames(draw, max_messages):
    masked, compression, takeover = draw(st.tuples(*3 * [st.booleans()]))
    stream = FrameStream(b"", masked, compression, takeover, [])
    deflater = Deflater(window_bits=15, context_takeover=takeover)
    frames = []
    for opcode, payload in draw(
        st.lists(st.one_of(MESSAGES, CONTROLS), max_size=max_messages)
    ):
        if opcode >= Opcode.CLOSE:
            frames.append(_frame(opcode, payload))
        else:
            compressed = compression and bool(payload) and draw(st.booleans())
            data = deflater.compress(payload) if compressed else payload
            controls = draw(_add_fragments(frames, opcode, data, compressed))
            stream.findings.extend(controls)
        stream.findings.append((opcode, payload))
    return stream, frames


@st.composite
def _add_fragments(draw, frames, opcode, data, compressed):
    """Add the fragments of a message; give the control frames between them."""
    ends = [*sorted(draw(st.lists(st.integers(0, len(data)), max_size=3))), len(data)]
    start, between = 0, []
    for place, end in enumerate(ends):
        last = place == len(ends) - 1
        frames.append(
            _frame(
                Opcode.CONTINUATION if place else opcode,
                data[start:end],
                fin=last,
                rsv1=compressed and place == 0,
            )
        )
        start = end
        if not last and draw(st.booleans()):
            between.append(draw(CONTROLS))
            frames.append(_frame(*between[-1]))
    return between


@st.composite
def _spelled(draw, frames, *, masked):
    """Mask and serialize frames; those that have a key already keep it."""
    data = bytearray()
    for header, payload in frames:
        if masked and header.masking_key is None:
            header = header._replace(masking_key=draw(KEYS))
        elif header.masking_key == b"none":
            header = header._replace(masking_key=None)
        key = header.masking_key
        data += serialize_header(header)
        data += payload if key is None else xor_mask(payload, key)
    return bytes(data)


def _frame(opcode, payload, *, fin=True, rsv1=False):
    bits = shortest_length_bits(len(payload))
    header = FrameHeader(opcode, len(payload), fin=fin, rsv1=rsv1, length_bits=bits)
    return Frame(header, payload)


def flip_bit(frame):
    """Flip one of the first four bits."""
    return st.sampled_from(["fin", "rsv1", "rsv2", "rsv3"]).map(
        lambda name: [
            frame._replace(
                header=frame.header._replace(**{name: not getattr(frame.header, name)})
            )
        ]
    )


def set_opcode(frame):
    """Give it any opcode."""
    return st.integers(0, 15).map(
        lambda opcode: [frame._replace(header=frame.header._replace(opcode=opcode))]
    )


def flip_mask(frame):
    """Mask what must not be masked, or the other way round."""
    return st.sampled_from([b"mask", b"none"]).map(
        lambda key: [frame._replace(header=frame.header._replace(masking_key=key))]
    )


def spell_length(frame):
    """Spell the length with any number of bits that can hold it."""
    # The length announced, which need not be that of the payload.
    shortest = shortest_length_bits(frame.header.payload_length)
    return st.sampled_from([bits for bits in (16, 64) if bits >= shortest]).map(
        lambda bits: [frame._replace(header=frame.header._replace(length_bits=bits))]
    )


def lie_about_length(frame):
    """Announce more than there is, or more than there can be."""
    return st.sampled_from([len(frame.payload) + 1, 1 << 20, 1 << 30, 1 << 63]).map(
        lambda length: [
            frame._replace(
                header=frame.header._replace(
                    payload_length=length, length_bits=shortest_length_bits(length)
                )
            )
        ]
    )


def change_byte(frame):
    """Change a byte of the payload: text, DEFLATE data or a close code."""
    if not frame.payload:
        return st.just([frame])
    return st.builds(
        lambda place, octet: [
            frame._replace(
                payload=frame.payload[:place]
                + bytes([octet])
                + frame.payload[place + 1 :]
            )
        ],
        st.integers(0, min(len(frame.payload), 20) - 1),
        st.sampled_from([0x07, 0x80, 0xC0, 0xED, 0xF4, 0xFF]),
    )


def repeat(frame):
    """Send it twice."""
    return st.just([frame, frame])


def leave_out(frame):
    """Send it not at all."""
    return st.just([])


def put_close_before(frame):
    """Put a close frame of any kind before it."""
    return st.one_of(CLOSES, st.binary(max_size=4)).map(
        lambda payload: [_frame(Opcode.CLOSE, payload), frame]
    )


def put_long_control_before(frame):
    """Put a control frame that is too long before it."""
    return st.sampled_from([Opcode.CLOSE, Opcode.PING, Opcode.PONG]).map(
        lambda opcode: [_frame(opcode, bytes(126)), frame]
    )


FAULTS = [
    flip_bit,
    set_opcode,
    flip_mask,
    spell_length,
    lie_about_length,
    change_byte,
    repeat,
    leave_out,
    put_close_before,
    put_long_control_before,
]
