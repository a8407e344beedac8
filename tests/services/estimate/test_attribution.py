"""Constants of the CPU: a plan of what was measured comes to what was measured."""

from __future__ import annotations

import pytest

from wstool.services.estimate import Load, list_defaults, make_plan
from wstool.services.estimate.attribution import EchoCost, FanOutCost, attribute_cpu
from wstool.services.estimate.split import Point


SIZE = 2000
ECHO = EchoCost(Point(SIZE, 40.0), Point(32_768, 347.68), 5000.0, deflated=False)
"""An echo takes 20 µs, and 0.01 µs for each byte."""
DEFLATED = ECHO._replace(deflated=True)


def fan_out(copy, *, once):
    """Make up 1,000 messages to 10 clients each."""
    return FanOutCost(1000 * once + 10_000 * copy, 1000.0, 10_000, 10)


def plan_cores(measured, **load):
    """Plan with what was measured; give the cores of messages, nothing else."""
    constants = list_defaults() | {"ping_interval": 0, "cpu_per_opening": 0}
    constants |= {name: each.value for name, each in measured.items()}
    base = Load(1000, rate_up=1.0, size=SIZE, peak=1.0)
    plan = make_plan(base._replace(**load), constants)
    return {figure.name: figure.value for figure in plan.websocket}["cores"]


def test_plain():
    """What is for each byte is a constant of its own, that of a megabyte."""
    measured = attribute_cpu(ECHO, None, tls=False)

    assert {name: round(each.value, 6) for name, each in measured.items()} == {
        "cpu_per_message": 10,
        "cpu_per_mb": 5000,
    }
    assert [each.source for each in measured.values()] == [
        "calibrated: half an echo, at 5,000 a second, without its bytes",
        "calibrated: echoes of 2,000 B and of 32,768 B",
    ]


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("deflate", ["none", "message"])
@pytest.mark.parametrize("size", [SIZE, 32_768])
def test_echoes(tls, deflate, size):
    """A plan of echoes comes to what they took, in either size."""
    echo = ECHO._replace(deflated=deflate == "message")
    measured = attribute_cpu(echo, None, tls=tls)
    cores = plan_cores(
        measured, fan_out=0.0, rate_down=1.0, tls=tls, deflate=deflate, size=size
    )

    expected = {SIZE: 40, 32_768: 347.68}[size]
    assert cores == pytest.approx(1000 * expected / 1e6)


@pytest.mark.parametrize("copy", [0.5, 7.0, 500.0])
@pytest.mark.parametrize("tls", [False, True])
def test_copies(copy, tls):
    """A plan of a fan-out comes to what that took, however little a copy took."""
    measured = attribute_cpu(ECHO, fan_out(copy, once=20), tls=tls)
    cores = plan_cores(measured, fan_out=10.0, tls=tls)
    echoes = plan_cores(measured, fan_out=0.0, rate_down=1.0, tls=tls)

    assert cores == pytest.approx(1000 * (20 + 10 * copy) / 1e6)
    assert echoes == pytest.approx(1000 * 40 / 1e6)
    assert min(each.value for each in measured.values()) >= 0
    assert measured["cpu_per_delivery"].source == (
        "calibrated: 1,000 messages to 10 connections each"
    )


def test_deflated_copies():
    """What fans out is compressed once; a copy takes none of that."""
    measured = attribute_cpu(DEFLATED, fan_out(3.0, once=30), tls=True)

    assert measured["cpu_per_delivery"].value == pytest.approx(3)
    cores = plan_cores(measured, fan_out=10.0, deflate="message")
    assert cores == pytest.approx(1000 * (30 + 10 * 3) / 1e6)


def test_deflate_shared():
    """Compressing and inflating share what a byte takes as they do by default."""
    measured = attribute_cpu(DEFLATED, None, tls=False)
    defaults = list_defaults()

    deflate, inflate = (
        measured[f"cpu_per_{name}_mb"].value for name in ("deflated", "inflated")
    )
    assert deflate + inflate == pytest.approx(10_000)
    assert deflate / inflate == pytest.approx(
        defaults["cpu_per_deflated_mb"] / defaults["cpu_per_inflated_mb"]
    )


def test_one_size():
    """Without other messages, a message takes it all, and says so."""
    measured = attribute_cpu(ECHO._replace(far=None), None, tls=True)

    assert measured["cpu_per_message"] == (
        20,
        "calibrated: half an echo, at 5,000 a second",
    )
    assert measured["cpu_per_mb"] == (
        0,
        "calibrated: part of what a message takes",
    )
    assert measured["cpu_per_tls_mb"].value == 0


def test_less_than_nothing():
    """Copies that took less than noise take nothing."""
    measured = attribute_cpu(ECHO, FanOutCost(10.0, 1000.0, 10_000, 10), tls=False)

    assert measured["cpu_per_delivery"].value == 0
    assert measured["cpu_per_mb"].value == 0
