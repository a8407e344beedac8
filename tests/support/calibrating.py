"""What calibrations in tests have in common."""

from __future__ import annotations

from functools import partial

from wstool.services.estimate.calibrate import Calibration
from wstool.services.estimate.split import MAX_SIZE, resize
from wstool.wire.opcode import Opcode

from support.command import WSTOOL


__all__ = ["make_calibration"]


def make_calibration(
    size: int, *, senders: int, compression: bool, settle: float
) -> Calibration:
    """Make a short calibration with messages of a size, by `wstool serve`."""
    messages = [(Opcode.TEXT, b"x" * size)]
    return Calibration(
        command=(WSTOOL, "serve"),
        messages=messages,
        remake=partial(resize, messages),
        most_size=MAX_SIZE,
        senders=senders,
        rate=500,
        fan_out=3,
        connections=100,
        compression=compression,
        compress_min=1024,
        tls=False,
        seconds=0.3,
        settle=settle,
    )
