"""What a typed line does: it's sent, or it's a command."""

from __future__ import annotations

from collections.abc import Callable

from wstool.cli._connect.commands import COMMANDS, find_command, suggest_command
from wstool.cli._connect.context import CommandError, Context
from wstool.cli._connect.sending import SENDING, send_line, send_snippet
from wstool.cli._connect.showing import SHOWING
from wstool.cli._connect.steering import STEERING, reconnect
from wstool.services.interactive import Phase


__all__ = ["ACTIONS", "perform"]

ACTIONS: dict[str, Callable[[Context, str], None]] = {
    **SENDING,
    **SHOWING,
    **STEERING,
}
"""What carries each command out, given what stands behind its name."""


def perform(context: Context, line: str) -> bool:
    """Do what a line says, or say why not; tell whether it was done."""
    try:
        if not line:
            _press_enter(context)
        elif line.startswith("//"):
            send_line(context, line[1:])
        elif line.startswith("/"):
            _run_command(context, *find_command(line))
        else:
            send_line(context, line)
    except CommandError as error:
        context.tell_error(str(error))
        return False
    return True


def _press_enter(context: Context) -> None:
    """Reconnect if that is what is missing; an empty message is sent by /text."""
    if context.conversation.phase in (Phase.CLOSED, Phase.WAITING):
        reconnect(context)


def _run_command(context: Context, name: str, rest: str) -> None:
    command = COMMANDS.get(name)
    if command is None or not command.literal:
        rest = rest.strip(" ")
    snippets = context.snippets()
    if command is None and name in snippets:
        if rest:
            raise CommandError(f"/{name} is a snippet and takes no arguments")
        send_snippet(context, name)
        return
    if command is None:
        nearest = suggest_command(name, [*COMMANDS, *snippets])
        hint = f"did you mean /{nearest}?" if nearest else "/help lists them"
        raise CommandError(
            f"there is no command /{name}, so nothing was sent ({hint}); "
            "with a second slash in front, the line is sent"
        )
    if command.needs_arguments and not rest.strip(" "):
        raise CommandError(f"usage: {command.usage}")
    if not command.arguments and rest:
        raise CommandError(f"{command.usage} takes no arguments")
    ACTIONS[name](context, rest)
