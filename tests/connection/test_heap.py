"""The heap of the C library, made fit for large messages."""

from __future__ import annotations

import subprocess
import sys


PROGRAM = """
import resource
from wstool.connection.heap import keep_freed_memory
def count_faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        b"x" * (1 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
first = count_faults()
keep_freed_memory()
count_faults()
print(first, count_faults())
"""


def test_large_blocks_are_kept():
    """Blocks of the size of large messages don't go back to the kernel each time."""
    command = [sys.executable, "-c", PROGRAM]
    output = subprocess.check_output(command, text=True, timeout=30)

    before, after = map(int, output.split())
    # A C library that keeps them by itself has nothing to gain.
    assert after * 10 <= before or before < 1000
