"""The heap of the C library, made fit for large messages."""

from __future__ import annotations


__all__ = ["keep_freed_memory"]

# The largest block for which glibc still learns: just below its limit of 32 MiB.
_LARGEST_BLOCK = (32 << 20) - (1 << 16)


def keep_freed_memory() -> None:
    """
    Make glibc keep large blocks that are freed for the next ones.

    As it is, it gives every block over 128 KiB back to the kernel, and a server of
    1 MB messages spends most of its time in page faults. When a block that was mapped
    on its own is freed, glibc raises its thresholds to that size; so one is allocated
    and dropped. No page of it is touched, and other C libraries don't mind.
    """
    bytes(_LARGEST_BLOCK)
