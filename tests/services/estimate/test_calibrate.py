"""Calibrations, with the real server and with commands that are none."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from wstool.cli._estimate.generator import BenchGenerator
from wstool.services.estimate.calibrate import calibrate
from wstool.services.estimate.split import resize
from wstool.wire.opcode import Opcode

from support.calibrating import make_calibration


CALIBRATION = make_calibration(5000, senders=5, compression=True, settle=0.1)


def measure(run, calibration=CALIBRATION):
    """Calibrate; give what was measured, and what was said of it."""
    told = []
    done = run(calibrate(calibration, BenchGenerator(), told.append))
    return done.constants, told


@pytest.fixture(name="run_plain")
def run_on_asyncio():
    """Run a scenario on the loop that client commands run on."""

    def run(scenario):
        with asyncio.Runner() as runner:
            return runner.run(scenario)

    return run


def test_all(run_plain):
    """CPU and memory are measured, and where each figure comes from is said."""
    measured, told = measure(run_plain)

    assert set(measured) == {
        "cpu_per_message",
        "cpu_per_mb",
        "cpu_per_deflated_mb",
        "cpu_per_inflated_mb",
        "cpu_per_delivery",
        "memory_per_connection",
        "memory_base",
    }
    # Half an echo of a message that is inflated and compressed again.
    assert 5 < measured["cpu_per_message"].value < 5000
    assert 0 < measured["cpu_per_delivery"].value < 5000
    assert 500 < measured["memory_per_connection"].value < 100_000
    assert 10e6 < measured["memory_base"].value < 500e6
    assert measured["cpu_per_mb"].value == 0
    assert all(each.source.startswith("calibrated: ") for each in measured.values())
    assert told == [
        "measuring the CPU of echoes, 500 a second",
        "measuring the CPU of a fan-out to 3",
        "measuring the memory of 100 connections",
    ]


def test_bytes(run_plain):
    """Large messages are told from small ones: each byte takes its time."""
    messages = [(Opcode.BINARY, b"x" * 1_000_000)]
    calibration = CALIBRATION._replace(
        messages=messages,
        remake=partial(resize, messages),
        compression=False,
        fan_out=0,
        connections=64,
    )
    measured, _ = measure(run_plain, calibration)

    assert measured["cpu_per_mb"].value > measured["cpu_per_message"].value
    assert measured["cpu_per_mb"].source == (
        "calibrated: echoes of 1,000,000 B and of 64 B"
    )


def test_facts(run_plain):
    """How long it took and what it was done with is told with it."""
    moments = iter((100.0, 107.5))
    load = calibrate(
        CALIBRATION._replace(fan_out=0),
        BenchGenerator(),
        lambda text: None,
        clock=lambda: next(moments),
    )

    assert run_plain(load)[1:] == (7.5, False, True)


def test_tls(run_plain, tmp_path, monkeypatch):
    """With TLS its costs are among those measured; no certificate is left behind."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    plain, _ = measure(run_plain, CALIBRATION._replace(fan_out=0))
    secured, _ = measure(run_plain, CALIBRATION._replace(fan_out=0, tls=True))

    assert set(secured) - set(plain) == {
        "cpu_per_tls_record",
        "cpu_per_tls_mb",
        "tls_memory",
    }
    assert secured["tls_memory"].value == secured["cpu_per_tls_mb"].value == 0
    # OpenSSL keeps buffers and the session for each connection.
    memory = [each["memory_per_connection"].value for each in (plain, secured)]
    assert memory[1] > memory[0] + 5_000
    assert list(tmp_path.iterdir()) == []


def test_no_fan_out(run_plain):
    """Without a fan-out there's none to measure."""
    measured, told = measure(run_plain, CALIBRATION._replace(fan_out=0))

    assert "cpu_per_delivery" not in measured
    assert len(told) == 2
