"""Reports as files."""

from __future__ import annotations

import json

import pytest

from wstool.cli._bench.reports import check_report_name, read_report, write_report
from wstool.errors import InputInvalid, OutputFailed, UsageError

from support.reports import make_report


def test_round_trip(tmp_path):
    """What is written can be read."""
    document = make_report(1, 2)
    write_report(str(tmp_path / "a.json"), document)

    assert read_report(str(tmp_path / "a.json")) == json.loads(json.dumps(document))


@pytest.mark.parametrize("name", ["a.html", "a.md", "A.HTML"])
def test_forms(tmp_path, name):
    """The name says the form."""
    write_report(str(tmp_path / name), make_report(1))

    assert "wstool bench" in (tmp_path / name).read_text()


@pytest.mark.parametrize("name", ["report", "report.txt", ".json"])
def test_bad_name(name):
    """A name without a form is refused."""
    with pytest.raises(UsageError, match=r"one of \.json, \.html, \.md"):
        check_report_name(name)


def test_not_writable():
    """What can't be written is told."""
    with pytest.raises(OutputFailed, match="no such file"):
        write_report("/nonexistent/a.json", make_report(1))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"{", "isn't JSON"),
        (b"\xff", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b"{}", "isn't a report of wstool bench"),
    ],
)
def test_not_a_report(tmp_path, data, problem):
    """What isn't a report is told."""
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(InputInvalid, match=problem):
        read_report(str(path))


def test_missing():
    """What isn't there is told."""
    with pytest.raises(InputInvalid, match="no such file"):
        read_report("/nonexistent/a.json")
