"""Event loops and what else tests of services share."""

from __future__ import annotations

from support.loops import (
    check_descriptors,
    make_run,
    make_run_with_clock,
    warm_up,
)


__all__ = ["check_descriptors", "make_run", "make_run_with_clock", "warm_up"]
