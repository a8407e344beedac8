"""What can be set."""

from __future__ import annotations

import pytest

from wstool.cli._connect.settings import (
    OPTIONS,
    Format,
    Settings,
    Timestamps,
    find_problem,
)


@pytest.fixture(name="settings")
def make_settings():
    """Make the settings of a new conversation."""
    return Settings(timestamps=Timestamps.CLOCK, binary=False)


def test_defaults(settings):
    """A new conversation lays JSON out and folds long messages."""
    assert {name: option.get(settings) for name, option in OPTIONS.items()} == {
        "binary": "off",
        "fold": "20",
        "format": "json",
        "pings": "off",
        "timestamps": "clock",
    }


@pytest.mark.parametrize("name", OPTIONS)
def test_every_value_can_be_set(settings, name):
    """What is set is what is got, for each value of each option."""
    for value in OPTIONS[name].values or ("0", "7"):
        assert find_problem(name, value) is None
        OPTIONS[name].set(settings, value)
        assert OPTIONS[name].get(settings) == value


def test_types(settings):
    """The rest of the program gets values of its own, not words."""
    OPTIONS["format"].set(settings, "hex")
    OPTIONS["timestamps"].set(settings, "delta")
    OPTIONS["pings"].set(settings, "on")

    assert settings.format is Format.HEX
    assert settings.timestamps is Timestamps.DELTA
    assert settings.pings is True


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("fold", "-1", "fold is a number, not -1"),
        ("fold", "", "fold is a number, not nothing"),
        ("pings", "1", "pings is one of on, off, not 1"),
        ("x", "1", "there is no option x; there are "),
    ],
)
def test_problems(name, value, problem):
    """What doesn't fit is named, with what would."""
    assert find_problem(name, value).startswith(problem)
