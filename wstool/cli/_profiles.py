"""Profiles: servers, and options for them, by a name in the config file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any, NamedTuple, NoReturn

import click

from wstool.cli._config_file import ConfigFile
from wstool.cli._variables import VariableOption
from wstool.errors import UsageError


__all__ = [
    "Config",
    "Profile",
    "apply_settings",
    "blame_setting",
    "load_config",
    "suggest",
]

_SECTIONS = ("defaults", "profiles")
_PROFILE = "wstool.profile"
# tomllib says the place behind its sentence.
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)")


class Profile(NamedTuple):
    """What a name stands for."""

    config: Config
    name: str | None
    """None for what holds without a profile."""
    url: str
    options: dict[str, Any]
    """Values by the options' long names; those of all profiles are among them."""

    def locate(self, key: str) -> tuple[str, ...]:
        """Find out in which table a key stands."""
        if self.name is not None and key in self.config.profiles[self.name]:
            return ("profiles", self.name, key)
        return ("defaults", key)


class Config:
    """The config file's profiles, of which no option is checked yet."""

    def __init__(self, file: ConfigFile, text: str, document: dict[str, Any]) -> None:
        self.file = file
        self._text = text
        self._check_sections(document)
        self.defaults: dict[str, Any] = document.get("defaults", {})
        self.profiles: dict[str, dict[str, Any]] = document.get("profiles", {})
        for name, table in self.profiles.items():
            self._check_profile(name, table)

    def find_profile(self, name: str) -> Profile:
        """
        Find a profile.

        Raises:
            UsageError: If there is none of this name.
        """
        table = self.profiles.get(name)
        if table is None:
            hint = suggest(name, self.profiles)
            raise UsageError(f"{self.file.path}: no profile {name!r}{hint}")
        options = {**self.defaults, **table}
        return Profile(self, name, options.pop("url"), options)

    def complain(self, path: tuple[str, ...], problem: str) -> NoReturn:
        """Raise what is wrong with a key, named by the tables around it and itself."""
        from wstool.cli._toml_lines import find_line

        line = find_line(self._text, path)
        raise UsageError(f"{self.file.path}, line {line}: {problem}")

    def _check_sections(self, document: dict[str, Any]) -> None:
        for key, section in document.items():
            if key not in _SECTIONS:
                self.complain((key,), f"unknown key {key!r}{suggest(key, _SECTIONS)}")
            if not isinstance(section, dict):
                self.complain((key,), f"{key!r} isn't a table, such as [{key}]")

    def _check_profile(self, name: str, table: object) -> None:
        path = ("profiles", name)
        if not isinstance(table, dict):
            self.complain(path, f"profile {name!r} isn't a table")
        if not name or any(mark in "/?#" or mark.isspace() for mark in name):
            problem = f"profile {name!r}: a name has no '/', '?', '#' or blank in it"
            self.complain(path, problem)
        if "url" not in table:
            self.complain(path, f"profile {name!r} has no 'url'")
        if not isinstance(table["url"], str):
            self.complain((*path, "url"), "'url' isn't a string")


def load_config(file: ConfigFile) -> Config:
    """
    Load the config file.

    Raises:
        UsageError: If it isn't TOML, or has other tables than those of profiles.
    """
    try:
        text = file.data.decode()
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        problem = "isn't valid UTF-8"
        raise UsageError(f"{file.path}, line {line}: {problem}") from error
    try:
        document = tomllib.loads(text)
    except ValueError as error:
        raise UsageError(f"{file.path}, {_describe(error, text)}") from error
    except RecursionError as error:
        raise UsageError(f"{file.path}: nested too deeply") from error
    return Config(file, text, document)


def apply_settings(ctx: click.Context, profile: Profile) -> None:
    """
    Make a profile's options the defaults of a subcommand.

    Raises:
        UsageError: If the config file has an option that doesn't exist, or a value that
            no option can have.
    """
    from wstool.cli._settings import check_settings, find_settings

    check_settings(profile.config, ctx.command)
    ctx.meta[_PROFILE] = profile
    ctx.default_map = find_settings(profile, ctx.command)


def blame_setting(
    ctx: click.Context, option: VariableOption, error: click.BadParameter
) -> NoReturn:
    """Raise an error in a value that the config file has, with its place there."""
    profile: Profile = ctx.meta[_PROFILE]
    key = next(key for key in option.keys if key in profile.options)
    profile.config.complain(profile.locate(key), f"{key!r}: {error.message}")


def suggest(name: str, known: Iterable[str]) -> str:
    """Name what a name may be meant to be."""
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(name, names, n=3)
    if close:
        return f" (did you mean {' or '.join(map(repr, close))}?)"
    if names and len(names) <= 8:
        return f" (there {'are' if len(names) > 1 else 'is'} {', '.join(names)})"
    return ""


def _describe(error: ValueError, text: str) -> str:
    """Say where a document isn't TOML, and why."""
    match = _PLACE.fullmatch(str(error))
    if match is None:
        return f"not TOML: {error}"
    problem, line, column = match.groups()
    if line is None:
        lines = text.rstrip("\n").split("\n")
        line, column = len(lines), len(lines[-1]) + 1
    return f"line {line}, column {column}: {problem[:1].lower()}{problem[1:]}"
