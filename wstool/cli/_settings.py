"""Options as the config file has them: which there are, and what values they take."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from typing import Any

import click

from wstool.cli._group import CLIENTS, load_subcommand
from wstool.cli._profiles import Config, Profile, suggest
from wstool.cli._variables import VariableOption


__all__ = [
    "check_settings",
    "describe_unknown",
    "find_all_options",
    "find_options",
    "find_settings",
    "names_file",
]


_TOO_LARGE = 1 << 64


def check_settings(config: Config, command: click.Command | None) -> None:
    """
    Check all options of a config file, as far as it goes without their types.

    Args:
        command: The one that runs; others are loaded for options that it hasn't.

    Raises:
        UsageError: If an option doesn't exist, or no option takes such a value.
    """
    options = {} if command is None else find_options(command)
    for path, value in _walk(config):
        key = path[-1]
        if key not in options:
            options.update(_find_elsewhere(key))
        if key not in options:
            names = sorted(find_all_options())
            config.complain(path, describe_unknown(key, value, names))
        problem = _find_problem(options[key], value)
        if problem is not None:
            config.complain(path, f"{key!r} {problem}")


def find_settings(profile: Profile, command: click.Command) -> dict[str, Any]:
    """
    Find a subcommand's defaults; options that only others have are passed over.

    Paths are relative to the folder of the config file.
    """
    options = find_options(command)
    folder = os.path.dirname(os.path.abspath(profile.config.file.path))
    return {
        options[key].name: _convert(options[key], value, folder)
        for key, value in profile.options.items()
        if key in options
    }


def find_options(command: click.Command) -> dict[str, VariableOption]:
    """Find the options of a subcommand, by their long names without dashes."""
    return {
        key: option
        for option in command.params
        if isinstance(option, VariableOption)
        for key in option.keys
    }


def find_all_options() -> dict[str, VariableOption]:
    """Find the options of all client commands."""
    options: dict[str, VariableOption] = {}
    for name in CLIENTS:
        options.update(find_options(load_subcommand(name)))
    return options


def describe_unknown(key: str, value: object, names: list[str]) -> str:
    """Say that there is no such option, and which may be meant."""
    dotted = [name for name in names if name.startswith(f"{key}.")]
    if isinstance(value, dict) and dotted:
        return f"an option with a dot needs quotes, such as {dotted[0]!r}"
    return f"unknown option {key!r}{suggest(key, names)}"


def names_file(option: VariableOption, text: str) -> bool:
    """
    Tell whether a value of an option is a path, or has one behind ``@``.

    The option's metavar, such as ``TOKEN|@FILE``, or its help says what it takes; what
    may be ``NAME=VALUE|FILE`` is a path if it has no equals sign.
    """
    alternatives = (option.metavar or "").split("|")
    if text.startswith("@"):
        return "@FILE" in alternatives or "@FILE" in (option.help or "")
    if isinstance(option.type, click.Path | click.File):
        return text != "-"
    if "FILE" in alternatives or "PATH" in alternatives:
        return "=" not in text or len(alternatives) == 1
    return False


def _find_elsewhere(key: str) -> dict[str, VariableOption]:
    for name in CLIENTS:
        options = find_options(load_subcommand(name))
        if key in options:
            return {key: options[key]}
    return {}


def _walk(config: Config) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give the options of all tables, each with its path."""
    for key, value in config.defaults.items():
        yield ("defaults", key), value
    for name, table in config.profiles.items():
        for key, value in table.items():
            if key != "url":
                yield ("profiles", name, key), value


def _find_problem(option: VariableOption, value: object) -> str | None:
    """Find out what is wrong with the kind of a value, in words."""
    if option.is_flag:
        return None if isinstance(value, bool) else "is true or false"
    if option.multiple:
        values = value if isinstance(value, list) else [value]
        fits = all(_is_scalar(item) for item in values)
        return None if fits else "takes a list of strings"
    if option.count and isinstance(value, bool):
        return None
    return None if _is_scalar(value) else "takes one string or number"


def _is_scalar(value: object) -> bool:
    """Tell whether a value could stand on a command line."""
    if isinstance(value, str):
        return "\0" not in value
    # As hex digits, a number may be too long for decimal ones.
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < _TOO_LARGE
    )


def _convert(option: VariableOption, value: Any, folder: str) -> Any:
    """Make a value what the command line would make of it, before its type does."""
    if option.is_flag:
        return option.switch(value)
    if option.multiple:
        values = value if isinstance(value, list) else [value]
        return [_resolve(option, str(item), folder) for item in values]
    if option.count:
        return int(value)
    return _resolve(option, str(value), folder)


def _resolve(option: VariableOption, text: str, folder: str) -> str:
    """Make the path in a value absolute."""
    if not names_file(option, text):
        return text
    at = "@" if text.startswith("@") else ""
    path = os.path.expanduser(text.removeprefix("@"))
    return f"{at}{os.path.join(folder, path)}"
