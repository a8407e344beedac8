"""The routes of a server's HTTP side."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from wstool.connection.http_answer import HTTPAnswer
from wstool.connection.tally import Counts
from wstool.connection.visitor import Refusal, Visitor
from wstool.services.site.metrics import Metrics
from wstool.services.site.page import make_page
from wstool.services.site.static import StaticFiles


__all__ = ["Site", "SiteSources"]

_JSON = "application/json"


class SiteSources(NamedTuple):
    """Where a site gets from what it shows."""

    counts: Callable[[], Counts]
    describe_health: Callable[[], dict[str, object]]
    """What a mode wants to be shown."""
    check_credentials: Callable[[Visitor], Refusal | None]
    uptime: Callable[[], float]
    mode: str


class Site:
    """
    The page, the health, the metrics, and a folder's files.

    The page and the health are for everybody, since they say nothing about clients.
    Metrics and files are for those who would get a connection.
    """

    def __init__(self, sources: SiteSources, static: StaticFiles | None = None) -> None:
        self._sources = sources
        self._metrics = Metrics(sources.counts)
        self._static = static

    def answer(self, visitor: Visitor) -> HTTPAnswer | Refusal | None:
        """Find the answer to a request; None if there is nothing at its path."""
        path = visitor.path
        if path == "/healthz":
            return self._describe_health()
        if path == "/metrics":
            return self._sources.check_credentials(visitor) or self._metrics.answer()
        if self._static is not None:
            refusal = self._sources.check_credentials(visitor)
            if refusal is not None and path != "/":
                return refusal
            found = self._static.find(path) if refusal is None else None
            if found is not None:
                return found
            if path != "/":
                return Refusal(404, "there is no such file")
        return make_page(self._sources.mode) if path == "/" else None

    def _describe_health(self) -> HTTPAnswer:
        counts = self._sources.counts()
        health = {
            "status": "ok",
            "mode": self._sources.mode,
            "connections": counts.connections,
            "uptime": round(self._sources.uptime(), 3),
            **self._sources.describe_health(),
        }
        body = json.dumps(health).encode() + b"\n"
        return HTTPAnswer(
            200, _JSON, body, (("Cache-Control", "no-store"),), quiet=True
        )
