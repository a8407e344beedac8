"""Whether to use colour: the option, and what it means."""

from __future__ import annotations

import os

import click

from wstool.cli._collect import Decorator, option
from wstool.cli._output import STDOUT, is_terminal


__all__ = ["color_option", "wants_color"]

color_option: Decorator = option(
    "--color",
    group="Output",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Whether to use colour; auto is for terminals without NO_COLOR.",
)


def wants_color(when: str) -> bool:
    """Tell from the option, the environment and stdout whether to use colour."""
    if when != "auto":
        return when == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and is_terminal(STDOUT)
