"""Types of arguments and options."""

from __future__ import annotations

import click

from wstool.wire.uri import WebSocketURI, parse_uri


__all__ = ["BYTES", "DURATION", "SECONDS", "URL"]

_TIME_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_UNITS = {"": 0, "k": 10, "m": 20, "g": 30}


class _Url(click.ParamType[WebSocketURI]):
    """A WebSocket URL, as people type it."""

    name = "url"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> WebSocketURI:
        """Parse a URL; the message names the part that is wrong."""
        if isinstance(value, WebSocketURI):
            return value
        try:
            return parse_uri(str(value))
        except ValueError as error:
            self.fail(f"{value}: {error}", param, ctx)


class _Seconds(click.ParamType[float]):
    """A number of seconds."""

    name = "seconds"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse a number that is finite and not negative."""
        try:
            seconds = float(str(value))
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < 1e9:
            self.fail(f"{value!r} isn't a number of seconds from 0 on", param, ctx)
        return seconds


class _Duration(click.ParamType[float]):
    """A time, with a unit if it isn't seconds: 100ms, 2s, 1m, 0.5."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse a time; give it in seconds."""
        text = str(value).strip().lower()
        number = text.rstrip("hms")
        factor = _TIME_UNITS.get(text[len(number) :])
        try:
            seconds = float(number) * (factor or 1.0)
        except ValueError:
            seconds = -1.0
        if factor is None or not 0 <= seconds < 1e9:
            self.fail(f"{value!r} isn't a time, such as 100ms or 2s", param, ctx)
        return seconds


class _Bytes(click.ParamType[int]):
    """A number of bytes, with a unit if need be: 65536, 64K, 64KiB, 16M, 1G."""

    name = "bytes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Parse a number of bytes."""
        text = str(value).lower().removesuffix("b").removesuffix("i")
        digits = text.rstrip("kmg")
        unit = _UNITS.get(text[len(digits) :])
        if unit is None or not (digits.isascii() and digits.isdigit()):
            self.fail(f"{value!r} isn't a number of bytes, such as 64K", param, ctx)
        return int(digits) << unit


URL = _Url()
SECONDS = _Seconds()
DURATION = _Duration()
BYTES = _Bytes()
