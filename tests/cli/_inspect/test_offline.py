"""The subcommand ``inspect`` with a file, as it is installed."""

from __future__ import annotations

from support.captures import Talk, pcapng
from support.command import Outcome, run
from support.frames import PING, frame
from support.inspecting import REQUEST_HEAD, RESPONSE_HEAD


def test_capture(tmp_path):
    """The connections of a capture are shown."""
    path = tmp_path / "a.pcapng"
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD).receive(frame(PING))
    path.write_bytes(pcapng(*talk.packets))

    outcome = run(
        "inspect", str(path), "--format", "summary", environment={"TZ": "UTC"}
    )

    shown = (
        "-- connection 1: 10.0.0.1:40000 > 10.0.0.2:80\n"
        "> GET /chat HTTP/1.1\n"
        "< HTTP/1.1 101 Switching Protocols\n"
        "    1 < ping         00:00:04.000 FIN                 0\n"
    )
    assert outcome == Outcome(0, shown.encode(), "")


def test_capture_on_stdin():
    """A capture may be piped in."""
    outcome = run("inspect", "--format", "summary", stdin=pcapng())

    assert outcome == Outcome(0, b"the capture holds no packets\n", "")


def test_raw_file(tmp_path):
    """A file with raw bytes is shown like those of stdin."""
    path = tmp_path / "bytes"
    path.write_bytes(frame(PING))

    outcome = run("inspect", str(path), "--format", "summary")

    assert outcome == Outcome(0, b"    1 < ping         FIN                 0\n", "")


def test_half_a_byte(tmp_path):
    """Hex text that is none is told with the file's name, behind what it spells."""
    path = tmp_path / "hex.txt"
    path.write_text("8900 8")

    outcome = run("inspect", str(path), "--format", "summary")

    message = f"wstool: {path}, byte 5: odd number of hex digits: 8\n"
    shown = b"    1 < ping         FIN                 0\n"
    assert outcome == Outcome(11, shown, message)


def test_directory(tmp_path):
    """What can't be read is told."""
    outcome = run("inspect", str(tmp_path))

    assert outcome == Outcome(
        11, b"", f"wstool: {tmp_path}: can't be read: is a directory\n"
    )


def test_long_capture(tmp_path):
    """A long capture is shown whole."""
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    for _ in range(20_000):
        talk.receive(frame(PING))
    path = tmp_path / "long.pcapng"
    path.write_bytes(pcapng(*talk.packets))

    outcome = run("inspect", str(path), "--format", "summary")

    assert outcome.status == 0
    assert outcome.stdout.count(b"ping") == 20_000
