"""The versions that a bug report needs."""

from __future__ import annotations

import platform
import ssl
from importlib.metadata import version

import pytest

from wstool import __version__

from support.command import Outcome, run


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(option):
    """One line names wstool, the other one all that it runs on."""
    libraries = ["click", "websockets", "prompt-toolkit", "rich", "uvloop"]
    libraries.append("cryptography")
    named = ", ".join(f"{name} {version(name)}" for name in libraries)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.machine()}"

    assert run(option) == Outcome(
        0,
        f"wstool {__version__}\n{python}, {named}, {ssl.OPENSSL_VERSION}, {system}\n"
        "".encode(),
        "",
    )
