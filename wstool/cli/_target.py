"""The argument that names a server: a URL, or a profile of the config file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from wstool.cli._collect import WARNINGS
from wstool.cli._config_file import ConfigFile, find_path, read_config_file
from wstool.errors import UsageError, WstoolError


if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from wstool.cli._profiles import Config


__all__ = ["TargetArgument", "complete_profile", "target_argument"]

_HELP = (
    "ws://, wss://, HOST:PORT/PATH, ws+unix:SOCKET:/PATH, or @NAME for a profile "
    "(see wstool profiles)."
)
_Command = TypeVar("_Command", bound=Callable[..., None])


class TargetArgument(click.Argument):
    """
    A URL, or ``@NAME[/PATH][?QUERY]``: a profile's URL with more behind it.

    It is taken before the options, for which the profile has defaults.
    """

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Put the config file to use, then convert the URL."""
        if ctx.resilient_parsing:
            return super().process_value(ctx, value)
        if not isinstance(value, str) or not value.startswith("@"):
            _use_defaults(ctx)
            return super().process_value(ctx, value)
        name, rest = _split(value[1:])
        config = _load_for(name)
        profile = config.find_profile(name)
        _use(ctx, config, name)
        url = _extend(profile.url, rest)
        try:
            return super().process_value(ctx, url)
        except click.BadParameter as error:
            problem = error.message.replace(url, _hide(url))
            config.complain(("profiles", name, "url"), f"'url': {problem}")

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Complete the names of profiles."""
        if not incomplete.startswith("@"):
            return super().shell_complete(ctx, incomplete)
        return complete_profile(incomplete, "@")


def complete_profile(incomplete: str, mark: str = "") -> list[CompletionItem[str]]:
    """Complete the name of a profile, behind a mark; a file that is wrong has none."""
    from click.shell_completion import CompletionItem

    from wstool.cli._profiles import load_config

    try:
        file = read_config_file()
        profiles = {} if file is None else load_config(file).profiles
    except WstoolError:
        return []
    return [
        CompletionItem(f"{mark}{name}", help=_hide(table["url"]))
        for name, table in profiles.items()
        if f"{mark}{name}".startswith(incomplete)
    ]


def target_argument(name: str = "url", **attributes: Any) -> Callable[[_Command], Any]:
    """Make the argument; the rest is as for ``click.argument``."""
    return click.argument(
        name, cls=TargetArgument, is_eager=True, help=_HELP, **attributes
    )


def _use_defaults(ctx: click.Context) -> None:
    """Use what the config file has for every client command, if it has something."""
    file = read_config_file()
    # What has no such table isn't worth the time to load a parser.
    if file is not None and b"defaults" in file.data:
        from wstool.cli._profiles import load_config

        _use(ctx, load_config(file), None)


def _use(ctx: click.Context, config: Config, name: str | None) -> None:
    from wstool.cli._profiles import Profile, apply_settings
    from wstool.cli._secret_settings import find_exposure

    profile = (
        Profile(config, None, "", config.defaults)
        if name is None
        else config.find_profile(name)
    )
    apply_settings(ctx, profile)
    ctx.meta[WARNINGS] = find_exposure(config)


def _load_for(name: str) -> Config:
    file: ConfigFile | None = read_config_file()
    if file is None:
        path = find_path()
        why = "WSTOOL_CONFIG is empty" if path is None else f"{path} doesn't exist"
        raise UsageError(f"no profile {name!r}: {why}")
    from wstool.cli._profiles import load_config

    return load_config(file)


def _split(text: str) -> tuple[str, str]:
    """Split the name from what is to stand behind the URL."""
    for index, character in enumerate(text):
        if character in "/?#":
            return text[:index], text[index:]
    return text, ""


def _extend(url: str, rest: str) -> str:
    """Put a path or a query behind a URL, which may have both."""
    base, mark, query = url.partition("?")
    rest, hash_, fragment = rest.partition("#")
    path, more_mark, more_query = rest.partition("?")
    if path.startswith("/"):
        base = base.rstrip("/") + path
    queries = [part for part in (query, more_query) if part]
    return base + (mark or more_mark) + "&".join(queries) + hash_ + fragment


def _hide(url: str) -> str:
    from wstool.cli._secret_settings import hide_in_url

    return hide_in_url(url)
