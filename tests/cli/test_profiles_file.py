"""The config file: its tables, and what is wrong with them."""

from __future__ import annotations

import pytest

from wstool.cli._config_file import ConfigFile
from wstool.cli._profiles import load_config
from wstool.errors import UsageError

from support.command import Outcome, run
from support.profiles import write_config


def load(data):
    """Load a config file's bytes."""
    return load_config(ConfigFile("c.toml", data, 0o600))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(
            b"a = \n", "line 1, column 5: invalid value", id="value-is-missing"
        ),
        pytest.param(
            b'[profiles.a]\nurl "x"\n',
            "line 2, column 5: expected '=' after a key in a key/value pair",
            id="equals-is-missing",
        ),
        pytest.param(
            b'[profiles.a]\nurl = "x', "line 2, column 9: unterminated string", id="end"
        ),
        pytest.param(
            b"[profiles.a]\n[profiles.a]\n",
            "line 2, column 12: cannot declare ('profiles', 'a') twice",
            id="twice",
        ),
        pytest.param(
            b"a = " + b"9" * 9999,
            "not TOML: Exceeds the limit (4300 digits) for integer string conversion: "
            "value has 9999 digits; use sys.set_int_max_str_digits() to increase the "
            "limit",
            id="digits",
        ),
        pytest.param(b"a = 1\nb = '\xff'\n", "line 2: isn't valid UTF-8", id="utf-8"),
        pytest.param(
            b"[profile.a]\n",
            "line 1: unknown key 'profile' (did you mean 'profiles'?)",
            id="section",
        ),
        pytest.param(
            b"\nfoo = 1\n",
            "line 2: unknown key 'foo' (there are defaults, profiles)",
            id="key",
        ),
        pytest.param(
            b"profiles = 1\n",
            "line 1: 'profiles' isn't a table, such as [profiles]",
            id="no-table",
        ),
        pytest.param(
            b"[[profiles]]\n",
            "line 1: 'profiles' isn't a table, such as [profiles]",
            id="tables",
        ),
        pytest.param(
            b"[profiles]\n\na = 1\n", "line 3: profile 'a' isn't a table", id="profile"
        ),
        pytest.param(
            b"[profiles.a]\nheader = []\n", "line 1: profile 'a' has no 'url'", id="url"
        ),
        pytest.param(
            b"[profiles.a]\nurl = 1\n", "line 2: 'url' isn't a string", id="url-number"
        ),
        pytest.param(
            b'[profiles."a/b"]\nurl = "x"\n',
            "line 1: profile 'a/b': a name has no '/', '?', '#' or blank in it",
            id="name",
        ),
    ],
)
def test_wrong(data, problem):
    """What is wrong is told with file and line, and where TOML ends with the column."""
    with pytest.raises(UsageError) as caught:
        load(data)
    assert str(caught.value) == f"c.toml, {problem}"


def test_nested():
    """Nor does a file bring the parser down."""
    with pytest.raises(UsageError) as caught:
        load(b"a = " + b"[" * 100_000)
    assert str(caught.value) == "c.toml: nested too deeply"


def test_defaults():
    """What all profiles share is in each, unless it says otherwise."""
    config = load(
        b"[defaults]\nlinger = 1\ncount = 2\n[profiles.a]\nurl = 'x'\ncount = 3\n"
    )
    profile = config.find_profile("a")

    assert (profile.url, profile.options) == ("x", {"linger": 1, "count": 3})
    assert [profile.locate(key) for key in profile.options] == [
        ("defaults", "linger"),
        ("profiles", "a", "count"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param(
            'max-size = "16X"',
            "'max-size': '16X' isn't a number of bytes, such as 64K",
            id="type",
        ),
        pytest.param(
            'header = ["x"]', "'header': 'x' isn't NAME:VALUE.", id="callback"
        ),
        pytest.param("count = 0", "'count': 0 is not in the range x>=1.", id="range"),
        pytest.param(
            'output = "xml"',
            "'output': 'xml' is not one of 'lines', 'null', 'length', 'jsonl'.",
            id="choice",
        ),
    ],
)
@pytest.mark.parametrize("table", ["defaults", "profiles.p"])
def test_value(tmp_path, line, problem, table):
    """A value that its option can't have is told with file and line."""
    text = f'[profiles.p]\nurl = "ws://127.0.0.1:1/"\n[defaults]\n{line}\n'
    number = 4
    if table != "defaults":
        text, number = text.replace("[defaults]\n", ""), 3
    environment = write_config(tmp_path, text)
    path = environment["WSTOOL_CONFIG"]
    assert run("listen", "@p", environment=environment) == Outcome(
        2, b"", f"wstool: {path}, line {number}: {problem}\n"
    )


def test_broken_but_not_used(tmp_path):
    """Who names no profile isn't stopped by a file that is no TOML."""
    environment = write_config(tmp_path, "nonsense")
    outcome = run("listen", "ws://127.0.0.1:1/", environment=environment)
    assert outcome == Outcome(
        3, b"", "wstool: can't connect to 127.0.0.1:1: connection refused\n"
    )
