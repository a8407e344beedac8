"""Limits of the operating system."""

from __future__ import annotations

import sys


__all__ = ["find_capacity", "raise_descriptor_limit"]

# Descriptors that are needed for other things than clients.
_RESERVE = 64


def raise_descriptor_limit() -> None:
    """Raise the number of descriptors that the process may open to the hard limit."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):
            # Some systems refuse what they say they allow; the soft limit stays.
            return


def find_capacity() -> int:
    """Find how many clients there are descriptors for."""
    try:
        import resource
    except ImportError:
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return sys.maxsize
    return max(soft - _RESERVE, 1)
