"""Config files for the command to read."""

from __future__ import annotations

from pathlib import Path


__all__ = ["write_config"]


def write_config(folder: Path, text: str) -> dict[str, str]:
    """Write a config file for its owner alone; give the variable that names it."""
    path = folder / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return {"WSTOOL_CONFIG": str(path)}
