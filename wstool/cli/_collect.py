"""Groups of options that come as one value."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps


__all__ = ["Decorator", "add_options", "collect_values"]

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


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
