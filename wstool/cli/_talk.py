"""The mode ``talk`` on a terminal, and in a pipe."""

from __future__ import annotations

import asyncio
import re
import signal
import sys

from wstool.cli._output import STDIN, STDOUT, Note, is_terminal
from wstool.cli._printing import make_output
from wstool.cli._render import escape_text
from wstool.cli._serve.log import ServeLog, write_line
from wstool.services.hub.mode import ModeOptions, ModeTools
from wstool.services.hub.talk import TalkMode
from wstool.streams.framing import Encoding, Framing
from wstool.streams.writer import OutputWriter
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = ["make_conversation_log", "make_talk"]

_PROMPT = "> "
_HELP = "a line goes to all clients; @2 LINE goes to #2 only; Ctrl-D ends"
_ADDRESSED = re.compile(r"@(\d+|\*)(?: (.*))?", re.DOTALL)


def _is_conversation() -> bool:
    """Tell whether a person sits at both ends."""
    return is_terminal(STDIN) and is_terminal(STDOUT)


def make_conversation_log() -> ServeLog:
    """Make a log that is shown above the prompt."""
    return ServeLog(
        _show_note,
        lambda event: _show_note(write_line(event)),
    )


def _show_note(text: str) -> None:
    lines = "\n".join(escape_text(line) for line in text.split("\n"))
    sys.stdout.write(f"wstool: {lines}\n")
    sys.stdout.flush()


def make_talk(options: ModeOptions, tools: ModeTools, *, note: Note) -> TalkMode:
    """Make the mode: with a prompt, if a person sits there."""
    if _is_conversation():
        return _Conversation(options, tools, note)
    return _Pipe(options, tools, note)


class _Conversation(TalkMode):
    """Take lines from a prompt, and show messages above it."""

    def __init__(self, options: ModeOptions, tools: ModeTools, note: Note) -> None:
        self._output = make_output(
            Framing.LINES, Encoding.RAW, terminal=True, note=note
        )
        self._tools = tools
        self._note = note
        self._prompt: asyncio.Task[None] | None = None
        super().__init__(options._replace(show=self._print), tools)

    async def start(self) -> None:
        """Show the prompt."""
        self._prompt = asyncio.ensure_future(self._ask())

    async def stop(self) -> None:
        """Take the prompt away."""
        if self._prompt is not None:
            self._prompt.cancel()
            await asyncio.wait([self._prompt])

    def _print(self, number: int, batch: Batch) -> None:
        shown = self._output.render_batch(batch).decode(errors="backslashreplace")
        lines = shown.removesuffix("\n").split("\n")
        sys.stdout.write("".join(f"#{number} < {line}\n" for line in lines))

    async def _ask(self) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.patch_stdout import patch_stdout

        self._note(_HELP)
        session: PromptSession[str] = PromptSession(
            _PROMPT, interrupt_exception=_InterruptedError
        )
        with patch_stdout():
            while True:
                try:
                    self._take(await session.prompt_async(handle_sigint=False))
                except EOFError:
                    self._tools.end(None)
                    return
                except _InterruptedError:
                    # Here Ctrl-C is a key; what it means is for who takes signals.
                    signal.raise_signal(signal.SIGINT)
                    return

    def _take(self, line: str) -> None:
        """Say a line, to whom it is addressed."""
        to, text = None, line
        if addressed := _ADDRESSED.fullmatch(line):
            text = addressed[2] or ""
            to = None if addressed[1] == "*" else int(addressed[1])
        payload = text.encode(errors="replace")
        if not self.say([Batch(Opcode.TEXT, [payload])], to=to):
            self._note("there is no client" if to is None else f"there is no #{to}")


class _InterruptedError(Exception):
    """Ctrl-C at the prompt: asyncio lets KeyboardInterrupt tear the loop down."""


class _Pipe(TalkMode):
    """Say the lines of stdin, and write messages as lines to stdout."""

    def __init__(self, options: ModeOptions, tools: ModeTools, note: Note) -> None:
        self._output = make_output(
            Framing.LINES, Encoding.RAW, terminal=is_terminal(STDOUT), note=note
        )
        self._writer = OutputWriter(
            asyncio.get_running_loop(),
            STDOUT,
            paused=self.pause,
            resumed=self.resume,
            failed=tools.end,
        )
        super().__init__(options._replace(lines=STDIN, show=self._print), tools)

    async def stop(self) -> None:
        """Write what is left, unless nobody takes it."""
        await super().stop()
        await asyncio.wait([self._writer.flushed()], timeout=1.0)
        self._writer.close()

    def _print(self, number: int, batch: Batch) -> None:
        self._writer.write(self._output.render_batch(batch))
