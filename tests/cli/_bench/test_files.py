"""Comparing and merging reports."""

from __future__ import annotations

import pytest

from wstool.cli._bench.reports import write_report
from wstool.services.bench.options import Kind
from wstool.services.bench.report import add_runs

from support.command import run
from support.reports import make_report


@pytest.fixture(name="files")
def write_files(tmp_path):
    """Write some reports."""
    reports = {
        "slow": add_runs([make_report(*[5] * count) for count in (100, 101, 102)]),
        "fast": add_runs([make_report(*[1] * count) for count in (200, 201, 202)]),
        "send": make_report(kind=Kind.SEND),
    }
    for name, document in reports.items():
        write_report(str(tmp_path / f"{name}.json"), document)
    return {name: str(tmp_path / f"{name}.json") for name in reports}


def test_compare(files):
    """The difference is shown line by line, with a word on noise."""
    outcome = run("bench", "--compare", files["slow"], files["fast"])

    assert (outcome.status, outcome.stderr) == (0, "")
    lines = outcome.stdout.decode().splitlines()
    assert lines[4].split() == ["rate", "50.5", "100.5", "+99.0", "%", "better"]
    assert lines[7].endswith("better")
    assert lines[-1].startswith("3 and 3 runs, whose rates vary by 1.0 % and 0.5 %;")


def test_compare_different(files):
    """Reports of different kinds have nothing to compare."""
    outcome = run("bench", "--compare", files["slow"], files["send"])

    assert outcome.status == 2
    assert outcome.stderr == "wstool: reports of echo and send can't be compared\n"


def test_merge(files, tmp_path):
    """All names behind --merge are added; the sum can be reported and judged."""
    arguments = ("--merge", files["slow"], files["fast"], files["fast"])
    report = str(tmp_path / "sum.json")
    outcome = run("bench", *arguments, "--report", report, "--fail-if", "sent > 1000")

    assert outcome.status == 1
    assert outcome.stderr == "wstool: expected not (sent > 1000), got sent 1509\n"
    assert "merged       3 reports" in outcome.stdout.decode()
    assert run("bench", "--compare", report, report).status == 0


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        (["--merge", "/nonexistent"], 2, "--merge takes two reports or more"),
        (["--merge", "/a.json", "/b.json"], 11, "/a.json: can't be read"),
        (["ws://h/", "--merge", "a", "b"], 2, "exclude each other"),
        (["--merge", "a", "b", "--compare", "a", "b"], 2, "exclude each other"),
    ],
)
def test_wrong(arguments, status, problem):
    """What doesn't fit is named."""
    outcome = run("bench", *arguments)

    assert outcome.status == status
    assert problem in outcome.stderr
