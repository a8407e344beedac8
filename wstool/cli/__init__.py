"""
The command line: words, colours, exit statuses.

A file here without a leading underscore is a subcommand. The group below is a table of
contents that loads a subcommand only when it runs, so that none pays for the others.
Data goes to stdout, everything else to stderr. A subcommand turns its arguments into
options, calls one service, and lets errors fly: ``main`` alone ends the process, with
a status out of one table.
"""

from __future__ import annotations

from wstool.cli._main import main


__all__ = ["main"]
