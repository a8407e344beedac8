"""The faults of a server, dealt out to its connections."""

from __future__ import annotations

from random import Random

from wstool.connection.faults.options import FaultOptions
from wstool.connection.faults.plan import FaultPlan, describe_struck
from wstool.connection.faults.script import Script

from support.frames import TEXT, frame


def take(script, count=50):
    """Give what a script writes for some messages."""
    data = b"".join(frame(TEXT, b"%d" % number) for number in range(count))
    return b"".join(step.data for step in script.feed(data))


def make_scripts(seed):
    """Make the scripts of a server's first three connections."""
    plan = FaultPlan(FaultOptions({"drop": 0}, 0.5, seed), lambda event: None)
    return [take(plan.next_script()) for _ in range(3)]


def test_each_connection_has_its_own():
    """Connections differ from one another; another run with the same seed doesn't."""
    first = make_scripts(1)
    assert len(set(first)) == 3
    assert make_scripts(1) == first
    assert make_scripts(2) != first


def test_describe_struck():
    """What has struck is named and counted; what has not isn't named."""
    script = Script(FaultOptions({"drop": 0, "split-utf8": 0}), Random(1))
    assert describe_struck(script) == ""
    take(script, 1)
    assert describe_struck(script) == "drop"
    take(script, 2)
    assert describe_struck(script) == "drop × 3"
