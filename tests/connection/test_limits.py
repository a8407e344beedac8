"""Limits of the operating system."""

from __future__ import annotations

import subprocess
import sys


PROGRAM = """
import resource
from wstool.connection.limits import raise_descriptor_limit
{before}
raise_descriptor_limit()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def run(before):
    """Raise the limit in an interpreter of its own, and give what it is then."""
    command = [sys.executable, "-c", PROGRAM.format(before=before)]
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, timeout=30
    ).stdout


def test_soft_limit_is_raised_to_the_hard_one():
    """The process can open as many descriptors as it may."""
    before = "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))"

    assert run(before) == "(200, 200)\n"


def test_limit_that_is_raised_already():
    """Where the limits are equal there is nothing to do."""
    before = "resource.setrlimit(resource.RLIMIT_NOFILE, (150, 150))"

    assert run(before) == "(150, 150)\n"


def test_system_that_refuses():
    """A system that refuses what it says it allows leaves the soft limit."""
    before = """
def refuse(*rest):
    raise ValueError("not allowed to raise maximum limit")
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
resource.setrlimit = refuse
"""

    assert run(before) == "(100, 200)\n"


def test_system_without_limits():
    """Where Python has no module for limits, nothing happens."""
    before = """
import sys
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
sys.modules["resource"] = None
"""

    assert run(before) == "(100, 200)\n"


def test_capacity():
    """Some descriptors are kept for other things than clients, but not all."""
    before = """
from wstool.connection.limits import find_capacity
for limit in (1000, 50):
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, 1000))
    print(find_capacity())
"""

    assert run(before).splitlines()[:2] == ["936", "1"]
