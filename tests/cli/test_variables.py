"""Environment variables that set options."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from wstool.cli._collect import GroupedCommand
from wstool.cli._group import CLIENTS, load_subcommand
from wstool.cli._variables import VariableOption, rank_source

from support.command import Outcome, run, serving
from support.misbehaving import Peer, accept, answer_close, texts


@click.command("try", cls=GroupedCommand)
@click.option("--max-size", "size", cls=VariableOption, type=int, default=1)
@click.option("-H", "--header", cls=VariableOption, multiple=True)
@click.option("--reconnect", cls=VariableOption, is_flag=True)
@click.option(
    "--no-compression",
    "compression",
    cls=VariableOption,
    is_flag=True,
    flag_value=False,
    default=True,
)
@click.option("--tlsv1.2", "tls", cls=VariableOption, flag_value="1.2")
@click.option("-v", "--verbose", cls=VariableOption, count=True)
@click.pass_context
def probe(ctx, **values):
    """Show what the options are."""
    changed = {key: value for key, value in values.items() if rank_source(ctx, key)}
    click.echo(repr(changed))


@pytest.mark.parametrize(
    ("variables", "arguments", "changed"),
    [
        pytest.param({}, [], {}, id="none"),
        pytest.param({"MAX_SIZE": "2"}, [], {"size": 2}, id="long-name"),
        pytest.param({"SIZE": "2", "TRY_SIZE": "2"}, [], {}, id="not-ours"),
        pytest.param(
            {"MAX_SIZE": "2", "TRY_MAX_SIZE": "3"}, [], {"size": 3}, id="of-the-command"
        ),
        pytest.param({"SEND_MAX_SIZE": "3"}, [], {}, id="of-another"),
        pytest.param(
            {"MAX_SIZE": "2"}, ["--max-size", "4"], {"size": 4}, id="command-line"
        ),
        pytest.param({"MAX_SIZE": ""}, [], {}, id="empty"),
        pytest.param(
            {"HEADER": "A: b c\n\nD: e\n"},
            [],
            {"header": ("A: b c", "D: e")},
            id="lines",
        ),
        pytest.param(
            {"HEADER": "A: b"}, ["-H", "C: d"], {"header": ("C: d",)}, id="not-added"
        ),
        pytest.param({"RECONNECT": "1"}, [], {"reconnect": True}, id="flag"),
        pytest.param({"RECONNECT": "No"}, [], {"reconnect": False}, id="flag-off"),
        pytest.param(
            {"NO_COMPRESSION": "true"},
            [],
            {"compression": False},
            id="flag-that-denies",
        ),
        pytest.param(
            {"NO_COMPRESSION": "off"}, [], {"compression": True}, id="denies-off"
        ),
        pytest.param({"TLSV1_2": "1"}, [], {"tls": "1.2"}, id="flag-with-value"),
        pytest.param({"VERBOSE": "2"}, [], {"verbose": 2}, id="count"),
    ],
)
def test_value(variables, arguments, changed):
    """A variable stands for its option, where the command line doesn't have it."""
    environment = {f"WSTOOL_{name}": value for name, value in variables.items()}
    outcome = CliRunner().invoke(probe, arguments, env=environment)
    assert outcome.output == f"{changed!r}\n"


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        pytest.param(
            "WSTOOL_MAX_SIZE",
            "x",
            "'x' isn't a number of bytes, such as 64K",
            id="type",
        ),
        pytest.param(
            "WSTOOL_LISTEN_HEADER", "x", "'x' isn't NAME:VALUE.", id="callback"
        ),
        pytest.param(
            "WSTOOL_NO_COMPRESSION", "maybe", "'maybe' is neither 1 nor 0.", id="flag"
        ),
        pytest.param("WSTOOL_COUNT", "0", "0 is not in the range x>=1.", id="range"),
    ],
)
def test_wrong(variable, value, problem):
    """What is wrong in a variable is told with its name."""
    outcome = run("listen", "ws://127.0.0.1:1/", environment={variable: value})
    assert outcome == Outcome(
        2,
        b"",
        "Usage: wstool listen [OPTIONS] URL\n"
        "Try 'wstool listen --help' for help.\n\n"
        f"Error: Invalid value for {variable}: {problem}\n",
    )


