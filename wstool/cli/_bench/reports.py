"""Reports of a bench as files: written in three forms, read in one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from wstool.cli._files import read_file
from wstool.errors import InputInvalid, OutputFailed, UsageError
from wstool.phrases import describe_file_error
from wstool.services.bench.report import Document, check_document
from wstool.services.bench.versus import KIND


__all__ = ["check_report_name", "read_report", "write_report"]

_MAX_SIZE = 64 << 20


def check_report_name(name: str) -> str:
    """
    Find the form of a report by its name.

    Raises:
        UsageError: If it has none.
    """
    form = os.path.splitext(name)[1].lower()
    if form not in _FORMS:
        known = ", ".join(_FORMS)
        raise UsageError(f"--report {name}: its name must end in one of {known}")
    return form


def write_report(name: str, document: Document) -> None:
    """
    Write a report.

    Raises:
        OutputFailed: If it can't be written.
    """
    text = _FORMS[check_report_name(name)](document)
    try:
        with open(name, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise OutputFailed(name, describe_file_error(error)) from error


def read_report(name: str) -> Document:
    """
    Read a report in JSON.

    Raises:
        InputInvalid: If it can't be read, or isn't one.
    """
    try:
        data = read_file(name, _MAX_SIZE + 1)
    except (OSError, ValueError) as error:
        problem = f"can't be read: {describe_file_error(error)}"
        raise InputInvalid(name, problem) from error
    try:
        if len(data) > _MAX_SIZE:
            raise InputInvalid(name, f"has more than {_MAX_SIZE} bytes")
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputInvalid(name, "isn't JSON") from error
    problem = check_document(document) or ""
    if problem:
        raise InputInvalid(name, problem)
    found: Document = document
    return found


def _render_json(document: Document) -> str:
    return json.dumps(document, indent=2) + "\n"


def _render_markdown(document: Document) -> str:
    if document["kind"] == KIND:
        from wstool.cli._bench.versus_markdown import render_versus_markdown

        return render_versus_markdown(document)
    from wstool.cli._bench.markdown import render_markdown

    return render_markdown(document)


def _render_html(document: Document) -> str:
    if document["kind"] == KIND:
        from wstool.cli._bench.versus_html import render_versus_html

        return render_versus_html(document)
    from wstool.cli._bench.html import render_html

    return render_html(document)


_FORMS: dict[str, Callable[[Document], str]] = {
    ".json": _render_json,
    ".html": _render_html,
    ".md": _render_markdown,
}
