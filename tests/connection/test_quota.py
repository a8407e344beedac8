"""How many connections a server takes."""

from __future__ import annotations

from wstool.connection import quota as quota_module
from wstool.connection.quota import Quota, QuotaOptions
from wstool.connection.rate import Rate
from wstool.connection.visitor import Refusal

from support.visitors import visit


A, B = visit(host="10.0.0.1"), visit(host="10.0.0.2")
UNIX = visit(host="")
RETRY = (("Retry-After", "5"),)


def test_without_limits():
    """Without limits nothing is refused, and nothing kept."""
    quota = Quota(QuotaOptions())
    for number in range(1000):
        assert quota.check(A) is None
        quota.opened(number, A.host)


def test_max_connections():
    """A full server says so with 503, until a connection has ended."""
    quota = Quota(QuotaOptions(max_connections=2))
    quota.opened("one", A.host)
    quota.opened("two", B.host)

    assert quota.check(A) == Refusal(503, "full: 2 connections", RETRY)
    quota.ended("one")
    assert quota.check(A) is None


def test_several_processes():
    """Connections of other processes count, and they are told of ours."""
    others, told = [0], []
    quota = Quota(QuotaOptions(max_connections=3))
    quota.opened("one", A.host)
    quota.share(publish=told.append, count_others=lambda: others[0])
    quota.opened("two", A.host)

    assert quota.check(A) is None
    others[0] = 1
    assert quota.check(A) == Refusal(503, "full: 3 connections", RETRY)
    quota.ended("one")
    assert quota.check(A) is None
    assert told == [1, 2, 1]


def test_max_per_ip():
    """An address that has all it may have gets 503, and the others don't."""
    quota = Quota(QuotaOptions(max_per_ip=2))
    for key in ("one", "two"):
        quota.opened(key, A.host)
        quota.opened(f"unix-{key}", UNIX.host)

    refusal = Refusal(503, "full for 10.0.0.1: 2 connections", RETRY)
    assert quota.check(A) == refusal == quota.refuse_for(A.host)
    assert quota.check(B) is None
    assert quota.check(UNIX) is None
    quota.ended("one")
    assert quota.check(A) is None


def test_clients_that_have_not_asked_count():
    """An address can't have more streams without a request than connections."""
    quota = Quota(QuotaOptions(max_per_ip=2))

    assert [quota.arrived(n, A.host) for n in range(3)] == [True, True, False]
    assert quota.arrived(3, B.host)
    for number in (0, 1, 2, 2, 9):
        quota.left(number)
    assert quota.arrived(4, A.host)


def test_connect_rate():
    """Who comes too often gets 429, and is told when to come back."""
    quota = Quota(QuotaOptions(connect_rate=Rate(2, 60)))

    assert quota.check_rate(A, 0.0) is None
    problem = "too many connections from 10.0.0.1: 2/min"
    assert quota.check_rate(A, 0.5) == Refusal(429, problem, (("Retry-After", "30"),))
    assert quota.check_rate(B, 0.5) is None
    assert [quota.check_rate(UNIX, 0.5) for _ in range(3)] == [None] * 3
    assert quota.check_rate(A, 31.0) is None


def test_addresses_are_bounded(monkeypatch):
    """Not even a flood from ever new addresses makes the server remember them all."""
    monkeypatch.setattr(quota_module, "_MAX_ADDRESSES", 10)
    quota = Quota(QuotaOptions(connect_rate=Rate(1)))
    for number in range(100):
        assert quota.check_rate(visit(host=f"10.0.1.{number}"), 0.0) is None

    assert len(quota._buckets) == 10
    quota.sweep(1.0)
    assert len(quota._buckets) == 0
