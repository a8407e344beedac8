"""Sharing a load among processes."""

from __future__ import annotations

import pytest

from wstool.cli._bench.conduct import share_load
from wstool.services.bench import Kind, Load


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_share(workers):
    """Connections, messages and rate are shared without a rest."""
    load = Load(connections=20, limit=101, rate=1000.0)
    shares = share_load(load, workers)

    assert len(shares) == workers
    assert sum(share.connections for share in shares) == 20
    assert sum(share.limit for share in shares) == 101
    assert sum(share.rate for share in shares) == pytest.approx(1000.0)


def test_fanout():
    """One process publishes all, and each has its part of the subscribers."""
    load = Load(Kind.FANOUT, connections=5, publishers=2, limit=10, rate=50.0)
    shares = share_load(load, 2)

    assert [share.publishers for share in shares] == [2, 0]
    assert [share.connections for share in shares] == [3, 2]
    assert [share.rate for share in shares] == [50.0, 50.0]


def test_no_limits():
    """Where there is no limit there is none to share."""
    assert share_load(Load(connections=2), 2)[0].limit is None
