"""Options of how a server runs."""

from __future__ import annotations

import click
import pytest

from wstool.cli._serve import running
from wstool.cli._serve.running import ServeRunning


@pytest.mark.parametrize(
    ("log", "quiet", "workers", "on_terminal", "form"),
    [
        ("auto", False, 1, True, "live"),
        ("auto", False, 1, False, "text"),
        ("auto", False, 2, True, "text"),
        ("json", False, 1, True, "json"),
        ("text", False, 1, True, "text"),
        ("json", True, 1, True, "none"),
    ],
)
def test_form_of_the_log(monkeypatch, log, quiet, workers, on_terminal, form):
    """The view is for a terminal and one process, if it isn't refused."""
    monkeypatch.setattr(running, "is_terminal", lambda descriptor: on_terminal)

    assert ServeRunning(None, None, workers, log, quiet).find_log() == form


@pytest.mark.parametrize(
    ("workers", "on_terminal", "problem"),
    [(2, True, "is for a single process"), (1, False, "needs a terminal")],
)
def test_no_view(monkeypatch, workers, on_terminal, problem):
    """Where there can be no view, asking for it is a mistake."""
    monkeypatch.setattr(running, "is_terminal", lambda descriptor: on_terminal)

    with pytest.raises(click.UsageError, match=problem):
        ServeRunning(None, None, workers, "live", False).find_log()
