"""Options for what is offered of permessage-deflate."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from wstool.cli._collect import add_options, option
from wstool.cli._deflate_options import deflate_options
from wstool.wire.deflate import DeflateParams


NO_COMPRESSION = option(
    "--no-compression",
    "compression",
    group="Connection",
    is_flag=True,
    flag_value=False,
    default=True,
)


def invoke(*arguments):
    """Run a command with these options; give its outcome and what it got."""
    taken = {}

    def command(**values):
        taken.update(values)

    run = add_options(deflate_options(command), [NO_COMPRESSION])
    return CliRunner().invoke(click.command()(run), arguments), taken


@pytest.mark.parametrize(
    ("arguments", "deflate"),
    [
        pytest.param([], DeflateParams(), id="default"),
        pytest.param(["--no-compression"], None, id="none"),
        pytest.param(
            [
                *("--client-max-window-bits", "8"),
                *("--server-max-window-bits", "14"),
                *("--client-no-context-takeover", "--server-no-context-takeover"),
            ],
            DeflateParams(True, True, 14, 8),
            id="all",
        ),
    ],
)
def test_options(arguments, deflate):
    """Each option sets its parameter."""
    outcome, taken = invoke(*arguments)
    assert outcome.exit_code == 0, outcome.output
    assert taken == {"deflate": deflate}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        *(
            pytest.param(
                [f"--{side}-max-window-bits", bits],
                f"Invalid value for '--{side}-max-window-bits': "
                f"{bits} is not in the range 8<=x<=15.",
                id=f"{side}-{bits}",
            )
            for side in ("client", "server")
            for bits in ("7", "16")
        ),
        *(
            pytest.param(
                ["--no-compression", *given],
                f"--no-compression and {given[0]} exclude each other.",
                id=given[0],
            )
            for given in (
                ["--client-max-window-bits", "9"],
                ["--server-max-window-bits", "9"],
                ["--client-no-context-takeover"],
                ["--server-no-context-takeover"],
            )
        ),
    ],
)
def test_usage_errors(arguments, problem):
    """What doesn't fit is refused, and so is what would be ignored."""
    outcome, _ = invoke(*arguments)
    assert outcome.exit_code == 2
    assert outcome.stderr.endswith(f"Error: {problem}\n")
