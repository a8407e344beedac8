"""The completions: as Click generates them, and at work in real shells."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from support.command import WSTOOL, run


COMPLETIONS = Path(__file__).parents[1] / "completions"
LIMIT = 30
PROMPT = "ready> "
TAB, START_OF_LINE, ENTER = "\t", "\x01", "\r"

# pexpect forks, which newer Pythons warn of when other tests have left a thread; the
# child only executes the shell.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

# Arguments that start a shell without anybody's settings, and what it is told first.
# The function `show` prints its arguments in brackets.
SHELLS = {
    "bash": (
        ["--noprofile", "--norc"],
        "show() { printf '<%s>' \"$*\"; }; PS1='ready''> '",
    ),
    "fish": (
        ["--no-config"],
        "function show; printf '<%s>' \"$argv\"; end; "
        "function fish_prompt; printf 'ready''> '; end",
    ),
    "zsh": (
        ["-f"],
        "autoload -U compinit; compinit -D; "
        "show() { printf '<%s>' \"$*\"; }; PS1='ready''> '",
    ),
}

# bash is everywhere; the other shells are there where the foreign peers are.
in_each_shell = pytest.mark.parametrize(
    "shell",
    [
        "bash",
        pytest.param("fish", marks=pytest.mark.peers),
        pytest.param("zsh", marks=pytest.mark.peers),
    ],
)


@pytest.mark.parametrize(
    ("file", "shell"),
    [
        ("wstool.bash", "bash"),
        ("wstool.fish", "fish"),
        ("wstool.ps1", "powershell"),
        ("wstool.zsh", "zsh"),
    ],
)
def test_file(file, shell):
    """A file holds exactly what Click generates for its shell."""
    outcome = run(environment={"_WSTOOL_COMPLETE": f"{shell}_source"})

    assert outcome == (0, (COMPLETIONS / file).read_bytes(), "")


@in_each_shell
def test_several(shell, tmp_path):
    """Tab shows the subcommands that begin like the word."""
    with start_shell(shell, tmp_path) as child:
        child.send(f"wstool se{TAB}{TAB}")

        child.expect(r"send\W[^\0]*serve\W")


@in_each_shell
def test_only_one(shell, tmp_path):
    """Tab completes the option that alone begins like the word."""
    with start_shell(shell, tmp_path) as child:
        child.send(f"wstool send --li{TAB}{START_OF_LINE}show {ENTER}")
        child.expect("<(wstool.*?)>")

        assert child.match[1] == "wstool send --linger"


@in_each_shell
def test_profile(shell, tmp_path):
    """Behind a client command, Tab completes the name of a profile."""
    write_profiles(tmp_path, "production", "local")
    with start_shell(shell, tmp_path) as child:
        child.send(f"wstool send @pr{TAB}{START_OF_LINE}show {ENTER}")
        child.expect("<(wstool.*?)>")

        assert child.match[1] == "wstool send @production"


@in_each_shell
def test_profiles(shell, tmp_path):
    """Tab behind the at sign shows all of them."""
    write_profiles(tmp_path, "production", "local")
    with start_shell(shell, tmp_path) as child:
        child.send(f"wstool listen @{TAB}{TAB}")

        child.expect(r"production\W[^\0]*local\W")


@in_each_shell
def test_behind_profile(shell, tmp_path):
    """An option behind a profile is completed as ever."""
    write_profiles(tmp_path, "local")
    with start_shell(shell, tmp_path) as child:
        child.send(f"wstool send @local --li{TAB}{START_OF_LINE}show {ENTER}")
        child.expect("<(wstool.*?)>")

        assert child.match[1] == "wstool send @local --linger"


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        pytest.param("bash", ["plain,@production"], id="bash"),
        pytest.param("zsh", ["plain", "@production", "ws://h/"], id="zsh"),
        pytest.param("powershell", ["plain", "@production", "ws://h/"], id="ps1"),
    ],
)
def test_profile_protocol(shell, lines, tmp_path):
    """Each shell gets the names as it expects completions."""
    write_profiles(tmp_path, "production", "local")
    outcome = run(
        environment={
            "WSTOOL_CONFIG": str(tmp_path / ".config" / "wstool" / "config.toml"),
            "_WSTOOL_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": "wstool send @pr",
            "COMP_CWORD": "2",
        }
    )

    assert outcome == (0, "".join(f"{line}\n" for line in lines).encode(), "")


@pytest.mark.parametrize("option", ["--cert", "--netrc-file", "--unix-socket"])
def test_files(option):
    """What is only ever a file is completed as one."""
    environment = {
        "_WSTOOL_COMPLETE": "bash_complete",
        "COMP_WORDS": f"wstool send {option} x",
        "COMP_CWORD": "3",
    }
    assert run(environment=environment) == (0, b"file,x\n", "")


@in_each_shell
@pytest.mark.parametrize("option", ["-H", "-d", "--bearer"])
def test_file_behind_at_sign(shell, option, tmp_path):
    """Tab completes a file behind the sign, folder by folder, whatever its name."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a $b").touch()
    with start_shell(shell, tmp_path) as child:
        child.send(f"wstool listen {option} @fo{TAB}a{TAB}x{START_OF_LINE}show {ENTER}")
        child.expect("<(wstool.*?)>")

        # The space that ends the word is behind it.
        assert child.match[1] == f"wstool listen {option} @folder/a $b x"


