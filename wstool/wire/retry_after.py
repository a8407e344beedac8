"""When a server wants to be asked again (RFC 9110, 10.2.3)."""

from __future__ import annotations


__all__ = ["MAX_RETRY_AFTER", "parse_retry_after"]

MAX_RETRY_AFTER = 86_400.0
"""Seconds beyond which nobody means it; a server can't make a client sleep for ever."""


def parse_retry_after(text: str, now: float) -> float | None:
    """
    Parse the value of a Retry-After header: seconds, or an HTTP date.

    Args:
        now: Seconds since the epoch.

    Returns:
        Seconds to wait, from 0 to ``MAX_RETRY_AFTER``; None if the value is neither.
    """
    text = text.strip(" \t")
    if text.isascii() and text.isdigit():
        # int() refuses thousands of digits; so many say the same as a few.
        seconds = float(text[:400])
    else:
        date = _parse_date(text)
        if date is None:
            return None
        seconds = date - now
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _parse_date(text: str) -> float | None:
    """Parse an HTTP date in any of its three forms (RFC 9110, 5.6.7)."""
    from email.utils import mktime_tz, parsedate_tz

    try:
        parts = parsedate_tz(text)
        # A date without a zone is in UTC, as asctime's are.
        return None if parts is None else float(mktime_tz((*parts[:9], parts[9] or 0)))
    except (ValueError, OverflowError, IndexError):
        return None
