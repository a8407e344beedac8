"""That the client commands share their options, each of which is written once."""

from __future__ import annotations

import ast
from collections import defaultdict

import click
import pytest

from wstool.cli._group import CLIENTS, SUBCOMMANDS, load_subcommand

from support.source import ROOT


# What a command reads and writes is its own affair; the rest is everybody's.
OWN_GROUPS = {"Options", "Source", "Frames", "Messages", "Output", "Terminal"}
EVERYWHERE = {"--verbose", "--quiet"}
PIPES = ("send", "listen", "connect", "inspect")
IN_PIPES = {"--jsonl", "--count", "--until", "--binary"}


def list_options(name):
    """List the options of a subcommand."""
    return [
        param
        for param in load_subcommand(name).params
        if isinstance(param, click.Option)
    ]


# Files of the server's own options, some of which have the names of a client's.
SERVERS = ("_serve/", "_listening")


def list_declarations():
    """Tell for each long name where the files of the clients declare it."""
    places = defaultdict(list)
    others = {f"{name}.py" for name in SUBCOMMANDS if name not in CLIENTS}
    folder = ROOT / "wstool" / "cli"
    for file in sorted(folder.rglob("*.py")):
        place = file.relative_to(folder).as_posix()
        if place in others or place.startswith(SERVERS):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and is_option(node.func):
                for name in find_names(node):
                    places[name].append(f"{place}:{node.lineno}")
    return places


def is_option(function):
    """Tell whether what is called makes an option."""
    name = getattr(function, "id", getattr(function, "attr", ""))
    return name == "option" or name.endswith("_option")


def find_names(call):
    """Find the long names among the arguments of a call."""
    values = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    # A switch has a name for each of its positions.
    names = [name for value in values for name in str(value).split("/")]
    return [name for name in names if name.startswith("--")]


def test_written_once():
    """No two declarations make the same option."""
    places = list_declarations()

    assert {name: where for name, where in places.items() if len(where) > 1} == {}
    names = {
        name for client in CLIENTS for o in list_options(client) for name in o.opts
    }
    assert {name for name in names if name.startswith("--")} <= set(places)


@pytest.mark.parametrize("name", CLIENTS)
def test_shared(name):
    """Every client command has every option that concerns the connection."""
    shared = {
        spelling
        for client in CLIENTS
        for option in list_options(client)
        if option.group not in OWN_GROUPS
        for spelling in option.opts
    }
    here = {spelling for option in list_options(name) for spelling in option.opts}

    assert len(shared) > 20
    wanted = shared | EVERYWHERE | (IN_PIPES if name in PIPES else set())
    assert wanted - here == set()


@pytest.mark.parametrize("name", CLIENTS)
def test_no_spelling_twice(name):
    """No two options of a command have a name in common."""
    spellings = [spelling for option in list_options(name) for spelling in option.opts]

    assert len(spellings) == len(set(spellings))
