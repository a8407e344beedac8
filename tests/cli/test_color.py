"""Whether to use colour."""

from __future__ import annotations

import pytest

from wstool.cli import _color
from wstool.cli._color import wants_color


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize(
    ("when", "environment", "wanted"),
    [
        ("auto", {}, True),
        ("auto", {"NO_COLOR": ""}, True),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"TERM": "dumb"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {}, False),
    ],
)
def test_color(monkeypatch, when, environment, wanted, terminal):
    """--color decides; else NO_COLOR, the terminal's kind, and whether it's one."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(_color, "is_terminal", lambda descriptor: terminal)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert wants_color(when) is (wanted and (terminal or when == "always"))
