"""
Completion where Click's own doesn't do.

bash takes words apart that Click has to see whole, and takes what it's given as it
stands, and fish cuts them at a comma. A folder behind ``@`` is no word that is done.
"""

from __future__ import annotations

import os
import re
from typing import ClassVar

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)


__all__ = ["register_completion"]

_BASH_CHANGES = {
    "COMP_CWORD=$COMP_CWORD": (
        'COMP_CWORD=$COMP_CWORD COMP_LINE="${COMP_LINE:0:COMP_POINT}"'
    ),
    "read type value": "read -r type value",
    "            COMPREPLY+=($value)\n": (
        '            COMPREPLY+=("$value")\n'
        "            [[ $value == @*/ ]] && compopt -o nospace\n"
    ),
}
_ZSH_CHANGES = {
    '            if [[ "$descr" == "_" ]]; then\n': (
        '            if [[ "$key" == @*/ ]]; then\n'
        """                compadd -U -S '' -- "$key"\n"""
        '            elif [[ "$descr" == "_" ]]; then\n'
    ),
}
_FISH_CHANGES = {'string split ","': 'string split --max 1 ","'}
_SPECIAL = re.compile(r"([^\w@%+=:,./-])")
_BACKSLASH = r"\\\1"


def _change(template: str, changes: dict[str, str]) -> str:
    for before, after in changes.items():
        template = template.replace(before, after)
    return template


class _BashComplete(BashComplete):
    """Complete ``@NAME``, though ``@`` is a word of its own in bash's list of words."""

    source_template: ClassVar[str] = _change(
        BashComplete.source_template, _BASH_CHANGES
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

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Spell a word so that bash takes it as one."""
        if item.type == "plain":
            return f"plain,{_SPECIAL.sub(_BACKSLASH, item.value)}"
        return super().format_completion(item)


class _ZshComplete(ZshComplete):
    """Leave the cursor behind the slash of a folder."""

    source_template: ClassVar[str] = _change(ZshComplete.source_template, _ZSH_CHANGES)


class _FishComplete(FishComplete):
    """Leave a comma within a name alone."""

    source_template: ClassVar[str] = _change(
        FishComplete.source_template, _FISH_CHANGES
    )


def register_completion() -> None:
    """Let Click use these instead of its own."""
    add_completion_class(_BashComplete, "bash")
    add_completion_class(_FishComplete, "fish")
    add_completion_class(_ZshComplete, "zsh")
