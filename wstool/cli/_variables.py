"""Environment variables for options, and where a value comes from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource


if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


__all__ = [
    "VariableOption",
    "describe_variables",
    "is_on_command_line",
    "rank_source",
    "refuse_without",
    "spell_option",
]

_PREFIX = "WSTOOL_"
_TRUTHS = {"1": True, "true": True, "yes": True, "on": True}
_TRUTHS |= {"0": False, "false": False, "no": False, "off": False}
_COMMAND_LINE = 3
_RANKS = {
    ParameterSource.DEFAULT_MAP: 1,
    ParameterSource.ENVIRONMENT: 2,
    ParameterSource.COMMANDLINE: _COMMAND_LINE,
    ParameterSource.PROMPT: _COMMAND_LINE,
}


class VariableOption(click.Option):
    """
    An option that variables of the environment set where the command line doesn't.

    ``--max-size`` of ``wstool send`` is set by ``WSTOOL_SEND_MAX_SIZE``, else by
    ``WSTOOL_MAX_SIZE``. A repeatable option has a value on each line, since values hold
    blanks; a flag is true or false. A variable that is empty counts as missing.
    """

    general = True
    """Whether the variable that is for all commands sets it, too."""

    @property
    def keys(self) -> list[str]:
        """The option's long names, without dashes."""
        return [name[2:] for name in self.opts if name.startswith("--")]

    def find_variable(self, ctx: click.Context) -> str | None:
        """Find the name of the variable that sets the option, if one does."""
        environ = os.environ
        own = f"{_PREFIX}{ctx.info_name or ''}_".upper()
        prefixes = (own, _PREFIX) if self.general else (own,)
        for key in self.keys:
            name = key.upper().replace("-", "_").replace(".", "_")
            for prefix in prefixes:
                if environ.get(prefix + name):
                    return prefix + name
        return None

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """Take the value of the variable, as far as it needs no type."""
        variable = self.find_variable(ctx)
        if variable is None:
            return super().value_from_envvar(ctx)
        text = os.environ[variable]
        if self.is_flag:
            truth = _TRUTHS.get(text.lower())
            if truth is None:
                problem = f"{text!r} is neither 1 nor 0."
                raise click.BadParameter(problem, param_hint=variable)
            return self.switch(truth)
        if self.multiple:
            return [line for line in text.splitlines() if line]
        return text

    def switch(self, on: bool) -> Any:
        """Give the value of a flag that is given, or said not to be."""
        given = self.flag_activation_value
        if on:
            return given
        return not given if isinstance(given, bool) else None

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Complete a value; that of a type, else the name of a file."""
        found = super().shell_complete(ctx, incomplete)
        if found:
            return found
        from wstool.cli._file_completion import complete_file_name

        return complete_file_name(self, incomplete)

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert a value; what is wrong with it is told of the place it stands in."""
        try:
            return super().process_value(ctx, value)
        except click.BadParameter as error:
            source = ctx.get_parameter_source(self.name)
            if source is ParameterSource.ENVIRONMENT:
                error.param_hint = self.find_variable(ctx)
            elif source is ParameterSource.DEFAULT_MAP:
                from wstool.cli._profiles import blame_setting

                blame_setting(ctx, self, error)
            raise


def rank_source(ctx: click.Context, name: str) -> int:
    """Rank the place an option's value comes from: 0 for its default, 3 at most."""
    source = ctx.get_parameter_source(name)
    return 0 if source is None else _RANKS.get(source, 0)


def is_on_command_line(ctx: click.Context, name: str) -> bool:
    """Tell whether a value is given by hand, not by a variable or a profile."""
    return rank_source(ctx, name) == _COMMAND_LINE


def spell_option(option: click.Parameter) -> str:
    """Spell an option with all its names."""
    return "/".join([*option.opts, *option.secondary_opts])


def refuse_without(needed: str, names: Iterable[str]) -> None:
    """
    Refuse options on the command line that mean nothing without another one.

    Variables and profiles may have them for the commands where that one is given.

    Args:
        needed: How the missing option is spelled.
        names: Names of the options' values.

    Raises:
        UsageError: If one of them is given.
    """
    ctx = click.get_current_context()
    for option in ctx.command.params:
        if option.name in names and is_on_command_line(ctx, option.name):
            raise click.UsageError(f"{spell_option(option)} needs {needed}.")


def describe_variables(ctx: click.Context) -> str:
    """Say in the help that there are variables."""
    own = f"{_PREFIX}{(ctx.info_name or '').upper()}_"
    text = (
        f"Environment: {own}OPTION, else {_PREFIX}OPTION, sets an option by its long "
        f"name, such as {_PREFIX}MAX_SIZE=1M; a repeatable one takes a value a line, a "
        "flag 1 or 0."
    )
    special = [
        f"--{option.keys[0]}"
        for option in ctx.command.params
        if isinstance(option, VariableOption) and not option.general
    ]
    return f"{text} Only {own}OPTION sets {', '.join(special)}." if special else text
