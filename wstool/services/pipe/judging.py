"""What to say about the end of a connection."""

from __future__ import annotations

from wstool.connection.handler import Ending
from wstool.errors import ExpectationFailed, TimedOut, Undelivered, WstoolError
from wstool.phrases import count_messages, describe_progress
from wstool.services.pipe.delivery import Delivery
from wstool.services.pipe.feeder import Feeder
from wstool.services.pipe.options import PipeOptions
from wstool.services.pipe.printer import Printer


__all__ = ["Judge"]


class Judge:
    """Find the cause, where several things went wrong, and how far the input came."""

    def __init__(
        self,
        options: PipeOptions,
        feeder: Feeder,
        printer: Printer,
        delivery: Delivery | None,
    ) -> None:
        self._options = options
        self._feeder = feeder
        self._printer = printer
        self._delivery = delivery

    def find_error(self, ending: Ending) -> WstoolError | None:
        """Find out what is wrong with the way a connection ended."""
        if ending.error is not None and not isinstance(ending.error, TimedOut):
            return ending.error
        close_error = ending.find_close_error(self._options.ok_close)
        if close_error is not None:
            return close_error
        undelivered = self._find_undelivered(ending)
        if undelivered is not None:
            return undelivered
        if ending.error is not None:
            return ending.error
        expects = self._options.expects
        if expects is not None and not self._printer.expectation_met:
            got = count_messages(self._printer.received)
            return ExpectationFailed(expects, f"{got} before the peer closed")
        return None

    def has_more_to_do(self, ending: Ending | None) -> bool:
        """
        Tell whether another connection is wanted after the end of one.

        Args:
            ending: How it ended; None if it never began.
        """
        options = self._options
        if self._delivery is not None and self._delivery.pending:
            # Who answers our close frame has read it all, and would do so again.
            return ending is None or ending.closed_by_peer or not ending.close_received
        waits = options.expects is not None and not self._printer.expectation_met
        return waits or options.linger is None or not self._feeder.has_ended

    def describe_progress(self) -> str:
        """Say how far the input came; empty where it came to its end."""
        out, total = self._feeder.count_out(), self._feeder.total
        if not total or (self._feeder.has_ended and out == total):
            return ""
        progress = describe_progress(out, total, unknown=self._describe_unknown())
        if not self._feeder.has_ended:
            progress += "; the input was not at its end"
        return progress

    def _find_undelivered(self, ending: Ending) -> Undelivered | None:
        feeder = self._feeder
        out, total = feeder.count_out(), feeder.total
        met = self._printer.expectation_met
        if feeder.has_ended or met or not ending.closed_by_peer:
            # A peer that answered our close frame has read all that stood before it.
            answered = not ending.closed_by_peer and ending.close_received is not None
            if (answered and self._delivery is None) or out == total:
                return None
        if ending.close_received is not None:
            cause = f"the peer closed with {ending.close_received}"
        elif self._delivery is None:
            cause = "the peer did not take the rest"
        else:
            cause = "the peer did not answer our close frame"
        return Undelivered(out, total, cause, unknown=self._describe_unknown())

    def _describe_unknown(self) -> str:
        return self._delivery.describe_unknown() if self._delivery is not None else ""
