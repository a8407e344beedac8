"""The line that is typed, with its keys, history, completion and toolbar."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import Application, PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import Completer
from prompt_toolkit.filters import Condition, has_focus, is_searching
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import Dimension
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from wstool.cli._connect.completing import is_command_name


__all__ = ["Line", "wants_vi_keys"]

_PROMPT = "> "
_CONTINUATION = "  "
_MENU_ROWS = 6
_DEFAULT = "noreverse fg:default bg:default"
# Nothing has a ground of its own: the terminal's may be dark or light.
_STYLE = Style.from_dict(
    {
        "bottom-toolbar": "reverse",
        "auto-suggestion": "ansibrightblack",
        "completion-menu": _DEFAULT,
        "completion-menu.completion": _DEFAULT,
        "completion-menu.completion.current": "reverse fg:default bg:default",
        "completion-menu.meta.completion": f"{_DEFAULT} fg:ansibrightblack",
        "completion-menu.meta.completion.current": _DEFAULT,
        "scrollbar.background": _DEFAULT,
        "scrollbar.button": "reverse fg:default bg:default",
    }
)


class Line:
    """
    A line to type at, until someone leaves.

    Args:
        submit: Does what a line says, and tells whether it's done with.
        interrupt: Told of Ctrl-C on an empty line, and whether it's the second.
        toolbar: Makes the line at the bottom.
    """

    def __init__(
        self,
        *,
        output: Output,
        history: History,
        completer: Completer,
        submit: Callable[[str], bool],
        interrupt: Callable[[bool], None],
        toolbar: Callable[[], str],
        vi: bool,
    ) -> None:
        self._submit = submit
        self._interrupt = interrupt
        self._was_interrupted = False
        self._history = history
        self.session: PromptSession[None] = PromptSession(
            _PROMPT,
            multiline=True,
            prompt_continuation=_CONTINUATION,
            history=history,
            auto_suggest=AutoSuggestFromHistory(),
            completer=completer,
            complete_while_typing=Condition(self._is_typing_command),
            vi_mode=vi,
            key_bindings=self._make_keys(),
            bottom_toolbar=lambda: [("", toolbar())],
            output=output,
            erase_when_done=True,
            enable_suspend=True,
            refresh_interval=1.0,
            style=_STYLE,
            include_default_pygments_style=False,
        )
        self.session.default_buffer.accept_handler = self._accept
        self.session.layout.current_window.height = self._find_height
        self.app = self.session.app

    async def run(self, drawn: Callable[[], None] | None = None) -> None:
        """
        Take lines until ``leave``.

        Args:
            drawn: Called once, when the first prompt is on the screen.
        """

        def tell(app: Application[None]) -> None:
            self.app.after_render -= tell
            if drawn is not None:
                asyncio.get_running_loop().call_soon(drawn)

        self.app.after_render += tell
        await self.session.prompt_async(
            handle_sigint=False, set_exception_handler=False
        )

    def leave(self) -> None:
        """Take no more lines."""
        if self.app.is_running and not self.app.is_done:
            self.app.exit()

    def typed(self) -> list[str]:
        """Give the lines that were typed, the oldest first."""
        return self._history.get_strings()

    def _find_height(self) -> Dimension:
        """Leave half of the screen to the messages, however long the line is."""
        buffer = self.session.default_buffer
        limit = max(3, self.app.output.get_size().rows // 2)
        completes = buffer.complete_state is not None or self._is_typing_command()
        return Dimension(min=min(limit, _MENU_ROWS) if completes else 1, max=limit)

    def _is_typing_command(self) -> bool:
        return is_command_name(self.session.default_buffer.document.text_before_cursor)

    def _accept(self, buffer: Buffer) -> bool:
        """Do what the line says; keep it there if that couldn't be done."""
        self._was_interrupted = False
        return not self._submit(buffer.text)

    def _make_keys(self) -> KeyBindings:
        keys = KeyBindings()
        at_line = Condition(lambda: has_focus(self.session.default_buffer)())

        @keys.add("enter", filter=at_line & ~is_searching)
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.validate_and_handle()

        @keys.add("escape", "enter", filter=at_line)
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        @keys.add("c-c", filter=at_line)
        def _(event: KeyPressEvent) -> None:
            if event.current_buffer.text:
                event.current_buffer.reset()
                self._was_interrupted = False
            else:
                again, self._was_interrupted = self._was_interrupted, True
                self._interrupt(again)

        @keys.add("c-d", filter=at_line & Condition(self._is_empty))
        def _(event: KeyPressEvent) -> None:
            self.leave()

        return keys

    def _is_empty(self) -> bool:
        return not self.session.default_buffer.text


def wants_vi_keys() -> bool:
    """Tell from the user's inputrc whether readline has vi's keys."""
    named = os.environ.get("INPUTRC")
    mode = "emacs"
    for path in (named,) if named else ("/etc/inputrc", "~/.inputrc"):
        try:
            text = Path(path).expanduser().read_text(errors="replace")
        except (OSError, RuntimeError):
            continue
        for match in _EDITING_MODE.finditer(text):
            mode = match[1].lower()
    return mode == "vi"


_EDITING_MODE = re.compile(
    r"^\s*set\s+editing-mode\s+(vi|emacs)\s*$", re.MULTILINE | re.IGNORECASE
)
