"""The help of a command with groups of options."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from wstool.cli._collect import GroupedCommand, option
from wstool.cli._group import CLIENTS

from support.command import run


@click.command("probe", cls=GroupedCommand)
@click.argument("url", help="Where the server is.")
@option("--cacert", group="TLS", metavar="FILE", help="Trust those in a file.")
@option("-k", "--insecure", group="TLS", is_flag=True, help="Trust everybody.")
@option("--data", group="Messages", multiple=True, help="Send this, and what follows.")
@option(
    "--input",
    group="Messages",
    type=click.Choice(["lines", "null", "whole", "length"]),
    help="How messages are told apart.",
)
def probe(**values):
    """Have options."""


WIDE = """\
Usage: probe [OPTIONS] URL

  Have options.

Arguments:
  URL             Where the server is.

Options:
  --help          Show this message and exit.

Messages:
  --data TEXT     Send this, and what follows.
  --input [lines|null|whole|length]
                  How messages are told apart.

TLS:
  --cacert FILE   Trust those in a file.
  -k, --insecure  Trust everybody.

Environment: WSTOOL_PROBE_OPTION, else WSTOOL_OPTION, sets an option by its
long name, such as WSTOOL_MAX_SIZE=1M; a repeatable one takes a value a line,
a flag 1 or 0.
"""
NARROW = """\
Usage: probe [OPTIONS] URL

  Have options.

Arguments:
  URL            Where the server
                 is.

Options:
  --help         Show this message
                 and exit.

Messages:
  --data TEXT    Send this, and what
                 follows.
  --input [lines|null|whole|length]
                 How messages are
                 told apart.

TLS:
  --cacert FILE  Trust those in a
                 file.
  -k, --insecure
                 Trust everybody.

Environment: WSTOOL_PROBE_OPTION,
else WSTOOL_OPTION, sets an option
by its long name, such as
WSTOOL_MAX_SIZE=1M; a repeatable one
takes a value a line, a flag 1 or 0.
"""


@pytest.mark.parametrize(
    ("width", "text"),
    [pytest.param(78, WIDE, id="wide"), pytest.param(36, NARROW, id="narrow")],
)
def test_whole(width, text):
    """Groups stand in their order, and in the same columns."""
    outcome = CliRunner().invoke(
        probe,
        ["--help"],
        terminal_width=width,
        max_content_width=width,
        prog_name="probe",
    )
    assert outcome.output == text


@pytest.mark.parametrize("columns", ["52", "80", "200"])
@pytest.mark.parametrize("name", [*CLIENTS, "serve"])
def test_width(name, columns):
    """No line is wider than the terminal, or than a reader likes."""
    outcome = run(name, "--help", environment={"COLUMNS": columns})
    width = min(int(columns), 100)
    wide = [line for line in outcome.stdout.decode().splitlines() if len(line) > width]
    assert (outcome.status, wide) == (0, [])


def test_serve():
    """All options of the server have a group, and its modes and faults sections."""
    text = run("serve", "--help", environment={"COLUMNS": "80"}).stdout.decode()
    sections = re.findall(r"^(\S.*):$", text, re.MULTILINE)
    assert sections == [
        "Modes",
        "Arguments",
        "Options",
        "Mode",
        "Listening",
        "Access",
        "Limits",
        "Faults",
        "Output",
        "Connection",
        "TLS",
        "Values of --fault",
    ]
    ungrouped = text.partition("\nOptions:\n")[2].partition("\n\n")[0]
    assert ungrouped.split() == [
        "-h,",
        "--help",
        "Show",
        "this",
        "message",
        "and",
        "exit.",
    ]
