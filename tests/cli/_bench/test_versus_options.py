"""What goes with a comparison, and what doesn't."""

from __future__ import annotations

import time

import pytest

from support.command import run


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["ws://h/"], "--versus takes no URL: it needs a server that speaks both"),
        (["--kind", "echo"], "--kind isn't for --versus: it measures deliveries"),
        (["--profile", "chat"], "--profile isn't for --versus: --rate and --size"),
        (["--workers", "2"], "--workers isn't for --versus: the clients' CPU is that"),
        (["--depth", "2"], "--depth isn't for --versus: messages leave at a rate"),
        (["--publishers", "2"], "--publishers isn't for --versus"),
        (["--greeting", "x"], "--greeting isn't for --versus"),
        (["-k"], "-k/--insecure isn't for --versus: its server is one of our own"),
        (["-x", "http://h:1"], "-x/--proxy isn't for --versus: its server is one"),
        (["--no-compression"], "isn't for --versus: nothing is compressed on either"),
        (["-d", "0"], "--versus needs an end: -n or -d"),
        (["-c", "1000", "-n", "10001"], "10,001,000 deliveries are more than"),
        (["--poll-interval", "0"], "0 isn't from 0.01 to 3600 seconds."),
        (["--poll-interval", "2h"], "7200 isn't from 0.01 to 3600 seconds."),
        (["--poll-interval", "x"], "'x' isn't a time, such as 100ms or 2s"),
        (["--fail-if", "p99 > 1s"], "'p99' isn't known; there are errors, and behind"),
        (["--fail-if", "long_polling_p99 > 1s"], "'long_polling_p99' isn't known"),
        (["--compare", "a", "b"], "--versus runs something, --compare and --merge not"),
        (["--merge", "a", "b"], "--versus runs something, --compare and --merge not"),
        (["--report", "x.txt"], "its name must end in one of .json, .html, .md"),
    ],
)
def test_wrong(arguments, problem):
    """What would do nothing is refused, with the reason, before anything is run."""
    outcome = run("bench", "--versus", "polling", *arguments)

    assert (outcome.status, outcome.stdout) == (2, b"")
    assert problem in outcome.stderr


def test_moment():
    """Both ways of a comparison have their own beginning."""
    outcome = run("bench", "--versus", "polling", "--start-at", str(time.time() + 3600))

    assert outcome.status == 2
    assert "--start-at isn't for --versus" in outcome.stderr


@pytest.mark.parametrize("versus", [[], ["--versus", "long-polling"]])
def test_without_polling(versus):
    """An interval without polls is none."""
    outcome = run("bench", *versus, "--poll-interval", "2")

    assert outcome.status == 2
    assert "--poll-interval needs --versus polling" in outcome.stderr


def test_variables():
    """Variables and profiles may have what is for other runs."""
    environment = {"WSTOOL_BENCH_DEPTH": "5", "WSTOOL_BENCH_POLL_INTERVAL": "0.05"}
    arguments = ("--versus", "polling", "-n", "1", "-c", "1")
    outcome = run("bench", *arguments, environment=environment)

    assert (outcome.status, outcome.stderr) == (0, "")
    assert "polling, 0.05 s" in outcome.stdout.decode()


def test_samples(tmp_path):
    """Lines of a file have their size, and a stamp cuts no character in two."""
    file = tmp_path / "lines"
    file.write_text("x" * 23 + "äöü\nshort\n")
    arguments = ("--versus", "polling", "--poll-interval", "0.05", "-n", "4", "-c", "1")
    outcome = run("bench", *arguments, "--rate", "20", "--size", f"@{file}")

    assert outcome.status == 0, outcome.stderr
    assert "4 messages, 20.0/s of 24-29 bytes text" in outcome.stdout.decode()
