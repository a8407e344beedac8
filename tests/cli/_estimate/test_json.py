"""The JSON form of a plan."""

from __future__ import annotations

import json

from wstool.cli._estimate.json import VERSION, render_json
from wstool.services.estimate import CONSTANTS, Load, make_plan
from wstool.services.estimate.attribution import Calibrated, Measured
from wstool.services.estimate.message import Packed
from wstool.services.estimate.sample import SETTINGS, Trial


def render(trials=(), explain=False, sources=(), calibrated=None):
    """Render a plan, and parse that."""
    plan = make_plan(Load())
    sources = dict(sources)
    text = render_json(plan, list(trials), ["a"], sources, calibrated, explain=explain)
    return json.loads(text)


def test_document():
    """Load, constants and every figure are there, in version 1."""
    document = render(sources={"mss": "set"})

    assert (document["kind"], document["version"]) == ("wstool estimate", VERSION)
    assert document["load"]["connections"] == 10_000
    assert document["load"]["sampled"] == 0
    assert list(document["constants"]) == [constant.name for constant in CONSTANTS]
    assert document["constants"]["mss"] == {
        "value": 1448,
        "unit": "bytes",
        "source": "set",
    }
    assert document["message_up"]["wire"] == 180
    assert document["common"]["messages_in"] == 1000
    assert document["websocket"]["servers"] == document["polling"]["servers"] == 2
    assert document["unknown"] == ["a"]
    assert "deflate" not in document
    assert "calibration" not in document


def test_explained():
    """With an explanation, a figure has its formula and what went into it."""
    document = render(explain=True)

    assert document["common"]["messages_in"] == {
        "value": 1000,
        "unit": "/s",
        "title": "messages from clients",
        "formula": "connections * rate_up",
        "inputs": {"connections": 10_000, "rate_up": 0.1},
    }


def test_sample():
    """What deflate made of a sample is there for each setting."""
    document = render(trials=[Trial(SETTINGS[4], [Packed(10, 4, True)] * 2, 0.5)])

    assert document["deflate"] == [
        {
            "deflate": "takeover",
            "window_bits": 12,
            "messages": 2,
            "size": 20,
            "payload": 8,
            "cpu_seconds": 0.5,
        }
    ]


def test_calibration():
    """How a calibration was done is there, and which constants come from it."""
    done = Calibrated({"mss": Measured(1.0, "calibrated: x")}, 12.5, True, False)

    assert render(calibrated=done)["calibration"] == {
        "seconds": 12.5,
        "tls": True,
        "deflate": False,
        "constants": ["mss"],
    }
