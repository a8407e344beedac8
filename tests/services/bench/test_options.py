"""What a load is without being told."""

from __future__ import annotations

from wstool.services.bench.options import Kind, Load


def test_defaults():
    """A load ends by itself, and closes as a client should."""
    load = Load()

    assert (load.kind, load.duration, load.close.code) == (Kind.ECHO, 10.0, 1000)
