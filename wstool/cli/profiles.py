"""The subcommand ``profiles``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from shlex import quote
from typing import Any

import click

from wstool.cli._config_file import find_path, read_config_file
from wstool.cli._output import tell, write_stdout
from wstool.cli._profiles import Config, Profile, load_config
from wstool.cli._render import escape_text
from wstool.cli._secret_settings import find_exposure, hide_in_url, hide_setting
from wstool.cli._settings import check_settings, find_all_options, names_file
from wstool.cli._target import complete_profile
from wstool.cli._variables import VariableOption
from wstool.errors import UsageError


__all__ = ["profiles"]


@click.command()
@click.argument(
    "name",
    required=False,
    shell_complete=lambda _ctx, _param, incomplete: complete_profile(incomplete),
)
@click.option("--jsonl", is_flag=True, help="Write a JSON object for each profile.")
@click.option("-q", "--quiet", is_flag=True, help="Show only errors on stderr.")
def profiles(name: str | None, jsonl: bool, quiet: bool) -> None:
    """
    Show the profiles of the config file, with secrets hidden.

    A client command takes @NAME as its URL: it stands for the profile's URL and
    options. With NAME, only that profile is shown, an option on each line.
    """
    note = _ignore if quiet else tell
    config = _load()
    if config is None:
        if name is not None:
            raise UsageError(f"no profile {name!r}: {_describe_absence()}")
        note(f"no profiles: {_describe_absence()}")
        return
    check_settings(config, None)
    note(f"profiles of {config.file.path}")
    for warning in find_exposure(config):
        note(warning)
    names = list(config.profiles) if name is None else [name.removeprefix("@")]
    found = [config.find_profile(name) for name in names]
    options = find_all_options()
    if jsonl:
        text = "".join(_render_json(profile, options) for profile in found)
    elif name is None:
        text = _render_table([_render_row(profile, options) for profile in found])
    else:
        text = _render_table(list(_render_lines(found[0], options)))
    write_stdout(text)


def _load() -> Config | None:
    file = read_config_file()
    return None if file is None else load_config(file)


def _describe_absence() -> str:
    path = find_path()
    return "WSTOOL_CONFIG is empty" if path is None else f"{path} doesn't exist"


def _render_json(profile: Profile, options: dict[str, VariableOption]) -> str:
    fields = {
        "name": profile.name,
        "url": hide_in_url(profile.url),
        "options": _hide_options(profile, options),
    }
    return json.dumps(fields) + "\n"


def _render_row(profile: Profile, options: dict[str, VariableOption]) -> list[str]:
    """Render a profile as one line, its options as they are on a command line."""
    words = [
        f"--{key}" if value is True else f"--{key} {quote(str(value))}"
        for key, value in _list_options(profile, options)
    ]
    return [str(profile.name), hide_in_url(profile.url), "  ".join(words)]


def _render_lines(
    profile: Profile, options: dict[str, VariableOption]
) -> Iterator[list[str]]:
    """Render a profile as a line for each option."""
    yield ["url", hide_in_url(profile.url)]
    for key, value in _list_options(profile, options):
        yield [key, "" if value is True else str(value)]


def _list_options(
    profile: Profile, options: dict[str, VariableOption]
) -> Iterator[tuple[str, Any]]:
    """Give the options that a profile sets; a repeated one as often as it is there."""
    for key, value in _hide_options(profile, options).items():
        for item in value if isinstance(value, list) else [value]:
            if item is not False:
                yield key, item


def _hide_options(
    profile: Profile, options: dict[str, VariableOption]
) -> dict[str, Any]:
    return {
        key: hide_setting(key, value, is_path=_is_path(options[key], value))
        for key, value in profile.options.items()
    }


def _is_path(option: VariableOption, value: object) -> bool:
    return isinstance(value, str) and names_file(option, value)


def _render_table(rows: list[list[str]]) -> str:
    """Align the columns; what the file has is escaped."""
    rows = [[escape_text(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _ignore(text: str) -> None:
    """Tell nothing."""
