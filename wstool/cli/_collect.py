"""Groups of options: in the help, and handed over as one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from itertools import chain
from typing import Any

import click

from wstool.cli._output import tell
from wstool.cli._variables import VariableOption, describe_variables


__all__ = [
    "WARNINGS",
    "Decorator",
    "GroupedCommand",
    "GroupedOption",
    "add_options",
    "collect_values",
    "find_width",
    "option",
    "write_section",
]

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

WARNINGS = "wstool.warnings"
"""Where a context has sentences to tell the user, unless ``--quiet`` is given."""

_ARGUMENTS = "Arguments"
_UNGROUPED = "Options"
_WIDEST_COLUMN = 30
_GROUPS = (
    _ARGUMENTS,
    _UNGROUPED,
    "Source",
    "Mode",
    "Listening",
    "Access",
    "Limits",
    "Faults",
    "Frames",
    "Messages",
    "Output",
    "Terminal",
    "Connection",
    "HTTP",
    "TLS",
    "Proxy",
    "Reconnecting",
)


class GroupedOption(VariableOption):
    """An option that stands in a group of the help, and has its variables."""

    def __init__(
        self,
        *args: Any,
        group: str = _UNGROUPED,
        general: bool = True,
        **attributes: Any,
    ) -> None:
        super().__init__(*args, **attributes)
        self.group = group
        self.general = general


class GroupedCommand(click.Command):
    """A subcommand whose help lists its options by group, in the same columns."""

    def format_arguments(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Leave the arguments to ``format_options``, which aligns them as well."""

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the options, group by group."""
        records: dict[str, list[tuple[str, str]]] = {name: [] for name in _GROUPS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                records.setdefault(_find_group(parameter), []).append(record)
        width = find_width(formatter, chain.from_iterable(records.values()))
        for name, lines in records.items():
            if lines:
                write_section(formatter, name, lines, width)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write that options have variables, if they have."""
        super().format_epilog(ctx, formatter)
        if any(isinstance(param, VariableOption) for param in self.params):
            formatter.write_paragraph()
            formatter.write_text(describe_variables(ctx))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand, after what is to be said of its settings."""
        if WARNINGS in ctx.meta and not ctx.params.get("quiet"):
            for warning in ctx.meta[WARNINGS]:
                tell(warning)
        return super().invoke(ctx)


def find_width(
    formatter: click.HelpFormatter, records: Iterable[tuple[str, str]]
) -> int:
    """Find how wide the first column of a help is to be."""
    # A narrow terminal keeps most of its width for the second column.
    widest = min(_WIDEST_COLUMN, formatter.width * 3 // 8)
    names = [len(name) for name, _ in records]
    return max((size for size in names if size <= widest), default=0)


def write_section(
    formatter: click.HelpFormatter,
    name: str,
    records: Iterable[tuple[str, str]],
    width: int,
) -> None:
    """Write a section of a help, with a first column of that width."""
    rows = [(term.ljust(width), text) for term, text in records]
    with formatter.section(name):
        formatter.write_dl(rows, col_max=width)


def _find_group(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return _ARGUMENTS
    return getattr(parameter, "group", _UNGROUPED)


def option(*declarations: str, group: str, **attributes: Any) -> Decorator:
    """
    Make an option of a group; the rest is as for ``click.option``.

    With ``general=False`` only the variable of the command itself sets it, since the
    option of that name means something else for other commands.
    """
    return click.option(*declarations, cls=GroupedOption, group=group, **attributes)


def add_options(
    command: Callable[..., None], options: list[Decorator]
) -> Callable[..., None]:
    """Add options to a subcommand; those added first stand last in its help."""
    for option in reversed(options):
        option(command)
    return command


def collect_values(
    command: Callable[..., None],
    name: str,
    make: Callable[..., object],
    fields: tuple[str, ...],
) -> Callable[..., None]:
    """
    Hand the values of options over to a subcommand as one argument.

    Args:
        name: Name of that argument.
        make: Makes it out of the options' values.
        fields: Names of the options' values.
    """

    @wraps(command)
    def collected(**values: object) -> None:
        arguments = {field: values.pop(field) for field in fields}
        command(**{name: make(**arguments)}, **values)

    return collected
