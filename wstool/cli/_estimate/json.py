"""A plan as JSON, in version 1 of its form."""

from __future__ import annotations

import json
from collections.abc import Iterable

from wstool.services.estimate import CONSTANTS, Figure, Plan
from wstool.services.estimate.attribution import Calibrated
from wstool.services.estimate.sample import Trial


__all__ = ["VERSION", "render_json"]

VERSION = 1
"""Rises when a key goes or changes its meaning."""


def render_json(
    plan: Plan,
    trials: list[Trial],
    notes: Iterable[str],
    sources: dict[str, str],
    calibrated: Calibrated | None = None,
    *,
    explain: bool,
) -> str:
    """
    Render a plan.

    Args:
        sources: Where the constants come from that don't have their defaults.
        calibrated: What was calibrated, if anything was.
        explain: Whether each figure comes with its formula and its numbers.
    """
    document: dict[str, object] = {
        "kind": "wstool estimate",
        "version": VERSION,
        "load": {**plan.load._asdict(), "sampled": plan.sampled},
        "constants": {
            constant.name: {
                "value": plan.constants[constant.name],
                "unit": constant.unit,
                "source": sources.get(constant.name, constant.source),
            }
            for constant in CONSTANTS
        },
        "message_up": _render_figures(plan.up, explain),
        "message_down": _render_figures(plan.down, explain),
        "common": _render_figures(plan.common, explain),
        "websocket": _render_figures(plan.websocket, explain),
        "polling": _render_figures(plan.polling, explain),
        "unknown": list(notes),
    }
    if calibrated is not None:
        document["calibration"] = {
            "seconds": calibrated.seconds,
            "tls": calibrated.tls,
            "deflate": calibrated.compression,
            "constants": list(calibrated.constants),
        }
    if trials:
        document["deflate"] = [_render_trial(trial) for trial in trials]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _render_figures(figures: tuple[Figure, ...], explain: bool) -> dict[str, object]:
    if not explain:
        return {figure.name: figure.value for figure in figures}
    return {
        figure.name: {
            "value": figure.value,
            "unit": figure.unit,
            "title": figure.title,
            "formula": figure.formula,
            "inputs": figure.inputs,
        }
        for figure in figures
    }


def _render_trial(trial: Trial) -> dict[str, object]:
    return {
        "deflate": trial.setting.deflate,
        "window_bits": trial.setting.window_bits,
        "messages": len(trial.packed),
        "size": sum(packed.size for packed in trial.packed),
        "payload": sum(packed.payload for packed in trial.packed),
        "cpu_seconds": trial.seconds,
    }
