"""The part of a load that counts, of all that its samples tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wstool.errors import ExpectationFailed, WstoolError
from wstool.services.bench import Failure, Sample
from wstool.services.estimate.generator import Driven


__all__ = ["Window"]

# What a clock that is read twice may be apart.
_TOLERANCE = 0.001


class _Part:
    """One of several loads that are made together."""

    def __init__(self, begun: float | None) -> None:
        self.begun = begun
        """Seconds; None before what counts."""
        self.ended: float | None = None
        self.received = 0


class Window:
    """
    Count from one moment to another one, by the samples next to them.

    The samples are where the counts are right, so what else is to be measured in the
    meantime is measured then.
    """

    def __init__(
        self,
        begin: float,
        end: float,
        *,
        look: Callable[[], None] = lambda: None,
        wanted: int = 0,
    ) -> None:
        """
        Prepare.

        Args:
            begin: Seconds since the start of the loads.
            end: The same.
            look: Is called at the first part's begin, and at its end.
            wanted: How many messages are to come.
        """
        loop = asyncio.get_running_loop()
        self._begin = begin
        self._end = end
        self._look = look
        self._wanted = wanted
        self._looks = 0
        self._parts: dict[int, _Part] = {}
        self.failed: asyncio.Future[WstoolError] = loop.create_future()
        """Is done when something went wrong, with what that was."""
        self.came: asyncio.Future[None] = loop.create_future()
        """Is done when all that is wanted has come."""

    def take(self, number: int, sample: Sample) -> None:
        """Take the next sample of a part."""
        if sample.errors:
            self._fail(_name(sample.errors))
        part = self._parts.get(number)
        if part is None:
            part = self._parts[number] = _Part(None if self._begin else 0.0)
        if part.begun is None:
            if sample.end >= self._begin - _TOLERANCE:
                part.begun = sample.end
                self._look_once(1)
        elif part.ended is None:
            part.received += sample.received
            if sample.end >= self._end - _TOLERANCE:
                part.ended = sample.end
                self._look_once(2)
        if self._count() >= self._wanted and not self.came.done():
            self.came.set_result(None)

    def finish(self) -> Driven:
        """
        Tell what came between.

        Raises:
            WstoolError: If something went wrong.
        """
        self.check()
        lengths = [
            part.ended - part.begun
            for part in self._parts.values()
            if part.begun is not None and part.ended is not None
        ]
        return Driven(self._count(), max(lengths, default=0.0))

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self.failed.done():
            raise self.failed.result()

    def _count(self) -> int:
        return sum(part.received for part in self._parts.values())

    def _look_once(self, number: int) -> None:
        """Look, unless another part has come so far already."""
        if self._looks < number:
            self._looks = number
            try:
                self._look()
            except WstoolError as error:
                self._fail(error)

    def _fail(self, error: WstoolError) -> None:
        if not self.failed.done():
            self.failed.set_result(error)


def _name(errors: dict[str, Failure]) -> WstoolError:
    """Say what went wrong, by the names that the generator has for it."""
    told = [
        f"{failure.times:,} × {kind.replace('_', ' ')}: {failure.text}"
        for kind, failure in errors.items()
    ]
    return ExpectationFailed("a calibration without errors", "; ".join(told))
