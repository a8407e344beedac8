"""Metrics in the format of Prometheus."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from wstool.connection.tally import Counts
from wstool.services.site.metrics import Metrics


def test_metrics():
    """The library that reads them finds every count."""
    counts = Counts(
        connections=1,
        arriving=2,
        opened=3,
        closed={"1000": 4, "lost": 5},
        rejected={"401": 6},
        messages_received=7,
        messages_sent=8,
        bytes_received=9,
        bytes_sent=10,
        round_trips=2,
        round_trip_seconds=0.5,
    )
    metrics = Metrics(lambda: counts)

    for _ in range(2):
        answer = metrics.answer()
        families = text_string_to_metric_families(answer.body.decode())
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
            if sample.name.startswith("wstool_")
        }
        assert samples == {
            ("wstool_connections",): 1,
            ("wstool_handshakes",): 2,
            ("wstool_connections_opened_total",): 3,
            ("wstool_connections_closed_total", "1000"): 4,
            ("wstool_connections_closed_total", "lost"): 5,
            ("wstool_handshakes_rejected_total", "401"): 6,
            ("wstool_messages_received_total",): 7,
            ("wstool_messages_sent_total",): 8,
            ("wstool_received_bytes_total",): 9,
            ("wstool_sent_bytes_total",): 10,
            ("wstool_round_trip_seconds_count",): 2,
            ("wstool_round_trip_seconds_sum",): 0.5,
        }
    assert answer.content_type.startswith("text/plain")
    assert b"process_resident_memory_bytes" in answer.body