@pytest.mark.parametrize(
    ("variables", "arguments", "stdout"),
    [
        pytest.param({"NULL": "1"}, [], b"x\0", id="short"),
        pytest.param({"OUTPUT": "null"}, [], b"x\0", id="long"),
        pytest.param({"OUTPUT": "null"}, ["--jsonl"], b"{", id="short-on-line"),
        pytest.param({"NULL": "1"}, ["--output", "lines"], b"x\n", id="long-on-line"),
        pytest.param({"NULL": "1"}, ["--jsonl"], b"{", id="other-short"),
        pytest.param({"JSONL": "1"}, ["-0"], b"x\0", id="other-short-reversed"),
    ],
)
def test_exclusive(variables, arguments, stdout):
    """Of options that exclude each other, the one nearer to the user wins."""
    environment = {f"WSTOOL_{name}": value for name, value in variables.items()}
    with Peer(accept(), texts(b"x"), answer_close) as peer:
        outcome = run(
            "listen", "-n", "1", peer.url, *arguments, environment=environment
        )
    assert outcome.status == 0
    assert outcome.stdout[: len(stdout)] == stdout


def test_exclusive_in_one_place():
    """In the same place they are refused."""
    environment = {"WSTOOL_NULL": "1", "WSTOOL_OUTPUT": "lines"}
    outcome = run("listen", "ws://127.0.0.1:1/", environment=environment)
    assert outcome.status == 2
    assert outcome.stderr.endswith("--output and -0/--null exclude each other.\n")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("--max-reconnects=3", "--max-reconnects needs --reconnect."),
        ("--delivery=reply", "--delivery needs --reconnect."),
        ("--no-resend", "--resend/--no-resend needs --reconnect."),
        ("--max-redirs=3", "--max-redirs needs -L/--location."),
        ("--pass=x", "--pass needs --cert."),
    ],
)
def test_needs_another_option(given, problem):
    """What means nothing without another option is refused, not ignored."""
    outcome = run("send", given, "ws://127.0.0.1:1/", "x")
    assert outcome.status == 2
    assert outcome.stderr.splitlines()[-1] == f"Error: {problem}"


def test_variables_that_wait_for_another_option(monkeypatch):
    """A variable may be there for the times when the other option is given."""
    monkeypatch.setenv("WSTOOL_MAX_RECONNECTS", "1")
    monkeypatch.setenv("WSTOOL_MAX_REDIRS", "3")
    monkeypatch.setenv("WSTOOL_PASS", "x")
    assert run("send", "ws://127.0.0.1:1/", "x").status == 3


def test_offline_inspection():
    """A variable for what needs a URL doesn't keep inspect from doing without."""
    outcome = run("inspect", "--hex", "8a00", environment={"WSTOOL_COUNT": "1"})
    assert (outcome.status, outcome.stderr) == (0, "")


@pytest.mark.parametrize("name", CLIENTS)
def test_every_option(name):
    """Every option of a client command has its variables, and a long name."""
    options = [
        param
        for param in load_subcommand(name).params
        if isinstance(param, click.Option)
    ]
    assert [
        option.opts for option in options if not getattr(option, "keys", None)
    ] == []


def test_no_command_in_the_way():
    """No variable is that of one command's option, and of another option of all."""
    names = {
        command: {
            key.upper().replace("-", "_").replace(".", "_")
            for option in load_subcommand(command).params
            if isinstance(option, VariableOption)
            for key in option.keys
        }
        for command in CLIENTS
    }
    both = {
        f"{command.upper()}_{name}" for command in CLIENTS for name in names[command]
    }
    assert both & set().union(*names.values()) == set()
    assert "CONFIG" not in set().union(*names.values())


def test_own_variables_only():
    """What means something else for a server isn't set by the variable for clients."""
    meant_for_clients = {
        "WSTOOL_USER": "me:secret",
        "WSTOOL_CERT": "/no/such",
        "WSTOOL_KEY": "/no/such",
        "WSTOOL_UNIX_SOCKET": "/no/such/socket",
    }
    with serving("-q", environment=meant_for_clients) as (url, _):
        assert url.startswith("ws://")
        assert run("send", url, "-n", "1", "x") == Outcome(0, b"x\n", "")


def test_variable_of_a_server():
    """The server's own variable sets it."""
    with serving("-q", environment={"WSTOOL_SERVE_USER": "me:secret"}) as (url, _):
        assert run("send", url, "x").status == 5
        outcome = run("send", "--user", "me:secret", url, "-n", "1", "x")
    assert outcome == Outcome(0, b"x\n", "")


def test_help_names_own_variables():
    """The help says which options only the command's own variables set."""
    shown = " ".join(run("serve", "--help").stdout.decode().split())
    assert (
        "Only WSTOOL_SERVE_OPTION sets --user, --unix-socket, --cert, --key." in shown
    )
