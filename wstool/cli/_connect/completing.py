"""What the Tab key offers: commands, their arguments, file names, JSON keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit.completion import (
    CompleteEvent,
    Completer,
    Completion,
    PathCompleter,
)
from prompt_toolkit.document import Document

from wstool.cli._connect.commands import COMMANDS, find_command
from wstool.cli._connect.settings import OPTIONS


__all__ = ["KeyStore", "LineCompleter", "is_command_name"]

_MAX_KEYS = 1000
_LAST_KEY = re.compile(r'"([^"\\]*)$')


class KeyStore:
    """The keys of JSON messages seen, up to a bound; the newest are kept."""

    def __init__(self) -> None:
        self._keys: dict[str, None] = {}

    def learn(self, keys: Iterable[str]) -> None:
        """Take keys."""
        for key in keys:
            # What doesn't show on the terminal can't be chosen there.
            if key.isprintable():
                self._keys.pop(key, None)
                self._keys[key] = None
        while len(self._keys) > _MAX_KEYS:
            del self._keys[next(iter(self._keys))]

    def find(self, beginning: str) -> list[str]:
        """Find the keys that begin so."""
        return sorted(key for key in self._keys if key.startswith(beginning))


class LineCompleter(Completer):
    """
    Complete what is typed.

    Args:
        keys: Keys of JSON messages.
        snippets: Finds the names of the snippets.
    """

    def __init__(self, keys: KeyStore, snippets: Callable[[], list[str]]) -> None:
        self._keys = keys
        self._snippets = snippets
        self._paths = PathCompleter(expanduser=True)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Complete at the cursor."""
        before = document.text_before_cursor
        if is_command_name(before):
            yield from self._complete_name(before[1:])
        elif before.startswith("/") and not before.startswith("//"):
            yield from self._complete_argument(before, complete_event)
        elif (key := _LAST_KEY.search(before)) and before.lstrip()[:1] in ("{", "["):
            for found in self._keys.find(key[1]):
                yield Completion(f'{found}": ', -len(key[1]), display=found)

    def _complete_name(self, beginning: str) -> Iterator[Completion]:
        for name, command in COMMANDS.items():
            if name.startswith(beginning):
                end = " " if command.arguments else ""
                yield Completion(
                    f"{name}{end}",
                    -len(beginning),
                    display=command.usage,
                    display_meta=command.help,
                )
        for name in self._snippets():
            if name.startswith(beginning) and name not in COMMANDS:
                yield Completion(
                    name, -len(beginning), display=f"/{name}", display_meta="snippet"
                )

    def _complete_argument(
        self, before: str, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        name, _ = find_command(before)
        command = COMMANDS.get(name)
        if command is None:
            return
        arguments = before.partition(" ")[2]
        *earlier, last = arguments.split(" ")
        if name == "set" and len(earlier) == 1:
            option = OPTIONS.get(earlier[0])
            values = () if option is None else option.values
        elif earlier and name != "save":
            values = ()
        else:
            values = (
                tuple(COMMANDS) if command.completes == "commands" else command.values
            )
        for value in values:
            if value.startswith(last):
                yield Completion(value, -len(last))
        if last.startswith("@") or command.completes == "files" or name == "save":
            path = Document(last.removeprefix("@"))
            yield from self._paths.get_completions(path, complete_event)


def is_command_name(text: str) -> bool:
    """Tell whether a text is a slash command that isn't typed to its end yet."""
    return text.startswith("/") and not text.startswith("//") and " " not in text
