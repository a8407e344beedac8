"""Profiles, and the bar they are held to."""

from __future__ import annotations

import json

from support.command import run, serving


def test_profile(tmp_path):
    """A system that delivers in time is good enough for its profile."""
    report = tmp_path / "r.json"
    # As many messages as a second has; the bar is 100 ms.
    arguments = ("--profile", "chat", "-c", "2", "-d", "1", "--report", str(report))
    outcome = run("bench", *arguments)

    document = json.loads(report.read_text())
    assert document["load"]["profile"] == "chat"
    assert document["messages"]["received"] == 2 * document["messages"]["sent"]
    assert "p99" in document["verdict"]["text"]
    assert outcome.status == (0 if document["verdict"]["passed"] else 1)


def test_not_delivered():
    """A server that delivers nothing isn't, however fast it is."""
    with serving("-q") as (url, _):
        arguments = ("--profile", "collab", "-d", "0.5", "--drain", "0.1")
        outcome = run("bench", url, *arguments)

    assert outcome.status == 1
    assert outcome.stderr == (
        "wstool: expected what collab needs, got nothing was delivered\n"
    )
    assert "undelivered: not within 0.1 s of the end" in outcome.stdout.decode()
