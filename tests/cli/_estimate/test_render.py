"""Tables in three dresses."""

from __future__ import annotations

import re

from wstool.cli._estimate.render import draw, render_markdown, render_plain
from wstool.cli._estimate.tables import Table


TABLES = [
    Table("First", ("", "value"), [("a|b", "1"), ("longer", "1,000")]),
    Table("Second", ("name", "why"), [("x", "2 * 3 " * 10)]),
]


def test_plain():
    """Numbers stand on the right, prose on the left, nothing trails."""
    assert render_plain("Lead.", TABLES, ["this", "that"]) == (
        "Lead.\n\n"
        "First\n          value\n  a|b         1\n  longer  1,000\n\n"
        "Second\n  name  why\n"
        f"  x     {'2 * 3 ' * 10}".rstrip()
        + "\n\n"
        "What this doesn't know\n  this\n  that\n"
    )


def test_markdown():
    """Cells can hold what Markdown takes for its own."""
    text = render_markdown("Lead.", TABLES, ["this"])

    assert text.startswith("# Capacity plan\n\nLead.\n\n## First\n\n|  | value |\n")
    assert "| --- | --: |\n| a\\|b | 1 |\n| longer | 1,000 |\n" in text
    assert "| --- | --- |\n| x | 2 \\* 3 2" in text
    assert text.endswith("## What this doesn't know\n\n- this\n")


def test_drawn():
    """On a terminal there are colours, and no line is wider than it."""
    text = draw("Lead.", TABLES, ["this"], width=60)

    assert "\x1b[" in text
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= 60
    assert "a|b" in plain
    assert "What this doesn't know\n  this\n" in plain


def test_narrow():
    """However narrow a terminal is, no part of a word is left out."""
    table = Table("T", ("acknowledgements", "encryption"), [("retransmissions", "1")])
    text = draw("Lead.", [table], [], width=20)

    plain = re.sub(r"\x1b\[[\d;]*m|\s", "", text)
    assert "…" not in plain
    letters = sorted("acknowledgementsencryptionretransmissions")
    body = plain.partition("Lead.T")[2].partition("What")[0]
    assert sorted(filter(str.isalpha, body)) == letters


def test_markup():
    """What looks like Rich's markup is text."""
    text = draw("[red]x[/red]", [Table("T", ("[b]",), [("[i]",)])], [], width=60)

    assert "[red]x[/red]" in text
    assert "[i]" in text
