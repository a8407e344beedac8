"""Counts that several processes share."""

from __future__ import annotations

import os

from wstool.connection.tally import Counts
from wstool.services.site.shared import _HEAD, SharedCounts, SharedGauge


ONE = Counts(1, 2, 3, {"1000": 1}, {"401": 1}, 4, 5, 6, 7, 8, 0.5)
TWO = Counts(10, 20, 30, {"1000": 2, "lost": 1}, {}, 40, 50, 60, 70, 80, 0.25)
SUM = Counts(11, 22, 33, {"1000": 3, "lost": 1}, {"401": 1}, 44, 55, 66, 77, 88, 0.75)


def test_sum():
    """A worker tells its own counts, as they are now, and the others' as they were."""
    shared = SharedCounts(3)
    shared.publish(0, TWO)
    shared.publish(1, TWO)

    assert shared.add_others(0, ONE) == SUM
    assert shared.add_others(2, Counts(*SUM)) != SUM


def test_worker_that_has_not_written():
    """Who has written nothing yet counts as nothing."""
    assert SharedCounts(2).add_others(0, ONE) == ONE


def test_other_process():
    """What another process writes is seen."""
    shared = SharedCounts(2)
    child = os.fork()
    if child == 0:
        shared.publish(1, TWO)
        os._exit(0)
    os.waitpid(child, 0)

    assert shared.add_others(0, ONE) == SUM


def test_write_that_is_not_done():
    """Half of what another writes is nothing."""
    shared = SharedCounts(2)
    shared.publish(1, TWO)
    shared._memory[_HEAD.size + (1 << 14)] ^= 1

    assert shared.add_others(0, ONE) == ONE


def test_gauge():
    """Each worker knows the numbers of the others as they are now."""
    gauge = SharedGauge(3)
    gauge.publish(0, 5)
    child = os.fork()
    if child == 0:
        gauge.publish(2, 1 << 40)
        os._exit(0)
    os.waitpid(child, 0)

    assert [gauge.add_others(worker) for worker in range(3)] == [
        1 << 40,
        5 + (1 << 40),
        5,
    ]
    gauge.publish(2, 0)
    assert gauge.add_others(0) == 0
