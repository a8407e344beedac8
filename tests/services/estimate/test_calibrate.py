"""Calibrations, with the real server and with commands that are none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

import pytest

from wstool.errors import ConnectFailed, TimedOut
from wstool.services.estimate.calibrate import Calibration, calibrate
from wstool.services.estimate.drive import drive
from wstool.wire.opcode import Opcode

from support.command import WSTOOL


CALIBRATION = Calibration(
    command=(WSTOOL, "serve"),
    messages=[(Opcode.TEXT, b"x" * 2000)],
    senders=5,
    rate=500,
    fan_out=3,
    connections=100,
    compression=True,
    compress_min=1024,
    tls=False,
    seconds=0.3,
    settle=0.1,
)


class Burner:
    """A load that keeps what it was asked for, and sends a message for the CPU."""

    def __init__(self, count):
        self.asked = []
        self._count = count

    async def __call__(self, traffic, begun):
        """Let the server work a little; claim to have sent so many."""
        self.asked.append(traffic)
        await drive(traffic._replace(seconds=0.05), lambda: None)
        begun()
        await drive(traffic._replace(seconds=0.05), lambda: None)
        return self._count


def measure(run, calibration=CALIBRATION, load=drive):
    """Calibrate; give what was measured, and what was said of it."""
    told = []
    return run(calibrate(calibration, load, told.append)), told


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
    assert measured["cpu_per_mb"] == measured["cpu_per_deflated_mb"]
    assert measured["cpu_per_mb"].value == 0
    assert all(each.source.startswith("calibrated: ") for each in measured.values())
    assert told == [
        "measuring the CPU of echoes, 500 a second",
        "measuring the CPU of a fan-out to 3",
        "measuring the memory of 100 connections",
    ]


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


def test_any_load(run_plain):
    """Another load can take the place of ours; what it sends is what counts."""
    few, many = Burner(10), Burner(1000)
    calibration = CALIBRATION._replace(compression=False)
    less, _ = measure(run_plain, calibration, few)
    more, _ = measure(run_plain, calibration, many)

    # The same CPU for more messages is less for each.
    assert more["cpu_per_message"].value < less["cpu_per_message"].value / 5
    assert [(each.senders, each.listeners) for each in few.asked] == [(5, 0), (1, 3)]
    assert few.asked[0].rate == 500
    assert not few.asked[0].compression
    assert "cpu_per_deflated_mb" not in less


def test_no_fan_out(run_plain):
    """Without a fan-out there's none to measure."""
    measured, told = measure(run_plain, CALIBRATION._replace(fan_out=0))

    assert "cpu_per_delivery" not in measured
    assert len(told) == 2


def test_nothing_sent(run_plain):
    """A load that sent nothing leaves nothing to divide by."""
    with pytest.raises(TimedOut, match="calibrating"):
        measure(run_plain, load=Burner(0))


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("/nonexistent/wstool",), id="missing"),
        pytest.param((sys.executable, "-c", ""), id="silent"),
        pytest.param((sys.executable, "-c", "print('no URL')"), id="no-url"),
    ],
)
def test_no_server(run_plain, command):
    """A server that can't be started is an error with a sentence."""
    with pytest.raises(ConnectFailed, match="can't start the server"):
        measure(run_plain, CALIBRATION._replace(command=command))


def test_stopped(run_plain):
    """Whoever cancels a calibration leaves no server behind."""
    pids = []

    async def wait(traffic, begun):
        pids.append(await asyncio.to_thread(find_children))
        await asyncio.Event().wait()

    async def scenario():
        task = asyncio.ensure_future(calibrate(CALIBRATION, wait, lambda text: None))
        while not pids:
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    before = find_children()
    run_plain(scenario())
    assert len(pids[0] - before) == 1
    assert find_children() == before


def find_children():
    """Find the processes that this one has started, and that are still there."""
    children = set()
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as file:
            children |= set(file.read().split())
    return children
