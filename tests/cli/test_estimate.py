"""The command as a person runs it."""

from __future__ import annotations

import json

import pytest

from support.command import Outcome, run


def plan(*arguments, stdin=b""):
    """Run the command; give its JSON."""
    outcome = run("estimate", "--format", "json", *arguments, stdin=stdin)
    assert (outcome.status, outcome.stderr) == (0, "")
    return json.loads(outcome.stdout)


def test_load():
    """Options say what the load is."""
    document = plan(
        *("-c", "2000", "--rate-up", "3", "--rate-down", "0.5", "--fan-out", "7"),
        *("--size", "1K", "--peak", "2", "--poll-interval", "10", "--no-tls"),
        *("--deflate", "message"),
    )
    assert document["load"] == {
        "connections": 2000,
        "rate_up": 3,
        "rate_down": 0.5,
        "fan_out": 7,
        "size": 1024,
        "peak": 2,
        "poll_interval": 10,
        "tls": False,
        "deflate": "message",
        "sampled": 0,
    }


def test_constant():
    """A constant that is set counts."""
    assert (
        plan("--price-core", "0", "--price-memory", "0")["websocket"]["cost_servers"]
        == 0
    )


def test_variables():
    """Variables of the environment set options."""
    outcome = run(
        "estimate", "--format", "json", environment={"WSTOOL_ESTIMATE_PRICE_GB": "0"}
    )

    assert json.loads(outcome.stdout)["websocket"]["cost_traffic"] == 0


def test_sample(tmp_path):
    """A sample comes from a file or from stdin."""
    path = tmp_path / "sample"
    path.write_bytes(b"one\nthree\n")
    from_file = plan("--sample", str(path))
    from_stdin = plan("--sample", "-", stdin=b"one\nthree\n")

    assert from_file["message_up"] == from_stdin["message_up"]
    assert from_file["message_up"]["payload"] == 4
    assert from_file["load"]["sampled"] == 2


def test_binary_sample():
    """Text is checked to be text, unless it's said to be binary."""
    outcome = run("estimate", "--sample", "-", stdin=b"ok\n\xff\n")

    assert outcome == Outcome(
        11, b"", "wstool: stdin, line 2, byte 3: text isn't valid UTF-8\n"
    )
    assert plan("--sample", "-", "--binary", stdin=b"\xff\n")["load"]["size"] == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(["-c", "0"], "'-c' / '--connections': 0", id="connections"),
        pytest.param(["--rate-up", "-1"], "'--rate-up': -1 isn't", id="rate"),
        pytest.param(["--peak", "0.5"], "'--peak': 0.5 isn't", id="peak"),
        pytest.param(["--size", "x"], "'--size': 'x' isn't", id="size"),
        pytest.param(["--size", "2000000G"], "--size is over", id="huge"),
        pytest.param(["--deflate", "zip"], "'--deflate': 'zip' is not", id="deflate"),
        pytest.param(["--poll-interval", "0"], "'--poll-interval': 0", id="interval"),
    ],
)
def test_usage_errors(arguments, problem):
    """What makes no load is refused by name."""
    outcome = run("estimate", *arguments)

    assert (outcome.status, outcome.stdout) == (2, b"")
    assert problem in outcome.stderr


@pytest.mark.parametrize(
    ("needed", "given", "problem"),
    [
        pytest.param([], ["--input", "null"], "--input needs --sample.", id="input"),
        pytest.param([], ["--binary"], "--binary needs --sample.", id="binary"),
        pytest.param(
            ["--sample", "-"],
            ["--size", "100"],
            "--sample takes the place of --size.",
            id="size",
        ),
        pytest.param(
            [],
            ["--calibrate-time", "5"],
            "--calibrate-time needs --calibrate.",
            id="time",
        ),
    ],
)
def test_ignored(needed, given, problem):
    """What would do nothing is refused, unless it's set for good."""
    outcome = run("estimate", *needed, *given)
    assert (outcome.status, outcome.stdout) == (2, b"")
    assert f"Error: {problem}\n" in outcome.stderr

    name, value = [*given, "1"][:2]
    variable = f"WSTOOL_ESTIMATE_{name.strip('-').replace('-', '_').upper()}"
    outcome = run("estimate", *needed, stdin=b"x", environment={variable: value})
    assert outcome.status == 0, outcome.stderr


def test_one_connection():
    """One is not several."""
    assert run("estimate", "-c", "1").stdout.startswith(b"1 connection; each sends")


def test_sums():
    """The table's sums are those of its JSON, to the digits that it shows."""
    document = plan("-c", "100000", "--rate-up", "2", "--fan-out", "3", "--peak", "1")
    figures = document["websocket"]
    kinds = ("payload", "framing", "tls", "tcp", "keepalive", "opening")
    for side in ("up", "down"):
        parts = [figures[f"{kind}_{side}"] for kind in kinds]
        assert sum(parts) == pytest.approx(figures[side])
        assert figures[f"{side}_peak"] == pytest.approx(figures[side])
    assert figures["cost"] == figures["cost_servers"] + figures["cost_traffic"]
    table = run(
        *("estimate", "-c", "100000", "--rate-up", "2", "--fan-out", "3"),
        *("--peak", "1"),
    ).stdout.decode()
    assert f"{figures['cost']:,.0f}" in table.partition("cost a month")[2]


def test_extremes():
    """The largest load there is gives figures, too."""
    most = "1000000000"
    document = plan(
        *("-c", most, "--rate-up", most, "--rate-down", most, "--fan-out", most),
        *("--size", "1024G", "--peak", most),
    )
    assert document["websocket"]["servers"] > 1e30


def test_closed_stdout():
    """A full disk is an error."""
    outcome = run("estimate", redirect=">/dev/full")

    assert outcome.status == 12
