"""What an estimate cannot know, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from wstool.services.estimate.plan import Plan


__all__ = ["list_unknowns"]

_ALWAYS = (
    "what your application does with a message: its CPU, its memory, its database",
    "bursts: a peak of one second may be far above the peak of an hour, and reconnects"
    " after an outage come all at once",
    "slow clients: what waits for them is memory, up to your server's limit for each",
    "lost packets, which are sent again, and the link's own headers (Ethernet, Wi-Fi)",
    "load balancers, proxies and CDNs in between: price, limits, idle timeouts",
    "discounts, minimum charges and traffic between your own machines",
)
_MEASURED = (
    "other rates: a message takes less CPU where a server finds more at once",
    "other sizes: that each byte takes the same CPU is only about right, and more"
    " memory stays with a connection after large messages",
    "regular senders: users send at random moments, as was measured; devices that send"
    " in turn may cost half as much again",
)


def list_unknowns(plan: Plan, measured: Iterable[str]) -> list[str]:
    """
    List what to bear in mind with a plan.

    Args:
        measured: Names of the constants that were calibrated or set.
    """
    known = set(measured)
    found = list(_ALWAYS)
    if not known & {"cpu_per_message", "memory_per_connection"}:
        found.insert(
            0,
            "your machine: CPU and memory are those of `wstool serve` on another one;"
            " --calibrate measures it here",
        )
    if "price_core" not in known:
        found.append("your prices: those here are only of the right order")
    if plan.load.deflate != "none" and not plan.sampled:
        found.append("how well your messages compress; --sample tries it")
    if plan.load.deflate == "takeover":
        found.append("how `wstool serve` would do: it keeps no window between messages")
    if "cpu_per_message" in known:
        found += _MEASURED
    return found
