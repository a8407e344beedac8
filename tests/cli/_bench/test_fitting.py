"""Options that do nothing for a kind of load."""

from __future__ import annotations

import pytest

from support.command import run


URL = "ws://127.0.0.1:1/"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("--kind send --depth 5", "--depth isn't for --kind send"),
        ("--rate 9 --depth 5", "--depth isn't for messages at a rate"),
        ("--profile chat --depth 5", "--depth isn't for messages at a rate"),
        ("--publishers 2", "--publishers isn't for --kind echo"),
        ("--kind fanout --any-reply", "--any-reply isn't for --kind fanout"),
        ("--kind connect --size 9", "--size isn't for --kind connect"),
        ("--kind idle --binary", "--binary isn't for --kind idle"),
        ("--kind send --profile game", "--profile isn't for --kind send"),
        ("--kind connect --greeting x", "--greeting isn't for --kind connect"),
        ("--kind idle --rate 5", "--rate isn't for --kind idle"),
        ("--kind receive --rate 5", "--rate isn't for --kind receive"),
        ("--kind idle -n 5", "-n/--count isn't for --kind idle"),
        (
            "--kind receive --fragment-size 5",
            "--fragment-size isn't for --kind receive",
        ),
        (
            "--profile chat --size 9",
            "--size isn't for --profile, which has messages of its own",
        ),
    ],
)
def test_refused(arguments, problem):
    """On the command line they are refused before anything is connected."""
    outcome = run("bench", URL, *arguments.split())

    assert outcome == (2, b"", f"wstool: {problem}\n")


def test_elsewhere():
    """In variables they are for other runs."""
    environment = {"WSTOOL_BENCH_RATE": "5", "WSTOOL_BENCH_COUNT": "9"}
    outcome = run("bench", URL, "--kind", "idle", environment=environment)

    assert outcome.status == 3
