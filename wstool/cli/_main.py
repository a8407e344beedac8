"""The entry point: the only place that ends the process."""

from __future__ import annotations

import errno
import os
from io import StringIO
from typing import NoReturn

import click

from wstool.cli._group import wstool
from wstool.cli._output import note, write_error
from wstool.cli._status import ExitStatus, find_status
from wstool.errors import OutputFailed, OutputGone, WstoolError
from wstool.phrases import describe_file_error
from wstool.streams.descriptors import open_missing_descriptors


__all__ = ["main"]

# Click completes words instead of running a command where the shell sets this.
_COMPLETION_VARIABLE = "_WSTOOL_COMPLETE"


def main() -> NoReturn:
    """Run the command line, and exit with its status."""
    open_missing_descriptors()
    status = _run()
    # Tidying up modules and objects one by one takes longer than computing a key, and
    # nothing is left in a buffer: whoever writes also flushes.
    os._exit(status)


def _run() -> int:
    """Run the command line; this table maps all that can fly out of it."""
    if _COMPLETION_VARIABLE in os.environ:
        from wstool.cli._completion import register_completion

        register_completion()
    try:
        # Click gives the status of Context.exit; subcommands give nothing.
        return wstool.main(prog_name="wstool", standalone_mode=False) or ExitStatus.OK
    except click.ClickException as error:
        _show(error)
        return ExitStatus.USAGE
    except WstoolError as error:
        if not isinstance(error, OutputGone):
            write_error(error)
        return find_status(error)
    except (KeyboardInterrupt, click.Abort):
        return ExitStatus.INTERRUPTED
    except SystemExit as end:
        return _translate_exit(end)
    except OSError as error:
        return _report_os_error(error)
    except Exception as error:
        return _report_bug(error)


def _show(error: click.ClickException) -> None:
    """Show how the command is used; Click would fail if stderr does."""
    text = StringIO()
    error.show(text)
    note(text.getvalue().rstrip("\n"))


def _translate_exit(end: SystemExit) -> int:
    """Translate Click's own exits: after a completion, and where nobody reads help."""
    if _COMPLETION_VARIABLE in os.environ and isinstance(end.code, int):
        return end.code
    return ExitStatus.OUTPUT_GONE


def _report_os_error(error: OSError) -> int:
    """Report what only standard streams can raise this far out."""
    if error.errno == errno.EPIPE:
        return ExitStatus.OUTPUT_GONE
    if error.errno == errno.ENOSPC:
        write_error(OutputFailed("stdout", describe_file_error(error)))
        return ExitStatus.OUTPUT_FAILED
    return _report_bug(error)


def _report_bug(error: Exception) -> int:
    from traceback import format_exception

    note(
        "wstool: internal error; please report it with these lines:\n"
        + "".join(format_exception(error)).rstrip("\n")
    )
    return ExitStatus.INTERNAL_ERROR
