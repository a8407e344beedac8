"""Groups of options: in the help, and handed over as one value."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click


__all__ = [
    "Decorator",
    "GroupedCommand",
    "GroupedOption",
    "add_options",
    "collect_values",
    "option",
]

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

_UNGROUPED = "Options"
_GROUPS = (
    _UNGROUPED,
    "Messages",
    "Output",
    "Connection",
    "HTTP",
    "TLS",
    "Proxy",
    "Reconnecting",
)


class GroupedOption(click.Option):
    """An option that stands in a group of the help."""

    def __init__(self, *args: Any, group: str = _UNGROUPED, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.group = group


class GroupedCommand(click.Command):
    """A subcommand whose help lists its options by group."""

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the options, group by group."""
        records: dict[str, list[tuple[str, str]]] = {name: [] for name in _GROUPS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                group = getattr(parameter, "group", _UNGROUPED)
                records[group].append(record)
        for name, lines in records.items():
            if lines:
                with formatter.section(name):
                    formatter.write_dl(lines)


def option(*declarations: str, group: str, **attributes: Any) -> Decorator:
    """Make an option of a group; the rest is as for ``click.option``."""
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
