"""The README: all of its commands run, and print what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from support.command import serving
from support.readme import README, ROOT, Block, read_blocks
from support.transcript import mask, play, read_commands


# The server that the README says runs in another terminal.
DOCUMENTED_PORT = "8765"

INSTALL_LIMIT = 300
"""Seconds for installing from pip's index into a new environment."""

# Whatever a copy of the tree doesn't need; what is installed must not depend on it.
NOT_COPIED = shutil.ignore_patterns(".git", ".*_cache", ".hypothesis", ".venv", "venv")

BLOCKS = read_blocks()
TRANSCRIPTS = [block.text for block in BLOCKS if block.language == "console"]

in_each_transcript = pytest.mark.parametrize(
    "transcript",
    [
        pytest.param(text, id=f"{number}: {read_commands(text)[0]}")
        for number, text in enumerate(TRANSCRIPTS)
    ],
)


@pytest.fixture(name="port", scope="module")
def serve_echo():
    """Run the echo server of the other terminal, on a free port."""
    with serving("--quiet") as (url, _running):
        yield re.search(r":(\d+)/", url)[1]


def test_blocks_accounted_for():
    """Every code block is a transcript or has a marker that says which test runs it."""
    others = [
        (block.marker, block.language) for block in BLOCKS if not is_played(block)
    ]

    assert others == [
        ("main command", "sh"),
        # .ci/run runs it, in a clone.
        ("test command", "sh"),
        # tests/peers/test_proxies.py runs these two.
        ("nginx", "nginx"),
        ("haproxy", "haproxy"),
        ("completions", "bash"),
        ("completions", "zsh"),
        ("completions", "fish"),
    ]


def test_no_other_blocks():
    """Outside of these blocks nothing is shown as code: no fence, no indented line."""
    rest = README.read_text()
    for block in BLOCKS:
        rest = rest.replace(f"```{block.language}\n{block.text}```\n", "")

    assert re.findall("^(?:    | *```| *~~~).*", rest, re.MULTILINE) == []


@in_each_transcript
def test_transcript(transcript, port, tmp_path):
    """The commands print exactly what the README shows."""
    written = transcript.replace(DOCUMENTED_PORT, port)

    assert mask(play(written, tmp_path)) == mask(written)


@pytest.mark.timeout(INSTALL_LIMIT)
def test_main_command(tmp_path):
    """The main command installs into an environment of its own, and echoes a line."""
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=NOT_COPIED)
    (command,) = find_marked("main command")

    result = subprocess.run(
        ["bash", "-c", command],
        cwd=tree,
        env={**os.environ, "PATH": f"{sys.base_prefix}/bin:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_LIMIT,
    )

    assert (result.stdout, result.returncode) == ("hello\n", 0), result.stderr
    assert mask(result.stderr.splitlines()[-1]) == (
        "wstool: no URL given, so this talks with an echo server at "
        "ws://127.0.0.1:PORT/"
    )


def test_completions(tmp_path):
    """The commands make each shell load its file."""
    for command in find_marked("completions"):
        subprocess.run(
            ["bash", "-euc", command],
            cwd=ROOT,
            env={**os.environ, "HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            check=True,
        )

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {str(path.relative_to(tmp_path)): path.read_text() for path in files} == {
        ".bashrc": f"source '{ROOT}/completions/wstool.bash'\n",
        ".zshrc": f"source '{ROOT}/completions/wstool.zsh'\n",
        ".config/fish/completions/wstool.fish": (
            ROOT / "completions" / "wstool.fish"
        ).read_text(),
    }


def test_paths():
    """The files and folders that the README names are there."""
    named = re.findall(r"`(?:python )?((?:[\w.]+/)+[\w.]*)[^`]*`", README.read_text())

    # The environment is there only where the README's commands were run.
    missing = [path for path in named if not (ROOT / path).exists()]
    assert set(missing) <= {".venv/bin"}


def test_programs():
    """The programs that Python runs know the options that the README gives them."""
    programs = re.findall(r"`python (\S+)(.*?)` \|(.*)", README.read_text())

    assert len(programs) == 3
    for program, arguments, text in programs:
        shown = subprocess.run(
            [sys.executable, ROOT / program, "--help"], check=True, capture_output=True
        )
        options = set(re.findall(r"--\w+", arguments + text))
        assert options <= set(re.findall(r"--\w+", shown.stdout.decode()))


def is_played(block: Block) -> bool:
    """Tell whether a block is a transcript."""
    return (block.marker, block.language) == ("", "console")


def find_marked(marker: str) -> list[str]:
    """Find the texts of the blocks with a marker."""
    return [block.text for block in BLOCKS if block.marker == marker]
