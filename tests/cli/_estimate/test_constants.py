"""The options for constants: each is there, and takes what makes sense."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from wstool.cli._estimate.constants import Number, find_settings
from wstool.cli._group import load_subcommand
from wstool.services.estimate import CONSTANTS, list_defaults

from support.readme import read_table


def parse(*arguments):
    """Parse a command line; give the constants that it makes."""
    with load_subcommand("estimate").make_context("estimate", [*arguments]) as ctx:
        return {constant.name: ctx.params[constant.name] for constant in CONSTANTS}


def test_defaults():
    """Without options, constants are those of the table."""
    assert parse() == list_defaults()


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: constant.name)
def test_settable(constant):
    """Each constant has an option, which changes it alone."""
    value = round(constant.least) + (1 if constant.least < constant.value else 0)
    value = min(max(value, constant.least), constant.most)
    option = f"--{constant.name.replace('_', '-')}"

    constants = parse(option, f"{value:.10g}")
    assert constants == {**list_defaults(), constant.name: value}


def test_units():
    """Bytes have units, as everywhere."""
    assert parse("--memory-per-server", "64G")["memory_per_server"] == 64 << 30


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mss", "0"),
        ("--window-bits", "8"),
        ("--window-bits", "16"),
        ("--window-bits", "9.5"),
        ("--memory-level", "1.5"),
        ("--piggyback", "1.5"),
        ("--price-core", "-1"),
        ("--price-core", "nan"),
        ("--price-core", "inf"),
        ("--price-core", "cheap"),
        ("--memory-base", "1.5"),
    ],
)
def test_refused(arguments):
    """What makes no sense is a usage error that names the option."""
    with pytest.raises(click.BadParameter) as caught:
        parse(*arguments)
    assert arguments[0] in caught.value.format_message()


def test_number():
    """The message of a number names its bounds."""
    with pytest.raises(click.BadParameter, match="7 isn't in the range of 1 to 5"):
        Number(1, 5).convert("7", None, None)


def test_no_minus():
    """A zero with a sign is one without."""
    assert str(Number(0, 5).convert("-0", None, None)) == "0.0"


def test_settings():
    """What differs from its default was set; the default is told."""
    constants = {**list_defaults(), "mss": 1400.0, "memory_per_server": 1.0}

    assert find_settings(constants) == {
        "mss": "set; by default 1448",
        "memory_per_server": "set; by default 16G",
    }


def test_help():
    """The help has each option with what it means and its default."""
    text = " ".join(
        CliRunner().invoke(load_subcommand("estimate"), "--help").output.split()
    )

    for constant in CONSTANTS:
        assert f"--{constant.name.replace('_', '-')} " in text
        assert constant.meaning in text


def test_readme():
    """The README's table is that of the constants."""
    assert read_table("constant") == [
        (
            f"`--{constant.name.replace('_', '-')}`",
            f"{constant.value:,.10g} {constant.unit}".strip(),
            constant.meaning,
            constant.source,
        )
        for constant in CONSTANTS
    ]
