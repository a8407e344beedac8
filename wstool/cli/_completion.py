"""Completion in bash, which takes words apart that Click has to see whole."""

from __future__ import annotations

import os
from typing import ClassVar

from click.shell_completion import (
    BashComplete,
    add_completion_class,
    split_arg_string,
)


__all__ = ["register_completion"]

_WORDS = "COMP_CWORD=$COMP_CWORD"
_LINE = 'COMP_LINE="${COMP_LINE:0:COMP_POINT}"'


class _BashComplete(BashComplete):
    """Complete ``@NAME``, though ``@`` is a word of its own in bash's list of words."""

    source_template: ClassVar[str] = BashComplete.source_template.replace(
        _WORDS, f"{_WORDS} {_LINE}"
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """Find the words before the one to complete, and that one."""
        line = os.environ.get("COMP_LINE")
        if not line:
            return super().get_completion_args()
        words = split_arg_string(line)[1:]
        if not words or line[-1].isspace():
            return words, ""
        return words[:-1], words[-1]


def register_completion() -> None:
    """Let Click use this instead of its own."""
    add_completion_class(_BashComplete, "bash")
