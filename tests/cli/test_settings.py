"""Options in the config file: which are known, and what values they take."""

from __future__ import annotations

import click
import pytest

from wstool.cli._config_file import ConfigFile
from wstool.cli._group import CLIENTS, SUBCOMMANDS, load_subcommand
from wstool.cli._profiles import load_config
from wstool.cli._settings import (
    check_settings,
    describe_unknown,
    find_options,
    find_settings,
    names_file,
)
from wstool.cli._target import TargetArgument
from wstool.cli._variables import VariableOption
from wstool.errors import UsageError


FLAG, FILE, WORDS = (
    "is true or false",
    "/etc/wstool/config.toml",
    "takes a list of strings",
)
ONE = "takes one string or number"


@click.command
@click.option("--value", cls=VariableOption)
@click.option("--path", cls=VariableOption, type=click.Path())
@click.option("--secret", cls=VariableOption, metavar="TEXT|@FILE")
@click.option("--told", cls=VariableOption, help="A token. @FILE is a file with it.")
@click.option("--socket", cls=VariableOption, metavar="PATH")
@click.option("--jar", cls=VariableOption, metavar="NAME=VALUE|FILE")
@click.option("--many", cls=VariableOption, multiple=True, metavar="TEXT|@FILE")
@click.option("--flag", cls=VariableOption, is_flag=True)
@click.option("--no-thing", "thing", cls=VariableOption, flag_value=False, default=True)
@click.option("--verbose", cls=VariableOption, count=True)
def probe():
    """Have options of each kind."""


def load(text):
    """Load a config file's text."""
    return load_config(ConfigFile(FILE, text.encode(), 0o600))


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        pytest.param('value = "a b"', {"value": "a b"}, id="string"),
        pytest.param("value = 5", {"value": "5"}, id="number"),
        pytest.param("value = 0.5", {"value": "0.5"}, id="fraction"),
        pytest.param('value = "@x"', {"value": "@x"}, id="no-file"),
        pytest.param('path = "a.pem"', {"path": "/etc/wstool/a.pem"}, id="path"),
        pytest.param('path = "/a.pem"', {"path": "/a.pem"}, id="absolute"),
        pytest.param('path = "~/a.pem"', {"path": "/home/me/a.pem"}, id="home"),
        pytest.param('path = "-"', {"path": "-"}, id="standard-stream"),
        pytest.param('path = "@name"', {"path": "@name"}, id="abstract"),
        pytest.param('socket = "a=b"', {"socket": "/etc/wstool/a=b"}, id="socket"),
        pytest.param('jar = "a.txt"', {"jar": "/etc/wstool/a.txt"}, id="jar"),
        pytest.param('jar = "a=b"', {"jar": "a=b"}, id="jar-not"),
        pytest.param('secret = "@t"', {"secret": "@/etc/wstool/t"}, id="at-file"),
        pytest.param('told = "@t"', {"told": "@/etc/wstool/t"}, id="at-file-in-help"),
        pytest.param('secret = "t"', {"secret": "t"}, id="at-file-not"),
        pytest.param(
            'many = ["a", "@b"]', {"many": ["a", "@/etc/wstool/b"]}, id="list"
        ),
        pytest.param('many = "a"', {"many": ["a"]}, id="list-of-one"),
        pytest.param("flag = true", {"flag": True}, id="flag"),
        pytest.param("flag = false", {"flag": False}, id="flag-off"),
        pytest.param("no-thing = true", {"thing": False}, id="denial"),
        pytest.param("no-thing = false", {"thing": True}, id="denial-off"),
        pytest.param("verbose = true", {"verbose": 1}, id="count-true"),
        pytest.param("verbose = 2", {"verbose": 2}, id="count"),
    ],
)
def test_convert(monkeypatch, line, settings):
    """A value becomes what the command line would have; paths are beside the file."""
    monkeypatch.setenv("HOME", "/home/me")
    config = load(f'[profiles.p]\nurl = "ws://h/"\n{line}\n')

    check_settings(config, probe)
    assert find_settings(config.find_profile("p"), probe) == settings


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param(
            "fragmentsize = 1",
            "unknown option 'fragmentsize' (did you mean 'fragment-size'?)",
            id="near",
        ),
        pytest.param("xyz = 1", "unknown option 'xyz'", id="far"),
        pytest.param(
            "max_size = 1", "unknown option 'max_size' (did you mean 'max-size'", id="_"
        ),
        pytest.param("help = true", "unknown option 'help'", id="help"),
        pytest.param('flag = "yes"', f"'flag' {FLAG}", id="flag"),
        pytest.param("flag = 1", f"'flag' {FLAG}", id="flag-number"),
        pytest.param("value = true", f"'value' {ONE}", id="value-flag"),
        pytest.param('value = ["a"]', f"'value' {ONE}", id="value-list"),
        pytest.param("value = 2000-01-01", f"'value' {ONE}", id="date"),
        pytest.param("value = nan", f"'value' {ONE}", id="nan"),
        pytest.param("value = -inf", f"'value' {ONE}", id="infinite"),
        pytest.param(f"value = 0x{'f' * 9999}", f"'value' {ONE}", id="huge"),
        pytest.param('value = "\\u0000"', f"'value' {ONE}", id="null-byte"),
        pytest.param("value = {}", f"'value' {ONE}", id="table"),
        pytest.param("many = [[]]", f"'many' {WORDS}", id="list-of-lists"),
        pytest.param("many = [true]", f"'many' {WORDS}", id="list-of-flags"),
    ],
)
@pytest.mark.parametrize("table", ["defaults", "profiles.other"])
def test_wrong(line, problem, table):
    """What is wrong anywhere is told with its line, whatever profile is in use."""
    url = 'url = "ws://h/"\n' if table != "defaults" else "\n"
    with pytest.raises(UsageError) as caught:
        check_settings(load(f"# A comment\n[{table}]\n{url}\n{line}\n"), probe)
    assert str(caught.value).startswith(f"{FILE}, line 5: {problem}")


def test_dotted():
    """A key with a dot is a table in TOML, unless it has quotes."""
    names = ["tlsv1.2", "tlsv1.3"]
    config = load("[defaults]\ntlsv1.2 = true\n")
    [(key, value)] = config.defaults.items()

    assert describe_unknown(key, value, names) == (
        "an option with a dot needs quotes, such as 'tlsv1.2'"
    )


def test_of_other_commands():
    """What only another client command has is passed over."""
    config = load('[profiles.p]\nurl = "ws://h/"\nlinger = 3\norigin = "o"\n')
    listen = load_subcommand("listen")

    check_settings(config, listen)
    assert find_settings(config.find_profile("p"), listen) == {"origin": "o"}


@pytest.mark.parametrize("name", CLIENTS)
def test_files(name):
    """What takes a secret takes a file with it, and says so in its metavar."""
    options = find_options(load_subcommand(name))
    secret = {"bearer", "user", "proxy-user", "pass", "data"} & set(options)

    assert [key for key in secret if not names_file(options[key], "@file")] == []
    paths = {"cacert", "cert", "key", "unix-socket", "netrc-file"} & set(options)
    assert [key for key in paths if not names_file(options[key], "file")] == []
    assert "cacert" in paths


def test_clients():
    """The client commands are those whose argument names a server."""
    found = {
        name
        for name in SUBCOMMANDS
        for param in load_subcommand(name).params
        if isinstance(param, TargetArgument)
    }
    assert set(CLIENTS) == found
