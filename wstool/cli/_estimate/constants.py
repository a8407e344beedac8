"""Options for the constants of an estimate, made from their table."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._types import BYTES
from wstool.services.estimate import CONSTANTS, Constant


__all__ = ["Number", "constant_options", "find_settings"]

_GIB = 1 << 30


class Number(click.ParamType[float]):
    """A finite number within bounds."""

    name = "number"

    def __init__(self, least: float, most: float, *, whole: bool = False) -> None:
        self._least = least
        self._most = most
        self._whole = whole

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse a number; the message names the bound that it breaks."""
        try:
            number = float(str(value))
        except ValueError:
            self.fail(f"{value!r} isn't a number.", param, ctx)
        if not self._least <= number <= self._most:
            bounds = f"{self._least:g} to {self._most:g}"
            self.fail(f"{value} isn't in the range of {bounds}.", param, ctx)
        if self._whole and not number.is_integer():
            self.fail(f"{value} isn't a whole number.", param, ctx)
        # There's no sense in -0.
        return number + 0.0


class _Size(Number):
    """A number of bytes within bounds, with a unit if need be."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse a number of bytes."""
        return super().convert(BYTES.convert(value, param, ctx), param, ctx)


def constant_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each constant; they come as ``constants``, by name."""
    names = tuple(constant.name for constant in CONSTANTS)
    add_options(command, [_make_option(constant) for constant in CONSTANTS])
    return collect_values(command, "constants", dict, names)


def find_settings(constants: dict[str, float]) -> dict[str, str]:
    """Find the constants that were set, and say so."""
    return {
        constant.name: f"set; by default {_render_default(constant)}"
        for constant in CONSTANTS
        if constants[constant.name] != constant.value
    }


def _make_option(constant: Constant) -> Decorator:
    unit = constant.unit
    kind = _Size if unit == "bytes" else Number
    return option(
        f"--{constant.name.replace('_', '-')}",
        group=constant.group,
        metavar=unit.upper() if unit.isalpha() and unit.isascii() else "N",
        type=kind(constant.least, constant.most, whole=constant.whole),
        default=_render_default(constant),
        show_default=True,
        help=constant.meaning,
    )


def _render_default(constant: Constant) -> str:
    value = int(constant.value)
    if constant.unit == "bytes" and value % _GIB == 0 and value:
        return f"{value // _GIB}G"
    return str(value) if value == constant.value else f"{constant.value:g}"
