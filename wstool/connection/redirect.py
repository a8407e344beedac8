"""Where a redirect leads, and what may go there (RFC 9110, 15.4)."""

from __future__ import annotations

from wstool.connection.options import ConnectOptions
from wstool.errors import HandshakeRefused


__all__ = ["follow_redirect"]


def follow_redirect(
    options: ConnectOptions, refusal: HandshakeRefused, *, followed: int
) -> ConnectOptions:
    """
    Make the options for the place that a redirect names.

    Args:
        followed: Number of redirects followed so far.

    Raises:
        HandshakeRefused: If it's no redirect, or not to be followed.
    """
    raise refusal
