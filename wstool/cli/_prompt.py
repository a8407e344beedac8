"""The conversation on a terminal, with a prompt for the lines."""

from __future__ import annotations

import asyncio
import sys

from prompt_toolkit import PromptSession
from prompt_toolkit.patch_stdout import patch_stdout

from wstool.cli._client import make_dialer, make_note
from wstool.cli._loop import Stop
from wstool.cli._messages import MessageArguments
from wstool.cli._options import ClientArguments
from wstool.cli._output import Note
from wstool.cli._printing import make_output
from wstool.cli._render import escape_text
from wstool.cli._verbose import verbose_observer
from wstool.connection.waiting import first_of
from wstool.errors import InputInvalid, WstoolError
from wstool.services.interactive import Conversation
from wstool.services.pipe import Output
from wstool.wire.batch import Batch
from wstool.wire.uri import WebSocketURI


__all__ = ["talk"]

_PROMPT = "> "


class _InterruptedError(Exception):
    """Ctrl-C at the prompt: asyncio lets KeyboardInterrupt tear the loop down."""


async def talk(
    uri: WebSocketURI,
    client: ClientArguments,
    messages: MessageArguments,
    stop: Stop,
) -> None:
    """
    Talk with a server until one of both closes.

    Raises:
        WstoolError: If the connection can't be made or ends badly, or at a signal.
    """
    note = make_note(client)
    output = make_output(messages.output, messages.encoding, terminal=True, note=note)
    conversation = Conversation(
        show=lambda batch: _show(output, batch),
        note=_show_note if not client.quiet else note,
        close=client.close,
        ok_close=client.ok_close,
    )
    dial = make_dialer(uri, client, verbose_observer(client))
    await conversation.open(dial, stop.requested)
    note(f"connected to {uri}; Ctrl-D closes")
    stopped = await _prompt_until_the_end(conversation, messages, stop, _show_note)
    await conversation.close()
    if stopped is not None:
        raise stopped


async def _prompt_until_the_end(
    conversation: Conversation, messages: MessageArguments, stop: Stop, note: Note
) -> WstoolError | None:
    """Take lines until Ctrl-D, the end of the connection, or a signal."""
    session: PromptSession[str] = PromptSession(
        _PROMPT, interrupt_exception=_InterruptedError
    )
    with patch_stdout():
        while True:
            line = asyncio.ensure_future(session.prompt_async(handle_sigint=False))
            await first_of(line, conversation.ended, stop.requested)
            if not line.done():
                line.cancel()
                await asyncio.wait({line})
                return stop.requested.result() if stop.requested.done() else None
            try:
                _send(conversation, messages, line.result(), note)
            except EOFError:
                return None
            except _InterruptedError:
                stop.receive_interrupt()
                return stop.requested.result()


def _send(
    conversation: Conversation, messages: MessageArguments, line: str, note: Note
) -> None:
    try:
        for batch in messages.make_batches([line], name="message"):
            conversation.send(batch)
    except InputInvalid as error:
        note(str(error))


def _show(output: Output, batch: Batch) -> None:
    sys.stdout.write(output.render_batch(batch).decode(errors="backslashreplace"))


def _show_note(text: str) -> None:
    """Show a sentence above the prompt."""
    sys.stdout.write(f"wstool: {escape_text(text)}\n")
