"""Which form a plan takes."""

from __future__ import annotations

import json

import pytest

from wstool.cli._estimate.show import ShowOptions, show
from wstool.services.estimate import Load, list_defaults
from wstool.wire.opcode import Opcode


LOAD = Load()
SAMPLE = [(Opcode.TEXT, b"hello " * 300)] * 4


def render(format_, messages=(), *, load=LOAD, explain=False, color="never"):
    """Show a plan."""
    options = ShowOptions(format_, explain=explain, color=color)
    return show(load, list_defaults(), list(messages), {}, options)


def test_table():
    """Without a terminal a table is plain text, without an explanation short."""
    text = render("table")

    assert text.startswith("10,000 connections; ")
    assert "\x1b" not in text
    assert "\nConstants\n" not in text
    assert "The sample" not in text


@pytest.mark.parametrize(
    ("format_", "title"),
    [
        pytest.param("table", "\nConstants\n", id="table"),
        pytest.param("md", "\n## Constants\n", id="md"),
        pytest.param("json", '"formula": "', id="json"),
    ],
)
def test_explain(format_, title):
    """Each form can be explained."""
    assert title not in render(format_)
    assert title in render(format_, explain=True)


def test_sample():
    """A sample is tried with each setting, and the plan takes the load's own."""
    load = LOAD._replace(deflate="takeover")
    document = json.loads(render("json", SAMPLE, load=load))

    assert document["load"]["size"] == 1800
    assert document["load"]["sampled"] == 4
    tried = {each["deflate"]: each["payload"] for each in document["deflate"][:4]}
    assert tried["takeover"] < tried["message"] < tried["none"] == 7200
    by_window = document["deflate"][3]
    assert by_window["window_bits"] == 15
    assert document["message_up"]["payload"] == by_window["payload"] / 4
    assert "The sample, in bytes a message (compressed from 1,024 B on)\n" in render(
        "table", SAMPLE
    )


def test_drawn(monkeypatch):
    """Colours come where they are asked for, in the width of the terminal."""
    monkeypatch.setenv("COLUMNS", "60")
    text = render("table", color="always")

    assert "\x1b[" in text
