"""The rules: each has what it needs, and says what it is."""

from __future__ import annotations

import pytest

from wstool.services.estimate.constants import CONSTANTS
from wstool.services.estimate.message import MESSAGE_RULES
from wstool.services.estimate.plan import Load, make_plan
from wstool.services.estimate.rules import (
    LOAD_RULES,
    POLLING_RULES,
    SERVER_RULES,
    WEBSOCKET_RULES,
)


GROUPS = (MESSAGE_RULES, LOAD_RULES, WEBSOCKET_RULES, POLLING_RULES, SERVER_RULES)
RULES = [rule for group in GROUPS for rule in group]


def test_told():
    """Each rule has a title and a formula."""
    assert [rule.name for rule in RULES if not (rule.title and rule.formula)] == []


@pytest.mark.parametrize(
    "group", GROUPS, ids=["message", "load", "ws", "poll", "server"]
)
def test_names(group):
    """No two rules of a group share a name."""
    names = [rule.name for rule in group]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: constant.name)
def test_constants_count(constant):
    """Each constant changes the plan: none is there for show."""
    load = Load(
        connections=200_000, size=1500, deflate="takeover", rate_down=0.1, fan_out=20
    )
    before = {item.name: item.value for item in CONSTANTS}
    value = before[constant.name]
    # Far off, since some figures are rounded, and some bounds are out of reach.
    changed = [constant.least, value / 2, min(value * 2 + 1, constant.most)]

    plans = [make_plan(load, {**before, constant.name: each}) for each in changed]

    assert any(
        [figure.value for figure in figures(plan)]
        != [figure.value for figure in figures(make_plan(load, before))]
        for plan in plans
    )


def figures(plan):
    """Give all figures of a plan."""
    return (*plan.up, *plan.down, *plan.common, *plan.websocket, *plan.polling)
