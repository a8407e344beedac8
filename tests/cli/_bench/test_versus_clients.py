"""The clients of a comparison, and who publishes."""

from __future__ import annotations

import json

from support.command import run


def test_refused(tmp_path):
    """A header that can't be sent is refused before the first message."""
    file = tmp_path / "headers"
    file.write_text("no header\n")
    outcome = run("bench", "--versus", "polling", "-n", "1", "-H", f"@{file}")

    assert (outcome.status, outcome.stdout) == (11, b"")
    assert "headers" in outcome.stderr


def test_header_command(tmp_path):
    """A command's headers go with the requests, too."""
    outcome = run(
        *("bench", "--versus", "polling", "-n", "1", "-c", "1", "-v"),
        *("--poll-interval", "0.05", "--header-command", "echo X-From: command"),
    )

    assert outcome.status == 0
    assert outcome.stderr.count("> X-From: command") == 2


def test_sent_late(tmp_path):
    """How late messages left is in the report, as for other loads."""
    report = tmp_path / "r.json"
    arguments = ("--poll-interval", "0.05", "-n", "5", "--rate", "50", "-c", "1")
    run("bench", "--versus", "polling", *arguments, "--report", str(report))

    columns = json.loads(report.read_text())["carriers"]
    assert [column["lag"]["count"] for column in columns] == [5, 5]
    assert [column["handshake"]["count"] for column in columns] == [1, 1]
