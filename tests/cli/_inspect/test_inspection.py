"""What ``inspect`` does with its findings, as it is installed."""

from __future__ import annotations

import json

import pytest

from wstool.wire.dissector import MAX_KEPT

from support.captures import Talk, pcap
from support.command import Outcome, run
from support.frames import BINARY, PING, PONG, TEXT, frame
from support.inspecting import COMPRESSED, REQUEST_HEAD, RESPONSE_HEAD


SUMMARY = ("--format", "summary")


def test_filter():
    """A filter chooses the frames that are shown."""
    data = frame(PING) + frame(TEXT, b"hello")

    outcome = run("inspect", *SUMMARY, "--filter", "text contains ell", stdin=data)

    shown = b"    2 < text         FIN                 5  hello\n"
    assert outcome == Outcome(0, shown, "")


def test_filter_that_reads_far():
    """A filter finds what a line of the summary has no room for."""
    data = frame(TEXT, b"x" * 100_000 + b"needle") + frame(TEXT, b"hello")

    outcome = run("inspect", *SUMMARY, "--filter", "text contains needle", stdin=data)

    assert [line.split()[0] for line in outcome.stdout.splitlines()] == [b"1"]


def test_bad_filter():
    """A filter that is none is a usage error, with its place."""
    outcome = run("inspect", "--hex", "8900", "--filter", "size > 1")

    assert outcome.status == 2
    assert (
        "'--filter': character 1: there is no field 'size'; there are" in outcome.stderr
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("opcode = close", "\n\n  opcode = close\n         ^\n"),
        ("text == 'ö' = 1", "character 13: unexpected '=', try ==.\n"),
        ("number < 1 " + "and number < 1 " * 9 + "=", "unexpected '=', try ==.\n"),
    ],
)
def test_place_in_a_filter(text, problem):
    """Where a filter is wrong is pointed at, if it fits a line."""
    outcome = run("inspect", "--hex", "8900", "--filter", text)

    assert outcome.status == 2
    assert outcome.stderr.endswith(problem)


def test_wire():
    """The bytes can be written back."""
    data = frame(PING) + frame(TEXT, b"hello")

    assert run("inspect", "--format", "wire", stdin=data) == Outcome(0, data, "")


def test_wire_of_a_frame_that_is_not_kept():
    """A frame that is too long to be kept isn't written in part, and that is told."""
    huge = frame(BINARY, bytes(MAX_KEPT + 1))
    data = frame(PING) + huge + frame(TEXT, b"hello")
    wire = ("inspect", "--format", "wire")

    outcome = run(*wire, stdin=data)
    kept = run(*wire, "--max-payload", str(MAX_KEPT + 1), stdin=data)

    assert outcome == Outcome(
        12,
        frame(PING) + frame(TEXT, b"hello"),
        "wstool: can't write to stdout: frame #2 is left out, only 16777216 of its"
        " 16777217 bytes being kept (try --max-payload 16777217)\n",
    )
    assert kept == Outcome(0, data, "")


def test_capture_of_a_frame_that_is_not_kept(tmp_path):
    """What is not kept is missing from a capture, which tells it; so do readers."""
    path = tmp_path / "a.pcapng"
    data = frame(BINARY, bytes(MAX_KEPT + 1000)) + frame(TEXT, b"hello")

    outcome = run("inspect", *SUMMARY, "--write", path, stdin=data)
    shown = run("inspect", *SUMMARY, path).stdout.decode().splitlines()

    assert outcome.status == 0
    assert outcome.stderr == (
        f"wstool: {path} lacks 1000 bytes of payloads that are too long to be kept"
        " (--max-payload N keeps N bytes of each)\n"
    )
    assert any("1000 bytes are missing from the capture" in line for line in shown)
    assert shown[-1].endswith("FIN                 5  hello")


def test_what_is_shown_of_payloads():
    """Every format for people and programs has as much as is asked for."""
    data = frame(TEXT, b"hello") + frame(TEXT, COMPRESSED, rsv=0b100)
    options = ("inspect", "--max-payload", "4", "--format")

    summary = run(*options, "summary", stdin=data).stdout.decode().splitlines()
    dump = run(*options, "hexdump", stdin=data).stdout.decode().splitlines()
    lines = run(*options, "jsonl", stdin=data).stdout.splitlines()
    first, second = map(json.loads, lines)

    assert [line[41:] for line in summary] == ["5  hell...", "7  Hell..."]
    assert [line[:32].rstrip() for line in dump] == [
        "#1 < text",
        "     0000  81 05 68 65 6c 6c",
        "     ... 1 byte more",
        "#2 < text",
        "     0007  c1 07 f2 48 cd c9",
        "     ... 3 bytes more",
    ]
    assert (first["payload"], first["unkept"]) == (b"hell".hex(), 1)
    assert (second["payload"], second["unkept"]) == (COMPRESSED[:4].hex(), 3)
    assert (second["inflated"], second["inflated_length"]) == (b"Hell".hex(), 5)
    assert "data" not in first.keys() | second.keys()


