"""Limits of the operating system."""

from __future__ import annotations


__all__ = ["raise_descriptor_limit"]


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
