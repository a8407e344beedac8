"""
Programs from npm: the foreign peers that run on Node, and Bun.

They are installed once, pinned, into a folder outside the project: the one that
``WSTOOL_NODE_MODULES`` names, or a cache of the user's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


__all__ = ["PACKAGES", "bun", "node", "node_environment", "node_modules", "wscat"]

PACKAGES = {
    "wscat": "6.1.0",
    "ws": "8.23.0",
    "@oven/bun-linux-x64-baseline": "1.4.5",
}
INSTALL_LIMIT = 300


def node_modules() -> Path:
    """
    Find the folder with the packages, and install them if they aren't there.

    Raises:
        RuntimeError: If npm is missing or fails.
    """
    named = os.environ.get("WSTOOL_NODE_MODULES")
    folder = Path(named) if named else _cache_folder() / "node_modules"
    missing = [name for name in PACKAGES if not (folder / name).is_dir()]
    if missing:
        _install(folder)
    return folder


def node() -> str:
    """
    Find the node program.

    Raises:
        RuntimeError: If there is none.
    """
    return _find_program("node")


def wscat() -> list[str]:
    """Build the first words of a wscat command."""
    return [node(), str(node_modules() / "wscat" / "bin" / "wscat")]


def bun() -> str:
    """Find the bun program."""
    return str(node_modules() / "@oven" / "bun-linux-x64-baseline" / "bin" / "bun")


def node_environment() -> dict[str, str]:
    """Build the environment in which node and bun find the packages."""
    return {**os.environ, "NODE_PATH": str(node_modules())}


def _cache_folder() -> Path:
    """Name a folder of the user's for what was downloaded."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "wstool-tests"


def _install(folder: Path) -> None:
    """Install the packages into a folder called ``node_modules``."""
    if folder.name != "node_modules":
        raise RuntimeError(f"{folder} lacks packages and isn't called node_modules")
    folder.parent.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    command = [_find_program("npm"), "install", "--no-audit", "--no-fund", "--no-save"]
    result = subprocess.run(
        [*command, "--prefix", str(folder.parent), *wanted],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INSTALL_LIMIT,
    )
    if result.returncode != 0:
        raise RuntimeError(f"npm install failed:\n{result.stdout}")


def _find_program(name: str) -> str:
    """Find a program on the path."""
    program = shutil.which(name)
    if program is None:
        raise RuntimeError(f"{name} isn't on the path: install Node.js with npm")
    return program
