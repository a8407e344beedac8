"""How a plan came about: every constant, every formula with its numbers."""

from __future__ import annotations

import re

from wstool.cli._estimate.numbers import render_number
from wstool.cli._estimate.tables import Table
from wstool.services.estimate import CONSTANTS, Figure, Plan
from wstool.services.estimate.attribution import Calibrated


__all__ = ["explain"]

_NAME = re.compile(r"[a-z_]\w*")


def explain(
    plan: Plan, sources: dict[str, str], calibrated: Calibrated | None = None
) -> list[Table]:
    """
    Make the tables of an explanation.

    Args:
        sources: Where the constants come from that don't have their defaults.
        calibrated: What was calibrated, if anything was.
    """
    groups = (
        ("A message from a client", plan.up),
        ("A message to a client", plan.down),
        ("The load", plan.common),
        ("WebSocket", plan.websocket),
        ("Polling", plan.polling),
    )
    return [
        *([] if calibrated is None else [_explain_calibration(calibrated)]),
        _explain_constants(plan, sources),
        *(_explain_figures(title, figures) for title, figures in groups),
    ]


def _explain_calibration(calibrated: Calibrated) -> Table:
    rows: list[tuple[str, ...]] = [
        ("took", f"{calibrated.seconds:.1f} s"),
        ("TLS", "yes" if calibrated.tls else "no"),
        ("deflate", "each message by itself" if calibrated.compression else "no"),
        ("server", "`wstool serve` on this machine, in a process of its own"),
        ("load", "of `wstool bench`, its messages at random moments"),
        ("constants", ", ".join(calibrated.constants)),
    ]
    return Table("The calibration", ("", "as it was done"), rows)


def _explain_constants(plan: Plan, sources: dict[str, str]) -> Table:
    rows: list[tuple[str, ...]] = [
        (
            constant.name,
            " ".join((render_number(plan.constants[constant.name]), constant.unit)),
            sources.get(constant.name, constant.source),
        )
        for constant in CONSTANTS
    ]
    return Table("Constants", ("name", "value", "source"), rows)


def _explain_figures(title: str, figures: tuple[Figure, ...]) -> Table:
    rows: list[tuple[str, ...]] = [
        (
            figure.name,
            " ".join((render_number(figure.value), figure.unit)).strip(),
            _explain_figure(figure),
        )
        for figure in figures
    ]
    return Table(title, ("name", "value", "formula"), rows)


def _explain_figure(figure: Figure) -> str:
    if not figure.formula:
        return figure.title
    if not figure.inputs:
        return f"{figure.title}: mean of {figure.formula}"
    numbers = _NAME.sub(lambda match: _fill(match[0], figure.inputs), figure.formula)
    return f"{figure.title}: {figure.formula} = {numbers}"


def _fill(name: str, inputs: dict[str, float]) -> str:
    return render_number(inputs[name]) if name in inputs else name
