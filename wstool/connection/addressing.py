"""Rules of the user's for where a host and port are, as curl reads them."""

from __future__ import annotations

from wstool.connection.options import ConnectRule, ResolveRule


__all__ = ["find_addresses", "redirect"]

_ANY = "*"


def redirect(host: str, port: int, rules: tuple[ConnectRule, ...]) -> tuple[str, int]:
    """Find where to connect to instead of a host and port: the first rule counts."""
    for rule in rules:
        fits = not rule.host or rule.host.lower() == host.lower()
        if fits and rule.port in (None, port):
            return rule.to_host or host, rule.to_port or port
    return host, port


def find_addresses(
    host: str, port: int, rules: tuple[ResolveRule, ...]
) -> tuple[str, ...]:
    """Find the addresses that rules give a host and port; the last such rule counts."""
    given = {rule.host.lower(): rule.addresses for rule in rules if rule.port == port}
    return given.get(host.lower()) or given.get(_ANY, ())
