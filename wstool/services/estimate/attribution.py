"""
Constants of the CPU from what was measured of it.

A plan of the very load that was measured comes to what was measured, since whatever one
constant gets, another one loses.
"""

from __future__ import annotations

from typing import NamedTuple

from wstool.services.estimate.constants import list_defaults
from wstool.services.estimate.split import Cost, Point, split_cost


__all__ = ["Calibrated", "EchoCost", "FanOutCost", "Measured", "attribute_cpu"]


class Measured(NamedTuple):
    """A constant as it is here."""

    value: float
    source: str


class Calibrated(NamedTuple):
    """What came of a calibration."""

    constants: dict[str, Measured]
    seconds: float
    """How long it took."""
    tls: bool
    compression: bool


_INCLUDED = Measured(0.0, "calibrated: part of what a message takes")
_WITH_BYTES = Measured(0.0, "calibrated: part of what a message and its bytes take")


class EchoCost(NamedTuple):
    """What an echo takes, in microseconds, by bytes that are compressed if any are."""

    near: Point
    """Of the messages of the load."""
    far: Point | None
    """Of others; None if there could be none."""
    rate: float
    """How many a second there were."""
    deflated: bool
    """Whether it's bytes that were compressed."""


class FanOutCost(NamedTuple):
    """What a fan-out takes."""

    cpu: float
    """Microseconds of all of it."""
    sent: float
    copies: int
    clients: int
    """How many got each message."""


def attribute_cpu(
    echo: EchoCost, fan_out: FanOutCost | None, *, tls: bool
) -> dict[str, Measured]:
    """Find the constants, by name."""
    cost = Cost(echo.near.cost, 0.0)
    if echo.far is not None:
        cost = split_cost(echo.near, echo.far)
    if echo.deflated:
        found = _attribute_deflated(echo, cost, fan_out)
    else:
        found = _attribute_plain(echo, cost, fan_out)
    if tls:
        found["cpu_per_tls_record"] = found["cpu_per_tls_mb"] = _WITH_BYTES
    return found


def _attribute_plain(
    echo: EchoCost, cost: Cost, fan_out: FanOutCost | None
) -> dict[str, Measured]:
    """Share what a byte takes between the way in and the way out."""
    size, half = echo.near.size, echo.near.cost / 2
    byte = cost.byte / 2
    found = {}
    if fan_out is not None:
        copy = max(fan_out.cpu - fan_out.sent * half, 0.0) / fan_out.copies
        # The bytes of a copy can't take more than all of it.
        byte = min(byte, copy / size) if size else byte
        found["cpu_per_delivery"] = _name_delivery(copy - byte * size, fan_out)
    found["cpu_per_message"] = _name_message(half - byte * size, echo)
    found["cpu_per_mb"] = _name_bytes(byte, echo)
    return found


def _attribute_deflated(
    echo: EchoCost, cost: Cost, fan_out: FanOutCost | None
) -> dict[str, Measured]:
    """Share what a byte takes between compressing and inflating, as by default."""
    defaults = list_defaults()
    deflate, inflate = (
        defaults[name] for name in ("cpu_per_deflated_mb", "cpu_per_inflated_mb")
    )
    share = deflate / (deflate + inflate)
    found = {
        "cpu_per_message": _name_message(cost.each / 2, echo),
        "cpu_per_mb": _WITH_BYTES,
        "cpu_per_deflated_mb": _name_bytes(cost.byte * share, echo),
        "cpu_per_inflated_mb": _name_bytes(cost.byte * (1 - share), echo),
    }
    if fan_out is not None:
        # It's compressed once for all.
        once = cost.each / 2 + cost.byte * echo.near.size
        copy = max(fan_out.cpu - fan_out.sent * once, 0.0) / fan_out.copies
        found["cpu_per_delivery"] = _name_delivery(copy, fan_out)
    return found


def _name_message(value: float, echo: EchoCost) -> Measured:
    source = f"calibrated: half an echo, at {echo.rate:,.0f} a second"
    return Measured(value, f"{source}, without its bytes" if echo.far else source)


def _name_bytes(value: float, echo: EchoCost) -> Measured:
    if echo.far is None:
        return _INCLUDED
    sizes = f"{echo.near.size:,.0f} B and of {echo.far.size:,.0f} B"
    return Measured(value * 1e6, f"calibrated: echoes of {sizes}")


def _name_delivery(value: float, fan_out: FanOutCost) -> Measured:
    source = f"{fan_out.sent:,.0f} messages to {fan_out.clients} connections each"
    return Measured(value, f"calibrated: {source}")
