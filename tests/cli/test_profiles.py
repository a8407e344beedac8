"""What `wstool profiles` shows."""

from __future__ import annotations

import json

from support.command import Outcome, run
from support.profiles import write_config


CONFIG = """\
[defaults]
connect-timeout = 3

[profiles.prod]
url = "wss://user:pw@example.com/base?token=abc"
header = ["Authorization: Bearer x", "X-A: b c"]
cacert = "ca.pem"
no-compression = true
verbose = false

[profiles.local]
url = ":8765/"
data = "@hello"
connect-timeout = 0.5
"""


def test_list(tmp_path):
    """All profiles are listed, a line for each, with secrets hidden."""
    environment = write_config(tmp_path, CONFIG)
    assert run("profiles", environment=environment) == Outcome(
        0,
        b"prod   wss://***@example.com/base?token=***  --connect-timeout 3"
        b"  --header 'Authorization: ***'  --header 'X-A: b c'  --cacert ca.pem"
        b"  --no-compression\n"
        b"local  :8765/                                --connect-timeout 0.5"
        b"  --data @hello\n",
        f"wstool: profiles of {tmp_path}/config.toml\n",
    )


def test_one(tmp_path):
    """One is shown with a line for each option; the name may have its at sign."""
    environment = write_config(tmp_path, CONFIG)
    for name in ("prod", "@prod"):
        assert run("profiles", name, "-q", environment=environment) == Outcome(
            0,
            b"url              wss://***@example.com/base?token=***\n"
            b"connect-timeout  3\n"
            b"header           Authorization: ***\n"
            b"header           X-A: b c\n"
            b"cacert           ca.pem\n"
            b"no-compression\n",
            "",
        )


def test_jsonl(tmp_path):
    """Scripts get an object for each, with the values as the file has them."""
    environment = write_config(tmp_path, CONFIG)
    outcome = run("profiles", "--jsonl", "-q", environment=environment)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert [json.loads(line) for line in outcome.stdout.splitlines()] == [
        {
            "name": "prod",
            "url": "wss://***@example.com/base?token=***",
            "options": {
                "connect-timeout": 3,
                "header": ["Authorization: ***", "X-A: b c"],
                "cacert": "ca.pem",
                "no-compression": True,
                "verbose": False,
            },
        },
        {
            "name": "local",
            "url": ":8765/",
            "options": {"connect-timeout": 0.5, "data": "@hello"},
        },
    ]


def test_escaped(tmp_path):
    """What the file has can't do anything to a terminal."""
    config = '[profiles."\\u001b[31m"]\nurl = "ws://h/\\n"\norigin = "\\u0007"\n'
    environment = write_config(tmp_path, config)
    outcome = run("profiles", "-q", environment=environment)
    assert outcome == Outcome(0, b"\\x1b[31m  ws://h/\\n  --origin '\\x07'\n", "")


def test_none(tmp_path):
    """Without a file, or without profiles in it, there is nothing to show."""
    missing = {"WSTOOL_CONFIG": "", "XDG_CONFIG_HOME": str(tmp_path)}
    assert run("profiles", environment=missing) == Outcome(
        0, b"", "wstool: no profiles: WSTOOL_CONFIG is empty\n"
    )
    assert run("profiles", "x", environment=missing) == Outcome(
        2, b"", "wstool: no profile 'x': WSTOOL_CONFIG is empty\n"
    )
    environment = write_config(tmp_path, "# nothing yet\n")
    assert run("profiles", environment=environment) == Outcome(
        0, b"", f"wstool: profiles of {tmp_path}/config.toml\n"
    )


def test_wrong(tmp_path):
    """An option that doesn't exist is told, and nothing is shown."""
    environment = write_config(tmp_path, '[profiles.a]\nurl = "x"\nheadr = "a: b"\n')
    assert run("profiles", environment=environment) == Outcome(
        2,
        b"",
        f"wstool: {tmp_path}/config.toml, line 3: unknown option 'headr' "
        "(did you mean 'header'?)\n",
    )


def test_others_can_read(tmp_path):
    """Secrets that others can read are worth a warning here too."""
    environment = write_config(tmp_path, CONFIG)
    (tmp_path / "config.toml").chmod(0o644)
    outcome = run("profiles", "local", environment=environment)
    assert outcome.stderr == (
        f"wstool: profiles of {tmp_path}/config.toml\n"
        f"wstool: {tmp_path}/config.toml has secrets, and others can read it "
        "(try chmod 600)\n"
    )
