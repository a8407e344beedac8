"""Real messages, run through the real endpoint with several settings of deflate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from wstool.connection.endpoint import Endpoint, Role
from wstool.connection.options import EndpointOptions
from wstool.services.estimate.message import Packed
from wstool.wire.close import Close
from wstool.wire.deflate import DeflateParams
from wstool.wire.frame import FrameHeader, parse_header
from wstool.wire.opcode import Opcode
from wstool.wire.violations import Violation


__all__ = [
    "SETTINGS",
    "Setting",
    "Trial",
    "find_setting",
    "pack_sample",
    "try_settings",
]


class Setting(NamedTuple):
    """A way to compress."""

    name: str
    deflate: str
    """One of the plan's settings."""
    window_bits: int = 15


class Trial(NamedTuple):
    """What a setting made of a sample."""

    setting: Setting
    packed: list[Packed]
    seconds: float
    """CPU for framing and masking, and for compressing if that's the setting."""


SETTINGS = (
    Setting("none", "none"),
    Setting("message", "message"),
    Setting("message, 2^10", "message", 10),
    Setting("takeover", "takeover"),
    Setting("takeover, 2^12", "takeover", 12),
    Setting("takeover, 2^9", "takeover", 9),
)
"""Those that are worth comparing; the names say the window where it isn't 2^15."""


def find_setting(deflate: str, window_bits: int) -> Setting:
    """Find the setting of a plan."""
    for setting in SETTINGS:
        if setting[1:] == (deflate, window_bits) or setting[1:] == (deflate, 15) == (
            "none",
            15,
        ):
            return setting
    return Setting(f"{deflate}, 2^{window_bits}", deflate, window_bits)


def try_settings(
    messages: list[tuple[Opcode, bytes]],
    settings: Iterable[Setting],
    *,
    compress_min: int,
    clock: Callable[[], float],
) -> list[Trial]:
    """
    Run a sample with each of several settings.

    Args:
        messages: Kind and payload of each, in order.
        clock: Tells the CPU time in seconds.
    """
    # What is loaded for the first message isn't the first setting's.
    pack_sample(messages[:1], SETTINGS[0], compress_min=compress_min)
    trials = []
    for setting in settings:
        start = clock()
        packed = pack_sample(messages, setting, compress_min=compress_min)
        trials.append(Trial(setting, packed, clock() - start))
    return trials


def pack_sample(
    messages: list[tuple[Opcode, bytes]], setting: Setting, *, compress_min: int
) -> list[Packed]:
    """Send a sample from an endpoint, and see what it writes for each message."""
    bits = setting.window_bits
    reset = setting.deflate == "message"
    params = DeflateParams(reset, reset, bits, bits)
    endpoint = Endpoint(
        Role.CLIENT,
        _Deaf(),
        options=EndpointOptions(compress_min=compress_min),
        deflate=None if setting.deflate == "none" else params,
    )
    packed = []
    for opcode, payload in messages:
        endpoint.send(opcode, [payload])
        header = _read_header(b"".join(endpoint.output))
        endpoint.output.clear()
        packed.append(Packed(len(payload), header.payload_length, header.rsv1))
    return packed


def _read_header(frame: bytes) -> FrameHeader:
    """Read the header of a frame that is whole and alone."""
    header = parse_header(frame)
    if header is None or header.size + header.payload_length != len(frame):
        raise AssertionError("a message is one frame")
    return header


class _Deaf:
    """What an endpoint tells that never receives anything."""

    def batch_received(self, opcode: Opcode, payloads: list[bytes], /) -> None:
        """Get no messages."""

    def ping_received(self, payload: bytes, /) -> None:
        """Get no ping."""

    def pong_received(self, payload: bytes, /) -> None:
        """Get no pong."""

    def close_received(self, close: Close, /) -> None:
        """Get no close frame."""

    def violation_found(self, violation: Violation, /) -> None:
        """Get no violation."""
