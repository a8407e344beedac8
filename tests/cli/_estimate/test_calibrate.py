"""The calibration of an estimate, as it is run."""

from __future__ import annotations

import json
import os
import re
import signal

import pytest

from wstool.cli._estimate.calibrate import _make_messages
from wstool.wire.deflate import Deflater
from wstool.wire.opcode import Opcode

from support.command import run, start


LIMIT = 150
"""Seconds for a calibration, which opens thousands of connections."""

pytestmark = pytest.mark.timeout(LIMIT + 30)

FAST = ("--calibrate", "--calibrate-time", "0.2", "--format", "json")


def test_calibrated():
    """What is measured here takes the place of the defaults, and is told as such."""
    load = ("-c", "50", "--rate-up", "20", "--deflate", "message", "--size", "2K")
    outcome = run("estimate", *FAST, *load, limit=LIMIT)

    assert outcome.status == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    constants = document["constants"]
    calibrated = {
        name
        for name, constant in constants.items()
        if constant["source"].startswith("calibrated: ")
    }
    assert calibrated == {
        "cpu_per_message",
        "cpu_per_mb",
        "cpu_per_deflated_mb",
        "cpu_per_inflated_mb",
        "cpu_per_tls_mb",
        "cpu_per_tls_record",
        "cpu_per_delivery",
        "memory_per_connection",
        "tls_memory",
        "memory_base",
    }
    assert constants["cpu_per_message"]["value"] > 0
    assert constants["cpu_per_deflated_mb"]["value"] > 0
    calibration = document["calibration"]
    assert set(calibration["constants"]) == calibrated
    assert calibration["seconds"] > 0
    assert (calibration["tls"], calibration["deflate"]) == (True, True)
    assert outcome.stderr == (
        "wstool: measuring the CPU of echoes, 1,500 a second\n"
        "wstool: measuring the CPU of a fan-out to 1\n"
        "wstool: measuring the memory of 2000 connections\n"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped(number):
    """A signal ends it at once, without a plan."""
    with start("estimate", *FAST, "--calibrate-time", "600") as running:
        running.wait_for_stderr(b"echoes")
        running.send_signal(number)
        outcome = running.wait()

    assert outcome.status == 128 + number
    assert outcome.stdout == b""
    assert outcome.stderr.endswith(f"wstool: stopped by {number.name}\n")


@pytest.mark.parametrize("ratio", [0.1, 0.36, 1.01])
def test_made_up(ratio):
    """A message that is made up compresses as it's assumed to."""
    ((opcode, payload),) = _make_messages(10_000, ratio=ratio)

    packed = Deflater(window_bits=15, context_takeover=False).compress(payload)
    assert opcode is Opcode.BINARY
    assert len(payload) == 10_000
    assert len(packed) / 10_000 == pytest.approx(ratio, abs=0.02)


def test_too_large():
    """Messages that memory has no room for are refused."""
    outcome = run("estimate", *FAST, "--size", "1G")

    assert (outcome.status, outcome.stdout) == (2, b"")
    assert "--calibrate takes no --size over 16 MiB." in outcome.stderr


def test_large():
    """A few large messages are measured as well."""
    load = ("--size", "4M", "--fan-out", "0", "--calibrate-time", "1")
    outcome = run("estimate", *FAST, *load, "--memory-base", "1G", limit=LIMIT)

    assert outcome.status == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert document["constants"]["cpu_per_mb"]["value"] > 50
    # What was set is what the user knows better.
    assert document["constants"]["memory_base"]["value"] == 1 << 30
    assert "memory_base" not in document["calibration"]["constants"]


def test_mixed_sample(tmp_path):
    """A sample of several kinds is measured, however different its messages are."""
    path = tmp_path / "sample"
    path.write_text(
        '{"type": "text", "data": "a"}\n'
        '{"type": "binary", "base64": "/w=="}\n'
        '{"type": "text", "data": ""}\n'
    )
    sample = ("--sample", str(path), "--input", "jsonl", "--no-tls")
    outcome = run("estimate", *FAST, *sample, limit=LIMIT)

    assert outcome.status == 0, outcome.stderr
    assert json.loads(outcome.stdout)["constants"]["cpu_per_message"]["value"] > 0


def test_server_killed():
    """A server that dies ends it, with what the load saw of that, and no traceback."""
    with start("estimate", *FAST, "--calibrate-time", "600") as running:
        running.wait_for_stderr(b"echoes")
        for child in find_children(running.process.pid):
            os.kill(child, signal.SIGKILL)
        outcome = running.wait()

    assert (outcome.status, outcome.stdout) in [(1, b""), (3, b"")]
    assert "Traceback" not in outcome.stderr
    assert re.search(r"\nwstool: (expected|can't start)", outcome.stderr)


def find_children(pid):
    """Find the processes that another one has started, as soon as there are any."""
    while True:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            if children := file.read().split():
                return [int(child) for child in children]
