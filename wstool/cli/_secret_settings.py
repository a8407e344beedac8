"""Which values of a config file are secrets, and how they look where they're shown."""

from __future__ import annotations

import re
from typing import Any

from wstool.cli._profiles import Config


__all__ = ["HIDDEN", "find_exposure", "hide_in_url", "hide_setting"]

HIDDEN = "***"

# Rather too many than too few: what is hidden can still be read in the file.
_SMELL = re.compile(
    r"token|secret|key|pass|pwd|bearer|user(?!-agent)|cookie|auth|credential|session|signature",
    re.IGNORECASE,
)
_SMELLING_VALUE = re.compile(
    r"token|secret|passw|bearer|api.?key|credential|authoriz", re.IGNORECASE
)
# Also where a password has a slash, so that its beginning stands where a port would.
_USERINFO = re.compile(
    r"^([a-z][a-z0-9+.-]*://|)(?:[^/?#]*|[^/?#@\[]*:(?!\d*(?:[/?#]|$))[^?#]*)@",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"([?&;])([^=&;#]*)=([^&;#]*)")
_READABLE_BY_OTHERS = 0o044


def hide_setting(key: str, value: Any, *, is_path: bool = False) -> Any:
    """
    Hide what is secret in the value of an option.

    Args:
        is_path: Whether the value only says which file has the secret.
    """
    if isinstance(value, list):
        return [hide_setting(key, item, is_path=is_path) for item in value]
    if not isinstance(value, str) or is_path:
        return value
    if key == "header":
        name, colon, content = value.partition(":")
        secret = _SMELL.search(name) or _SMELLING_VALUE.search(content)
        return f"{name}{colon} {HIDDEN}" if colon and secret else value
    if _SMELL.search(key) or _SMELLING_VALUE.search(value):
        return HIDDEN
    return hide_in_url(value) if "://" in value or key == "proxy" else value


def hide_in_url(url: str) -> str:
    """Hide user and password of a URL, and the parameters that look secret."""

    def hide_parameter(match: re.Match[str]) -> str:
        mark, name, value = match.groups()
        return f"{mark}{name}={HIDDEN if value and _SMELL.search(name) else value}"

    head, mark, query = url.partition("?")
    head = _USERINFO.sub(rf"\1{HIDDEN}@", head)
    return head + _PARAMETER.sub(hide_parameter, mark + query)


def find_exposure(config: Config) -> list[str]:
    """Warn of a config file that has secrets and can be read by others."""
    if not config.file.mode & _READABLE_BY_OTHERS:
        return []
    tables = [config.defaults, *config.profiles.values()]
    if not any(map(_has_secrets, tables)):
        return []
    path = config.file.path
    return [f"{path} has secrets, and others can read it (try chmod 600)"]


def _has_secrets(table: dict[str, Any]) -> bool:
    return any(
        hide_in_url(value) != value
        if key == "url"
        else hide_setting(key, value, is_path=_is_elsewhere(key, value)) != value
        for key, value in table.items()
    )


def _is_elsewhere(key: str, value: object) -> bool:
    """Tell whether a file has the secret: that of a key, or the one behind ``@``."""
    return key in ("key", "netrc-file") or str(value).startswith("@")
