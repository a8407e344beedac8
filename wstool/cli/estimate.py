"""The subcommand ``estimate``."""

from __future__ import annotations

from collections.abc import Callable

import click

from wstool.cli._collect import GroupedCommand, collect_values, option
from wstool.cli._color import color_option
from wstool.cli._estimate.constants import Number, constant_options, find_settings
from wstool.cli._estimate.show import FORMATS, ShowOptions, show
from wstool.cli._output import tell, write_stdout
from wstool.cli._types import BYTES
from wstool.cli._variables import is_on_command_line, refuse_without
from wstool.services.estimate import DEFLATE_SETTINGS, Load
from wstool.streams.framing import Framing
from wstool.wire.opcode import Opcode


__all__ = ["estimate"]

_LOAD = "Load"
_DEFAULTS = Load()
_MOST = 1e9
_MAX_SIZE = 1 << 40


def _collect_load(command: Callable[..., None]) -> Callable[..., None]:
    return collect_values(command, "load", Load, Load._fields)


@click.command(cls=GroupedCommand)
@option(
    "-c",
    "--connections",
    group=_LOAD,
    metavar="N",
    type=click.IntRange(1, int(_MOST)),
    default=_DEFAULTS.connections,
    show_default=True,
    help="Clients that are connected.",
)
@option(
    "--rate-up",
    group=_LOAD,
    metavar="RATE",
    type=Number(0, _MOST),
    default=f"{_DEFAULTS.rate_up:g}",
    show_default=True,
    help="Messages a second that each client sends.",
)
@option(
    "--rate-down",
    group=_LOAD,
    metavar="RATE",
    type=Number(0, _MOST),
    default=f"{_DEFAULTS.rate_down:g}",
    show_default=True,
    help="Messages a second that the server sends each client of its own accord.",
)
@option(
    "--fan-out",
    group=_LOAD,
    metavar="N",
    type=Number(0, _MOST),
    default=f"{_DEFAULTS.fan_out:g}",
    show_default=True,
    help="Clients that get each message that one sends.",
)
@option(
    "--size",
    group=_LOAD,
    metavar="BYTES",
    type=BYTES,
    default=_DEFAULTS.size,
    show_default=True,
    help="Size of a message.",
)
@option(
    "--peak",
    group=_LOAD,
    metavar="FACTOR",
    type=Number(1, _MOST),
    default=f"{_DEFAULTS.peak:g}",
    show_default=True,
    help="Messages at the busiest moment, as a multiple of the mean.",
)
@option(
    "--poll-interval",
    group=_LOAD,
    metavar="SECONDS",
    type=Number(0.001, _MOST),
    default=f"{_DEFAULTS.poll_interval:g}",
    show_default=True,
    help="How often each client would poll, had it no WebSocket.",
)
@option(
    "--no-tls",
    "tls",
    group=_LOAD,
    is_flag=True,
    flag_value=False,
    default=True,
    help="Count without TLS.",
)
@option(
    "--deflate",
    group=_LOAD,
    type=click.Choice(DEFLATE_SETTINGS),
    default=_DEFAULTS.deflate,
    show_default=True,
    help="Compress each message by itself, as wstool serve does, or with the window "
    "kept between messages.",
)
@option(
    "--sample",
    group="Messages",
    metavar="FILE",
    type=click.Path(),
    multiple=True,
    help="Take real messages from FILE, or from stdin for -, instead of --size. "
    "Repeatable.",
)
@option(
    "--input",
    "input_",
    group="Messages",
    type=click.Choice([framing.value for framing in Framing]),
    default=Framing.LINES.value,
    show_default=True,
    help="How messages are told apart in FILE.",
)
@option(
    "--binary",
    group="Messages",
    is_flag=True,
    help="The messages of FILE are binary, not text.",
)
@option(
    "--calibrate",
    group="Measuring",
    is_flag=True,
    help="Measure CPU and memory on this machine, with wstool serve, and use that.",
)
@option(
    "--calibrate-time",
    group="Measuring",
    metavar="SECONDS",
    type=Number(0.2, 600),
    default="2",
    show_default=True,
    help="How long each of the measurements takes.",
)
@option(
    "--format",
    "format_",
    group="Output",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="How to show the plan.",
)
@option(
    "--explain",
    group="Output",
    is_flag=True,
    help="Show every constant with its source, and every formula with its numbers.",
)
@color_option
@option(
    "-q", "--quiet", group="Output", is_flag=True, help="Show only errors on stderr."
)
@constant_options
@_collect_load
def estimate(
    *,
    load: Load,
    constants: dict[str, float],
    sample: tuple[str, ...],
    input_: str,
    binary: bool,
    calibrate: bool,
    calibrate_time: float,
    format_: str,
    explain: bool,
    color: str,
    quiet: bool,
) -> None:
    """
    Estimate what a load needs, and what it would need by polling.

    From connections, messages, their size and their fan-out: bytes on the wire, memory,
    CPU, servers and cost. Every assumption is an option; --explain shows them all.
    """
    if load.size > _MAX_SIZE:
        raise click.UsageError(f"--size is over {_MAX_SIZE} bytes.")
    _check_needed(sample=bool(sample), calibrate=calibrate)
    note = _ignore if quiet else tell
    sources = find_settings(constants)
    messages: list[tuple[Opcode, bytes]] = []
    if sample:
        from wstool.cli._estimate.sample import read_sample

        opcode = Opcode.BINARY if binary else Opcode.TEXT
        messages = read_sample(sample, Framing(input_), opcode, note)
    calibrated = None
    if calibrate:
        from wstool.cli._estimate.calibrate import measure_constants

        calibrated = measure_constants(
            load, constants, messages, seconds=calibrate_time, note=note
        )
        # What was set is what the user knows better.
        measured = {
            name: each
            for name, each in calibrated.constants.items()
            if name not in sources
        }
        calibrated = calibrated._replace(constants=measured)
        constants |= {name: each.value for name, each in measured.items()}
        sources |= {name: each.source for name, each in measured.items()}
    shown = ShowOptions(format_, explain=explain, color=color)
    write_stdout(show(load, constants, messages, sources, shown, calibrated))


def _check_needed(*, sample: bool, calibrate: bool) -> None:
    """Refuse options on the command line that would do nothing."""
    if sample and is_on_command_line(click.get_current_context(), "size"):
        raise click.UsageError("--sample takes the place of --size.")
    if not sample:
        refuse_without("--sample", ("input_", "binary"))
    if not calibrate:
        refuse_without("--calibrate", ("calibrate_time",))


def _ignore(text: str) -> None:
    """Say nothing."""
