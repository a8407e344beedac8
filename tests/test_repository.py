"""The repository: what belongs together is together, and what is said is so."""

from __future__ import annotations

import re

import click
import pytest

from wstool.cli._group import SUBCOMMANDS, load_subcommand
from wstool.cli._status import MEANINGS, ExitStatus

from support.readme import read_sections, read_table
from support.source import ROOT, find_files, list_top_level, read_functions


MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 45

# What a folder must not hold: a remark for later belongs into an issue.
REMARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")

# A package's own file says what is in it, and runs nothing that could be tested.
NOT_MIRRORED = "__init__.py"


def test_top_level():
    """The project's folder has the files and folders that belong there, no others."""
    assert [f"{path.name}{'/' * path.is_dir()}" for path in list_top_level()] == [
        ".ci/",
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "completions/",
        "pyproject.toml",
        "tests/",
        "wstool/",
    ]


def test_mirror():
    """Each source module has its test module, or several that begin with its name."""
    missing = [
        str(source.relative_to(ROOT))
        for source in find_files("wstool", suffix=".py")
        if source.name != NOT_MIRRORED and not find_test_modules(source)
    ]

    assert missing == []


def test_files_are_short():
    """No file is longer than a reader can bear."""
    long = {
        str(file.relative_to(ROOT)): length
        for file in find_files("wstool", "tests", suffix=".py")
        if (length := len(file.read_text().splitlines())) > MAX_FILE_LINES
    }

    assert long == {}


def test_functions_are_short():
    """No function is longer than a reader can bear."""
    long = {
        f"{file.relative_to(ROOT)}: {function.name}": function.code_lines
        for file in find_files("wstool", "tests", suffix=".py")
        for function in read_functions(file)
        if function.code_lines > MAX_FUNCTION_LINES
    }

    assert long == {}


def test_no_remarks():
    """Nothing is left for later."""
    files = [path for path in list_top_level() if path.is_file()]
    files += find_files(".ci", "completions", "tests", "wstool")

    remarks = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        for line in file.read_text(errors="replace").splitlines()
        if REMARKS.search(line)
    ]
    assert remarks == []


def test_subcommand_files():
    """A file in cli without an underscore is a subcommand, and the other way round."""
    files = {path.stem for path in (ROOT / "wstool" / "cli").glob("[!_]*.py")}

    assert files == set(SUBCOMMANDS)


def test_subcommand_sections():
    """The README has a section for each subcommand, in the order of the help."""
    assert read_sections() == list(SUBCOMMANDS)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_short_help(name):
    """The short help, which loads nothing, is the first line of the whole help."""
    command = load_subcommand(name)

    assert SUBCOMMANDS[name] == command.help.strip().splitlines()[0]


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_option_helps(name):
    """Every option says what it does, in a sentence."""
    options = [
        parameter
        for parameter in load_subcommand(name).params
        if isinstance(parameter, click.Option)
    ]

    wrong = [option.opts for option in options if not (option.help or "").endswith(".")]
    assert wrong == []


def test_exit_statuses():
    """The README's table of exit statuses is that of the command line."""
    assert read_table("status") == [
        (str(status.value), status.name.lower(), MEANINGS[status])
        for status in ExitStatus
    ]


def test_changelog_names_options():
    """The changelog names no option that doesn't exist."""
    named = set(re.findall(r"(--[a-z][\w.-]*\w)", (ROOT / "CHANGELOG.md").read_text()))
    known = {
        option
        for name in SUBCOMMANDS
        for parameter in load_subcommand(name).params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }

    assert named - known == {"--help", "--version"}


def find_test_modules(source):
    """Find the test modules of a source module."""
    inside = source.relative_to(ROOT / "wstool")
    folder = ROOT / "tests" / inside.parent
    name = source.stem.strip("_")
    return [*folder.glob(f"test_{name}.py"), *folder.glob(f"test_{name}_*.py")]
