"""`python -m wstool`."""

from __future__ import annotations

import subprocess
import sys

from support.command import run


def test_module():
    """The package runs as a module just as its command does."""
    outcome = subprocess.run(
        [sys.executable, "-m", "wstool", "key", "x"], capture_output=True, timeout=30
    )

    assert (outcome.returncode, outcome.stdout, outcome.stderr.decode()) == run(
        "key", "x"
    )