def test_what_programs_are_told():
    """A line of JSON has 4 MiB of a payload at most, unless more is asked for."""
    data = frame(BINARY, bytes((4 << 20) + 1))
    jsonl = ("inspect", "--format", "jsonl")

    told = json.loads(run(*jsonl, stdin=data).stdout)
    whole = json.loads(run(*jsonl, "--max-payload", str(5 << 20), stdin=data).stdout)

    assert (len(told["payload"]), told["unkept"]) == (8 << 20, 1)
    assert whole["payload"] == data[10:].hex()


@pytest.mark.parametrize(
    ("format", "lines"),
    [
        ("full", ["     ... 9 bytes more, not kept (--max-payload N keeps N bytes)"]),
        (
            "hexdump",
            ["     ... 9 bytes more, not kept (--max-payload N keeps N bytes)"],
        ),
        ("summary", []),
    ],
)
def test_payload_that_is_not_kept(format, lines):
    """What isn't kept is counted, with the option that keeps it."""
    data = frame(BINARY, bytes((1 << 20) + 9))

    shown = run("inspect", "--format", format, stdin=data).stdout.decode()

    assert [line for line in shown.splitlines() if "not kept" in line] == lines
    assert "1048585" in shown or format == "hexdump"


def test_raw_and_max_payload():
    """Payloads can be dumped as sent, and as far as one likes."""
    masked = frame(TEXT, b"Hello", masking_key=bytes.fromhex("37fa213d"))

    outcome = run("inspect", "--raw", "--max-payload", "2", stdin=masked)

    assert outcome.stdout.decode().splitlines()[2:] == [
        "     0000  7f 9f                                             ..",
        "     ... 3 bytes more",
        "     text  He",
        "     ... 3 bytes more",
    ]


def test_direction_and_connection(tmp_path):
    """One side, or one connection, can be shown alone."""
    path = tmp_path / "a.pcap"
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD).receive(frame(PING))
    path.write_bytes(pcap(*talk.packets))

    sent = run("inspect", str(path), *SUMMARY, "--direction", "sent")
    other = run("inspect", str(path), *SUMMARY, "--connection", "2")

    assert sent.stdout == (
        b"-- connection 1: 10.0.0.1:40000 > 10.0.0.2:80\n> GET /chat HTTP/1.1\n"
    )
    assert other.stdout == b""


def test_stats():
    """Numbers come at the end."""
    outcome = run("inspect", *SUMMARY, "--stats", stdin=frame(PING))

    lines = outcome.stdout.decode().splitlines()
    assert lines[2].split() == [">", "client", "<", "server"]
    assert lines[3].split() == ["frames", "0", "1"]


def test_write(tmp_path):
    """What is seen can be written as a capture, and read again."""
    path = tmp_path / "out.pcapng"
    run("inspect", *SUMMARY, "--write", str(path), stdin=frame(TEXT, b"hello"))

    outcome = run("inspect", str(path), "--format", "wire")

    assert outcome == Outcome(0, frame(TEXT, b"hello"), "")


def test_write_nowhere(tmp_path):
    """A capture that can't be written is an error."""
    outcome = run("inspect", "--hex", "8900", "--write", str(tmp_path / "a" / "b"))

    assert (outcome.status, outcome.stdout) == (12, b"")
    assert outcome.stderr.endswith("no such file or directory\n")


def test_violations_are_summed_up():
    """Where violations may be out of sight, they are summed up at the end."""
    data = frame(PING) * 20 + frame(PING, rsv=1) * 3

    outcome = run("inspect", *SUMMARY, stdin=data)

    assert outcome.stdout.decode().splitlines()[-4:] == [
        "3 violations in 23 frames:",
        "  ! at #21, 3 times: RSV3 set, which no negotiated extension allows",
        "      (RFC 6455, 5.2)",
        "",
    ]


def test_what_is_in_sight_is_not_summed_up(tmp_path):
    """What is only at the end is in sight there."""
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    talk.receive(frame(TEXT, b"a") * 30).end()
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(*talk.packets))

    lines = run("inspect", *SUMMARY, str(path)).stdout.decode().splitlines()

    assert "no violation" not in lines
    assert (
        lines[-1] == "> the client ended the connection, without a close frame (1006)"
    )


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        ((), 0, ""),
        (
            ("--check",),
            7,
            "wstool: 1 remark, the first at #1: pong answers no ping"
            " (RFC 6455, 5.5.3)\n",
        ),
        (("--check", "--lenient"), 0, ""),
    ],
)
def test_lenient(options, status, told, tmp_path):
    """With --check what is worth a remark is an error, unless that is to pass."""
    path = tmp_path / "a.pcap"
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD).receive(frame(PONG))
    path.write_bytes(pcap(*talk.packets))

    outcome = run("inspect", *SUMMARY, str(path), *options)

    assert (outcome.status, outcome.stderr) == (status, told)
    assert b"      ? RFC 6455, 5.5.3: pong answers no ping\n" in outcome.stdout


def test_lenient_spares_no_violation():
    """What a rule forbids is an error, also where remarks pass."""
    outcome = run("inspect", "--check", "--lenient", "--hex", "8801 03")

    assert (outcome.status, "1 violation, the first at #1" in outcome.stderr) == (
        7,
        True,
    )


def test_lenient_needs_check():
    """An option that would do nothing is refused."""
    outcome = run("inspect", "--lenient", "--hex", "8900")

    assert (outcome.status, "--lenient needs --check." in outcome.stderr) == (2, True)
