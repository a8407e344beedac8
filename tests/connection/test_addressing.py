"""Rules for where a host and port are."""

from __future__ import annotations

import pytest

from wstool.connection.addressing import find_addresses, redirect
from wstool.connection.options import ConnectRule, ResolveRule


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        pytest.param([], ("a.example", 80), id="none"),
        pytest.param(
            [ConnectRule("A.example", 80, "b", 81)], ("b", 81), id="in-any-case"
        ),
        pytest.param(
            [ConnectRule("a.example", 81, "b", 81)], ("a.example", 80), id="other-port"
        ),
        pytest.param(
            [ConnectRule("b", 80, "c", 81)], ("a.example", 80), id="other-host"
        ),
        pytest.param([ConnectRule("", None, "b", 81)], ("b", 81), id="any"),
        pytest.param([ConnectRule("", None, "b", None)], ("b", 80), id="same-port"),
        pytest.param(
            [ConnectRule("", None, "", 81)], ("a.example", 81), id="same-host"
        ),
        pytest.param(
            [
                ConnectRule("b", None, "c", 1),
                ConnectRule("a.example", 80, "d", 2),
                ConnectRule("", None, "e", 3),
            ],
            ("d", 2),
            id="first-that-fits",
        ),
    ],
)
def test_redirect(rules, place):
    """The first rule that fits says where to connect to."""
    assert redirect("a.example", 80, tuple(rules)) == place


@pytest.mark.parametrize(
    ("rules", "addresses"),
    [
        pytest.param([], (), id="none"),
        pytest.param([("A.Example", 80, ("1",))], ("1",), id="in-any-case"),
        pytest.param([("a.example", 81, ("1",))], (), id="other-port"),
        pytest.param([("b", 80, ("1",))], (), id="other-host"),
        pytest.param([("*", 80, ("1", "2"))], ("1", "2"), id="any-host"),
        pytest.param([("*", 81, ("1",))], (), id="any-host-of-other-port"),
        pytest.param(
            [("a.example", 80, ("1",)), ("*", 80, ("2",))], ("1",), id="any-host-last"
        ),
        pytest.param(
            [("a.example", 80, ("1",)), ("a.example", 80, ("2",))],
            ("2",),
            id="last-counts",
        ),
    ],
)
def test_find_addresses(rules, addresses):
    """A rule with the host's name counts before one for any host."""
    made = tuple(ResolveRule(*rule) for rule in rules)

    assert find_addresses("a.example", 80, made) == addresses
