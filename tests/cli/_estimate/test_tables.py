"""A plan as tables of words."""

from __future__ import annotations

from wstool.cli._estimate.tables import describe_load, make_sample_table, make_tables
from wstool.services.estimate import Load, make_plan
from wstool.services.estimate.message import Packed
from wstool.services.estimate.sample import SETTINGS, Trial


def test_load():
    """The load is told in a sentence, a sample as one."""
    load = Load(connections=1000, tls=False, deflate="message")

    assert describe_load(make_plan(load)) == (
        "1,000 connections; each sends 0.1 messages a second, which fan out to 1, and "
        "gets 0 of its own; 100 B, no TLS, deflate by message; peak 3 times the mean"
    )
    for count, text in ((1, "1 message"), (2, "2 messages")):
        sampled = make_plan(load, None, [Packed(1, 1, False)] * count)
        assert f"; a sample of {text}, no TLS" in describe_load(sampled)


def test_tables():
    """A message, the traffic by layers, and both ways of carrying it."""
    message, traffic, comparison = make_tables(make_plan(Load()))

    assert message.rows[0] == ("message", "100", "100")
    assert message.rows[2] == ("WebSocket frame header", "6", "2")
    assert message.rows[5] == ("on the wire", "180", "176")
    assert traffic.rows[-1][-1] == "100.0 %"
    assert comparison.header == ("", "WebSocket", "polling every 5 s")
    assert ("latency, worst", "25 ms", "5.03 s") in comparison.rows


def test_no_traffic():
    """Where nothing flows there are no shares."""
    constants = dict(make_plan(Load()).constants)
    constants |= {"ping_interval": 0, "handshake_request": 0, "handshake_response": 0}
    constants |= {"ip_header": 0, "tcp_header": 0}
    plan = make_plan(Load(rate_up=0, tls=False), constants)

    assert make_tables(plan)[1].rows[-1] == ("all", "0 B/s", "0 B/s", "")


def test_sample():
    """Each setting of deflate has a row, with what it leaves and what it costs."""
    plan = make_plan(Load(tls=False))
    packed = [Packed(100, 25, True), Packed(300, 75, True)]
    table = make_sample_table(plan, [Trial(SETTINGS[1], packed, 0.0001)])

    assert table.rows == [("message", "50", "25 %", "108", "104", "50.0 µs")]


def test_empty_sample():
    """A sample of empty messages has no share of its size."""
    plan = make_plan(Load(tls=False))
    table = make_sample_table(plan, [Trial(SETTINGS[0], [Packed(0, 0, False)], 0.0)])

    assert table.rows == [("none", "0", "", "58", "54", "0.0 µs")]
