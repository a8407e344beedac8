"""The versions that a bug report needs."""

from __future__ import annotations

import platform
import ssl
from importlib.metadata import PackageNotFoundError, version

from wstool import __version__


__all__ = ["render_versions"]

_LIBRARIES = (
    "click",
    "websockets",
    "prompt-toolkit",
    "rich",
    "uvloop",
    "cryptography",
)


def render_versions() -> str:
    """Render a line for wstool, then one for all it runs on."""
    parts = [f"{platform.python_implementation()} {platform.python_version()}"]
    for name in _LIBRARIES:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"no {name}")
    system = f"{platform.system()} {platform.machine()}"
    return (
        f"wstool {__version__}\n{', '.join(parts)}, {ssl.OPENSSL_VERSION}, {system}\n"
    )
