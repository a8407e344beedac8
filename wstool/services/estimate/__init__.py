"""
Capacity plans: what a load needs, and what can be said of that before it is there.

``constants`` is the one table of what is assumed; ``formulas`` computes rules that are
texts, so that an explanation shows what was computed; ``message`` and ``rules`` hold
them, ``plan`` applies them. ``sample`` runs real messages through the real codec, and
``calibrate`` measures a server. All but the last is pure.
"""

from __future__ import annotations

from wstool.services.estimate.constants import CONSTANTS, Constant, list_defaults
from wstool.services.estimate.formulas import Figure
from wstool.services.estimate.plan import DEFLATE_SETTINGS, Load, Plan, make_plan


__all__ = [
    "CONSTANTS",
    "DEFLATE_SETTINGS",
    "Constant",
    "Figure",
    "Load",
    "Plan",
    "list_defaults",
    "make_plan",
]
