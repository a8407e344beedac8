"""Metrics in the format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from wstool.connection.http_answer import HTTPAnswer
from wstool.connection.tally import Counts


if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric


__all__ = ["Metrics"]


class Metrics:
    """The metrics of a server; its counts are asked for when they are wanted."""

    def __init__(self, count: Callable[[], Counts]) -> None:
        self._count = count
        self._registry: CollectorRegistry | None = None

    def answer(self) -> HTTPAnswer:
        """Write the metrics."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        body = generate_latest(self._find_registry())
        return HTTPAnswer(200, CONTENT_TYPE_LATEST, body, quiet=True)

    def collect(self) -> Iterator[Metric]:
        """Give the metrics to the library."""
        from prometheus_client.core import CounterMetricFamily as Counter
        from prometheus_client.core import GaugeMetricFamily as Gauge
        from prometheus_client.core import SummaryMetricFamily as Summary

        counts = self._count()
        yield Gauge(
            "wstool_connections", "Connections that are open.", counts.connections
        )
        yield Gauge(
            "wstool_handshakes", "Opening handshakes going on.", counts.arriving
        )
        for name, text, value in (
            ("connections_opened", "Connections opened.", counts.opened),
            ("messages_received", "Messages from clients.", counts.messages_received),
            ("messages_sent", "Messages to clients.", counts.messages_sent),
            ("received_bytes", "Bytes from clients.", counts.bytes_received),
            ("sent_bytes", "Bytes to clients.", counts.bytes_sent),
        ):
            yield Counter(f"wstool_{name}", text, value)
        for name, text, label, values in (
            ("connections_closed", "Connections ended.", "code", counts.closed),
            ("handshakes_rejected", "Handshakes refused.", "status", counts.rejected),
        ):
            family = Counter(f"wstool_{name}", text, labels=[label])
            for key, number in sorted(values.items()):
                family.add_metric([key], number)
            yield family
        yield Summary(
            "wstool_round_trip_seconds",
            "From a ping to its pong.",
            counts.round_trips,
            counts.round_trip_seconds,
        )

    def _find_registry(self) -> CollectorRegistry:
        from prometheus_client import CollectorRegistry, ProcessCollector

        if self._registry is None:
            self._registry = CollectorRegistry()
            self._registry.register(self)
            ProcessCollector(registry=self._registry)
        return self._registry
