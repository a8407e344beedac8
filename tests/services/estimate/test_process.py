"""What a process has used."""

from __future__ import annotations

import mmap
import os
import time

import pytest

from wstool.errors import ExpectationFailed, UsageError
from wstool.services.estimate.process import read_usage


def test_cpu():
    """The CPU of a process is counted, finer than in ticks."""
    before = read_usage(os.getpid()).cpu
    start = time.process_time()
    while time.process_time() - start < 0.05:
        pass
    spent = read_usage(os.getpid()).cpu - before

    assert spent == pytest.approx(time.process_time() - start, rel=0.5)


def test_memory():
    """Memory counts where it's touched."""
    before = read_usage(os.getpid()).memory
    # Pages of its own: what was freed before could serve again unnoticed.
    with mmap.mmap(-1, 32 << 20) as held:
        untouched = read_usage(os.getpid()).memory
        held.write(b"x" * len(held))
        touched = read_usage(os.getpid()).memory

    assert untouched - before < 4 << 20
    assert touched - before > 30 << 20


def test_gone():
    """A process that has ended is told from a system that tells nothing."""
    with pytest.raises(ExpectationFailed, match="got one that has ended"):
        read_usage((1 << 22) + 1)


def test_nothing(tmp_path):
    """Where nothing can be read, the message names what was to be measured."""
    with pytest.raises(UsageError, match="--calibrate can't read /proc: no such"):
        read_usage(os.getpid(), root=str(tmp_path))