@in_each_shell
def test_comma(shell, tmp_path):
    """A name with a comma is completed whole."""
    (tmp_path / "one,two").touch()
    with start_shell(shell, tmp_path) as child:
        child.send(f"wstool listen -d @on{TAB}{START_OF_LINE}show {ENTER}")
        child.expect("<(wstool.*?)>")

        assert child.match[1].rstrip() == "wstool listen -d @one,two"


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param("wstool profiles pr", "plain,production\n", id="profiles"),
        pytest.param("wstool send x@pr", "", id="no-profile"),
        pytest.param("wstool key @pr", "", id="no-client"),
    ],
)
def test_other_words(words, lines, tmp_path):
    """Names are completed where they can stand, and nowhere else."""
    write_profiles(tmp_path, "production", "local")
    environment = {
        "WSTOOL_CONFIG": str(tmp_path / ".config" / "wstool" / "config.toml"),
        "_WSTOOL_COMPLETE": "bash_complete",
        "COMP_LINE": words,
    }
    assert run(environment=environment) == (0, lines.encode() or b"\n", "")


def test_broken_profiles(tmp_path):
    """A file that is no TOML completes nothing, and writes nothing into the prompt."""
    (tmp_path / "config.toml").write_text("nonsense")
    environment = {
        "WSTOOL_CONFIG": str(tmp_path / "config.toml"),
        "_WSTOOL_COMPLETE": "bash_complete",
        "COMP_LINE": "wstool send @",
    }
    assert run(environment=environment) == (0, b"\n", "")


def write_profiles(home, *names):
    """Write a config file with profiles."""
    folder = home / ".config" / "wstool"
    folder.mkdir(parents=True)
    text = "".join(f'[profiles.{name}]\nurl = "ws://h/"\n' for name in names)
    (folder / "config.toml").write_text(text)


@contextmanager
def start_shell(shell, folder):
    """Run a shell on a terminal, with its completions loaded."""
    arguments, setup = SHELLS[shell]
    search_path = f"{Path(WSTOOL).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": search_path, "HOME": str(folder), "TERM": "xterm"}
    child = pexpect.spawn(
        shell,
        arguments,
        cwd=folder,
        env=environment,
        encoding="utf-8",
        dimensions=(24, 200),
        timeout=LIMIT,
    )
    try:
        child.sendline(f"{setup}; source {COMPLETIONS}/wstool.{shell}")
        child.expect_exact(PROMPT)
        yield child
    finally:
        child.close(force=True)
