"""Showing a plan: which tables, in which form."""

from __future__ import annotations

import shutil
import time
from typing import NamedTuple

from wstool.cli._color import wants_color
from wstool.services.estimate import Load, Plan, make_plan
from wstool.services.estimate.attribution import Calibrated
from wstool.services.estimate.sample import (
    SETTINGS,
    Trial,
    find_setting,
    try_settings,
)
from wstool.services.estimate.unknowns import list_unknowns
from wstool.wire.opcode import Opcode


__all__ = ["FORMATS", "ShowOptions", "show"]

FORMATS = ("table", "json", "md")


class ShowOptions(NamedTuple):
    """How to show a plan."""

    format: str
    """One of the formats."""
    explain: bool
    color: str
    """``auto``, ``always`` or ``never``."""


def show(
    load: Load,
    constants: dict[str, float],
    messages: list[tuple[Opcode, bytes]],
    sources: dict[str, str],
    options: ShowOptions,
    calibrated: Calibrated | None = None,
) -> str:
    """
    Compute a plan, and render it.

    Args:
        messages: A sample, which may be empty.
        sources: Where the constants come from that don't have their defaults.
        calibrated: What was calibrated, if anything was.
    """
    if not messages:
        return _render(make_plan(load, constants), [], sources, options, calibrated)
    chosen = find_setting(load.deflate, int(constants["window_bits"]))
    trials = try_settings(
        messages,
        dict.fromkeys((*SETTINGS, chosen)),
        compress_min=int(constants["compress_min"]),
        clock=time.process_time,
    )
    packed = next(trial.packed for trial in trials if trial.setting == chosen)
    mean = sum(each.size for each in packed) / len(packed)
    plan = make_plan(load._replace(size=round(mean)), constants, packed)
    return _render(plan, trials, sources, options, calibrated)


def _render(
    plan: Plan,
    trials: list[Trial],
    sources: dict[str, str],
    options: ShowOptions,
    calibrated: Calibrated | None,
) -> str:
    notes = list_unknowns(plan, sources)
    if options.format == "json":
        from wstool.cli._estimate.json import render_json

        return render_json(
            plan, trials, notes, sources, calibrated, explain=options.explain
        )
    from wstool.cli._estimate.render import draw, render_markdown, render_plain
    from wstool.cli._estimate.tables import (
        describe_load,
        make_sample_table,
        make_tables,
    )

    lead = describe_load(plan)
    tables = make_tables(plan)
    if trials:
        tables.insert(1, make_sample_table(plan, trials))
    if options.explain:
        from wstool.cli._estimate.explain import explain

        tables += explain(plan, sources, calibrated)
    if options.format == "md":
        return render_markdown(lead, tables, notes)
    if wants_color(options.color):
        width = shutil.get_terminal_size().columns
        return draw(lead, tables, notes, width=width)
    return render_plain(lead, tables, notes)
